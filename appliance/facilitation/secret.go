package facilitation

import (
	"strings"

	"harmonium/appliance"
	"harmonium/appliance/extract"
)

// secrets are runs of echoWords words of a guide that no participant is told before their time.
type secrets struct {
	aims  map[string]bool
	later map[string]int // of questions and follow-ups: the first topic that may be asked so
}

func (p *Plan) secrets() secrets {
	s := secrets{aims: make(map[string]bool), later: make(map[string]int)}
	for i, t := range p.guide.Topics {
		for _, text := range append([]string{t.Title, t.Question, p.topics[i].question}, p.topics[i].followUps...) {
			for run := range runsOf(extract.Words(text)) {
				if _, before := s.later[run]; !before {
					s.later[run] = i
				}
			}
		}
		for run := range runsOf(extract.Words(t.Aim)) {
			s.aims[run] = true
		}
	}
	for run := range runsOf(extract.Words(strings.Join([]string{p.about, p.guide.Opening}, "\n"))) {
		s.later[run] = 0 // what everybody reads at the beginning
	}
	return s
}

// hides says of runs of words whether they are not to be heard in a turn on a topic: what a topic is to bring out never
// is, unless its question says the same, and what a later topic asks is not heard before that.
func (p *Plan) hides(topic appliance.TopicID) func(run string) bool {
	p.keep.Do(func() { p.kept = p.secrets() })
	at := p.index(topic)
	return func(run string) bool {
		first, asked := p.kept.later[run]
		if asked {
			return first > at
		}
		return p.kept.aims[run]
	}
}
