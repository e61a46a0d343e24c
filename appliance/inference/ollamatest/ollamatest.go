// Package ollamatest is a fake of Ollama's HTTP interface for tests: it holds models that are only names, and answers
// as its script says, also in all the ways in which a real one goes wrong.
package ollamatest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"harmonium/appliance"
)

// Request is a chat that the fake was asked for, as it came.
type Request struct {
	Model    string    `json:"model"`
	Messages []Message `json:"messages"`
	Format   any       `json:"format"`
	Truncate *bool     `json:"truncate"`
	Shift    *bool     `json:"shift"`
	Think    any       `json:"think"`
	Sounds   [][]byte  `json:"-"` // sent beside the words: WAV files
	Options  struct {
		NumCtx      int     `json:"num_ctx"`
		NumPredict  int     `json:"num_predict"`
		Temperature float64 `json:"temperature"`
	} `json:"options"`
}

// soundsOf gives what was sent beside the words of a request, in the field that Ollama has for pictures and sound.
func soundsOf(body []byte) (list [][]byte) {
	var asked struct {
		Messages []struct {
			Images [][]byte `json:"images"`
		} `json:"messages"`
	}
	json.Unmarshal(body, &asked)
	for _, m := range asked.Messages {
		list = append(list, m.Images...)
	}
	return list
}

// Message is one message of a request.
type Message struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

// Tokens is how the fake counts a prompt: a token for every four bytes.
func (r Request) Tokens() int {
	n := 0
	for _, m := range r.Messages {
		n += len(m.Content)/4 + 4
	}
	return n
}

// Last is the content of the last message.
func (r Request) Last() string {
	if len(r.Messages) == 0 {
		return ""
	}
	return r.Messages[len(r.Messages)-1].Content
}

// Fake is one fake Ollama.
type Fake struct {
	// URL is its address. It stays the same when the fake is stopped and started again.
	URL string

	tb      testing.TB
	address string

	mu     sync.Mutex
	models []model
	embeds func(text string) []float32
	script []Script
	rule   func(Request) Script
	chats  []Request
	server *http.Server
	halt   chan struct{} // closed when the fake stops: what hangs is let go
	frozen chan struct{} // while the fake is frozen; closed when it thaws
	ignore int           // so many requests that come next have no answer
	looks  int           // requests for its version
	busy   int
	most   int
}

type model struct {
	Name        string `json:"name"`
	Model       string `json:"model"`
	Digest      string `json:"digest"`
	Size        int64  `json:"size"`
	RemoteHost  string `json:"remote_host,omitempty"`
	RemoteModel string `json:"remote_model,omitempty"`
	hears       bool
}

// New starts a fake that holds the named models and answers "Thank you. What happened then?" to everything. It is
// stopped at the end of the test.
func New(tb testing.TB, models ...string) *Fake {
	tb.Helper()
	f := &Fake{tb: tb, rule: func(r Request) Script {
		if r.Format != nil {
			return Text("{}")
		}
		return Text("Thank you. What happened then?")
	}}
	for _, name := range models {
		f.AddModel(name)
	}
	f.Start()
	tb.Cleanup(f.Stop)
	return f
}

// AddModel adds a model that is computed here.
func (f *Fake) AddModel(name string) { f.add(model{Name: name}) }

// AddHearingModel adds one that takes sound as well.
func (f *Fake) AddHearingModel(name string) { f.add(model{Name: name, hears: true}) }

// AddRemoteModel adds a model that is computed elsewhere.
func (f *Fake) AddRemoteModel(name string) {
	f.add(model{Name: name, RemoteHost: "https://elsewhere.invalid:443", RemoteModel: name})
}

func (f *Fake) add(m model) {
	f.mu.Lock()
	defer f.mu.Unlock()
	sum := sha256.Sum256([]byte(m.Name))
	m.Model, m.Digest, m.Size = m.Name, hex.EncodeToString(sum[:]), 1<<20
	f.models = append(f.models, m)
}

// RemoveModels takes all models away.
func (f *Fake) RemoveModels() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.models = nil
}

// Script gives the answers to the next chats, one each. After them the rule answers.
func (f *Fake) Script(s ...Script) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.script = append(f.script, s...)
}

// Rule replaces how chats are answered that no script is left for.
func (f *Fake) Rule(rule func(Request) Script) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rule = rule
}

// Chats gives the chats that were asked for so far.
func (f *Fake) Chats() []Request {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.chats)
}

// Forget has Chats begin anew.
func (f *Fake) Forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.chats = nil
}

// Most is the greatest number of chats that were answered at the same time.
func (f *Fake) Most() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.most
}

// Stop ends the fake as if its process was killed: connections break off. Stopping twice does no harm.
func (f *Fake) Stop() {
	f.mu.Lock()
	server := f.server
	f.server = nil
	if server != nil {
		close(f.halt)
	}
	f.mu.Unlock()
	if server != nil {
		server.Close()
	}
}

// Freeze has the fake take connections and answer nothing, as a process does that is stopped. It gives what lets it go on.
func (f *Fake) Freeze() (thaw func()) {
	frozen := make(chan struct{})
	f.mu.Lock()
	defer f.mu.Unlock()
	f.frozen = frozen
	return sync.OnceFunc(func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.frozen = nil
		close(frozen)
	})
}

// Ignore has the fake take the next n requests and not answer them.
func (f *Fake) Ignore(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ignore = n
}

// Looks is how often the fake was asked for its version, and how many requests it will still ignore.
func (f *Fake) Looks() (asked, ignored int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.looks, f.ignore
}

// alive keeps requests waiting while the fake is frozen, and those that it ignores.
func (f *Fake) alive(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		frozen, halt, ignored := f.frozen, f.halt, f.ignore > 0
		if ignored {
			f.ignore--
		}
		if r.URL.Path == "/api/version" {
			f.looks++
		}
		f.mu.Unlock()
		if ignored {
			select {
			case <-halt:
			case <-r.Context().Done():
			}
			return
		}
		if frozen != nil {
			select {
			case <-frozen:
			case <-halt:
			case <-r.Context().Done():
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// Start starts a stopped fake again, at the same address.
func (f *Fake) Start() {
	f.tb.Helper()
	address := f.address
	if address == "" {
		address = "127.0.0.1:0"
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		f.tb.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/version", func(w http.ResponseWriter, _ *http.Request) { reply(w, map[string]string{"version": "0.17.4"}) })
	mux.HandleFunc("GET /api/tags", f.tags)
	mux.HandleFunc("GET /api/ps", f.tags) // every model is loaded
	mux.HandleFunc("POST /api/show", f.show)
	mux.HandleFunc("POST /api/chat", f.chat)
	mux.HandleFunc("POST /api/embed", f.embed)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.address = l.Addr().String()
	f.URL = "http://" + f.address
	f.halt = make(chan struct{})
	f.server = &http.Server{Handler: f.alive(mux)}
	go f.server.Serve(l)
}

func reply(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(v)
}

func (f *Fake) tags(w http.ResponseWriter, _ *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	reply(w, map[string]any{"models": append([]model{}, f.models...)})
}

// ContextLength is that of every model of the fake, in tokens.
const ContextLength = 8192

func (f *Fake) show(w http.ResponseWriter, r *http.Request) {
	var asked struct{ Model string }
	json.NewDecoder(r.Body).Decode(&asked)
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, m := range f.models {
		if m.Name == asked.Model {
			capabilities := []string{"completion"}
			if m.hears {
				capabilities = append(capabilities, "audio")
			}
			reply(w, map[string]any{
				"model_info":   map[string]any{"general.architecture": "llama", "llama.context_length": ContextLength},
				"capabilities": capabilities, "remote_host": m.RemoteHost, "remote_model": m.RemoteModel,
			})
			return
		}
	}
	refuse(w, http.StatusNotFound, fmt.Sprintf("model '%s' not found", asked.Model))
}

func refuse(w http.ResponseWriter, status int, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]string{"error": message})
}

func (f *Fake) chat(w http.ResponseWriter, r *http.Request) {
	var asked Request
	body, err := io.ReadAll(r.Body)
	if err != nil || json.Unmarshal(body, &asked) != nil {
		refuse(w, http.StatusBadRequest, "invalid JSON")
		return
	}
	asked.Sounds = soundsOf(body)
	f.mu.Lock()
	f.chats = append(f.chats, asked)
	var answer Script
	if len(f.script) > 0 {
		answer, f.script = f.script[0], f.script[1:]
	} else {
		answer = f.rule(asked)
	}
	known := slices.ContainsFunc(f.models, func(m model) bool { return m.Name == asked.Model })
	halt := f.halt
	f.busy++
	f.most = max(f.most, f.busy)
	f.mu.Unlock()
	defer func() {
		f.mu.Lock()
		f.busy--
		f.mu.Unlock()
	}()
	if !known {
		refuse(w, http.StatusNotFound, fmt.Sprintf("model '%s' not found", asked.Model))
		return
	}
	answer(&Stream{w: w, r: r, Request: asked, halt: halt, began: appliance.SystemClock()})
}

// Stream is an answer that is being given.
type Stream struct {
	Request
	w      http.ResponseWriter
	r      *http.Request
	halt   chan struct{}
	began  time.Time
	tokens int
	remote string
}

// Say sends a piece.
func (s *Stream) Say(piece string) {
	s.tokens++
	part := struct { // in the order in which Ollama writes it
		Model       string    `json:"model"`
		RemoteModel string    `json:"remote_model,omitempty"`
		RemoteHost  string    `json:"remote_host,omitempty"`
		CreatedAt   time.Time `json:"created_at"`
		Message     Message   `json:"message"`
		Done        bool      `json:"done"`
	}{Model: s.Model, RemoteHost: s.remote, CreatedAt: appliance.SystemClock(), Message: Message{Role: "assistant", Content: piece}}
	if s.remote != "" {
		part.RemoteModel = s.Model
	}
	s.send(part)
}

// End ends the answer with a reason: "stop" or "length".
func (s *Stream) End(reason string) {
	line := map[string]any{
		"model": s.Model, "created_at": appliance.SystemClock(), "message": Message{Role: "assistant"}, "done": true, "done_reason": reason,
		"total_duration": appliance.SystemClock().Sub(s.began), "prompt_eval_count": s.Tokens(), "prompt_eval_duration": time.Millisecond,
		"eval_count": s.tokens, "eval_duration": appliance.SystemClock().Sub(s.began),
	}
	s.line(line)
}

func (s *Stream) line(v map[string]any) {
	if s.remote != "" {
		v["remote_host"], v["remote_model"] = s.remote, s.Model
	}
	s.send(v)
}

func (s *Stream) send(v any) {
	s.w.Header().Set("Content-Type", "application/x-ndjson")
	json.NewEncoder(s.w).Encode(v)
	s.w.(http.Flusher).Flush()
}

// Wait waits, and says whether there is still somebody who listens.
func (s *Stream) Wait(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-s.r.Context().Done():
	case <-s.halt:
	}
	return false
}

// Script is how one chat is answered.
type Script func(*Stream)

// Text answers with a text, word after word.
func Text(text string) Script {
	return func(s *Stream) {
		for word := range strings.SplitAfterSeq(text, " ") {
			s.Say(word)
		}
		s.End("stop")
	}
}

// JSON answers with a value by schema.
func JSON(v any) Script {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return func(s *Stream) {
		s.Say(string(text))
		s.End("stop")
	}
}

// Slow is another answer that begins after a while.
func Slow(d time.Duration, then Script) Script {
	return func(s *Stream) {
		if s.Wait(d) {
			then(s)
		}
	}
}

// Paced answers with a text, one word in each d.
func Paced(d time.Duration, text string) Script {
	return func(s *Stream) {
		for word := range strings.SplitAfterSeq(text, " ") {
			if !s.Wait(d) {
				return
			}
			s.Say(word)
		}
		s.End("stop")
	}
}

// Stall says a piece, or nothing when it is empty, and then nothing more, until whoever asked goes away.
func Stall(piece string) Script {
	return func(s *Stream) {
		if piece != "" {
			s.Say(piece)
		}
		s.Wait(time.Hour)
	}
}

// Die says a piece and breaks off, as a runner does that was killed: with an error in mid-stream.
func Die(piece string) Script {
	return func(s *Stream) {
		s.Say(piece)
		s.line(map[string]any{"error": "an error was encountered while running the model: unexpected EOF"})
	}
}

// Vanish says a piece and closes the connection without a word.
func Vanish(piece string) Script {
	return func(s *Stream) {
		s.Say(piece)
		panic(http.ErrAbortHandler)
	}
}

// Fail answers with a status and no answer: 500 when a model cannot be loaded, 503 when too many wait.
func Fail(status int) Script {
	return func(s *Stream) {
		refuse(s.w, status, "server busy, please try again.  maximum pending requests exceeded")
	}
}

// CutOff says a text and ends it because it has reached its limit.
func CutOff(text string) Script {
	return func(s *Stream) {
		s.Say(text)
		s.End("length")
	}
}

// Endless never ends by itself, whatever limit was asked for.
func Endless(piece string) Script {
	return func(s *Stream) {
		for s.r.Context().Err() == nil {
			s.Say(piece)
		}
	}
}

// Stammer says the same piece 31 times and ends without an end, as Ollama does with a model that repeats itself.
func Stammer(piece string) Script {
	return func(s *Stream) {
		for range 31 {
			s.Say(piece)
		}
	}
}

// TooLong refuses the prompt as longer than the context.
func TooLong() Script {
	return func(s *Stream) { refuse(s.w, http.StatusBadRequest, "the input length exceeds the context length") }
}

// FromElsewhere answers with a text that was computed on another machine.
func FromElsewhere(text string) Script {
	return func(s *Stream) {
		s.remote = "https://elsewhere.invalid:443"
		Text(text)(s)
	}
}

// Garbage answers with bytes that are no JSON.
func Garbage() Script {
	return func(s *Stream) { io.WriteString(s.w, "\x00\xff not JSON\n") }
}
