package web

import (
	"context"
	"crypto/sha256"
	"encoding/json"

	"harmonium/appliance/store"
)

// Input is a request that says everything in its body.
type Input[T any] struct{ Body T }

// Idempotent is a part of the input of operations that create something.
type Idempotent struct {
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"255" doc:"Repeating it within a day gives what the first request made"`
}

// once tells the store how to recognise the repetition of an operation with the given body. body holds everything
// that tells one request from another, ids of the path included.
func (i Idempotent) once(ctx context.Context, operation string, body any) store.Once {
	o := store.Once{Actor: callerOf(ctx).By().Actor, Operation: operation, Key: i.IdempotencyKey}
	if o.Key != "" {
		text, err := json.Marshal(body)
		if err != nil {
			panic("web: the body of " + operation + " has no JSON form: " + err.Error())
		}
		sum := sha256.Sum256(text)
		o.BodyHash = sum[:]
	}
	return o
}

// set changes what a patch names.
func set[T any](field, value *T) {
	if value != nil {
		*field = *value
	}
}

// notNull gives an empty list for none, so that JSON never says null for a list.
func notNull[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
