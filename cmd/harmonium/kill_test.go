package main_test

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	_ "modernc.org/sqlite"
)

var kills = flag.Int("kills", 50, "how often TestNothingAcknowledgedIsLostWhenTheServerIsKilled kills the server")

// people is how many participants talk while the server is killed.
const people = 20

// said is one message of a participant and what became of it.
type said struct {
	Content string
	Seq     int // as it was acknowledged
}

// person is a participant who goes on talking whatever happens to the server.
type person struct {
	name         string
	conversation string
	token        string
	acknowledged []said
}

// room is a session in which people talk.
type room struct {
	t       *testing.T
	base    string // of the interface
	key     string
	session string
	acks    atomic.Int64
	over    atomic.Bool
}

// SIGKILL at any moment loses no turn that was acknowledged, doubles none and tears none (promise P3), and every
// answer that was owed is given after the next start.
func TestNothingAcknowledgedIsLostWhenTheServerIsKilled(t *testing.T) {
	dir, address := t.TempDir(), freeAddress(t)
	settings := []string{"--listen", address, "--rate-limit", "0", "--guided-pace", "0s", "--bcrypt-cost", "4"}
	s := serve(t, dir, settings...)
	if got := do(t, "a long password\n", "user", "add", "--email", "a@example.org", "--name", "A", "--role", "owner", "--password-stdin", "--data", dir); got.code != 0 {
		t.Fatal(got)
	}
	key := do(t, "", "key", "create", "--email", "a@example.org", "--name", "k", "--data", dir)
	r := &room{t: t, base: "http://" + address + "/api/v1", key: strings.TrimSpace(key.out)}
	var session struct{ ID string }
	if status := r.call(r.key, "POST", "/sessions", map[string]any{"topic": "Handover between shifts", "goal": "What gets lost",
		"critical": "What is forgotten\nWho is asked\nWhat would help"}, &session); status != http.StatusCreated {
		t.Fatalf("the session was answered with %d", status)
	}
	r.session = session.ID

	var all sync.WaitGroup
	everybody := make([][]*person, people)
	for i := range everybody {
		all.Go(func() { everybody[i] = r.talk(i) })
	}
	for range *kills {
		r.waitForMore(1 + rand.Int64N(60))
		s.Process.Kill()
		s.end(t)
		s = serve(t, dir, settings...)
	}
	r.over.Store(true)
	all.Wait()

	persons := slices.Concat(everybody...)
	r.waitUntilAnswered(len(persons))
	total := 0
	for _, p := range persons {
		total += len(p.acknowledged)
		if wrong := verify(p.acknowledged, r.turns(p.conversation)); wrong != "" {
			t.Errorf("%s: %s", p.name, wrong)
		}
	}
	t.Logf("%d kills, %d conversations, %d acknowledged turns", *kills, len(persons), total)
	s.Process.Signal(syscall.SIGTERM)
	if code := s.end(t); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if got := do(t, "", "doctor", "--data", dir); got.code != 0 || !strings.Contains(got.out, "The database is sound.") {
		t.Errorf("doctor: %+v", got)
	}
	checkWhole(t, filepath.Join(dir, "harmonium.db"))
}

// checkWhole goes through every page, index, foreign key and word of the search index of a database that nobody uses.
func checkWhole(t *testing.T, file string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var answer string
	if err := db.QueryRow(`PRAGMA integrity_check`).Scan(&answer); err != nil || answer != "ok" {
		t.Errorf("integrity_check: %q, %v", answer, err)
	}
	var orphans int
	if err := db.QueryRow(`SELECT count(*) FROM pragma_foreign_key_check`).Scan(&orphans); err != nil || orphans != 0 {
		t.Errorf("%d rows refer to what is not there, %v", orphans, err)
	}
	if _, err := db.Exec(`INSERT INTO turns_fts (turns_fts, rank) VALUES ('integrity-check', 1)`); err != nil {
		t.Errorf("the search index does not fit the turns: %v", err)
	}
}

// The control: the comparison finds each of the faults that it is there for.
func TestLostDoubledAndTornTurnsAreFound(t *testing.T) {
	turn := func(seq int, role, content string) storedTurn { return storedTurn{seq, role, content} }
	acknowledged := []said{{"a", 1}, {"b", 3}}
	whole := []storedTurn{turn(0, "facilitator", "?"), turn(1, "participant", "a"), turn(2, "facilitator", "?"), turn(3, "participant", "b"), turn(4, "facilitator", "?")}
	if wrong := verify(acknowledged, whole); wrong != "" {
		t.Errorf("nothing is wrong, but: %s", wrong)
	}
	for name, harm := range map[string]func([]storedTurn) []storedTurn{
		"lost": func(l []storedTurn) []storedTurn { return l[:3] },
		"doubled": func(l []storedTurn) []storedTurn {
			return append(l, turn(5, "participant", "b"), turn(6, "facilitator", "?"))
		},
		"torn": func(l []storedTurn) []storedTurn { l[1].Content = ""; return l },
		"out of order": func(l []storedTurn) []storedTurn {
			l[1], l[3] = turn(1, "participant", "b"), turn(3, "participant", "a")
			return l
		},
		"a gap":          func(l []storedTurn) []storedTurn { return slices.Delete(l, 2, 3) },
		"never answered": func(l []storedTurn) []storedTurn { return l[:4] },
		"answered twice": func(l []storedTurn) []storedTurn { return append(l, turn(5, "facilitator", "?")) },
		"never opened":   func([]storedTurn) []storedTurn { return nil },
	} {
		if verify(acknowledged, harm(slices.Clone(whole))) == "" {
			t.Errorf("%s: not found", name)
		}
	}
}

// storedTurn is a turn as the host reads it.
type storedTurn struct {
	Seq     int
	Role    string
	Content string
}

// verify says what is wrong with the stored turns of a conversation, given what was acknowledged to its participant;
// "" for nothing.
func verify(acknowledged []said, turns []storedTurn) string {
	var kept []said
	for i, turn := range turns {
		if turn.Seq != i {
			return fmt.Sprintf("turn %d has number %d", i, turn.Seq)
		}
		if turn.Role == "participant" {
			kept = append(kept, said{turn.Content, turn.Seq})
		} else if i > 0 && turns[i-1].Role == turn.Role {
			return fmt.Sprintf("turn %d answers what was answered before", i)
		}
	}
	if diff := cmp.Diff(acknowledged, kept); diff != "" {
		return "what was acknowledged and what is kept differ (-acknowledged +kept):\n" + diff
	}
	if n := len(turns); n == 0 || turns[n-1].Role != "facilitator" {
		return "an answer is owed"
	}
	return ""
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// try sends one request; status 0 means that it was not answered.
func (r *room) try(token, method, path string, in, out any) int {
	body, err := json.Marshal(in)
	if err != nil {
		panic(err)
	}
	req, err := http.NewRequest(method, r.base+path, bytes.NewReader(body))
	if err != nil {
		panic(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if key, ok := in.(joining); ok {
		req.Header.Set("Idempotency-Key", key.key)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return 0
	}
	if out != nil && res.StatusCode < 300 && json.Unmarshal(text, out) != nil {
		return 0
	}
	return res.StatusCode
}

// call is try, again and again until the server that is being started again answers.
func (r *room) call(token, method, path string, in, out any) int {
	end := time.Now().Add(30 * time.Second)
	for {
		if status := r.try(token, method, path, in, out); status != 0 && status != http.StatusServiceUnavailable {
			return status
		}
		if time.Now().After(end) {
			r.t.Errorf("%s %s was not answered for 30 s", method, path)
			return 0
		}
		<-time.After(2 * time.Millisecond)
	}
}

// joining is the body of a join, and the key that makes repeating it harmless.
type joining struct {
	Language string         `json:"language"`
	Consent  bool           `json:"consent"`
	Answers  map[string]any `json:"answers"`
	key      string
}

// talk is one person after the other on the same phone, each through a whole interview, until the test is over.
func (r *room) talk(phone int) (persons []*person) {
	for n := 0; !r.over.Load(); n++ {
		p := &person{name: fmt.Sprintf("person %d on phone %d", n, phone)}
		var joined struct {
			Token          string
			ConversationID string `json:"conversation_id"`
		}
		in := joining{Language: "en", Consent: true, Answers: map[string]any{}, key: fmt.Sprintf("join-%d-%d", phone, n)}
		if status := r.call("", "POST", "/join/"+r.session, in, &joined); status != http.StatusCreated {
			r.t.Errorf("%s: the join was answered with %d", p.name, status)
			return persons
		}
		p.token, p.conversation = joined.Token, joined.ConversationID
		persons = append(persons, p)
		r.interview(p)
	}
	return persons
}

// interview sends messages until the conversation is finished or the test is over. Each is sent until it is
// acknowledged, with the same key.
func (r *room) interview(p *person) {
	for n := 0; !r.over.Load(); n++ {
		content := fmt.Sprintf("%s says number %d, because in the night of the 4th nobody told us about the pump", p.name, n)
		var turn struct{ Seq int }
		status := r.call(p.token, "POST", "/conversation/turns", map[string]any{"content": content, "key": fmt.Sprintf("key-%d", n)}, &turn)
		switch status {
		case http.StatusCreated, http.StatusOK:
			p.acknowledged = append(p.acknowledged, said{content, turn.Seq})
			r.acks.Add(1)
		case http.StatusConflict:
			return // the guide has been gone through
		case http.StatusTooManyRequests:
			<-time.After(50 * time.Millisecond)
			n--
		default:
			r.t.Errorf("%s: a message was answered with %d", p.name, status)
			return
		}
	}
}

// waitForMore waits until n more messages were acknowledged.
func (r *room) waitForMore(n int64) {
	end, want := time.Now().Add(30*time.Second), r.acks.Load()+n
	for r.acks.Load() < want {
		if time.Now().After(end) {
			r.t.Fatal("no message was acknowledged for 30 s")
		}
		<-time.After(time.Millisecond)
	}
}

// waitUntilAnswered waits until the facilitator owes nobody an answer.
func (r *room) waitUntilAnswered(conversations int) {
	end := time.Now().Add(60 * time.Second)
	for offset := 0; offset < conversations; {
		var list struct {
			Data []struct{ Waiting string }
		}
		if status := r.call(r.key, "GET", fmt.Sprintf("/sessions/%s/conversations?limit=100&offset=%d", r.session, offset), nil, &list); status != http.StatusOK {
			r.t.Fatalf("the conversations were answered with %d", status)
		}
		owed := slices.ContainsFunc(list.Data, func(c struct{ Waiting string }) bool { return c.Waiting == "facilitator" })
		switch {
		case !owed:
			offset += 100
		case time.Now().After(end):
			r.t.Fatal("answers are owed a minute after the last start")
		default:
			<-time.After(20 * time.Millisecond)
		}
	}
}

// turns gives the stored turns of a conversation.
func (r *room) turns(conversation string) []storedTurn {
	var c struct {
		Turns []storedTurn `json:"turns_list"`
	}
	if status := r.call(r.key, "GET", "/conversations/"+conversation, nil, &c); status != http.StatusOK {
		r.t.Fatalf("a conversation was answered with %d", status)
	}
	return c.Turns
}
