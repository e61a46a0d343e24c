package capacity

import "math"

// late is how many answers of ten may come later than promised.
const late = 0.1

// mostPeople bounds what is looked for.
const mostPeople = 10_000

// People gives how many people can talk at once with the measured model, so that nine of ten of them have the first word
// within FirstWord of sending.
//
// As many people as there are slots have one each: the number is the largest crowd that was quick enough with the
// beginning of each interview known. More people take turns in the slots, and each time the whole interview is read: each
// thinks for Thinking, then waits for a free slot, and holds it as long as a turn took that was measured with all slots in
// use. That is a closed queue of N people and c servers (M/M/c//N), in which the wait of whoever comes is known; the
// largest N is taken of which at most one of ten is late. Real turns vary less than the queue assumes, so that it errs on
// the safe side.
func People(r Result) int {
	people := 0
	for _, l := range r.Levels {
		if l.Again <= r.Within && l.AtOnce > people {
			people = l.AtOnce
		}
	}
	if len(r.Levels) == 0 {
		return 0
	}
	full := r.Levels[len(r.Levels)-1]
	slack := r.Within - full.First
	if slack <= 0 || full.Turn <= 0 {
		return people
	}
	enough := func(n int) bool { return lateShare(n, r.Slots, full.Turn, r.Thinking, slack) <= late }
	low, high := r.Slots, mostPeople // low is enough, as nobody waits for a slot
	for low+1 < high {
		if middle := (low + high) / 2; enough(middle) {
			low = middle
		} else {
			high = middle
		}
	}
	return max(people, low)
}

// lateShare is the share of those who come that wait longer than slack for one of c slots, when n people think for a time
// and then hold a slot for another. Who comes sees the queue as it is with one person less (arrival theorem).
func lateShare(n, c int, hold, think, slack float64) float64 {
	load := hold / think
	weight, sum, lateSum := 1.0, 0.0, 0.0 // of the state in which j people have a slot or wait for one
	rate := float64(c) * slack / hold     // so many slots become free within the slack, on average
	term := math.Exp(-rate)               // of the Poisson distribution
	tail := 0.0                           // that fewer than are needed become free
	for j := 0; j < n; j++ {
		sum += weight
		if j >= c {
			tail += term
			term *= rate / float64(j-c+1)
			lateSum += weight * tail
		}
		weight *= float64(n-1-j) * load / float64(min(j+1, c))
		if weight > 1e200 || sum > 1e200 { // only ratios count
			weight, sum, lateSum = weight/1e200, sum/1e200, lateSum/1e200
		}
	}
	return lateSum / sum
}

// guidedShare is how much of what was measured is counted: the rest is left to pages, results and bad moments.
const guidedShare = 0.5

// GuidedPeople gives how many people can talk at once by rules that give so many answers a second, of at most so many as
// the box lets in.
func GuidedPeople(perSecond float64, most int) int {
	return min(most, int(perSecond*guidedShare*Thinking.Seconds()))
}
