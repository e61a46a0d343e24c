package extract

// SharedRun gives the greatest number of words that stand in the same order, one directly after the other, in both texts.
func SharedRun(a, b string) int {
	x, y := Words(a), Words(b)
	longest := 0
	before := make([]int, len(y)+1)
	for i := range x {
		now := make([]int, len(y)+1)
		for j := range y {
			if x[i] == y[j] {
				now[j+1] = before[j] + 1
				longest = max(longest, now[j+1])
			}
		}
		before = now
	}
	return longest
}
