package web

import (
	"context"
	"strconv"

	"harmonium/appliance"
	"harmonium/appliance/guide"
	"harmonium/appliance/store"
)

// Guide is the plan of the interviews of a session.
type Guide struct {
	Opening string  `json:"opening" maxLength:"2000" doc:"Said before the first question"`
	Topics  []Topic `json:"topics" maxItems:"20"`
	Closing string  `json:"closing" maxLength:"2000" doc:"Said at the very end"`
}

// Topic is one part of a guide.
type Topic struct {
	ID        appliance.TopicID `json:"id" maxLength:"40" pattern:"^[A-Za-z0-9_-]*$" patternDescription:"letters, digits, _ and -" doc:"Empty for a new one"`
	Title     string            `json:"title" maxLength:"120" doc:"A few words; participants see them"`
	Aim       string            `json:"aim" maxLength:"500" doc:"What is to be learnt; participants do not see it"`
	Question  string            `json:"question" maxLength:"500" doc:"Must be asked"`
	Probes    []string          `json:"probes" maxItems:"8" doc:"Follow-ups to choose from"`
	FollowUps int               `json:"follow_ups" minimum:"0" maximum:"5" doc:"At most so many follow-ups"`
	Minutes   int               `json:"minutes" minimum:"1" maximum:"60" doc:"Expected"`
	Control   *Control          `json:"control,omitempty" doc:"By what the question can be answered other than in words; left out for words alone"`
}

// GuideVersion is a guide as it was saved once.
type GuideVersion struct {
	Version    int             `json:"version" doc:"From 1; versions are never changed"`
	Guide      Guide           `json:"guide"`
	Brief      appliance.Brief `json:"brief" doc:"The brief at that time"`
	MadeBy     string          `json:"made_by" doc:"rules, hand, or the name of a model"`
	Prompt     string          `json:"prompt_version" doc:"Of what the model was told, or of the rules; empty for a hand"`
	AuthorName *string         `json:"author_name" nullable:"true" doc:"Who saved it"`
	Reason     string          `json:"reason"`
	CreatedAt  Time            `json:"created_at"`
}

// GuideVersionItem is a version of a guide without its text.
type GuideVersionItem struct {
	Version    int     `json:"version"`
	MadeBy     string  `json:"made_by" doc:"rules, hand, or the name of a model"`
	Prompt     string  `json:"prompt_version" doc:"Of what the model was told, or of the rules; empty for a hand"`
	AuthorName *string `json:"author_name" nullable:"true"`
	Reason     string  `json:"reason"`
	Topics     int     `json:"topics" doc:"How many"`
	CreatedAt  Time    `json:"created_at"`
}

func guideFrom(g appliance.Guide) Guide {
	out := Guide{Opening: g.Opening, Topics: make([]Topic, len(g.Topics)), Closing: g.Closing}
	for i, t := range g.Topics {
		out.Topics[i] = Topic{t.ID, t.Title, t.Aim, t.Question, notNull(t.Probes), t.FollowUps, t.Minutes, controlOut(t.Control).Value}
	}
	return out
}

func (g Guide) domain() appliance.Guide {
	out := appliance.Guide{Opening: g.Opening, Topics: make([]appliance.Topic, len(g.Topics)), Closing: g.Closing}
	for i, t := range g.Topics {
		out.Topics[i] = appliance.Topic{ID: t.ID, Title: t.Title, Aim: t.Aim, Question: t.Question, Probes: t.Probes,
			FollowUps: t.FollowUps, Minutes: t.Minutes, Control: t.Control.domain()}
	}
	return out
}

// guideVersion gives a version as an answer.
func (a *API) guideVersion(ctx context.Context, g appliance.GuideVersion) (*Output[GuideVersion], error) {
	author, err := a.Store.AccountName(ctx, g.Author)
	if err != nil {
		return nil, err
	}
	return &Output[GuideVersion]{GuideVersion{Version: g.Version, Guide: guideFrom(g.Guide), Brief: g.Brief,
		MadeBy: g.Maker.By, Prompt: g.Maker.PromptVersion, AuthorName: orNull(author), Reason: g.Reason, CreatedAt: Time{g.CreatedAt}}}, nil
}

func (a *API) getGuide(ctx context.Context, in *SessionPath) (*Output[GuideVersion], error) {
	g, err := a.Store.Guide(ctx, in.ID, 0)
	if err != nil {
		return nil, err
	}
	return a.guideVersion(ctx, g)
}

// GuideRequest is a guide to be saved as the next version.
type GuideRequest struct {
	Guide       Guide  `json:"guide"`
	BaseVersion int    `json:"base_version" minimum:"1" doc:"The version that was edited; another in use by now is a conflict"`
	Reason      string `json:"reason,omitempty" maxLength:"200" doc:"Why, in a few words"`
}

type saveGuideInput struct {
	SessionPath
	Body GuideRequest
}

func (a *API) saveGuide(ctx context.Context, in *saveGuideInput) (*Output[GuideVersion], error) {
	g := appliance.GuideVersion{SessionID: in.ID, Guide: in.Body.Guide.domain(), Reason: in.Body.Reason,
		Maker: a.proposals.maker(in.ID, guideFrom(in.Body.Guide.domain()))}
	if g.Reason == "" {
		g.Reason = "edited"
	}
	var p appliance.Problems
	appliance.CheckLine(&p, "reason", g.Reason, 200, true)
	if err := p.Err(); err != nil {
		return nil, err
	}
	saved, err := a.Store.SaveGuide(ctx, callerOf(ctx).By(), store.Once{}, g, in.Body.BaseVersion)
	if err != nil {
		return nil, within("guide", err)
	}
	return a.guideVersion(ctx, saved)
}

// within puts the fields of a validation error where they stand in what was sent.
func within(part string, err error) error {
	if appliance.CodeOf(err) != appliance.CodeValidation {
		return err
	}
	var p appliance.Problems
	for _, f := range problemsOf(err) {
		p = append(p, appliance.FieldError{Field: part + "." + f.Field, Message: f.Message})
	}
	return p.Err()
}

type draftGuideInput struct {
	SessionPath
	Idempotent
}

// draftGuide drafts the guide anew from the present brief: with a model where one can be asked, else by rules. A model
// takes its time, so a repetition waits for the first request and gives what that made.
func (a *API) draftGuide(ctx context.Context, in *draftGuideInput) (*Output[GuideVersion], error) {
	once := in.once(ctx, "draftGuide", in.ID)
	leave, err := a.drafting.enter(ctx, once)
	if err != nil {
		return nil, err
	}
	defer leave()
	switch made, done, err := a.Store.Repeated(ctx, once); {
	case err != nil:
		return nil, err
	case done:
		return a.guideMade(ctx, in.ID, made)
	}
	s, err := a.Store.Session(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	choice, err := a.Store.ModelChoice(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	draft := draftOf(s)
	draft.Guide, draft.Maker = guide.Drafter{Models: a.Models, Owner: waiterOf(ctx)}.Draft(ctx, s.Brief, s.Language, choice)
	// What is saved must be of the brief that it is saved with.
	if now, err := a.Store.Session(ctx, in.ID); err != nil {
		return nil, err
	} else if now.Brief != s.Brief || now.Language != s.Language {
		return nil, appliance.Errorf(appliance.CodeConflict, "The brief was changed while the guide was being drafted from it. "+
			"The guide is as it was. Please draft it again.")
	}
	saved, err := a.Store.SaveGuide(ctx, callerOf(ctx).By(), once, draft, 0)
	if err != nil {
		return nil, err
	}
	return a.guideVersion(ctx, saved)
}

// guideMade gives the version that an earlier request has made.
func (a *API) guideMade(ctx context.Context, id appliance.SessionID, version string) (*Output[GuideVersion], error) {
	n, err := strconv.Atoi(version)
	if err != nil {
		return nil, err
	}
	g, err := a.Store.Guide(ctx, id, n)
	if err != nil {
		return nil, err
	}
	return a.guideVersion(ctx, g)
}

type listGuideVersionsInput struct {
	SessionPath
	Page
}

func (a *API) listGuideVersions(ctx context.Context, in *listGuideVersionsInput) (*Output[List[GuideVersionItem]], error) {
	stored, err := a.Store.GuideVersions(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	items := make([]GuideVersionItem, len(stored))
	for i, v := range stored {
		items[i] = guideVersionItem(v)
	}
	return &Output[List[GuideVersionItem]]{pageOf(items, in.Page)}, nil
}

func guideVersionItem(v store.GuideListing) GuideVersionItem {
	return GuideVersionItem{Version: v.Version, MadeBy: v.Maker.By, Prompt: v.Maker.PromptVersion, AuthorName: orNull(v.AuthorName), Reason: v.Reason,
		Topics: v.Topics, CreatedAt: Time{v.CreatedAt}}
}

// GuideVersionPath names a version of a guide.
type GuideVersionPath struct {
	SessionPath
	Version int `path:"v" minimum:"1" maximum:"1000000000" doc:"Of the guide"`
}

func (a *API) getGuideVersion(ctx context.Context, in *GuideVersionPath) (*Output[GuideVersion], error) {
	g, err := a.Store.Guide(ctx, in.ID, in.Version)
	if err != nil {
		return nil, err
	}
	return a.guideVersion(ctx, g)
}

type restoreGuideInput struct {
	GuideVersionPath
	Idempotent
}

// restoreGuideVersion makes a new version that is the same as an earlier one.
func (a *API) restoreGuideVersion(ctx context.Context, in *restoreGuideInput) (*Output[GuideVersion], error) {
	g, err := a.Store.RestoreGuide(ctx, callerOf(ctx).By(), in.once(ctx, "restoreGuideVersion", in.GuideVersionPath), in.ID, in.Version)
	if err != nil {
		return nil, err
	}
	return a.guideVersion(ctx, g)
}
