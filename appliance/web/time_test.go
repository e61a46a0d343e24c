package web_test

import (
	"encoding/json"
	"testing"
	"time"

	"harmonium/appliance/web"
)

func TestTimesInAnswersHaveThreeDigitsOfMilliseconds(t *testing.T) {
	base := time.Date(2026, 3, 1, 10, 5, 0, 0, time.FixedZone("CET", 3600))
	for after, want := range map[time.Duration]string{
		0:                                    `"2026-03-01T09:05:00.000Z"`,
		100 * time.Millisecond:               `"2026-03-01T09:05:00.100Z"`,
		123*time.Millisecond + 999_999:       `"2026-03-01T09:05:00.123Z"`,
		59*time.Second + 10*time.Millisecond: `"2026-03-01T09:05:59.010Z"`,
	} {
		got, err := json.Marshal(web.Time{Time: base.Add(after)})
		if err != nil || string(got) != want {
			t.Errorf("%s, %v; want %s", got, err, want)
		}
		var back web.Time
		if err := json.Unmarshal(got, &back); err != nil || !back.Equal(base.Add(after).Truncate(time.Millisecond)) {
			t.Errorf("%s comes back as %v, %v", got, back, err)
		}
	}
}
