package appliance_test

import (
	"testing"

	"harmonium/appliance"
)

func TestSignalsAreHeardHoweverTheyAreWritten(t *testing.T) {
	for text, want := range map[string]string{
		"This is off-the-record, please.":     "off the record",
		"Ce n’est pas au procès verbal.":      "pas au procès-verbal",
		"Nʼenregistrez pas.":                  "n'enregistrez pas",
		"Das BLEIBT unter uns!":               "bleibt unter uns",
		"We took the record off the shelf.":   "",
		"The off-the-recordings are missing.": "",
	} {
		if got, _ := appliance.SignalIn(text); got.Saying != want {
			t.Errorf("%q: heard %q, want %q", text, got.Saying, want)
		}
	}
}
