package web

import (
	"context"
	"slices"

	"harmonium/appliance"
	"harmonium/appliance/guide"
	"harmonium/appliance/store"
)

// Insights is what is asked of every conversation of a session, with what came of it.
type Insights struct {
	Asks     string              `json:"asks" doc:"Who would answer now: rules, which can answer yes_no, category and number, or the name of a model"`
	Work     *Job                `json:"work,omitempty" doc:"Asking that goes on or waits, or has failed last"`
	Insights []InsightDefinition `json:"insights" doc:"In their order, those in the archive last"`
}

// InsightDefinition is a question that is put to every conversation of a session.
type InsightDefinition struct {
	ID            appliance.InsightID  `json:"id"`
	Ask           appliance.InsightAsk `json:"ask" doc:"As it is asked now"`
	Version       int                  `json:"version" doc:"Of what is asked, from 1"`
	MadeBy        string               `json:"made_by" doc:"hand, rules, or the name of the model that proposed it"`
	PromptVersion string               `json:"prompt_version"`
	Archived      bool                 `json:"archived" doc:"It is not asked any more; its answers are kept"`
	Versions      []InsightVersion     `json:"versions" doc:"The newest first"`
	Runs          []InsightRun         `json:"runs" doc:"The newest first"`
	Tally         InsightTally         `json:"tally"`
}

// InsightVersion is what was asked in one version.
type InsightVersion struct {
	Version   int                  `json:"version"`
	Ask       appliance.InsightAsk `json:"ask"`
	MadeBy    string               `json:"made_by"`
	CreatedAt Time                 `json:"created_at"`
}

// InsightRun is one round in which a question was put to conversations.
type InsightRun struct {
	Run       int                       `json:"run" doc:"From 1"`
	Version   int                       `json:"version" doc:"Of what was asked"`
	Anew      bool                      `json:"anew" doc:"Everything was asked again"`
	State     appliance.InsightRunState `json:"state" enum:"open,done,stopped" doc:"open also while it waits for a model"`
	CreatedAt Time                      `json:"created_at"`
	EndedAt   *Time                     `json:"ended_at" nullable:"true"`
}

// InsightTally counts the answers of the newest run in the database.
type InsightTally struct {
	Run         int            `json:"run" doc:"0: nothing was asked yet"`
	Of          int            `json:"of" doc:"Conversations in which somebody has said something"`
	Said        int            `json:"said"`
	NotSaid     int            `json:"not_said" doc:"That do not tell"`
	Unsupported int            `json:"unsupported" doc:"For which an answer was proposed that no words bear out"`
	Failed      int            `json:"failed"`
	Discarded   int            `json:"discarded" doc:"Proposals that were left out"`
	ByRules     int            `json:"by_rules" doc:"Answers that rules gave"`
	Options     []InsightCount `json:"options" doc:"Of yes_no, category and list: conversations that answer so"`
	Numbers     []float64      `json:"numbers" doc:"Of number: what was answered, ascending"`
}

// InsightCount counts the conversations that give one answer.
type InsightCount struct {
	Value string `json:"value"`
	Count int    `json:"count"`
}

func (a *API) getInsights(ctx context.Context, in *SessionPath) (*Output[Insights], error) {
	list, err := a.Store.InsightOverviews(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	asks, err := a.Synthesis.InsightMaker(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	work, err := a.insightWork(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := Insights{Asks: asks.By, Work: work, Insights: make([]InsightDefinition, len(list))}
	for i, o := range list {
		out.Insights[i] = insightOut(o)
	}
	return &Output[Insights]{out}, nil
}

// insightWork gives the job that asks, or waits to; the newest one where it has failed.
func (a *API) insightWork(ctx context.Context, session appliance.SessionID) (*Job, error) {
	jobs, err := a.Store.Jobs(ctx, session, shownJobs)
	if err != nil {
		return nil, err
	}
	jobs = slices.DeleteFunc(jobs, func(j appliance.Job) bool { return j.Kind != appliance.JobInsights })
	for _, state := range []appliance.JobState{appliance.JobRunning, appliance.JobQueued} {
		if i := slices.IndexFunc(jobs, func(j appliance.Job) bool { return j.State == state }); i >= 0 {
			job := jobOut(jobs[i])
			return &job, nil
		}
	}
	if len(jobs) > 0 && jobs[0].State == appliance.JobFailed {
		job := jobOut(jobs[0])
		return &job, nil
	}
	return nil, nil
}

func insightOut(o store.InsightOverview) InsightDefinition {
	d := InsightDefinition{ID: o.ID, Ask: o.Ask, Version: o.Version, MadeBy: o.Maker.By, PromptVersion: o.Maker.PromptVersion,
		Archived: !o.ArchivedAt.IsZero(), Versions: make([]InsightVersion, len(o.Versions)), Runs: make([]InsightRun, len(o.Runs)),
		Tally: InsightTally{Run: o.Tally.Run, Of: o.Tally.Of, Said: o.Tally.Said, NotSaid: o.Tally.NotSaid, Unsupported: o.Tally.Unsupported,
			Failed: o.Tally.Failed, Discarded: o.Tally.Discarded, ByRules: o.Tally.ByRules,
			Options: make([]InsightCount, len(o.Tally.Options)), Numbers: notNull(o.Tally.Numbers)}}
	for i, v := range o.Versions {
		d.Versions[i] = InsightVersion{v.Version, v.Ask, v.Maker.By, Time{v.CreatedAt}}
	}
	for i, r := range o.Runs {
		d.Runs[i] = InsightRun{r.Run, r.Version, r.Anew, r.State, Time{r.CreatedAt}, timeOrNull(r.EndedAt)}
	}
	for i, c := range o.Tally.Options {
		d.Tally.Options[i] = InsightCount(c)
	}
	return d
}

// InsightsRequest is what is to be asked besides. What is asked already is passed over.
type InsightsRequest struct {
	Insights []appliance.InsightAsk `json:"insights" minItems:"1" maxItems:"12"`
}

type addInsightsInput struct {
	SessionPath
	Idempotent
	Body InsightsRequest
}

// addInsights adds questions. They are put to conversations that finish from now on; runInsights puts them to the others.
func (a *API) addInsights(ctx context.Context, in *addInsightsInput) (*Output[Insights], error) {
	list := make([]store.NewInsight, len(in.Body.Insights))
	for i, ask := range in.Body.Insights {
		list[i] = store.NewInsight{Ask: ask, Maker: a.proposals.maker(in.ID, ask)}
	}
	once := in.once(ctx, "addInsights", []any{in.ID, in.Body})
	if err := a.Store.CreateInsights(ctx, callerOf(ctx).By(), once, in.ID, list); err != nil {
		return nil, err
	}
	return a.getInsights(ctx, &in.SessionPath)
}

// InsightsDraft is a proposal of what to ask. Nothing of it is kept.
type InsightsDraft struct {
	Insights      []appliance.InsightAsk `json:"insights"`
	MadeBy        string                 `json:"made_by" doc:"rules, or the name of a model"`
	PromptVersion string                 `json:"prompt_version"`
}

func (a *API) draftInsights(ctx context.Context, in *SessionPath) (*Output[InsightsDraft], error) {
	s, err := a.Store.Session(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	g, err := a.Store.Guide(ctx, in.ID, 0)
	if err != nil {
		return nil, err
	}
	choice, err := a.Store.ModelChoice(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	list, maker := guide.Drafter{Models: a.Models, Owner: waiterOf(ctx)}.DraftInsights(ctx, s, g.Guide.Topics, choice)
	for _, ask := range list {
		a.proposals.note(in.ID, ask, maker)
	}
	return &Output[InsightsDraft]{InsightsDraft{notNull(list), maker.By, maker.PromptVersion}}, nil
}

// InsightRunRequest says which questions are to be put to the conversations of a session.
type InsightRunRequest struct {
	Insights []appliance.InsightID `json:"insights,omitempty" maxItems:"12" doc:"All that are not in the archive, when left out"`
	Anew     bool                  `json:"anew,omitempty" doc:"Also to conversations that have answered; the earlier answers stay for comparison"`
}

// InsightRunAnswer says what is to come.
type InsightRunAnswer struct {
	Answers int `json:"answers" doc:"That are to come; 0: everything is answered, and nothing was begun"`
}

type runInsightsInput struct {
	SessionPath
	Body InsightRunRequest
}

func (a *API) runInsights(ctx context.Context, in *runInsightsInput) (*Output[InsightRunAnswer], error) {
	asks, err := a.Synthesis.InsightMaker(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	n, err := a.Store.StartInsights(ctx, callerOf(ctx).By(), in.ID, in.Body.Insights, in.Body.Anew, asks)
	if err != nil {
		return nil, err
	}
	return &Output[InsightRunAnswer]{InsightRunAnswer{n}}, nil
}

func (a *API) stopInsights(ctx context.Context, in *SessionPath) (*None, error) {
	return nil, a.Store.StopInsights(ctx, callerOf(ctx).By(), in.ID)
}

// InsightPath names a question of a session.
type InsightPath struct {
	SessionPath
	Insight appliance.InsightID `path:"insight" maxLength:"40"`
}

// InsightPatch changes a question; what is left out stays.
type InsightPatch struct {
	Ask      *appliance.InsightAsk `json:"ask,omitempty" doc:"Where it asks something else, this is a new version"`
	Archived *bool                 `json:"archived,omitempty"`
	Position *int                  `json:"position,omitempty" minimum:"0" doc:"Among the others, from 0"`
}

type changeInsightInput struct {
	InsightPath
	Body InsightPatch
}

func (a *API) changeInsight(ctx context.Context, in *changeInsightInput) (*Output[Insights], error) {
	if err := a.Store.ChangeInsight(ctx, callerOf(ctx).By(), in.ID, in.Insight, store.InsightChange(in.Body)); err != nil {
		return nil, err
	}
	return a.getInsights(ctx, &in.SessionPath)
}

func (a *API) deleteInsight(ctx context.Context, in *InsightPath) (*None, error) {
	return nil, a.Store.DeleteInsight(ctx, callerOf(ctx).By(), in.ID, in.Insight)
}
