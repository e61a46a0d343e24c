package web

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"sync"

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

// underway knows which requests with an Idempotency-Key are being carried out, so that a repetition waits for the first
// instead of doing the same work beside it. It is safe for concurrent use.
type underway struct {
	mu  sync.Mutex
	end map[request]chan struct{} // closed when the request has its answer
}

type request struct{ actor, operation, key string }

// enter waits until no other request with the key of o is under way, or ctx ends; leave lets the next one in. Requests
// without a key do not wait.
func (u *underway) enter(ctx context.Context, o store.Once) (leave func(), err error) {
	if o.Key == "" {
		return func() {}, nil
	}
	r := request{o.Actor, o.Operation, o.Key}
	for {
		u.mu.Lock()
		end, busy := u.end[r]
		if !busy {
			break
		}
		u.mu.Unlock()
		select {
		case <-end:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	defer u.mu.Unlock()
	if u.end == nil {
		u.end = make(map[request]chan struct{})
	}
	end := make(chan struct{})
	u.end[r] = end
	return func() {
		u.mu.Lock()
		defer u.mu.Unlock()
		delete(u.end, r)
		close(end)
	}, nil
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
