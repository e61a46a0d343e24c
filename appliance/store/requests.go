package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"time"

	"harmonium/appliance"
)

// Once makes the repetition of a request that creates something harmless: the same Key gives the same object again.
type Once struct {
	Actor     string // keys of different actors never meet
	Operation string // nor those of different operations
	Key       string // the Idempotency-Key of the request; "" does without
	BodyHash  []byte // of what was asked for, to tell a repetition from a mistake
}

// How long an Idempotency-Key is remembered, and how long it may be.
const (
	requestAge    = 24 * time.Hour
	maxRequestKey = 255
)

// once asks whether o has been carried out before, inside the transaction that carries it out. The first time it
// notes that o makes the object newID, and gives newID and false. When repeated it gives the id noted then, and true.
// The same key with another body is a conflict.
func (s *Store) once(_ context.Context, tx *Tx, o Once, newID string) (id string, done bool, err error) {
	if o.Key == "" {
		return newID, false, nil
	}
	if err := checkRequestKey(o.Key); err != nil {
		return "", false, err
	}
	now := s.clock()
	if _, err := tx.Exec(`DELETE FROM requests WHERE created_at < ?`, ms(now.Add(-requestAge))); err != nil {
		return "", false, err
	}
	var hash []byte
	err = tx.QueryRow(`SELECT object_id, body_hash FROM requests WHERE actor = ? AND operation = ? AND key = ?`,
		o.Actor, o.Operation, o.Key).Scan(&id, &hash)
	switch {
	case err == nil && !bytes.Equal(hash, o.BodyHash):
		return "", false, appliance.Errorf(appliance.CodeConflict,
			"This Idempotency-Key was used for something else. Nothing was changed; please send a new key.")
	case err == nil:
		return id, true, nil
	case !errors.Is(err, sql.ErrNoRows):
		return "", false, err
	}
	_, err = tx.Exec(`INSERT INTO requests (actor, operation, key, body_hash, object_id, created_at)
		VALUES (?, ?, ?, ?, ?, ?)`, o.Actor, o.Operation, o.Key, o.BodyHash, newID, ms(now))
	return newID, false, err
}

func checkRequestKey(key string) error {
	ok := len(key) <= maxRequestKey
	for _, c := range []byte(key) {
		ok = ok && c >= 0x21 && c <= 0x7e
	}
	if !ok {
		return appliance.Invalid("Idempotency-Key",
			"An Idempotency-Key has at most %d letters, digits and signs, no spaces.", maxRequestKey)
	}
	return nil
}
