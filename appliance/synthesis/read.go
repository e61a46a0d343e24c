package synthesis

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"harmonium/appliance"
	"harmonium/appliance/inference"
	"harmonium/appliance/store"
)

// maxFails is how often a model may die or stall over the same conversation or report before rules have the last word
// on it. Otherwise one text that a model cannot bear would have it die for ever.
const maxFails = 3

// analyst is who makes the results of a session now.
type analyst struct {
	usable         bool // a model can be asked
	choice         appliance.ModelChoice
	claims, report appliance.Maker
}

// analyst finds out who makes the results of a session now.
func (sy *Synthesis) analyst(ctx context.Context, session appliance.SessionID) (analyst, error) {
	if sy.models == nil || !sy.models.State().Up() {
		return analyst{}, nil
	}
	choice, err := sy.store.ModelChoice(ctx, session)
	if err != nil {
		return analyst{}, err
	}
	return sy.analystOf(choice), nil
}

func (sy *Synthesis) analystOf(choice appliance.ModelChoice) analyst {
	model, err := sy.models.Model(appliance.ModelAnalyst, choice)
	if err != nil {
		return analyst{}
	}
	return analyst{
		usable: true, choice: choice,
		claims: model.Maker(claimsPrompt().Version()),
		report: model.Maker(reportPrompt().Version()),
	}
}

// sweepUnread has a model read the sessions whose results it would make otherwise.
func (sy *Synthesis) sweepUnread(ctx context.Context) error {
	if sy.models == nil || !sy.models.State().Up() {
		return nil
	}
	usual := sy.analystOf(nil)
	list, err := sy.store.Readables(ctx, usual.claims, usual.report)
	if err != nil {
		return err
	}
	for _, r := range list {
		a := sy.analystOf(r.Choice)
		if !a.usable {
			continue
		}
		unread, err := sy.store.Unread(ctx, r.Session, a.claims, a.report)
		if unread && err == nil {
			_, err = sy.store.Enqueue(ctx, appliance.JobRead, r.Session, "")
		}
		if err != nil && appliance.CodeOf(err) != appliance.CodeNotFound {
			return err
		}
	}
	return nil
}

// Read has a model read what it has not read of the job's session and write the report. Each conversation is kept as
// soon as it is read, so that a job that was interrupted goes on with the next. When the model goes away, what is there
// stays, rules write the report where its material has changed, and Sweep has the rest read when the model is back.
func (sy *Synthesis) Read(ctx context.Context, job appliance.Job, progress func(done, total int)) error {
	a, err := sy.analyst(ctx, job.SessionID)
	if err != nil {
		return err
	}
	if a.usable {
		err = sy.read(ctx, job.SessionID, a, progress)
		if err == nil || ctx.Err() != nil || inference.KindOf(err) == "" {
			return err
		}
	}
	return sy.insist(ctx, func() error {
		m, err := sy.store.ReportMaterial(ctx, job.SessionID)
		if err != nil {
			return err
		}
		return sy.reportByRules(ctx, m, "")
	})
}

func (sy *Synthesis) read(ctx context.Context, session appliance.SessionID, a analyst, progress func(done, total int)) error {
	list, err := sy.store.StaleDigests(ctx, session, a.claims)
	if err != nil {
		return err
	}
	total := 0
	for _, id := range list {
		turns, err := sy.store.TurnsFor(ctx, store.ForClaims, id)
		if err != nil && appliance.CodeOf(err) != appliance.CodeNotFound {
			return err
		}
		parts, _ := Windows(turns, func(appliance.Turn) bool { return true })
		total += len(parts)
	}
	done := 0
	for _, id := range list {
		err := sy.readConversation(ctx, id, a, func() { done++; progress(min(done, total), total+1) })
		if err != nil && appliance.CodeOf(err) != appliance.CodeNotFound {
			return err
		}
	}
	if err := sy.store.EnqueueIdeas(ctx, session); err != nil {
		return err
	}
	return sy.insist(ctx, func() error {
		return sy.compose(ctx, session, a, func(n, groups int) { progress(total+n, total+groups) })
	})
}

// readConversation has a model draw the claims of a conversation. told hears of each part that is done.
func (sy *Synthesis) readConversation(ctx context.Context, id appliance.ConversationID, a analyst, told func()) error {
	conversation, err := sy.store.Conversation(ctx, id)
	if err != nil {
		return err
	}
	turns, err := sy.store.TurnsFor(ctx, store.ForClaims, id)
	if err != nil {
		return err
	}
	says := func(t appliance.Turn) bool { return sy.says(conversation.Language, t.Content) }
	parts, said := Windows(turns, says)
	spoken := slices.DeleteFunc(turns, func(t appliance.Turn) bool { return !inOwnWords(t) })
	d := appliance.Digest{ConversationID: id, Turns: len(spoken), InputHash: turnsHash(spoken), Maker: a.claims, Parts: len(parts),
		Changes: conversation.Changes}
	r := sy.newReader(conversation.Language, a.claims, said)
	given := sy.givenUp(string(id))
	for _, w := range parts {
		byRules := given
		if given {
			r.byRules(w.Said)
		} else if byRules, err = r.read(ctx, sy.models, string(id), a.choice, w); err != nil {
			sy.failed(string(id), err)
			return err
		}
		if byRules {
			d.ByRules++
		}
		told()
	}
	r.complete()
	d.CreatedAt = sy.clock()
	for i := range r.drawn.claims {
		c := &r.drawn.claims[i]
		c.SessionID, c.ConversationID, c.CreatedAt = conversation.SessionID, id, d.CreatedAt
	}
	d.Claims, d.Located, d.Discarded = len(r.drawn.claims), r.drawn.located, r.drawn.discarded
	if err := sy.store.SaveDigest(ctx, d, r.drawn.claims); err != nil {
		return err
	}
	sy.worked(string(id))
	return nil
}

// compose has a model write the report of a session, unless the newest one is of the same material and was asked of the
// same model.
func (sy *Synthesis) compose(ctx context.Context, session appliance.SessionID, a analyst, told func(done, total int)) error {
	m, err := sy.store.ReportMaterial(ctx, session)
	if err != nil {
		return err
	}
	if bytes.Equal(m.Hash, m.LatestHash) && m.LatestAsked == a.report.Key() {
		return nil
	}
	if sy.givenUp(string(session)) {
		return sy.reportByRules(ctx, m, a.report.Key())
	}
	claims, err := sy.store.Claims(ctx, session)
	if err != nil {
		return err
	}
	w := newWriter(m, composed{})
	c := &composer{w: w, claims: byID(claims), models: sy.models, choice: a.choice}
	if slices.ContainsFunc(m.Claims, func(have store.CitedClaim) bool { return !have.Hidden && c.claims[have.ID].ID == "" }) {
		return errChanged // drawn anew between the two
	}
	if w.made, err = c.compose(ctx, told); err != nil {
		sy.failed(string(session), err)
		return err
	}
	if w.made.empty() {
		return sy.reportByRules(ctx, m, a.report.Key())
	}
	if err := sy.save(ctx, m, appliance.Report{Body: w.body(), Maker: wished(a.report, m), Asked: a.report.Key()}); err != nil {
		return err
	}
	sy.worked(string(session))
	return nil
}

// errChanged has a report begun anew.
var errChanged = appliance.Errorf(appliance.CodeConflict, "What people said changed while the report was being written. "+
	"It is written again.")

// failed notes that a model failed over a piece of work in a way that may be the fault of that work.
func (sy *Synthesis) failed(what string, err error) {
	if errors.Is(err, inference.ErrNotAsked) {
		return
	}
	switch inference.KindOf(err) {
	case inference.Died, inference.Stalled:
		sy.mu.Lock()
		defer sy.mu.Unlock()
		sy.fails[what]++
	}
}

func (sy *Synthesis) givenUp(what string) bool {
	sy.mu.Lock()
	defer sy.mu.Unlock()
	return sy.fails[what] >= maxFails
}

// worked notes that a piece of work is done.
func (sy *Synthesis) worked(what string) {
	sy.mu.Lock()
	defer sy.mu.Unlock()
	delete(sy.fails, what)
}
