package extract_test

import (
	"strings"
	"testing"

	"harmonium/appliance/extract"
)

func TestASummaryTellsEachMatterOnceAndKeepsToItsLength(t *testing.T) {
	texts := []string{
		"The night shift needs a second nurse for the corridors. The night shift needs another nurse in the corridors.",
		"Thanks for asking, that is nice of you all.",
		"The printer fails every Friday and the labels are late. So the printer costs us an hour each Friday.",
	}
	for words := range 40 {
		var told []string
		length := 0
		for _, s := range extract.For("en").Summary(texts, words) {
			told = append(told, s.In(texts[s.Text]))
			length += len(extract.Words(told[len(told)-1]))
		}
		if length > words {
			t.Errorf("%d words where there is room for %d", length, words)
		}
		if all := strings.Join(told, " "); words == 20 && !(strings.Contains(all, "nurse") && strings.Contains(all, "printer")) {
			t.Errorf("of two matters it tells one: %q", all)
		}
	}
}
