package appliance

import (
	"slices"
	"strings"
	"unicode"
)

// signal is what people say when something is not to be used, in lower case.
type signal struct {
	forbids Restrictions
	phrases []string
}

// signals are known in the languages of the pages. Each is a whole saying: single words such as "confidential" are said of
// many things, and a meeting that is restricted without need is one that somebody has to look at.
var signals = []signal{
	{NoSynthesis | NoExport | NoSharing, []string{
		"off the record", "not for the record", "don't record this", "do not record this", "stop the recording", "turn off the recording",
		"not for the minutes", "keep this out of the minutes", "leave this out of the minutes", "strike that from the record",
		"nicht fürs protokoll", "nicht für das protokoll", "nicht ins protokoll", "nicht aufnehmen bitte", "bitte nicht aufnehmen", "aufnahme stoppen",
		"unter drei gesagt", "aufnahme bitte aus",
		"hors micro", "pas au procès-verbal", "pas dans le procès-verbal", "pas dans le compte rendu", "pas dans le compte-rendu",
		"n'enregistrez pas", "arrêtez l'enregistrement", "coupez l'enregistrement",
		"fuera de acta", "que no conste en acta", "no conste en acta", "fuera de micrófono", "no graben esto", "no grabes esto", "paren la grabación",
		"detengan la grabación", "extraoficialmente",
		"не для протоколу", "не під запис", "не для запису", "не записуйте це", "зупиніть запис", "вимкніть запис",
		"ليس للتسجيل", "خارج التسجيل", "لا تسجلوا", "لا تسجل هذا", "أوقفوا التسجيل", "أوقف التسجيل", "خارج المحضر", "ليس للمحضر",
	}},
	{NoExport | NoSharing, []string{
		"stays in this room", "between us only", "don't tell anyone", "do not tell anyone", "don't share this", "do not share this",
		"this is confidential", "that's confidential", "don't quote me", "do not quote me",
		"bleibt unter uns", "bleibt in diesem raum", "das ist vertraulich", "streng vertraulich", "nicht weitersagen", "nicht weitererzählen",
		"nicht weitergeben", "zitiert mich nicht", "zitieren sie mich nicht",
		"reste entre nous", "c'est confidentiel", "ne le répétez pas", "ne le dites à personne", "ne me citez pas", "ne partagez pas ça", "ne partagez pas cela",
		"queda entre nosotros", "que quede entre nosotros", "es confidencial", "no se lo digan a nadie", "no lo compartan", "no me citen",
		"це між нами", "залишиться між нами", "це конфіденційно", "нікому не кажіть", "не поширюйте це", "не цитуйте мене",
		"يبقى بيننا", "هذا سري", "هذا سرّي", "لا تخبروا أحدا", "لا تخبروا أحداً", "لا تشاركوا هذا", "لا تقتبسوا",
	}},
}

// Signal is a saying by which somebody asks that something be not used.
type Signal struct {
	Forbids Restrictions
	Saying  string // as it is listed here: never other words of who spoke
}

// SignalIn finds what a text says about its own use; false when it says nothing that is known. It compares whole words,
// without case, hyphens and the kinds of apostrophes.
func SignalIn(text string) (Signal, bool) {
	words := " " + plainWords(text) + " "
	for _, s := range signals {
		i := slices.IndexFunc(s.phrases, func(phrase string) bool { return strings.Contains(words, " "+plainWords(phrase)+" ") })
		if i >= 0 {
			return Signal{s.forbids, s.phrases[i]}, true
		}
	}
	return Signal{}, false
}

// plainWords gives the words of a text in lower case with a space between them: hyphens part words, and apostrophes are all the same.
func plainWords(text string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(apostrophes.Replace(text)), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r) && r != '\''
	}), " ")
}

var apostrophes = strings.NewReplacer("’", "'", "ʼ", "'", "‘", "'")
