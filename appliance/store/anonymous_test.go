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

// The trail and the list of wishes are seen by administrators, who may have seen somebody at their phone.
func TestNothingTellsWhenWordsOfAnAnonymousSessionWereTakenBack(t *testing.T) {
	for _, anonymous := range []bool{true, false} {
		r := newRoom(t)
		r.exec(`UPDATE sessions SET anonymous = ? WHERE id = ?`, anonymous, r.session)
		whole, _ := r.speaker("It rains.")
		points, turns := r.speaker("It pours.")
		r.exec(`INSERT INTO points (id, conversation_id, shown_in, position, topic_id, topic, turn_id, start_byte, end_byte)
			VALUES ('pnt_x', ?1, ?2, 0, 'tpc_one', 'One', ?2, 0, 9)`, points, turns[0].ID)
		r.exec(`UPDATE conversations SET state = 'finished'`)
		if _, err := r.Review(t.Context(), points, appliance.Review{Points: []appliance.PointReview{{ID: "pnt_x", State: appliance.PointDropped}}}); err != nil {
			t.Fatal(err)
		}
		if err := r.AskWithdrawal(t.Context(), whole); err != nil {
			t.Fatal(err)
		}
		if n := r.number(`SELECT count(*) FROM audit WHERE action IN ('conversation.withdraw', 'withdrawal.ask') AND object LIKE 'hst_%'`); (n == 2) != anonymous {
			t.Errorf("anonymous %t: %d entries of the trail name the session only", anonymous, n)
		}
		if n := r.number(`SELECT count(*) FROM audit WHERE action IN ('conversation.withdraw', 'withdrawal.ask') AND object LIKE 'cnv_%'`); (n == 2) == anonymous {
			t.Errorf("anonymous %t: %d entries of the trail name the conversation", anonymous, n)
		}
		if n := r.number(`SELECT count(*) FROM withdrawals WHERE asked_at % 86400000 = 0`); (n == 1) != anonymous {
			t.Errorf("anonymous %t: %d wishes are kept with their day only", anonymous, n)
		}
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

// timesOfOthers are the tables that hang on conversations and keep their times in anonymous sessions too, each with the reason.
var timesOfOthers = map[string]string{
	"recordings": "who sat in a meeting knows when it was", "takes": "as recordings", "transcripts": "when the box wrote it",
	"marks": "of hosts", "turn_edits": "of hosts", "restriction_events": "of hosts", "companion_threads": "of hosts",
	"withdrawals": "when a wish was told that a legal hold stands against",
}

// No table that hangs on a conversation tells when somebody came or spoke.
func TestNoTableOfAClosedAnonymousSessionTellsATimeOfDay(t *testing.T) {
	p := plantBox(t)
	p.exec(`UPDATE sessions SET anonymous = 1 WHERE id = ?`, p.session)
	for _, query := range []string{
		`INSERT INTO digests (conversation_id, turns, input_hash, made_by, model_digest, prompt_version, claims, located, discarded, created_at)
			SELECT id, 1, x'', '', '', '', 0, 0, 0, 0 FROM conversations WHERE session_id = ?1`,
		`INSERT INTO jobs (id, kind, session_id, conversation_id, state, attempts, done, total, message, run_at, created_at)
			SELECT 'job_' || id, 'extract', session_id, id, 'done', 1, 0, 0, '', 0, 0 FROM conversations WHERE session_id = ?1`,
		`INSERT INTO webhooks (id, url, events, secret, created_at) VALUES ('whk_' || ?1, '', '[]', '', 0)`,
		`INSERT INTO deliveries (id, webhook_id, event, session_id, conversation_id, at, state, next_at)
			SELECT 'dlv_' || id, 'whk_' || ?1, 'e', ?1, id, 0, 'delivered', 0 FROM conversations WHERE session_id = ?1`,
		`INSERT INTO requests (actor, operation, key, body_hash, object_id, created_at)
			SELECT 'join', 'join', id, x'', participant_id, 0 FROM conversations WHERE session_id = ?1`,
	} {
		p.exec(query, p.session)
	}
	const inSession = `conversation_id IN (SELECT id FROM conversations WHERE session_id = ?1)`
	columns := []struct{ table, column, where string }{
		{"participants", "created_at", `session_id = ?1`},
		{"participants", "consented_at", `session_id = ?1`}, {"conversations", "created_at", `session_id = ?1`},
		{"conversations", "last_turn_at", `session_id = ?1`}, {"conversations", "finished_at", `session_id = ?1`},
		{"requests", "created_at", `object_id IN (SELECT participant_id FROM conversations WHERE session_id = ?1)`},
		{"offers", "created_at", `turn_id IN (SELECT id FROM turns WHERE ` + inSession + `)`},
	}
	p.must(p.Read(t.Context(), func(tx *store.Tx) error {
		rows, err := tx.Query(`SELECT t.name, c.name FROM sqlite_schema AS t, pragma_table_info(t.name) AS c WHERE t.type = 'table'
			AND (c.name = 'at' OR c.name LIKE '%\_at' ESCAPE '\') AND EXISTS (SELECT 1 FROM pragma_table_info(t.name) WHERE name = 'conversation_id')`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var table, column string
			if err := rows.Scan(&table, &column); err != nil {
				return err
			}
			where := inSession
			if table == "jobs" {
				where += ` AND state = 'done'` // one that waits is taken when it is done
			}
			if timesOfOthers[table] == "" {
				columns = append(columns, struct{ table, column, where string }{table, column, where})
			}
		}
		return rows.Err()
	}))
	for _, c := range columns {
		p.exec(`UPDATE `+c.table+` SET `+c.column+` = 1777885200123 WHERE `+c.where, p.session)
	}
	exact := func(table, column, where string) int {
		return p.count(`SELECT count(*) FROM `+table+` WHERE `+column+` % 86400000 <> 0 AND `+where, p.session)
	}
	for _, c := range columns {
		if exact(c.table, c.column, c.where) == 0 {
			t.Errorf("%s.%s has no time before: the test proves nothing of it", c.table, c.column)
		}
	}
	p.move(p.session, appliance.SessionClosed)
	p.must(p.Coarsen(t.Context()))
	for _, c := range columns {
		if n := exact(c.table, c.column, c.where); n != 0 {
			t.Errorf("%d times of day are kept in %s.%s", n, c.table, c.column)
		}
	}
}
