package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

func TestAnonymityThatWasPromisedStays(t *testing.T) {
	r := newRoom(t)
	by := store.By{Account: r.owner, Actor: string(r.owner)}
	anonymous := func(on bool) error {
		_, err := r.UpdateSession(t.Context(), by, r.session, func(s *appliance.Session) error { s.Anonymous = on; return nil })
		return err
	}
	for _, on := range []bool{true, false, true} {
		if err := anonymous(on); err != nil {
			t.Fatalf("nobody has joined yet: %v", err)
		}
	}
	joined, err := r.Join(t.Context(), store.Joining{
		Participant: appliance.Participant{SessionID: r.session, Name: "Name", Email: "a@example.org", Origin: appliance.OriginLink,
			Answers: []appliance.FormAnswer{
				{FieldID: "mail", Type: appliance.FieldEmail, Values: []string{"b@example.org"}},
				{FieldID: "ward", Type: appliance.FieldShort, Values: []string{"Surgery"}},
			}},
		TokenHash: appliance.NewSecret("").Hash(),
	})
	if err != nil {
		t.Fatal(err)
	}
	p, err := r.Participant(t.Context(), joined.ParticipantID)
	if err != nil {
		t.Fatal(err)
	}
	if p.Name != "" || p.Email != "" || len(p.Answers) != 1 || p.Answers[0].FieldID != "ward" {
		t.Error("a name or an address was kept")
	}
	if err := anonymous(false); appliance.CodeOf(err) != appliance.CodeConflict {
		t.Errorf("anonymity was lifted: %v", err)
	}
}

func TestOfAClosedAnonymousSessionOnlyTheDaysAreKept(t *testing.T) {
	r := newRoom(t)
	named := r.addSession("hst_named", "Named", appliance.SessionOpen)
	r.exec(`UPDATE sessions SET anonymous = 1 WHERE id = ?`, r.session)
	for range 25 {
		r.now = r.now.Add(7 * time.Minute)
		id, turns := r.speaker("It rains.")
		r.draw(id, turns)
	}
	first := r.session
	r.session = named
	r.speaker("It pours.")
	r.session = first
	const exact = `SELECT count(*) FROM conversations AS c JOIN turns AS t ON t.conversation_id = c.id
		LEFT JOIN claims AS m ON m.conversation_id = c.id JOIN participants AS p ON p.id = c.participant_id
		WHERE c.session_id = ? AND (c.created_at % 86400000 <> 0 OR c.last_turn_at % 86400000 <> 0 OR c.finished_at % 86400000 <> 0
			OR t.created_at % 86400000 <> 0 OR m.created_at % 86400000 <> 0 OR p.created_at % 86400000 <> 0 OR p.consented_at % 86400000 <> 0)`
	coarsen := func() {
		t.Helper()
		if err := r.Coarsen(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if coarsen(); r.number(exact, r.session) == 0 {
		t.Error("times are gone while the session is open")
	}
	r.exec(`UPDATE sessions SET status = 'closed'`)
	coarsen()
	if n := r.number(exact, r.session); n != 0 {
		t.Errorf("%d times of day are kept", n)
	}
	if r.number(exact, named) == 0 {
		t.Error("the times of a session with names are gone")
	}
	list, total, err := r.InsightTable(t.Context(), r.session, store.InsightFilter{Limit: 100})
	if err != nil || total != 25 {
		t.Fatalf("%d conversations, %v", total, err)
	}
	inOrder := true
	for i, row := range list {
		if !row.CreatedAt.Equal(row.CreatedAt.Truncate(24 * time.Hour)) {
			t.Error("a row tells a time of day")
		}
		inOrder = inOrder && (i == 0 || list[i-1].Number < row.Number)
	}
	if inOrder {
		t.Error("the table is in the order in which people came")
	}
	again, _, err := r.InsightTable(t.Context(), r.session, store.InsightFilter{Limit: 100})
	if diff := cmp.Diff(list, again); diff != "" || err != nil {
		t.Errorf("the order does not stay: %s%v", diff, err)
	}
}
