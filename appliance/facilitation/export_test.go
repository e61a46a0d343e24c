package facilitation

import "harmonium/appliance"

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

// Prompts gives what a model is told for a whole list of moves: the system message, then each instruction.
func (p *Plan) Prompts(about string, moves []Decision, broken []Broken) []string {
	p.about = about
	list := []string{p.system()}
	for _, d := range moves {
		text, version := p.instruction(d, nil)
		list = append(list, version+"\n"+text)
	}
	text, _ := p.instruction(moves[0], broken)
	return append(list, text, p.assessment(moves[0].Topic))
}

// With puts what a host has written down into a plan that nothing was asked of yet.
func (p *Plan) With(s appliance.Session) *Plan {
	p.approach = approachOf(s)
	return p
}
