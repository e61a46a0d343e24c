package extract_test

import (
	"testing"
	"unicode/utf8"

	"harmonium/appliance"
	"harmonium/appliance/extract"
)

func TestDecisionsAndPromisesAreKnownByHowTheyAreSaid(t *testing.T) {
	const (
		decision = extract.Voice(-1)
		nothing  = extract.Voice(0)
		alone    = extract.Alone
		together = extract.Together
	)
	for _, c := range []struct {
		language appliance.Language
		said     string
		want     extract.Voice
		due      string
	}{
		{"en", "We decided to print the sheet later.", decision, ""},
		{"en", "In the end we agreed on ten minutes.", decision, ""},
		{"en", "Yesterday it was decided that the tablet goes.", decision, ""},
		{"en", "We’ve just decided to wait until Monday.", decision, "until Monday"},
		{"en", "Nobody knows what we decided.", nothing, ""},
		{"en", "We have not decided anything.", nothing, ""},
		{"en", "Have we decided that, or was it decided?", nothing, ""},
		{"en", "I will ask the printer people tomorrow.", alone, "tomorrow"},
		{"en", "By Friday I’ll bring the list.", alone, "By Friday"},
		{"en", "Ok, we are going to try it before the end of the month.", together, "before the end of the month"},
		{"en", "I will send it on 12 March at the latest.", alone, "on 12 March"},
		{"en", "We will have it done within two weeks.", together, "within two weeks"},
		{"en", "I will never do that again.", nothing, ""},
		{"en", "We will lose people if this goes on.", nothing, ""},
		{"en", "I'll be gone, won't I?", nothing, ""},

		{"de", "Wir haben am Montag beschlossen, dass der Aufzug zuerst kommt.", decision, "am Montag"},
		{"de", "Es wurde vereinbart, samstags zu zweit zu sein.", decision, ""},
		{"de", "Am Ende haben wir uns auf zehn Minuten geeinigt.", decision, ""},
		{"de", "Wir haben nichts beschlossen.", nothing, ""},
		{"de", "Ich werde den Schlüssel bis Freitag nachmachen lassen.", alone, "bis Freitag"},
		{"de", "Bis Ende der nächsten Woche werde ich die Liste schreiben.", alone, "Bis Ende der nächsten Woche"},
		{"de", "Wir kümmern uns um die Pläne bis zum 12. März.", together, "bis zum 12. März"},
		{"de", "Wir werden das nicht schaffen.", nothing, ""},
		{"de", "Ich werde oft angerufen.", nothing, ""},

		{"fr", "Nous avons décidé de garder les tableaux.", decision, ""},
		{"fr", "On s’est mis d’accord sur dix minutes.", decision, ""},
		{"fr", "Hier, il a été décidé que la tablette part.", decision, ""},
		{"fr", "Nous n'avons rien décidé.", nothing, ""},
		{"fr", "Je vais demander à l'imprimeur demain.", alone, "demain"},
		{"fr", "J'apporterai la liste avant vendredi.", alone, "avant vendredi"},
		{"fr", "Je leur écrirai d'ici la fin du mois.", alone, "d'ici la fin du mois"},
		{"fr", "Nous allons essayer la semaine prochaine.", together, "la semaine prochaine"},
		{"fr", "Je ne ferai pas ça.", nothing, ""},
		{"fr", "Nous perdrons des gens si cela continue.", nothing, ""},

		{"es", "Hemos decidido imprimir la hoja más tarde.", decision, ""},
		{"es", "Al final quedamos en diez minutos.", decision, ""},
		{"es", "Se acordó que la tableta se va.", decision, ""},
		{"es", "No hemos decidido nada.", nothing, ""},
		{"es", "Voy a preguntar mañana.", alone, "mañana"},
		{"es", "Traeré la lista antes del viernes.", alone, "antes del viernes"},
		{"es", "Lo haré la semana que viene.", alone, "la semana que viene"},
		{"es", "Nos encargamos de las llaves hasta fin de mes.", together, "hasta fin de mes"},
		{"es", "Hablaremos con ellos el lunes.", together, "el lunes"},
		{"es", "No lo haré nunca.", nothing, ""},
		{"es", "Queremos más tiempo.", nothing, ""},

		{"uk", "Ми вирішили друкувати аркуш пізніше.", decision, ""},
		{"uk", "Зрештою ми домовилися про десять хвилин.", decision, ""},
		{"uk", "Учора було вирішено, що планшет забирають.", decision, ""},
		{"uk", "Вчора було вирішено, що планшет забирають.", decision, ""},
		{"uk", "Ми не вирішили нічого.", nothing, ""},
		{"uk", "Я запитаю друкарню завтра.", alone, "завтра"},
		{"uk", "До п’ятниці я принесу список.", alone, "До п’ятниці"},
		{"uk", "Я буду дзвонити їм до кінця наступного тижня.", alone, "до кінця наступного тижня"},
		{"uk", "Ми організуємо зустріч у понеділок.", together, "у понеділок"},
		{"uk", "Ми втратимо людей, якщо так піде далі.", nothing, ""},
		{"uk", "Я ніколи не зроблю цього.", nothing, ""},

		{"ar", "قررنا أن نطبع الورقة لاحقا.", decision, ""},
		{"ar", "في النهاية اتفقنا على عشر دقائق.", decision, ""},
		{"ar", "تم الاتفاق على إزالة الجهاز.", decision, ""},
		{"ar", "لم نقرر شيئا.", nothing, ""},
		{"ar", "سأسأل المطبعة غدًا.", alone, "غدًا"},
		{"ar", "سوف أحضر القائمة قبل يوم الجمعة.", alone, "قبل يوم الجمعة"},
		{"ar", "سنجرب ذلك قبل نهاية الشهر القادم.", together, "قبل نهاية الشهر القادم"},
		{"ar", "نحن سننظم اجتماعا الأسبوع القادم.", together, "الأسبوع القادم"},
		{"ar", "لن نفعل ذلك.", nothing, ""},
		{"ar", "ساعدني زميلي كثيرا.", nothing, ""},

		{"tlh", "I will ask tomorrow.", nothing, ""},
	} {
		l := extract.For(c.language)
		got := l.Promises(c.said)
		if l.Decides(c.said) {
			got = decision
		}
		if got != c.want || l.Binds(c.said) != (c.want != nothing) {
			t.Errorf("%s: %d, want %d", c.said, got, c.want)
		}
		if due := l.Due(c.said).In(c.said); c.want != nothing && due != c.due {
			t.Errorf("%s: due %q, want %q", c.said, due, c.due)
		}
	}
}

func TestWhatIsDueIsNamedByWordsOfTime(t *testing.T) {
	for text, want := range map[string]string{
		"The first floor is dirty.":                  "",
		"It is done by 2027-01-31, I hope.":          "by 2027-01-31",
		"In my opinion on the whole it is fine.":     "",
		"This is at the end of the corridor.":        "",
		"Bring it on Monday morning or next Friday.": "on Monday morning",
	} {
		if got := extract.For("en").Due(text).In(text); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

// Whatever is said, in whatever language: a time is words of the text, and what is asked is no promise.
func FuzzCommitments(f *testing.F) {
	for _, said := range []string{"By Friday I’ll bring the list.", "We agreed, on 12.3. at 5", "wir haben … beschlossen", "J'apporterai d'ici la fin du mois",
		"до п’ятниці я", "سنجرب ذلك قبل نهاية الشهر القادم.", "\xff12 by \u0301", "у, в, на", "-", "2027-01-31 2027-01-31"} {
		f.Add(said)
	}
	f.Fuzz(func(t *testing.T, said string) {
		for _, language := range appliance.Languages() {
			l := extract.For(language)
			due := l.Due(said)
			if due.Start < 0 || due.End < due.Start || due.End > len(said) || utf8.ValidString(said) && !utf8.ValidString(due.In(said)) {
				t.Errorf("%s: due at %+v of %d bytes", language, due, len(said))
			}
			if l.Due(due.In(said)).In(due.In(said)) != due.In(said) && due.End > due.Start {
				t.Errorf("%s: the words of a time are none by themselves: %q", language, due.In(said))
			}
			if asked := said + "?"; l.Decides(asked) || l.Promises(asked) != 0 {
				t.Errorf("%s: a question binds: %q", language, asked)
			}
			l.Binds(said)
			l.Sides(said)
		}
	})
}
