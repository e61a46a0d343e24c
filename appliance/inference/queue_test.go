package inference_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"harmonium/appliance/inference"
)

// holder is somebody in the queue.
type holder struct {
	held  context.Context
	leave func(time.Duration)
}

// enter has somebody wait for a slot in the background of the test; it gives a channel with what they hold then.
func enter(t *testing.T, q inference.Queue, lane inference.Lane, owner string, broken int) <-chan holder {
	got := make(chan holder, 1)
	go func() {
		held, leave, err := q.Begin(t.Context(), lane, owner, broken)
		if err != nil {
			t.Error(err)
		}
		got <- holder{held, leave}
	}()
	synctest.Wait()
	return got
}

// has says whether somebody has a slot, and gives it.
func has(c <-chan holder) (holder, bool) {
	synctest.Wait()
	select {
	case h := <-c:
		return h, true
	default:
		return holder{}, false
	}
}

func mustHave(t *testing.T, who string, c <-chan holder) holder {
	t.Helper()
	h, ok := has(c)
	if !ok {
		t.Fatalf("%s has no slot", who)
	}
	return h
}

func interrupted(h holder) bool { synctest.Wait(); return h.held.Err() != nil }

func TestDraftsLeaveASlotToConversations(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := inference.NewQueue(2)
		first := mustHave(t, "the first draft", enter(t, q, inference.Host, "a", 0))
		second := mustHave(t, "the second draft, while nobody else wants the slot", enter(t, q, inference.Host, "b", 0))
		talk := enter(t, q, inference.Interactive, "c", 0)
		if interrupted(first) || !interrupted(second) {
			t.Fatalf("interrupted: the first %v, the second %v", interrupted(first), interrupted(second))
		}
		second.leave(time.Second)
		again := enter(t, q, inference.Host, "b", 1)
		mustHave(t, "the conversation", talk).leave(time.Second)
		mustHave(t, "the second draft, again", again).leave(time.Second)
		first.leave(time.Second)
	})
}

func TestWithOneSlotADraftGivesWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := inference.NewQueue(1)
		draft := mustHave(t, "the draft", enter(t, q, inference.Host, "a", 0))
		talk := enter(t, q, inference.Interactive, "b", 0)
		if !interrupted(draft) {
			t.Fatal("the participant waits for the draft")
		}
		draft.leave(time.Second)
		mustHave(t, "the conversation", talk).leave(time.Second)
	})
}

func TestHostsGoBeforeWorkForWhichNobodyWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := inference.NewQueue(1)
		talk := mustHave(t, "the conversation", enter(t, q, inference.Interactive, "a", 0))
		reading := enter(t, q, inference.Background, "b", 0)
		draft := enter(t, q, inference.Host, "c", 0)
		talk.leave(time.Second)
		mustHave(t, "the draft", draft).leave(time.Second)
		mustHave(t, "the reading", reading).leave(time.Second)
	})
}

func TestWorkForWhichNobodyWaitsGivesWayToHosts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := inference.NewQueue(1)
		reading := mustHave(t, "the reading", enter(t, q, inference.Background, "a", 0))
		draft := enter(t, q, inference.Host, "b", 0)
		if !interrupted(reading) {
			t.Fatal("the host waits for the reading")
		}
		reading.leave(time.Second)
		mustHave(t, "the draft", draft).leave(time.Second)
	})
}

// People who talk now and then do not keep results from being made: what was interrupted three times comes to its end
// once it has a slot. It has none as long as a conversation waits at every moment.
func TestWhatWasInterruptedOftenComesToItsEnd(t *testing.T) {
	for _, slots := range []int{1, 2} {
		synctest.Test(t, func(t *testing.T) {
			q := inference.NewQueue(slots)
			var busy []holder // who holds the other slots
			for range slots - 1 {
				busy = append(busy, mustHave(t, "a conversation", enter(t, q, inference.Interactive, "x", 0)))
			}
			broken := 0
			for {
				reading := mustHave(t, "the reading", enter(t, q, inference.Background, "results", broken))
				talk := enter(t, q, inference.Interactive, "person", 0)
				if !interrupted(reading) {
					if _, ok := has(talk); ok {
						t.Fatal("there was a slot for the conversation")
					}
					reading.leave(time.Second)
					mustHave(t, "the conversation, after it", talk).leave(time.Second)
					break
				}
				broken++
				reading.leave(time.Second)
				mustHave(t, "the conversation", talk).leave(time.Second)
			}
			if broken != 3 {
				t.Errorf("%d slots: interrupted %d times", slots, broken)
			}
			for _, h := range busy {
				h.leave(time.Second)
			}
		})
	}
}

// Where there are more slots than one, conversations have one at any time, whatever else has to come to its end.
func TestOneSlotAlwaysServesConversations(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := inference.NewQueue(2)
		draft := mustHave(t, "the draft", enter(t, q, inference.Host, "a", 0))
		reading := mustHave(t, "the reading", enter(t, q, inference.Background, "results", 3))
		talk := enter(t, q, inference.Interactive, "person", 0)
		if interrupted(draft) || !interrupted(reading) {
			t.Fatalf("interrupted: the draft %v, the reading %v", interrupted(draft), interrupted(reading))
		}
		reading.leave(time.Second)
		mustHave(t, "the conversation", talk).leave(time.Second)
		draft.leave(time.Second)
	})
}

// What was interrupted keeps its turn before others of its lane.
func TestWhoWasInterruptedComesNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := inference.NewQueue(1)
		talk := mustHave(t, "the conversation", enter(t, q, inference.Interactive, "person", 0))
		other := enter(t, q, inference.Background, "b", 0)
		broken := enter(t, q, inference.Background, "a", 1)
		talk.leave(time.Second)
		mustHave(t, "the interrupted one", broken).leave(time.Second)
		mustHave(t, "the other", other).leave(time.Second)
	})
}

// A slot that is kept for a conversation is not taken by what the same owner has in the background.
func TestAKeptSlotIsOfTheConversation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := inference.NewQueue(1)
		_, leave, err := q.Follow(t.Context(), "person")
		if err != nil {
			t.Fatal(err)
		}
		leave(time.Second)
		weighing := enter(t, q, inference.Background, "person", 0)
		if _, ok := has(weighing); ok {
			t.Fatal("work in the background took the slot that was kept")
		}
		mustHave(t, "the request that follows", enter(t, q, inference.Interactive, "person", 0)).leave(time.Second)
		mustHave(t, "the work in the background", weighing).leave(time.Second)
	})
}

// How long a draft takes says nothing about conversations, and what will be interrupted is not waited for.
func TestWhatIsExpectedComesFromWhatStandsBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := inference.NewQueue(1)
		mustHave(t, "a draft", enter(t, q, inference.Host, "h", 0)).leave(2 * time.Minute)
		talk := mustHave(t, "a conversation", enter(t, q, inference.Interactive, "p", 0))
		talk.leave(4 * time.Second)
		talk = mustHave(t, "a conversation", enter(t, q, inference.Interactive, "p", 0))
		first, second := enter(t, q, inference.Interactive, "a", 0), enter(t, q, inference.Interactive, "b", 0)
		draft, later := enter(t, q, inference.Host, "h", 0), enter(t, q, inference.Host, "i", 0)
		for _, c := range []struct {
			lane   inference.Lane
			owner  string
			ahead  int
			expect time.Duration
		}{
			{inference.Interactive, "a", 0, 2 * time.Second}, // the one that runs is half done
			{inference.Interactive, "b", 1, 6 * time.Second},
			{inference.Host, "h", 2, 10 * time.Second},
			{inference.Host, "i", 3, 130 * time.Second},
		} {
			p, waits := q.Place(c.lane, c.owner)
			if !waits || p.Ahead != c.ahead || p.Expect != c.expect {
				t.Errorf("%s: %+v, waits %v; want %d ahead, %v", c.owner, p, waits, c.ahead, c.expect)
			}
		}
		if _, waits := q.Place(inference.Host, "p"); waits {
			t.Error("somebody waits in another lane")
		}
		for _, c := range []<-chan holder{first, second, draft, later} {
			talk.leave(4 * time.Second)
			talk = mustHave(t, "the next one", c)
		}
		if p, waits := q.Place(inference.Host, "i"); waits {
			t.Errorf("who has a slot waits: %+v", p)
		}
		talk.leave(time.Second)
	})
}
