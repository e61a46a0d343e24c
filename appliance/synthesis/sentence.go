package synthesis

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"harmonium/appliance"
	"harmonium/appliance/extract"
)

// Stands says whether a sentence of a model can be shown beside its sources: it is one plain sentence of the language,
// without marks of the prompt, and does not say for how many people something holds, which only the database counts.
func Stands(language appliance.Language, text string) bool {
	return wellWorded(language, text) && !counts(language, text)
}

// single matches a quotation mark that can be an apostrophe too, where it opens a quotation, and marks of other scripts.
var single = regexp.MustCompile(`(?:^|[^\p{L}\p{N}])['‘‚‛]\p{L}|[「」『』〝〞〟]`)

// BetweenMarks gives the places between quotation marks in a text; false when a mark is not closed, or is a single one,
// of which nobody can say where it closes.
func BetweenMarks(text string) (places []extract.Span, ok bool) {
	start := -1
	var outside strings.Builder
	for i, r := range text {
		if !strings.ContainsRune("\"“”„«»‟‹›", r) {
			if start < 0 {
				outside.WriteRune(r)
			}
			continue
		}
		outside.WriteByte('.')
		if start < 0 {
			start = i + utf8.RuneLen(r)
			continue
		}
		places = append(places, extract.Span{Start: start, End: i})
		start = -1
	}
	return places, start < 0 && !single.MatchString(outside.String())
}
