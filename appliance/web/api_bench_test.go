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

// BenchmarkResponses reads 100 whole conversations, which is what one answer holds at most: how long until the first byte, and what
// is allocated for it, to be compared with its size.
func BenchmarkResponses(b *testing.B) {
	d := newDesk(b)
	owner := d.person("owner", appliance.RoleOwner)
	d.key("client", owner, time.Time{}, appliance.ScopeAll)
	s := d.session("client", `{"topic":"Handover","goal":"Find out what gets lost","critical":"notes\\nbooks\\npapers\\nphones\\nscreens\\nkeys\\nnights"}`)
	const people = 110
	for p := range people {
		var said web.ChatAnswer
		for m := 0; !said.Message.IsFinal; m++ {
			d.get("client", "POST", sessionPath(s, "/chat"), map[string]string{"participant_id": fmt.Sprint("p", p), "content": fmt.Sprintf(
				"Note %d: %s", m, strings.Repeat("The night shift starts without notes. ", 12))}, 200, &said)
		}
	}
	server := httptest.NewServer(d.handler)
	defer server.Close()
	var first, whole time.Duration
	var size int64
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for b.Loop() {
		r, err := http.NewRequest("GET", server.URL+sessionPath(s, "/responses?limit=100"), nil)
		if err != nil {
			b.Fatal(err)
		}
		r.Header.Set("Authorization", d.as["client"])
		began := time.Now()
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			b.Fatal(err)
		}
		io.ReadFull(res.Body, make([]byte, 1))
		first += time.Since(began)
		n, err := io.Copy(io.Discard, res.Body)
		if err != nil {
			b.Fatal(err)
		}
		res.Body.Close()
		whole += time.Since(began)
		size += n
	}
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(first.Microseconds())/1000/float64(b.N), "first-byte-ms")
	b.ReportMetric(float64(whole.Microseconds())/1000/float64(b.N), "whole-ms")
	b.ReportMetric(float64(size)/1024/float64(b.N), "KiB")
	b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/1024/float64(b.N), "allocated-KiB")
}
