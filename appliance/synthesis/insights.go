package synthesis

import (
	"context"
	"slices"
	"sync"

	"harmonium/appliance"
	"harmonium/appliance/inference"
	"harmonium/appliance/store"
)

// InsightRulesVersion changes whenever rules would answer insight questions otherwise.
const InsightRulesVersion = "insight-rules-1"

var insightPrompt = sync.OnceValue(func() inference.Prompt { return inference.LoadPrompt(promptFiles, "insight") })

// respondent is who answers the insight questions of a session now.
type respondent struct {
	usable bool // it is a model
	choice appliance.ModelChoice
	maker  appliance.Maker
}

func (sy *Synthesis) respondent(ctx context.Context, session appliance.SessionID) (respondent, error) {
	rules := respondent{maker: appliance.Maker{By: appliance.MadeByRules, PromptVersion: InsightRulesVersion}}
	a, err := sy.analyst(ctx, session)
	if err != nil || !a.usable {
		return rules, err
	}
	maker := a.claims
	maker.PromptVersion = insightPrompt().Version()
	return respondent{true, a.choice, maker}, nil
}

// InsightMaker says who would answer the insight questions of a session now.
func (sy *Synthesis) InsightMaker(ctx context.Context, session appliance.SessionID) (appliance.Maker, error) {
	r, err := sy.respondent(ctx, session)
	return r.maker, err
}

// Insights puts insight questions to conversations: to the job's, or to all in the open runs of its session. Each answer is
// kept as soon as it is there, so that a job that was interrupted goes on with the next. Where no model can be asked,
// rules answer what they can; the rest waits for one (SweepInsights).
func (sy *Synthesis) Insights(ctx context.Context, job appliance.Job, progress func(done, total int)) error {
	r, err := sy.respondent(ctx, job.SessionID)
	if err != nil {
		return err
	}
	plans, err := sy.store.PlanInsights(ctx, job.SessionID, job.ConversationID, r.maker)
	if err != nil {
		return err
	}
	total, done := 0, 0
	for i := range plans {
		if !r.usable {
			plans[i].Tasks = slices.DeleteFunc(plans[i].Tasks, func(t store.InsightTask) bool { return !t.Ask.Kind.ByRules() })
		}
		total += len(plans[i].Tasks)
	}
	for _, p := range plans {
		on, err := sy.askConversation(ctx, job, r, p, func() { done++; progress(done, total) })
		switch {
		case appliance.CodeOf(err) == appliance.CodeNotFound: // deleted meanwhile
		case err != nil && ctx.Err() == nil && inference.KindOf(err) != "":
			return sy.store.CloseInsightRuns(ctx, job.SessionID, r.maker) // the model went away; the runs wait for it
		case err != nil:
			return err
		case !on:
			return nil
		}
	}
	return sy.store.CloseInsightRuns(ctx, job.SessionID, r.maker)
}

// SweepInsights goes on with runs that waited for a model.
func (sy *Synthesis) SweepInsights(ctx context.Context) error {
	if sy.models == nil || !sy.models.State().Up() {
		return nil
	}
	list, err := sy.store.WaitingInsights(ctx)
	if err != nil {
		return err
	}
	for _, session := range list {
		r, err := sy.respondent(ctx, session)
		if r.usable && err == nil {
			_, err = sy.store.Enqueue(ctx, appliance.JobInsights, session, "")
		}
		if err != nil && appliance.CodeOf(err) != appliance.CodeNotFound {
			return err
		}
	}
	return nil
}

// heard is a conversation as insight questions are put to it.
type heard struct {
	appliance.Conversation
	parts     []Window
	said      []appliance.Turn // of the participant, that say something; the turn [T1] is said[0]
	questions map[appliance.TurnID]string
	hash      []byte
}

func (sy *Synthesis) heard(ctx context.Context, id appliance.ConversationID) (heard, error) {
	c, err := sy.store.Conversation(ctx, id)
	if err != nil {
		return heard{}, err
	}
	turns, err := sy.store.TurnsFor(ctx, store.ForClaims, id)
	if err != nil {
		return heard{}, err
	}
	t := heard{Conversation: c, questions: map[appliance.TurnID]string{}}
	t.parts, t.said = Windows(turns, func(t appliance.Turn) bool { return sy.says(c.Language, t.Content) })
	t.hash = turnsHash(slices.DeleteFunc(slices.Clone(turns), func(t appliance.Turn) bool { return !inOwnWords(t) }))
	question := ""
	for _, turn := range turns {
		if turn.Role == appliance.FromParticipant {
			t.questions[turn.ID] = question
		} else {
			question = turn.Content
		}
	}
	return t, nil
}

// askConversation puts questions to a conversation and keeps what it answers; on is false when somebody has stopped that.
func (sy *Synthesis) askConversation(ctx context.Context, job appliance.Job, r respondent, p store.InsightPlan, told func()) (on bool, err error) {
	c, err := sy.heard(ctx, p.Conversation)
	if err != nil {
		return true, err
	}
	for _, task := range p.Tasks {
		now, err := sy.store.Job(ctx, job.ID)
		if err != nil {
			return true, err
		}
		if now.State == appliance.JobCancelled {
			return false, nil
		}
		i, err := sy.answer(ctx, r, c, task.Ask)
		if err != nil {
			return true, err
		}
		i.Definition, i.Version, i.Run, i.ConversationID = task.Definition, task.Version, task.Run, c.ID
		i.InputHash, i.Changes, i.Asked, i.CreatedAt = c.hash, c.Changes, r.maker.Key(), sy.clock()
		if err := sy.store.SaveInsight(ctx, i); err != nil {
			return true, err
		}
		told()
	}
	return true, nil
}

// answer gives what a conversation answers to a question. An error means that the model cannot be asked now. Where it was
// asked and gave nothing of use, rules answer what they can.
func (sy *Synthesis) answer(ctx context.Context, r respondent, c heard, ask appliance.InsightAsk) (appliance.Insight, error) {
	byRules := func() appliance.Insight {
		i := answerByRules(c, ask)
		i.Maker = appliance.Maker{By: appliance.MadeByRules, PromptVersion: InsightRulesVersion}
		return i
	}
	if !r.usable {
		return byRules(), nil
	}
	work := "insights " + string(c.ID)
	failure := inference.Died
	if !sy.givenUp(work) {
		i, err := sy.answerByModel(ctx, r, c, ask)
		if err == nil {
			sy.worked(work)
			return i, nil
		}
		if away(err) {
			sy.failed(work, err)
			return i, err
		}
		failure = inference.KindOf(err)
	}
	if ask.Kind.ByRules() {
		return byRules(), nil
	}
	return appliance.Insight{State: appliance.InsightFailed, Failure: string(failure), Maker: r.maker}, nil
}
