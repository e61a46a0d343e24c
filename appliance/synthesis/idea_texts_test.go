package synthesis_test

import (
	"harmonium/appliance"
	"harmonium/appliance/facilitation"
	"harmonium/appliance/synthesis"
	"strings"
	"testing"
)

func TestEveryIdeaCanBeOfferedInEveryLanguage(t *testing.T) {
	words := map[appliance.Language]string{"en": "parking", "de": "Parkplatz", "fr": "stationnement", "es": "aparcamiento", "uk": "паркування", "ar": "المواقف"}
	for _, language := range appliance.Languages() {
		for key, forms := range synthesis.Texts(language) {
			if !strings.HasPrefix(key, "idea_") || strings.HasPrefix(key, "idea_said") {
				continue
			}
			text := strings.ReplaceAll(forms["other"], "{words}", words[language])
			if !facilitation.FitsIdea(language, text) {
				t.Errorf("%s %s: %q cannot be offered", language, key, text)
			}
		}
	}
}
