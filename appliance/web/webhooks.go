package web

import (
	"context"
	"slices"

	"harmonium/appliance"
	"harmonium/appliance/store"
	"harmonium/appliance/webhook"
)

// Webhook is a program on the local network that is told when something has happened.
type Webhook struct {
	ID        appliance.WebhookID   `json:"id"`
	URL       string                `json:"url"`
	Events    []appliance.EventType `json:"events"`
	Enabled   bool                  `json:"enabled" doc:"While it is not, what happens is not written down for it, and what waits keeps waiting"`
	CreatedAt Time                  `json:"created_at"`
}

// NewWebhook is a webhook that was made just now.
type NewWebhook struct {
	Webhook
	Secret string `json:"secret" doc:"Signs what the webhook is told. It is shown this once and cannot be shown again"`
}

// WebhookRequest says who is to be told of what.
type WebhookRequest struct {
	URL    string   `json:"url" maxLength:"500" doc:"http or https, the machine by number, within what an administrator has allowed"`
	Events []string `json:"events" minItems:"1" maxItems:"10" doc:"session.opened, session.closed, conversation.finished, meeting.ready, report.ready"`
}

// WebhookPatch changes what a webhook is told of, and whether.
type WebhookPatch struct {
	Events  []string `json:"events,omitempty" maxItems:"10" doc:"In place of those that it is told of now"`
	Enabled *bool    `json:"enabled,omitempty"`
}

// Delivery is one event for one webhook, and what came of telling it. It holds no content.
type Delivery struct {
	ID             appliance.DeliveryID     `json:"id"`
	Event          appliance.EventType      `json:"event"`
	SessionID      appliance.SessionID      `json:"session_id,omitempty"`
	ConversationID appliance.ConversationID `json:"conversation_id,omitempty"`
	At             Time                     `json:"at" doc:"Of the event"`
	State          appliance.DeliveryState  `json:"state" enum:"waiting,delivered,failed" doc:"failed: given up"`
	Attempts       int                      `json:"attempts"`
	NextAt         *Time                    `json:"next_at" nullable:"true" doc:"Of the next attempt, while it waits"`
	TriedAt        *Time                    `json:"tried_at" nullable:"true"`
	Status         int                      `json:"status" doc:"Of HTTP; 0: no answer"`
	Problem        string                   `json:"problem" enum:",not_allowed,redirect,timeout,certificate,unreachable,status,interrupted,internal" doc:"Why the last attempt failed; empty when it did not"`
}

func webhookOut(w appliance.Webhook) Webhook {
	return Webhook{w.ID, w.URL, w.Events, w.Enabled, Time{w.CreatedAt}}
}

func deliveryOut(d appliance.Delivery) Delivery {
	out := Delivery{ID: d.ID, Event: d.Event, SessionID: d.SessionID, ConversationID: d.ConversationID, At: Time{d.At}, State: d.State,
		Attempts: d.Attempts, TriedAt: timeOrNull(d.TriedAt), Status: d.Status, Problem: d.Problem}
	if d.State == appliance.DeliveryWaiting {
		out.NextAt = timeOrNull(d.NextAt)
	}
	return out
}

// eventsOf reads which events a webhook is to be told of.
func eventsOf(names []string) ([]appliance.EventType, error) {
	var list []appliance.EventType
	for _, known := range appliance.WebhookEvents() {
		if slices.Contains(names, string(known)) {
			list = append(list, known)
		}
	}
	if len(list) == 0 || len(list) != len(names) {
		return nil, appliance.Invalid("events", "Name one or several of: session.opened, session.closed, conversation.finished, meeting.ready, report.ready; "+
			"each once. Nothing was saved.")
	}
	return list, nil
}

// WebhookPath names a webhook.
type WebhookPath struct {
	ID appliance.WebhookID `path:"id" doc:"Id of the webhook"`
}

func (a *API) listWebhooks(ctx context.Context, _ *None) (*Output[Data[Webhook]], error) {
	list, err := a.Store.Webhooks(ctx)
	out := Data[Webhook]{make([]Webhook, len(list))}
	for i, w := range list {
		out.Data[i] = webhookOut(w)
	}
	return &Output[Data[Webhook]]{out}, err
}

type createWebhookInput struct {
	Idempotent
	Body WebhookRequest
}

func (a *API) createWebhook(ctx context.Context, in *createWebhookInput) (*Output[NewWebhook], error) {
	events, err := eventsOf(in.Body.Events)
	if err != nil {
		return nil, err
	}
	if _, err := a.Webhooks.Address(in.Body.URL); err != nil {
		return nil, err
	}
	w, err := a.Store.CreateWebhook(ctx, callerOf(ctx).By(), in.once(ctx, "createWebhook", in.Body),
		appliance.Webhook{URL: in.Body.URL, Events: events, Secret: webhook.Secret(), Enabled: true})
	if err != nil {
		return nil, err
	}
	return &Output[NewWebhook]{NewWebhook{webhookOut(w), w.Secret}}, nil
}

type updateWebhookInput struct {
	WebhookPath
	Body WebhookPatch
}

func (a *API) updateWebhook(ctx context.Context, in *updateWebhookInput) (*Output[Webhook], error) {
	w, err := a.Store.UpdateWebhook(ctx, callerOf(ctx).By(), in.ID, func(w *appliance.Webhook) (err error) {
		if in.Body.Events != nil {
			w.Events, err = eventsOf(in.Body.Events)
		}
		if in.Body.Enabled != nil {
			w.Enabled = *in.Body.Enabled
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return &Output[Webhook]{webhookOut(w)}, nil
}

func (a *API) deleteWebhook(ctx context.Context, in *WebhookPath) (*struct{}, error) {
	return nil, a.Store.DeleteWebhook(ctx, callerOf(ctx).By(), in.ID)
}

func (a *API) testWebhook(ctx context.Context, in *WebhookPath) (*Output[Delivery], error) {
	d, err := a.Webhooks.Test(ctx, callerOf(ctx).By(), in.ID)
	if err != nil {
		return nil, err
	}
	return &Output[Delivery]{deliveryOut(d)}, nil
}

type listDeliveriesInput struct {
	WebhookPath
	Page
}

func (a *API) listDeliveries(ctx context.Context, in *listDeliveriesInput) (*Output[List[Delivery]], error) {
	list, total, err := a.Store.Deliveries(ctx, in.ID, store.Page{Limit: in.Limit, Offset: in.Offset})
	out := List[Delivery]{make([]Delivery, len(list)), Pagination{total, in.Limit, in.Offset}}
	for i, d := range list {
		out.Data[i] = deliveryOut(d)
	}
	return &Output[List[Delivery]]{out}, err
}
