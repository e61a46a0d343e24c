package quote_test

import (
	"testing"

	"harmonium/appliance/quote"
)

func TestATextIsVerbatimWhenItHoldsARunOfTheSpeakersWords(t *testing.T) {
	const said = "Nobody hands over the keys of the cupboard, and two of us search for them."
	for text, want := range map[string]bool{
		"The keys are not handed over.":                               false,
		"Staff lose time looking for the keys of the medicine store.": false,
		"Nobody hands over the keys":                                  true,
		"NOBODY hands over the KEYS, they say.":                       true,
		"They say that two of us search for them every day.":          true,
		"the keys": true, // nothing but their words
		"":         false,
		"Über Schlüssel wird gesprochen, und über das Suchen nach Schlüsseln": false,
	} {
		if got := quote.Verbatim(text, said); got != want {
			t.Errorf("Verbatim(%q) = %v", text, got)
		}
	}
}
