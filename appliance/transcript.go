package appliance

import (
	"fmt"
	"strings"
	"time"
)

// Speaker is somebody who speaks in a conversation that was not led here. One who says something in their own words is a
// participant of the session; one who only asks questions is none. Names are shown to those who may see names; to others a
// participant is "Participant n", and stays apart from everybody else who has the same name.
type Speaker struct {
	ID            SpeakerID
	Name          string // "" when none was given, and in an anonymous session
	ParticipantID ParticipantID
	Number        int // of the participant; 0 for one who only asks
}

// Asks says whether the speaker only asks questions.
func (s Speaker) Asks() bool { return s.ParticipantID == "" }

// Transcript is a conversation that was not led here, to be stored as it is.
type Transcript struct {
	Title      string
	Language   Language  // "" is that of its session
	At         time.Time // when it took place; zero is when it is stored
	Utterances []Utterance
}

// Utterance is what somebody says in a Transcript. Speakers are told apart by name.
type Utterance struct {
	Speaker string
	Asks    bool // it is a question, and no words that count: see AsksByName
	Text    string
	TopicID TopicID // what it is about, by the guide in use; "" when that is not known
	StartMS int64   // within the recording; both are 0 where there is none
	EndMS   int64
}

// The limits of a transcript. A conversation is written in one transaction, in which others wait: this many turns take a
// second at most.
const (
	MaxUtterances   = 20_000
	MaxUtterance    = 50_000 // characters of one turn
	MaxSpeakers     = 200
	MaxTranscriptMS = 100 * 60 * 60 * 1000
)

// Check notes in p what is wrong with a transcript; paths begin with title and turns.
func (t Transcript) Check(p *Problems) {
	CheckLine(p, "title", t.Title, MaxTitle, false)
	if n := len(t.Utterances); n == 0 || n > MaxUtterances {
		p.Add("turns", "There are %d turns; from 1 to %d are possible. Please bring a longer conversation in as several.", n, MaxUtterances)
		return
	}
	speakers := map[string]bool{}
	for i, u := range t.Utterances {
		u.check(p, fmt.Sprintf("turns[%d].", i))
		if speakers[u.Speaker] = true; len(speakers) == MaxSpeakers+1 {
			p.Add(fmt.Sprintf("turns[%d].speaker", i), "This is speaker number %d; at most %d are possible.", MaxSpeakers+1, MaxSpeakers)
		}
		if len(*p) >= maxTranscriptProblems {
			return
		}
	}
}

// maxTranscriptProblems is how many problems are told at once: who sends a thousand wrong turns learns it from the first.
const maxTranscriptProblems = 20

func (u Utterance) check(p *Problems, path string) {
	CheckLine(p, path+"speaker", u.Speaker, MaxName, false)
	CheckText(p, path+"text", u.Text, MaxUtterance, false)
	switch {
	case u.StartMS < 0 || u.StartMS > MaxTranscriptMS:
		p.Add(path+"start_ms", "A turn begins between 0 and %d ms.", MaxTranscriptMS)
	case u.EndMS < 0 || u.EndMS > MaxTranscriptMS:
		p.Add(path+"end_ms", "A turn ends between 0 and %d ms.", MaxTranscriptMS)
	case u.EndMS < u.StartMS && u.EndMS != 0:
		p.Add(path+"end_ms", "A turn ends after it begins.")
	}
}

// askers are the names under which transcripts have whoever asks the questions, in lower case.
var askers = map[string]bool{
	"facilitator": true, "interviewer": true, "moderator": true, "assistant": true, "ai": true, "bot": true, "host": true,
	"question": true, "system": true, "harmonica": true, "harmonium": true,
	"moderatorin": true, "interviewerin": true, "ki": true, "frage": true, "gesprächsleitung": true,
	"animateur": true, "animatrice": true, "intervieweur": true, "intervieweuse": true, "modérateur": true, "modératrice": true,
	"facilitateur": true, "facilitatrice": true, "ia": true,
	"facilitador": true, "facilitadora": true, "entrevistador": true, "entrevistadora": true, "moderador": true, "moderadora": true,
	"фасилітатор": true, "фасилітаторка": true, "інтерв'юер": true, "інтерв’юер": true, "модератор": true, "модераторка": true, "ші": true,
	"الميسر": true, "الميسّر": true, "المحاور": true, "المقابل": true, "المشرف": true,
}

// AsksByName says whether a speaker of this name asks the questions, as far as names tell.
func AsksByName(name string) bool {
	return askers[strings.ToLower(strings.Trim(name, " \t:"))]
}
