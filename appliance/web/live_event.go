package web

import (
	"errors"

	"harmonium/appliance"
	"harmonium/appliance/live"
	"harmonium/appliance/store"
)

var errDropped = errors.New("web: a live client did not keep up")

// LiveEvent is what every frame of a live socket has. Seq grows by one from frame to frame of a topic; frames without
// it are spoken words that a host reads along.
type LiveEvent struct {
	Seq            int64                    `json:"seq,omitempty"`
	Type           appliance.EventType      `json:"type"`
	SessionID      appliance.SessionID      `json:"session_id,omitempty"`
	ConversationID appliance.ConversationID `json:"conversation_id,omitempty"`
}

// The frames that have more than that.
type (
	helloFrame struct {
		LiveEvent
		TurnSeq *int     `json:"turn_seq,omitempty"`
		Text    string   `json:"text,omitempty"`
		Waiting *Waiting `json:"waiting,omitempty"`
	}
	turnFrame struct {
		LiveEvent
		Turn     Turn                        `json:"turn"`
		State    appliance.ConversationState `json:"state"`
		Progress *Progress                   `json:"progress,omitempty"`
	}
	deltaFrame struct {
		LiveEvent
		TurnSeq int    `json:"turn_seq"`
		Offset  int    `json:"offset"`
		Text    string `json:"text"`
	}
	resetFrame struct {
		LiveEvent
		TurnSeq int `json:"turn_seq"`
	}
	jobFrame struct {
		LiveEvent
		Job Job `json:"job"`
	}
	waitingFrame struct {
		LiveEvent
		TurnSeq int `json:"turn_seq"`
		Waiting
	}
	hearingFrame struct {
		LiveEvent
		Ahead   int `json:"ahead"`
		Seconds int `json:"seconds"`
		Done    int `json:"done"`
		Of      int `json:"of"`
	}
	facilitatorFrame struct {
		LiveEvent
		MadeBy string `json:"made_by"`
		Guided bool   `json:"guided"`
		Why    string `json:"why"`
		Since  Time   `json:"since"`
	}
)

// Waiting says how the wait for a turn of the facilitator stands.
type Waiting struct {
	Ahead   int  `json:"ahead" doc:"Others whose turn comes before this one"`
	Seconds int  `json:"seconds" doc:"Expected until the first word; 0 when that is not known"`
	Offer   bool `json:"offer" doc:"It takes long: the participant may go on without the model"`
}

// frameOf gives the frame of an event.
func frameOf(e live.Event) any {
	head := LiveEvent{e.Seq, e.Type, e.SessionID, e.ConversationID}
	switch {
	case e.Type == appliance.EventTurnDelta:
		return deltaFrame{head, e.TurnSeq, e.Offset, e.Text}
	case e.Type == appliance.EventTurnReset:
		return resetFrame{head, e.TurnSeq}
	case e.Turn != nil:
		frame := turnFrame{LiveEvent: head, Turn: turnOut(*e.Turn), State: e.State}
		if e.Progress != nil {
			p := progressOut(*e.Progress)
			frame.Progress = &p
		}
		return frame
	case e.Job != nil:
		return jobFrame{head, jobOut(*e.Job)}
	case e.Waiting != nil:
		return waitingFrame{head, e.Waiting.TurnSeq, waitingOut(*e.Waiting)}
	case e.Hearing != nil:
		return hearingFrame{head, e.Hearing.Ahead, e.Hearing.Seconds, e.Hearing.Done, e.Hearing.Of}
	case e.Facilitator != nil:
		f := *e.Facilitator
		return facilitatorFrame{head, f.By, f.Guided(), f.Why, Time{f.Since}}
	}
	return head
}

func waitingOut(w appliance.Waiting) Waiting { return Waiting{w.Ahead, w.Seconds, w.Offer} }

// hello is the first frame: the number after which the others begin, and what is being spoken or waited for at this
// moment.
func (s *socket) hello(seq int64, id appliance.ConversationID) helloFrame {
	hello := helloFrame{LiveEvent: LiveEvent{Seq: seq, Type: "hello", ConversationID: id}}
	if id == "" {
		return hello
	}
	if turn, text, ok := s.api.Engine.Speaking(id); ok {
		hello.TurnSeq, hello.Text = &turn, text
	} else if w, ok := s.api.Engine.Waiting(id); ok {
		waiting := waitingOut(w)
		hello.TurnSeq, hello.Waiting = &w.TurnSeq, &waiting
	}
	return hello
}

// publish tells the host of a session of something in a conversation.
func (a *API) publish(seat store.Seat, kind appliance.EventType) {
	a.Hub.Publish(live.SessionTopic(seat.SessionID),
		live.Event{Type: kind, SessionID: seat.SessionID, ConversationID: seat.ConversationID})
}
