package companion_test

import (
	"slices"
	"strings"
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/companion"
	"harmonium/appliance/inference/ollamatest"
	"harmonium/appliance/store"
)

// newEmbeddingDesk is a desk whose box has an embedder that knows two matters: lifts and food.
func newEmbeddingDesk(t *testing.T) (*desk, *ollamatest.Fake) {
	t.Helper()
	fake := ollamatest.New(t, "gemma3:4b", "nomic-embed-text:latest")
	fake.Embeds(func(text string) []float32 {
		about := func(words ...string) float32 {
			n := 0
			for _, w := range words {
				n += strings.Count(strings.ToLower(text), w)
			}
			return float32(n)
		}
		return []float32{about("lift", "elevator"), about("lunch", "meal"), 0.1}
	})
	d := newDesk(t)
	d.companion = companion.New(companion.Options{Store: d.Store, Models: fake.Gateway(nil)})
	t.Cleanup(d.companion.Close)
	return d, fake
}

// brings adds a conversation that was held elsewhere, one turn for each text.
func (d *desk) brings(texts ...string) appliance.ConversationID {
	d.t.Helper()
	t := appliance.Transcript{Title: "Meeting", Language: appliance.English}
	for _, text := range texts {
		t.Utterances = append(t.Utterances, appliance.Utterance{Speaker: "Ann", Text: text})
	}
	id, err := d.AddTranscript(d.t.Context(), store.By{Account: d.owner, Actor: string(d.owner)}, d.session, t, store.Once{})
	if err != nil {
		d.t.Fatal(err)
	}
	return id
}

// embed does what the sweep finds to do.
func (d *desk) embed() {
	d.t.Helper()
	if err := d.companion.SweepUnembedded(d.t.Context()); err != nil {
		d.t.Fatal(err)
	}
	if err := d.companion.Embed(d.t.Context(), appliance.Job{SessionID: d.session}, func(int, int) {}); err != nil {
		d.t.Fatal(err)
	}
}

// sentence is long enough to be a passage of its own.
func sentence(about string) string {
	return about + strings.Repeat(" and then we went on with everything else that there was to do on that day", 8)
}

func TestWhereThereIsAnEmbedderWhatIsMeantIsFoundWithoutItsWords(t *testing.T) {
	d, fake := newEmbeddingDesk(t)
	id := d.brings(sentence("The food at noon is cold, lunch is late"), sentence("Nothing came of it"), sentence("The lift is broken"),
		sentence("Somebody laughed"))
	q := companion.Query{Scope: companion.Scope{Session: d.session}, Question: "Which elevators fail?", Words: 200}
	if got := d.ask(q); len(got) != 0 {
		t.Errorf("before there are vectors, %d passages", len(got))
	}
	d.embed()
	if got := d.ask(q); len(got) == 0 || got[0].Conversation != id || got[0].Turns[0].Seq != 2 {
		t.Errorf("%d passages, want the turn about the lift", len(got))
	}
	if left, err := d.UnembeddedIn(t.Context(), d.session, "another model"); err != nil || !slices.Equal(left, []appliance.ConversationID{id}) {
		t.Errorf("for another model %v is left to do: %v", left, err)
	}
	fake.Embeds(nil) // it refuses from now on
	if got := d.ask(q); len(got) != 0 {
		t.Errorf("without the question's vector %d passages", len(got))
	}
	q.Question = "What is with the lift?"
	if got := d.ask(q); len(got) == 0 || got[0].Turns[0].Seq != 2 {
		t.Errorf("by words alone %d passages, want the turn about the lift", len(got))
	}
}

func TestVectorsGoWithTheWords(t *testing.T) {
	d, _ := newEmbeddingDesk(t)
	id := d.brings(sentence("The food at noon is cold, lunch is late"), sentence("Nothing came of it"), sentence("The lift is broken"))
	d.embed()
	if left, err := d.Unembedded(t.Context(), "none"); err != nil || len(left) != 1 {
		t.Fatalf("%v, %v", left, err)
	}
	if _, err := d.EraseConversation(t.Context(), store.By{Account: d.owner, Actor: string(d.owner)}, id); err != nil {
		t.Fatal(err)
	}
	q := companion.Query{Scope: companion.Scope{Session: d.session}, Question: "Which elevators fail?", Words: 200}
	if got := d.ask(q); len(got) != 0 {
		t.Errorf("%d passages of what was erased", len(got))
	}
}
