package appliance

import "slices"

// Tally counts what was answered to one question by its control, in the conversations that count.
type Tally struct {
	TopicID  TopicID
	Question string // as it was asked
	Control  Control
	Chosen   bool // by the facilitator for a follow-up, so that only some were asked; else it stands in the guide
	Asked    int  // conversations in which it was asked by the control
	Answered int  // of them by the control; the others in own words or not at all
	// Options counts, for a choice or ranking, in the order of Control.Options; for a rating, for the numbers from 1.
	Options []OptionTally
}

// Shares gives how many named each option, where that tells of fewer than group people Hidden.
func (t Tally) Shares(group int) []int {
	counts := make([]int, len(t.Options))
	for i, o := range t.Options {
		counts[i] = o.Count
	}
	switch t.Control.Type {
	case ControlRanking: // everybody has placed every option
	case ControlMultiple:
		HideFew(counts, t.Answered, group)
	default:
		HideSmall(counts, group)
	}
	return counts
}

// OptionTally counts the answers that name one option or number.
type OptionTally struct {
	Count int
	First int     // of a ranking: how often it came first
	Place float64 // of a ranking: its mean place, from 1; 0 when nobody answered
}

// Mean is the mean of a rating; 0 when nobody answered.
func (t Tally) Mean() float64 {
	sum, n := 0, 0
	for i, o := range t.Options {
		sum, n = sum+(i+1)*o.Count, n+o.Count
	}
	if n == 0 {
		return 0
	}
	return float64(sum) / float64(n)
}

// Median is the middle of a rating, between two numbers where that is the middle; 0 when nobody answered.
func (t Tally) Median() float64 {
	var all []int
	for i, o := range t.Options {
		all = append(all, slices.Repeat([]int{i + 1}, o.Count)...)
	}
	if len(all) == 0 {
		return 0
	}
	return float64(all[(len(all)-1)/2]+all[len(all)/2]) / 2
}
