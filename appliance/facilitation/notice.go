package facilitation

import (
	"slices"
	"strings"

	"harmonium/appliance"
	"harmonium/appliance/extract"
)

// tellsOfDanger says whether a text holds words by which people tell that they are in danger or in despair, in whatever
// language. They are phrases in the first person: who speaks of somebody else's danger speaks of their work.
func tellsOfDanger(text string) bool {
	words := padded(text)
	for _, p := range allPhrases() {
		if slices.ContainsFunc(p.rules.hard, func(phrase string) bool { return strings.Contains(words, phrase) }) {
			return true
		}
	}
	return false
}

// foreignTo gives the language of a text that is clearly written in another one than the conversation's.
func foreignTo(language appliance.Language, text string) appliance.Language {
	if appliance.Words(text) < fewWords || !language.Valid() { // kindred languages share their small words
		return ""
	}
	if found, clear := extract.LanguageOf(text); clear && found != language.Or(appliance.English) {
		return found
	}
	return ""
}

// longestAsk is the number of words above which a question is no longer taken for one to the facilitator: people also
// ask in order to answer.
const longestAsk = 12

// asks gives what a message asks the facilitator: by phrases that are a clause of their own, or because the whole is one
// short question that begins as those to somebody do.
func (r *rules) asks(text string, clauses []string, found [kinds]bool) Ask {
	for _, known := range []struct {
		kind kind
		ask  Ask
	}{{asksMachine, AskMachine}, {asksWords, AskWords}, {asksWho, AskWho}, {asksLong, AskLong}} {
		if found[known.kind] {
			return known.ask
		}
	}
	if len(clauses) != 1 || !extract.EndsInQuestion(text) || appliance.Words(text) > longestAsk {
		return AskNothing
	}
	begins := func(other *rules) bool { return startsWithOne(other.asksStart, clauses[0]) }
	if begins(r) || slices.ContainsFunc(r.others, begins) {
		return AskOther
	}
	return AskNothing
}

// refuses says whether a bare answer says no.
func (r *rules) refuses(clauses []string) bool { return len(clauses) == 1 && r.no[clauses[0]] }

// askedFor gives what a question of the participant asks, where a model has told that it is one: a phrase of the rules
// then counts anywhere in it.
func askedFor(text string) Ask {
	words := padded(text)
	for _, language := range appliance.Languages() {
		for _, known := range phrasesOf(language).rules.askPhrases {
			if strings.Contains(words, known.words) {
				return known.ask
			}
		}
	}
	return AskOther
}

// askPhrase is a phrase that asks something, with a space at both ends.
type askPhrase struct {
	words string
	ask   Ask
}

func askPhrases(s ruleStrings) (list []askPhrase) {
	for _, of := range []struct {
		ask     Ask
		phrases []string
	}{{AskMachine, s.AsksMachine}, {AskWords, s.AsksWords}, {AskWho, s.AsksWho}, {AskLong, s.AsksLong}} {
		for _, words := range padAll(of.phrases) {
			list = append(list, askPhrase{words, of.ask})
		}
	}
	return list
}
