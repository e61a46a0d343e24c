package backup_test

import (
	"testing"
	"time"

	"harmonium/appliance/backup"
)

func TestTheNewestOfEachDayAndWeekIsKept(t *testing.T) {
	start := time.Date(2026, 3, 2, 2, 0, 0, 0, time.UTC) // a Monday
	var times []time.Time
	for day := range 60 {
		times = append(times, start.AddDate(0, 0, day), start.AddDate(0, 0, day).Add(time.Hour))
	}
	keep := backup.Keep{Days: 7, Weeks: 4}
	gone := keep.LetGo(times)
	kept := map[string]bool{}
	for _, at := range times {
		kept[at.Format("0102T15")] = true
	}
	for _, at := range gone {
		delete(kept, at.Format("0102T15"))
	}
	// Days 24 to 30 April, by the later backup of each; weeks that ended on 12, 19 and 26 April beside the present one.
	want := []string{"0424T03", "0425T03", "0426T03", "0427T03", "0428T03", "0429T03", "0430T03", "0419T03", "0412T03"}
	for _, at := range want {
		if !kept[at] {
			t.Errorf("%s is let go", at)
		}
	}
	if len(kept) != len(want) {
		t.Errorf("%d are kept, want %d: %v", len(kept), len(want), kept)
	}
	if got := keep.Window(); got != 28 {
		t.Errorf("the window is %d days", got)
	}
}

func TestAClockTenYearsAheadLetsOnlyOneMoreGo(t *testing.T) {
	start := time.Date(2026, 3, 2, 2, 0, 0, 0, time.UTC)
	var times []time.Time
	for day := range 7 {
		times = append(times, start.AddDate(0, 0, day))
	}
	times = append(times, start.AddDate(10, 0, 0))
	if gone := (backup.Keep{Days: 7}).LetGo(times); len(gone) != 1 || !gone[0].Equal(start) {
		t.Errorf("let go: %v", gone)
	}
	if gone := (backup.Keep{}).LetGo(times); len(gone) != len(times)-1 {
		t.Errorf("with nothing to keep %d are let go; the newest always stays", len(gone))
	}
}

func TestTheNextBackupIsDueAtTheHourOfThePlan(t *testing.T) {
	at := func(day, hour int) time.Time { return time.Date(2026, 3, day, hour, 30, 0, 0, time.UTC) }
	plan := backup.Plan{On: true, Destination: "/b", Hour: 2}
	made := func(when time.Time) backup.State {
		return backup.State{}.Done(backup.Made{At: when, Where: "/b"}, true)
	}
	for name, c := range map[string]struct {
		plan  backup.Plan
		state backup.State
		now   time.Time
		want  time.Time
	}{
		"none yet":                       {plan, backup.State{}, at(5, 9), at(5, 9)},
		"made after the hour of today":   {plan, made(at(5, 2)), at(5, 9), time.Date(2026, 3, 6, 2, 0, 0, 0, time.UTC)},
		"made yesterday":                 {plan, made(at(4, 9)), at(5, 9), at(5, 9)},
		"before the hour of today":       {plan, made(at(4, 9)), at(5, 1), time.Date(2026, 3, 5, 2, 0, 0, 0, time.UTC)},
		"the destination is new":         {backup.Plan{On: true, Destination: "/c", Hour: 2}, made(at(5, 2)), at(5, 9), at(5, 9)},
		"made by a clock that was wrong": {plan, made(at(5, 9).AddDate(10, 0, 0)), at(5, 9), at(5, 9)},
		"no plan":                        {backup.Plan{Destination: "/b"}, backup.State{}, at(5, 9), time.Time{}},
	} {
		if got := c.plan.Next(c.state, c.now); !got.Equal(c.want) {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
