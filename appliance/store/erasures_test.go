package store_test

import (
	"fmt"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// From the first step on nobody sees a session that is being erased, though its rows are there until the job is done.
func TestASessionThatIsBeingErasedIsSeenNowhere(t *testing.T) {
	d := newDesk(t)
	account := appliance.AccountID("acc_owner")
	gone := d.talk("Gone plantedtopic", 2, func(i int) string { return fmt.Sprintf("plantedword%d", i) })
	d.talk("Stays plantedtopic", 1, func(int) string { return "plantedword" })
	seen := func() (sessions, hits, erasable int) {
		t.Helper()
		list, total, err := d.Sessions(t.Context(), account, store.SessionFilter{Page: store.Page{Limit: 10}})
		if err != nil || total != len(list) {
			t.Fatalf("%d of %d sessions: %v", len(list), total, err)
		}
		found, err := d.Search(t.Context(), store.SearchQuery{Account: account, Text: "plantedword", Page: store.Page{Limit: 10}})
		if err != nil {
			t.Fatal(err)
		}
		orders, err := d.Erasable(t.Context(), account, store.ErasableFilter{})
		if err != nil {
			t.Fatal(err)
		}
		return len(list), len(found.Hits), len(orders)
	}
	if sessions, hits, erasable := seen(); sessions != 2 || hits != 3 || erasable != 2 {
		t.Fatalf("%d sessions are listed, %d turns found, %d may be erased before; want 2, 3, 2", sessions, hits, erasable)
	}
	r, err := d.BeginErasure(t.Context(), d.owner, appliance.EraseSession, []appliance.Erased{{Kind: "session", ID: string(gone.ID)}})
	if err != nil {
		t.Fatal(err)
	}
	if n := d.count(`SELECT count(*) FROM conversations WHERE session_id = ?`, gone.ID); n != 2 {
		t.Fatalf("%d conversations are still in the database, want 2: the test proves nothing", n)
	}
	if sessions, hits, erasable := seen(); sessions != 1 || hits != 1 || erasable != 1 {
		t.Errorf("%d sessions are listed, %d turns found, %d may be erased; want 1 of each", sessions, hits, erasable)
	}
	_, err = d.Session(t.Context(), gone.ID)
	hasCode(t, err, appliance.CodeNotFound)
	_, err = d.Join(t.Context(), store.Joining{Participant: appliance.Participant{SessionID: gone.ID, Origin: appliance.OriginLink},
		TokenHash: appliance.Secret("late").Hash()})
	if err == nil {
		t.Error("somebody has joined it")
	}
	people, err := d.FindPersons(t.Context(), "plantedword")
	if err != nil || len(people) != 1 {
		t.Errorf("%d people are found, %v; want the one of the other session", len(people), err)
	}
	list, _, err := d.Receipts(t.Context(), store.Page{Limit: 10})
	if err != nil || len(list) != 1 || list[0].ID != r.ID || list[0].Counts.Conversations != 2 || !list[0].DeletedAt.IsZero() {
		t.Errorf("receipts %+v, %v", list, err)
	}
}

// BenchmarkEraseSession erases a session of 500 conversations of 40 turns while somebody talks in another one. It tells when
// nobody saw it any more (at most 2 s), when it was in no file (60 s), and how long the longest message waited (50 ms).
func BenchmarkEraseSession(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		d := newDesk(b)
		s := d.talk("T", 500, func(i int) string { return fmt.Sprint("words of person number ", i, " about the handover") })
		d.exec(`INSERT INTO turns (id, conversation_id, seq, role, speaker, content, topic_id, move, made_by, model_digest, prompt_version, start_ms, end_ms, created_at)
			WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40)
			SELECT 'x' || c.id || i, c.id, i + 10, 'participant', '', 'Some forty words would be usual here, these are about a dozen', '', '', '', '', '', 0, 0, 0
			FROM conversations c, n`)
		open := draftSession("Other")
		open.Status = appliance.SessionOpen
		other := d.join(d.create(d.owner, open).ID, "other")
		done, waited := make(chan struct{}), make(chan time.Duration)
		go func() {
			var longest time.Duration
			for {
				select {
				case <-done:
					waited <- longest
					return
				default:
					began := time.Now()
					_, _, err := d.AppendTurn(b.Context(), store.Message{ConversationID: other.ConversationID, Content: "meanwhile"})
					if err != nil {
						b.Error(err)
					}
					longest = max(longest, time.Since(began))
				}
			}
		}()
		b.StartTimer()
		began := time.Now()
		lap := func(what string, err error) {
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(time.Since(began).Milliseconds()), what)
		}
		r, err := d.BeginErasure(b.Context(), d.owner, appliance.EraseSession, []appliance.Erased{{Kind: "session", ID: string(s.ID)}})
		lap("ms-unseen", err)
		lap("ms-deleted", d.FinishErasure(b.Context(), r.ID))
		b.StopTimer()
		close(done)
		b.ReportMetric(float64((<-waited).Milliseconds()), "ms-longest-wait")
		b.StartTimer()
		lap("ms-wiped", d.Wipe(b.Context()))
	}
}
