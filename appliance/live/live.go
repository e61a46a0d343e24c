// Package live tells who is looking what has just happened.
//
// A Hub holds topics: one for each session and one for each conversation. Publishing is done after the commit and
// never waits. Guarantees:
//
//   - Subscribers of a topic get its events in the order in which they were published, numbered without gaps from the
//     number that Subscription.Seq gave.
//   - An event that is published after Subscribe has returned reaches the subscription, or the subscription ends.
//   - A subscriber that does not keep up is dropped: its channel is closed, and it has to load the state anew.
//   - Numbers of a topic never come back: a later subscription that starts at the number where an earlier one ended
//     has missed nothing.
//
// Events are hints. Nothing is kept here, and nobody may rely on an event for what is in the store.
package live

import (
	"maps"
	"slices"
	"sync"

	"harmonium/appliance"
)

// buffer is how many events may wait for one subscriber before it is dropped.
const buffer = 256

// Topic is what can be subscribed to: one conversation, one session as its host sees it, one thread of the Companion, or
// one account.
// Conversation events are not repeated on the topic of the session; who publishes chooses.
type Topic struct {
	Session      appliance.SessionID
	Conversation appliance.ConversationID // "" for the session itself
	Thread       appliance.ThreadID       // of the Companion, of no session; "" otherwise
	Account      appliance.AccountID      // what concerns one account, in no session; "" otherwise
}

// SessionTopic is the topic of a session.
func SessionTopic(id appliance.SessionID) Topic { return Topic{Session: id} }

// ConversationTopic is the topic of one conversation of a session.
func ConversationTopic(session appliance.SessionID, id appliance.ConversationID) Topic {
	return Topic{Session: session, Conversation: id}
}

// ThreadTopic is the topic of one thread of the Companion.
func ThreadTopic(id appliance.ThreadID) Topic { return Topic{Thread: id} }

// AccountTopic is the topic of one account.
func AccountTopic(id appliance.AccountID) Topic { return Topic{Account: id} }

// Event is one thing that happened. Which fields are set depends on Type.
type Event struct {
	Seq            int64 // within the topic; set by the hub
	Type           appliance.EventType
	SessionID      appliance.SessionID
	ConversationID appliance.ConversationID // "" for an event of the session

	Turn     *appliance.Turn             // turn.created
	State    appliance.ConversationState // turn.created: of the conversation after the turn
	Progress *appliance.Progress         // turn.created, where it may have changed; nil otherwise

	TurnSeq int    // turn.delta, turn.reset: the number that the turn will have when it is stored
	Offset  int    // turn.delta: length of what was said before, in UTF-16 code units
	Text    string // turn.delta

	Job *appliance.Job // job.changed

	Waiting     *appliance.Waiting     // turn.waiting
	Hearing     *appliance.Hearing     // voice.hearing
	Facilitator *appliance.Facilitator // facilitator.changed
}

// Hub hands events on to subscribers. The zero value is not ready; use NewHub.
type Hub struct {
	mu     sync.Mutex
	seq    int64 // number of the newest event of any topic; every topic begins above it
	topics map[Topic]*topic
	below  map[appliance.SessionID]map[Topic]*topic // every topic that is listened to, by session
	closed bool
}

type topic struct {
	seq  int64
	subs map[*Subscription]struct{}
}

// NewHub makes a hub. Its numbers start at the clock's milliseconds, so that those of a restarted server are above
// those that clients remember.
func NewHub(clock appliance.Clock) *Hub {
	return &Hub{
		seq:    clock().UnixMilli(),
		topics: make(map[Topic]*topic),
		below:  make(map[appliance.SessionID]map[Topic]*topic),
	}
}

// Subscription receives the events of one topic until it is closed or dropped.
type Subscription struct {
	// C gives the events. It is closed when the subscription has ended: by Close, because it did not keep up, because
	// the topic was ended, or because the hub was closed.
	C <-chan Event
	// Seq is the number after which the events on C begin.
	Seq int64

	hub     *Hub
	topic   Topic
	events  chan Event
	dropped bool // under hub.mu
	ended   bool // under hub.mu
}

// Subscribe begins to listen to t. The caller must Close the subscription.
func (h *Hub) Subscribe(t Topic) *Subscription {
	events := make(chan Event, buffer)
	s := &Subscription{C: events, hub: h, topic: t, events: events}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		s.Seq, s.ended = h.seq, true
		close(events)
		return s
	}
	tp := h.topics[t]
	if tp == nil {
		tp = &topic{seq: h.seq, subs: make(map[*Subscription]struct{})}
		h.topics[t] = tp
		if h.below[t.Session] == nil {
			h.below[t.Session] = make(map[Topic]*topic)
		}
		h.below[t.Session][t] = tp
	}
	tp.subs[s] = struct{}{}
	s.Seq = tp.seq
	return s
}

// Close ends the subscription. Calling it again does nothing.
func (s *Subscription) Close() {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	s.hub.end(s)
}

// Dropped says whether the subscription ended because its reader did not keep up.
func (s *Subscription) Dropped() bool {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	return s.dropped
}

// end removes s and closes its channel. h.mu is held.
func (h *Hub) end(s *Subscription) {
	if s.ended {
		return
	}
	s.ended = true
	close(s.events)
	tp := h.topics[s.topic]
	delete(tp.subs, s)
	if len(tp.subs) > 0 {
		return
	}
	delete(h.topics, s.topic)
	delete(h.below[s.topic.Session], s.topic)
	if len(h.below[s.topic.Session]) == 0 {
		delete(h.below, s.topic.Session)
	}
}

// Publish hands e to everybody who listens to t. It never waits.
func (h *Hub) Publish(t Topic, e Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.seq++
	if tp := h.topics[t]; tp != nil {
		h.deliver(tp, e)
	}
}

// PublishAll hands e to everybody who listens to the session or to any of its conversations.
func (h *Hub) PublishAll(session appliance.SessionID, e Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.seq++
	for t, tp := range h.below[session] {
		own := e
		if own.ConversationID == "" {
			own.ConversationID = t.Conversation
		}
		h.deliver(tp, own)
	}
}

// deliver numbers e and gives it to each subscriber of tp. h.mu is held.
func (h *Hub) deliver(tp *topic, e Event) {
	tp.seq++
	e.Seq = tp.seq
	for s := range tp.subs {
		select {
		case s.events <- e:
		default:
			s.dropped = true
			h.end(s)
		}
	}
}

// Listening says whether anybody listens to t now.
func (h *Hub) Listening(t Topic) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.topics[t] != nil
}

// End closes every subscription of t, after the events that were published before. It is for what has been erased.
func (h *Hub) End(t Topic) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if tp := h.topics[t]; tp != nil {
		for s := range tp.subs {
			h.end(s)
		}
	}
}

// EndSession closes every subscription of the session and of its conversations.
func (h *Hub) EndSession(session appliance.SessionID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, tp := range h.below[session] {
		for s := range tp.subs {
			h.end(s)
		}
	}
}

// Sessions gives the sessions of which something is listened to now, in no order.
func (h *Hub) Sessions() []appliance.SessionID {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Collect(maps.Keys(h.below))
}

// Subscribers gives the number of subscriptions now, for metrics.
func (h *Hub) Subscribers() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := 0
	for _, tp := range h.topics {
		n += len(tp.subs)
	}
	return n
}

// Close ends every subscription. What is published afterwards reaches nobody, and new subscriptions end at once.
func (h *Hub) Close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for _, tp := range h.topics {
		for s := range tp.subs {
			h.end(s)
		}
	}
}
