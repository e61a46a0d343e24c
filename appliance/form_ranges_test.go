package appliance_test

import (
	"slices"
	"strconv"
	"testing"

	"harmonium/appliance"
)

func TestNumbersAreCountedByThemselvesOrInRanges(t *testing.T) {
	var ages []string
	for n := 19; n <= 64; n += 3 {
		ages = append(ages, strconv.Itoa(n))
	}
	type counts = []appliance.ValueCount
	for name, c := range map[string]struct {
		given []string
		want  counts
	}{
		"nothing":     {nil, counts{}},
		"few":         {[]string{"3", "1", "3", "twelve"}, counts{{"1", 1}, {"3", 2}}},
		"a fraction":  {[]string{"3,5"}, counts{{"3–4", 1}}},
		"fractions":   {[]string{"0.5", "3,5", "-0.5"}, counts{{"−1–0", 1}, {"0–1", 1}, {"1–2", 0}, {"2–3", 0}, {"3–4", 1}}},
		"many":        {ages, counts{{"10–19", 1}, {"20–29", 3}, {"30–39", 3}, {"40–49", 4}, {"50–59", 3}, {"60–69", 2}}},
		"far apart":   {[]string{"1", "2", "3", "4", "5", "6", "7", "8", "1000000"}, counts{{"0–199999", 8}, {"200000–399999", 0}, {"400000–599999", 0}, {"600000–799999", 0}, {"800000–999999", 0}, {"1000000–1199999", 1}}},
		"without end": {[]string{"999999999999999999999"}, counts{}},
	} {
		if got := appliance.CountNumbers(c.given); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestDatesAreCountedByDayMonthOrYear(t *testing.T) {
	var days, months []string
	for n := 1; n <= 9; n++ {
		days = append(days, "2026-03-0"+strconv.Itoa(n))
		months = append(months, "2026-0"+strconv.Itoa(n)+"-01")
	}
	type counts = []appliance.ValueCount
	for _, c := range []struct {
		given []string
		want  counts
	}{
		{[]string{"2026-03-31", "2026-01-02", "2026-03-31", "soon"}, counts{{"2026-01-02", 1}, {"2026-03-31", 2}}},
		{append(days, "2026-04-01"), counts{{"2026-03", 9}, {"2026-04", 1}}},
		{months, counts{{"2026", 9}}},
	} {
		if got := appliance.CountDates(c.given); !slices.Equal(got, c.want) {
			t.Errorf("%v", got)
		}
	}
}
