package appliance

import "time"

// Webhook is a program that is told when something has happened.
type Webhook struct {
	ID        WebhookID
	URL       string
	Events    []EventType
	Secret    string // signs what it is told; shown once
	Enabled   bool
	CreatedAt time.Time
}

// EventTest is what the test button sends. It is told to the one webhook only.
const EventTest EventType = "test"

// WebhookEvents are the events that a webhook can be told of.
func WebhookEvents() []EventType {
	return []EventType{EventSessionOpened, EventSessionClosed, EventConversationFinished, EventMeetingReady, EventReportReady}
}

// Delivery is one event for one webhook, and what came of telling it. It holds ids and no content.
type Delivery struct {
	ID             DeliveryID
	WebhookID      WebhookID
	Event          EventType
	SessionID      SessionID      // "" for a test
	ConversationID ConversationID // "" when it is about the session
	At             time.Time
	State          DeliveryState
	Attempts       int
	NextAt         time.Time // of the next attempt, while it waits
	Status         int       // of HTTP; 0: no answer
	Problem        string    // why the last attempt failed, a word; "" when it did not
	TriedAt        time.Time
}

// DeliveryState says how far a delivery is.
type DeliveryState string

// The states of a delivery.
const (
	DeliveryWaiting   DeliveryState = "waiting"
	DeliveryDelivered DeliveryState = "delivered"
	DeliveryFailed    DeliveryState = "failed" // given up
)
