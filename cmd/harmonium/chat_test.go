package main_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// A program with nothing but a key takes a session from its creation to a summary in which every quotation is the
// slice of a stored turn.
func TestAProgramTalksToTheEndAndFindsASummary(t *testing.T) {
	dir, address := t.TempDir(), freeAddress(t)
	serve(t, dir, "--listen", address, "--guided-pace", "0s", "--bcrypt-cost", "4")
	do(t, "a long password\n", "user", "add", "--email", "a@example.org", "--name", "A", "--role", "owner", "--password-stdin", "--data", dir)
	key := strings.TrimSpace(do(t, "", "key", "create", "--email", "a@example.org", "--name", "k", "--scopes", "*", "--data", dir).out)
	r := &room{t: t, base: "http://" + address + "/api/v1", key: key}
	var session struct{ ID string }
	if status := r.call(key, "POST", "/sessions", map[string]any{"topic": "Übergabe", "goal": "Was geht verloren?", "language": "de"}, &session); status != http.StatusCreated {
		t.Fatalf("the session was answered with %d", status)
	}
	r.session = session.ID

	for turn, final := 0, false; !final; turn++ {
		if turn > 40 {
			t.Fatal("the conversation does not end")
		}
		var answer struct {
			Message struct {
				Role    string
				IsFinal bool `json:"is_final"`
			}
		}
		status := r.call(key, "POST", "/sessions/"+session.ID+"/chat", map[string]any{"participant_id": "program", "content": fmt.Sprintf(
			"In der Nacht %d fehlte das Übergabeprotokoll 📋, weil der Drucker kein Papier hatte – “wie immer”.", turn)}, &answer)
		if status != http.StatusOK || answer.Message.Role != "assistant" {
			t.Fatalf("message %d was answered with %d by %q", turn, status, answer.Message.Role)
		}
		final = answer.Message.IsFinal
	}

	var summary struct{ Summary *string }
	for deadline := time.Now().Add(20 * time.Second); summary.Summary == nil; {
		if time.Now().After(deadline) {
			t.Fatal("nobody asked, and there is no summary after 20 s")
		}
		r.call(key, "GET", "/sessions/"+session.ID+"/summary", nil, &summary)
	}
	r.checkQuotations(session.ID)
}

// place is where words are said to stand.
type place struct {
	TurnID     string `json:"turn_id"`
	Start, End int
	Text       string
}

// checkPlace checks that words stand in what somebody said in a conversation, where they are said to stand.
func (r *room) checkPlace(conversation string, p place) {
	r.t.Helper()
	var read struct {
		Turns []struct{ ID, Role, Content string } `json:"turns_list"`
	}
	r.call(r.key, "GET", "/conversations/"+conversation, nil, &read)
	for _, turn := range read.Turns {
		if turn.ID == p.TurnID && turn.Role == "participant" && 0 <= p.Start && p.Start < p.End && p.End <= len(turn.Content) &&
			turn.Content[p.Start:p.End] == p.Text {
			return
		}
	}
	r.t.Errorf("a quotation of turn %s does not stand at bytes %d to %d", p.TurnID, p.Start, p.End)
}

// checkQuotations slices the stored turns at the places that the report's quotations name.
func (r *room) checkQuotations(session string) {
	r.t.Helper()
	var report struct {
		Claims map[string]struct {
			ConversationID string `json:"conversation_id"`
			Quotes         []place
		}
	}
	r.call(r.key, "GET", "/sessions/"+session+"/report", nil, &report)
	quotes := 0
	for _, claim := range report.Claims {
		for _, q := range claim.Quotes {
			quotes++
			r.checkPlace(claim.ConversationID, q)
		}
	}
	if quotes == 0 {
		r.t.Error("the report quotes nobody")
	}
}
