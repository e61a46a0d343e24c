package bench_test

import (
	"bufio"
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
	stamped    = 18                    // words of a turn that hold the time at which they were sent
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

// sayStamped answers with words that hold their times, and then asks the question that the instruction names.
func sayStamped(s *ollamatest.Stream) {
	question := "What then?"
	if at := strings.LastIndex(s.Last(), "⟦"); at >= 0 {
		question, _, _ = strings.Cut(s.Last()[at+len("⟦"):], "⟧")
	}
	s.Say("So the ")
	for range stamped {
		if !s.Wait(tokenEach) {
			return
		}
		s.Say(stamp(time.Now()) + " ")
	}
	for word := range strings.SplitAfterSeq("and of this. "+question, " ") {
		s.Say(word)
	}
	s.End("stop")
}

// stamp writes a time as a word of eight letters, the first of which is q; 26^7 µs are more than two hours.
func stamp(t time.Time) string {
	word := []byte("qaaaaaaa")
	for n, i := t.UnixMicro(), len(word)-1; i > 0; i-- {
		word[i] = byte('a' + n%26)
		n /= 26
	}
	return string(word)
}

// since gives how long ago the time of a word was; false for a word that holds none.
func since(word string, now time.Time) (time.Duration, bool) {
	if len(word) != 8 || word[0] != 'q' {
		return 0, false
	}
	const wraps = 26 * 26 * 26 * 26 * 26 * 26 * 26
	n := int64(0)
	for _, c := range word[1:] {
		if c < 'a' || c > 'z' {
			return 0, false
		}
		n = n*26 + int64(c-'a')
	}
	return time.Duration((now.UnixMicro()-n)%wraps) * time.Microsecond, true
}

// startFake starts the fake Ollama in a process of its own and gives its address.
func startFake(b *testing.B) string {
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
			return url
		}
	}
	b.Fatal("the fake Ollama did not start")
	return ""
}

// BenchmarkStreaming measures how long a token takes from the fake Ollama to the socket of the participant, while many
// conversations stream 20 tokens a second each.
func BenchmarkStreaming(b *testing.B) {
	for _, c := range []struct {
		people, turns int
		target        time.Duration
	}{{1, 8, 3 * time.Millisecond}, {100, 5, 5 * time.Millisecond}, {500, 4, 15 * time.Millisecond}} {
		b.Run(fmt.Sprintf("conversations=%d", c.people), func(b *testing.B) {
			x := newBox(b, "--ollama", startFake(b), "--model-slots", fmt.Sprint(2*c.people))
			session := x.session()
			x.awaitModel(session)
			talks := make([]*talk, c.people)
			each(c.people, 16, func(i int) {
				talks[i] = x.talk(x.join(session))
				x.awaitOpening(talks[i].seat)
			})
			before := x.processor()
			var mu sync.Mutex
			var delays []time.Duration
			byRules := 0
			var all sync.WaitGroup
			for i, t := range talks {
				all.Go(func() {
					time.Sleep(time.Duration(i) * 2 * time.Second / time.Duration(c.people))
					for range c.turns {
						if _, status, err := x.say(t.seat); err != nil || status != http.StatusCreated {
							b.Errorf("message refused: %d %v", status, err)
							return
						}
						own, rules, err := t.hear()
						if err != nil {
							b.Errorf("answer: %v", err)
							return
						}
						mu.Lock()
						delays = append(delays, own...)
						if rules {
							byRules++
						}
						mu.Unlock()
					}
				})
			}
			all.Wait()
			peak, each := x.memory(true), (x.processor()-before)/time.Duration(max(1, len(delays)))
			if n := c.people * c.turns; byRules*10 > n {
				b.Fatalf("%d of %d answers were made by rules", byRules, n)
			}
			p50, p99 := percentile(delays, 50), percentile(delays, 99)
			b.ReportMetric(float64(p99.Microseconds())/1000, "delay-p99-ms")
			b.ReportMetric(float64(each.Microseconds()), "cpu-µs/token")
			note(fmt.Sprintf("a token of the model at the participant's socket, %d conversations at 20 tokens/s", c.people),
				"p99 ≤ "+millis(c.target), "p50 %s, p99 %s (%d tokens, %d µs of processor time of the program for each; %d answers by rules)",
				millis(p50), millis(p99), len(delays), each.Microseconds(), byRules)
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

// processor gives the processor time that the program has used so far.
func (x *box) processor() time.Duration {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", x.cmd.Process.Pid))
	if err != nil {
		x.b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(data), ") ")
	var ticks time.Duration
	for _, field := range strings.Fields(rest)[11:13] { // user and system, see proc(5); a tick is 10 ms
		n, err := strconv.Atoi(field)
		if err != nil {
			x.b.Fatal(err)
		}
		ticks += time.Duration(n)
	}
	return ticks * 10 * time.Millisecond
}

// awaitOpening waits until a participant was greeted.
func (x *box) awaitOpening(p *seat) {
	own := struct{ Owed bool }{true}
	for begin := time.Now(); own.Owed && time.Since(begin) < 30*time.Second; time.Sleep(20 * time.Millisecond) {
		x.call(p.token, "GET", "/conversation", nil, &own, http.StatusOK)
	}
}

// hear reads until the facilitator's turn is there whole and gives how long each of its words took.
func (t *talk) hear() (delays []time.Duration, rules bool, err error) {
	t.socket.SetReadDeadline(time.Now().Add(60 * time.Second))
	for {
		var e struct {
			Type, Text string
			Turn       struct {
				Role   string
				MadeBy string `json:"made_by"`
				Move   string
			}
		}
		if err := t.socket.ReadJSON(&e); err != nil {
			return nil, false, err
		}
		now := time.Now()
		for _, word := range strings.Fields(e.Text) {
			if d, ok := since(word, now); ok {
				delays = append(delays, d)
			}
		}
		if e.Type == "turn.created" && e.Turn.Role == "facilitator" && e.Turn.Move != "open" {
			return delays, e.Turn.MadeBy == "rules", nil
		}
	}
}
