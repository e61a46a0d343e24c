package extract

import "harmonium/appliance"

// What makes a text clearly of one language: so many words that only this language has among its small ones, and so
// many times as many as any other.
const (
	clearWords = 2
	clearTimes = 3
)

// LanguageOf recognises the language of a text by its small words ("the", "warum"), of which only those count that one
// language alone has. It gives false when that is not clear: for a few words, names, a mixture, or another language.
func LanguageOf(text string) (appliance.Language, bool) {
	count := make(map[appliance.Language]int)
	for _, word := range Words(text) {
		var owner appliance.Language
		owners := 0
		for _, language := range appliance.Languages() {
			if For(language).common(word) {
				owner = language
				owners++
			}
		}
		if owners == 1 {
			count[owner]++
		}
	}
	var best appliance.Language
	most, second := 0, 0
	for _, language := range appliance.Languages() {
		switch n := count[language]; {
		case n > most:
			best, most, second = language, n, most
		case n > second:
			second = n
		}
	}
	if most < clearWords || most < clearTimes*second {
		return "", false
	}
	return best, true
}
