package appliance

import (
	"fmt"
	"time"
)

// ArchivedInsight is a question that was put to every conversation, in all its versions, with its runs and answers.
type ArchivedInsight struct {
	ID         InsightID                `json:"id"`
	Name       string                   `json:"name,omitempty"`
	Version    int                      `json:"version"` // of what is asked now
	ArchivedAt time.Time                `json:"archived_at,omitzero"`
	At         time.Time                `json:"created_at"`
	Versions   []ArchivedInsightVersion `json:"versions"`
	Runs       []ArchivedInsightRun     `json:"runs,omitempty"`
	Answers    []ArchivedInsightAnswer  `json:"answers,omitempty"`
}

// ArchivedInsightVersion is what is asked.
type ArchivedInsightVersion struct {
	Version int           `json:"version"`
	Ask     InsightAsk    `json:"ask"`
	Maker   ArchivedMaker `json:"made_by"`
	At      time.Time     `json:"created_at"`
}

// ArchivedInsightRun is a round of asking. One that was open is so no more: what it left unanswered is asked when somebody
// wants it.
type ArchivedInsightRun struct {
	Run     int       `json:"run"`
	Version int       `json:"version"`
	Anew    bool      `json:"anew,omitempty"`
	At      time.Time `json:"created_at"`
	EndedAt time.Time `json:"ended_at,omitzero"`
}

// ArchivedInsightAnswer is what one conversation answers; without its value where results may not show it.
type ArchivedInsightAnswer struct {
	ConversationID ConversationID    `json:"conversation_id"`
	Run            int               `json:"run"`
	Version        int               `json:"version"`
	State          InsightState      `json:"state"`
	Value          []string          `json:"value,omitempty"`
	Number         *float64          `json:"number,omitempty"`
	Verbatim       bool              `json:"verbatim,omitempty"`
	Discarded      int               `json:"discarded,omitempty"`
	Failure        string            `json:"failure,omitempty"`
	InputHash      []byte            `json:"input_hash"`
	Asked          string            `json:"asked"`
	Maker          ArchivedMaker     `json:"made_by"`
	At             time.Time         `json:"created_at"`
	Evidence       []ArchivedWitness `json:"evidence,omitempty"`
}

// ArchivedWitness is a place that an answer rests on.
type ArchivedWitness struct {
	Item int `json:"item,omitempty"`
	Span
	Method string  `json:"method"`
	Score  float64 `json:"score"`
}

// ArchivedPin is an answer of the Companion that stands among the insights, as far as whoever made the archive sees it.
type ArchivedPin struct {
	Question string         `json:"question"`
	Outcome  AnswerOutcome  `json:"outcome"`
	Parts    []ArchivedPart `json:"parts"`
	Maker    ArchivedMaker  `json:"made_by"`
	At       time.Time      `json:"created_at"`
}

// ArchivedPart is a sentence of it, or a passage.
type ArchivedPart struct {
	Kind      PartKind `json:"kind"`
	Text      string   `json:"text,omitempty"`
	Citations []Span   `json:"citations,omitempty"`
}

// ArchivedBackground says what the facilitator was told beside the guide: what it is called, and not what is in it. No box
// takes it in.
type ArchivedBackground struct {
	Kind       BackgroundKind `json:"kind"`
	Name       string         `json:"name,omitempty"`
	Format     string         `json:"format,omitempty"`
	Characters int            `json:"characters"`
}

// found checks insights and pinned answers.
func (c *archiveCheck) found(a Archive) {
	said, talks := map[TurnID]string{}, map[ConversationID]map[TurnID]string{}
	for _, t := range a.Conversations {
		talks[t.ID] = map[TurnID]string{}
		for _, u := range t.Turns {
			said[u.ID], talks[t.ID][u.ID] = u.Content, u.Content
		}
	}
	if len(a.Insights) > maxArchivedList || len(a.Pinned) > maxArchivedList {
		c.Add("insights", "At most %d are possible.", maxArchivedList)
		return
	}
	for i, d := range a.Insights {
		c.insight(fmt.Sprintf("insights[%d].", i), d, talks)
	}
	for i, p := range a.Pinned {
		at := fmt.Sprintf("pinned[%d].", i)
		CheckText(&c.Problems, at+"question", p.Question, MaxMessage, true)
		c.maker(at, p.Maker)
		if p.Outcome != OutcomeSentences && p.Outcome != OutcomePassages || len(p.Parts) > maxArchivedList {
			c.Add(at+"outcome", "Choose sentences or passages.")
		}
		for j, part := range p.Parts {
			path := fmt.Sprintf("%sparts[%d].", at, j)
			CheckText(&c.Problems, path+"text", part.Text, MaxMessage, false)
			if part.Kind != PartSentence && part.Kind != PartPassage || len(part.Citations) == 0 || len(part.Citations) > maxArchivedList {
				c.Add(path+"kind", "Choose sentence or passage, with at least one citation.")
			}
			c.said = said
			for _, s := range part.Citations {
				c.span(path+"citations", s, true)
			}
		}
	}
}

func (c *archiveCheck) insight(at string, d ArchivedInsight, talks map[ConversationID]map[TurnID]string) {
	c.id(at+"id", string(d.ID))
	CheckLine(&c.Problems, at+"name", d.Name, MaxInsightName, false)
	if len(d.Versions) > maxArchivedList || len(d.Runs) > maxArchivedList || len(d.Answers) > MaxArchived*8 {
		c.Add(at+"answers", "There are too many of them.")
		return
	}
	versions, runs := map[int]bool{}, map[int]bool{}
	for j, v := range d.Versions {
		path := fmt.Sprintf("%sversions[%d].", at, j)
		v.Ask.check(&c.Problems, path+"ask.")
		c.maker(path, v.Maker)
		versions[v.Version] = v.Version > 0
	}
	for j, r := range d.Runs {
		runs[r.Run] = r.Run > 0
		if !versions[r.Version] || r.Run < 1 {
			c.Add(fmt.Sprintf("%sruns[%d]", at, j), "There is no such version.")
		}
	}
	if !versions[d.Version] {
		c.Add(at+"version", "There is no such version.")
	}
	for j, answer := range d.Answers {
		path := fmt.Sprintf("%sanswers[%d].", at, j)
		turns, known := talks[answer.ConversationID]
		if !known || !versions[answer.Version] || !runs[answer.Run] {
			c.Add(path+"conversation_id", "There is no such conversation, version or run.")
		}
		if s := answer.State; s != InsightSaid && s != InsightNotSaid && s != InsightUnsupported && s != InsightFailed {
			c.Add(path+"state", "This is no state of an answer.")
		}
		CheckLine(&c.Problems, path+"failure", answer.Failure, maxMakerLength, false)
		CheckLine(&c.Problems, path+"asked", answer.Asked, 3*maxMakerLength, false)
		c.maker(path, answer.Maker)
		c.notNegative(path+"discarded", answer.Discarded)
		if len(answer.Value) > MaxInsightItems || len(answer.Evidence) > maxArchivedList || len(answer.InputHash) > 64 {
			c.Add(path+"value", "There are too many of them.")
		}
		for _, v := range answer.Value {
			CheckText(&c.Problems, path+"value", v, MaxInsightText, true)
		}
		c.said = turns
		for k, e := range answer.Evidence {
			where := fmt.Sprintf("%sevidence[%d]", path, k)
			c.span(where, e.Span, false)
			if e.Method != "exact" && e.Method != "normalised" && e.Method != "snapped" || e.Score < 0 || e.Score > 1 || e.Item < 0 {
				c.Add(where+".method", "Choose exact, normalised or snapped, and a score between 0 and 1.")
			}
		}
		if len(c.Problems) >= maxTranscriptProblems {
			return
		}
	}
}
