package companion_test

import (
	"database/sql"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"harmonium/appliance"
	"harmonium/appliance/companion"
	"harmonium/appliance/store"
)

// What a large box holds: 50 sessions of 1,000 conversations of 20 turns, 25 words each. Ten sessions ran at a time.
const (
	manySessions      = 50
	atATime           = 10
	manyConversations = 1000
	manyTurns         = 20
	turnWords         = 25
	vocabulary        = 30_000
)

// BenchmarkLargeBox measures how long search and the retrieval for a question take on a box of 1,000,000 turns, with words of
// every rarity: those that are in most turns, and those that are in a few. The guest sees one old session of the fifty.
func BenchmarkLargeBox(b *testing.B) {
	dir := b.TempDir()
	open := func() *desk {
		s, err := store.Open(b.Context(), store.Options{Dir: dir, Clock: appliance.SystemClock, BallastBytes: -1})
		if err != nil {
			b.Fatal(err)
		}
		return &desk{Store: s, t: b, companion: companion.New(companion.Options{Store: s})}
	}
	d := open()
	owner, guest := d.account("owner@example.org", appliance.RoleOwner), d.account("guest@example.org", appliance.RoleViewer)
	var sessions []appliance.SessionID
	for range manySessions {
		sessions = append(sessions, d.open(owner, ""))
	}
	model := d.says(sessions[0], "en", "one turn")
	if err := d.Close(); err != nil {
		b.Fatal(err)
	}
	box := openBox(b, filepath.Join(dir, store.DatabaseFile))
	box.fill(model, sessions)
	old := sessions[7]
	box.must(`INSERT INTO session_members (session_id, account_id, role) VALUES (?, ?, 'viewer')`, string(old), string(guest))
	box.close()
	d = open()
	defer d.Close()

	fmt.Printf("| 1,000,000 turns in 50,000 conversations | median, 99th percentile | … of the processor |\n|---|---|---|\n")
	for range b.N {
		measure(b, "search in everything", d.searches(owner, ""))
		measure(b, "search in an old session", d.searches(owner, old))
		measure(b, "search by who sees that session only", d.searches(guest, ""))
		measure(b, "passages for a question, in that session of 1,000 conversations", d.asks(owner, old))
		measure(b, "passages for a question, in everything", d.asks(owner, ""))
	}
}

func (d *desk) searches(who appliance.AccountID, in appliance.SessionID) func(words []string) error {
	return func(words []string) error {
		_, err := d.Search(d.t.Context(), store.SearchQuery{Account: who, Session: in, Text: strings.Join(words, " "), Page: store.Page{Limit: 20}})
		return err
	}
}

func (d *desk) asks(who appliance.AccountID, in appliance.SessionID) func(words []string) error {
	return func(words []string) error {
		_, _, err := d.companion.Evidence(d.t.Context(), companion.Query{Caller: who, Scope: companion.Scope{Session: in}, Words: 2000,
			Question: "What do people say about " + strings.Join(words, " and ") + "?"})
		return err
	}
}

// measure prints how long something takes with one to three words.
func measure(b *testing.B, what string, do func(words []string) error) {
	random := rand.New(rand.NewPCG(1, 2))
	var times, used []time.Duration
	for i := range 300 {
		words := make([]string, 1+i%3)
		for k := range words {
			words[k] = mixedWord(random, i/3+k)
		}
		began, before := time.Now(), processorTime(b)
		if err := do(words); err != nil {
			b.Fatal(err)
		}
		times, used = append(times, time.Since(began)), append(used, processorTime(b)-before)
	}
	at := func(times []time.Duration) string {
		slices.Sort(times)
		part := func(p int) float64 { return float64(times[(len(times)-1)*p/100].Microseconds()) / 1000 }
		return fmt.Sprintf("%.1f ms, %.1f ms", part(50), part(99))
	}
	fmt.Printf("| %s | %s | %s |\n", what, at(times), at(used))
}

// processorTime is what this process has used of the processors: the figure that a busy machine changes least.
func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// mixedWord gives a word that is common, not rare, or rare, in turn.
func mixedWord(r *rand.Rand, i int) string {
	bounds := [][2]int{{0, 20}, {20, 1000}, {1000, vocabulary}}[i%3]
	return wordOf(bounds[0] + r.IntN(bounds[1]-bounds[0]))
}

// wordOf gives the word of a rank: letters that no language has as a small word.
func wordOf(rank int) string {
	const consonants, vowels = "bdfgklmnprstvz", "aiou"
	var b strings.Builder
	for n := rank + 400; n > 0; n /= len(consonants) * len(vowels) {
		k := n % (len(consonants) * len(vowels))
		b.WriteByte(consonants[k%len(consonants)])
		b.WriteByte(vowels[k/len(consonants)])
	}
	return b.String() + "k"
}

// largeBox is the database of a box, written past the store, which would take an hour for it.
type largeBox struct {
	b  *testing.B
	db *sql.DB
	tx *sql.Tx
}

func openBox(b *testing.B, path string) *largeBox {
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(WAL)&_pragma=synchronous(OFF)")
	if err != nil {
		b.Fatal(err)
	}
	tx, err := db.Begin()
	if err != nil {
		b.Fatal(err)
	}
	return &largeBox{b, db, tx}
}

func (x *largeBox) close() {
	if err := x.tx.Commit(); err != nil {
		x.b.Fatal(err)
	}
	x.db.Close()
}

func (x *largeBox) must(query string, args ...any) {
	if _, err := x.tx.Exec(query, args...); err != nil {
		x.b.Fatal(err)
	}
}

// fill writes conversations like a model one, whose words come as often as Zipf says.
func (x *largeBox) fill(model appliance.ConversationID, sessions []appliance.SessionID) {
	turn, err := x.tx.Prepare(x.copying("turns", "id, conversation_id, seq, content"))
	if err != nil {
		x.b.Fatal(err)
	}
	conversation := x.copying("conversations", "id, session_id, participant_id, next_seq")
	participant := x.copying("participants", "id, session_id, number")
	r := rand.New(rand.NewPCG(3, 4))
	words := make([]string, turnWords)
	for i := range manySessions * manyConversations {
		s := i/(atATime*manyConversations)*atATime + i%atATime
		id, person := fmt.Sprintf("cnv_%d", i), fmt.Sprintf("prt_%d", i)
		x.must(participant, person, string(sessions[s]), i+1000)
		x.must(conversation, id, string(sessions[s]), person, manyTurns)
		for n := range manyTurns {
			for k := range words {
				words[k] = wordOf(int(math.Exp(r.Float64()*math.Log(vocabulary))) - 1)
			}
			if _, err := turn.Exec(fmt.Sprint(id, "_", n), id, n, strings.Join(words, " ")); err != nil {
				x.b.Fatal(err)
			}
		}
	}
	x.must(`DELETE FROM conversations WHERE id = ?`, string(model))
	x.must(`INSERT INTO turns_fts (turns_fts) VALUES ('rebuild')`)
}

// copying is the statement that adds a row like the first one of a table, with other values in some columns.
func (x *largeBox) copying(table, changed string) string {
	rows, err := x.tx.Query(`SELECT name FROM pragma_table_info(?)`, table)
	if err != nil {
		x.b.Fatal(err)
	}
	defer rows.Close()
	names := strings.Split(changed, ", ")
	values := strings.Split(strings.TrimSuffix(strings.Repeat("?,", len(names)), ","), ",")
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			x.b.Fatal(err)
		}
		if name != "row" && !slices.Contains(names, name) {
			names, values = append(names, name), append(values, name)
		}
	}
	return fmt.Sprintf(`INSERT INTO %s (%s) SELECT %s FROM %s LIMIT 1`, table, strings.Join(names, ", "), strings.Join(values, ", "), table)
}
