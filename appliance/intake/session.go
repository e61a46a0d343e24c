package intake

import (
	"cmp"
	"path/filepath"
	"strings"

	"harmonium/appliance"
	"harmonium/appliance/guide"
	"harmonium/appliance/store"
)

// New says how a session is to be made of a file, where the file does not say it.
type New struct {
	Name     string // of the file
	Topic    string // "" is that of the file, else its name
	Goal     string
	Language appliance.Language // "" is the one that people are likely to speak
	Else     appliance.Language // where that cannot be told
}

// NewSession gives what is to be stored as a session of its own, or says what is wrong with it.
func (f File) NewSession(n New) (store.Import, error) {
	if f.Archive != nil {
		return store.Import{Archive: f.Archive}, nil
	}
	brief := appliance.Brief{Topic: n.Topic, Goal: n.Goal}
	if n.Topic == "" && strings.TrimSpace(f.Brief.Topic) == "" {
		brief.Topic = strings.TrimSuffix(filepath.Base(n.Name), filepath.Ext(n.Name))
	}
	language := cmp.Or(n.Language, f.language(n.Else))
	m := f.newSession(brief, language)
	if err := m.Session.Validate(); err != nil {
		return m, err
	}
	return m, m.Guide.Guide.Validate()
}

// language gives the language in which people are likely to speak.
func (f File) language(otherwise appliance.Language) appliance.Language {
	said := []string{f.Brief.Topic}
	for _, u := range f.First(likely) {
		said = append(said, u.Text)
	}
	if language, ok := guide.LanguageOf(appliance.Brief{Context: strings.Join(said, "\n")}); ok {
		return language
	}
	return otherwise.Or(appliance.English)
}

// likely is of how many turns the language is looked at.
const likely = 12

func (f File) newSession(brief appliance.Brief, language appliance.Language) store.Import {
	topic := cut(oneLine(cmp.Or(strings.TrimSpace(brief.Topic), strings.TrimSpace(f.Brief.Topic))), appliance.MaxTopic)
	b := appliance.Brief{Topic: topic, Goal: cut(cmp.Or(strings.TrimSpace(brief.Goal), clean(f.Brief.Goal), topic), appliance.MaxGoal),
		Critical: cut(clean(f.Brief.Critical), appliance.MaxCritical), Context: cut(clean(f.Brief.Context), appliance.MaxContext)}
	s := appliance.Session{Brief: b, Language: language, ResultsVisibility: appliance.ResultsHost}
	g := appliance.GuideVersion{Guide: guide.Draft(b, language), Maker: appliance.Maker{By: appliance.MadeByRules,
		PromptVersion: guide.PromptVersion}, Reason: "drafted from the brief"}
	if len(f.Topics) > 0 {
		g.Guide.Topics, g.Reason = f.Topics, "the columns of a table"
	}
	return store.Import{Session: s, Guide: g, Transcripts: f.transcripts()}
}

// Into gives what is to be stored in a session that is there. What was asked in a column whose head is the title or the
// question of a topic of its guide belongs to that topic.
func (f File) Into(session appliance.SessionID, g appliance.Guide) store.Import {
	topics := map[appliance.TopicID]appliance.TopicID{}
	for _, column := range f.Topics {
		for _, t := range g.Topics {
			if same(column.Question, t.Question) || same(column.Title, t.Title) {
				topics[column.ID] = t.ID
			}
		}
	}
	list := f.transcripts()
	for _, t := range list {
		for i := range t.Utterances {
			t.Utterances[i].TopicID = topics[t.Utterances[i].TopicID]
		}
	}
	return store.Import{Into: session, Transcripts: list}
}

func (f File) transcripts() []appliance.Transcript {
	list := make([]appliance.Transcript, len(f.Transcripts))
	for i, t := range f.Transcripts {
		list[i] = t.Transcript
	}
	return list
}

func same(a, b string) bool { return strings.EqualFold(oneLine(a), oneLine(b)) }

func oneLine(text string) string { return strings.Join(strings.Fields(clean(text)), " ") }

func clean(text string) string {
	text, _ = appliance.CleanText(text)
	return strings.TrimSpace(text)
}

// Count is how much a file brings.
type Count struct{ Conversations, People, Turns, Words int }

// Count counts what a file brings.
func (f File) Count() (n Count) {
	if a := f.Archive; a != nil {
		n.Conversations, n.People = len(a.Conversations), len(a.Participants)
		for _, t := range a.Conversations {
			n.Turns, n.Words = n.Turns+len(t.Turns), n.Words+t.Words
		}
		return n
	}
	n.Conversations = len(f.Transcripts)
	for _, t := range f.Transcripts {
		people := map[string]bool{}
		for _, u := range t.Utterances {
			n.Turns++
			if !u.Asks {
				people[u.Speaker] = true
				n.Words += appliance.Words(u.Text)
			}
		}
		n.People += len(people)
	}
	return n
}

// First gives what is said first in the first conversation, at most most of it.
func (f File) First(most int) (list []appliance.Utterance) {
	switch {
	case f.Archive != nil && len(f.Archive.Conversations) > 0:
		for _, t := range f.Archive.Conversations[0].Turns {
			list = append(list, appliance.Utterance{Asks: t.Role == appliance.FromFacilitator, Text: t.Content})
		}
	case len(f.Transcripts) > 0:
		list = f.Transcripts[0].Utterances
	}
	return list[:min(most, len(list))]
}
