package facilitation_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/facilitation"
	"harmonium/appliance/inference"
	"harmonium/appliance/inference/ollamatest"
	"harmonium/appliance/live"
	"harmonium/appliance/store"
)

// BenchmarkOwnWorkOfATurn measures what a turn costs beside the model: from the message that is stored to the answer
// that is, where a model asks that answers at once. It holds two commits to the disk and the way to the fake Ollama and
// back, so that it is more than the program's own work.
func BenchmarkOwnWorkOfATurn(b *testing.B) {
	s, err := store.Open(b.Context(), store.Options{Dir: b.TempDir(), Clock: appliance.SystemClock, BallastBytes: -1})
	if err != nil {
		b.Fatal(err)
	}
	fake := ollamatest.New(b, someModel)
	fake.Rule(weighs(`{"d":1,"s":"none"}`))
	engine := facilitation.New(facilitation.Options{Store: s, Hub: live.NewHub(appliance.SystemClock), Clock: appliance.SystemClock,
		Models: fake.Gateway(func(o *inference.Options) { o.Slots = 2 })})
	b.Cleanup(func() {
		engine.Close(context.Background())
		s.Close()
	})
	g := threeTopics()
	session, err := s.CreateSession(b.Context(), store.By{Actor: store.ActorCommandLine}, store.Once{}, appliance.Session{
		Brief: appliance.Brief{Topic: "Handover", Goal: "Learn what gets lost"}, Status: appliance.SessionOpen,
		Language: appliance.English, ResultsVisibility: appliance.ResultsHost,
	}, appliance.GuideVersion{Guide: g, Maker: appliance.Maker{By: appliance.MadeByHand}, Reason: "made"}, nil)
	if err != nil {
		b.Fatal(err)
	}
	var took []time.Duration
	for b.Loop() {
		j, err := s.Join(b.Context(), store.Joining{Participant: appliance.Participant{SessionID: session.ID,
			Language: appliance.English, Origin: appliance.OriginLink}})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := engine.Answer(b.Context(), j.Seat.ConversationID, -1); err != nil {
			b.Fatal(err)
		}
		for i, text := range []string{"It goes badly.", "The printer fails every week.", "The notes of the night."} {
			began := time.Now()
			t, _, err := engine.Say(b.Context(), j.Seat, text, fmt.Sprint(i))
			if err == nil {
				_, err = engine.Answer(b.Context(), j.Seat.ConversationID, t.Seq)
			}
			if err != nil {
				b.Fatal(err)
			}
			took = append(took, time.Since(began))
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
}
