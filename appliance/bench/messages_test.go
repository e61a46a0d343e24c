package bench_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	_ "modernc.org/sqlite"
)

const (
	measured     = 8 * time.Second
	participants = 1500 // who speak in turn, so that nobody meets the limit for one person
)

// BenchmarkMessages measures how many messages of participants are acknowledged a second, which is after the fsync of
// their commit, and compares that with plain inserts of the same rows, each committed for itself.
func BenchmarkMessages(b *testing.B) {
	for _, senders := range []int{1, 8, 64} {
		b.Run(fmt.Sprintf("senders=%d", senders), func(b *testing.B) {
			x := newBox(b)
			session := x.session()
			seats := make([]*seat, participants)
			each(len(seats), 16, func(i int) { seats[i] = x.join(session) })
			perSecond, times := x.flood(seats, senders, measured)
			replies := x.replies()
			x.stop()
			plain := plainInserts(b, filepath.Join(x.dir, "harmonium.db"), senders, replies)
			ratio := perSecond / plain
			b.ReportMetric(perSecond, "messages/s")
			b.ReportMetric(ratio, "ratio")
			target := "–"
			if senders == 64 {
				target = "ratio ≥ 3"
			}
			note(fmt.Sprintf("messages accepted durably, %d senders", senders), target,
				"%.0f /s, p99 %s; plain inserts %.0f /s; ratio %.1f (%.2f facilitator turns for each message on both sides)",
				perSecond, millis(percentile(times, 99)), plain, ratio, replies)
		})
	}
}

// each calls fn for 0 to n-1, at most at a time of them at once.
func each(n, at int, fn func(i int)) {
	var next atomic.Int64
	var all sync.WaitGroup
	for range at {
		all.Go(func() {
			for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
				fn(int(i))
			}
		})
	}
	all.Wait()
}

// flood has senders send as fast as they are answered for some time, each for its own share of the participants.
func (x *box) flood(seats []*seat, senders int, lasts time.Duration) (perSecond float64, times []time.Duration) {
	var mu sync.Mutex
	var all sync.WaitGroup
	var accepted, refused atomic.Int64
	begin := time.Now()
	for s := range senders {
		all.Go(func() {
			var own []time.Duration
			for i := s; time.Since(begin) < lasts; i += senders {
				took, status, err := x.say(seats[i%len(seats)])
				switch {
				case err == nil && status == http.StatusCreated:
					accepted.Add(1)
					own = append(own, took)
				default:
					refused.Add(1)
				}
			}
			mu.Lock()
			times = append(times, own...)
			mu.Unlock()
		})
	}
	all.Wait()
	took := time.Since(begin)
	if n := refused.Load(); n*100 > accepted.Load() {
		x.b.Fatalf("%d of %d messages were refused", n, n+accepted.Load())
	}
	return float64(accepted.Load()) / took.Seconds(), times
}

// replies gives how many turns of the facilitator stand for each turn of a participant.
func (x *box) replies() float64 {
	db := openPlain(x.b, filepath.Join(x.dir, "harmonium.db"))
	defer db.Close()
	var people, facilitator float64
	err := db.QueryRow(`SELECT sum(role = 'participant'), sum(role = 'facilitator' AND seq > 0) FROM turns`).Scan(&people, &facilitator)
	if err != nil {
		x.b.Fatal(err)
	}
	return facilitator / people
}

func openPlain(b *testing.B, file string) *sql.DB {
	db, err := sql.Open("sqlite", "file:"+file+"?_txlock=immediate&_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)"+
		"&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)&_pragma=secure_delete(ON)")
	if err != nil {
		b.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	return db
}

// plainInserts measures the same rows in a database with the same tables, indexes and search index, but written with
// database/sql as one would at first: a transaction for each message, and one for each reply, one after another.
func plainInserts(b *testing.B, like string, senders int, replies float64) (perSecond float64) {
	db := openPlain(b, filepath.Join(b.TempDir(), "plain.db"))
	defer db.Close()
	copySchema(b, db, like)
	const conversations = 1500
	for _, stmt := range []string{
		`INSERT INTO sessions SELECT * FROM other.sessions`,
		`INSERT INTO participants SELECT * FROM other.participants`,
		`INSERT INTO conversations SELECT * FROM other.conversations`,
		`DETACH other`,
	} {
		if _, err := db.Exec(stmt); err != nil {
			b.Fatal(err)
		}
	}
	ids := conversationIDs(b, db, conversations)
	var n, done atomic.Int64
	var all sync.WaitGroup
	begin := time.Now()
	for range senders {
		all.Go(func() {
			owed := 0.0
			for time.Since(begin) < measured/2 {
				k := n.Add(1)
				conversation := ids[int(k)%len(ids)]
				if err := plainTurn(db, conversation, "participant", k); err != nil {
					b.Error(err)
					return
				}
				done.Add(1)
				for owed += replies; owed >= 1; owed-- {
					if err := plainTurn(db, conversation, "facilitator", n.Add(1)); err != nil {
						b.Error(err)
						return
					}
				}
			}
		})
	}
	all.Wait()
	return float64(done.Load()) / time.Since(begin).Seconds()
}

// plainTurn writes one turn as the store does: the conversation's row, the turn, its place in the search index.
func plainTurn(db *sql.DB, conversation, role string, n int64) error {
	tx, err := db.BeginTx(context.Background(), nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	var seq int64
	err = tx.QueryRow(`UPDATE conversations SET next_seq = next_seq + 1, last_turn_at = ?, turns = turns + 1, words = words + 30,
		owed = 1 WHERE id = ? RETURNING next_seq`, time.Now().UnixMilli(), conversation).Scan(&seq)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO turns (id, conversation_id, seq, role, speaker, content, topic_id, move, made_by,
			model_digest, prompt_version, client_key, start_ms, end_ms, created_at)
		VALUES (?, ?, ?, ?, '', ?, '', '', '', '', '', ?, 0, 0, ?)`,
		fmt.Sprintf("trn_plain%d", n), conversation, 1_000_000+n, role, message(n), fmt.Sprintf("plain%d", n), time.Now().UnixMilli())
	if err != nil {
		return err
	}
	return tx.Commit()
}

// copySchema makes the tables of another database, which stays attached as "other", and a trigger that indexes each
// turn as it is written.
func copySchema(b *testing.B, db *sql.DB, like string) {
	if _, err := db.Exec(`ATTACH ? AS other`, like); err != nil {
		b.Fatal(err)
	}
	rows, err := db.Query(`SELECT sql FROM other.sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'
		AND name NOT LIKE 'turns_fts_%' AND type IN ('table', 'index') AND name NOT LIKE 'goose%'`)
	if err != nil {
		b.Fatal(err)
	}
	var statements []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			b.Fatal(err)
		}
		statements = append(statements, s)
	}
	rows.Close()
	statements = append(statements, `CREATE TRIGGER plain_index AFTER INSERT ON turns BEGIN
		INSERT INTO turns_fts (rowid, content, session) SELECT new.row, new.content, substr(session_id, 5) FROM conversations
			WHERE id = new.conversation_id; END`, `PRAGMA foreign_keys = OFF`)
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			b.Fatalf("%s: %v", strings.SplitN(s, "(", 2)[0], err)
		}
	}
}

func conversationIDs(b *testing.B, db *sql.DB, limit int) (ids []string) {
	rows, err := db.Query(`SELECT id FROM conversations LIMIT ?`, limit)
	if err != nil {
		b.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			b.Fatal(err)
		}
		ids = append(ids, id)
	}
	if len(ids) == 0 {
		b.Fatal("no conversations to compare with")
	}
	return ids
}

// BenchmarkBinary measures the size of the program.
func BenchmarkBinary(b *testing.B) {
	info, err := os.Stat(binary)
	if err != nil {
		b.Fatal(err)
	}
	mb := float64(info.Size()) / (1 << 20)
	b.ReportMetric(mb, "MB")
	note("size of the program, with its web apps", "≤ 30 MB", "%.1f MB", mb)
}
