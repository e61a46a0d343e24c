package meter_test

import (
	"slices"
	"testing"
	"time"

	"harmonium/appliance/meter"
)

func TestTimesAreCountedByNameAndClass(t *testing.T) {
	var times meter.Times
	times.Add("b", 30*time.Millisecond)
	times.Add("b", 7*time.Second)
	times.Add("b", time.Hour)
	times.Add("a", -time.Second) // a clock that was set back
	all := times.All()
	if len(all) != 2 || all[0].Name != "a" || all[1].Name != "b" {
		t.Fatalf("%+v", all)
	}
	if a := all[0]; a.Count != 1 || a.Sum != 0 || a.Below[0] != 1 {
		t.Errorf("%+v", a)
	}
	b := all[1]
	at := func(bound float64) int64 { return b.Below[slices.Index(meter.Bounds(), bound)] }
	if b.Count != 3 || b.Sum != time.Hour+7*time.Second+30*time.Millisecond || at(0.01) != 0 || at(0.05) != 1 || at(5) != 1 || at(10) != 2 || at(60) != 2 {
		t.Errorf("%+v", b)
	}
}

func TestNothingCountsInNothing(t *testing.T) {
	var times *meter.Times
	times.Add("a", time.Second)
	if all := times.All(); len(all) > 0 {
		t.Errorf("%+v", all)
	}
}
