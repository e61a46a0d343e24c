package live_test

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/live"
)

const session = appliance.SessionID("hst_a")

var talk = live.ConversationTopic(session, "cnv_a")

func newHub() *live.Hub {
	return live.NewHub(func() time.Time { return time.UnixMilli(1_000_000).UTC() })
}

func delta(i int) live.Event { return live.Event{Type: appliance.EventTurnDelta, Offset: i} }

func TestEventsArriveInOrderAndNumberedWithoutGaps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hub := newHub()
		const events = 10_000
		readers := make([]*live.Subscription, 4)
		var wg sync.WaitGroup
		for i := range readers {
			sub := hub.Subscribe(talk)
			readers[i] = sub
			wg.Go(func() {
				next := 0
				for e := range sub.C {
					if e.Offset != next || e.Seq != sub.Seq+int64(next)+1 {
						t.Errorf("event %d is offset %d, number %d after %d", next, e.Offset, e.Seq, sub.Seq)
						return
					}
					next++
				}
				if next != events {
					t.Errorf("a reader got %d of %d events", next, events)
				}
			})
		}
		for i := range events {
			hub.Publish(talk, delta(i))
			hub.Publish(live.SessionTopic(session), delta(-1)) // another topic leaves no gap
			if i%100 == 0 {
				synctest.Wait() // the readers catch up
			}
		}
		for _, sub := range readers {
			sub.Close()
		}
		wg.Wait()
	})
}

func TestWhoDoesNotKeepUpIsDroppedAndNobodyWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hub := newHub()
		slow, quick := hub.Subscribe(talk), hub.Subscribe(talk)
		got := 0
		var wg sync.WaitGroup
		wg.Go(func() {
			for range quick.C {
				got++
			}
		})
		for i := range 1_000 {
			hub.Publish(talk, delta(i))
			synctest.Wait()
		}
		quick.Close()
		wg.Wait()
		if got != 1_000 {
			t.Errorf("the quick reader got %d of 1000 events", got)
		}
		if !slow.Dropped() || quick.Dropped() {
			t.Errorf("dropped: slow %v, quick %v; want true, false", slow.Dropped(), quick.Dropped())
		}
		kept := 0
		for e := range slow.C {
			if e.Offset != kept {
				t.Fatalf("the slow reader's event %d is %d", kept, e.Offset)
			}
			kept++
		}
		if kept == 0 || kept == 1_000 {
			t.Errorf("the slow reader kept %d events, want some and not all", kept)
		}
	})
}

func TestASubscriptionThatStartsWhereAnotherEndedHasMissedNothing(t *testing.T) {
	hub := newHub()
	sub := hub.Subscribe(talk)
	hub.Publish(talk, delta(0))
	last := (<-sub.C).Seq
	sub.Close()

	hub.Publish(talk, delta(1)) // nobody listens
	if again := hub.Subscribe(talk); again.Seq <= last {
		t.Errorf("the new subscription starts at %d; an event after %d was missed", again.Seq, last)
	}
}

func TestNumbersOfARestartedServerAreAboveTheOldOnes(t *testing.T) {
	old := newHub().Subscribe(talk)
	later := live.NewHub(func() time.Time { return time.UnixMilli(1_005_000) }).Subscribe(talk)
	if later.Seq <= old.Seq {
		t.Errorf("after the restart numbers start at %d, before at %d", later.Seq, old.Seq)
	}
}

func TestAnEventOfASessionReachesAllItsConversationsAndNoOthers(t *testing.T) {
	hub := newHub()
	host, a := hub.Subscribe(live.SessionTopic(session)), hub.Subscribe(talk)
	b := hub.Subscribe(live.ConversationTopic(session, "cnv_b"))
	other := hub.Subscribe(live.ConversationTopic("hst_b", "cnv_c"))
	hub.PublishAll(session, live.Event{Type: appliance.EventSessionClosed, SessionID: session})
	hub.Close()

	for name, c := range map[string]struct {
		sub          *live.Subscription
		want         int
		conversation appliance.ConversationID
	}{"host": {host, 1, ""}, "a": {a, 1, "cnv_a"}, "b": {b, 1, "cnv_b"}, "other": {other, 0, ""}} {
		got := 0
		for e := range c.sub.C {
			got++
			if e.ConversationID != c.conversation {
				t.Errorf("%s: the event names conversation %q, want %q", name, e.ConversationID, c.conversation)
			}
		}
		if got != c.want {
			t.Errorf("%s got %d events, want %d", name, got, c.want)
		}
	}
}

func TestListeningEndsWithTheLastSubscription(t *testing.T) {
	hub := newHub()
	if hub.Listening(talk) {
		t.Error("somebody listens before anybody subscribed")
	}
	a, b := hub.Subscribe(talk), hub.Subscribe(talk)
	a.Close()
	a.Close()
	if !hub.Listening(talk) || hub.Subscribers() != 1 {
		t.Errorf("listening %v with %d subscribers, want true and 1", hub.Listening(talk), hub.Subscribers())
	}
	b.Close()
	if hub.Listening(talk) || hub.Subscribers() != 0 {
		t.Errorf("listening %v with %d subscribers, want false and 0", hub.Listening(talk), hub.Subscribers())
	}
}

func TestEndingATopicDeliversWhatWasPublishedBefore(t *testing.T) {
	hub := newHub()
	a, host := hub.Subscribe(talk), hub.Subscribe(live.SessionTopic(session))
	hub.Publish(talk, delta(0))
	hub.End(talk)
	if e, ok := <-a.C; !ok || e.Offset != 0 {
		t.Errorf("the last event was lost")
	}
	if _, ok := <-a.C; ok || a.Dropped() {
		t.Errorf("the subscription goes on, or counts as dropped")
	}
	if !hub.Listening(live.SessionTopic(session)) {
		t.Errorf("the host's subscription was ended too")
	}
	hub.EndSession(session)
	if _, ok := <-host.C; ok {
		t.Errorf("the host's subscription goes on after the end of the session")
	}
}

func TestAClosedHubTakesNobodyAndDeliversNothing(t *testing.T) {
	hub := newHub()
	before := hub.Subscribe(talk)
	hub.Close()
	hub.Close()
	hub.Publish(talk, delta(0))
	after := hub.Subscribe(talk)
	for name, sub := range map[string]*live.Subscription{"before": before, "after": after} {
		if _, ok := <-sub.C; ok {
			t.Errorf("the subscription made %s the close got an event", name)
		}
		sub.Close()
	}
}

func TestTheSessionsThatAreListenedTo(t *testing.T) {
	hub := newHub()
	a, host := hub.Subscribe(talk), hub.Subscribe(live.SessionTopic(session))
	if got := hub.Sessions(); len(got) != 1 || got[0] != session {
		t.Errorf("listened to %v", got)
	}
	a.Close()
	host.Close()
	if got := hub.Sessions(); len(got) != 0 {
		t.Errorf("after everybody has gone, listened to %v", got)
	}
}
