package facilitation_test

import (
	"os"
	"strings"
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/facilitation"
)

func TestARehearsalAsksAsARealInterviewDoes(t *testing.T) {
	r := facilitation.Rehearse(1, 6)
	n := len(r.Weigh.Messages)
	if n != 1+2*6+1 || len(r.Speak.Messages) != n {
		t.Fatalf("%d and %d messages", n, len(r.Speak.Messages))
	}
	for i := range n - 1 {
		if r.Weigh.Messages[i] != r.Speak.Messages[i] {
			t.Errorf("message %d differs between weighing and speaking: it would be read twice", i)
		}
	}
	if r.Weigh.Format == nil || r.Speak.Format != nil || r.Weigh.MaxTokens == 0 || r.Speak.MaxTokens == 0 {
		t.Error("weighing has no form, or speaking has one, or one of them no end")
	}
	later, other := facilitation.Rehearse(1, 7), facilitation.Rehearse(2, 6)
	if later.Speak.Messages[n-2] != r.Speak.Messages[n-2] {
		t.Error("the next turn of the same person does not begin as this one did")
	}
	if other.Speak.Messages[0] != r.Speak.Messages[0] {
		t.Error("two people do not share rules and guide")
	}
	if other.Speak.Messages[2] == r.Speak.Messages[2] {
		t.Error("two people say the same")
	}
	size := 0
	for _, m := range r.Speak.Messages {
		size += len(m.Content)
		if strings.Contains(m.Content, "%!") {
			t.Errorf("a text is badly filled in: %s", m.Content)
		}
	}
	if size < 4_000 || size > 12_000 {
		t.Errorf("a prompt of %d bytes is not like one of a conversation", size)
	}
}

func TestARehearsalByRulesLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	rate, err := facilitation.RehearseByRules(t.Context(), dir, appliance.SystemClock)
	if err != nil || rate <= 1 {
		t.Errorf("%.1f answers a second, %v", rate, err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%d files are left, %v", len(left), err)
	}
}
