package companion_test

import (
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
func (d *desk) open(maker appliance.AccountID, project appliance.ProjectID) appliance.SessionID {
	d.t.Helper()
	s, err := d.CreateSession(d.t.Context(), store.By{Account: maker, Actor: string(maker)}, store.Once{}, appliance.Session{
		ProjectID: project, Brief: appliance.Brief{Topic: "The workshop", Goal: "Learn what to mend."}, Status: appliance.SessionOpen,
		Language: appliance.English, ResultsVisibility: appliance.ResultsHost,
	}, appliance.GuideVersion{Guide: appliance.Guide{Opening: "Hello.", Closing: "Thanks.",
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
	list, err := d.companion.Evidence(d.t.Context(), q)
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
