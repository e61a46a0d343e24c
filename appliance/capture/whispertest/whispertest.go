// Package whispertest is a fake of whisper.cpp's server for tests: it takes what that takes, by its documented interface
// (examples/server of whisper.cpp), and answers as its script says.
package whispertest

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// Request is what the fake was asked, as it came.
type Request struct {
	Fields map[string]string // of the form, but the file
	File   []byte
}

// Script is how one request is answered.
type Script func(http.ResponseWriter, *http.Request)

// Fake is one fake server.
type Fake struct {
	URL string

	mu       sync.Mutex
	server   *httptest.Server
	status   int // of /health
	script   []Script
	rule     Script
	requests []Request
}

// New starts a fake that is ready and hears "Thank you." in everything. It is stopped at the end of the test.
func New(tb testing.TB) *Fake {
	tb.Helper()
	f := &Fake{status: http.StatusOK, rule: Says("Thank you.", "english")}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", f.health)
	mux.HandleFunc("POST /inference", f.inference)
	f.server = httptest.NewServer(mux)
	f.URL = f.server.URL
	tb.Cleanup(f.Stop)
	return f
}

// Stop ends it as if its process was killed.
func (f *Fake) Stop() {
	f.server.CloseClientConnections()
	f.server.Close()
}

// Health sets what /health answers: 503 while it loads its model, 404 for a server from before there was one.
func (f *Fake) Health(status int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.status = status
}

// Script gives the answers to the next requests, one each. After them the rule answers.
func (f *Fake) Script(s ...Script) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.script = append(f.script, s...)
}

// Rule replaces how requests are answered that no script is left for.
func (f *Fake) Rule(s Script) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rule = s
}

// Requests gives what was asked so far.
func (f *Fake) Requests() []Request {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.requests)
}

func (f *Fake) health(w http.ResponseWriter, _ *http.Request) {
	f.mu.Lock()
	status := f.status
	f.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	state := map[int]string{http.StatusOK: "ok", http.StatusServiceUnavailable: "loading model"}[status]
	json.NewEncoder(w).Encode(map[string]string{"status": state})
}

// inference refuses what the real one refuses: a form without a file, and a file that it cannot read.
func (f *Fake) inference(w http.ResponseWriter, r *http.Request) {
	if r.ParseMultipartForm(64<<20) != nil || len(r.MultipartForm.File["file"]) != 1 {
		refuse(w, http.StatusBadRequest, "no 'file' field in the request")
		return
	}
	asked := Request{Fields: map[string]string{}}
	for name, values := range r.MultipartForm.Value {
		asked.Fields[name] = strings.Join(values, " ")
	}
	file, err := r.MultipartForm.File["file"][0].Open()
	if err == nil {
		asked.File, err = io.ReadAll(file)
	}
	if err != nil || len(asked.File) < 44 || string(asked.File[:4]) != "RIFF" {
		refuse(w, http.StatusBadRequest, "failed to read audio data")
		return
	}
	f.mu.Lock()
	f.requests = append(f.requests, asked)
	answer := f.rule
	if len(f.script) > 0 {
		answer, f.script = f.script[0], f.script[1:]
	}
	f.mu.Unlock()
	answer(w, r)
}

func refuse(w http.ResponseWriter, status int, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]string{"error": message})
}

// Said is a segment of an answer: a text, with the space before it that the server puts there, and its times in seconds.
type Said struct {
	Text       string
	Start, End float64
}

// Says answers with a text in the form verbose_json, in a language as the server names it: a segment a line, of a second each.
func Says(text, language string) Script {
	list := []Said{}
	for i, part := range strings.Split(text, "\n") {
		list = append(list, Said{" " + part, float64(i), float64(i + 1)})
	}
	return Times(language, list...)
}

// Times answers with segments and their times in the form verbose_json. Like the real server it breaks them after max_len
// characters, 60 where that is not sent, within words too unless it is asked to split on words; and its text has each segment
// on a line of its own.
func Times(language string, said ...Said) Script {
	return func(w http.ResponseWriter, r *http.Request) {
		whole, list := "", []map[string]any{}
		for _, s := range said {
			for i, part := range broken(s.Text, r) {
				whole += part + "\n"
				at := s.Start + float64(i)*(s.End-s.Start)/4
				list = append(list, map[string]any{"id": len(list), "text": part, "start": at, "end": s.End, "tokens": []int{50364},
					"words":       []map[string]any{{"word": part, "start": at, "end": s.End, "t_dtw": -1, "probability": 0.9}},
					"temperature": 0.0, "avg_logprob": -0.2, "no_speech_prob": 0.01})
			}
		}
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(map[string]any{"task": "transcribe", "language": language, "duration": 2.0, "text": whole,
			"segments": list})
	}
}

// broken gives the pieces of a text that is longer than a segment may be.
func broken(text string, r *http.Request) (parts []string) {
	most, err := strconv.Atoi(r.FormValue("max_len"))
	if err != nil || most == 0 {
		most = 60
	}
	left := []rune(text)
	for len(left) > most {
		at := most
		for r.FormValue("split_on_word") == "true" && at > 1 && left[at] != ' ' {
			at--
		}
		parts, left = append(parts, string(left[:at])), left[at:]
	}
	return append(parts, string(left))
}

// Fails answers with a status: 500 when the sound could not be worked on.
func Fails(status int) Script {
	return func(w http.ResponseWriter, _ *http.Request) { refuse(w, status, "failed to process audio") }
}

// Garbage answers with something that is no JSON.
func Garbage() Script {
	return func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<html>not JSON") }
}

// Hangs says nothing until whoever asked goes away; then it closes gone.
func Hangs(gone chan struct{}) Script {
	return func(_ http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
		close(gone)
	}
}
