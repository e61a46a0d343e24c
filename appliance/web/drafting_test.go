package web_test

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/inference"
	"harmonium/appliance/inference/ollamatest"
	"harmonium/appliance/web"
)

// A host who waits for a draft is told where that draft stands and no other, and that a model is in trouble.
func TestAHostIsToldHowTheirDraftStands(t *testing.T) {
	fake := ollamatest.New(t, "gemma3:4b")
	d := modelDesk(t, fake)
	d.person("eve", appliance.RoleEditor)
	s := d.session("ada", `{"topic":"Handover","goal":"Learn what gets lost"}`)
	fake.Rule(func(ollamatest.Request) ollamatest.Script { return ollamatest.Stall("So ") })
	ctx, free := context.WithCancel(t.Context())
	defer free()
	var talks sync.WaitGroup
	for _, owner := range []string{"cnv_1", "cnv_2", "cnv_3"} { // two slots are taken, one waits
		talks.Go(func() {
			d.deps.Models.Chat(ctx, inference.Request{Role: appliance.ModelFacilitator, Owner: owner, MaxTokens: 60,
				Messages: []inference.Message{{Role: "user", Content: "Ask something."}}}, nil)
		})
	}
	status := func(as string, so func(web.Models) bool) (m web.Models) {
		t.Helper()
		late := time.After(time.Minute)
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			if d.get(as, "GET", "/api/v1/models", nil, 200, &m); so(m) {
				return m
			}
			select {
			case <-tick.C:
			case <-late:
				t.Fatalf("waited in vain: %+v", m)
			}
		}
	}
	status("ada", func(m web.Models) bool { return m.Running == 2 && m.Conversation == 1 })
	drafted := make(chan int, 1)
	go func() {
		drafted <- d.send("ada", http.MethodPost, "/api/v1/sessions/"+string(s.ID)+"/guide/draft", "{}").Code
	}()
	m := status("ada", func(m web.Models) bool { return m.Yours.Value != nil })
	if m.Yours.Value.Ahead != 1 || m.Hosts != 1 || m.Conversation != 1 {
		t.Errorf("the draft stands at %+v; %d of hosts wait, %d in conversations", *m.Yours.Value, m.Hosts, m.Conversation)
	}
	if m := status("eve", func(m web.Models) bool { return m.Hosts == 1 }); m.Yours.Value != nil {
		t.Errorf("somebody else is told %+v", *m.Yours.Value)
	}
	fake.Rule(func(ollamatest.Request) ollamatest.Script { return ollamatest.Die("So ") })
	free()
	talks.Wait()
	if code := <-drafted; code != http.StatusOK && code != http.StatusCreated {
		t.Errorf("the draft was answered with %d", code)
	}
	m = status("ada", func(m web.Models) bool { return m.Yours.Value == nil && m.Installed[0].Trouble.Value != nil })
	if trouble := m.Installed[0].Trouble.Value; trouble.Why != inference.Died || trouble.Since.IsZero() || m.Usable || m.Why != inference.Died {
		t.Errorf("the model that died is %+v, the box usable %v, %s", *trouble, m.Usable, m.Why)
	}
	for _, w := range m.Work[:2] {
		if w.Model != "" || w.Why != inference.Died {
			t.Errorf("%s: %+v", w.Role, w)
		}
	}
}
