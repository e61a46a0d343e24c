package synthesis

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"harmonium/appliance"
	"harmonium/appliance/extract"
)

// The bounds of what a model writes.
const (
	maxWords     = 40 // of a claim or a sentence of a report
	minWords     = 3
	maxQuoteText = 400 // bytes of a quotation that stands for a claim in its own words
)

// leaked matches what belongs to a prompt and not to a text: marks of turns, roles, lists, code and markup.
var leaked = regexp.MustCompile("(?i)[⟦⟧{}<>|`*_#\\\\]|\\[|\\]|https?:|^\\s*(?:[-•–+]|\\d+[.)])\\s|" +
	`\b(?:claims?|points?|turns?|aussagen?|punkte?)\s*(?:nr\.?|no\.?|#)?\s*\d|\b[TP]\d+\b|` +
	`^(?:claim|point|quote|text|answer|sentence|aussage|antwort|satz)\s*:`)

// wellWorded says whether a text of a model can stand as one sentence of a claim or report: one line and one sentence of
// words, neither too long nor nothing, in the language it should be in, without marks of the prompt.
func wellWorded(language appliance.Language, text string) bool {
	if !plain(text) {
		return false
	}
	var p appliance.Problems
	if appliance.CheckLine(&p, "", text, 10*maxWords, true); len(p) > 0 {
		return false
	}
	if n := appliance.Words(text); n < minWords || n > maxWords {
		return false
	}
	return len(extract.Sentences(text)) == 1 && speaks(language, text)
}

// plain says whether a text of a model is words and nothing else: no marks of a prompt, no markup, no characters that
// belong to no sentence.
func plain(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, odd) && !leaked.MatchString(text)
}

// odd says whether a character belongs to no sentence.
func odd(r rune) bool {
	return r == utf8.RuneError || !unicode.IsPrint(r) && !unicode.In(r, unicode.Zs) || unicode.In(r, unicode.Co)
}

// speaks says whether a text reads like one of a language: of the words that only join others together, no other
// language has more in it. A text without any of them is in no language, unless it is one that is not known here.
func speaks(language appliance.Language, text string) bool {
	if !language.Valid() {
		return true
	}
	own := extract.For(language).Common(text)
	if own == 0 {
		return false
	}
	for _, other := range appliance.Languages() {
		if other != language && extract.For(other).Common(text) > own {
			return false
		}
	}
	return true
}

// counting matches words that say for how many people something holds: only the database counts.
var counting = map[appliance.Language]*regexp.Regexp{
	appliance.English: regexp.MustCompile(`(?i)\d ?(?:%|percent|of \d|people|persons?|participants?|respondents?|interviewees?)|` +
		`\b(?:one|two|three|four|five|six|seven|eight|nine|ten|dozens?|hundreds?|half|most|many|few|several|some|all|both|no|` +
		`every|each|other)(?: of)?(?: the| these| those)? (?:people|persons?|participants?|respondents?|interviewees?|them)\b|` +
		`\b(?:most|many|few|several|some|all) (?:say|said|agree|want|feel|think|mention)\b|` +
		`\b(?:majority|minority|percent|everyone|everybody|nobody|no one|unanimous\w*|consensus)\b`),
	appliance.German: regexp.MustCompile(`(?i)\d ?(?:%|prozent|von \d|personen|leute|menschen|teilnehm|befragte)|` +
		`\b(?:zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|dutzende?|hunderte?|viele|einige|mehrere|manche|wenige|alle|beide|` +
		`keine|jede[rn]?|meisten|hälfte)(?: der| dieser| von)? (?:personen|leute|menschen|teilnehm\w*|befragten?|ihnen)\b|` +
		`\b(?:viele|einige|mehrere|manche|wenige|alle|meisten) (?:sagen|sagten|wollen|finden|meinen|nennen)\b|` +
		`\b(?:mehrheit|minderheit|prozent|jeder|niemand|einhellig\w*|einstimmig\w*)\b`),
	appliance.French: regexp.MustCompile(`(?i)\d ?(?:%|pour ?cent|sur \d|personnes?|participant|répondant|interrogé)|` +
		`\b(?:une|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|quelques|plusieurs|certain\p{L}*|beaucoup|tou[st]\p{L}*|aucun\p{L}*|chaque|moitié|plupart)` +
		`(?: (?:des?|de ces|les|ces|d'entre))? ?(?:personnes?|gens|participant\p{L}*|répondant\p{L}*|eux)\b|` +
		`\b(?:beaucoup|plusieurs|certains|tous|la plupart) (?:disent|pensent|veulent|trouvent|souhaitent|mentionnent)\b|` +
		`\b(?:majorité|minorité|pour ?cent|tout le monde|unanim\p{L}*|consensus)`),
	appliance.Spanish: regexp.MustCompile(`(?i)\d ?(?:%|por ciento|de \d|personas?|participante|encuestad|entrevistad)|` +
		`\b(?:una|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|much[ao]s|vari[ao]s|algun[ao]s|poc[ao]s|tod[ao]s|amb[ao]s|ningun[ao]|cada|mitad|mayoría)` +
		`(?: (?:de|las|los|de las|de los|de estas|de ellos))? ?(?:personas?|gente|participantes?|encuestad[ao]s|entrevistad[ao]s|ell[ao]s)\b|` +
		`\b(?:much[ao]s|vari[ao]s|algun[ao]s|tod[ao]s) (?:dicen|piensan|quieren|creen|mencionan|opinan)\b|` +
		`\b(?:mayoría|minoría|por ciento|todo el mundo|nadie|unánim\p{L}*|consenso)`),
	appliance.Ukrainian: regexp.MustCompile(`(?i)\d ?(?:%|відсот|з \d|ос[оі]б|людей|людин|учасни|опитан|респондент)|` +
		`(?:^|\PL)(?:одна|двоє|двом|дві|троє|три|четверо|чотири|п'ятеро|шестеро|багато|кілька|декілька|деякі|частина|більшість|меншість|усі|всі|обоє|жоден|жодна|кожен|кожна|половина)` +
		`(?: з| із| зі)? (?:людей|люди|людина|осіб|особи|особа|учасник\p{L}*|опитан\p{L}*|респондент\p{L}*|них)(?:\PL|$)|` +
		`(?:^|\PL)(?:багато хто|дехто|деякі|усі|всі|більшість) (?:каж|дума|хоч|вважа|згаду|говор)\p{L}*|` +
		`(?:^|\PL)(?:більш[іо]ст\p{L}*|меншіст\p{L}*|меншост\p{L}*|відсот\p{L}*|одностайн\p{L}*|ніхто|кожен)(?:\PL|$)`),
	appliance.Arabic: regexp.MustCompile(`(?:\d|[٠-٩]) ?(?:%|٪|بالمئة|بالمائة|من \d|شخص|أشخاص|مشارك)|` +
		`(?:^|\PL)(?:و|ف)?(?:شخص واحد|شخصان|شخصين|كثير من|الكثير من|عدد من|بعض|معظم|أغلب|جميع|كل|كلا|نصف|أحد من|ثلاثة|أربعة|خمسة|ستة|سبعة|ثمانية|تسعة|عشرة)` +
		` ?(?:الأشخاص|أشخاص|الناس|المشارك\p{L}*|مشارك\p{L}*|منهم)(?:\PL|$)|` +
		`(?:أغلبية|الأغلبية|غالبية|الغالبية|أقلية|الأقلية|بالإجماع|إجماع|بالمئة|بالمائة|لا أحد)`),
}

// counts says whether a text says how many people something holds for.
func counts(language appliance.Language, text string) bool {
	for _, l := range appliance.Languages() {
		if (l == language || !language.Valid()) && counting[l].MatchString(text) {
			return true
		}
	}
	return false
}

// quotedParts gives what stands between quotation marks in a text; false when a mark is not closed.
func quotedParts(text string) (parts []string, ok bool) {
	places, ok := BetweenMarks(text)
	for _, s := range places {
		parts = append(parts, s.In(text))
	}
	return parts, ok
}
