package bench_test

import (
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"harmonium/appliance/inference/ollamatest"
)

// BenchmarkSynthesis makes the results of 1,000 conversations of 20 turns, first by rules and then by a fake model that
// answers at once, so that what is measured is the program's own work; then one more conversation comes.
func BenchmarkSynthesis(b *testing.B) {
	const people, turns = 1000, 20
	x := newBox(b)
	session := x.session()
	path := "/sessions/" + session
	each(people, 16, func(i int) { x.interview(session, i, turns) })
	begin := time.Now()
	x.settled(path, "rules", people)
	note(fmt.Sprintf("%d conversations of %d turns: results by rules complete after the last one has ended", people, turns), "–",
		"%.1f s", time.Since(begin).Seconds())

	for _, part := range []struct {
		what, target string
		paths        []string
	}{
		{"… first content of the results: session, report and answers counted, one after the other", "≤ 1 s", []string{path, path + "/report", path + "/tallies"}},
		{"… its themes", "–", []string{path + "/themes"}},
		{"… its decisions, actions, tensions, claims and gaps", "–", []string{path + "/knowledge"}},
	} {
		var waits []time.Duration
		used := x.processor()
		for range 20 {
			begin := time.Now()
			for _, page := range part.paths {
				x.call(x.key, "GET", page, nil, nil, http.StatusOK)
			}
			waits = append(waits, time.Since(begin))
		}
		note(part.what, part.target, "p50 %s, slowest of 20 %s; of the processor %s each", millis(percentile(waits, 50)), millis(percentile(waits, 100)),
			millis((x.processor()-used)/20))
	}

	fake := ollamatest.New(b, benchModel)
	fake.Rule(reads)
	x.stop()
	x.args = []string{"--ollama", fake.URL}
	x.start()
	begin, used := time.Now(), x.processor()
	x.call(x.key, "POST", path+"/report", nil, nil, http.StatusAccepted)
	x.settled(path, benchModel, people)
	whole := time.Since(begin)
	b.ReportMetric(whole.Seconds(), "synthesis-s")
	note("… read and written anew by a fake model", "≤ 60 s", "%.1f s, of the processor %.1f s; the model was asked %d times", whole.Seconds(),
		(x.processor() - used).Seconds(), len(fake.Chats()))
	note("… memory of the program at its highest", "≤ 400 MB", "%.0f MB", x.memory(true))

	b.ReportMetric(float64(x.oneMore(session, fake, people, turns).Milliseconds()), "one-more-ms")
}

// BenchmarkOneMore adds a conversation to a session of 500 that a fake model has read.
func BenchmarkOneMore(b *testing.B) {
	const people, turns = 500, 20
	fake := ollamatest.New(b, benchModel)
	fake.Rule(reads)
	x := newBox(b, "--ollama", fake.URL)
	session := x.session()
	each(people, 16, func(i int) {
		x.call(x.key, "POST", "/sessions/"+session+"/conversations", transcript(i, turns), nil, http.StatusCreated)
	})
	x.idle("/sessions/" + session)
	x.settled("/sessions/"+session, benchModel, people)
	b.ReportMetric(float64(x.oneMore(session, fake, people, turns).Milliseconds()), "one-more-ms")
}

// oneMore adds a conversation to a session that a fake model has read, and gives the program's own work.
func (x *box) oneMore(session string, fake *ollamatest.Fake, people, turns int) time.Duration {
	path := "/sessions/" + session
	fake.Forget()
	used := x.processor()
	x.call(x.key, "POST", path+"/conversations", transcript(people, turns), nil, http.StatusCreated)
	x.idle(path)
	own := x.processor() - used
	asked := len(fake.Chats())
	x.settled(path, benchModel, people+1)
	note(fmt.Sprintf("one conversation added to a session of %d: the program's own work", people), "≤ 200 ms of 500",
		"%s of the processor; the model was asked %d times", millis(own), asked)
	return own
}

// interview has somebody join, answer so often and finish.
func (x *box) interview(session string, who, turns int) {
	p := x.join(session)
	for turn := range turns {
		x.call(p.token, "POST", "/conversation/turns", map[string]any{"content": answer(who, turn), "key": fmt.Sprint("k", turn)}, nil,
			http.StatusCreated)
	}
	x.call(p.token, "POST", "/conversation/finish", map[string]any{"keep": true}, nil, http.StatusOK)
}

// transcript is a conversation that was not led on the box.
func transcript(who, turns int) map[string]any {
	var list []map[string]any
	for turn := range turns {
		list = append(list, map[string]any{"speaker": "Ada", "text": answer(who, turn)})
	}
	return map[string]any{"title": "One more", "turns": list}
}

// answer is what somebody says: many say the same, nobody says it with all the same words.
func answer(who, turn int) string {
	n := who*31 + turn*17
	pick := func(of string, step int) string {
		words := strings.Split(of, "|")
		return words[n/step%len(words)]
	}
	return fmt.Sprintf("On the %s the %s is often %s because %s, so %s; that was so %d times since %s.",
		pick("night shift|late shift|early shift|weekend|first day|ward round|third floor", 1),
		pick("rota|drug trolley|handover sheet|lift|printer|phone list|linen store|key cabinet|kitchen|blood sample|bed plan", 3),
		pick("too late|missing|broken|unclear|helpful|well kept|locked|forgotten|better than before", 7),
		pick("nobody feels in charge|two wards share it|the form has changed|we agreed on it|it was never explained|the one who knows is away", 11),
		pick("we ask around|I write it down twice|somebody walks to the office|patients wait|we manage|the next shift starts late", 13),
		2+n%19, pick("March|the summer|the move|Christmas|last year", 5))
}

// settled waits until the report of a session is by maker and has all that so many conversations gave. It looks seldom:
// what it asks for is work too.
func (x *box) settled(path, maker string, conversations int) {
	var r struct {
		MadeBy string `json:"made_by"`
		Stale  bool
		Counts struct{ Conversations int }
		Jobs   struct{ Waiting, Running int }
	}
	for begin := time.Now(); time.Since(begin) < 10*time.Minute; time.Sleep(500 * time.Millisecond) {
		x.call(x.key, "GET", path+"/report", nil, &r, http.StatusOK)
		if r.MadeBy == maker && !r.Stale && r.Counts.Conversations == conversations && r.Jobs.Waiting+r.Jobs.Running == 0 {
			return
		}
	}
	x.b.Fatalf("after ten minutes the report is by %s, stale %v, of %d conversations, jobs %+v", r.MadeBy, r.Stale, r.Counts.Conversations, r.Jobs)
}

// idle waits until none of the newest jobs of a session is to be done any more.
func (x *box) idle(path string) {
	var jobs struct{ Data []struct{ State string } }
	for begin := time.Now(); time.Since(begin) < 10*time.Minute; time.Sleep(100 * time.Millisecond) {
		x.call(x.key, "GET", path+"/jobs", nil, &jobs, http.StatusOK)
		busy := false
		for _, j := range jobs.Data {
			busy = busy || j.State == "queued" || j.State == "running"
		}
		if !busy {
			return
		}
	}
	x.b.Fatal("after ten minutes there is work still")
}

// processor gives the time that the program has used of the processors.
func (x *box) processor() time.Duration {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", x.cmd.Process.Pid))
	if err != nil {
		x.b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	ticks := 0
	for _, field := range strings.Fields(rest)[11:13] { // utime and stime, in hundredths of a second
		n, err := strconv.Atoi(field)
		if err != nil {
			x.b.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

var (
	saidLine  = regexp.MustCompile(`\[T(\d+)\] Person: ⟦([^⟧]*)⟧`)
	pointLine = regexp.MustCompile(`\[(\d+)\] Person \d+: ⟦([^⟧]*)⟧`)
	themeLine = regexp.MustCompile(`\[(\d+)\] ⟦([^⟧]*)⟧`)
)

// reads answers as a model that does what it is told, at once: eight points of each part that it reads, five sentences of
// each part that it writes, three themes, and three of four points in one of them.
func reads(r ollamatest.Request) ollamatest.Script {
	if r.Format == nil {
		return ollamatest.Text("Hello")
	}
	said := saidLine.FindAllStringSubmatch(r.Last(), 8)
	if len(said) > 0 {
		points := []map[string]any{}
		for _, m := range said {
			turn, _ := strconv.Atoi(m[1])
			words := strings.Fields(m[2])
			points = append(points, map[string]any{"claim": "It is told that " + strings.ToLower(strings.Join(words[:min(12, len(words))], " ")) + ".",
				"quote": strings.Join(words[:min(20, len(words))], " "), "turn": turn, "stance": "against"})
		}
		return ollamatest.JSON(map[string]any{"points": points})
	}
	switch asked, points, _ := strings.Cut(r.Last(), "The points:"); {
	case strings.Contains(asked, "You name the themes"):
		return ollamatest.JSON(map[string]any{"themes": []map[string]any{{"title": "The rota", "description": ""},
			{"title": "The printer", "description": ""}, {"title": "The lift", "description": ""}}})
	case strings.Contains(asked, "You put points"):
		places := []map[string]any{}
		for i := range themeLine.FindAllString(points, -1) {
			places = append(places, map[string]any{"point": i + 1, "theme": i % 4})
		}
		return ollamatest.JSON(map[string]any{"places": places})
	}
	sentences := []map[string]any{}
	for _, m := range pointLine.FindAllStringSubmatch(r.Last(), 5) {
		n, _ := strconv.Atoi(m[1])
		sentences = append(sentences, map[string]any{"text": "It was reported: " + strings.TrimRight(m[2], ".") + ".", "claims": []int{n}})
	}
	return ollamatest.JSON(map[string]any{"sentences": sentences})
}
