package web_test

import (
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"harmonium/appliance/inference/ollamatest"
	"harmonium/appliance/web"
)

// planningDesk is a hostDesk with a model behind a fake Ollama.
func planningDesk(t *testing.T) (*desk, *ollamatest.Fake) {
	t.Helper()
	fake := ollamatest.New(t, "planner:4b")
	return hostDesk(t, func(d *web.Deps) { d.Models = fake.Gateway(nil) }), fake
}

func TestAModelDraftsWhenItIsAskedToAndRulesWhenASessionIsMade(t *testing.T) {
	d, fake := planningDesk(t)
	s := d.session("ada", `{`+wards+`}`)
	if n := len(fake.Chats()); n != 0 {
		t.Errorf("making a session waited for a model %d times", n)
	}
	topic := func(title, question string) map[string]any {
		return map[string]any{"title": title, "aim": "", "question": question, "probes": []string{}}
	}
	fake.Script(ollamatest.JSON(map[string]any{"topics": []any{topic("Nights", "What was your last night at work like?"),
		topic("Handover", "How does the handover at night go?"), topic("Change", "What should be different on the ward?")}}))
	d.run(
		apiCase{as: "ada", method: "GET", path: sessionPath(s, "/guide"), status: 200, want: []string{`"made_by":"rules"`}},
		apiCase{as: "ada", method: "POST", path: sessionPath(s, "/guide/draft"), status: 200,
			want: []string{`"made_by":"planner:4b"`, `"version":2`, "What was your last night at work like?", "drafted from the brief"}},
	)
}

// A model takes its time: whoever repeats a request, also while the first is under way, gets what the first one made.
func TestAModelIsAskedForAGuideOnceForEachKey(t *testing.T) {
	d, fake := planningDesk(t)
	s := d.session("ada", `{`+wards+`}`)
	topic := func(title, question string) map[string]any {
		return map[string]any{"title": title, "aim": "", "question": question, "probes": []string{}}
	}
	answer := ollamatest.JSON(map[string]any{"topics": []any{topic("Nights", "What was your last night at work like?"),
		topic("Handover", "How does the handover at night go?"), topic("Change", "What should be different on the ward?")}})
	fake.Rule(func(ollamatest.Request) ollamatest.Script { return ollamatest.Slow(50*time.Millisecond, answer) })
	var versions [3]int
	var asking sync.WaitGroup
	for i := range 2 {
		asking.Go(func() {
			var g web.GuideVersion
			d.get("ada", "POST", sessionPath(s, "/guide/draft"), nil, 200, &g, "Idempotency-Key: k1")
			versions[i] = g.Version
		})
	}
	asking.Wait()
	var later web.GuideVersion
	d.get("ada", "POST", sessionPath(s, "/guide/draft"), nil, 200, &later, "Idempotency-Key: k1")
	versions[2] = later.Version
	if versions != [3]int{2, 2, 2} || later.MadeBy != "planner:4b" {
		t.Errorf("the repetitions give versions %v, made by %s", versions, later.MadeBy)
	}
	if n := len(fake.Chats()); n != 1 {
		t.Errorf("the model was asked %d times", n)
	}
	other := d.session("ada", `{`+wards+`}`)
	d.run(apiCase{name: "the key for another session", as: "ada", method: "POST", path: sessionPath(other, "/guide/draft"),
		header: []string{"Idempotency-Key: k1"}, status: 409, want: []string{"Idempotency-Key"}})
	if n := len(fake.Chats()); n != 1 {
		t.Errorf("for a key that is refused the model was asked: %d times", n)
	}
}

func TestAProposalIsSavedByWhoLikesItAndSaysWhatMadeIt(t *testing.T) {
	d, fake := planningDesk(t)
	s := d.session("ada", `{`+wards+`}`)
	path := sessionPath(s, "/guide")
	var before, same, saved, edited web.GuideVersion
	d.get("ada", "GET", path, nil, 200, &before)
	fake.Script(ollamatest.Text(`{"changes":[{"what":"change","topic":1,"question":"What was your last night at work like?"}]}`))
	var p web.GuideProposal
	d.get("ada", "POST", path+"/refine", web.WishRequest{Wish: "Begin with the last night."}, 200, &p)
	want := before.Guide
	want.Topics = append([]web.Topic{}, want.Topics...)
	want.Topics[0].Question = "What was your last night at work like?"
	if diff := cmp.Diff(want, p.Guide); diff != "" || p.MadeBy != "planner:4b" || p.PromptVersion != "refine-1" || p.BaseVersion != 1 {
		t.Errorf("proposed by %s %s over version %d:\n%s", p.MadeBy, p.PromptVersion, p.BaseVersion, diff)
	}
	if d.get("ada", "GET", path, nil, 200, &same); same.Version != 1 {
		t.Error("a proposal was saved")
	}
	d.get("ada", "PUT", path, web.GuideRequest{Guide: p.Guide, BaseVersion: 1, Reason: "as proposed"}, 200, &saved)
	if saved.MadeBy != "planner:4b" || saved.Version != 2 {
		t.Errorf("saved as made by %s", saved.MadeBy)
	}
	p.Guide.Topics[0].Title += " edited"
	d.get("ada", "PUT", path, web.GuideRequest{Guide: p.Guide, BaseVersion: 2}, 200, &edited)
	if edited.MadeBy != "hand" {
		t.Errorf("edited, it is made by %s", edited.MadeBy)
	}

	fake.Script(ollamatest.Text(`{"changes":[{"what":"remove","topic":1}]}`))
	var unsaved web.GuideProposal
	edited.Guide.Topics[1].Title = "Not saved"
	d.get("ada", "POST", path+"/refine", web.WishRequest{Wish: "Shorter.", Guide: &edited.Guide}, 200, &unsaved)
	if unsaved.Guide.Topics[0].Title != "Not saved" || len(unsaved.Guide.Topics) != len(edited.Guide.Topics)-1 {
		t.Errorf("of the guide that is being edited came %+v", unsaved.Guide.Topics)
	}
	nonsense := ollamatest.Text(`{"changes":[{"what":"remove","topic":99}]}`)
	fake.Script(nonsense, nonsense)
	d.run(
		apiCase{as: "ada", method: "POST", path: path + "/refine", body: `{"wish":"Burn it."}`, status: 422, want: []string{"The guide is as it was."}},
		apiCase{as: "ada", method: "POST", path: path + "/refine", body: `{"wish":" "}`, status: 400, want: []string{`"field":"wish"`}},
		apiCase{as: "ada", method: "POST", path: path + "/refine", body: `{"wish":"x","guide":{"opening":"","topics":[],"closing":"c"}}`,
			status: 400, want: []string{`"field":"guide.`}},
		apiCase{as: "eve", method: "POST", path: path + "/refine", body: `{"wish":"x"}`, status: 404},
	)
}

func TestWithoutAModelAWishIsRefusedInWords(t *testing.T) {
	d := hostDesk(t)
	s := d.session("ada", `{`+wards+`}`)
	d.run(apiCase{as: "ada", method: "POST", path: sessionPath(s, "/guide/refine"), body: `{"wish":"Shorter."}`, status: 503,
		want: []string{"needs a model", "The guide is as it was."}})
}
