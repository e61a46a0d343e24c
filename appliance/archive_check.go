package appliance

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// The limits of an archive: it is stored in one transaction, in which others wait.
const (
	MaxArchived      = 5_000  // conversations
	MaxArchivedTurns = 60_000 // in all of them
	maxArchivedList  = 2_000  // of anything that one conversation or report has
	maxIDLength      = 40
	maxMakerLength   = 300
)

// Check says what is wrong with an archive, at most maxTranscriptProblems things; paths are those of its JSON.
func (a Archive) Check() error {
	c := archiveCheck{turns: map[TurnID]bool{}, claims: map[ClaimID]bool{}, people: map[ParticipantID]bool{}, versions: map[int]bool{},
		fields: map[FieldID]bool{}}
	if a.Format != ArchiveFormat || a.Version != ArchiveVersion {
		c.Add("version", "This box reads files of the format %s, version %d. This one says %.40q, version %d. Nothing was stored.",
			ArchiveFormat, ArchiveVersion, a.Format, a.Version)
		return c.Err()
	}
	c.design(a)
	c.participants(a.Participants)
	if len(a.Conversations) > MaxArchived {
		c.Add("conversations", "There are %d conversations; at most %d are possible.", len(a.Conversations), MaxArchived)
	}
	turns := 0
	for i, t := range a.Conversations {
		turns += len(t.Turns)
		if len(c.Problems) >= maxTranscriptProblems || turns > MaxArchivedTurns {
			break
		}
		c.talk(fmt.Sprintf("conversations[%d].", i), t)
	}
	if turns > MaxArchivedTurns {
		c.Add("conversations", "There are more than %d turns in all, which is what one file may bring.", MaxArchivedTurns)
	}
	if len(c.Problems) < maxTranscriptProblems {
		c.results(a)
	}
	if len(c.Problems) < maxTranscriptProblems {
		c.found(a)
	}
	return c.Err()
}

// archiveCheck is what is known of an archive so far.
type archiveCheck struct {
	Problems
	turns    map[TurnID]bool   // of all conversations
	said     map[TurnID]string // the contents of those of the conversation in hand
	claims   map[ClaimID]bool
	people   map[ParticipantID]bool // false once a conversation has them
	versions map[int]bool           // of the guide
	fields   map[FieldID]bool
}

// under notes the problems that err holds, below a path.
func (c *archiveCheck) under(path string, err error) {
	if e, ok := err.(*Error); ok {
		for _, f := range e.Fields {
			c.Add(path+f.Field, "%s", f.Message)
		}
	}
}

func (c *archiveCheck) id(path, id string) {
	if id == "" || len(id) > maxIDLength {
		c.Add(path, "An id is needed, of at most %d characters.", maxIDLength)
	}
}

func (c *archiveCheck) maker(path string, m ArchivedMaker) {
	for _, s := range []string{m.By, m.ModelDigest, m.PromptVersion} {
		CheckLine(&c.Problems, path+"made_by", s, maxMakerLength, false)
	}
}

func (c *archiveCheck) notNegative(path string, numbers ...int) {
	if slices.Min(numbers) < 0 {
		c.Add(path, "A number is below 0.")
	}
}

// design checks session, guides and form.
func (c *archiveCheck) design(a Archive) {
	c.under("session.", a.Session.Session().Validate())
	for i, g := range a.Guides {
		path := fmt.Sprintf("guides[%d].", i)
		if g.Version < 1 || c.versions[g.Version] {
			c.Add(path+"version", "Every version has a number of its own, from 1.")
		}
		c.versions[g.Version] = true
		c.under(path+"guide.", g.Guide.Validate())
		c.under(path+"brief.", g.Brief.Validate())
		CheckLine(&c.Problems, path+"reason", g.Reason, MaxDescription, false)
		c.maker(path, g.Maker)
	}
	if !c.versions[a.Session.GuideVersion] {
		c.Add("session.guide_version", "The guide in use is not among the guides.")
	}
	switch a.Session.Status {
	case SessionDraft, SessionOpen, SessionClosed, SessionArchived:
	default:
		c.Add("session.status", "Choose draft, open, closed or archived.")
	}
	c.notNegative("session.joined", a.Session.Joined)
	c.under("", a.Form.Validate("form"))
	for i, f := range a.Form {
		c.id(fmt.Sprintf("form[%d].id", i), string(f.ID))
		if c.fields[f.ID] {
			c.Add(fmt.Sprintf("form[%d].id", i), "Another question has this id.")
		}
		c.fields[f.ID] = true
	}
}

func (c *archiveCheck) participants(list []ArchivedParticipant) {
	numbers := map[int]bool{}
	for i, p := range list {
		path := fmt.Sprintf("participants[%d].", i)
		c.id(path+"id", string(p.ID))
		if _, twice := c.people[p.ID]; twice || numbers[p.Number] || p.Number < 1 {
			c.Add(path+"number", "Every participant has an id and a number of their own, from 1.")
		}
		c.people[p.ID], numbers[p.Number] = true, true
		CheckLine(&c.Problems, path+"name", p.Name, MaxName, false)
		CheckLine(&c.Problems, path+"email", p.Email, MaxEmail, false)
		CheckText(&c.Problems, path+"consent_text", p.ConsentText, MaxConsent, false)
		if !p.Language.Spoken() {
			c.Add(path+"language", "The box does not know this language.")
		}
		if p.Origin != OriginLink && p.Origin != OriginAPI {
			c.Add(path+"origin", "Choose link or api.")
		}
		for j, a := range p.Answers {
			at := fmt.Sprintf("%sanswers[%d]", path, j)
			c.id(at, string(a.FieldID))
			CheckLine(&c.Problems, at+".text", a.Text, MaxFieldText, false)
			for _, v := range a.Values {
				CheckText(&c.Problems, at+".values", v, MaxLongAnswer, false)
			}
		}
		if len(p.Answers) > maxArchivedList || len(c.Problems) >= maxTranscriptProblems {
			c.Add(path+"answers", "This is more than one file may bring.")
			return
		}
	}
}

// talk checks one conversation.
func (c *archiveCheck) talk(path string, t ArchivedTalk) {
	c.id(path+"id", string(t.ID))
	if t.ParticipantID != "" {
		if !c.people[t.ParticipantID] {
			c.Add(path+"participant_id", "There is no such participant, or they have another conversation.")
		}
		c.people[t.ParticipantID] = false
	}
	CheckLine(&c.Problems, path+"title", t.Title, MaxTitle, false)
	if t.Source != SourceInterview && t.Source != SourceRecording && t.Source != SourceText {
		c.Add(path+"source", "Choose interview, recording or text.")
	}
	if t.State != ConversationActive && t.State != ConversationFinished {
		c.Add(path+"state", "Choose active or finished.")
	}
	if !slices.Contains([]Ending{"", EndedComplete, EndedEarly, EndedClosed}, t.Ended) {
		c.Add(path+"ended", "Choose complete, early or closed.")
	}
	if !t.Language.Spoken() {
		c.Add(path+"language", "The box does not know this language.")
	}
	if !t.Use.Valid() {
		c.Add(path+"use", "Choose quote, paraphrase or count.")
	}
	if t.Rating < 0 || t.Rating > MaxUnderstood {
		c.Add(path+"rating", "Between %d and %d are possible, and 0 for none.", MinUnderstood, MaxUnderstood)
	}
	if t.GuideVersion != 0 && !c.versions[t.GuideVersion] {
		c.Add(path+"guide_version", "This version is not among the guides.")
	}
	c.notNegative(path+"words", t.Words, t.Changes)
	speakers := map[SpeakerID]bool{"": true}
	for i, k := range t.Speakers {
		at := fmt.Sprintf("%sspeakers[%d].", path, i)
		c.id(at+"id", string(k.ID))
		CheckLine(&c.Problems, at+"name", k.Name, MaxName, false)
		if _, known := c.people[k.ParticipantID]; k.ParticipantID != "" && !known {
			c.Add(at+"participant_id", "There is no such participant.")
		}
		speakers[k.ID] = true
	}
	c.said = map[TurnID]string{}
	for i, turn := range t.Turns {
		at := fmt.Sprintf("%sturns[%d].", path, i)
		if !speakers[turn.Speaker] {
			c.Add(at+"speaker_id", "There is no such speaker.")
		}
		c.turn(at, turn)
		if len(c.Problems) >= maxTranscriptProblems {
			return
		}
	}
	c.drawn(path, t)
}

func (c *archiveCheck) turn(path string, t ArchivedTurn) {
	c.id(path+"id", string(t.ID))
	if c.turns[t.ID] {
		c.Add(path+"id", "Another turn has this id.")
	}
	if t.Role != FromParticipant && t.Role != FromFacilitator {
		c.Add(path+"role", "Choose participant or facilitator.")
	}
	CheckText(&c.Problems, path+"content", t.Content, MaxUtterance, false)
	if len(t.TopicID) > maxIDLength || len(t.Move) > maxIDLength {
		c.Add(path+"topic_id", "This is too long.")
	}
	if t.Control != nil {
		t.Control.check(&c.Problems, path+"control.")
	}
	if t.Answer != nil {
		if _, earlier := c.said[t.Answer.TurnID]; !earlier {
			c.Add(path+"answer.turn_id", "There is no such turn before this one.")
		}
	}
	if t.Maker != nil {
		c.maker(path, *t.Maker)
	}
	Utterance{Text: "", StartMS: t.StartMS, EndMS: t.EndMS}.check(&c.Problems, path)
	c.turns[t.ID], c.said[t.ID] = true, t.Content
}

// drawn checks what was drawn from a conversation: all of it stands over words that are there.
func (c *archiveCheck) drawn(path string, t ArchivedTalk) {
	if len(t.Coverage) > maxArchivedList || len(t.Points) > maxArchivedList || len(t.Claims) > maxArchivedList {
		c.Add(path+"claims", "This is more than one conversation may bring.")
		return
	}
	for i, v := range t.Coverage {
		c.id(fmt.Sprintf("%scoverage[%d].topic_id", path, i), string(v.TopicID))
		c.notNegative(fmt.Sprintf("%scoverage[%d]", path, i), v.Depth, v.FollowUps, v.Seconds)
	}
	for i, p := range t.Points {
		at := fmt.Sprintf("%spoints[%d].", path, i)
		c.id(at+"id", string(p.ID))
		CheckLine(&c.Problems, at+"topic", p.Topic, MaxTopicTitle, false)
		c.span(at+"quote", p.Quote, false)
		for _, id := range []TurnID{p.ShownIn, p.Edit} {
			if _, known := c.said[id]; !known && id != "" {
				c.Add(at+"shown_in", "There is no such turn.")
			}
		}
		if !slices.Contains([]PointState{PointOpen, PointApproved, PointEdited, PointDropped, PointWithdrawn}, p.State) ||
			p.Use != "" && !p.Use.Valid() {
			c.Add(at+"state", "This is no state of a point.")
		}
	}
	if d := t.Digest; d != nil {
		c.maker(path+"digest.", d.Maker)
		c.notNegative(path+"digest", d.Turns, d.Claims, d.Located, d.Discarded, d.Parts, d.ByRules)
	}
	for i, claim := range t.Claims {
		at := fmt.Sprintf("%sclaims[%d].", path, i)
		c.id(at+"id", string(claim.ID))
		if c.claims[claim.ID] {
			c.Add(at+"id", "Another claim has this id.")
		}
		c.claims[claim.ID] = true
		CheckText(&c.Problems, at+"text", claim.Text, MaxMessage, false)
		c.maker(at, claim.Maker)
		if !claim.Stance.Valid() || claim.Salience < 0 || claim.Salience > 1 || len(claim.TopicID) > maxIDLength {
			c.Add(at+"stance", "Choose for, against, mixed or neutral, and a salience between 0 and 1.")
		}
		if len(claim.Quotes) == 0 || len(claim.Quotes) > maxArchivedList {
			c.Add(at+"quotes", "A claim stands over at least one quotation.")
		}
		for j, q := range claim.Quotes {
			c.id(fmt.Sprintf("%squotes[%d].id", at, j), string(q.ID))
			c.span(fmt.Sprintf("%squotes[%d]", at, j), q.Span, claim.Text != "")
			if q.Method != "exact" && q.Method != "normalised" && q.Method != "snapped" || q.Score < 0 || q.Score > 1 {
				c.Add(fmt.Sprintf("%squotes[%d].method", at, j), "Choose exact, normalised or snapped, and a score between 0 and 1.")
			}
		}
	}
}

// span checks that a quotation is in its source, which is a turn of the same conversation. Within a mask a place may begin in the middle of a character.
func (c *archiveCheck) span(path string, s Span, shown bool) {
	text, known := c.said[s.TurnID]
	switch {
	case !known:
		c.Add(path, "There is no such turn.")
	case s.Start < 0 || s.End <= s.Start || s.End > len(text):
		c.Add(path, "This place is not in its turn.")
	case shown && !utf8.ValidString(text[s.Start:s.End]):
		c.Add(path, "This place begins or ends within a character.")
	}
}

// results checks themes and report.
func (c *archiveCheck) results(a Archive) {
	if b := a.Themes; b != nil {
		c.maker("themes.", b.Maker)
		c.notNegative("themes", b.Claims, b.Repeated, b.Agreed)
		themes := map[ThemeID]bool{"": true}
		for i, t := range b.Themes {
			at := fmt.Sprintf("themes.themes[%d].", i)
			c.id(at+"id", string(t.ID))
			CheckText(&c.Problems, at+"title", t.Title, MaxTitle, true)
			CheckText(&c.Problems, at+"description", t.Description, MaxDescription, false)
			c.maker(at, t.Maker)
			themes[t.ID] = true
		}
		for i, p := range b.Places {
			if !c.claims[p.ClaimID] || !themes[p.ThemeID] {
				c.Add(fmt.Sprintf("themes.places[%d]", i), "There is no such claim or theme.")
			}
		}
	}
	if r := a.Report; r != nil {
		c.maker("report.", r.Maker)
		c.notNegative("report.version", r.Version-1)
		CheckLine(&c.Problems, "report.asked", r.Asked, 3*maxMakerLength, false)
		for i, s := range r.Body.Sections {
			at := fmt.Sprintf("report.body.sections[%d].", i)
			CheckText(&c.Problems, at+"title", s.Title, MaxMessage, false)
			for j, sentence := range s.Sentences {
				c.sentence(fmt.Sprintf("%ssentences[%d]", at, j), sentence)
			}
		}
		for i, text := range r.Body.Missing {
			CheckText(&c.Problems, fmt.Sprintf("report.body.missing[%d]", i), text, MaxMessage, false)
		}
	}
}

func (c *archiveCheck) sentence(path string, s ReportSentence) {
	CheckText(&c.Problems, path+".text", s.Text, MaxMessage, false)
	for _, id := range s.Claims {
		if !c.claims[id] {
			c.Add(path+".claims", "There is no such claim.")
		}
	}
}

// Session gives the session that an archive describes. Nobody but who brings it in may see it, and nobody can join it,
// until they decide so.
func (s ArchivedSession) Session() Session {
	status := SessionClosed
	if s.Status == SessionDraft {
		status = SessionDraft
	}
	return Session{Brief: s.Brief, Status: status, Language: s.Language, Host: s.Host, WelcomeMessage: s.WelcomeMessage,
		ConsentText: s.ConsentText, Anonymous: s.Anonymous, WhoMayJoin: s.WhoMayJoin, GuideVersion: s.GuideVersion,
		PromptOverride: s.Prompt, SummaryPrompt: s.SummaryPrompt, PromptSummary: s.PromptSummary,
		PromptGeneratedFrom: s.PromptGeneratedFrom, MetaDescription: s.MetaDescription, PlatformGuidelines: s.PlatformGuidelines,
		DefaultUse: s.DefaultUse, CrossPollination: s.CrossPollination, PollinationMinimum: s.PollinationMinimum,
		WidgetsEnabled: s.WidgetsEnabled, ResultsVisibility: ResultsHost}
}

// Quotes says whether everything that stands in quotation marks in the report, as far as it is longer than what a name
// or a title is, was said by somebody in the archive, is written in its guides,
// or is what a theme is called. A report that fails must not be shown.
func (a Archive) Quotes() bool {
	if a.Report == nil {
		return true
	}
	var b strings.Builder
	for _, g := range a.Guides {
		for _, t := range g.Guide.Topics {
			b.WriteString(t.Title + "\n" + t.Question + "\n")
		}
	}
	for _, c := range a.Conversations {
		for _, t := range c.Turns {
			b.WriteString(t.Content + "\n")
		}
	}
	for _, f := range a.Form {
		b.WriteString(f.Text + "\n" + strings.Join(f.Options, "\n") + "\n")
	}
	said := plain(b.String() + a.Session.Topic)
	titles := map[string]bool{}
	if a.Themes != nil {
		for _, t := range a.Themes.Themes {
			titles[plain(t.Title)] = true
		}
	}
	for _, s := range a.Report.Body.Sections {
		for _, sentence := range s.Sentences {
			for _, part := range betweenMarks(sentence.Text) {
				if part = plain(part); !titles[part] && !strings.Contains(said, strings.TrimRight(part, ".,;:!?…")) {
					return false
				}
			}
		}
	}
	return true
}

// plain is a text without the differences that spaces and capitals make.
func plain(text string) string { return strings.ToLower(strings.Join(strings.Fields(text), " ")) }

// longQuote is how many words make a quotation that could be somebody's.
const longQuote = 4

// betweenMarks gives what stands between quotation marks, from longQuote words on.
func betweenMarks(text string) (list []string) {
	const opens, closes = "“„«\"»", "”“»\"«"
	start := -1
	for i, r := range text {
		switch {
		case start >= 0 && strings.ContainsRune(closes, r):
			if part := text[start:i]; len(strings.Fields(part)) >= longQuote {
				list = append(list, part)
			}
			start = -1
		case strings.ContainsRune(opens, r):
			start = i + utf8.RuneLen(r)
		}
	}
	return list
}
