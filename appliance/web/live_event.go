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
		TurnSeq *int   `json:"turn_seq,omitempty"`
		Text    string `json:"text,omitempty"`
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
)

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
	}
	return head
}

// hello is the first frame: the number after which the others begin, and what is being spoken at this moment.
func (s *socket) hello(seq int64, id appliance.ConversationID) helloFrame {
	hello := helloFrame{LiveEvent: LiveEvent{Seq: seq, Type: "hello", ConversationID: id}}
	if id == "" {
		return hello
	}
	if turn, text, ok := s.api.Engine.Speaking(id); ok {
		hello.TurnSeq, hello.Text = &turn, text
	}
	return hello
}

// publish tells the host of a session of something in a conversation.
func (a *API) publish(seat store.Seat, kind appliance.EventType) {
	a.Hub.Publish(live.SessionTopic(seat.SessionID),
		live.Event{Type: kind, SessionID: seat.SessionID, ConversationID: seat.ConversationID})
}
