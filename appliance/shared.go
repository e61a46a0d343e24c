package appliance

// Hidden stands in the place of a figure that is not told.
const Hidden = -1

// HideSmall hides, among the counts of answers of which each person gave one, those of fewer people than group, and so
// many of the next smallest that at least group people stand behind what is hidden: otherwise the rest would tell it. Zero
// is told: it is nobody's answer. It says whether anything is hidden.
func HideSmall(counts []int, group int) (hidden bool) {
	sum := 0
	for i, n := range counts {
		if n > 0 && n < group {
			counts[i], sum, hidden = Hidden, sum+n, true
		}
	}
	for hidden && sum < group {
		least := -1
		for i, n := range counts {
			if n > 0 && (least < 0 || n < counts[least]) {
				least = i
			}
		}
		if least < 0 {
			break
		}
		sum += counts[least]
		counts[least] = Hidden
	}
	return hidden
}

// HideFew hides, among the counts of answers of which people could give several, those that fewer people than group gave,
// and those that fewer of all people did not.
func HideFew(counts []int, people, group int) {
	for i, n := range counts {
		if n > 0 && n < group || n < people && people-n < group {
			counts[i] = Hidden
		}
	}
}

// TellsFew says whether somebody who saw the figures before of a question, and sees the figures now, learns what fewer than
// group people have answered meanwhile. Figures are as HideSmall (of answers of which each person gave one) or HideFew
// (several) has left them; people are those who answered.
func TellsFew(before []int, peopleBefore int, now []int, peopleNow int, several bool, group int) bool {
	few := func(n int) bool { return n < 0 || n > 0 && n < group }
	people := peopleNow - peopleBefore
	if few(people) || len(before) != len(now) {
		return true
	}
	rest := people
	for i, n := range now {
		if n == Hidden || before[i] == Hidden {
			continue
		}
		more := n - before[i]
		if few(more) || several && few(people-more) {
			return true
		}
		rest -= more
	}
	return !several && few(rest)
}
