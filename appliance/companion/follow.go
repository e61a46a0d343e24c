package companion

import (
	"slices"
	"strings"

	"harmonium/appliance"
	"harmonium/appliance/extract"
)

// ownTerms is how many words that carry meaning a question needs to stand on its own.
const ownTerms = 3

// pointing are words with which a question points to what was asked before.
var pointing = map[appliance.Language][]string{
	appliance.English:   {"it", "its", "they", "them", "their", "that", "this", "those", "these", "he", "she", "why", "more", "else", "and"},
	appliance.German:    {"es", "sie", "ihnen", "ihr", "ihre", "das", "dies", "diese", "dieser", "davon", "dazu", "darüber", "dagegen", "er", "warum", "und", "noch"},
	appliance.French:    {"il", "elle", "ils", "elles", "cela", "ça", "ce", "ces", "leur", "leurs", "en", "y", "pourquoi", "et", "encore"},
	appliance.Spanish:   {"él", "ella", "ellos", "ellas", "eso", "esto", "esos", "estas", "su", "sus", "lo", "les", "por qué", "y", "más"},
	appliance.Ukrainian: {"він", "вона", "воно", "вони", "їх", "їм", "це", "цього", "цим", "того", "чому", "а", "ще"},
	appliance.Arabic:    {"هو", "هي", "هم", "ذلك", "هذا", "هذه", "تلك", "لماذا", "ماذا", "أيضا", "و"},
}

// searchedFor is what is looked for to answer the last of some questions: its own words, and those of the questions before
// it on which it leans. What was answered is never looked for: it is no fact of the conversations.
func searchedFor(questions []string) string {
	last := questions[len(questions)-1]
	if len(questions) == 1 {
		return last
	}
	language, ok := extract.LanguageOf(strings.Join(questions, " "))
	if !ok {
		language = appliance.English
	}
	terms := extract.For(language).Terms(last)
	if len(terms) >= ownTerms && !points(language, last) || len(terms) >= 2*ownTerms {
		return last
	}
	words := []string{last}
	for _, t := range extract.For(language).Terms(searchedFor(questions[:len(questions)-1])) {
		if !slices.ContainsFunc(terms, func(own extract.Term) bool { return own.Stem == t.Stem }) {
			words = append(words, t.Form)
		}
	}
	return strings.Join(words, " ")
}

// points says whether a question has a word that points to something before.
func points(language appliance.Language, question string) bool {
	return slices.ContainsFunc(extract.Words(question), func(w string) bool { return slices.Contains(pointing[language], w) })
}
