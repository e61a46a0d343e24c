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
