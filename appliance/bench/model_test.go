package bench_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"harmonium/appliance/inference/ollamatest"
)

// fakeProcess is set in the environment of the process that is the fake Ollama.
const fakeProcess = "HARMONIUM_BENCH_FAKE_OLLAMA"

const (
	benchModel = "bench:1b"
	tokenEach  = 50 * time.Millisecond // 20 tokens a second
	stamped    = 18                    // words of a turn that hold the times at which their two tokens were sent
)

// TestFakeOllama is the fake Ollama when it runs as a process of its own, until its standard input ends; otherwise it
// does nothing.
func TestFakeOllama(t *testing.T) {
	if os.Getenv(fakeProcess) == "" {
		return
	}
	fake := ollamatest.New(t, benchModel)
	fake.Rule(func(r ollamatest.Request) ollamatest.Script {
		if r.Format != nil {
			return ollamatest.Text(`{"d":1,"s":"none"}`)
		}
		return sayStamped
	})
	fmt.Printf("\nfake %s\n", fake.URL)
	io.Copy(io.Discard, os.Stdin)
}

// sayStamped answers with words of two tokens, as most vocabularies cut long ones, that hold their times, and then asks
// the question that the instruction names. One token follows the other at the same pace.
func sayStamped(s *ollamatest.Stream) {
	question := "What then?"
	if at := strings.LastIndex(s.Last(), "⟦"); at >= 0 {
		question, _, _ = strings.Cut(s.Last()[at+len("⟦"):], "⟧")
	}
	s.Say("So ")
	s.Say("the ")
	for n := range 2 * stamped {
		if !s.Wait(tokenEach) {
			return
		}
		token := stamp(time.Now())
		if n%2 > 0 {
			token += " "
		}
		s.Say(token)
	}
	for word := range strings.SplitAfterSeq("and of this. "+question, " ") {
		if !s.Wait(tokenEach) {
			return
		}
		s.Say(word)
	}
	s.End("stop")
}

// A stamp is a token of so many letters, the first of which is q; the others count ten microseconds, and begin anew
// after two minutes.
const (
	stampLetters = 6
	stampUnit    = 10 * time.Microsecond
)

func stamp(t time.Time) string {
	token := []byte("qaaaaa")
	for n, i := t.UnixNano()/int64(stampUnit), stampLetters-1; i > 0; i-- {
		token[i] = byte('a' + n%26)
		n /= 26
	}
	return string(token)
}

// since gives how long ago the time of a token was; false for one that holds none.
func since(token string, now time.Time) (time.Duration, bool) {
	if len(token) != stampLetters || token[0] != 'q' {
		return 0, false
	}
	const wraps = 26 * 26 * 26 * 26 * 26
	n := int64(0)
	for _, c := range token[1:] {
		if c < 'a' || c > 'z' {
			return 0, false
		}
		n = n*26 + int64(c-'a')
	}
	return time.Duration((now.UnixNano()/int64(stampUnit)%wraps+wraps-n)%wraps) * stampUnit, true
}

// startFake starts the fake Ollama in a process of its own and gives its address and its process.
func startFake(b *testing.B) (url string, pid int) {
	cmd := exec.Command(os.Args[0], "-test.run", "^TestFakeOllama$", "-test.timeout", "30m")
	cmd.Env = append(os.Environ(), fakeProcess+"=1")
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { in.Close(); cmd.Wait() })
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if url, ok := strings.CutPrefix(lines.Text(), "fake "); ok {
			go io.Copy(io.Discard, out)
			return url, cmd.Process.Pid
		}
	}
	b.Fatal("the fake Ollama did not start")
	return "", 0
}

// BenchmarkStreaming measures how long a token takes from the fake Ollama to the socket of the participant, while many
// conversations stream 20 tokens a second each.
func BenchmarkStreaming(b *testing.B) {
	for _, c := range []struct {
		people, turns int
		target        time.Duration
	}{{1, 8, 3 * time.Millisecond}, {100, 4, 5 * time.Millisecond}, {500, 4, 15 * time.Millisecond}} {
		b.Run(fmt.Sprintf("conversations=%d", c.people), func(b *testing.B) {
			url, fake := startFake(b)
			x := newBox(b, "--ollama", url, "--model-slots", fmt.Sprint(2*c.people))
			session := x.session()
			x.awaitModel(session)
			talks := make([]*talk, c.people)
			each(c.people, 16, func(i int) {
				talks[i] = x.talk(x.join(session))
				x.awaitOpening(talks[i].seat)
			})
			pids := []int{x.cmd.Process.Pid, fake, os.Getpid()}
			before := processors(b, pids)
			var mu sync.Mutex
			var delays []time.Duration
			tokens, byRules := 0, 0
			var all sync.WaitGroup
			for i, t := range talks {
				all.Go(func() {
					time.Sleep(time.Duration(i) * 2 * time.Second / time.Duration(c.people))
					for range c.turns {
						if _, status, err := x.say(t.seat); err != nil || status != http.StatusCreated {
							b.Errorf("message refused: %d %v", status, err)
							return
						}
						turn, err := t.hear()
						if err != nil {
							b.Errorf("answer: %v", err)
							return
						}
						mu.Lock()
						delays = append(delays, turn.delays...)
						tokens += turn.tokens
						if turn.rules {
							byRules++
						}
						mu.Unlock()
					}
				})
			}
			all.Wait()
			peak := x.memory(true)
			used := processors(b, pids)
			for i := range used {
				used[i] = (used[i] - before[i]) / time.Duration(max(1, tokens))
			}
			if n := c.people * c.turns; byRules*10 > n {
				b.Fatalf("%d of %d answers were made by rules", byRules, n)
			}
			p50, p99 := percentile(delays, 50), percentile(delays, 99)
			b.ReportMetric(float64(p99.Microseconds())/1000, "delay-p99-ms")
			b.ReportMetric(float64(used[0].Microseconds()), "cpu-µs/token")
			b.ReportMetric(float64(used[1].Microseconds()), "fake-µs/token")
			b.ReportMetric(float64(used[2].Microseconds()), "load-µs/token")
			note(fmt.Sprintf("a token of the model at the participant's socket, %d conversations at 20 tokens/s", c.people),
				"p99 ≤ "+millis(c.target), "p50 %s, p99 %s (%d tokens; processor time for each: program %d µs, with all that a turn "+
					"needs, fake %d µs, load %d µs; %d answers by rules)",
				millis(p50), millis(p99), tokens, used[0].Microseconds(), used[1].Microseconds(), used[2].Microseconds(), byRules)
			if c.people == 500 {
				note("… memory of the program at its highest", "≤ 300 MB", "%.0f MB", peak)
			}
		})
	}
}

// awaitModel waits until conversations of a session are led by a model.
func (x *box) awaitModel(session string) {
	var w struct{ Guided bool }
	for begin := time.Now(); time.Since(begin) < 30*time.Second; time.Sleep(20 * time.Millisecond) {
		x.call("", "GET", "/join/"+session, nil, &w, http.StatusOK)
		if !w.Guided {
			return
		}
	}
	x.b.Fatal("the model was not taken into use within 30 s")
}

// processors gives the processor time that processes have used so far.
func processors(b *testing.B, pids []int) []time.Duration {
	used := make([]time.Duration, len(pids))
	for i, pid := range pids {
		data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			b.Fatal(err)
		}
		_, rest, _ := strings.Cut(string(data), ") ")
		for _, field := range strings.Fields(rest)[11:13] { // user and system, see proc(5); a tick is 10 ms
			n, err := strconv.Atoi(field)
			if err != nil {
				b.Fatal(err)
			}
			used[i] += time.Duration(n) * 10 * time.Millisecond
		}
	}
	return used
}

// awaitOpening waits until a participant was greeted.
func (x *box) awaitOpening(p *seat) {
	own := struct{ Owed bool }{true}
	for begin := time.Now(); own.Owed && time.Since(begin) < 30*time.Second; time.Sleep(20 * time.Millisecond) {
		x.call(p.token, "GET", "/conversation", nil, &own, http.StatusOK)
	}
}

// heard is a turn of the facilitator as it came.
type heard struct {
	delays []time.Duration // of each token that holds its time
	tokens int
	rules  bool
}

// hear reads until the facilitator's turn is there whole.
func (t *talk) hear() (h heard, err error) {
	t.socket.SetReadDeadline(time.Now().Add(60 * time.Second))
	for {
		_, data, err := t.socket.ReadMessage()
		if err != nil {
			return h, err
		}
		// A piece is cut out by hand: reading it as JSON would cost the machine more than the program's part.
		if bytes.Contains(data, []byte(`"type":"turn.delta"`)) {
			now := time.Now()
			_, text, _ := strings.Cut(string(data), `"text":"`)
			for word := range strings.FieldsSeq(strings.TrimRight(text, `"}`)) {
				for ; len(word) >= stampLetters; word = word[stampLetters:] {
					if d, ok := since(word[:stampLetters], now); ok {
						h.delays = append(h.delays, d)
					}
				}
			}
			continue
		}
		var e struct {
			Type string
			Turn struct {
				Role, Move, Content string
				MadeBy              string `json:"made_by"`
			}
		}
		if err := json.Unmarshal(data, &e); err != nil {
			return h, err
		}
		if e.Type == "turn.created" && e.Turn.Role == "facilitator" && e.Turn.Move != "open" {
			h.rules = e.Turn.MadeBy == "rules"
			if words := len(strings.Fields(e.Turn.Content)); !h.rules {
				h.tokens = words + len(h.delays)/2
			}
			return h, nil
		}
	}
}
