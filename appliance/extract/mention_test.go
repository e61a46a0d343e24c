package extract_test

import (
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/extract"
)

func TestAnAnswerToAYesNoQuestionIsReadByHowItBegins(t *testing.T) {
	for _, c := range []struct {
		language appliance.Language
		text     string
		want     int
	}{
		{"en", "Yes, every week.", 1}, {"en", "Definitely. We need it.", 1}, {"en", "No. It was too late.", -1},
		{"en", "Definitely not.", -1}, {"en", "Not at all, I like it.", -1}, {"en", "Yes and no, it depends.", 0},
		{"en", "No one told me.", 0}, {"en", "I don't know.", 0}, {"en", "The labels are late.", 0}, {"en", "Yesterday it broke.", 0}, {"en", "", 0},
		{"de", "Ja, jede Woche.", 1}, {"de", "Nein, nie.", -1}, {"de", "Auf keinen Fall!", -1}, {"de", "Ja und nein.", 0}, {"de", "Jahrelang war es gut.", 0},
		{"fr", "Oui, souvent.", 1}, {"fr", "Bien sûr que non.", -1}, {"fr", "Oui et non.", 0}, {"fr", "Si on avait le temps.", 0},
		{"es", "Sí, claro.", 1}, {"es", "No, nunca.", -1}, {"es", "Si hay tiempo.", 0}, {"es", "Sí y no.", 0},
		{"uk", "Так, щотижня.", 1}, {"uk", "Ні, ніколи.", -1}, {"uk", "Так і ні.", 0},
		{"ar", "نعم، كل أسبوع.", 1}, {"ar", "لا، أبدا.", -1}, {"ar", "نعم ولا.", 0},
		{"pl", "Tak, zawsze.", 0},
	} {
		if got := extract.For(c.language).Answers(c.text); got != c.want {
			t.Errorf("%s %q: %d, want %d", c.language, c.text, got, c.want)
		}
	}
}

func TestASentenceMentionsWhatAPhraseNamesAndSaysWhenItIsDenied(t *testing.T) {
	for _, c := range []struct {
		language      appliance.Language
		text, phrase  string
		plain, denied bool
	}{
		{"en", "I would rather work the night shifts.", "Night shift", true, false},
		{"en", "Please not the night shift.", "Night shift", false, true},
		{"en", "No, the night shift.", "Night shift", true, false},
		{"en", "The nights are long.", "Night shift", false, false},
		{"en", "It was good.", "Good", true, false},
		{"de", "Die Schichten in der Nacht sind hart.", "Nacht", true, false},
		{"de", "Ich will keine Nacht mehr.", "Nacht", false, true},
		{"ar", "العمل في المساء أفضل.", "المساء", true, false},
	} {
		plain, denied := extract.For(c.language).Mentions(c.text, c.phrase)
		if plain != c.plain || denied != c.denied {
			t.Errorf("%s %q in %q: plain %v, denied %v", c.language, c.phrase, c.text, plain, denied)
		}
	}
}

func TestNumbersAreReadWhereItIsClearWhichNumberIsMeant(t *testing.T) {
	for _, c := range []struct {
		language appliance.Language
		text     string
		want     []float64
	}{
		{"en", "About 12 people, 3.5 hours and 1,500 euros.", []float64{12, 3.5, 1500}},
		{"de", "Etwa 1.500 Euro und 2,5 Stunden.", []float64{1500, 2.5}},
		{"fr", "1 500 personnes", []float64{1, 500}}, {"fr", "1\u202f500 personnes", []float64{1500}},
		{"en", "It was -5 degrees.", []float64{-5}},
		{"en", "Between 10-12, at 10:30, on 3/4, the 3rd, B12, 24/7, v2.", nil},
		{"en", "I waited 20.", []float64{20}},
		{"en", "80% of it", []float64{80}},
		{"ar", "انتظرت ٢٠ دقيقة", []float64{20}},
	} {
		var got []float64
		for _, n := range extract.Numbers(c.language, c.text) {
			got = append(got, n.Value)
		}
		if len(got) != len(c.want) {
			t.Errorf("%s %q: %v", c.language, c.text, got)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("%s %q: %v", c.language, c.text, got)
			}
		}
	}
}
