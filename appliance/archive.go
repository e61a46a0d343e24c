package appliance

import "time"

// ArchiveFormat and ArchiveVersion are what an Archive begins with. The version grows when a reader of the one before
// would take something for what it is not; fields that may be left out come without a new version.
const (
	ArchiveFormat  = "harmonium.session"
	ArchiveVersion = 1
)

// Archive is a whole session as JSON, to be kept or to be brought to another box: how it was designed, who took part and
// what was said, and what was drawn from it. What results may not show is not in it: conversations that are left out,
// rehearsals, and words that may not be quoted, in whose place masks of the same length stand. Names, e-mail addresses and
// what was answered to questions for those are in it only where whoever made it asked for names.
//
// Ids are those of the box that made it; they only say what belongs together, and every import gives new ones in the same
// order. What is not in it: members, invitations, what background files hold, models, threads of the Companion beside the
// answers that are pinned, ideas of others that were offered.
type Archive struct {
	Format        string                `json:"format"`  // ArchiveFormat
	Version       int                   `json:"version"` // ArchiveVersion
	MadeAt        time.Time             `json:"made_at"`
	Names         bool                  `json:"names"` // whether names are in it
	Session       ArchivedSession       `json:"session"`
	Guides        []ArchivedGuide       `json:"guides"` // every version, in order
	Form          Form                  `json:"form"`
	Participants  []ArchivedParticipant `json:"participants"`  // by their number
	Conversations []ArchivedTalk        `json:"conversations"` // in the order in which they began
	Themes        *ArchivedThemes       `json:"themes,omitempty"`
	Report        *ArchivedReport       `json:"report,omitempty"` // the newest
	Insights      []ArchivedInsight     `json:"insights,omitempty"`
	Pinned        []ArchivedPin         `json:"pinned,omitempty"` // the first pinned first
	Background    []ArchivedBackground  `json:"background,omitempty"`

	// Unheard are the recordings of the session without a transcript: nothing of them is in it, which the head of its report says.
	Unheard []Meeting `json:"-"`
}

// ArchivedSession is how a session was set up.
type ArchivedSession struct {
	Brief
	Status              SessionStatus `json:"status"`
	Language            Language      `json:"language"`
	Host                string        `json:"host"`
	WelcomeMessage      string        `json:"welcome_message"`
	ConsentText         string        `json:"consent_text"`
	Anonymous           bool          `json:"anonymous"`
	WhoMayJoin          Access        `json:"who_may_join"`
	GuideVersion        int           `json:"guide_version"` // in use
	Prompt              string        `json:"prompt"`
	SummaryPrompt       string        `json:"summary_prompt"`
	PromptSummary       string        `json:"prompt_summary"`
	PromptGeneratedFrom string        `json:"prompt_generated_from"`
	MetaDescription     string        `json:"meta_description"`
	PlatformGuidelines  string        `json:"platform_guidelines_override"`
	DefaultUse          Use           `json:"default_use"`
	CrossPollination    bool          `json:"cross_pollination"`
	PollinationMinimum  int           `json:"cross_pollination_minimum"`
	WidgetsEnabled      bool          `json:"widgets_enabled"`
	Joined              int           `json:"joined"` // the last number that was given to a participant
}

// ArchivedMaker is a Maker.
type ArchivedMaker struct {
	By            string `json:"by"`
	ModelDigest   string `json:"model_digest,omitempty"`
	PromptVersion string `json:"prompt_version,omitempty"`
}

// Coarsen takes out of an archive when people came and spoke, which could tell who they are: what is left is the day, and
// in which order they came.
func (a *Archive) Coarsen() {
	day := func(t time.Time, after int) time.Time {
		if t.IsZero() {
			return t
		}
		return t.UTC().Truncate(24 * time.Hour).Add(time.Duration(after) * time.Millisecond)
	}
	for i := range a.Participants {
		p := &a.Participants[i]
		p.At, p.ConsentedAt = day(p.At, i), day(p.ConsentedAt, i)
	}
	for i := range a.Conversations {
		c := &a.Conversations[i]
		c.At, c.LastTurnAt, c.FinishedAt = day(c.At, i), day(c.LastTurnAt, i), day(c.FinishedAt, i)
		for n := range c.Turns {
			c.Turns[n].At = day(c.Turns[n].At, i)
		}
		for n := range c.Claims {
			c.Claims[n].At = day(c.Claims[n].At, i)
		}
		if c.Digest != nil {
			c.Digest.At = day(c.Digest.At, i)
		}
	}
	places := map[ConversationID]int{}
	for i, c := range a.Conversations {
		places[c.ID] = i
	}
	for i := range a.Insights {
		for n := range a.Insights[i].Answers {
			answer := &a.Insights[i].Answers[n]
			answer.At = day(answer.At, places[answer.ConversationID])
		}
	}
}

// ArchivedGuide is one version of the guide.
type ArchivedGuide struct {
	Version int           `json:"version"`
	Guide   Guide         `json:"guide"`
	Brief   Brief         `json:"brief"`
	Maker   ArchivedMaker `json:"made_by"`
	Reason  string        `json:"reason"`
	At      time.Time     `json:"created_at"`
}

// ArchivedParticipant is who took part.
type ArchivedParticipant struct {
	ID          ParticipantID `json:"id"`
	Number      int           `json:"number"`
	Name        string        `json:"name,omitempty"`
	Email       string        `json:"email,omitempty"`
	Language    Language      `json:"language"`
	Origin      Origin        `json:"origin"`
	ConsentText string        `json:"consent_text,omitempty"`
	ConsentedAt time.Time     `json:"consented_at,omitzero"`
	Answers     []FormAnswer  `json:"answers,omitempty"`
	At          time.Time     `json:"created_at"`
}

// ArchivedTalk is one conversation with what was drawn from it.
type ArchivedTalk struct {
	ID            ConversationID     `json:"id"`
	ParticipantID ParticipantID      `json:"participant_id,omitempty"`
	Source        Source             `json:"source"`
	Title         string             `json:"title,omitempty"`
	Language      Language           `json:"language"`
	GuideVersion  int                `json:"guide_version"`
	State         ConversationState  `json:"state"`
	Ended         Ending             `json:"ended,omitempty"`
	Use           Use                `json:"use"`
	Rating        int                `json:"rating,omitempty"`
	Changes       int                `json:"changes,omitempty"`
	Words         int                `json:"words"` // of participants
	At            time.Time          `json:"created_at"`
	LastTurnAt    time.Time          `json:"last_turn_at"`
	FinishedAt    time.Time          `json:"finished_at,omitzero"`
	Speakers      []ArchivedSpeaker  `json:"speakers,omitempty"`
	Gaps          []ArchivedGap      `json:"gaps,omitempty"` // told, and named in the report; not brought in
	Turns         []ArchivedTurn     `json:"turns"`          // numbered from 0
	Coverage      []ArchivedCoverage `json:"coverage,omitempty"`
	Points        []ArchivedPoint    `json:"points,omitempty"`
	Digest        *ArchivedDigest    `json:"digest,omitempty"`
	Claims        []ArchivedClaim    `json:"claims,omitempty"`
}

// ArchivedGap is a part of a recorded meeting of which nothing stands in its transcript.
type ArchivedGap struct {
	StartMS int64        `json:"start_ms"`
	EndMS   int64        `json:"end_ms"`
	State   SegmentState `json:"kind"` // inaudible or missing
}

// ArchivedSpeaker is a Speaker; one without participant only asks, and has a name where names are in the archive.
type ArchivedSpeaker struct {
	ID            SpeakerID     `json:"id"`
	Name          string        `json:"name,omitempty"`
	ParticipantID ParticipantID `json:"participant_id,omitempty"`
}

// ArchivedTurn is one turn, as results may show it.
type ArchivedTurn struct {
	ID       TurnID         `json:"id"`
	Role     TurnRole       `json:"role"`
	Speaker  SpeakerID      `json:"speaker_id,omitempty"`
	Content  string         `json:"content"`
	TopicID  TopicID        `json:"topic_id,omitempty"`
	Move     Move           `json:"move,omitempty"`
	Control  *Control       `json:"control,omitempty"`
	Answer   *ControlAnswer `json:"answer,omitempty"`
	Prompted bool           `json:"prompted,omitempty"`
	Spoken   bool           `json:"spoken,omitempty"`
	Maker    *ArchivedMaker `json:"made_by,omitempty"` // of the facilitator's
	StartMS  int64          `json:"start_ms,omitempty"`
	EndMS    int64          `json:"end_ms,omitempty"`
	At       time.Time      `json:"created_at"`
}

// ArchivedCoverage is how far a conversation got with a topic.
type ArchivedCoverage struct {
	TopicID   TopicID `json:"topic_id"`
	Asked     bool    `json:"asked"`
	Answered  bool    `json:"answered"`
	Depth     int     `json:"depth"`
	FollowUps int     `json:"follow_ups"`
	Seconds   int     `json:"seconds"`
}

// ArchivedPoint is a point of a read-back.
type ArchivedPoint struct {
	ID      PointID    `json:"id"`
	ShownIn TurnID     `json:"shown_in"`
	TopicID TopicID    `json:"topic_id,omitempty"`
	Topic   string     `json:"topic,omitempty"`
	Quote   Span       `json:"quote"`
	State   PointState `json:"state"`
	Use     Use        `json:"use,omitempty"`
	Edit    TurnID     `json:"edit_turn_id,omitempty"`
}

// ArchivedDigest says what was drawn from a conversation, and by whom.
type ArchivedDigest struct {
	Turns     int           `json:"turns"`
	InputHash []byte        `json:"input_hash"`
	Maker     ArchivedMaker `json:"made_by"`
	Claims    int           `json:"claims"`
	Located   int           `json:"located"`
	Discarded int           `json:"discarded"`
	Parts     int           `json:"parts,omitempty"`
	ByRules   int           `json:"by_rules,omitempty"`
	At        time.Time     `json:"created_at"`
}

// ArchivedClaim is a claim; its text is "" where results may not show it.
type ArchivedClaim struct {
	ID       ClaimID         `json:"id"`
	TopicID  TopicID         `json:"topic_id,omitempty"`
	Text     string          `json:"text"`
	Verbatim bool            `json:"verbatim"`
	Salience float64         `json:"salience"`
	Stance   Stance          `json:"stance"`
	Quotes   []ArchivedQuote `json:"quotes"`
	Maker    ArchivedMaker   `json:"made_by"`
	At       time.Time       `json:"created_at"`
}

// ArchivedQuote is a place at which words stand.
type ArchivedQuote struct {
	ID QuoteID `json:"id"`
	Span
	Method string  `json:"method"`
	Score  float64 `json:"score"`
}

// ArchivedThemes are the themes of a session.
type ArchivedThemes struct {
	Claims   int             `json:"claims"`
	Seed     int64           `json:"seed"`
	Repeated int             `json:"repeated"`
	Agreed   int             `json:"agreed"`
	Maker    ArchivedMaker   `json:"made_by"`
	At       time.Time       `json:"created_at"`
	Themes   []ArchivedTheme `json:"themes"`
	Places   []ArchivedPlace `json:"places"`
}

// ArchivedTheme is one theme.
type ArchivedTheme struct {
	ID          ThemeID       `json:"id"`
	Title       string        `json:"title"`
	Description string        `json:"description,omitempty"`
	Maker       ArchivedMaker `json:"made_by"`
	At          time.Time     `json:"created_at"`
}

// ArchivedPlace says to which theme a claim belongs.
type ArchivedPlace struct {
	ClaimID ClaimID `json:"claim_id"`
	ThemeID ThemeID `json:"theme_id,omitempty"`
	ByModel bool    `json:"by_model,omitempty"`
	Tries   int     `json:"tries,omitempty"`
}

// ArchivedReport is a report.
type ArchivedReport struct {
	Version int           `json:"version"`
	Body    ReportBody    `json:"body"`
	Counts  ReportCounts  `json:"counts"`
	Current bool          `json:"current"` // there was no newer material than that of the report
	Maker   ArchivedMaker `json:"made_by"`
	Asked   string        `json:"asked,omitempty"`
	At      time.Time     `json:"created_at"`
}
