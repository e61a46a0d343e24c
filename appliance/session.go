package appliance

import (
	"slices"
	"time"
)

// Brief says what a session is to find out. The guide is drafted from it.
type Brief struct {
	Topic    string `json:"topic"`    // what it is about, one line
	Goal     string `json:"goal"`     // what the host wants to know or decide
	Critical string `json:"critical"` // what must be learnt, one point a line
	Context  string `json:"context"`  // what the facilitator should know beforehand
}

// Validate checks the limits of the four fields.
func (b Brief) Validate() error {
	var p Problems
	b.check(&p)
	return p.Err()
}

func (b Brief) check(p *Problems) {
	CheckLine(p, "topic", b.Topic, MaxTopic, true)
	CheckText(p, "goal", b.Goal, MaxGoal, true)
	CheckText(p, "critical", b.Critical, MaxCritical, false)
	CheckText(p, "context", b.Context, MaxContext, false)
}

// Session is one inquiry.
type Session struct {
	ID        SessionID
	ProjectID ProjectID // "" when it is in none
	Brief     Brief
	Status    SessionStatus
	Language  Language // of the guide, and of participants who choose none

	Host           string // who asks, as participants read it; "" shows the name of the account that made it
	WelcomeMessage string // "" shows the built-in one
	ConsentText    string // "" shows the built-in one
	Anonymous      bool   // no name or e-mail is asked for or kept
	WhoMayJoin     Access // "" is AccessLink
	Public         bool   // every account may see it, with the role it has on the organisation
	JoinCode       string // to type at /join; looked up only while the session is open

	GuideVersion int // the version in use, from 1

	// What Harmonica's API knows and keeps beside the brief.
	PromptOverride      string // a rendered guide given by hand; "" uses the guide
	SummaryPrompt       string
	PromptSummary       string
	PromptGeneratedFrom string // a text, or a brief in JSON
	MetaDescription     string
	PlatformGuidelines  string
	TemplateID          string
	DefaultUse          Use  // how words may be used of participants who choose nothing; "" is UseQuote
	CrossPollination    bool // the facilitator may offer ideas of others: see Idea
	PollinationMinimum  int  // other people who must have spoken to a topic before that; 0 is DefaultPollinationMinimum
	WidgetsEnabled      bool
	ResultsVisibility   ResultsVisibility // the widest audience of Visibility: see Settled
	Visibility          Visibility
	Distribution        []string      // ways in which it is handed out, as a client named them: link, qr, code
	Roster              []RosterEntry // who is expected; names of people, which only editors see

	Models  ModelChoice // which models do its work, where it differs from its project
	Leading Leading     // how its conversations are led, where it differs from the box

	CreatedBy AccountID
	CreatedAt time.Time
	UpdatedAt time.Time
	OpenedAt  time.Time // zero: never
	ClosedAt  time.Time // zero: not closed
}

// SessionStatus is where a session stands.
type SessionStatus string

// The states of a session. A draft takes no participants; an open session does; a closed one shows results and can
// be opened again; an archived one is out of sight.
const (
	SessionDraft    SessionStatus = "draft"
	SessionOpen     SessionStatus = "open"
	SessionClosed   SessionStatus = "closed"
	SessionArchived SessionStatus = "archived"
)

// Moves gives the states that a session in state s can be put in.
func (s SessionStatus) Moves() []SessionStatus {
	switch s {
	case SessionDraft:
		return []SessionStatus{SessionOpen, SessionArchived}
	case SessionOpen:
		return []SessionStatus{SessionClosed}
	case SessionClosed:
		return []SessionStatus{SessionOpen, SessionArchived}
	case SessionArchived:
		return []SessionStatus{SessionClosed}
	}
	return nil
}

// CanBecome says whether a session in state s can be put in state next.
func (s SessionStatus) CanBecome(next SessionStatus) bool { return slices.Contains(s.Moves(), next) }

// APIStatus is the word of Harmonica's API: draft and open are "active", closed and archived "completed".
func (s SessionStatus) APIStatus() string {
	if s == SessionDraft || s == SessionOpen {
		return "active"
	}
	return "completed"
}

// ResultsVisibility says who may see the results, beside the accounts with a role on the session.
type ResultsVisibility string

// The audiences of results.
const (
	ResultsHost         ResultsVisibility = "host"
	ResultsParticipants ResultsVisibility = "participants"
	ResultsPublic       ResultsVisibility = "public"
)

// Validate checks every field that people fill in.
func (s Session) Validate() error {
	var p Problems
	s.Brief.check(&p)
	CheckLine(&p, "host", s.Host, MaxName, false)
	CheckText(&p, "welcome_message", s.WelcomeMessage, MaxWelcome, false)
	CheckText(&p, "consent_text", s.ConsentText, MaxConsent, false)
	CheckText(&p, "prompt", s.PromptOverride, MaxPrompt, false)
	CheckText(&p, "summary_prompt", s.SummaryPrompt, MaxPrompt, false)
	CheckText(&p, "prompt_summary", s.PromptSummary, MaxPrompt, false)
	CheckText(&p, "prompt_generated_from", s.PromptGeneratedFrom, MaxPrompt, false)
	CheckText(&p, "meta_description", s.MetaDescription, MaxDescription, false)
	CheckText(&p, "platform_guidelines_override", s.PlatformGuidelines, MaxPrompt, false)
	if !s.Language.Spoken() {
		p.Add("language", "This language is not on the box yet. Choose one of: %s.", LanguageList())
	}
	s.Models.Check(&p, "models")
	s.Leading.Check(&p)
	if s.DefaultUse != "" && !s.DefaultUse.Valid() {
		p.Add("default_use", "Choose quote, paraphrase or count.")
	}
	if s.WhoMayJoin != "" && !s.WhoMayJoin.Valid() {
		p.Add("who_may_join", "Choose link, code, invitation or account.")
	}
	if m := s.PollinationMinimum; m != 0 && (m < LeastPollinationMinimum || m > MaxPollinationMinimum) {
		p.Add("cross_pollination_minimum", "Ideas of others can be offered once %d to %d other people have spoken to a topic. "+
			"Fewer would be recognised.", LeastPollinationMinimum, MaxPollinationMinimum)
	}
	switch s.ResultsVisibility {
	case ResultsHost, ResultsParticipants, ResultsPublic:
	default:
		p.Add("results_visibility", "Choose host, participants or public.")
	}
	s.Visibility.check(&p)
	checkRoster(&p, s.Roster)
	return p.Err()
}

// LanguageList names the languages of ConversationLanguages in one line, for messages.
func LanguageList() string {
	list := ""
	for i, l := range ConversationLanguages() {
		if i > 0 {
			list += ", "
		}
		list += string(l)
	}
	return list
}
