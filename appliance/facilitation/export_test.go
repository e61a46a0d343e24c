package facilitation

// Stream speaks a text letter by letter as a model would, and gives what was let be heard of it and the whole that
// would be stored, "" when it breaks the rules.
func Stream(u Utterance, text string) (spoken, whole string) {
	s := newSpeech(u)
	for _, r := range text {
		show, err := s.take(string(r))
		spoken += show
		if _, broken := err.(brokenRules); broken {
			return spoken, ""
		}
		if err != nil {
			break
		}
	}
	rest, err := s.finish()
	if err != nil {
		return spoken, ""
	}
	return spoken + rest, s.text.String()
}
