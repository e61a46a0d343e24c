package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"harmonium/appliance"
)

const deliveryColumns = ` id, webhook_id, event, session_id, conversation_id, at, state, attempts, next_at, status, problem, coalesce(tried_at, 0) `

func scanDelivery(row interface{ Scan(...any) error }) (d appliance.Delivery, err error) {
	var tried int64
	err = row.Scan(&d.ID, &d.WebhookID, &d.Event, &d.SessionID, &d.ConversationID, toTime(&d.At), &d.State, &d.Attempts, toTime(&d.NextAt),
		&d.Status, &d.Problem, &tried)
	if tried != 0 {
		d.TriedAt = time.UnixMilli(tried).UTC()
	}
	return d, err
}

// NextDelivery gives what is to be delivered next and to whom; false when nothing waits for a webhook that is switched on and
// not among those that are being told. Each webhook is told in the order of the events, so that it is the oldest of one of them;
// it may not be due yet: see NextAt. It waits for the write under way, so that nobody who was woken by it looks too early.
func (s *Store) NextDelivery(ctx context.Context, told []appliance.WebhookID) (d appliance.Delivery, w appliance.Webhook, ok bool, err error) {
	err = s.write(ctx, func(tx *Tx) error {
		d, err = scanDelivery(tx.QueryRow(`SELECT`+deliveryColumns+`FROM deliveries WHERE id IN (
			SELECT (SELECT id FROM deliveries WHERE webhook_id = w.id AND state = 'waiting' ORDER BY at, id LIMIT 1)
			FROM webhooks w WHERE w.enabled = 1 AND w.id NOT IN (SELECT value FROM json_each(?)))
			ORDER BY next_at, at LIMIT 1`, asJSON(append([]appliance.WebhookID{}, told...))))
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		} else if err != nil {
			return err
		}
		w, err = webhook(tx, d.WebhookID)
		ok = err == nil
		return err
	})
	return d, w, ok, err
}

// NoteDelivery keeps what came of an attempt. Where it failed and is to be tried again, everything that waits for the same
// webhook is put off as long, since it is told in order.
func (s *Store) NoteDelivery(ctx context.Context, d appliance.Delivery) error {
	return s.write(ctx, func(tx *Tx) error {
		_, err := tx.Exec(`UPDATE deliveries SET state = ?, attempts = ?, next_at = ?, status = ?, problem = ?, tried_at = ? WHERE id = ?`,
			d.State, d.Attempts, ms(d.NextAt), d.Status, d.Problem, ms(d.TriedAt), d.ID)
		if err != nil || d.State != appliance.DeliveryWaiting {
			return err
		}
		_, err = tx.Exec(`UPDATE deliveries SET next_at = ?1 WHERE webhook_id = ?2 AND state = 'waiting' AND next_at < ?1`, ms(d.NextAt), d.WebhookID)
		return err
	})
}

// CreateTest writes down a delivery of the test button and gives it with its webhook. It does not wait: who made it delivers it.
func (s *Store) CreateTest(ctx context.Context, by By, id appliance.WebhookID) (d appliance.Delivery, w appliance.Webhook, err error) {
	now := s.clock()
	d = appliance.Delivery{ID: appliance.NewDeliveryID(), WebhookID: id, Event: appliance.EventTest, At: now, State: appliance.DeliveryFailed}
	err = s.write(ctx, func(tx *Tx) error {
		if w, err = webhook(tx, id); err != nil {
			return err
		}
		_, err := tx.Exec(`INSERT INTO deliveries (id, webhook_id, event, session_id, conversation_id, at, state, next_at, problem)
			VALUES (?1, ?2, ?3, '', '', ?4, 'failed', ?4, 'interrupted')`, d.ID, id, d.Event, ms(now))
		if err != nil {
			return err
		}
		return audit(ctx, tx, by.did(now, "webhook.test", string(id)))
	})
	return d, w, err
}

// Deliveries gives a page of what a webhook was told or is to be told, the newest first, and how many there are.
func (s *Store) Deliveries(ctx context.Context, id appliance.WebhookID, p Page) (list []appliance.Delivery, total int, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		list = nil
		if _, err := webhook(tx, id); err != nil {
			return err
		}
		if err := tx.QueryRow(`SELECT count(*) FROM deliveries WHERE webhook_id = ?`, id).Scan(&total); err != nil {
			return err
		}
		return eachRow(tx, func(rows *Rows) error {
			d, err := scanDelivery(rows)
			if err != nil {
				return err
			}
			list = append(list, d)
			return nil
		}, `SELECT`+deliveryColumns+`FROM deliveries WHERE webhook_id = ? ORDER BY at DESC, id LIMIT ? OFFSET ?`, id, p.Limit, p.Offset)
	})
	return list, total, err
}

// ForgetDeliveries removes from the log what was delivered or given up and happened before a time.
func (s *Store) ForgetDeliveries(ctx context.Context, before time.Time) error {
	return s.write(ctx, func(tx *Tx) error {
		_, err := tx.Exec(`DELETE FROM deliveries WHERE state <> 'waiting' AND at < ?`, ms(before))
		return err
	})
}
