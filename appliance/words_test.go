package appliance_test

import (
	"testing"

	"harmonium/appliance"
)

func TestWordsAreCountedInEveryScript(t *testing.T) {
	for _, c := range []struct {
		text string
		want int
	}{
		{"", 0},
		{" \n\t ", 0},
		{"… – !? 👍", 0},
		{"one", 1},
		{"The handover takes 20 minutes.", 5},
		{"don't co-op ma’am", 3},
		{"a - b", 2},
		{"dash - ", 1},
		{"Straße für Ämter", 3},
		{"u\u0308ber A\u0308mter", 2},
		{"Zusam\u00admen", 1},
		{"يعمل الفريق معا", 3},
		{"交接时间太长", 6},
		{"ส่งเวรใช้เวลา", 3},
		{"3.5", 2},
		{"\xff\xfe", 0},
	} {
		if got := appliance.Words(c.text); got != c.want {
			t.Errorf("Words(%q) = %d, want %d", c.text, got, c.want)
		}
	}
}
