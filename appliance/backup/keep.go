package backup

import (
	"fmt"
	"slices"
	"time"

	"harmonium/appliance"
)

// Keep says how many backups of a directory are kept: the newest one of each of so many days and of so many weeks that
// have any. Days are counted, and not how long ago they are, so that a clock that is wrong removes nothing.
type Keep struct {
	Days  int `json:"days"`
	Weeks int `json:"weeks"`
}

// Window is for how many days, at most, backups hold what was deleted, as long as one is made every day.
func (k Keep) Window() int { return max(k.Days, 7*k.Weeks, 1) }

// LetGo gives those of the times of backups that are not kept. The newest always is.
func (k Keep) LetGo(times []time.Time) []time.Time {
	times = slices.Clone(times)
	appliance.Sort(times, func(a, b time.Time) int { return b.Compare(a) })
	days, weeks := map[string]bool{}, map[string]bool{}
	var gone []time.Time
	for i, t := range times {
		year, number := t.UTC().ISOWeek()
		kept := i == 0
		kept = newOf(days, t.UTC().Format(time.DateOnly), k.Days) || kept
		kept = newOf(weeks, fmt.Sprint(year, number), k.Weeks) || kept
		if !kept {
			gone = append(gone, t)
		}
	}
	return gone
}

// newOf says whether name is not among seen yet and there may be another one.
func newOf(seen map[string]bool, name string, most int) bool {
	if seen[name] || len(seen) >= most {
		return false
	}
	seen[name] = true
	return true
}
