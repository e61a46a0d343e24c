package facilitation

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"harmonium/appliance/extract"
	"harmonium/appliance/inference"
)

// speech is a turn that a model is speaking. It takes the turn piece by piece and gives out what may be shown already:
// all words as they come, but for those that could still become forbidden ones, and but for the end of the question,
// which is held back until the whole has passed all rules. So nothing that breaks a rule is ever whole on a screen.
type speech struct {
	*checker
	text  strings.Builder // with single spaces
	space bool            // a space came after text
	shown int             // bytes of text that were given out
}

func newSpeech(u Utterance) *speech { return &speech{checker: newChecker(u)} }

// brokenRules is the error of a speech that breaks rules.
type brokenRules []Broken

func (b brokenRules) Error() string {
	names := make([]string, len(b))
	for i, rule := range b {
		names[i] = string(rule)
	}
	return "facilitation: the model's question breaks rules: " + strings.Join(names, ", ")
}

// take adds a piece and gives what may be shown now. It fails with brokenRules when a rule is broken that nothing can
// mend, and with inference.ErrEnough after the question mark: whatever follows it is not said.
func (s *speech) take(piece string) (show string, err error) {
	for _, r := range piece {
		switch {
		case unicode.IsSpace(r):
			s.space = s.text.Len() > 0
			continue
		case s.asked(s.text.String()):
			return "", inference.ErrEnough
		case s.text.Len() == 0 && (strings.ContainsRune("\"“„«", r)):
			continue // models like to put a turn into quotation marks; the one at the end comes after the question
		case s.space:
			s.text.WriteByte(' ')
			s.space = false
		}
		s.text.WriteRune(r)
	}
	text := s.text.String()
	growing := text
	if s.space {
		growing += " "
	}
	// In the middle of a word no rule is broken that was not before: a word that may become a forbidden one is held.
	if strings.ContainsFunc(piece, func(r rune) bool { return !unicode.IsLetter(r) }) {
		if broken := s.check(growing, false); len(broken) > 0 {
			return "", brokenRules(broken)
		}
	}
	return s.show(s.safe(text)), nil
}

// finish gives the rest of the turn when the whole passes.
func (s *speech) finish() (rest string, err error) {
	text := s.text.String()
	if broken := s.check(text, true); len(broken) > 0 {
		return "", brokenRules(broken)
	}
	return s.show(len(text)), nil
}

// asked says whether the question is whole: nothing comes after its mark.
func (s *speech) asked(text string) bool {
	r, _ := utf8.DecodeLastRuneInString(text)
	return extract.IsQuestionMark(r) || strings.ContainsRune(s.u.Language.QuestionMarks(), r)
}

func (s *speech) show(end int) string {
	if end <= s.shown {
		return ""
	}
	piece := s.text.String()[s.shown:end]
	s.shown = end
	return piece
}

// safe is the number of bytes of text that may be shown while it grows. Held back are the last word when it can become
// a forbidden one, marks at the end, with which a sentence would be whole before it is known to be one, and the last
// word of the question.
func (s *speech) safe(text string) int {
	if s.space {
		if s.asked(text) {
			return s.shown
		}
		return len(text)
	}
	end := len(strings.TrimRightFunc(text, func(r rune) bool { return unicode.IsPunct(r) && r != '\'' && r != '’' && r != '-' }))
	if s.asked(text) {
		return s.shown
	}
	start := strings.LastIndexByte(text[:end], ' ') + 1
	if words := extract.Words(text[start:end]); len(words) > 0 && s.rules.mayGrow(words[len(words)-1]) {
		return start
	}
	return end
}
