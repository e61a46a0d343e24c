package store

import (
	"context"
	"fmt"
	"slices"

	"harmonium/appliance"
)

// Form gives the questions of a session in their order.
func (s *Store) Form(ctx context.Context, id appliance.SessionID) (f appliance.Form, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		if _, err := session(tx, id); err != nil {
			return err
		}
		f, err = form(tx, id)
		return err
	})
	return f, err
}

func form(tx *Tx, id appliance.SessionID) (appliance.Form, error) {
	rows, err := tx.Query(`SELECT id, type, text, required, options FROM form_fields WHERE session_id = ? ORDER BY position`, id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	f := appliance.Form{}
	for rows.Next() {
		q := appliance.FormField{Options: []string{}}
		if err := rows.Scan(&q.ID, &q.Type, &q.Text, &q.Required, toJSON(&q.Options)); err != nil {
			return nil, err
		}
		f = append(f, q)
	}
	return f, rows.Err()
}

// SetForm puts a form in the place of the present one and gives it with its ids. A question that is still there keeps
// its id: the one that it says it has, or else that of a question with the same type and text. What participants
// answered before stays as it was asked.
func (s *Store) SetForm(ctx context.Context, by By, id appliance.SessionID, f appliance.Form) (saved appliance.Form, err error) {
	if err := f.Validate("fields"); err != nil {
		return nil, err
	}
	now := s.clock()
	err = s.write(ctx, func(tx *Tx) error {
		if _, err := session(tx, id); err != nil {
			return err
		}
		if saved, err = replaceForm(tx, id, f); err != nil {
			return err
		}
		if err := touch(tx, id, now); err != nil {
			return err
		}
		return audit(ctx, tx, by.did(now, "session.form", string(id)))
	})
	return saved, err
}

func replaceForm(tx *Tx, id appliance.SessionID, f appliance.Form) (appliance.Form, error) {
	before, err := form(tx, id)
	if err != nil {
		return nil, err
	}
	f = withFieldIDs(before, f)
	if _, err := tx.Exec(`DELETE FROM form_fields WHERE session_id = ?`, id); err != nil {
		return nil, err
	}
	return f, insertForm(tx, id, f)
}

func insertForm(tx *Tx, id appliance.SessionID, f appliance.Form) error {
	for i, q := range f {
		_, err := tx.Exec(`INSERT INTO form_fields (id, session_id, position, type, text, required, options)
			VALUES (?, ?, ?, ?, ?, ?, ?)`, q.ID, id, i, q.Type, q.Text, q.Required, asJSON(q.Options))
		if err != nil {
			return fmt.Errorf("insert form: %w", err)
		}
	}
	return nil
}

// withFieldIDs gives every question of f an id: of the question of before that it stands for, each once, or a new one.
func withFieldIDs(before, f appliance.Form) appliance.Form {
	left := slices.Clone(before)
	take := func(same func(appliance.FormField) bool) (appliance.FieldID, bool) {
		i := slices.IndexFunc(left, same)
		if i < 0 {
			return "", false
		}
		id := left[i].ID
		left = slices.Delete(left, i, i+1)
		return id, true
	}
	out := slices.Clone(f)
	for i := range out {
		q := &out[i]
		if q.Options == nil {
			q.Options = []string{}
		}
		if given := q.ID; given != "" {
			q.ID, _ = take(func(old appliance.FormField) bool { return old.ID == given })
		}
	}
	for i := range out {
		q := &out[i]
		if q.ID != "" {
			continue
		}
		id, ok := take(func(old appliance.FormField) bool { return old.Type == q.Type && old.Text == q.Text })
		if !ok {
			id = appliance.NewFieldID()
		}
		q.ID = id
	}
	return out
}
