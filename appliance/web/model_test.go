package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"harmonium/appliance"
	"harmonium/appliance/facilitation"
	"harmonium/appliance/inference/ollamatest"
	"harmonium/appliance/web"
)

// newModelDesk is a desk whose conversations are led by a model, in real time.
func newModelDesk(t *testing.T, fake *ollamatest.Fake) *desk {
	t.Helper()
	d := newDesk(t, func(d *web.Deps) {
		d.Models = fake.Gateway(nil)
		d.Engine = facilitation.New(facilitation.Options{Store: d.Store, Hub: d.Hub, Log: d.Log, Clock: appliance.SystemClock, Models: d.Models,
			Offer: 50 * time.Millisecond, TakeOver: time.Minute})
	})
	t.Cleanup(func() { d.deps.Engine.Close(context.Background()) })
	return d
}

// Who waits for the model is told, also when they come in the middle of the wait, and may go on without it.
func TestAParticipantWaitsForTheModelAndGoesOnWithoutIt(t *testing.T) {
	fake := ollamatest.New(t, "small:1b")
	d := newModelDesk(t, fake)
	fake.Rule(func(ollamatest.Request) ollamatest.Script { return ollamatest.Stall("") })
	joined := d.joinAs("ada", d.open(), "")
	d.await("ada")
	server := httptest.NewServer(d.handler)
	defer server.Close()
	dial := func() *client {
		c, _, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(server.URL, "http")+"/api/v1/conversation/live", nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		c.SetReadDeadline(time.Now().Add(time.Minute))
		if err := c.WriteJSON(map[string]string{"token": joined.Token}); err != nil {
			t.Fatal(err)
		}
		return &client{c, t}
	}
	c := dial()
	c.next()
	d.say("ada", "Too few people.")
	for offered := false; !offered; {
		_, e := c.until(appliance.EventTurnWaiting)
		if e.TurnSeq == nil || *e.TurnSeq != 2 {
			t.Fatalf("a wait for turn %v, want 2", e.TurnSeq)
		}
		offered = e.Offer
	}
	if hello := dial().next(); hello.Waiting == nil || !hello.Waiting.Offer || *hello.TurnSeq != 2 {
		t.Errorf("who comes in the middle of the wait is told %+v", hello)
	}
	d.run(
		apiCase{method: http.MethodPost, path: "/api/v1/conversation/guided", status: http.StatusUnauthorized},
		apiCase{as: "ada", method: http.MethodPost, path: "/api/v1/conversation/guided", status: http.StatusNoContent},
	)
	_, made := c.until(appliance.EventTurnCreated)
	if made.Turn.Seq != 2 || made.Turn.MadeBy != appliance.MadeByRules {
		t.Errorf("turn %d is made by %q", made.Turn.Seq, made.Turn.MadeBy)
	}
	// Without a wait it changes nothing.
	d.run(apiCase{as: "ada", method: http.MethodPost, path: "/api/v1/conversation/guided", status: http.StatusNoContent})
	if own := d.await("ada"); own.MadeBy != "small:1b" || own.Guided {
		t.Errorf("the conversation is led by %q, guided %v", own.MadeBy, own.Guided)
	}
	fake.RemoveModels()
	if _, e := c.until(appliance.EventFacilitatorChanged); e.MadeBy != appliance.MadeByRules || !e.Guided || e.Why != "no_model" || e.Since.IsZero() {
		t.Errorf("when the model is gone its page is told %+v", e)
	}
}
