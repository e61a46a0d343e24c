package bench_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/inference/ollamatest"
	"harmonium/appliance/ollama"
)

var (
	ollamaDir = flag.String("ollama", "", "directory with the Ollama that was built (bin/ollama)")
	modelFile = flag.String("model", "", "model that it reads prompts with")
)

const (
	promptSlots  = 2
	promptPeople = 8
	promptTurns  = 10
	readWhat     = "prompt tokens evaluated for each turn, 8 conversations over 2 slots of Ollama"
)

// BenchmarkPrompts measures how much of its prompts a real Ollama has to read for each turn of the facilitator. Eight
// people are interviewed at the same time by the program, whose gateway decides who is served when; each of its
// requests is read by the real Ollama with two slots, and then answered with words that can be used, which the model of
// random weights does not find. That is done with the prompts as the program makes them, and with the same prompts
// rewritten as one would write them at first: who is asked, the time that is left, what has been covered and the
// instruction stand in the system message, once before the rules and once behind the guide.
//
// What was evaluated is counted from what Ollama's runner notes at the debug level: how many tokens of each prompt it did
// not know. The time that Ollama names, prompt_eval_duration, holds the wait for the other slot's share of a batch too:
// what is derived from it by the speed of cold prompts, read one at a time, is more than was evaluated.
func BenchmarkPrompts(b *testing.B) {
	path := filepath.Join(*ollamaDir, "bin", "ollama")
	if _, err := os.Stat(path); *ollamaDir == "" || err != nil {
		note(readWhat, "3 times less than with the state in the system message", "not measured: there is no Ollama in bin/ollama (make ollama builds it)")
		return
	}
	o := startOllama(b, path)
	var layout func(ollamatest.Request) []ollamatest.Message
	var mu sync.Mutex
	fake := ollamatest.New(b, benchModel)
	fake.Rule(func(r ollamatest.Request) ollamatest.Script {
		if len(r.Messages) == 1 {
			return ollamatest.Text("Hello.") // the gateway tries whether the model answers
		}
		mu.Lock()
		messages := layout(r)
		mu.Unlock()
		return func(s *ollamatest.Stream) {
			if err := o.read(messages); err != nil {
				b.Errorf("the real Ollama: %v", err)
			}
			if r.Format != nil {
				ollamatest.Text(`{"d": 1, "s": "none"}`)(s)
			} else {
				ollamatest.Text("So that is how it went. " + question(r))(s)
			}
		}
	})
	x := newBox(b, "--ollama", fake.URL, "--model-slots", strconv.Itoa(promptSlots))
	speed := o.cold(b)
	var own reading
	for _, l := range []struct {
		name, unit, target string
		layout             func(ollamatest.Request) []ollamatest.Message
	}{
		{"as the program makes them", "ours", "–", func(r ollamatest.Request) []ollamatest.Message { return r.Messages }},
		{"state in the system message, before the rules", "before-ratio", "≥ 3 times ours", func(r ollamatest.Request) []ollamatest.Message { return stateInSystem(r, true) }},
		{"state in the system message, behind the guide", "behind-ratio", "–", func(r ollamatest.Request) []ollamatest.Message { return stateInSystem(r, false) }},
	} {
		mu.Lock()
		layout = l.layout
		mu.Unlock()
		before := o.so(b)
		byRules := x.interviews()
		got := o.so(b).since(before)
		if own.requests == 0 {
			own = got
		}
		turns := float64(promptPeople * promptTurns)
		ratio, byTime := float64(got.evaluated)/float64(own.evaluated), got.took.Seconds()/own.took.Seconds()
		b.ReportMetric(ratio, l.unit)
		note(readWhat+": "+l.name, l.target,
			"%.0f of %.0f tokens for a turn, %.1f times ours (by time %.1f times; prompt_eval_duration at the %.0f tokens/s of a cold prompt: %.0f tokens; %d requests, %d turns by rules)",
			float64(got.evaluated)/turns, float64(got.prompt)/turns, ratio, byTime, speed, got.took.Seconds()*speed/turns, got.requests, byRules)
	}
}

// question is the one that an instruction names last.
func question(r ollamatest.Request) string {
	q, at := "What then?", strings.LastIndex(r.Last(), "⟦")
	if at >= 0 {
		q, _, _ = strings.Cut(r.Last()[at+len("⟦"):], "⟧")
	}
	return q
}

// promptTopics are the titles of the guide's topics.
var promptTopics = []string{"The last night", "The board", "What was lost", "The morning", "The weekend", "What should change"}

// stateInSystem gives a request with the state of the interview and the instruction in the system message, before rules
// and guide or behind them. The state is that of the one conversation: a program that writes it there writes what it
// knows of this person, so that no two people have it in common, and the same person has another one with every turn.
func stateInSystem(r ollamatest.Request, first bool) []ollamatest.Message {
	n := len(r.Messages) - 1
	parts := []string{state(r.Messages[1:n]), r.Messages[n].Content, r.Messages[0].Content}
	if !first {
		parts = append(parts[2:], parts[:2]...)
	}
	system := ollamatest.Message{Role: "system", Content: strings.Join(parts, "\n\n")}
	return append([]ollamatest.Message{system}, r.Messages[1:n]...)
}

var nightOfAPerson = regexp.MustCompile(`on night (\d+),`)

// state says how an interview stands, as a facilitator would want to know it: who is asked, how much time they have
// left, and for each topic how deep they went and what they said about it last.
func state(transcript []ollamatest.Message) string {
	asked, topic, person := 0, 0, 0
	depth, heard := make([]int, len(promptTopics)), make([]string, len(promptTopics))
	for _, m := range transcript {
		if m.Role == "assistant" {
			asked++
			for i, title := range promptTopics {
				if strings.Contains(m.Content, strings.ToLower(title)) || strings.Contains(m.Content, fmt.Sprintf("part %d", i+1)) {
					topic = i
				}
			}
			continue
		}
		if night := nightOfAPerson.FindStringSubmatch(m.Content); night != nil && person == 0 {
			first, _ := strconv.Atoi(night[1])
			person = first/3 + 1 // see told
		}
		depth[topic] = min(3, depth[topic]+1)
		points := strings.Split(m.Content, ", ")
		heard[topic] = points[max(0, len(points)-2)]
	}
	var text strings.Builder
	fmt.Fprintf(&text, "You speak with Participant %d. Minutes left: %d. Questions asked: %d. Covered so far:\n", person, 30-2*asked-person%3, asked)
	for i, title := range promptTopics {
		fmt.Fprintf(&text, "%d. %s: depth %d of 3", i+1, title, depth[i])
		if heard[i] != "" {
			fmt.Fprintf(&text, "; last heard: %q", heard[i])
		}
		text.WriteString("\n")
	}
	return text.String()
}

// interviews has eight people interviewed at the same time and gives how many questions rules have asked.
func (x *box) interviews() (byRules int) {
	topics := make([]map[string]any, len(promptTopics))
	for i, title := range promptTopics {
		topics[i] = map[string]any{
			"id": "", "title": title, "aim": "Which words, papers and screens carry what the next shift has to know, and where they fail.",
			"follow_ups": 2, "minutes": 5, "question": fmt.Sprintf("What comes to your mind about part %d, %s?", i+1, strings.ToLower(title)),
			"probes": []string{fmt.Sprintf("What is an example of %s?", strings.ToLower(title)), fmt.Sprintf("Why was it so in part %d?", i+1)},
		}
	}
	session := x.sessionWith(topics)
	x.awaitModel(session)
	var mu sync.Mutex
	var all sync.WaitGroup
	for i := range promptPeople {
		all.Go(func() {
			t := x.talk(x.join(session))
			x.awaitOpening(t.seat)
			for n := range promptTurns {
				time.Sleep(time.Duration(4500+(i*7+n*3)%11*300) * time.Millisecond) // people take their time, each their own
				status, err := x.try(t.seat.token, "POST", "/conversation/turns", map[string]any{"content": told(i, n), "key": fmt.Sprint("k", n)}, nil)
				if err != nil || status != http.StatusCreated {
					x.b.Errorf("message refused: %d %v", status, err)
					return
				}
				turn, err := t.hear()
				if err != nil {
					x.b.Errorf("answer: %v", err)
					return
				}
				if turn.rules {
					mu.Lock()
					byRules++
					mu.Unlock()
				}
			}
		})
	}
	all.Wait()
	return byRules
}

// told is what a person says in a turn: different for each, from half a line to four.
func told(person, turn int) string {
	wards := []string{"children", "surgery", "eyes", "heart", "intake", "dialysis", "births", "skin"}
	sentences := []string{
		"we wrote the names by hand because the printer had no paper",
		"two labels were read wrongly in the morning and nobody could say who had written them",
		"the list on the board was from the day before",
		"I called the other shift at home, which I do not like to do, and they remembered most of it",
		"the doctor had changed the dose by telephone and it stood on a slip in somebody's pocket",
		"there were five of us in a room for two, and the telephone rang all the time",
		"what was said aloud we knew, and what was only written we did not read",
	}
	text := fmt.Sprintf("With us at %s, on night %d,", wards[person%len(wards)], 3*person+turn)
	for i := range 1 + (person+2*turn)%4 {
		text += " " + sentences[(person*3+turn*5+i)%len(sentences)] + ","
	}
	return text + " and so it went on until noon."
}

// realOllama is a bundled Ollama with a model.
type realOllama struct {
	base, log string
	mu        sync.Mutex
	sum       reading
}

// reading is what Ollama had to read.
type reading struct {
	requests, prompt int
	evaluated        int           // tokens that it did not know from an earlier prompt
	took             time.Duration // Ollama's prompt_eval_duration
}

func (r reading) since(before reading) reading {
	return reading{r.requests - before.requests, r.prompt - before.prompt, r.evaluated - before.evaluated, r.took - before.took}
}

// startOllama starts Ollama as the program does, but with its log kept: there its runner says how much of each prompt
// it knew.
func startOllama(b *testing.B, path string) *realOllama {
	path, err := filepath.Abs(path)
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	o := &realOllama{log: filepath.Join(dir, "log")}
	wrapper := filepath.Join(dir, "ollama")
	script := fmt.Sprintf("#!/bin/sh\nOLLAMA_DEBUG=1 exec '%s' \"$@\" 2>'%s'\n", path, o.log)
	if err := os.WriteFile(wrapper, []byte(script), 0o700); err != nil {
		b.Fatal(err)
	}
	started := make(chan string, 100)
	child := ollama.New(ollama.Options{Path: wrapper, Dir: filepath.Join(dir, "ollama-data"), Slots: promptSlots, Clock: appliance.SystemClock,
		Started: func(base string) { started <- base }})
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { child.Run(ctx) })
	b.Cleanup(func() { cancel(); running.Wait() })
	o.base = <-started
	for begin := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		res, err := http.Get(o.base + "/api/version")
		if err == nil {
			res.Body.Close()
			break
		}
		if time.Since(begin) > time.Minute {
			b.Fatal("Ollama did not answer within a minute")
		}
	}
	ollamatest.Import(b, o.base, benchModel, *modelFile)
	return o
}

func post(address string, body []byte, out any) error {
	res, err := http.Post(address, "application/json", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode >= 300 {
		return fmt.Errorf("status %d", res.StatusCode)
	}
	if out == nil {
		return nil
	}
	return json.NewDecoder(res.Body).Decode(out)
}

// read has a prompt read and one token written.
func (o *realOllama) read(messages []ollamatest.Message) error {
	body, err := json.Marshal(map[string]any{
		"model": benchModel, "messages": messages, "stream": false, "truncate": false, "shift": false,
		"options": map[string]any{"num_ctx": ollamatest.ContextLength, "num_predict": 1},
	})
	if err != nil {
		return err
	}
	var end struct {
		Count    int           `json:"prompt_eval_count"`
		Duration time.Duration `json:"prompt_eval_duration"`
	}
	if err := post(o.base+"/api/chat", body, &end); err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.sum.requests, o.sum.prompt, o.sum.took = o.sum.requests+1, o.sum.prompt+end.Count, o.sum.took+end.Duration
	return nil
}

// cold gives how many tokens a second are read of prompts of which nothing is known.
func (o *realOllama) cold(b *testing.B) float64 {
	var before reading
	for i := range 5 {
		if i == 1 {
			before = o.so(b) // the first loads the model
		}
		text := strings.Repeat(fmt.Sprintf("%d. %s ", i, told(i, i)), 20)
		if err := o.read([]ollamatest.Message{{Role: strconv.Itoa(i) + "user", Content: text}}); err != nil {
			b.Fatal(err)
		}
	}
	got := o.so(b).since(before)
	return float64(got.evaluated) / got.took.Seconds()
}

var loadingSlot = regexp.MustCompile(`msg="loading cache slot".* remaining=(\d+)`)

// so gives what was read so far.
func (o *realOllama) so(b *testing.B) reading {
	log, err := os.ReadFile(o.log)
	if err != nil {
		b.Fatal(err)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	r := o.sum
	for _, found := range loadingSlot.FindAllSubmatch(log, -1) {
		n, err := strconv.Atoi(string(found[1]))
		if err != nil {
			b.Fatal(err)
		}
		r.evaluated += n
	}
	return r
}
