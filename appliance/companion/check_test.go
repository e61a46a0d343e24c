package companion_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"harmonium/appliance"
	"harmonium/appliance/companion"
	"harmonium/appliance/synthesis"
)

// However an answer is cut into pieces, the same sentences come out of it; and whatever a model says, it is read without
// trouble.
func FuzzStream(f *testing.F) {
	f.Add(`{"answered":true,"sentences":[{"text":"The \"labels\" are late.","turns":[1,2]},{"text":"B","turns":[]}]}`, 7)
	f.Add(`}}]{{{"text":"\u00e4"}`, 1)
	f.Add(`[[[[[["`, 3)
	f.Fuzz(func(t *testing.T, text string, size int) {
		size = max(1, size%64)
		var pieces []string
		for rest := text; rest != ""; {
			n := min(size, len(rest))
			pieces, rest = append(pieces, rest[:n]), rest[n:]
		}
		if diff := cmp.Diff(companion.Streamed(text), companion.Streamed(pieces...)); diff != "" {
			t.Errorf("whole and in pieces of %d bytes (-whole +pieces):\n%s", size, diff)
		}
	})
}

// What is between quotation marks in a sentence that passes stands in what was said, to the letter, and each citation is
// a place of it.
func FuzzSentenceThatPasses(f *testing.F) {
	f.Add("They write “the labels” by hand.", printers)
	f.Add("They say \"no\" to the labels «by hand».", "We said \"no\" to the labels, by hand.")
	f.Add("The labels are 'written' by hand.", "The labels are 'written'\nby hand.")
	f.Add("Die „Etiketten“ sind nach 12 Uhr da.", "Die Etiketten sind nach 12 Uhr da.")
	f.Fuzz(func(t *testing.T, text, said string) {
		turn := appliance.Turn{ID: "trn_a", Content: said}
		for _, language := range []appliance.Language{"en", "de", ""} {
			part, ok := companion.Pass(language, companion.Sentence{Text: text, Turns: []int{1}}, turn)
			if !ok {
				continue
			}
			places, closed := synthesis.BetweenMarks(part.Text)
			if !closed || !utf8.ValidString(part.Text) {
				t.Errorf("%q passes as %q", text, part.Text)
			}
			for _, p := range places {
				if !strings.Contains(said, p.In(part.Text)) {
					t.Errorf("%q passes as %q, and %q was said", text, part.Text, said)
				}
			}
			for _, c := range part.Citations {
				if c.Span.Start >= c.Span.End || c.Span.Text != said[c.Span.Start:c.Span.End] {
					t.Errorf("a citation of %q is %+v", said, c.Span)
				}
			}
		}
	})
}

func TestAQuestionThatLeansOnTheOneBeforeIsSearchedForWithItsWords(t *testing.T) {
	for _, row := range []struct {
		name      string
		questions []string
		want      string
	}{
		{"a first question", []string{"What about the printer?"}, "What about the printer?"},
		{"one that points back", []string{"What about the printer?", "Why does it fail?"}, "Why does it fail? printer"},
		{"one that stands on its own", []string{"What about the printer?", "When does the canteen close at night shifts?"},
			"When does the canteen close at night shifts?"},
		{"in German", []string{"Was ist mit dem Drucker?", "Warum fällt er aus?"}, "Warum fällt er aus? Drucker"},
	} {
		if got := companion.SearchedFor(row.questions...); got != row.want {
			t.Errorf("%s: %q", row.name, got)
		}
	}
}
