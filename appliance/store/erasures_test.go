package store_test

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
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

// firstIn gives the first conversation of a session.
func (d *desk) firstIn(id appliance.SessionID) (first appliance.ConversationID) {
	d.t.Helper()
	err := d.Read(d.t.Context(), func(tx *store.Tx) error {
		return tx.QueryRow(`SELECT min(id) FROM conversations WHERE session_id = ?`, id).Scan(&first)
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return first
}

// Nobody who writes waits for a long conversation to be erased: it goes in many small writes, and others come between.
func TestALongConversationIsErasedInManyWrites(t *testing.T) {
	d := newDesk(t)
	s := d.talk("T", 2, func(int) string { return "plantedword" })
	long := d.firstIn(s.ID)
	d.exec(`INSERT INTO turns (id, conversation_id, seq, role, speaker, content, topic_id, move, made_by, model_digest, prompt_version, start_ms, end_ms, created_at)
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000)
		SELECT 'x' || i, ?, i + 10, 'participant', '', 'plantedword and some more', '', '', '', '', '', 0, 0, 0 FROM n`, long)
	before := d.Stats().Commits
	del, err := d.EraseConversation(t.Context(), d.owner, long)
	if err != nil || del.Turns < 4000 {
		t.Fatalf("%d turns were deleted: %v", del.Turns, err)
	}
	if n := d.Stats().Commits - before; n < 10 {
		t.Errorf("4000 turns were deleted in %d transactions", n)
	}
	if n := d.count(`SELECT count(*) FROM turns WHERE id GLOB 'x*'`) + d.count(`SELECT count(*) FROM conversations WHERE id = ?`, long); n != 0 {
		t.Errorf("%d rows are left", n)
	}
}

// Who wants to erase what somebody else is erasing is told that it is gone, and no second receipt is written.
func TestOfTwoWhoEraseTheSameOneHasTheReceipt(t *testing.T) {
	for _, kind := range []string{"session", "conversation"} {
		t.Run(kind, func(t *testing.T) {
			d := newDesk(t)
			s := d.talk("T", 2, func(int) string { return "said" })
			what := appliance.Erased{Kind: kind, ID: string(s.ID)}
			if kind == "conversation" {
				what.ID = string(d.firstIn(s.ID))
			}
			var done sync.WaitGroup
			var won, told atomic.Int64
			for range 4 {
				done.Go(func() {
					r, err := d.BeginErasure(t.Context(), d.owner, appliance.EraseSessions, []appliance.Erased{what})
					if err == nil {
						won.Add(1)
						err = d.FinishErasure(t.Context(), r.ID)
					}
					if appliance.CodeOf(err) == appliance.CodeNotFound {
						told.Add(1)
						err = nil
					}
					if err != nil {
						t.Error(err)
					}
				})
			}
			done.Wait()
			_, receipts, err := d.Receipts(t.Context(), store.Page{Limit: 10})
			if won.Load() != 1 || told.Load() != 3 || receipts != 1 || err != nil {
				t.Errorf("%d erased it, %d were told that it is gone, %d receipts: %v; want 1, 3, 1", won.Load(), told.Load(), receipts, err)
			}
		})
	}
}

// BenchmarkEraseSession erases a session of 500 conversations of 40 turns while somebody talks in another one. It tells when
// nobody saw it any more (at most 2 s), when it was in no file (60 s), and how long the longest message waited in each step
// (50 ms), beside what one waited before anything was erased, which is the machine's.
func BenchmarkEraseSession(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		d := newDesk(b)
		s := d.talk("T", 500, func(i int) string { return fmt.Sprint("words of person number ", i, " about the handover") })
		d.exec(`INSERT INTO turns (id, conversation_id, seq, role, speaker, content, topic_id, move, made_by, model_digest, prompt_version, start_ms, end_ms, created_at)
			WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40)
			SELECT 'x' || c.id || i, c.id, i + 10, 'participant', '', 'Some forty words would be usual here, these are about a dozen', '', '', '', '', '', 0, 0, 0
			FROM conversations c, n`)
		talker := meanwhile(b, d)
		talker.after(1000)
		talker.lap("ms-wait-before")
		b.StartTimer()
		began := time.Now()
		lap := func(what string, err error) {
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(time.Since(began).Milliseconds()), "ms-"+what)
			talker.lap("ms-wait-until-" + what)
		}
		r, err := d.BeginErasure(b.Context(), d.owner, appliance.EraseSession, []appliance.Erased{{Kind: "session", ID: string(s.ID)}})
		lap("unseen", err)
		lap("deleted", d.FinishErasure(b.Context(), r.ID))
		lap("wiped", d.Wipe(b.Context()))
		b.StopTimer()
		talker.end()
		b.StartTimer()
	}
}

// talker says something again and again.
type talker struct {
	b       *testing.B
	said    atomic.Int64
	longest atomic.Int64 // that it waited in this lap, in nanoseconds
	quit    chan struct{}
	done    chan struct{}
}

// meanwhile has somebody talk in a session of their own.
func meanwhile(b *testing.B, d *desk) *talker {
	open := draftSession("Other")
	open.Status = appliance.SessionOpen
	other := d.join(d.create(d.owner, open).ID, "other")
	t := &talker{b: b, quit: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(t.done)
		for {
			select {
			case <-t.quit:
				return
			default:
			}
			began := time.Now()
			if _, _, err := d.AppendTurn(b.Context(), store.Message{ConversationID: other.ConversationID, Content: "meanwhile"}); err != nil {
				b.Error(err)
			}
			t.longest.Store(max(t.longest.Load(), int64(time.Since(began))))
			t.said.Add(1)
		}
	}()
	return t
}

// after waits until so many things more were said.
func (t *talker) after(more int64) {
	for until := t.said.Load() + more; t.said.Load() < until; {
		runtime.Gosched()
	}
}

// lap reports the longest wait since the last lap, with the one that is going on.
func (t *talker) lap(what string) {
	t.after(1)
	t.b.ReportMetric(float64(t.longest.Swap(0))/1e6, what)
}

func (t *talker) end() {
	close(t.quit)
	<-t.done
}
