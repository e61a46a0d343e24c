package web

import (
	"context"

	"harmonium/appliance"
	"harmonium/appliance/paper"
	"harmonium/appliance/synthesis"
)

// Summary is a session's report as one Markdown text.
type Summary struct {
	SessionID   appliance.SessionID `json:"session_id"`
	Summary     *string             `json:"summary" nullable:"true" doc:"Markdown; null while there is none"`
	GeneratedAt *Time               `json:"generated_at" nullable:"true"`
}

func (a *API) getSummary(ctx context.Context, in *SessionPath) (*Output[Summary], error) {
	session, err := a.Store.Session(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	s, err := a.summaryOf(ctx, session)
	if err != nil {
		return nil, err
	}
	return &Output[Summary]{s}, nil
}

// summaryOf gives the summary of a session; one without text when there is no report yet.
func (a *API) summaryOf(ctx context.Context, session appliance.Session) (Summary, error) {
	out, err := keep(ctx, a, page{name: "summary"}, session.ID, func() (Summary, error) { return a.writeSummary(ctx, session) })
	if err != nil {
		return Summary{}, err
	}
	return out.Body, nil
}

func (a *API) writeSummary(ctx context.Context, session appliance.Session) (Summary, error) {
	out := Summary{SessionID: session.ID}
	r, err := a.Store.ResultsToHandOut(ctx, session.ID)
	if appliance.CodeOf(err) == appliance.CodeNotFound {
		return out, nil
	} else if err != nil {
		return out, err
	}
	tallies, err := a.Store.Tallies(ctx, session.ID)
	if err != nil {
		return out, err
	}
	text := paper.Markdown(append(synthesis.Tallies(r.Language, tallies), synthesis.Told(r, synthesis.Telling{})...))
	out.Summary, out.GeneratedAt = &text, timeOrNull(r.Report.CreatedAt)
	return out, nil
}

// makeSummary brings the results up to date and answers with them.
func (a *API) makeSummary(ctx context.Context, in *SessionPath) (*Output[Summary], error) {
	if err := a.noteMaking(ctx, in.ID); err != nil {
		return nil, err
	}
	if err := a.Synthesis.Now(ctx, in.ID); err != nil {
		return nil, err
	}
	return a.getSummary(ctx, in)
}

// MarkdownOutput is a Markdown document.
type MarkdownOutput struct {
	ContentType string `header:"Content-Type"`
	Body        []byte
}

func (a *API) getSessionMD(ctx context.Context, in *SessionPath) (*MarkdownOutput, error) {
	session, err := a.Store.Session(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	doc, err := a.documentOf(ctx, session)
	if err != nil {
		return nil, err
	}
	return &MarkdownOutput{"text/markdown; charset=utf-8", []byte(doc)}, nil
}

// documentOf gives a whole session as Markdown: brief, guide, summary.
func (a *API) documentOf(ctx context.Context, session appliance.Session) (string, error) {
	prompt, err := a.promptOf(ctx, session)
	if err != nil {
		return "", err
	}
	summary, err := a.summaryOf(ctx, session)
	if err != nil {
		return "", err
	}
	text := ""
	if summary.Summary != nil {
		text = *summary.Summary
	}
	return synthesis.Document(session, prompt, text), nil
}

// KnowledgeOutput answers whether there is knowledge, and holds it.
type KnowledgeOutput struct {
	Status    string            `json:"status" enum:"generated,skipped"`
	Knowledge OrNull[Knowledge] `json:"knowledge"`
	Reason    string            `json:"reason,omitempty" doc:"Why it was skipped"`
}

// Knowledge is what a session's results hold in a form that programs read. Evidence lists ids of turns.
type Knowledge struct {
	Decisions []KnowledgeDecision `json:"decisions"`
	Actions   []KnowledgeAction   `json:"actions"`
	Tensions  []KnowledgeTension  `json:"tensions"`
	Claims    []KnowledgeClaim    `json:"claims"`
	Gaps      []string            `json:"gaps"`
}

// KnowledgeDecision is something that people said was decided.
type KnowledgeDecision struct {
	Description string             `json:"description"`
	Evidence    []appliance.TurnID `json:"evidence"`
	Said        []SaidPlace        `json:"said"`
}

// KnowledgeAction is something that somebody said they would do.
type KnowledgeAction struct {
	Description string             `json:"description"`
	Owner       string             `json:"owner"`
	Due         string             `json:"due"`
	Evidence    []appliance.TurnID `json:"evidence"`
	Said        []SaidPlace        `json:"said"`
}

// KnowledgeTension is a matter with at least two sides.
type KnowledgeTension struct {
	Summary  string             `json:"summary"`
	Sides    []string           `json:"sides"`
	Evidence []appliance.TurnID `json:"evidence"`
	Said     []SaidPlace        `json:"said"`
}

// SaidPlace is the words of somebody, and where they stand.
type SaidPlace struct {
	Participant    string                   `json:"participant" doc:"Pseudonym; the title of the conversation where nobody joined"`
	ConversationID appliance.ConversationID `json:"conversation_id" doc:"Empty for who does not see conversations, as what leads into them"`
	Quote
}

// KnowledgeClaim is a claim that the report cites.
type KnowledgeClaim struct {
	Text     string             `json:"text"`
	Category string             `json:"category"`
	Strength synthesis.Strength `json:"strength" enum:"strong,moderate,weak"`
	Evidence []appliance.TurnID `json:"evidence"`
}

// getKnowledge reads the knowledge out of the newest report: the same report gives the same.
func (a *API) getKnowledge(ctx context.Context, in *SessionPath) (*Output[KnowledgeOutput], error) {
	whole, err := a.opens(ctx, in.ID, appliance.TabResponses)
	if err != nil {
		return nil, err
	}
	return keep(ctx, a, page{name: "knowledge", whole: whole}, in.ID, func() (KnowledgeOutput, error) { return a.knowledge(ctx, in.ID, whole) })
}

func (a *API) knowledge(ctx context.Context, id appliance.SessionID, whole bool) (out KnowledgeOutput, err error) {
	session, err := a.Store.Session(ctx, id)
	if err != nil {
		return out, err
	}
	r, err := a.Store.Results(ctx, id)
	if appliance.CodeOf(err) == appliance.CodeNotFound {
		return out, appliance.Errorf(appliance.CodeValidation, "There is no summary yet to take knowledge from. Make the summary first.")
	} else if err != nil {
		return out, err
	}
	version, err := a.Store.Guide(ctx, id, session.GuideVersion)
	if err != nil {
		return out, err
	}
	claims, err := a.Store.Claims(ctx, id)
	if err != nil {
		return out, err
	}
	if len(claims) == 0 {
		return KnowledgeOutput{Status: "skipped", Reason: "Nobody has said anything yet that could be evidence."}, nil
	}
	k := knowledgeOut(synthesis.KnowledgeOf(version.Guide, r, claims), r.Language, whole)
	if !whole {
		k.hideEvidence()
	}
	return KnowledgeOutput{Status: "generated", Knowledge: OrNull[Knowledge]{&k}}, nil
}

// hideEvidence takes out the turns that the knowledge rests on, for who does not see conversations.
func (k *Knowledge) hideEvidence() {
	none := []appliance.TurnID{}
	for i := range k.Decisions {
		k.Decisions[i].Evidence = none
	}
	for i := range k.Actions {
		k.Actions[i].Evidence = none
	}
	for i := range k.Tensions {
		k.Tensions[i].Evidence = none
	}
	for i := range k.Claims {
		k.Claims[i].Evidence = none
	}
}

func knowledgeOut(k synthesis.Knowledge, language appliance.Language, whole bool) Knowledge {
	out := Knowledge{Decisions: []KnowledgeDecision{}, Actions: []KnowledgeAction{}, Tensions: []KnowledgeTension{},
		Claims: []KnowledgeClaim{}, Gaps: k.Gaps}
	said := func(list []synthesis.Place) []SaidPlace {
		places := make([]SaidPlace, len(list))
		for i, p := range list {
			places[i] = SaidPlace{synthesis.Pseudonym(language, p.Number, p.Title), p.Conversation, quoteOut(p.CitedQuote).forReader(whole)}
			if !whole {
				places[i].ConversationID = ""
			}
		}
		return places
	}
	for _, d := range k.Decisions {
		out.Decisions = append(out.Decisions, KnowledgeDecision{d.Description, d.Evidence, said(d.Said)})
	}
	for _, x := range k.Actions {
		out.Actions = append(out.Actions, KnowledgeAction{x.Description, x.Owner, x.Due, x.Evidence, said(x.Said)})
	}
	for _, t := range k.Tensions {
		out.Tensions = append(out.Tensions, KnowledgeTension{t.Summary, t.Sides, t.Evidence, said(t.Said)})
	}
	for _, c := range k.Claims {
		out.Claims = append(out.Claims, KnowledgeClaim(c))
	}
	return out
}
