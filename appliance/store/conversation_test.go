package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"harmonium/appliance"
	"harmonium/appliance/store"
	"harmonium/appliance/testkit"
)

// room is a store with one session in it and an owner who sees everything.
type room struct {
	*store.Store
	t       testing.TB
	dir     string
	owner   appliance.AccountID
	session appliance.SessionID
	now     time.Time
}

var roomGuide = appliance.Guide{
	Opening: "Hello.", Closing: "Thanks.",
	Topics: []appliance.Topic{
		{ID: "t1", Title: "One", Question: "What is one?", FollowUps: 1, Minutes: 4},
		{ID: "t2", Title: "Two", Question: "What is two?", FollowUps: 1, Minutes: 3},
	},
}

// newRoom makes a store of the real schema with an open session.
func newRoom(t testing.TB) *room {
	t.Helper()
	r := &room{t: t, dir: testkit.Dir(t), owner: "acc_owner", now: testTime}
	s, err := store.Open(t.Context(), store.Options{Dir: r.dir, Clock: func() time.Time { return r.now }, BallastBytes: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	r.Store = s
	r.exec(`INSERT INTO accounts (id, email, email_key, name, role, password_hash, created_at, updated_at)
		VALUES ('acc_owner', 'o@x.example', 'o@x.example', 'O', 'owner', '', 0, 0)`)
	r.session = r.addSession("hst_a", "Handover between shifts", "open")
	return r
}

func (r *room) exec(query string, args ...any) {
	r.t.Helper()
	err := r.Write(r.t.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(query, args...)
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
}

// number gives the one number that a query answers with.
func (r *room) number(query string, args ...any) (n int) {
	r.t.Helper()
	err := r.Read(r.t.Context(), func(tx *store.Tx) error { return tx.QueryRow(query, args...).Scan(&n) })
	if err != nil {
		r.t.Fatal(err)
	}
	return n
}

func (r *room) addSession(id appliance.SessionID, topic string, status appliance.SessionStatus) appliance.SessionID {
	r.exec(`INSERT INTO sessions (id, topic, goal, critical, context, status, language, host, welcome_message,
			consent_text, anonymous, public, join_code, guide_version, prompt_override, summary_prompt, prompt_summary,
			prompt_generated_from, meta_description, platform_guidelines, template_id, cross_pollination, widgets_enabled,
			results_visibility, created_at, updated_at)
		VALUES (?, ?, 'Learn what gets lost', '', '', ?, 'en', '', '', '', 0, 0, ?, 1, '', '', '', '', '', '', '', 0, 0, 'host', 0, 0)`,
		id, topic, status, id)
	r.exec(`INSERT INTO guides (session_id, version, guide, brief, made_by, model_digest, prompt_version, reason, created_at)
		VALUES (?, 1, ?, '{}', 'rules', '', '', '', 0)`, id, store.AsJSON(roomGuide))
	return id
}

func (r *room) join(name string) store.Joined {
	r.t.Helper()
	j, err := r.Join(r.t.Context(), store.Joining{
		Participant: appliance.Participant{SessionID: r.session, Name: name, Language: "de", Origin: appliance.OriginLink},
		TokenHash:   appliance.NewSecret("").Hash(),
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return j
}

// open has the facilitator say its first turn.
func (r *room) open(id appliance.ConversationID, seen int) appliance.Turn {
	r.t.Helper()
	turn, err := r.CommitReply(r.t.Context(), store.Reply{
		ConversationID: id, Seen: seen,
		Turn:         appliance.Turn{Content: "Hello. What is one?", TopicID: "t1", Move: appliance.MoveOpen, Maker: appliance.Maker{By: "rules"}},
		Facilitation: appliance.Facilitation{Phase: appliance.PhaseTopics, Topic: "t1"},
		Coverage:     []appliance.Coverage{{TopicID: "t1", Asked: true}},
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return turn
}

func (r *room) say(id appliance.ConversationID, content string) appliance.Turn {
	r.t.Helper()
	turn, created, err := r.AppendTurn(r.t.Context(), store.Message{ConversationID: id, Content: content})
	if err != nil || !created {
		r.t.Fatalf("created %v, error %v", created, err)
	}
	return turn
}

func TestJoiningBeginsAConversationThatIsOwedItsOpening(t *testing.T) {
	r := newRoom(t)
	first, second := r.join("Ada"), r.join("")
	if first.Number != 1 || second.Number != 2 {
		t.Errorf("numbers %d and %d, want 1 and 2", first.Number, second.Number)
	}
	owed, err := r.Owed(t.Context())
	if err != nil || len(owed) != 2 {
		t.Errorf("%d conversations are owed a turn, want 2 (%v)", len(owed), err)
	}
	th, err := r.Thread(t.Context(), first.ConversationID)
	if err != nil {
		t.Fatal(err)
	}
	want := appliance.Conversation{
		ID: first.ConversationID, SessionID: r.session, ParticipantID: first.ParticipantID, Source: "interview",
		Language: "de", GuideVersion: 1, State: "active", Included: true, Use: "quote", AnsweredSeq: -1, CreatedAt: testTime, LastTurnAt: testTime,
	}
	if diff := cmp.Diff(want, th.Conversation); diff != "" || !th.Owed {
		t.Errorf("owed %v, conversation:\n%s", th.Owed, diff)
	}
	if n := r.number(`SELECT count(*) FROM events WHERE type = 'conversation.started'`); n != 2 {
		t.Errorf("%d events of a beginning, want 2", n)
	}
}

func TestNobodyJoinsASessionThatIsNotOpen(t *testing.T) {
	r := newRoom(t)
	for _, status := range []appliance.SessionStatus{"draft", "closed", "archived"} {
		id := r.addSession(appliance.SessionID("hst_"+status), "x", status)
		_, err := r.Join(t.Context(), store.Joining{Participant: appliance.Participant{SessionID: id, Origin: "link"}})
		wantCode(t, err, appliance.CodeConflict)
	}
	_, err := r.Join(t.Context(), store.Joining{Participant: appliance.Participant{SessionID: "hst_none", Origin: "link"}})
	wantCode(t, err, appliance.CodeNotFound)
	if n := r.number(`SELECT count(*) FROM participants`); n != 0 {
		t.Errorf("%d participants, want none", n)
	}
}

func TestAnAnonymousSessionKeepsNoNames(t *testing.T) {
	r := newRoom(t)
	r.exec(`UPDATE sessions SET anonymous = 1`)
	j, err := r.Join(t.Context(), store.Joining{Participant: appliance.Participant{
		SessionID: r.session, Name: "Ada", Email: "ada@x.example", Origin: "link"}})
	if err != nil {
		t.Fatal(err)
	}
	p, err := r.Participant(t.Context(), j.ParticipantID)
	if err != nil || p.Name != "" || p.Email != "" || p.Language != "en" {
		t.Errorf("a name or an address was kept, or the language is not the session's (%q, %v)", p.Language, err)
	}
}

func TestARepeatedJoinGivesTheSameParticipantWithTheNewToken(t *testing.T) {
	r := newRoom(t)
	join := func(body string, token appliance.Secret) (store.Joined, error) {
		return r.Join(t.Context(), store.Joining{
			Participant: appliance.Participant{SessionID: r.session, Origin: "link"}, TokenHash: token.Hash(),
			Once: store.Once{Actor: store.JoinActor(r.session), Operation: "join", Key: "k1", BodyHash: []byte(body)},
		})
	}
	lost, arrived := appliance.NewSecret(""), appliance.NewSecret("")
	first, err := join("a", lost)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.ParticipantByToken(t.Context(), lost.Hash()); err != nil {
		t.Fatal(err)
	}
	again, err := join("a", arrived)
	if err != nil || again != first {
		t.Fatalf("%+v, then %+v (%v)", first, again, err)
	}
	if seat, err := r.ParticipantByToken(t.Context(), arrived.Hash()); err != nil || seat != first.Seat {
		t.Errorf("the new token leads to %+v (%v)", seat, err)
	}
	_, err = r.ParticipantByToken(t.Context(), lost.Hash())
	wantCode(t, err, appliance.CodeUnauthorized)
	_, err = join("b", arrived)
	wantCode(t, err, appliance.CodeConflict)
}

func TestAnAPIClientsParticipantJoinsOnce(t *testing.T) {
	r := newRoom(t)
	join := func() error {
		_, err := r.Join(t.Context(), store.Joining{Participant: appliance.Participant{
			SessionID: r.session, ExternalID: "bot-1", Origin: "api"}})
		return err
	}
	if err := join(); err != nil {
		t.Fatal(err)
	}
	wantCode(t, join(), appliance.CodeConflict)
	if _, ok, err := r.ParticipantByExternalID(t.Context(), r.session, "bot-1"); !ok || err != nil {
		t.Errorf("not found: %v", err)
	}
	if _, ok, err := r.ParticipantByExternalID(t.Context(), r.session, "bot-2"); ok || err != nil {
		t.Errorf("found: %v, error %v", ok, err)
	}
}

func TestAMessageIsTheNextTurnOfItsTopic(t *testing.T) {
	r := newRoom(t)
	j := r.join("")
	r.open(j.ConversationID, 0)
	r.now = r.now.Add(time.Minute)
	turn := r.say(j.ConversationID, "One is the first.")
	if turn.Seq != 1 || turn.TopicID != "t1" {
		t.Errorf("turn %d of topic %q, want 1 of t1", turn.Seq, turn.TopicID)
	}
	th, err := r.Thread(t.Context(), j.ConversationID)
	if err != nil {
		t.Fatal(err)
	}
	c := th.Conversation
	if !th.Owed || c.NextSeq != 2 || c.Turns != 1 || c.Words != 4 || !c.LastTurnAt.Equal(r.now) {
		t.Errorf("owed %v, next %d, turns %d, words %d, last %v", th.Owed, c.NextSeq, c.Turns, c.Words, c.LastTurnAt)
	}
	stored, err := r.Turns(t.Context(), j.ConversationID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]appliance.Turn{turn}, stored[1:]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]appliance.Turn{turn}, th.Unanswered); diff != "" {
		t.Error(diff)
	}
}

func TestSendingAMessageTwiceStoresItOnce(t *testing.T) {
	r := newRoom(t)
	j := r.join("")
	send := func(content, key string) (appliance.Turn, bool, error) {
		return r.AppendTurn(t.Context(), store.Message{ConversationID: j.ConversationID, Content: content, Key: key})
	}
	first, created, err := send("Hello", "k1")
	if err != nil || !created {
		t.Fatal(created, err)
	}
	again, created, err := send("Hello", "k1")
	if err != nil || created {
		t.Errorf("the repetition: created %v, error %v", created, err)
	}
	if diff := cmp.Diff(first, again); diff != "" {
		t.Error(diff)
	}
	_, _, err = send("Something else", "k1")
	wantCode(t, err, appliance.CodeConflict)
	if n := r.number(`SELECT count(*) || 0 FROM turns`); n != 10 {
		t.Errorf("turns: %d, want 1", n/10)
	}
	if c, _ := r.Conversation(t.Context(), j.ConversationID); c.NextSeq != 1 || c.Turns != 1 || c.Words != 1 {
		t.Errorf("the refused ones were counted: next %d, turns %d, words %d", c.NextSeq, c.Turns, c.Words)
	}
	// The acknowledgement of a message may be lost while the conversation ends.
	if _, err := r.FinishConversation(t.Context(), j.ConversationID, appliance.EndedEarly); err != nil {
		t.Fatal(err)
	}
	if again, created, err := send("Hello", "k1"); err != nil || created || again.ID != first.ID {
		t.Errorf("after the end the repetition gives created %v, error %v", created, err)
	}
}

func TestAMessageIsRefusedInWordsWhenNothingTakesIt(t *testing.T) {
	r := newRoom(t)
	j := r.join("")
	say := func() error {
		_, _, err := r.AppendTurn(t.Context(), store.Message{ConversationID: j.ConversationID, Content: "x", Key: "new"})
		return err
	}
	for _, c := range []struct{ prepare, words string }{
		{`UPDATE sessions SET status = 'closed'`, "closed"},
		{`UPDATE sessions SET status = 'draft'`, "not open yet"},
		{`UPDATE conversations SET state = 'finished', ended = 'early'`, "finished"},
		{`UPDATE conversations SET state = 'finished', ended = 'closed'`, "not open yet"},
	} {
		r.exec(c.prepare)
		err := say()
		wantCode(t, err, appliance.CodeConflict)
		if err != nil && (!strings.Contains(err.Error(), c.words) || !strings.Contains(err.Error(), "kept")) {
			t.Errorf("%s: %v; want %q and what was kept", c.prepare, err, c.words)
		}
	}
	_, _, err := r.AppendTurn(t.Context(), store.Message{ConversationID: "cnv_none", Content: "x"})
	wantCode(t, err, appliance.CodeNotFound)
}

func TestManySendersLeaveNoGapAndNoDouble(t *testing.T) {
	r := newRoom(t)
	j := r.join("")
	var wg sync.WaitGroup
	for sender := range 8 {
		wg.Go(func() {
			for i := range 25 {
				key := fmt.Sprintf("%d-%d", sender, i)
				for range 2 {
					if _, _, err := r.AppendTurn(context.Background(), store.Message{ConversationID: j.ConversationID,
						Content: key, Key: key}); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
	turns, err := r.Turns(t.Context(), j.ConversationID)
	if err != nil || len(turns) != 200 {
		t.Fatalf("%d turns, want 200 (%v)", len(turns), err)
	}
	for i, turn := range turns {
		if turn.Seq != i {
			t.Fatalf("turn %d has number %d", i, turn.Seq)
		}
	}
}

func TestAReplyIsStoredWithItsState(t *testing.T) {
	r := newRoom(t)
	j := r.join("")
	r.open(j.ConversationID, 0)
	r.say(j.ConversationID, "First.")
	r.say(j.ConversationID, "Second.")
	reply, err := r.CommitReply(t.Context(), store.Reply{
		ConversationID: j.ConversationID, Seen: 3, Turn: appliance.Turn{Content: "What is two?", TopicID: "t2", Move: "ask"},
		Facilitation: appliance.Facilitation{Phase: "topics", Topic: "t2"},
		Coverage:     []appliance.Coverage{{TopicID: "t1", Asked: true, Answered: true, Depth: 1}, {TopicID: "t2", Asked: true}},
	})
	if err != nil || reply.Seq != 3 {
		t.Fatalf("turn %d, error %v", reply.Seq, err)
	}
	l, err := r.ConversationListing(t.Context(), j.ConversationID)
	if err != nil {
		t.Fatal(err)
	}
	if l.Owed || l.AnsweredSeq != 2 || l.NextSeq != 4 || l.Facilitation.Topic != "t2" || l.Number != 1 {
		t.Errorf("owed %v, answered %d, next %d, topic %q, number %d", l.Owed, l.AnsweredSeq, l.NextSeq, l.Facilitation.Topic, l.Number)
	}
	if l.Progress.Done != 1 || l.Progress.MinutesLeft != 3 {
		t.Errorf("%d topics done and %d minutes left, want 1 and 3", l.Progress.Done, l.Progress.MinutesLeft)
	}
	want := []appliance.Coverage{{TopicID: "t1", Asked: true, Answered: true, Depth: 1}, {TopicID: "t2", Asked: true}}
	byTopic := cmpopts.SortSlices(func(a, b appliance.Coverage) bool { return a.TopicID < b.TopicID })
	if diff := cmp.Diff(want, l.Coverage, byTopic); diff != "" {
		t.Error(diff)
	}
	if got, ok, owed, err := r.ReplyAfter(t.Context(), j.ConversationID, 1); !ok || owed || err != nil || got.ID != reply.ID {
		t.Errorf("the reply after turn 1 is %q (found %v, owed %v, %v)", got.ID, ok, owed, err)
	}
	if _, ok, _, _ := r.ReplyAfter(t.Context(), j.ConversationID, 3); ok {
		t.Error("a reply after the last turn was found")
	}
}

func TestAReplyIsNotStoredWhenMoreWasSaid(t *testing.T) {
	r := newRoom(t)
	j := r.join("")
	r.say(j.ConversationID, "Already here.")
	commit := func(seen int) error {
		_, err := r.CommitReply(t.Context(), store.Reply{ConversationID: j.ConversationID, Seen: seen,
			Turn: appliance.Turn{Content: "Hello."}, Coverage: []appliance.Coverage{{TopicID: "t1", Asked: true}}})
		return err
	}
	if err := commit(0); !errors.Is(err, store.ErrOvertaken) {
		t.Errorf("error %v, want ErrOvertaken", err)
	}
	if n := r.number(`SELECT count(*) FROM coverage`) + r.number(`SELECT count(*) FROM turns WHERE role = 'facilitator'`); n != 0 {
		t.Errorf("%d rows of a reply that was not stored", n)
	}
	if _, err := r.FinishConversation(t.Context(), j.ConversationID, appliance.EndedEarly); err != nil {
		t.Fatal(err)
	}
	if err := commit(1); !errors.Is(err, store.ErrEnded) {
		t.Errorf("error %v, want ErrEnded", err)
	}
	if _, err := r.CommitReply(t.Context(), store.Reply{ConversationID: "cnv_none"}); appliance.CodeOf(err) != appliance.CodeNotFound {
		t.Errorf("error %v, want not found", err)
	}
}

func TestTheLastReplyFinishesTheConversationAndHasItsClaimsDrawn(t *testing.T) {
	r := newRoom(t)
	j := r.join("")
	_, err := r.CommitReply(t.Context(), store.Reply{ConversationID: j.ConversationID, Turn: appliance.Turn{Content: "Bye.", Move: "close"},
		Facilitation: appliance.Facilitation{Phase: "done"}, Finished: true})
	if err != nil {
		t.Fatal(err)
	}
	c, err := r.Conversation(t.Context(), j.ConversationID)
	if err != nil || c.State != "finished" || c.Ended != "complete" || !c.FinishedAt.Equal(testTime) {
		t.Errorf("state %q, ended %q at %v (%v)", c.State, c.Ended, c.FinishedAt, err)
	}
	if n := r.number(`SELECT count(*) FROM jobs WHERE kind = 'digest' AND conversation_id = ?`, j.ConversationID); n != 1 {
		t.Errorf("%d digests are waiting, want 1", n)
	}
	if again, err := r.FinishConversation(t.Context(), j.ConversationID, appliance.EndedEarly); err != nil || again.Ended != "complete" {
		t.Errorf("finishing again: ended %q, %v", again.Ended, err)
	}
	if n := r.number(`SELECT count(*) FROM events WHERE type = 'conversation.finished'`); n != 1 {
		t.Errorf("%d events of the end, want 1", n)
	}
}

func TestClosingASessionEndsItsConversationsAndReopeningLetsThemGoOn(t *testing.T) {
	r := newRoom(t)
	answered, waiting, finished := r.join(""), r.join(""), r.join("")
	r.open(answered.ConversationID, 0)
	r.open(waiting.ConversationID, 0)
	r.say(waiting.ConversationID, "Is anybody there?")
	if _, err := r.FinishConversation(t.Context(), finished.ConversationID, appliance.EndedEarly); err != nil {
		t.Fatal(err)
	}
	close := func() {
		if err := r.Write(t.Context(), func(tx *store.Tx) error { return r.CloseConversations(tx, r.session) }); err != nil {
			t.Fatal(err)
		}
	}
	close()
	close() // nothing is left to do
	if n := r.number(`SELECT count(*) FROM conversations WHERE state = 'active' OR owed = 1`); n != 0 {
		t.Errorf("%d conversations go on", n)
	}
	if n := r.number(`SELECT count(*) FROM jobs WHERE kind = 'digest'`); n != 3 {
		t.Errorf("%d digests wait, want 3", n)
	}
	if err := r.Write(t.Context(), func(tx *store.Tx) error { return store.ReopenConversations(tx, r.session) }); err != nil {
		t.Fatal(err)
	}
	owed, err := r.Owed(t.Context())
	if err != nil || len(owed) != 1 || owed[0] != waiting.ConversationID {
		t.Errorf("owed after reopening: %v (%v), want the one that waited", owed, err)
	}
	if c, _ := r.Conversation(t.Context(), finished.ConversationID); c.Ended != appliance.EndedEarly {
		t.Errorf("who had finished is %q again", c.Ended)
	}
	if c, _ := r.Conversation(t.Context(), answered.ConversationID); c.State != appliance.ConversationActive || !c.FinishedAt.IsZero() {
		t.Errorf("who was answered is %q", c.State)
	}
}

func TestTheGridNeedsTheSameStatementsForAnyNumberOfConversations(t *testing.T) {
	r := newRoom(t)
	for range 30 {
		r.open(r.join("Ada").ConversationID, 0)
	}
	list, total, err := r.Conversations(t.Context(), r.session, store.Page{Limit: 20, Offset: 15})
	if err != nil || total != 30 || len(list) != 15 {
		t.Fatalf("%d of %d (%v), want 15 of 30", len(list), total, err)
	}
	for i, l := range list {
		if l.Number != 16+i || l.Name != "Ada" || len(l.Coverage) != 1 || len(l.Progress.Topics) != 2 {
			t.Fatalf("entry %d: number %d, %d topics covered, %d in progress", i, l.Number, len(l.Coverage), len(l.Progress.Topics))
		}
	}
	_, err = r.ConversationListing(t.Context(), "cnv_none")
	wantCode(t, err, appliance.CodeNotFound)
}

// sown is a word of which nothing may be left; its tail cannot be a prefix of another.
func sown(i int) string { return fmt.Sprintf("planted%dzqxv%d", i, i*7919) }

func TestErasingAConversationLeavesNothingOfItInTheFiles(t *testing.T) {
	r := newRoom(t)
	keep, gone := r.join("Keep"), r.join(sown(0))
	token := appliance.NewSecret("")
	r.exec(`UPDATE participants SET token_hash = ? WHERE id = ?`, token.Hash(), gone.ParticipantID)
	if _, err := r.ParticipantByToken(t.Context(), token.Hash()); err != nil {
		t.Fatal(err)
	}
	r.exec(`UPDATE participants SET answers = ? WHERE id = ?`,
		store.AsJSON([]appliance.FormAnswer{{Text: "Why?", Values: []string{sown(1)}}}), gone.ParticipantID)
	r.open(gone.ConversationID, 0)
	said := r.say(gone.ConversationID, "I say "+sown(2)+" and more.")
	r.say(keep.ConversationID, "I stay.")
	_, err := r.CommitReply(t.Context(), store.Reply{ConversationID: gone.ConversationID, Seen: 2, Turn: appliance.Turn{
		Content: "You said " + sown(2), Points: []appliance.Point{{TopicID: "t1", Quote: appliance.Span{TurnID: said.ID, Start: 0, End: 5}}}}})
	if err != nil {
		t.Fatal(err)
	}
	r.exec(`INSERT INTO claims (id, session_id, conversation_id, topic_id, position, text, salience, made_by, model_digest, prompt_version, created_at)
		VALUES ('clm_a', ?, ?, '', 0, ?, 1, 'rules', '', '', 0)`, r.session, gone.ConversationID, sown(3))
	r.exec(`INSERT INTO quotes (id, claim_id, turn_id, start_byte, end_byte, method, score) VALUES ('qte_a', 'clm_a', ?, 0, 5, 'exact', 1)`, said.ID)
	r.exec(`INSERT INTO reports (id, session_id, version, body, counts, input_hash, made_by, model_digest, prompt_version, created_at)
		VALUES ('rpt_a', ?, 1, ?, '{}', x'00', 'rules', '', '', 0)`, r.session, store.AsJSON(sown(4)))

	d, err := r.EraseConversation(t.Context(), store.ErasedByParticipant, gone.ConversationID)
	if err != nil {
		t.Fatal(err)
	}
	want := store.Deletion{Conversations: 1, Turns: 3, Participants: 1, FinishedAt: testTime, Receipt: d.Receipt}
	if diff := cmp.Diff(want, d); diff != "" {
		t.Error(diff)
	}
	_, err = r.ParticipantByToken(t.Context(), token.Hash())
	wantCode(t, err, appliance.CodeUnauthorized)
	if n := r.number(`SELECT count(*) FROM jobs WHERE kind IN ('report', 'scrub') AND state = 'queued'`); n != 2 {
		t.Errorf("%d jobs make the report anew and wipe the files, want 2", n)
	}
	for _, table := range []string{"claims", "quotes", "reports", "coverage", "events WHERE conversation_id = '" + string(gone.ConversationID) + "'"} {
		if n := r.number(`SELECT count(*) FROM ` + table); n != 0 {
			t.Errorf("%d rows are left in %s", n, table)
		}
	}
	if err := r.Scrub(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		if files := filesHolding(t, r.dir, sown(i)[7:]); len(files) > 0 {
			t.Errorf("what was planted at place %d is still in %v", i, files)
		}
	}
	if got := r.search("stay"); len(got.Hits) != 1 {
		t.Errorf("what was kept is found %d times, want once", len(got.Hits))
	}
	r.exec(`INSERT INTO turns_fts (turns_fts, rank) VALUES ('integrity-check', 1)`)
	if next := r.join("Next"); next.Number != 3 {
		t.Errorf("the next participant gets number %d; 2 is gone for good", next.Number)
	}
}

func TestWithoutScrubSomethingErasedIsLeft(t *testing.T) {
	r := newRoom(t)
	j := r.join("")
	r.say(j.ConversationID, "I say "+sown(1))
	if _, err := r.EraseConversation(t.Context(), store.ErasedByParticipant, j.ConversationID); err != nil {
		t.Fatal(err)
	}
	if files := filesHolding(t, r.dir, sown(1)[7:]); len(files) == 0 {
		t.Error("the files are clean without Scrub, so the test of Scrub proves nothing")
	}
}

// filesHolding gives the files of dir that hold part anywhere.
func filesHolding(t testing.TB, dir, part string) (files []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(data), part) {
			files = append(files, e.Name())
		}
	}
	return files
}

func TestErasingInTheSameCommitAsAMessageKeepsTheIndexWhole(t *testing.T) {
	r := newRoom(t)
	var wg sync.WaitGroup
	for range 12 {
		j := r.join("")
		wg.Go(func() {
			for i := range 10 {
				r.AppendTurn(context.Background(), store.Message{ConversationID: j.ConversationID, Content: fmt.Sprint("words ", i)})
			}
		})
		wg.Go(func() {
			if _, err := r.EraseConversation(context.Background(), store.ErasedByParticipant, j.ConversationID); err != nil {
				t.Error(err)
			}
		})
	}
	last := r.join("")
	r.say(last.ConversationID, "the last words")
	wg.Wait()
	r.exec(`INSERT INTO turns_fts (turns_fts, rank) VALUES ('integrity-check', 1)`)
	if got := r.search("words"); got.Total != 1 {
		t.Errorf("%d turns are found, want 1", got.Total)
	}
}

func TestResponsesAreFilteredAndOrdered(t *testing.T) {
	r := newRoom(t)
	var seats []store.Joined
	for i, name := range []string{"Ada", "Berta", "100% Carla", ""} {
		r.now = testTime.Add(time.Duration(i) * time.Hour)
		j := r.join(name)
		for range i {
			r.say(j.ConversationID, "Words.")
		}
		seats = append(seats, j)
	}
	r.exec(`UPDATE conversations SET included = 0 WHERE id = ?`, seats[1].ConversationID)
	for _, c := range []struct {
		name   string
		filter store.ResponseFilter
		want   []int
	}{
		{"the last to speak first", store.ResponseFilter{}, []int{4, 3, 1}},
		{"the first to begin first", store.ResponseFilter{Oldest: true}, []int{1, 3, 4}},
		{"since", store.ResponseFilter{Since: testTime.Add(2 * time.Hour)}, []int{4, 3}},
		{"messages", store.ResponseFilter{MinMessages: 3}, []int{4}},
		{"name", store.ResponseFilter{Name: "carl", ShowNames: true}, []int{3}},
		{"name with a sign of LIKE", store.ResponseFilter{Name: "100%", ShowNames: true}, []int{3}},
		{"name that the caller may not see", store.ResponseFilter{Name: "carl"}, nil},
		{"pseudonym", store.ResponseFilter{Name: "participant 4"}, []int{4}},
		{"page", store.ResponseFilter{Page: store.Page{Limit: 1, Offset: 1}}, []int{3}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.filter.Page.Limit == 0 {
				c.filter.Page.Limit = 10
			}
			list, _, err := r.Responses(t.Context(), r.session, c.filter)
			if err != nil {
				t.Fatal(err)
			}
			var got []int
			for _, x := range list {
				got = append(got, x.Number)
				if x.Messages != x.Number-1 || x.FirstAt.IsZero() != (x.Messages == 0) || x.LastAt.IsZero() != (x.Messages == 0) {
					t.Errorf("%d: %d messages, from %v to %v", x.Number, x.Messages, x.FirstAt, x.LastAt)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
