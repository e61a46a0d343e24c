package capacity_test

import (
	"testing"

	"harmonium/appliance/capacity"
)

func result(slots int, levels ...capacity.Level) capacity.Result {
	return capacity.Result{Slots: slots, Levels: levels, Thinking: capacity.Thinking.Seconds(), Within: capacity.FirstWord.Seconds()}
}

func TestHowManyPeopleAModelCarries(t *testing.T) {
	for _, tt := range []struct {
		name        string
		result      capacity.Result
		least, most int
	}{
		{"nothing measured", result(2), 0, 0},
		{"too slow for one", result(1, capacity.Level{AtOnce: 1, First: 40, Again: 12, Turn: 60}), 0, 0},
		{"quick enough for one who is known", result(1, capacity.Level{AtOnce: 1, First: 20, Again: 4, Turn: 25}), 1, 1},
		{"two at once are too slow, one is not", result(2, capacity.Level{AtOnce: 1, First: 9, Again: 3, Turn: 12}, capacity.Level{AtOnce: 2, First: 18, Again: 6, Turn: 20}), 1, 1},
		// Slots are busy for 3 s of 66: thirty people would keep both busy three quarters of the time.
		{"two slots, turns of 3 s", result(2, capacity.Level{AtOnce: 2, First: 1, Again: 0.5, Turn: 3}), 20, 40},
		{"a fast box", result(8, capacity.Level{AtOnce: 8, First: 0.3, Again: 0.2, Turn: 0.6}), 700, 900},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := capacity.People(tt.result); got < tt.least || got > tt.most {
				t.Errorf("%d people, want %d to %d", got, tt.least, tt.most)
			}
		})
	}
}

func TestMoreSlotsAndShorterTurnsCarryMorePeople(t *testing.T) {
	before := 0
	for _, slots := range []int{1, 2, 4, 8} {
		now := capacity.People(result(slots, capacity.Level{AtOnce: slots, First: 1, Again: 1, Turn: 4}))
		if now <= before {
			t.Errorf("%d slots carry %d people, fewer slots %d", slots, now, before)
		}
		before = now
	}
	for _, turn := range []float64{2, 1} {
		now := capacity.People(result(8, capacity.Level{AtOnce: 8, First: 1, Again: 1, Turn: turn}))
		if now <= before {
			t.Errorf("turns of %.0f s carry %d people, longer ones %d", turn, now, before)
		}
		before = now
	}
}

// For one slot and two people the share can be written down.
func TestTheShareOfThoseWhoWaitIsThatOfTheQueue(t *testing.T) {
	// Two people and one slot: who comes finds the other in it with the probability hold/(hold+think), and waits then for
	// what is left of an exponential time.
	const hold, think, slack = 2.0, 10.0, 1.0
	want := hold / (hold + think) * 0.60653 // e^(-slack/hold)
	if got := capacity.LateShare(2, 1, hold, think, slack); got < want-1e-4 || got > want+1e-4 {
		t.Errorf("%.5f, want %.5f", got, want)
	}
	if got := capacity.LateShare(3, 3, hold, think, slack); got != 0 {
		t.Errorf("with a slot for everybody %.5f are late", got)
	}
	if got := capacity.LateShare(5000, 8, hold, think, slack); got < 0.99 {
		t.Errorf("with far too many people only %.5f are late", got)
	}
}

func TestGuidedModeCarriesWhatTheBoxLetsIn(t *testing.T) {
	if got := capacity.GuidedPeople(1000, 300); got != 300 {
		t.Errorf("%d", got)
	}
	if got := capacity.GuidedPeople(2, 300); got != 63 {
		t.Errorf("%d", got)
	}
}
