package companion

import "harmonium/appliance"

// Sentence is a sentence as a model gave it.
type Sentence = sentence

// Streamed gives the sentences of an answer that comes in pieces.
func Streamed(pieces ...string) (list []Sentence) {
	var s stream
	for _, p := range pieces {
		list = append(list, s.take(p)...)
	}
	return list
}

// Pass gives a sentence as it may be shown, of a model that was given some turns.
func Pass(language appliance.Language, s Sentence, shown ...appliance.Turn) (appliance.AnswerPart, bool) {
	c := checker{language: language, shown: shown}
	return c.pass(s)
}

// SearchedFor is what is looked for to answer the last of some questions.
func SearchedFor(questions ...string) string { return searchedFor(questions) }
