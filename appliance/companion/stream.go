package companion

import (
	"encoding/json"
	"regexp"
)

// stream reads an answer by schema while it comes, and gives each sentence as soon as it is whole.
type stream struct {
	text   []byte
	at     int // as far as it was read
	depth  int // of brackets
	start  int // of the sentence that is open
	quoted bool
	escape bool
}

// sentence is one of an answer, as the model gave it.
type sentence struct {
	Text  string `json:"text"`
	Turns []int  `json:"turns"`
}

// inSentence is how deep the bracket of a sentence lies: in the list, in the answer.
const inSentence = 3

// take reads a further piece and gives the sentences that it completes. What is no sentence by its form is left out.
func (s *stream) take(piece string) (list []sentence) {
	s.text = append(s.text, piece...)
	for ; s.at < len(s.text); s.at++ {
		c := s.text[s.at]
		switch {
		case s.escape:
			s.escape = false
		case s.quoted && c == '\\':
			s.escape = true
		case c == '"':
			s.quoted = !s.quoted
		case s.quoted:
		case c == '{' || c == '[':
			if s.depth++; s.depth == inSentence {
				s.start = s.at
			}
		case c == '}' || c == ']':
			if s.depth--; s.depth == inSentence-1 {
				var one sentence
				if json.Unmarshal(s.text[s.start:s.at+1], &one) == nil {
					list = append(list, one)
				}
			}
		}
	}
	return list
}

var saysNo = regexp.MustCompile(`^\s*\{\s*"answered"\s*:\s*false\b`)

// declined says whether the answer begins by saying that there is none.
func (s *stream) declined() bool { return saysNo.Match(s.text[:min(len(s.text), 100)]) }

// whole says whether the answer has come to its end as JSON.
func (s *stream) whole() bool { return json.Valid(s.text) }
