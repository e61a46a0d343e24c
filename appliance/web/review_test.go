package web_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"harmonium/appliance"
	"harmonium/appliance/web"
)

// What each of five points says, with a word that stands nowhere else. Each is left to another choice.
var planted = []struct{ said, word string }{
	{"The quokka printer fails every week because nobody orders the toner in time.", "quokka"},
	{"The pangolin cupboard stays locked because its key goes home with the night nurse.", "pangolin"},
	{"The capybara rota changes on Fridays because the planners only meet on that day.", "capybara"},
	{"The dropbear doctor shouts at the new nurses because he is tired in the morning.", "dropbear"},
	{"The echidna board helps us because everybody sees there what is still to be done.", "echidna"},
}

// reviewed is a conversation that was read back to its participant.
type reviewed struct {
	*desk
	session appliance.Session
	points  map[string]web.Point // by planted word
}

// readBack has "ada" say what is planted, up to the read-back. An owner can be asked as "host".
func readBack(t *testing.T, change ...func(*appliance.Session, *appliance.Form)) *reviewed {
	t.Helper()
	d := newDesk(t)
	d.as["host"] = d.cookie(d.person("host", appliance.RoleOwner))
	r := &reviewed{desk: d, session: d.open(change...), points: map[string]web.Point{}}
	d.joinAs("ada", r.session, "")
	d.await("ada")
	for _, answer := range []string{planted[0].said + " " + planted[1].said + " " + planted[2].said, planted[3].said + " " + planted[4].said} {
		d.say("ada", answer)
		d.await("ada")
	}
	d.say("ada", "Nothing")
	c := d.await("ada")
	last := c.Turns[len(c.Turns)-1]
	for _, p := range last.Points {
		for _, of := range planted {
			if strings.Contains(p.Text, of.word) {
				r.points[of.word] = p
			}
		}
	}
	return r
}

func (r *reviewed) review(body map[string]any) (out web.Reviewed) {
	r.t.Helper()
	r.get("ada", "PUT", "/api/v1/conversation/review", body, 200, &out)
	return out
}

// decide is the review of one point.
func (r *reviewed) decide(word string, with map[string]any) map[string]any {
	r.t.Helper()
	p, ok := r.points[word]
	if !ok {
		r.t.Fatalf("nothing with %q was read back", word)
	}
	with["id"] = p.ID
	return map[string]any{"points": []any{with}}
}

// consumers are the ways in which words of a conversation reach somebody else than its participant.
func (r *reviewed) consumers() map[string]string {
	r.t.Helper()
	s := "/api/v1/sessions/" + string(r.session.ID)
	r.get("host", "POST", s+"/summary", nil, 200, nil) // results are up to date after that
	texts := map[string]string{}
	for name, path := range map[string]string{"report": s + "/report", "summary": s + "/summary", "session-md": s + "/session-md",
		"session": s, "knowledge": s + "/knowledge", "responses": s + "/responses?mode=full",
		"conversation page": "/api/v1/conversations/" + string(r.listed(r.session)[0].ID)} {
		texts[name] = r.send("host", "GET", path, nil).Body.String()
	}
	for _, p := range append(planted[:len(planted):len(planted)], struct{ said, word string }{word: "wombat"}) {
		texts["search"] += r.send("host", "GET", "/api/v1/search?q="+p.word, nil).Body.String()
	}
	return texts
}

// shows checks in which of texts a word stands.
func (r *reviewed) shows(texts map[string]string, word string, want ...string) {
	r.t.Helper()
	var got []string
	for name, text := range texts {
		if strings.Contains(text, word) {
			got = append(got, name)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		r.t.Errorf("%q stands in %q, want %q", word, got, want)
	}
}

// Everywhere that words of a participant reach somebody else.
var everywhere = []string{"conversation page", "knowledge", "report", "responses", "search", "session", "session-md", "summary"}

func TestEveryConsumerKeepsToWhatAParticipantHasChosen(t *testing.T) {
	for _, c := range []struct {
		name    string
		with    map[string]any
		shown   []string // where the words stand afterwards
		reads   bool     // the participant reads them
		instead string   // what stands everywhere in their place
	}{
		{"quoted", map[string]any{"use": "quote"}, everywhere, true, ""},
		{"paraphrase only", map[string]any{"use": "paraphrase"}, []string{"conversation page"}, true, ""},
		{"count only", map[string]any{"use": "count"}, nil, true, ""},
		{"said otherwise", map[string]any{"state": "edited", "text": "The wombat printer fails every week because nobody orders its toner."},
			[]string{"conversation page"}, true, "wombat"},
		{"taken back", map[string]any{"state": "dropped"}, nil, false, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := readBack(t)
			r.get("ada", "POST", "/api/v1/conversation/finish", map[string]any{"keep": true}, 200, nil)
			r.shows(r.consumers(), "quokka", everywhere...) // the control: nothing was chosen yet
			r.review(r.decide("quokka", c.with))
			texts := r.consumers()
			r.shows(texts, "quokka", c.shown...)
			if c.instead != "" {
				r.shows(texts, c.instead, everywhere...)
			}
			if own := r.send("ada", "GET", "/api/v1/conversation", nil).Body.String(); strings.Contains(own, "quokka") != c.reads {
				t.Errorf("the participant reads it: %v", !c.reads)
			}
		})
	}
}

func TestOneChoiceForEverythingTakesThePlaceOfThoseForPoints(t *testing.T) {
	r := readBack(t)
	r.get("ada", "POST", "/api/v1/conversation/finish", map[string]any{"keep": true}, 200, nil)
	r.review(r.decide("dropbear", map[string]any{"state": "dropped"}))
	r.review(r.decide("quokka", map[string]any{"use": "quote"}))
	r.review(map[string]any{"use": "count"})
	texts := r.consumers()
	for _, p := range planted {
		r.shows(texts, p.word)
	}
	if !strings.Contains(texts["report"], "counted and not shown") || !strings.Contains(texts["report"], `"conversations":1`) {
		t.Errorf("somebody who is only counted is not counted: %s", texts["report"])
	}
	r.review(map[string]any{"use": "quote"})
	texts = r.consumers()
	r.shows(texts, "quokka", everywhere...)
	r.shows(texts, "dropbear") // what was taken back stays gone
}

func TestWhatIsReadBackIsDecidedDurablyAndAsOftenAsOneLikes(t *testing.T) {
	r := readBack(t)
	edit := r.decide("echidna", map[string]any{"state": "edited", "text": "The wombat board helps us."})
	drop := r.decide("dropbear", map[string]any{"state": "dropped"})
	for range 2 { // the second one changes nothing
		r.review(map[string]any{"rating": 3})
		r.review(edit)
		r.review(drop)
	}
	c := r.await("ada")
	turns := len(c.Turns)
	if last := c.Turns[turns-1]; c.Rating != 3 || last.Content != "The wombat board helps us." || last.Role != "participant" || last.Corrects == nil {
		t.Errorf("rating %d, last turn %q", c.Rating, last.Content)
	}
	// Until the end what was dropped can be brought back; saying it otherwise once more is no further turn.
	r.review(r.decide("dropbear", map[string]any{"state": "approved"}))
	r.review(r.decide("echidna", map[string]any{"state": "edited", "text": "The numbat board helps us."}))
	if c = r.await("ada"); len(c.Turns) != turns || c.Turns[turns-1].Content != "The numbat board helps us." {
		t.Errorf("%d turns, want %d; the last is %q", len(c.Turns), turns, c.Turns[len(c.Turns)-1].Content)
	}
	r.review(drop)
	r.review(map[string]any{"done": true})
	c = r.await("ada")
	if c.State != "finished" || c.Turns[len(c.Turns)-1].Move != "close" {
		t.Errorf("after the review the conversation is %q", c.State)
	}
	if own := r.send("ada", "GET", "/api/v1/conversation", nil).Body.String(); strings.Contains(own, "dropbear") {
		t.Error("what was dropped is still there after the end")
	}
	r.review(drop) // decided before: no error, nothing more to do
	path := "/api/v1/conversation/review"
	r.run(
		apiCase{name: "unknown point", as: "ada", method: "PUT", path: path, body: `{"points":[{"id":"pnt_x","state":"approved"}]}`, status: 400, want: []string{"no such point"}},
		apiCase{name: "unknown use", as: "ada", method: "PUT", path: path, body: `{"use":"all"}`, status: 400, want: []string{"use"}},
		apiCase{name: "empty edit", as: "ada", method: "PUT", path: path, body: r.decide("quokka", map[string]any{"state": "edited", "text": " "}), status: 400, want: []string{"points"}},
		apiCase{name: "rating", as: "ada", method: "PUT", path: path, body: `{"rating":5}`, status: 400, want: []string{"rating"}},
	)
	if log := r.log.String(); strings.Contains(log, "wombat") || strings.Contains(log, "numbat") {
		t.Error("the log holds what was said")
	}
}

func TestTakingEverythingBackErasesItAndMakesResultsAnew(t *testing.T) {
	r := readBack(t)
	r.get("ada", "POST", "/api/v1/conversation/finish", map[string]any{"keep": true}, 200, nil)
	r.consumers()
	var receipt web.Deletion
	r.get("ada", "DELETE", "/api/v1/conversation", nil, 200, &receipt)
	if receipt.Conversations != 1 || receipt.Participants != 1 || receipt.Turns == 0 {
		t.Errorf("the receipt is %+v", receipt)
	}
	r.run(apiCase{name: "the link", as: "ada", method: "GET", path: "/api/v1/conversation", status: 401, want: []string{"erased"}})
	s := "/api/v1/sessions/" + string(r.session.ID)
	r.get("host", "POST", s+"/summary", nil, 200, nil)
	for _, path := range []string{"/report", "/summary", "/session-md", "/knowledge", "/responses?mode=full"} {
		text := r.send("host", "GET", s+path, nil).Body.String()
		for _, p := range planted {
			if strings.Contains(text, p.word) {
				t.Errorf("%s still shows %q", path, p.word)
			}
		}
	}
}

func TestWhoChoosesNothingIsToldBeforehandWhatHappens(t *testing.T) {
	r := readBack(t, func(s *appliance.Session, _ *appliance.Form) {
		s.DefaultUse, s.ConsentText = appliance.UseParaphrase, "We ask for the quality report."
	})
	var welcome web.Welcome
	r.get("", "GET", "/api/v1/join/"+string(r.session.ID), nil, 200, &welcome)
	if !strings.HasPrefix(welcome.ConsentText, "We ask for the quality report.\n\nUnless you decide otherwise, your words are not quoted") {
		t.Errorf("the consent text is %q", welcome.ConsentText)
	}
	r.get("ada", "POST", "/api/v1/conversation/finish", map[string]any{"keep": true}, 200, nil)
	texts := r.consumers()
	for _, p := range planted {
		r.shows(texts, p.word, "conversation page")
	}
	r.review(r.decide("quokka", map[string]any{"use": "quote"}))
	r.shows(r.consumers(), "quokka", everywhere...)
}

func TestAFewRatingsAreCountedOnlyForWhoLeadsTheSession(t *testing.T) {
	d := newDesk(t)
	d.as["host"] = d.cookie(d.person("host", appliance.RoleOwner))
	d.as["viewer"] = d.cookie(d.person("viewer", appliance.RoleViewer))
	s := d.open()
	if _, err := d.store.UpdateSession(t.Context(), byTest, s.ID, func(s *appliance.Session) error {
		s.Public = true
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	counts := func(as string) web.Understood {
		t.Helper()
		var out web.Tallies
		d.get(as, "GET", "/api/v1/sessions/"+string(s.ID)+"/tallies", nil, 200, &out)
		return out.Understood
	}
	rate := func(name string, rating int) appliance.ConversationID {
		t.Helper()
		d.joinAs(name, s, "")
		d.await(name)
		d.get(name, "PUT", "/api/v1/conversation/review", map[string]any{"rating": rating}, 200, nil)
		return d.await(name).ConversationID
	}
	first := rate("ada", 4)
	for name, rating := range map[string]int{"ben": 4, "cem": 1, "dora": 3} {
		rate(name, rating)
	}
	if got, want := counts("host"), (web.Understood{Rated: 4, Counts: []int{1, 0, 1, 2}, Least: 5}); !cmp.Equal(got, want) {
		t.Errorf("the host is told %+v, want %+v", got, want)
	}
	if got, want := counts("viewer"), (web.Understood{Rated: 4, Counts: []int{}, Least: 5}); !cmp.Equal(got, want) {
		t.Errorf("a viewer is told %+v of four, want %+v", got, want)
	}
	rate("ed", 2)
	if got, want := counts("viewer"), (web.Understood{Rated: 5, Counts: []int{1, 1, 1, 2}, Least: 5}); !cmp.Equal(got, want) {
		t.Errorf("a viewer is told %+v of five, want %+v", got, want)
	}
	path := "/api/v1/conversations/" + string(first)
	d.run(
		apiCase{as: "host", method: "GET", path: path, status: 200, want: []string{`"rating":4`}},
		apiCase{name: "whose rating it is", as: "viewer", method: "GET", path: path, status: 200, want: []string{`"rating":0`}},
		apiCase{name: "who does not count is not counted", as: "host", method: "PATCH", path: path, body: map[string]any{"included": false}, status: 200},
	)
	if got := counts("host"); got.Rated != 4 {
		t.Errorf("%d ratings count after one conversation was left out", got.Rated)
	}
}
