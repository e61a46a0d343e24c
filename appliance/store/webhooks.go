package store

import (
	"context"
	"errors"
	"time"

	"harmonium/appliance"
)

const webhookColumns = ` id, url, events, secret, enabled, created_at `

func scanWebhook(row interface{ Scan(...any) error }) (w appliance.Webhook, err error) {
	err = row.Scan(&w.ID, &w.URL, toJSON(&w.Events), &w.Secret, &w.Enabled, toTime(&w.CreatedAt))
	return w, err
}

// Webhooks gives all webhooks, the oldest first.
func (s *Store) Webhooks(ctx context.Context) (list []appliance.Webhook, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		list = nil
		return eachRow(tx, func(rows *Rows) error {
			w, err := scanWebhook(rows)
			if err != nil {
				return err
			}
			list = append(list, w)
			return nil
		}, `SELECT`+webhookColumns+`FROM webhooks ORDER BY created_at, id`)
	})
	return list, err
}

func webhook(tx *Tx, id appliance.WebhookID) (appliance.Webhook, error) {
	w, err := scanWebhook(tx.QueryRow(`SELECT`+webhookColumns+`FROM webhooks WHERE id = ?`, id))
	return w, notFound(err, "webhook")
}

// CreateWebhook stores a webhook. At most maxWebhooks are possible.
func (s *Store) CreateWebhook(ctx context.Context, by By, o Once, w appliance.Webhook) (appliance.Webhook, error) {
	w.ID, w.CreatedAt = appliance.NewWebhookID(), s.clock()
	err := s.write(ctx, func(tx *Tx) error {
		id, repeated, err := s.once(ctx, tx, o, string(w.ID))
		if err != nil {
			return err
		}
		if repeated {
			w, err = webhook(tx, appliance.WebhookID(id))
			return err
		}
		var n int
		if err := tx.QueryRow(`SELECT count(*) FROM webhooks`).Scan(&n); err != nil {
			return err
		}
		if n >= maxWebhooks {
			return appliance.Errorf(appliance.CodeUnprocessable, "There are %d webhooks already, which is all that are possible. Nothing was made.", n)
		}
		_, err = tx.Exec(`INSERT INTO webhooks (`+webhookColumns+`) VALUES (?, ?, ?, ?, ?, ?)`,
			w.ID, w.URL, asJSON(w.Events), w.Secret, w.Enabled, ms(w.CreatedAt))
		if err != nil {
			return err
		}
		return audit(ctx, tx, by.did(w.CreatedAt, "webhook.create", string(w.ID)))
	})
	return w, err
}

// maxWebhooks bounds what every event is written for.
const maxWebhooks = 50

// UpdateWebhook changes a webhook: what it is told of, and whether. What waits for one that is switched on again, or whose
// deliveries are put off, is tried at once.
func (s *Store) UpdateWebhook(ctx context.Context, by By, id appliance.WebhookID, change func(*appliance.Webhook) error,
) (w appliance.Webhook, err error) {
	now := s.clock()
	err = s.write(ctx, func(tx *Tx) error {
		if w, err = webhook(tx, id); err != nil {
			return err
		}
		if err := change(&w); err != nil {
			return err
		}
		if _, err := tx.Exec(`UPDATE webhooks SET events = ?, enabled = ? WHERE id = ?`, asJSON(w.Events), w.Enabled, id); err != nil {
			return err
		}
		if _, err := tx.Exec(`UPDATE deliveries SET next_at = ? WHERE webhook_id = ? AND state = 'waiting'`, ms(now), id); err != nil {
			return err
		}
		s.wakeDeliveries()
		return audit(ctx, tx, by.did(now, "webhook.update", string(id)))
	})
	return w, err
}

// DeleteWebhook deletes a webhook with what it was told and what it was still to be told.
func (s *Store) DeleteWebhook(ctx context.Context, by By, id appliance.WebhookID) error {
	return s.erase(ctx, func(tx *Tx) error {
		if _, err := webhook(tx, id); err != nil {
			return err
		}
		if _, err := tx.Exec(`DELETE FROM webhooks WHERE id = ?`, id); err != nil {
			return err
		}
		return errors.Join(s.scrubLater(tx), audit(ctx, tx, by.did(s.clock(), "webhook.delete", string(id))))
	})
}

// tellWebhooks writes down what webhooks are to be told of an event, in the transaction of the event. Conversations that only
// try a session out are told to nobody.
func (s *Store) tellWebhooks(tx *Tx, kind appliance.EventType, session appliance.SessionID, conversation appliance.ConversationID, at time.Time) error {
	res, err := tx.Exec(`INSERT INTO deliveries (id, webhook_id, event, session_id, conversation_id, at, state, next_at)
		SELECT 'dlv_' || lower(hex(randomblob(10))), w.id, ?1, ?2, ?3, ?4, 'waiting', ?4 FROM webhooks w
		WHERE w.enabled = 1 AND EXISTS (SELECT 1 FROM json_each(w.events) e WHERE e.value = ?1)
			AND NOT EXISTS (SELECT 1 FROM conversations c JOIN participants p ON p.id = c.participant_id WHERE c.id = ?3 AND p.rehearsal <> '')
			AND NOT EXISTS (SELECT 1 FROM conversations c WHERE c.id = ?3 AND c.restricted & `+bitSharing+` <> 0)`,
		kind, session, conversation, ms(at))
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); n > 0 && err == nil {
		s.wakeDeliveries()
	}
	return nil
}

// DeliveriesWaiting gets a value whenever there may be something to deliver that was not there before.
func (s *Store) DeliveriesWaiting() <-chan struct{} { return s.deliveriesWaiting }

// wakeDeliveries may be called before the commit, as wakeJobs.
func (s *Store) wakeDeliveries() {
	select {
	case s.deliveriesWaiting <- struct{}{}:
	default:
	}
}
