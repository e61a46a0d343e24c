package intake_test

import (
	"encoding/json"
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/intake"
)

// archive is a small session as it is exported: one person who says two things, of which rules have drawn one.
func archive() appliance.Archive {
	at := time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)
	rules := appliance.ArchivedMaker{By: appliance.MadeByRules, PromptVersion: "rules-1"}
	const said = "The lift is broken. We walk up to the third floor."
	guide := appliance.Guide{Opening: "Hello.", Closing: "Thank you.", Topics: []appliance.Topic{
		{ID: "top_1", Title: "Lift", Question: "How is the lift?", Minutes: 3}}}
	return appliance.Archive{
		Format: appliance.ArchiveFormat, Version: appliance.ArchiveVersion, MadeAt: at,
		Session: appliance.ArchivedSession{Brief: appliance.Brief{Topic: "The building", Goal: "Hear what is broken."}, GuideVersion: 1,
			Status: appliance.SessionClosed, Language: appliance.English, DefaultUse: appliance.UseQuote, WhoMayJoin: appliance.AccessLink, Joined: 1},
		Guides:       []appliance.ArchivedGuide{{Version: 1, Guide: guide, Brief: appliance.Brief{Topic: "The building", Goal: "Hear what is broken."}, At: at}},
		Participants: []appliance.ArchivedParticipant{{ID: "prt_1", Number: 1, Language: appliance.English, Origin: appliance.OriginLink, At: at}},
		Conversations: []appliance.ArchivedTalk{{ID: "cnv_1", ParticipantID: "prt_1", Source: appliance.SourceInterview,
			Language: appliance.English, GuideVersion: 1, State: appliance.ConversationFinished, Use: appliance.UseQuote, At: at,
			Turns: []appliance.ArchivedTurn{{ID: "trn_1", Role: appliance.FromParticipant, Content: said, At: at}},
			Claims: []appliance.ArchivedClaim{{ID: "clm_1", Text: "The lift is broken.", Verbatim: true, Stance: appliance.StanceNeutral, Maker: rules, At: at,
				Quotes: []appliance.ArchivedQuote{{ID: "quo_1", Span: appliance.Span{TurnID: "trn_1", Start: 0, End: 19}, Method: "exact", Score: 1}}}}}},
	}
}

func file(t testing.TB, a appliance.Archive) []byte {
	t.Helper()
	text, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestAnArchiveIsReadAsItWasWritten(t *testing.T) {
	want := archive()
	f, err := intake.Read(file(t, want), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(file(t, *f.Archive)); f.Kind != intake.Session || got != string(file(t, want)) {
		t.Errorf("of kind %s this was read: %s", f.Kind, got)
	}
	if n := f.Count(); n.Conversations != 1 || n.People != 1 || n.Turns != 1 {
		t.Errorf("it counts %+v", n)
	}
}

func TestAClaimByRulesThatNobodyHasSaidIsRefused(t *testing.T) {
	for text, ok := range map[string]bool{
		"The lift is broken.":                           true,
		"the  lift is\nbroken.":                         true,
		"The lift is fine.":                             false,
		"We should close the whole plant.":              false,
		"The lift is broken. We walk up to the moon.":   false,
		"The lift is broken. And Ada is the one to go.": false,
	} {
		a := archive()
		a.Conversations[0].Claims[0].Text = text
		_, err := intake.Read(file(t, a), nil)
		if ok != (err == nil) {
			t.Errorf("a claim by rules %q: %v", text, err)
		}
		if !ok && (appliance.CodeOf(err) != appliance.CodeValidation || !strings.Contains(fmt.Sprint(err.(*appliance.Error).Fields), "conversations[0].claims[0].text")) {
			t.Errorf("%q is refused with %v", text, err)
		}
	}
}

// What a model has worded may be shown where words may only be paraphrased: not when it is in somebody's own words, whatever
// the file says.
func TestWhetherAClaimHoldsSomebodysOwnWordsIsFoundOut(t *testing.T) {
	for text, own := range map[string]bool{
		"Somebody walks up to the third floor because of the lift.": true,
		"Stairs are used in its place.":                             false,
	} {
		a := archive()
		c := &a.Conversations[0].Claims[0]
		c.Text, c.Verbatim, c.Maker = text, false, appliance.ArchivedMaker{By: "a model"}
		f, err := intake.Read(file(t, a), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.Archive.Conversations[0].Claims[0].Verbatim; got != own {
			t.Errorf("%q is in own words: %v", text, got)
		}
	}
}

// A short text must not become much memory: JSON of empty elements is refused before it is decoded, or takes little.
func TestMillionsOfEmptyElementsTakeNoMemory(t *testing.T) {
	const many = 990_000
	empty := func(one string) string { return "[" + strings.Repeat(one+",", many-1) + one + "]" }
	whole := string(file(t, archive()))
	within := func(field string, list string) string {
		head, _, ok := strings.Cut(whole, `"`+field+`":[`)
		if !ok {
			t.Fatalf("the archive has no %s", field)
		}
		return head + `"` + field + `":` + list + "}"
	}
	for name, text := range map[string]string{
		"participants that are nobody": `{"participants":` + empty(`null`) + `}`,
		"participants of nothing":      `{"participants":` + empty(`{}`) + `}`,
		"a bare list":                  empty(`{}`),
		"responses":                    `{"data":` + empty(`{}`) + `}`,
		"turns":                        `{"turns":` + empty(`{}`) + `}`,
		"guides":                       within("guides", empty(`{}`)),
		"archived participants":        within("participants", empty(`{}`)),
		"conversations":                within("conversations", empty(`{}`)),
		"turns of a conversation":      within("conversations", `[{"turns":`+empty(`{}`)+`}]`),
		"claims of a conversation":     within("conversations", `[{"claims":`+empty(`{"id":"x"}`)+`}]`),
		"turns of many conversations": within("conversations",
			"["+strings.Repeat(`{"turns":[`+strings.Repeat(`{},`, 197)+`{}]},`, many/200-1)+`{}]`),
		"an unknown list": within("conversations", `[],"extra":`+empty(`{}`)),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := intake.Read([]byte(text), nil)
		runtime.ReadMemStats(&after)
		if used := (after.TotalAlloc - before.TotalAlloc) >> 20; err == nil || used > 200 {
			t.Errorf("%s: %d MB were used to refuse it: %v", name, used, err)
		}
	}
}

func TestNumbersThatAreNoneAreRefused(t *testing.T) {
	text := strings.Replace(string(file(t, archive())), `"version":1`, fmt.Sprintf(`"version":%g`, math.MaxFloat64), 1)
	if _, err := intake.Read([]byte(text), nil); appliance.CodeOf(err) != appliance.CodeValidation {
		t.Errorf("it is refused with %v", err)
	}
}

// FuzzRead checks that whatever is in a file, it is read within its limits or refused in words for people.
func FuzzRead(f *testing.F) {
	f.Add(file(f, archive()))
	for _, text := range []string{
		`{"session_details":{"topic":"T"},"participants":[{"user_name":"Ada","chat_text":"ai: Hello?\nAda: The lift."},{"user_name":null,"chat_text":null}]}`,
		`[{"user_name":"Ada","chat_text":"The lift."}]`,
		`{"data":[{"participant_name":"Ada","first_message_at":"2026-03-02T09:00:00Z","messages":[{"role":"user","content":"The lift."}]}]}`,
		`{"title":"Talk","turns":[{"speaker":"Ada","text":"The lift.","start_ms":1,"end_ms":2}]}`,
		"name;answer\nAda;\"The lift;\nit is broken\"\n", "a\tb\nx\ty", "\ufeffa,b\nx,y", `{"format":"harmonium.session","version":1,"conversations":null}`,
		`{"format":{}}`, `{"data":[`, "{}", "[", "",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		got, err := intake.Read(content, nil)
		if err != nil {
			if e, ok := err.(*appliance.Error); !ok || len(e.Fields) > 40 || e.Message == "" && len(e.Fields) == 0 {
				t.Fatalf("it is refused with %T", err)
			}
			return
		}
		n := got.Count()
		if n.Conversations > appliance.MaxArchived || n.Turns > appliance.MaxArchivedTurns {
			t.Errorf("it brings %d conversations with %d turns", n.Conversations, n.Turns)
		}
		if got.Archive != nil {
			return
		}
		m, err := got.NewSession(intake.New{Name: "file", Topic: "Topic", Goal: "Goal"})
		if err != nil {
			t.Fatalf("what was read makes no session")
		}
		for _, one := range m.Transcripts {
			var p appliance.Problems
			if one.Check(&p); len(p) > 0 {
				t.Errorf("a transcript that was read is refused: %s", p[0].Field)
			}
		}
	})
}
