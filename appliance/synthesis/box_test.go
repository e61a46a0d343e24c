package synthesis_test

import (
	"strings"
	"testing"

	"harmonium/appliance/inference/ollamatest"
	"harmonium/appliance/testkit"
)

// A whole appliance with a model: what a person says comes back in the model's sentences, over quotations of it.
func TestAWholeBoxWithAModelWritesTheSummary(t *testing.T) {
	fake := ollamatest.New(t, analyst)
	fake.Rule(goodReader)
	b := testkit.Server(t, "ollama="+fake.URL)
	var session struct{ ID string }
	if s := b.Call("POST", "/api/v1/sessions", map[string]any{"topic": "The workshop", "goal": "Learn what to mend."}, &session); s != 201 {
		t.Fatalf("making a session: %d", s)
	}
	path := "/api/v1/sessions/" + session.ID
	for _, words := range []string{labels, drill} {
		if s := b.Call("POST", path+"/responses", map[string]any{"content": words}, nil); s != 201 {
			t.Fatalf("saying something: %d", s)
		}
	}
	var summary struct{ Summary string }
	var report struct {
		MadeBy  string `json:"made_by"`
		Version int
		Stale   bool
	}
	until(t, "the model has written the summary", func() bool {
		if s := b.Call("POST", path+"/summary", nil, &summary); s != 200 {
			t.Fatalf("the summary: %d", s)
		}
		if s := b.Call("GET", path+"/report", nil, &report); s != 200 {
			t.Fatalf("the report: %d", s)
		}
		return report.MadeBy == analyst
	})
	if !strings.Contains(summary.Summary, "It was reported that") || !strings.Contains(summary.Summary, "> “The labels are always late") || report.Stale {
		t.Errorf("stale %v:\n%s", report.Stale, summary.Summary)
	}
	if strings.Contains(b.Log(), "labels") {
		t.Error("what was said is in the log")
	}
}
