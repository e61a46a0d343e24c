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
	if id, done, err = repeated(tx, o, now); done || err != nil {
		return id, done, err
	}
	_, err = tx.Exec(`INSERT INTO requests (actor, operation, key, body_hash, object_id, created_at)
		VALUES (?, ?, ?, ?, ?, ?)`, o.Actor, o.Operation, o.Key, o.BodyHash, newID, ms(now))
	return newID, false, err
}

// Repeated gives what o has made before, by the id noted then; false when it was not carried out within the last day, or
// has no key. Whoever has long work to do before the write that takes o asks here first. The same key with another body
// is a conflict.
func (s *Store) Repeated(ctx context.Context, o Once) (id string, done bool, err error) {
	if o.Key == "" {
		return "", false, nil
	}
	if err := checkRequestKey(o.Key); err != nil {
		return "", false, err
	}
	err = s.read(ctx, func(tx *Tx) error {
		id, done, err = repeated(tx, o, s.clock())
		return err
	})
	return id, done, err
}

func repeated(tx *Tx, o Once, now time.Time) (id string, done bool, err error) {
	var hash []byte
	err = tx.QueryRow(`SELECT object_id, body_hash FROM requests
		WHERE actor = ? AND operation = ? AND key = ? AND created_at >= ?`,
		o.Actor, o.Operation, o.Key, ms(now.Add(-requestAge))).Scan(&id, &hash)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return "", false, nil
	case err != nil:
		return "", false, err
	case !bytes.Equal(hash, o.BodyHash):
		return "", false, appliance.Errorf(appliance.CodeConflict,
			"This Idempotency-Key was used for something else. Nothing was changed; please send a new key.")
	}
	return id, true, nil
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
