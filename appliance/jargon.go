package appliance

import (
	"slices"
	"strings"
)

// The limits of names and terms that transcribers are told: whisper reads about 200 tokens of them, and a model has to
// keep them in mind with each piece of a recording.
const (
	MaxJargonTerms = 100
	MaxJargonTerm  = 60 // characters
	MaxJargon      = MaxJargonTerms * (MaxJargonTerm + 1)
)

// Jargon gives the names and terms of a text that has one in each line, each once.
func Jargon(text string) (list []string) {
	for line := range strings.Lines(text) {
		if term := strings.Join(strings.Fields(line), " "); term != "" && !slices.Contains(list, term) {
			list = append(list, term)
		}
	}
	return list
}

// CheckJargon notes in p what is wrong with names and terms, one in each line.
func CheckJargon(p *Problems, field, text string) {
	before := len(*p)
	CheckText(p, field, text, MaxJargon, false)
	if len(*p) == before {
		CheckTerms(p, field, Jargon(text))
	}
}

// CheckTerms notes in p what is wrong with a list of names and terms.
func CheckTerms(p *Problems, field string, list []string) {
	if len(list) > MaxJargonTerms {
		p.Add(field, "There are %d names and terms; at most %d are possible, since transcribers keep no more in mind.", len(list), MaxJargonTerms)
		return
	}
	for _, term := range list {
		before := len(*p)
		CheckLine(p, field, term, MaxJargonTerm, false)
		if len(*p) > before {
			return
		}
	}
}
