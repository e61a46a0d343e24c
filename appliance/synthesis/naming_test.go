package synthesis_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"harmonium/appliance"
	"harmonium/appliance/inference/ollamatest"
	"harmonium/appliance/store"
	"harmonium/appliance/synthesis"
)

// of gives the requests of a kind that a model was sent.
func of(fake *ollamatest.Fake, kind func(ollamatest.Request) bool) (list []ollamatest.Request) {
	for _, c := range fake.Chats() {
		if c.Format != nil && kind(c) {
			list = append(list, c)
		}
	}
	return list
}

func TestAModelNamesThemesAndEveryClaimIsPutIntoOneOfThem(t *testing.T) {
	d, _, _ := workshop(t)
	fake, g := withModel(t, d, ollamatest.Patient)
	d.sweep()
	themes, err := d.Themes(t.Context(), d.session.ID, 50)
	if err != nil {
		t.Fatal(err)
	}
	model, err := g.Model(appliance.ModelAnalyst, nil)
	if err != nil {
		t.Fatal(err)
	}
	if m := themes.Codebook.Maker; m != (appliance.Maker{By: analyst, ModelDigest: model.Digest, PromptVersion: "themes-1+places-1"}) {
		t.Errorf("the themes are made by %+v", m)
	}
	drill, lamp := theme(t, themes, "the drill"), theme(t, themes, "lamp and light")
	if drill.Conversations != 7 || drill.Count != 7 || drill.Description != "What is told about the drill and its use." {
		t.Errorf("of the drill speak %d in %d claims: %q", drill.Conversations, drill.Count, drill.Description)
	}
	if lamp.Conversations != 0 && lamp.Conversations != 3 || themes.Other.Count+drill.Count+lamp.Count != themes.Claims {
		t.Errorf("of lamps speak %d, of nothing else %d, of all %d", lamp.Conversations, themes.Other.Count, themes.Claims)
	}
	// Once for all, once more for those that came to none, once to see how stable that is.
	asked := of(fake, isPlaces)
	if n := len(asked); n != 3 {
		t.Fatalf("the model was asked for places %d times, want 3", n)
	}
	numbers := func(r ollamatest.Request) int {
		return len(themeLine.FindAllString(placeParts.FindStringSubmatch(r.Last())[2], -1))
	}
	if numbers(asked[0]) != 11 || numbers(asked[1]) != themes.Other.Count || numbers(asked[2]) != 11-themes.Other.Count {
		t.Errorf("it was asked about %d, %d and %d claims", numbers(asked[0]), numbers(asked[1]), numbers(asked[2]))
	}
	if first, again := asked[0].Last(), asked[2].Last(); first == again {
		t.Error("the second time the claims are in the same order")
	}
	if b := themes.Codebook; b.Repeated != 11-themes.Other.Count || b.Agreed != b.Repeated {
		t.Errorf("%d claims of %d came to the same theme again", b.Agreed, b.Repeated)
	}
	text := synthesis.Markdown(d.newest())
	for _, words := range []string{"7 of 8 speak of “The drill”.", "3 people speak well of “The drill”", "2 people speak ill of it."} {
		if !strings.Contains(text, words) {
			t.Errorf("the report does not say %q:\n%s", words, text)
		}
	}

	fake.Forget()
	d.sweep()
	d.results()
	if n := len(fake.Chats()); n != 0 {
		t.Errorf("the same material is asked about again, %d times", n)
	}
}

func TestATitleThatCannotStandIsNoTheme(t *testing.T) {
	d, _, _ := workshop(t)
	fake, _ := withModel(t, d, ollamatest.Patient)
	fake.Rule(func(r ollamatest.Request) ollamatest.Script {
		if isThemes(r) {
			return titles(title{"The drill", "“It was never said” about the drill."}, title{"the drill.", ""}, title{"Other", ""},
				title{"Most people want lamps", ""}, title{"The “big” lamp", ""}, title{"Lamp [3]", ""}, title{"", ""},
				title{strings.Repeat("lamp ", 9), ""}, title{"Lamp\nand ward", ""})
		}
		return goodReader(r)
	})
	d.sweep()
	b, _, ok, err := d.Codebook(t.Context(), d.session.ID)
	if err != nil || !ok {
		t.Fatal(err)
	}
	var have []string
	for _, t := range b.Themes {
		have = append(have, t.Title+": "+t.Description)
	}
	if diff := cmp.Diff([]string{"The drill: "}, have); diff != "" {
		t.Errorf("themes:\n%s", diff)
	}
}

func TestAPlaceThatIsNoThemeIsNone(t *testing.T) {
	d, _, _ := workshop(t)
	fake, _ := withModel(t, d, ollamatest.Patient)
	fake.Rule(func(r ollamatest.Request) ollamatest.Script {
		if isPlaces(r) {
			return ollamatest.JSON(map[string]any{"places": []place{{1, 99}, {0, 1}, {-1, 1}, {500, 1}, {2, -1}}})
		}
		return goodReader(r)
	})
	d.sweep()
	themes, err := d.Themes(t.Context(), d.session.ID, 50)
	if err != nil || len(themes.Themes) != 0 || themes.Other.Count != 11 {
		t.Errorf("%d themes, %d claims in none (%v)", len(themes.Themes), themes.Other.Count, err)
	}
}

func TestWhereTheModelNamesNoThemeRulesFindThemAndTheHeadSaysSo(t *testing.T) {
	d, _, _ := workshop(t)
	fake, _ := withModel(t, d, ollamatest.Patient)
	fake.Rule(func(r ollamatest.Request) ollamatest.Script {
		if isThemes(r) {
			return titles()
		}
		return goodReader(r)
	})
	d.sweep()
	themes, err := d.Themes(t.Context(), d.session.ID, 50)
	if err != nil || themes.Codebook.Maker.Model() || theme(t, themes, "drill").Conversations != 7 {
		t.Errorf("themes are made by %s (%v)", themes.Codebook.Maker.By, err)
	}
	r := d.newest().Report
	if !r.Maker.Model() || !slices.Contains(r.Body.Missing, "The model was asked for themes and gave nothing of use, so rules found them.") {
		t.Errorf("by %s, head %q", r.Maker.By, r.Body.Missing)
	}
}

// crowd is a session in which so many people have spoken, all read by a model.
func crowd(t *testing.T, people int) (*desk, *ollamatest.Fake) {
	t.Helper()
	d := newDesk(t, appliance.English, "Tools", "Room", "Time", "Wishes")
	fake, _ := withModel(t, d, ollamatest.Patient)
	for i := range people {
		d.speaks(i)
	}
	d.work()
	return d, fake
}

// speaks has one more person say something of their own to every topic.
func (d *desk) speaks(i int) appliance.ConversationID {
	d.t.Helper()
	things := []string{"drill", "lamp", "bench", "ladder", "printer", "window", "cupboard", "trolley"}
	a, b := things[i%len(things)], things[(i/3+1)%len(things)]
	return d.person(
		fmt.Sprintf("The %s of team %d is worn and should be mended before spring.", a, i),
		fmt.Sprintf("The room with the %s is cold when %d of us work there.", b, i+2),
		fmt.Sprintf("I wait %d minutes for the %s every single morning.", i+3, a),
		fmt.Sprintf("I wish for a second %s near gate %d.", b, i))
}

// One conversation in a large session costs the model its own windows and at most two questions more, time after time,
// while every claim finds its place in the end.
func TestOneMoreConversationInALargeSessionCostsTwoQuestionsMore(t *testing.T) {
	d, fake := crowd(t, 30)
	for i := range 12 {
		fake.Forget()
		d.speaks(100 + i)
		d.work()
		read, all := len(of(fake, isClaims)), len(of(fake, func(ollamatest.Request) bool { return true }))
		if read != 1 || all > read+2 {
			t.Errorf("conversation %d: asked %d times, of it %d for what was said, %d for themes, %d for places, %d for the report",
				i, all, read, len(of(fake, isThemes)), len(of(fake, isPlaces)), len(of(fake, isReport)))
		}
		if r := d.newest(); r.Stale || r.Report.Counts.Conversations != 31+i {
			t.Errorf("conversation %d: the report is of %d, stale %v", i, r.Report.Counts.Conversations, r.Stale)
		}
	}
	_, places, _, err := d.Codebook(t.Context(), d.session.ID)
	if err != nil {
		t.Fatal(err)
	}
	if len(places) != 42*4 {
		t.Errorf("%d claims have a place, want %d", len(places), 42*4)
	}
	for id, p := range places {
		if p.Tries == 0 {
			t.Errorf("the model was never asked where %s belongs", id)
		}
	}
}

func isClaims(r ollamatest.Request) bool {
	return strings.Contains(r.Last(), "You read a part of an interview")
}

func TestAPartThatWasReadIsNotReadAgain(t *testing.T) {
	d := newDesk(t, "en", "Tools")
	fake, _ := withModel(t, d, hasty)
	var said []string
	for i := range 30 {
		said = append(said, fmt.Sprintf("In week %d the drill %d was broken because nobody had oiled it, and we waited for %d hours.", i, i, i)+
			strings.Repeat(" Then the next came and waited too.", 10))
	}
	id := d.join()
	d.ask(id, "t1")
	for _, words := range said {
		d.say(id, words)
	}
	silence := 5 * time.Minute // after which a conversation is read that nobody has finished
	d.clock.Advance(silence)
	fake.Rule(func(r ollamatest.Request) ollamatest.Script {
		if isClaims(r) && strings.Contains(r.Last(), "In week 29 ") {
			return ollamatest.Vanish("{")
		}
		return goodReader(r)
	})
	d.sweep() // the model goes away over the last part
	before := len(of(fake, func(r ollamatest.Request) bool { return isClaims(r) && !strings.Contains(r.Last(), "In week 29 ") }))
	if before == 0 || d.newest().Report.Maker.Model() {
		t.Fatalf("%d parts were read, and the report is by %s", before, d.newest().Report.Maker.By)
	}

	fake.Forget()
	fake.Rule(goodReader)
	d.progress = nil
	until(t, "the model can be used", func() bool {
		d.sweep()
		return d.newest().Report.Maker.Model()
	})
	if n := len(of(fake, isClaims)); n != 1 {
		t.Errorf("%d parts were read again, want the last one only", n)
	}
	d.located()

	fake.Forget()
	d.say(id, "And one more thing: the lamp over the bench flickers at night.")
	d.clock.Advance(silence)
	d.sweep()
	if n := len(of(fake, isClaims)); n != 1 {
		t.Errorf("after one more answer %d parts were read", n)
	}
	if !strings.Contains(synthesis.Markdown(d.newest()), "flickers") {
		t.Error("what was said last is not in the report")
	}
}

// What the host of a project wishes holds for its sessions, before what is wished for one of them.
func TestTheModelIsToldWhatTheProjectWishes(t *testing.T) {
	d := newDesk(t, "en", "Tools")
	fake, _ := withModel(t, d, ollamatest.Patient)
	by := store.By{Actor: store.ActorCommandLine}
	p, err := d.CreateProject(t.Context(), by, store.Once{}, appliance.Project{Title: "All workshops", SummaryPrompt: "Write for the board."})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.UpdateSession(t.Context(), by, d.session.ID, func(s *appliance.Session) error {
		s.ProjectID, s.SummaryPrompt = p.ID, "Look at the night."
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	d.person(labels)
	d.person(drill)
	d.work()
	for _, r := range of(fake, isReport) {
		if !strings.Contains(r.Last(), "⟦Write for the board.\nLook at the night.⟧") {
			t.Errorf("the model is told:\n%s", r.Last())
		}
	}
	if v := d.newest().Report.Maker.PromptVersion; !strings.HasSuffix(v, "+host") {
		t.Errorf("made with %s", v)
	}
	fake.Forget()
	if _, err := d.UpdateProject(t.Context(), by, p.ID, func(p *appliance.Project) error { p.SummaryPrompt = "Write for everybody."; return nil }); err != nil {
		t.Fatal(err)
	}
	d.results()
	d.work()
	if list := of(fake, isReport); len(list) == 0 || !strings.Contains(list[0].Last(), "Write for everybody.") {
		t.Errorf("after another wish the report was asked for %d times", len(list))
	}
}
