package companion_test

import (
	"slices"
	"strings"
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/companion"
	"harmonium/appliance/store"
	"harmonium/appliance/testkit"
)

// desk is a store with an open session of its owner, and the Companion over it.
type desk struct {
	*store.Store
	t         testing.TB
	owner     appliance.AccountID
	session   appliance.SessionID
	companion *companion.Companion
}

func newDesk(t testing.TB) *desk {
	t.Helper()
	d := &desk{Store: testkit.Store(t), t: t}
	d.companion = companion.New(companion.Options{Store: d.Store})
	d.owner = d.account("owner@example.org", appliance.RoleOwner)
	d.session = d.open(d.owner, "")
	return d
}

func (d *desk) account(email string, role appliance.Role) appliance.AccountID {
	d.t.Helper()
	a, err := d.CreateAccount(d.t.Context(), store.By{Actor: "test"}, appliance.Account{Email: email, Name: "Somebody", Role: role,
		Language: appliance.English}, "none")
	if err != nil {
		d.t.Fatal(err)
	}
	return a.ID
}

// open opens a session of an account, in a project or in none.
func (d *desk) open(maker appliance.AccountID, project appliance.ProjectID, changes ...func(*appliance.Session)) appliance.SessionID {
	d.t.Helper()
	session := appliance.Session{
		ProjectID: project, Brief: appliance.Brief{Topic: "The workshop", Goal: "Learn what to mend."}, Status: appliance.SessionOpen,
		Language: appliance.English, ResultsVisibility: appliance.ResultsHost,
	}
	for _, change := range changes {
		change(&session)
	}
	s, err := d.CreateSession(d.t.Context(), store.By{Account: maker, Actor: string(maker)}, store.Once{}, session, appliance.GuideVersion{Guide: appliance.Guide{Opening: "Hello.", Closing: "Thanks.",
		Topics: []appliance.Topic{{ID: "t1", Title: "Work", Question: "How is work?", Minutes: 1}}},
		Maker: appliance.Maker{By: appliance.MadeByHand}}, nil)
	if err != nil {
		d.t.Fatal(err)
	}
	return s.ID
}

// says begins a conversation in which somebody says all this.
func (d *desk) says(session appliance.SessionID, language appliance.Language, turns ...string) appliance.ConversationID {
	d.t.Helper()
	j, err := d.Join(d.t.Context(), store.Joining{Participant: appliance.Participant{SessionID: session, Language: language,
		Origin: appliance.OriginLink}})
	if err != nil {
		d.t.Fatal(err)
	}
	for _, words := range turns {
		if _, _, err := d.AppendTurn(d.t.Context(), store.Message{ConversationID: j.ConversationID, Content: words}); err != nil {
			d.t.Fatal(err)
		}
	}
	return j.ConversationID
}

func (d *desk) ask(q companion.Query) []companion.Passage {
	d.t.Helper()
	if q.Caller == "" {
		q.Caller = d.owner
	}
	list, _, err := d.companion.Evidence(d.t.Context(), q)
	if err != nil {
		d.t.Fatal(err)
	}
	return list
}

func TestEvidenceIsWhatBearsOnTheQuestion(t *testing.T) {
	d := newDesk(t)
	d.says(d.session, "en", "The canteen closes too early for the night shift.", "Nothing else.")
	id := d.says(d.session, "en", "The printer fails every Friday.", "We write the labels by hand then.")
	for name, scope := range map[string]companion.Scope{"everything": {}, "a session": {Session: d.session}, "a conversation": {Conversation: id}} {
		got := d.ask(companion.Query{Scope: scope, Question: "What happens when the printers fail?", Words: 12})
		if len(got) != 1 || got[0].Conversation != id || got[0].Turns[0].Content != "The printer fails every Friday." {
			t.Errorf("%s: %d passages", name, len(got))
		}
	}
}

// told is a conversation of a recording, one line for each turn: "Speaker: words".
func told(lines ...string) []store.Material {
	m := store.Material{Conversation: "cnv_1", Language: appliance.English}
	for _, line := range lines {
		speaker, words, _ := strings.Cut(line, ": ")
		utter(&m, speaker, words)
	}
	return []store.Material{m}
}

// utter adds a turn of a speaker.
func utter(m *store.Material, name, words string) {
	known := slices.IndexFunc(m.Speakers, func(s appliance.Speaker) bool { return s.Name == name })
	if known < 0 {
		known = len(m.Speakers)
		m.Speakers = append(m.Speakers, appliance.Speaker{ID: appliance.NewSpeakerID(), Name: name, Number: known + 1})
	}
	m.Turns = append(m.Turns, appliance.Turn{Seq: len(m.Turns), Role: appliance.FromParticipant, Speaker: m.Speakers[known].ID, Content: words})
}

// found gives the numbers of the turns of all passages.
func found(list []companion.Passage) (turns []int) {
	for _, p := range list {
		for _, t := range p.Turns {
			turns = append(turns, t.Seq)
		}
	}
	return turns
}

func TestWhoIsNamedInAQuestionIsHeardFirst(t *testing.T) {
	material := told("Ann Lee: The budget is too small for the new kitchen.", "Bob: The budget is too small for the new garden.",
		"Cleo: Lunch was late.", "Ann Lee: The kitchen comes first.")
	for question, want := range map[string][]int{
		"What did Bob say about the budget?":      {1},
		"What did Ann Lee say about the budget?":  {0},
		"What did Lee think of the budget?":       {0},
		"What does participant 2 say of budgets?": {1},
	} {
		got := found(companion.Ranked(question, material, companion.Method{})(9))
		if !slices.Equal(got, want) {
			t.Errorf("%s turns %v, want %v", question, got, want)
		}
	}
}

func TestWordsThatOnlyAskFindNothing(t *testing.T) {
	material := told("Ann: Let us discuss this in the group.", "Bob: The roof leaks.", "Ann: What did we decide in the discussion?")
	got := found(companion.Ranked("What did the group discuss and decide about the roof?", material, companion.Method{})(3))
	if !slices.Equal(got, []int{1}) {
		t.Errorf("turns %v, want the one about the roof", got)
	}
}

func TestWhatIsSaidBetweenTwoTurnsThatBearOnAQuestionBelongsToThem(t *testing.T) {
	var lines []string
	for range 30 {
		lines = append(lines, "Ann: We went through the list of chairs and tables that came with the last delivery.")
	}
	lines[10], lines[12] = "Bob: The roof leaks over the stage.", "Bob: For the roof we need a carpenter."
	lines[11] = "Ann: Who can do that?"
	got := found(companion.Ranked("What was said about the roof?", told(lines...), companion.Method{})(21))
	if !slices.Equal(got, []int{10, 11, 12}) {
		t.Errorf("turns %v, want 10 to 12", got)
	}
}

func TestEvidenceKeepsToTheBudget(t *testing.T) {
	material := told("Ann: The roof leaks.", "Bob: The roof leaks , and – so they say – the e.g. tiles are gone.", "Ann: roof")
	for budget := range 25 {
		words := 0
		for _, p := range companion.Ranked("Does the roof leak?", material, companion.Method{})(budget) {
			for _, turn := range p.Turns {
				words += max(len(strings.Fields(turn.Content)), appliance.Words(turn.Content))
			}
		}
		if words > budget {
			t.Errorf("%d words with a budget of %d", words, budget)
		}
	}
}

func TestAWordIsFoundAcrossLanguages(t *testing.T) {
	d := newDesk(t)
	id := d.says(d.session, "de", "Der Aufzug ist kaputt.", "Die Organisation der Nachtschichten macht Sorgen.")
	got := d.ask(companion.Query{Question: "Wie ist die Organisation der Nachtschicht?", Words: 6})
	if len(got) != 1 || got[0].Conversation != id || got[0].Turns[0].Seq != 1 {
		t.Errorf("%d passages", len(got))
	}
}

func TestWhenOnlyTheNewestWasLookedAtItIsSaid(t *testing.T) {
	d := newDesk(t)
	other := d.open(d.owner, "")
	words := make([]string, 1100)
	for i := range words {
		words[i] = "The printer fails."
	}
	words[3] = "The lift is stuck."
	said := make([]appliance.Utterance, len(words))
	for i, w := range words {
		said[i] = appliance.Utterance{Speaker: "Ada", Text: w}
	}
	alone := d.open(d.owner, "")
	d.says(d.session, "en", "The printer smokes.")
	for _, session := range []appliance.SessionID{d.session, alone} {
		if _, err := d.AddTranscript(t.Context(), store.By{Account: d.owner, Actor: string(d.owner)}, session,
			appliance.Transcript{Title: "A day", Language: appliance.English, Utterances: said}, store.Once{}); err != nil {
			t.Fatal(err)
		}
	}
	for range 41 {
		d.says(other, "en", "The food is cold and the shift is long.")
	}
	for _, c := range []struct {
		session  appliance.SessionID
		question string
		newest   bool
	}{
		{d.session, "What happens with the printer?", true}, {d.session, "What happens with the lift?", false},
		{alone, "What happens with the printer?", false},
		{d.session, "What are the main points?", false}, {other, "What are the main points?", true}, {other, "How is the food?", false},
	} {
		_, newest, err := d.companion.Evidence(t.Context(), companion.Query{Caller: d.owner, Scope: companion.Scope{Session: c.session},
			Question: c.question, Words: 200})
		if err != nil || newest != c.newest {
			t.Errorf("%q: that only the newest was looked at is said: %v (%v)", c.question, newest, err)
		}
	}
}

func TestNobodyFindsWhatTheyMayNotSee(t *testing.T) {
	d := newDesk(t)
	id := d.says(d.session, "en", "The printer fails every Friday.")
	stranger := d.account("stranger@example.org", appliance.RoleEditor)
	if got := d.ask(companion.Query{Caller: stranger, Question: "What about the printer?", Words: 100}); len(got) != 0 {
		t.Errorf("a stranger finds %d passages", len(got))
	}
	for name, scope := range map[string]companion.Scope{"session": {Session: d.session}, "conversation": {Conversation: id}} {
		_, _, err := d.companion.Evidence(t.Context(), companion.Query{Caller: stranger, Scope: scope, Question: "What about the printer?", Words: 100})
		if appliance.CodeOf(err) != appliance.CodeNotFound {
			t.Errorf("%s of somebody else: %v", name, err)
		}
	}
}

func TestNamesFindNothingForThoseWhoMayNotSeeThem(t *testing.T) {
	d := newDesk(t)
	session := d.open(d.owner, "", func(s *appliance.Session) { s.Public = true })
	id, err := d.AddTranscript(t.Context(), store.By{Account: d.owner, Actor: string(d.owner)}, session, appliance.Transcript{
		Title: "Meeting", Language: appliance.English, Utterances: []appliance.Utterance{
			{Speaker: "Ann Lee", Text: "The budget is too small for the kitchen."},
			{Speaker: "Bob Ray", Text: "The budget is too small for the garden."},
		}}, store.Once{})
	if err != nil {
		t.Fatal(err)
	}
	viewer := d.account("viewer@example.org", appliance.RoleViewer)
	q := companion.Query{Scope: companion.Scope{Conversation: id}, Question: "What did Bob Ray say about the budget?", Words: 8}
	if got := found(d.ask(q)); !slices.Equal(got, []int{1}) {
		t.Errorf("who may see names finds turns %v, want what Bob said", got)
	}
	q.Caller = viewer
	if got := found(d.ask(q)); !slices.Equal(got, []int{0}) {
		t.Errorf("who may not see names finds turns %v, want those that the budget alone finds", got)
	}
}

func TestAQuestionAboutEverythingGetsWhatTellsMost(t *testing.T) {
	d := newDesk(t)
	id := d.says(d.session, "en", "Well, hello.", "The night shift needs a second nurse because one nurse cannot watch two corridors at night.",
		"I don't know what else.")
	for name, scope := range map[string]companion.Scope{"a conversation": {Conversation: id}, "a session": {Session: d.session}, "everything": {}} {
		got := d.ask(companion.Query{Scope: scope, Question: "What are the main points of the conversation?", Words: 20})
		if len(got) == 0 || got[0].Turns[0].Seq != 1 {
			t.Errorf("%s: %d passages", name, len(got))
		}
	}
	if got := d.ask(companion.Query{Scope: companion.Scope{Conversation: id}, Question: "What was said about elephants?", Words: 20}); len(got) != 0 {
		t.Errorf("%d passages about what nobody has said", len(got))
	}
}
