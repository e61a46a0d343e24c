package store_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// talk makes an open session in which people said what the words are, with everything that comes of it.
func (d *desk) talk(topic string, people int, words func(person int) string) appliance.Session {
	d.t.Helper()
	open := draftSession(topic)
	open.Status = appliance.SessionOpen
	s := d.create(d.owner, open)
	for i := range people {
		j, err := d.Join(d.t.Context(), store.Joining{
			Participant: appliance.Participant{SessionID: s.ID, Origin: appliance.OriginLink, Name: words(i),
				Answers: []appliance.FormAnswer{{FieldID: "fld_1", Text: "Q", Type: appliance.FieldShort, Values: []string{words(i)}}}},
			TokenHash: appliance.Secret(fmt.Sprint(s.ID, i)).Hash(),
			Once:      store.Once{Actor: store.JoinActor(s.ID), Operation: "join", Key: fmt.Sprint(i), BodyHash: []byte("h")},
		})
		if err != nil {
			d.t.Fatal(err)
		}
		d.tell(j.ConversationID, words(i))
		d.exec(`INSERT INTO claims (id, session_id, conversation_id, topic_id, position, text, salience, made_by, model_digest, prompt_version, created_at)
			VALUES ('clm_' || ?1, ?2, ?1, '', 0, ?3, 1, 'rules', '', '', 0)`, j.ConversationID, s.ID, words(i))
		d.exec(`INSERT INTO quotes (id, claim_id, turn_id, start_byte, end_byte, method, score)
			SELECT 'qte_' || ?1, 'clm_' || ?1, id, 0, 1, 'exact', 1 FROM turns WHERE conversation_id = ?1`, j.ConversationID)
	}
	d.exec(`INSERT INTO reports (id, session_id, version, body, counts, input_hash, made_by, model_digest, prompt_version, created_at)
		VALUES ('rpt_' || ?1, ?1, 1, json_quote(?2), '{}', x'', 'rules', '', '', 0)`, s.ID, words(0))
	return s
}

func TestADeletedSessionLeavesNothingBehind(t *testing.T) {
	d := newDesk(t)
	const people = 25 // more than one step
	gone := d.talk("Gone plantedtopicgone", people, func(i int) string { return fmt.Sprintf("secretword%03dplantedgone", i) })
	stays := d.talk("Stays", 2, func(i int) string { return fmt.Sprintf("keptword%03d", i) })
	hash := appliance.Secret(fmt.Sprint(gone.ID, 0)).Hash()
	if _, err := d.ParticipantByToken(t.Context(), hash); err != nil {
		t.Fatal(err)
	}
	before := d.count(`SELECT count(*) FROM turns t JOIN conversations c ON c.id = t.conversation_id WHERE c.session_id = ?`, gone.ID)

	deletion, err := d.DeleteSession(t.Context(), d.owner, gone.ID)
	if err != nil {
		t.Fatal(err)
	}
	want := store.Deletion{Sessions: 1, Conversations: people, Participants: people, Turns: before, FinishedAt: d.now, Receipt: deletion.Receipt}
	if deletion != want {
		t.Errorf("deletion %+v, want %+v", deletion, want)
	}

	_, err = d.Session(t.Context(), gone.ID)
	hasCode(t, err, appliance.CodeNotFound)
	_, err = d.ParticipantByToken(t.Context(), hash)
	hasCode(t, err, appliance.CodeUnauthorized)
	for table, left := range map[string]int{"sessions": 1, "session_members": 1, "guides": 1, "participants": 2, "conversations": 2,
		"turns": 2, "claims": 2, "quotes": 2, "reports": 1} {
		if n := d.count(`SELECT count(*) FROM ` + table); n != left {
			t.Errorf("%d rows in %s, want the %d of the other session", n, table, left)
		}
	}
	if n := d.count(`SELECT count(*) FROM requests WHERE actor = ?`, store.JoinActor(gone.ID)); n != 0 {
		t.Errorf("%d requests of the session are remembered", n)
	}
	if n := d.count(`SELECT count(*) FROM events WHERE session_id = ?`, gone.ID) +
		d.count(`SELECT count(*) FROM jobs WHERE session_id = ?`, gone.ID); n != 0 {
		t.Errorf("%d events and jobs of the session are left", n)
	}

	// The search index: what is gone is not found, what stays is, and the index agrees with the table.
	for word, hits := range map[string]int{"secretword003plantedgone": 0, "keptword001": 1} {
		if n := d.count(`SELECT count(*) FROM turns_fts WHERE turns_fts MATCH ?`, word); n != hits {
			t.Errorf("%q is found %d times, want %d", word, n, hits)
		}
	}
	d.exec(`INSERT INTO turns_fts (turns_fts, rank) VALUES ('integrity-check', 1)`)

	if n := d.count(`SELECT count(*) FROM jobs WHERE kind = 'scrub' AND state = 'queued'`); n != 1 {
		t.Errorf("%d jobs wait to wipe the files, want 1", n)
	}
	if n := d.count(`SELECT count(*) FROM audit WHERE action = 'session.delete' AND object = ?`, gone.ID); n != 1 {
		t.Errorf("%d entries in the audit trail, want 1", n)
	}
	if err := d.Scrub(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, planted := range []string{"plantedgone", "plantedtopicgone"} {
		if in := d.filesWith(planted); in != "" {
			t.Errorf("%q is still in %s", planted, in)
		}
	}
	if d.filesWith("keptword") == "" {
		t.Error("what was kept is not found in the files either, so the search proves nothing")
	}
	_, err = d.DeleteSession(t.Context(), d.owner, gone.ID)
	hasCode(t, err, appliance.CodeNotFound)
	if _, err := d.Session(t.Context(), stays.ID); err != nil {
		t.Error(err)
	}
}

// filesWith names a file of the data directory that holds the bytes, "" when none does.
func (d *desk) filesWith(text string) string {
	d.t.Helper()
	files, err := filepath.Glob(filepath.Join(d.Dir(), "*"))
	if err != nil {
		d.t.Fatal(err)
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			d.t.Fatal(err)
		}
		if bytes.Contains(data, []byte(text)) {
			return filepath.Base(f)
		}
	}
	return ""
}

func TestASessionThatIsBeingDeletedTakesNobodyAndNothing(t *testing.T) {
	d := newDesk(t)
	s := d.talk("T", 40, func(i int) string { return fmt.Sprint("word", i) })
	seat, err := d.ParticipantByToken(t.Context(), appliance.Secret(fmt.Sprint(s.ID, 0)).Hash())
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			for range 50 {
				_, _, err := d.AppendTurn(t.Context(), store.Message{ConversationID: seat.ConversationID, Content: "late"})
				if code := appliance.CodeOf(err); code != "" && code != appliance.CodeConflict && code != appliance.CodeNotFound {
					t.Errorf("a late message: %v", err)
				}
			}
		})
	}
	deletions := make([]error, 2)
	for i := range deletions {
		wait.Go(func() { _, deletions[i] = d.DeleteSession(t.Context(), d.owner, s.ID) })
	}
	wait.Wait()
	for _, err := range deletions {
		if err != nil {
			hasCode(t, err, appliance.CodeNotFound)
		}
	}
	if deletions[0] != nil && deletions[1] != nil {
		t.Error("neither of two deletions succeeded")
	}
	if n := d.count(`SELECT count(*) FROM turns`) + d.count(`SELECT count(*) FROM conversations`); n != 0 {
		t.Errorf("%d rows are left", n)
	}
	d.exec(`INSERT INTO turns_fts (turns_fts, rank) VALUES ('integrity-check', 1)`)
}

func TestDeletingASessionThatWasOnceCreatedByAKeyLetsTheKeyMakeItAnew(t *testing.T) {
	d := newDesk(t)
	once := store.Once{Actor: "key_1", Operation: "createSession", Key: "k", BodyHash: []byte("h")}
	create := func() appliance.Session {
		s, err := d.CreateSession(t.Context(), d.owner, once, draftSession("T"), appliance.GuideVersion{Guide: deskGuide}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	first := create()
	if _, err := d.DeleteSession(t.Context(), d.owner, first.ID); err != nil {
		t.Fatal(err)
	}
	if second := create(); second.ID == first.ID {
		t.Error("the deleted session came back")
	}
}
