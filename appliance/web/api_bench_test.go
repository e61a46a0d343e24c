package web_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"

	"harmonium/appliance"
	"harmonium/appliance/store"
	"harmonium/appliance/web"
)

// BenchmarkSessions compares GET /sessions of the interface, asked by a key over HTTP, with a bare chi handler that runs the same
// query and writes the same items. Both are asked in turns, so that the load of the machine is the same for both.
func BenchmarkSessions(b *testing.B) {
	d := newDesk(b)
	owner := d.person("owner", appliance.RoleOwner)
	d.key("client", owner, time.Time{}, appliance.ScopeAll)
	for i := range 200 {
		d.session("client", fmt.Sprintf(`{"topic":"Handover %d","goal":"Find out what gets lost"}`, i))
	}
	bare := chi.NewRouter()
	bare.Get("/api/v1/sessions", func(w http.ResponseWriter, r *http.Request) {
		list, total, err := d.store.Sessions(r.Context(), owner.ID, store.SessionFilter{Page: store.Page{Limit: 20}})
		if err != nil {
			b.Error(err)
		}
		out := web.List[web.SessionItem]{Pagination: web.Pagination{Total: total, Limit: 20}}
		for _, l := range list {
			out.Data = append(out.Data, web.SessionItem{ID: l.ID, Topic: l.Brief.Topic, Goal: l.Brief.Goal, Status: l.Status.APIStatus(),
				State: l.Status, ParticipantCount: l.Participants, ActiveCount: l.Active, FinishedCount: l.Finished, Language: l.Language,
				Role: l.Role, CreatedAt: web.Time{Time: l.CreatedAt}, UpdatedAt: web.Time{Time: l.UpdatedAt}})
		}
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(out)
	})
	ours, theirs := httptest.NewServer(d.handler), httptest.NewServer(bare)
	defer ours.Close()
	defer theirs.Close()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	const rounds, requests, askers = 6, 400, 8
	var took [2]time.Duration
	for b.Loop() {
		for range rounds {
			for i, url := range []string{ours.URL, theirs.URL} {
				began := time.Now()
				ask(b, client, url+"/api/v1/sessions", d.as["client"], requests, askers)
				took[i] += time.Since(began)
			}
		}
	}
	n := float64(b.N * rounds * requests)
	b.ReportMetric(n/took[0].Seconds(), "requests/s")
	b.ReportMetric(n/took[1].Seconds(), "bare/s")
	b.ReportMetric(took[1].Seconds()/took[0].Seconds(), "ratio")
	b.ReportMetric(0, "ns/op")
}

// ask sends requests from several askers at once and waits for all answers.
func ask(b *testing.B, client *http.Client, url, authorization string, requests, askers int) {
	var group sync.WaitGroup
	for range askers {
		group.Go(func() {
			for range requests / askers {
				r, err := http.NewRequest("GET", url, nil)
				if err != nil {
					b.Error(err)
					return
				}
				r.Header.Set("Authorization", authorization)
				res, err := client.Do(r)
				if err != nil {
					b.Error(err)
					return
				}
				io.Copy(io.Discard, res.Body)
				res.Body.Close()
				if res.StatusCode != 200 {
					b.Errorf("status %d", res.StatusCode)
				}
			}
		})
	}
	group.Wait()
}

// BenchmarkResponses reads conversations of about 20 turns out of a session that has 500: how long until the first byte, and how
// much memory is held at most while an answer is sent, which must not grow with its size. One answer holds 100 at most; all are
// five of them.
func BenchmarkResponses(b *testing.B) {
	d := newDesk(b)
	owner := d.person("owner", appliance.RoleOwner)
	d.key("client", owner, time.Time{}, appliance.ScopeAll)
	s := d.session("client", `{"topic":"Handover","goal":"Find out what gets lost","critical":"notes\nbooks\npapers\nphones\nscreens\nkeys\nnights"}`)
	const people = 500
	for p := range people {
		var said web.ChatAnswer
		for m := 0; !said.Message.IsFinal; m++ {
			d.get("client", "POST", sessionPath(s, "/chat"), map[string]string{"participant_id": fmt.Sprint("p", p), "content": fmt.Sprintf(
				"Note %d: %s", m, strings.Repeat("The night shift starts without notes. ", 12))}, 200, &said)
		}
	}
	server := httptest.NewServer(d.handler)
	defer server.Close()
	for _, pages := range [][]string{
		{"limit=10"}, {"limit=100"},
		{"limit=100", "limit=100&offset=100", "limit=100&offset=200", "limit=100&offset=300", "limit=100&offset=400"},
	} {
		b.Run(fmt.Sprintf("%d x %s", len(pages), pages[0]), func(b *testing.B) {
			var first, whole time.Duration
			var size int64
			ask := func(page string) *http.Request {
				r := httptest.NewRequestWithContext(b.Context(), "GET", server.URL+sessionPath(s, "/responses?"+page), nil)
				r.Header.Set("Authorization", d.as["client"])
				r.RequestURI = ""
				return r
			}
			for b.Loop() {
				for _, page := range pages {
					began := time.Now()
					res, err := http.DefaultClient.Do(ask(page))
					if err != nil {
						b.Fatal(err)
					}
					io.ReadFull(res.Body, make([]byte, 1))
					first = max(first, time.Since(began))
					n, err := io.Copy(io.Discard, res.Body)
					if err != nil {
						b.Fatal(err)
					}
					res.Body.Close()
					whole += time.Since(began)
					size += n + 1
				}
			}
			b.StopTimer()
			held := uint64(0)
			for _, page := range pages {
				w := &weighing{header: http.Header{}}
				w.before = w.inUse()
				d.handler.ServeHTTP(w, ask(page))
				held = max(held, w.held)
			}
			b.ReportMetric(float64(first.Microseconds())/1000, "first-byte-ms") // the slowest
			b.ReportMetric(float64(whole.Microseconds())/1000/float64(b.N), "whole-ms")
			b.ReportMetric(float64(size)/1024/float64(b.N), "KiB")
			b.ReportMetric(float64(held)/1024, "held-KiB")
		})
	}
}

// weighing takes an answer and looks, each 32 KiB, how much memory is in use, while whoever writes it waits.
type weighing struct {
	header       http.Header
	before, held uint64 // bytes in use before; at most beyond that
	since        int
}

func (w *weighing) Header() http.Header { return w.header }
func (w *weighing) WriteHeader(int)     {}

func (w *weighing) Write(p []byte) (int, error) {
	if w.since += len(p); w.since >= 32<<10 {
		w.since = 0
		w.held = max(w.held, max(w.inUse(), w.before)-w.before)
	}
	return len(p), nil
}

func (w *weighing) inUse() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
