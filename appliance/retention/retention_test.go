package retention_test

import (
	"database/sql"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/retention"
	"harmonium/appliance/store"
	"harmonium/appliance/testkit"
)

const day = 24 * time.Hour

// box is a store with a keeper of its time.
type box struct {
	*store.Store
	*retention.Keeper
	t       *testing.T
	clock   *testkit.Clock
	dir     string
	owner   store.By
	account appliance.Account
}

func newBox(t *testing.T) *box {
	t.Helper()
	b := &box{t: t, clock: testkit.NewClock(), dir: testkit.Dir(t)}
	b.start()
	t.Cleanup(func() { b.Close() })
	account, err := b.CreateAccount(t.Context(), store.By{Actor: "test"}, appliance.Account{Email: "ruth@example.org", Name: "Ruth",
		Role: appliance.RoleOwner}, "hash")
	b.must(err)
	b.account, b.owner = account, store.By{Account: account.ID, Actor: string(account.ID)}
	b.must(b.SetRetention(t.Context(), b.owner, appliance.Retention{Days: 30}))
	b.sweep()
	return b
}

// start opens the store as the program does when it starts.
func (b *box) start() {
	b.t.Helper()
	s, err := store.Open(b.t.Context(), store.Options{Dir: b.dir, Clock: b.clock.Now, BallastBytes: -1})
	b.must(err)
	b.Store = s
	b.Keeper = &retention.Keeper{Store: s, Clock: b.clock.Now, Log: slog.New(slog.DiscardHandler),
		Gone: func(appliance.SessionID, appliance.ConversationID) {}}
}

func (b *box) Close() error { return b.Store.Close() }

func (b *box) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *box) refused(err error, code appliance.Code) {
	b.t.Helper()
	if got := appliance.CodeOf(err); err == nil || got != code {
		b.t.Errorf("error %v, want one of code %q", err, code)
	}
}

// sql reads and writes the database beside the store, as nothing in the product does.
func (b *box) sql(use func(db *sql.DB) error) {
	b.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(b.dir, store.DatabaseFile)+"?_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)")
	b.must(err)
	b.must(use(db))
	b.must(db.Close())
}

func (b *box) exec(query string) {
	b.t.Helper()
	b.sql(func(db *sql.DB) error {
		_, err := db.Exec(query)
		return err
	})
}

func (b *box) read(query string, into any) {
	b.t.Helper()
	b.sql(func(db *sql.DB) error { return db.QueryRow(query).Scan(into) })
}

func (b *box) count(query string) (n int) {
	b.t.Helper()
	b.read(query, &n)
	return n
}

// session makes a session with conversations in which one person each says something now.
func (b *box) session(people int) (appliance.SessionID, []appliance.ConversationID) {
	b.t.Helper()
	s, err := b.CreateSession(b.t.Context(), b.owner, store.Once{}, appliance.Session{
		Brief: appliance.Brief{Topic: "Handover", Goal: "Learn"}, Status: appliance.SessionOpen, Language: appliance.English,
		ResultsVisibility: appliance.ResultsHost,
	}, appliance.GuideVersion{Guide: appliance.Guide{Opening: "Hello.", Closing: "Thanks.", Topics: []appliance.Topic{
		{ID: "tpc_one", Title: "One", Aim: "Learn one.", Question: "What is one?", Probes: []string{"How so?"}, FollowUps: 1, Minutes: 4}}},
		Maker: appliance.Maker{By: appliance.MadeByRules, PromptVersion: "p"}, Reason: "drafted"}, nil)
	b.must(err)
	list := make([]appliance.ConversationID, people)
	for i := range list {
		list[i] = b.conversation(s.ID, fmt.Sprint(s.ID, i))
	}
	return s.ID, list
}

func (b *box) conversation(of appliance.SessionID, token string) appliance.ConversationID {
	b.t.Helper()
	j, err := b.Join(b.t.Context(), store.Joining{Participant: appliance.Participant{SessionID: of, Origin: appliance.OriginLink},
		TokenHash: appliance.Secret(token).Hash()})
	b.must(err)
	_, _, err = b.AppendTurn(b.t.Context(), store.Message{ConversationID: j.ConversationID, Content: "Said by somebody."})
	b.must(err)
	return j.ConversationID
}

// finish carries out what was begun, as the job does.
func (b *box) finish() {
	b.t.Helper()
	b.must(b.Erase(b.t.Context(), appliance.Job{}, func(int, int) {}))
}

// sweep is one run of retention, to the end.
func (b *box) sweep() {
	b.t.Helper()
	b.must(b.Sweep(b.t.Context()))
	b.finish()
}

func (b *box) close(id appliance.SessionID) {
	b.t.Helper()
	_, err := b.MoveSession(b.t.Context(), b.owner, id, appliance.SessionClosed)
	b.must(err)
}

func (b *box) conversations() int { return b.count(`SELECT count(*) FROM conversations`) }

func (b *box) receipts() []appliance.Receipt {
	b.t.Helper()
	list, _, err := b.Receipts(b.t.Context(), store.Page{Limit: 100})
	b.must(err)
	return list
}

// A session goes so many days after it was closed; a conversation of one that is not closed, after its last turn.
func TestWhatIsTooOldGoesAndNotAnHourSooner(t *testing.T) {
	for name, closed := range map[string]bool{"closed": true, "open": false} {
		t.Run(name, func(t *testing.T) {
			b := newBox(t)
			id, _ := b.session(2)
			if closed {
				b.close(id)
			}
			b.clock.Advance(30*day - time.Hour)
			b.sweep()
			if n := b.conversations(); n != 2 || len(b.receipts()) != 0 {
				t.Fatalf("%d conversations are there after 30 days minus one hour, %d receipts, want 2 and 0", n, len(b.receipts()))
			}
			b.clock.Advance(time.Hour)
			b.sweep()
			_, err := b.Session(t.Context(), id)
			if closed {
				b.refused(err, appliance.CodeNotFound)
			} else {
				b.must(err)
			}
			list := b.receipts()
			if n := b.conversations(); n != 0 || len(list) != 1 || list[0].Kind != appliance.EraseByAge || list[0].Counts.Conversations != 2 {
				t.Errorf("%d conversations are there after 30 days, with the receipts %+v", n, list)
			}
		})
	}
}

// A project or a session may keep its things for a shorter time than the box, and not for a longer one.
func TestTheShortestPeriodHolds(t *testing.T) {
	b := newBox(t)
	shorter, _ := b.session(1)
	longer, _ := b.session(1)
	b.must(b.KeepSession(t.Context(), b.owner, shorter, appliance.Retention{Days: 10}))
	b.must(b.KeepSession(t.Context(), b.owner, longer, appliance.Retention{Days: 90}))
	b.close(shorter)
	b.close(longer)
	for after, want := range map[appliance.SessionID]int{shorter: 10, longer: 30} {
		k, err := b.KeptFor(t.Context(), after)
		b.must(err)
		if k.Shortest().Days != want || !k.GoesAt.Equal(b.clock.Now().AddDate(0, 0, want)) {
			t.Errorf("kept for %d days, until %s; want %d", k.Shortest().Days, k.GoesAt, want)
		}
	}
}

// A clock that jumps may not empty a box: see retention.AloneFor.
func TestMuchThatIsTooOldAfterALongTimeOffWaitsForAnAdministrator(t *testing.T) {
	b := newBox(t)
	id, _ := b.session(4)
	b.close(id)
	b.session(0)
	b.clock.Advance(31 * day)
	for range 2 {
		b.sweep()
		state, err := b.State(t.Context())
		b.must(err)
		if n := b.conversations(); n != 4 || state.Waiting != 4 || state.Of != 4 {
			t.Fatalf("%d conversations are there, %d of %d wait; want all 4 to wait", n, state.Waiting, state.Of)
		}
		b.clock.Advance(time.Minute)
	}
	b.must(b.Approve(t.Context(), b.owner))
	b.finish()
	state, err := b.State(t.Context())
	b.must(err)
	if n := b.conversations(); n != 0 || state.Waiting != 0 {
		t.Errorf("%d conversations are left after somebody said that they may go, %d wait", n, state.Waiting)
	}
}

func TestLittleThatIsTooOldGoesAlsoAfterALongTimeOff(t *testing.T) {
	b := newBox(t)
	old, _ := b.session(1)
	b.close(old)
	b.clock.Advance(31 * day)
	b.session(4)
	b.sweep()
	if n := b.conversations(); n != 4 {
		t.Errorf("%d conversations are there, want the 4 that are not too old", n)
	}
}

func TestMuchThatIsTooOldGoesOnABoxThatWasOn(t *testing.T) {
	b := newBox(t)
	id, _ := b.session(4)
	b.close(id)
	for range 5 {
		b.clock.Advance(6 * day)
		b.sweep()
	}
	if n := b.conversations(); n != 0 {
		t.Errorf("%d conversations are left", n)
	}
}

// A legal hold goes before everything: time, hosts and the person who took part.
func TestWhatIsHeldIsErasedByNobody(t *testing.T) {
	for _, kind := range []appliance.HoldKind{appliance.HoldBox, appliance.HoldSession, appliance.HoldConversation} {
		t.Run(string(kind), func(t *testing.T) {
			b := newBox(t)
			id, said := b.session(1)
			b.close(id)
			object := map[appliance.HoldKind]string{appliance.HoldSession: string(id), appliance.HoldConversation: string(said[0])}[kind]
			hold, err := b.PlaceHold(t.Context(), b.owner, store.Once{}, appliance.Hold{Kind: kind, Object: object, Reason: "Works council"})
			b.must(err)
			_, err = b.EraseConversation(t.Context(), b.owner, said[0])
			b.refused(err, appliance.CodeConflict)
			_, err = b.DeleteSession(t.Context(), b.owner, id)
			b.refused(err, appliance.CodeConflict)
			_, err = b.EraseConversation(t.Context(), store.ErasedByParticipant, said[0])
			b.refused(err, appliance.CodeConflict)
			p, err := b.Plan(t.Context(), b.account,
				retention.Order{Kind: appliance.EraseEverything})
			b.must(err)
			if len(p.Sessions) != 0 || len(p.Held) != 1 {
				t.Errorf("%d sessions would go with everything, %d stay; want the one to stay", len(p.Sessions), len(p.Held))
			}
			for range 7 {
				b.clock.Advance(6 * day)
				b.sweep()
			}
			if n := b.conversations(); n != 1 || len(b.receipts()) != 0 {
				t.Fatalf("%d conversations are there, %d receipts; want 1 and 0", n, len(b.receipts()))
			}
			b.must(b.LiftHold(t.Context(), b.owner, hold.ID))
			b.sweep()
			if n := b.conversations(); n != 0 {
				t.Error("what was held is there when the hold is over and its time is up")
			}
		})
	}
}

func TestAHoldEndsByItself(t *testing.T) {
	b := newBox(t)
	id, _ := b.session(1)
	_, err := b.PlaceHold(t.Context(), b.owner, store.Once{}, appliance.Hold{Kind: appliance.HoldSession, Object: string(id), Reason: "R",
		Until: b.clock.Now().Add(time.Hour)})
	b.must(err)
	_, err = b.DeleteSession(t.Context(), b.owner, id)
	b.refused(err, appliance.CodeConflict)
	b.clock.Advance(time.Hour)
	_, err = b.DeleteSession(t.Context(), b.owner, id)
	b.must(err)
}

// What somebody takes back while a hold keeps it counts nowhere from then on, and waits.
func TestWhatIsTakenBackUnderAHoldIsKeptHidden(t *testing.T) {
	held := func(t *testing.T) (b *box, hold appliance.Hold, gone appliance.ConversationID) {
		b = newBox(t)
		id, said := b.session(2)
		hold, err := b.PlaceHold(t.Context(), b.owner, store.Once{}, appliance.Hold{Kind: appliance.HoldSession, Object: string(id), Reason: "R"})
		b.must(err)
		b.must(b.AskWithdrawal(t.Context(), said[0]))
		b.sweep()
		wishes, err := b.Withdrawals(t.Context())
		b.must(err)
		if n := b.conversations(); n != 2 || len(wishes) != 1 || wishes[0].ConversationID != said[0] || !wishes[0].Held {
			t.Fatalf("%d conversations are there, and the wishes %+v", n, wishes)
		}
		if n := b.count(`SELECT count(*) FROM conversations WHERE included = 0 AND state = 'finished'`); n != 1 {
			t.Error("what was taken back still counts, or goes on")
		}
		err = b.SetIncluded(t.Context(), b.owner, said[0], true)
		b.refused(err, appliance.CodeConflict)
		_, err = b.EraseWithdrawn(t.Context(), b.owner, said[1])
		b.refused(err, appliance.CodeNotFound)
		return b, hold, said[0]
	}
	erasedBy := func(b *box, gone appliance.ConversationID, actor string) {
		b.t.Helper()
		list := b.receipts()
		if len(list) != 1 || list[0].Kind != appliance.EraseWithdrawal || list[0].Actor != actor || list[0].Objects[0].ID != string(gone) {
			b.t.Errorf("the receipts are %+v", list)
		}
		if n := b.conversations(); n != 1 {
			b.t.Errorf("%d conversations are there, want the other one", n)
		}
	}
	t.Run("until an administrator decides", func(t *testing.T) {
		b, _, gone := held(t)
		_, err := b.EraseWithdrawn(t.Context(), b.owner, gone)
		b.must(err)
		erasedBy(b, gone, b.owner.Actor)
	})
	t.Run("until the hold is lifted", func(t *testing.T) {
		b, hold, gone := held(t)
		b.must(b.LiftHold(t.Context(), b.owner, hold.ID))
		b.sweep()
		erasedBy(b, gone, store.ByRetention.Actor)
	})
}

// What was begun is finished after the process was killed, wherever it was; the receipt tells what was there at first.
func TestAnErasureThatWasKilledIsFinishedAfterARestart(t *testing.T) {
	for name, done := range map[string][]string{
		"at the beginning":  nil,
		"before it counted": {`UPDATE receipts SET hash = NULL, counts = '{}'`},
		"half-way":          {`DELETE FROM turns`},
		"near the end":      {`DELETE FROM turns`, `DELETE FROM conversations`, `DELETE FROM participants`},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBox(t)
			id, _ := b.session(3)
			kept, _ := b.session(0)
			r, err := b.Begin(t.Context(), b.owner, appliance.EraseSession, []appliance.Erased{{Kind: "session", ID: string(id)}})
			b.must(err)
			_, err = b.Session(t.Context(), id)
			b.refused(err, appliance.CodeNotFound)
			for _, query := range done {
				b.exec(query)
			}
			b.must(b.Close())
			b.start()
			if n := b.count(`SELECT count(*) FROM jobs WHERE kind = 'erase' AND state = 'queued'`); n != 1 {
				t.Errorf("%d jobs go on with it, want 1", n)
			}
			b.finish()
			b.must(b.Wipe(t.Context()))
			again, err := b.Receipt(t.Context(), r.ID)
			b.must(err)
			there, err := b.StillThere(t.Context(), r.Objects)
			b.must(err)
			if len(there) > 0 || b.conversations() > 0 || again.WipedAt.IsZero() || again.Counts != r.Counts || !slices.Equal(again.SHA256, r.SHA256) {
				t.Errorf("receipt %+v, first %+v; still there %v", again, r, there)
			}
			_, err = b.Session(t.Context(), kept)
			b.must(err)
		})
	}
}

// round brings in a conversation of two, one of whom has a conversation alone too.
func (b *box) round() (session appliance.SessionID) {
	b.t.Helper()
	session, _ = b.session(0)
	for _, said := range [][]appliance.Utterance{
		{{Speaker: "Chair", Asks: true, Text: "How was it?"}, {Speaker: "Ana", Text: "Soup of Ana."}, {Speaker: "Cleo", Text: "Bread of Cleo."}},
		{{Speaker: "Chair", Asks: true, Text: "And you?"}, {Speaker: "Ana", Text: "Printers of Ana."}},
		{{Speaker: "Chair", Asks: true, Text: "And you?"}, {Speaker: "Ben", Text: "Canteen of Ben."}},
	} {
		_, err := b.AddTranscript(b.t.Context(), b.owner, session, appliance.Transcript{Utterances: said}, store.Once{})
		b.must(err)
	}
	return session
}

func (b *box) said() string {
	b.t.Helper()
	var all string
	b.read(`SELECT (SELECT group_concat(content) FROM turns) || (SELECT group_concat(name) FROM participants) ||
		(SELECT coalesce(group_concat(name), '') FROM speakers)`, &all)
	return all
}

func (b *box) idsOf(name string) (ids []appliance.ParticipantID) {
	b.t.Helper()
	list, err := b.FindPersons(b.t.Context(), name)
	b.must(err)
	for _, p := range list {
		ids = append(ids, p.ID)
	}
	return ids
}

// Of a conversation of several only the words of the person go.
func TestOnePersonIsErasedInAllSessionsAndTheOthersStay(t *testing.T) {
	b := newBox(t)
	b.round()
	order := retention.Order{Kind: appliance.ErasePerson, People: b.idsOf("ana")}
	p, err := b.Plan(t.Context(), b.account, order)
	b.must(err)
	if p.Phrase != "2" || p.Counts.Participants != 2 || p.Counts.Conversations != 1 {
		t.Fatalf("the plan is %+v", p)
	}
	_, err = b.Carry(t.Context(), b.owner, b.account, order, "3", p.Token)
	b.refused(err, appliance.CodeValidation)
	_, err = b.Carry(t.Context(), b.owner, b.account, order, "2", "another")
	b.refused(err, appliance.CodeConflict)
	_, err = b.Carry(t.Context(), b.owner, b.account, order, "2", p.Token)
	b.must(err)
	b.finish()
	all := b.said()
	if strings.Contains(all, "Ana") || !strings.Contains(all, "Bread of Cleo.") || !strings.Contains(all, "Canteen of Ben.") {
		t.Errorf("what is left: %q", all)
	}
	if left := b.idsOf("ana"); len(left) != 0 {
		t.Errorf("%d people of this name are found", len(left))
	}
}

func TestWhatIsHeldOfAPersonIsEverythingAndNothingOfOthers(t *testing.T) {
	b := newBox(t)
	b.round()
	list, err := b.HeldOf(t.Context(), b.idsOf("Ana"))
	b.must(err)
	var all strings.Builder
	for _, h := range list {
		fmt.Fprintln(&all, h.Name)
		for _, turn := range h.Turns {
			fmt.Fprintln(&all, turn.Text)
		}
	}
	for _, text := range []string{"Soup of Ana.", "Printers of Ana."} {
		if !strings.Contains(all.String(), text) {
			t.Errorf("%q is missing", text)
		}
	}
	for _, name := range []string{"Cleo", "Ben"} {
		if strings.Contains(all.String(), name) {
			t.Errorf("words of %s are among it", name)
		}
	}
}

// Nobody waits for the job to be sure that nobody sees it any more.
func TestConversationsThatAreErasedAreHiddenAtOnce(t *testing.T) {
	b := newBox(t)
	id, said := b.session(3)
	seat, err := b.ParticipantByToken(t.Context(), appliance.Secret(fmt.Sprint(id, 0)).Hash())
	b.must(err)
	if seat.ConversationID != said[0] {
		t.Fatalf("the link leads to %s", seat.ConversationID)
	}
	r, err := b.Begin(t.Context(), b.owner, appliance.ErasePerson, []appliance.Erased{{Kind: "conversation", ID: string(said[0])}})
	b.must(err)
	list, total, err := b.Conversations(t.Context(), id, store.Page{Limit: 10})
	b.must(err)
	if total != 2 || len(list) != 2 || b.conversations() != 3 {
		t.Errorf("%d of %d conversations are listed while %d rows are there, want 2 of 2 while 3 are", len(list), total, b.conversations())
	}
	_, err = b.RoleOnConversation(t.Context(), b.account.ID, said[0])
	b.refused(err, appliance.CodeNotFound)
	_, err = b.ParticipantByToken(t.Context(), appliance.Secret(fmt.Sprint(id, 0)).Hash())
	b.refused(err, appliance.CodeUnauthorized)
	_, _, err = b.AppendTurn(t.Context(), store.Message{ConversationID: said[0], Content: "More."})
	if err == nil {
		t.Error("a message was taken that would be erased at once")
	}
	if n := b.count(`SELECT count(*) FROM conversations WHERE included = 1`); n != 2 {
		t.Errorf("%d conversations count in results, want 2", n)
	}
	b.finish()
	again, err := b.Receipt(t.Context(), r.ID)
	b.must(err)
	if b.conversations() != 2 || again.Counts.Turns != 1 {
		t.Errorf("%d conversations are left; the receipt is %+v", b.conversations(), again)
	}
}

// What is held stays and is named; the rest of what is held of the person goes.
func TestOfAPersonWhatIsHeldIsNamedAndTheRestGoes(t *testing.T) {
	b := newBox(t)
	held, free := b.round(), b.round()
	_, err := b.PlaceHold(t.Context(), b.owner, store.Once{}, appliance.Hold{Kind: appliance.HoldSession, Object: string(held), Reason: "R"})
	b.must(err)
	order := retention.Order{Kind: appliance.ErasePerson, People: b.idsOf("ana")}
	p, err := b.Plan(t.Context(), b.account, order)
	b.must(err)
	if len(order.People) != 4 || len(p.Objects) != 2 || len(p.Held) != 1 || p.Held[0].ID != held || p.Held[0].Conversations != 2 {
		t.Fatalf("of %d the plan is %+v", len(order.People), p)
	}
	_, err = b.Carry(t.Context(), b.owner, b.account, order, p.Phrase, p.Token)
	b.must(err)
	b.finish()
	for session, want := range map[appliance.SessionID]int{held: 2, free: 0} {
		n := 0
		list, err := b.FindPersons(t.Context(), "ana")
		b.must(err)
		for _, person := range list {
			if person.SessionID == session {
				n++
			}
		}
		if n != want {
			t.Errorf("of a session (held %v) %d of the person are there, want %d", session == held, n, want)
		}
	}
}

// Who is on a list of those expected is found by name and address, and erased of it; the others stay.
func TestSomebodyIsErasedOfTheRosters(t *testing.T) {
	b := newBox(t)
	id, _ := b.session(1)
	b.exec(`UPDATE sessions SET roster = '[{"email":"Ana@example.org","displayName":"Ana Ruiz"},{"email":"ben@example.org"}]'`)
	for _, text := range []string{"ruiz", "ANA@EXAMPLE"} {
		if ids := b.idsOf(text); len(ids) != 1 {
			t.Fatalf("%q finds %d", text, len(ids))
		}
	}
	order := retention.Order{Kind: appliance.ErasePerson, People: b.idsOf("ana")}
	told, err := b.HeldOf(t.Context(), order.People)
	b.must(err)
	if len(told) != 1 || told[0].Email != "Ana@example.org" || told[0].SessionID != id {
		t.Errorf("held of them: %+v", told)
	}
	p, err := b.Plan(t.Context(), b.account, order)
	b.must(err)
	_, err = b.Carry(t.Context(), b.owner, b.account, order, p.Phrase, p.Token)
	b.must(err)
	var roster, tombstone string
	b.read(`SELECT roster FROM sessions`, &roster)
	b.read(`SELECT object FROM tombstones WHERE kind = 'roster'`, &tombstone)
	if strings.Contains(roster, "Ana") || !strings.Contains(roster, "ben@example.org") || strings.Contains(strings.ToLower(tombstone), "ana") {
		t.Errorf("the roster is %s, the tombstone %s", roster, tombstone)
	}
	// A backup from before brings the entry back, and the journal takes it away again.
	b.exec(`DELETE FROM tombstones`)
	b.exec(`UPDATE sessions SET roster = '[{"email":"ana@example.org"},{"email":"ben@example.org"}]'`)
	n, err := b.Replay(t.Context(), []store.Tombstone{{Kind: "roster", Object: tombstone}})
	b.must(err)
	b.read(`SELECT roster FROM sessions`, &roster)
	if n != 1 || strings.Contains(roster, "ana") || !strings.Contains(roster, "ben@example.org") {
		t.Errorf("%d things went again, the roster is %s", n, roster)
	}
}

// Two who erase the same at once both get a receipt, and nothing is erased twice.
func TestTwoErasuresOfTheSameAtOnceBothFinish(t *testing.T) {
	b := newBox(t)
	id, said := b.session(3)
	objects := []appliance.Erased{{Kind: "conversation", ID: string(said[0])}, {Kind: "session", ID: string(id)}}
	errs := make(chan error)
	for _, e := range objects {
		go func() {
			r, err := b.Begin(t.Context(), b.owner, appliance.EraseSessions, []appliance.Erased{e})
			if err == nil {
				err = b.FinishErasure(t.Context(), r.ID)
			}
			if appliance.CodeOf(err) == appliance.CodeNotFound {
				err = nil // the other one had hidden or erased it before
			}
			errs <- err
		}()
	}
	for range objects {
		b.must(<-errs)
	}
	b.finish()
	if n := b.conversations(); n != 0 {
		t.Errorf("%d conversations are left", n)
	}
	for _, r := range b.receipts() {
		there, err := b.StillThere(t.Context(), r.Objects)
		b.must(err)
		if len(there) > 0 || r.DeletedAt.IsZero() {
			t.Errorf("the receipt %+v is not true: %v is there", r, there)
		}
	}
}

// Somebody who writes while their session is erased is refused or erased with it; nothing of theirs stays.
func TestWhatIsWrittenWhileItIsErasedGoesToo(t *testing.T) {
	b := newBox(t)
	id, said := b.session(4)
	writing, stop := make(chan struct{}), make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			_, _, err := b.AppendTurn(t.Context(), store.Message{ConversationID: said[i%len(said)], Content: fmt.Sprint("More ", i)})
			if i == 20 || err != nil && i < 20 {
				close(writing)
				if i < 20 {
					return
				}
			}
		}
	}()
	<-writing
	r, err := b.Begin(t.Context(), b.owner, appliance.EraseSession, []appliance.Erased{{Kind: "session", ID: string(id)}})
	b.must(err)
	b.finish()
	close(stop)
	<-done
	there, err := b.StillThere(t.Context(), r.Objects)
	b.must(err)
	if n := b.count(`SELECT count(*) FROM turns`); n != 0 || len(there) != 0 {
		t.Errorf("%d turns are left, and %v", n, there)
	}
}

// The sound of a recording goes by the shortest period of box, project and session, and its text stays.
func TestSoundHasAPeriodOfItsOwn(t *testing.T) {
	for name, c := range map[string]struct{ box, project, session, want int }{
		"none":            {},
		"box":             {box: 5, want: 5},
		"shorter project": {box: 5, project: 3, want: 3},
		"shorter session": {box: 5, project: 4, session: 2, want: 2},
		"longer session":  {box: 5, session: 9, want: 5},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBox(t)
			b.must(b.SetRetention(t.Context(), b.owner, appliance.Retention{RecordingDays: c.box}))
			project, err := b.CreateProject(t.Context(), b.owner, store.Once{}, appliance.Project{Title: "P", Status: appliance.ProjectActive})
			b.must(err)
			id, said := b.session(1)
			b.must(b.KeepProject(t.Context(), b.owner, project.ID, appliance.Retention{RecordingDays: c.project}))
			b.must(b.KeepSession(t.Context(), b.owner, id, appliance.Retention{RecordingDays: c.session}))
			b.exec(fmt.Sprintf(`UPDATE sessions SET project_id = '%s'`, project.ID))
			now := b.clock.Now().UnixMilli()
			b.exec(fmt.Sprintf(`INSERT INTO recordings (conversation_id, provider, state, language, created_at, ended_at)
				VALUES ('%s', 'upload', 'closed', '', %d, %[2]d)`, said[0], now))
			k, err := b.KeptFor(t.Context(), id)
			b.must(err)
			if got := k.Shortest().RecordingDays; got != c.want {
				t.Errorf("kept for %d days, want %d", got, c.want)
			}
			due := func(after time.Duration) int {
				list, err := b.SoundDue(t.Context(), b.clock.Now().Add(after))
				b.must(err)
				return len(list)
			}
			if c.want == 0 {
				if due(1000*day) != 0 {
					t.Error("sound goes although nothing is set")
				}
				return
			}
			end := time.Duration(c.want) * day
			if due(end-time.Hour) != 0 || due(end) != 1 {
				t.Errorf("%d are due an hour before, %d then", due(end-time.Hour), due(end))
			}
			hold, err := b.PlaceHold(t.Context(), b.owner, store.Once{}, appliance.Hold{Kind: appliance.HoldSession, Object: string(id), Reason: "R"})
			b.must(err)
			if due(end) != 0 {
				t.Error("sound is due although a hold keeps it")
			}
			b.must(b.LiftHold(t.Context(), b.owner, hold.ID))
		})
	}
}
