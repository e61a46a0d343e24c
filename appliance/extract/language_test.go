package extract_test

import (
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/extract"
)

func TestALanguageIsRecognisedBySmallWordsOnlyWhenItIsClear(t *testing.T) {
	for text, want := range map[string]appliance.Language{
		"Why do people leave in the first year":                                         "en",
		"Handover between wards\nFind out what gets lost\nwhy notes are not read":       "en",
		"Was läuft bei der Übergabe gut?":                                               "de",
		"Übergabe auf Station 3\nHerausfinden, was verloren geht\nWarum dauert es lang": "de",
		"Das neue Onboarding: Wie gut ist es für die Teams mit Work from Home?":         "de",
		"Що губиться під час передачі змін і чому":                                      "uk",
		"ما الذي يضيع بين النوبتين ولماذا":                                              "ar",
		"The Betriebsrat and what people expect of it":                                  "en",
		"":                                  "",
		"Übergabe":                          "",
		"Retrospective":                     "",
		"Team Retro Q3 2026":                "",
		"the und the und die about":         "",
		"Pourquoi les gens partent-ils tôt": "fr",
		"L'équipe de nuit\nComprendre ce qui se perd à la relève": "fr",
		"Warum die Leute avec les autres":                         "",
		"交接时间太长":                                                  "",
	} {
		got, ok := extract.LanguageOf(text)
		if got != want || ok != (want != "") {
			t.Errorf("%q is %q (%t), want %q", text, got, ok, want)
		}
	}
}

func FuzzLanguageOf(f *testing.F) {
	f.Add("the und \xff '’")
	f.Fuzz(func(t *testing.T, text string) {
		if got, ok := extract.LanguageOf(text); ok != got.Valid() {
			t.Fatalf("%q, %t", got, ok)
		}
	})
}
