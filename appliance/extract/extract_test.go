package extract_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"harmonium/appliance"
	"harmonium/appliance/extract"
)

func TestSentences(t *testing.T) {
	cases := []struct {
		name, text string
		want       []string
	}{
		{"marks end sentences", "It broke. Nobody came! Why? We waited…", []string{"It broke.", "Nobody came!", "Why?", "We waited…"}},
		{"closing quotation marks stay", `She said "stop." Then she left.`, []string{`She said "stop."`, "Then she left."}},
		{"abbreviations and initials do not end one", "We use e.g. paper. Dr. K. Meyer knows, z.B. nachts.", []string{"We use e.g. paper.", "Dr. K. Meyer knows, z.B. nachts."}},
		{"numbers do not", "It took 3.5 hours. Version 2.0 failed.", []string{"It took 3.5 hours.", "Version 2.0 failed."}},
		{"the word I ends one", "Nobody knows but I. He left.", []string{"Nobody knows but I.", "He left."}},
		{"lines and bullets", "- the printer\n• the forms\n\nboth", []string{"the printer", "the forms", "both"}},
		{"other scripts", "他来了。我走了！ متى؟ الآن", []string{"他来了。", "我走了！", "متى؟", "الآن"}},
		{"no mark at all", "just words", []string{"just words"}},
		{"nothing", " \n ", nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, s := range extract.Sentences(c.text) {
				got = append(got, s.In(c.text))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestASentenceThatTellsSomethingBeatsOneThatDoesNot(t *testing.T) {
	cases := []struct {
		language       appliance.Language
		telling, empty string
	}{
		{"en", "The night shift needs a second nurse because one person cannot watch two corridors.", "I don't know, nothing to add really from my side I think."},
		{"en", "Every time the printer fails we write the labels by hand, which takes an hour.", "It is what it is and that is all there is."},
		{"de", "Die Nachtschicht braucht eine zweite Pflegekraft, weil niemand zwei Flure überblicken kann.", "Keine Ahnung, das ist alles, was ich dazu sagen kann."},
		{"de", "Zum Beispiel fehlt am Freitag immer das Protokoll der Übergabe.", "Was meinen Sie denn eigentlich damit genau?"},
	}
	for _, c := range cases {
		l := extract.For(c.language)
		w := l.Weigh(c.telling, c.empty)
		if a, b := l.Salience(c.telling, w), l.Salience(c.empty, w); a < b+0.2 {
			t.Errorf("%s: %.2f for the telling sentence, %.2f for the empty one", c.language, a, b)
		}
	}
}

func TestFormsOfAWordShareAStem(t *testing.T) {
	for _, c := range []struct {
		language appliance.Language
		a, b     string
	}{
		{"en", "printer", "printers"}, {"en", "meeting", "meetings"}, {"en", "delay", "delayed"},
		{"de", "Übergabe", "Übergaben"}, {"de", "Schicht", "Schichten"}, {"de", "Belastung", "Belastungen"},
	} {
		l := extract.For(c.language)
		if got := l.Alike(c.a, c.b); got != 1 {
			t.Errorf("%s: %s and %s are %.1f alike, want 1", c.language, c.a, c.b, got)
		}
	}
}

func TestPassagesCanBeUnderstoodOnTheirOwn(t *testing.T) {
	long := strings.Repeat("This goes on for quite some time and then some more. ", 6)
	for _, c := range []struct {
		name     string
		language appliance.Language
		text     string
		want     []string
	}{
		{"sentences of their own", "en", "The labels are late every day. Nobody oils the printer here.",
			[]string{"The labels are late every day.", "Nobody oils the printer here."}},
		{"one that points back", "en", "We have a checklist on the wall. It takes two minutes.",
			[]string{"We have a checklist on the wall. It takes two minutes."}},
		{"a fragment before", "en", "Pending results. Blood is taken in the afternoon.", []string{"Pending results. Blood is taken in the afternoon."}},
		{"a fragment after", "en", "The whiteboard is what helps us most. And a pen.", []string{"The whiteboard is what helps us most. And a pen."}},
		{"not across lines", "en", "Pending results.\nIt takes two minutes to look.", []string{"Pending results.", "It takes two minutes to look."}},
		{"not without end", "en", "It was late then. It was dark then. It was cold then. It was wet then.",
			[]string{"It was late then. It was dark then. It was cold then.", "It was wet then."}},
		{"not longer than one reads", "en", long + "It is what it is now.",
			slices.Repeat([]string{"This goes on for quite some time and then some more. This goes on for quite some time and then some more. This goes on for quite some time and then some more."}, 2)},
		{"German: a pronoun", "de", "Der Aufzug ist seit Wochen kaputt. Das nervt alle hier.", []string{"Der Aufzug ist seit Wochen kaputt. Das nervt alle hier."}},
		{"German: an article", "de", "Der Aufzug ist seit Wochen kaputt. Das Haus ist zu klein dafür.",
			[]string{"Der Aufzug ist seit Wochen kaputt.", "Das Haus ist zu klein dafür."}},
		{"a language that nobody knows", "xx", "Uno dos tres quatro cinco. Seis siete ocho nueve diez.",
			[]string{"Uno dos tres quatro cinco.", "Seis siete ocho nueve diez."}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, s := range extract.For(c.language).Passages(c.text) {
				got = append(got, s.In(c.text))
			}
			if c.name == "not longer than one reads" {
				got = got[:2]
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTermsKnowWhatNamesAThing(t *testing.T) {
	for _, c := range []struct {
		language appliance.Language
		text     string
		things   []string
		others   []string
	}{
		{"en", "We need the printer for the labels of every patient.", []string{"printer", "labels", "patient"}, nil},
		{"en", "I waited an hour to print it twenty times by hand.", nil, []string{"hour", "print", "hand"}},
		{"en", "They waited for the late shift.", nil, []string{"waited", "late"}},
		{"de", "Mir fehlt ein Platz mit Steckdosen, weil der Lesesaal überfüllt ist.", []string{"Platz", "Steckdosen", "Lesesaal"}, []string{"überfüllt"}},
		{"de", "mir fehlt ein platz mit steckdosen", []string{"platz", "steckdosen"}, nil},
		{"de", "Ich warte seit einer Stunde.", nil, []string{"warte", "Stunde"}},
	} {
		weight := map[string]int{}
		for _, term := range extract.For(c.language).Terms(c.text) {
			weight[term.Form] = term.Thing
		}
		for _, word := range c.things {
			if weight[word] <= 0 {
				t.Errorf("%q: %s is not known as a thing", c.text, word)
			}
		}
		for _, word := range c.others {
			if weight[word] > 0 {
				t.Errorf("%q: %s is taken for a thing", c.text, word)
			}
		}
	}
}

func TestTermsThatStandTogetherAreBound(t *testing.T) {
	var got []string
	for _, term := range extract.For("en").Terms("The late shift, patients and printed sheets. Sheets!") {
		if term.Bound {
			got = append(got, term.Word)
		}
	}
	if diff := cmp.Diff([]string{"shift", "sheets"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestApostrophesOfEveryKindAreTheSame(t *testing.T) {
	l := extract.For("en")
	for _, text := range []string{"I don't know what the printer does.", "I don’t know what the printer does."} {
		if !l.Marks(text).Unsure {
			t.Errorf("%q is not known as unsure", text)
		}
	}
	a, b := l.Salience("We don't know the nurses' list.", extract.Weights{}), l.Salience("We don’t know the nurses’ list.", extract.Weights{})
	if a != b {
		t.Errorf("salience %.2f and %.2f", a, b)
	}
}

func TestAnUnknownLanguageStillHasSentencesAndTerms(t *testing.T) {
	l := extract.For("xx")
	if n := len(l.Terms("uno dos tres cuatro")); n != 4 {
		t.Errorf("%d terms, want 4", n)
	}
}

func FuzzSentences(f *testing.F) {
	f.Add("One. Two, three; four…\n• five")
	f.Add("a.b.c ... ?! ”")
	f.Fuzz(func(t *testing.T, text string) {
		end := 0
		for _, s := range extract.Sentences(text) {
			if s.Start < end || s.End <= s.Start || s.End > len(text) {
				t.Fatalf("span %v after %d in a text of %d bytes", s, end, len(text))
			}
			if utf8.ValidString(text) && !utf8.ValidString(s.In(text)) {
				t.Fatalf("span %v cuts a character", s)
			}
			end = s.End
		}
		l := extract.For("en")
		end = 0
		for _, s := range l.Passages(text) {
			if s.Start < end || s.End <= s.Start || s.End > len(text) {
				t.Fatalf("passage %v after %d in a text of %d bytes", s, end, len(text))
			}
			end = s.End
		}
		if got := l.Salience(text, l.Weigh(text)); got < 0 || got > 1 {
			t.Fatalf("salience %v", got)
		}
	})
}
