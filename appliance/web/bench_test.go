package web_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// BenchmarkMessage is the path of one message from the request to the answer after the fsync, with 64 senders and
// the facilitator answering; the network is left out.
func BenchmarkMessage(b *testing.B) {
	d := newDesk(b)
	s := d.open()
	const people = 1500
	tokens := make([]string, people)
	for i := range tokens {
		tokens[i] = "Bearer " + d.joinAs("x", s, "").Token
	}
	text := strings.Repeat("The night shift starts without notes. ", 4)
	var n atomic.Int64
	b.SetParallelism(32)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			i := n.Add(1)
			r := httptest.NewRequest("POST", "http://localhost/api/v1/conversation/turns",
				strings.NewReader(fmt.Sprintf(`{"content":%q,"key":"k%d"}`, text, i)))
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Authorization", tokens[int(i)%people])
			w := httptest.NewRecorder()
			d.handler.ServeHTTP(w, r)
			if w.Code != 201 {
				b.Errorf("status %d: %s", w.Code, w.Body)
				return
			}
		}
	})
	stats := d.store.Stats()
	b.ReportMetric(float64(stats.Writes)/float64(stats.Commits), "writes/commit")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
}
