package appliance_test

import (
	"slices"
	"testing"

	"harmonium/appliance"
)

func TestSmallFiguresAreHiddenSoThatTheRestDoesNotTellThem(t *testing.T) {
	const x = appliance.Hidden
	for name, c := range map[string]struct{ counts, want []int }{
		"nothing is small":                  {[]int{5, 0, 9}, []int{5, 0, 9}},
		"the next smallest goes with it":    {[]int{2, 9, 6, 0}, []int{x, 9, x, 0}},
		"two small ones that make a group":  {[]int{3, 2, 9}, []int{x, x, 9}},
		"two small ones that make no group": {[]int{1, 2, 9, 7}, []int{x, x, 9, x}},
		"nobody answered":                   {[]int{0, 0}, []int{0, 0}},
		"all are few":                       {[]int{1, 2}, []int{x, x}},
	} {
		got := slices.Clone(c.counts)
		hidden := appliance.HideSmall(got, 5)
		if !slices.Equal(got, c.want) || hidden != slices.Contains(c.want, x) {
			t.Errorf("%s: %v becomes %v (hidden %v), want %v", name, c.counts, got, hidden, c.want)
		}
	}
}

func TestWhereSeveralAnswersAreGivenWhoDidNotGiveOneIsHiddenToo(t *testing.T) {
	const x = appliance.Hidden
	counts := []int{2, 6, 10, 11, 12, 0}
	appliance.HideFew(counts, 12, 5)
	if want := []int{x, 6, x, x, 12, 0}; !slices.Equal(counts, want) {
		t.Errorf("%v, want %v", counts, want)
	}
}

// Who compares what is shown before and after somebody came may not learn what a few have answered.
func TestAStepThatTellsOfFewIsKnown(t *testing.T) {
	for name, c := range map[string]struct {
		before, now       []int
		people, peopleNow int
		several, tells    bool
	}{
		"nobody came":                   {before: []int{6, 4}, now: []int{6, 4}, people: 10, peopleNow: 10},
		"five of one answer":            {before: []int{6, 4}, now: []int{11, 4}, people: 10, peopleNow: 15},
		"one of five answers otherwise": {before: []int{6, 5}, now: []int{7, 9}, people: 11, peopleNow: 16, tells: true},
		"fewer than a group came":       {before: []int{6, 5}, now: []int{9, 5}, people: 11, peopleNow: 14, tells: true},
		"fewer than before":             {before: []int{6, 5}, now: []int{5, 5}, people: 11, peopleNow: 10, tells: true},
		"the rest is few":               {before: []int{6, 5, appliance.Hidden}, now: []int{11, 5, appliance.Hidden}, people: 16, peopleNow: 22, tells: true},
		"the rest is a group":           {before: []int{6, 5, appliance.Hidden}, now: []int{11, 5, appliance.Hidden}, people: 16, peopleNow: 26},
		"few did not":                   {before: []int{6, 6}, now: []int{11, 12}, people: 12, peopleNow: 18, several: true, tells: true},
		"a group did not":               {before: []int{6, 6}, now: []int{11, 11}, people: 12, peopleNow: 22, several: true},
	} {
		if got := appliance.TellsFew(c.before, c.people, c.now, c.peopleNow, c.several, 5); got != c.tells {
			t.Errorf("%s: tells %v, want %v", name, got, c.tells)
		}
	}
}
