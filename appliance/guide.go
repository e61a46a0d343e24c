package appliance

import (
	"fmt"
	"strings"
	"time"
)

// Guide is the plan of the interviews of a session.
type Guide struct {
	Opening string  `json:"opening"` // greeting, said before the first question
	Topics  []Topic `json:"topics"`
	Closing string  `json:"closing"` // thanks, said at the very end
}

// Topic is one part of a guide.
type Topic struct {
	ID        TopicID  `json:"id"`
	Title     string   `json:"title"`             // a few words, shown in the progress bar and in results
	Aim       string   `json:"aim"`               // what is to be learnt; never shown to participants
	Question  string   `json:"question"`          // must be asked
	Probes    []string `json:"probes"`            // follow-ups to choose from
	FollowUps int      `json:"follow_ups"`        // at most so many follow-ups, 0 to MaxFollowUps
	Minutes   int      `json:"minutes"`           // expected, 1 to 60
	Control   *Control `json:"control,omitempty"` // by which the question can be answered, nil by words alone
}

// Limits of guides.
const (
	MaxTopics      = 20
	MaxTopicTitle  = 120
	MaxAim         = 500
	MaxQuestion    = 500
	MaxProbes      = 8
	MaxProbe       = 300
	MaxFollowUps   = 5
	MaxTopicLength = 60 // minutes
)

// Minutes is the expected length of a conversation by this guide.
func (g Guide) Minutes() int {
	total := 0
	for _, t := range g.Topics {
		total += t.Minutes
	}
	return total
}

// Validate checks limits and that topic ids are there and differ.
func (g Guide) Validate() error {
	var p Problems
	CheckText(&p, "opening", g.Opening, MaxWelcome, true)
	CheckText(&p, "closing", g.Closing, MaxWelcome, true)
	switch n := len(g.Topics); {
	case n == 0:
		p.Add("topics", "A guide needs at least one topic.")
	case n > MaxTopics:
		p.Add("topics", "A guide has at most %d topics; this has %d.", MaxTopics, n)
	}
	seen := make(map[TopicID]bool, len(g.Topics))
	for i, t := range g.Topics {
		at := func(field string) string { return fmt.Sprintf("topics[%d].%s", i, field) }
		if t.ID == "" || len(t.ID) > 40 || seen[t.ID] {
			p.Add(at("id"), "Every topic needs an id of its own.")
		}
		seen[t.ID] = true
		CheckLine(&p, at("title"), t.Title, MaxTopicTitle, true)
		CheckText(&p, at("aim"), t.Aim, MaxAim, false)
		CheckText(&p, at("question"), t.Question, MaxQuestion, true)
		if len(t.Probes) > MaxProbes {
			p.Add(at("probes"), "A topic has at most %d probes; this has %d.", MaxProbes, len(t.Probes))
		}
		for j, probe := range t.Probes {
			CheckText(&p, fmt.Sprintf("topics[%d].probes[%d]", i, j), probe, MaxProbe, true)
		}
		if t.FollowUps < 0 || t.FollowUps > MaxFollowUps {
			p.Add(at("follow_ups"), "Between 0 and %d follow-ups are possible.", MaxFollowUps)
		}
		if t.Minutes < 1 || t.Minutes > MaxTopicLength {
			p.Add(at("minutes"), "Between 1 and %d minutes are possible.", MaxTopicLength)
		}
		if t.Control != nil {
			t.Control.check(&p, at("control."))
		}
	}
	return p.Err()
}

// GuideVersion is a guide as it was saved once. Versions are never changed.
type GuideVersion struct {
	SessionID SessionID
	Version   int // from 1
	Guide     Guide
	Brief     Brief // the brief at that time, to tell when it has drifted
	Maker     Maker
	Author    AccountID // "" for a guide that no account asked for
	Reason    string    // why it was saved, one line: "drafted from the brief", "edited", "restored version 2"
	CreatedAt time.Time
}

// Maker says what made a text that people see: rules of this program, a person, or a model.
type Maker struct {
	By            string // MadeByRules, MadeByHand, or the name of the model
	ModelDigest   string // of the model's weights; "" otherwise
	PromptVersion string // of the rules or of the prompt; "" for a person
}

// Model says whether a model is the maker.
func (m Maker) Model() bool { return m.By != "" && m.By != MadeByRules && m.By != MadeByHand }

// Key is one line that differs between makers.
func (m Maker) Key() string { return m.By + " " + m.ModelDigest + " " + m.PromptVersion }

// MakerOf gives the maker whose Key a line begins with: no part of a key has a space in it.
func MakerOf(line string) (m Maker) {
	parts := strings.Split(line, " ")
	if len(parts) >= 3 {
		m = Maker{By: parts[0], ModelDigest: parts[1], PromptVersion: parts[2]}
	}
	return m
}

// What Maker.By says beside the name of a model.
const (
	MadeByRules = "rules"
	MadeByHand  = "hand"
)
