package synthesis

import (
	"bytes"
	"context"
	"crypto/sha256"
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
	minutes        appliance.Maker
	themes         appliance.Maker
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
		claims:  model.Maker(claimsPrompt().Version()),
		report:  model.Maker(reportPrompt().Version()),
		minutes: model.Maker(minutesPrompt().Version()),
		themes:  themesMaker(model),
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
	if err := sy.insist(ctx, func() error { return sy.wordMinutes(ctx, session, a) }); err != nil {
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
	planned, err := sy.plan(ctx, conversation, r, parts)
	if err != nil {
		return err
	}
	given := sy.givenUp(string(id))
	for i, w := range parts {
		if err := sy.readWindow(ctx, r, a, w, planned[i], given); err != nil {
			return err
		}
		if planned[i].State == appliance.WindowByRules {
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

// plan notes which parts of a conversation are to be read, and gives them with what was read of them before.
func (sy *Synthesis) plan(ctx context.Context, c appliance.Conversation, r *reader, parts []Window) ([]*appliance.Window, error) {
	list := make([]appliance.Window, len(parts))
	for i, w := range parts {
		hash := sha256.Sum256([]byte(r.asked(w)))
		list[i] = appliance.Window{InputHash: hash[:], Maker: r.maker}
	}
	list, err := sy.store.PlanWindows(ctx, c.ID, c.Changes, list)
	planned := make([]*appliance.Window, len(list))
	for i := range list {
		planned[i] = &list[i]
	}
	return planned, err
}

// readWindow has a model draw from a part of a conversation, unless it has done so before, and keeps what it gave. With
// given the model is not asked, and rules draw.
func (sy *Synthesis) readWindow(ctx context.Context, r *reader, a analyst, w Window, planned *appliance.Window, given bool) error {
	switch {
	case planned.State == appliance.WindowRead:
		r.again(planned.Points)
		return nil
	case planned.State == appliance.WindowByRules:
		r.byRules(w.Said)
		return nil
	case given:
		r.byRules(w.Said)
		planned.State = appliance.WindowByRules
	default:
		answer, byRules, err := r.read(ctx, sy.models, string(r.said[0].ConversationID), a.choice, w)
		if err != nil {
			sy.failed(string(r.said[0].ConversationID), err)
			return err
		}
		planned.State, planned.Points = appliance.WindowRead, answer
		if byRules {
			planned.State, planned.Points = appliance.WindowByRules, ""
		}
	}
	return sy.store.SaveWindow(ctx, r.said[0].ConversationID, *planned)
}

// compose has a model find the themes of a session and write its report, unless the newest one is of the same material and
// was asked of the same model. Of a report only that is written which has changed; see composer.
func (sy *Synthesis) compose(ctx context.Context, session appliance.SessionID, a analyst, told func(done, total int)) error {
	m, err := sy.store.ReportMaterial(ctx, session)
	if err != nil {
		return err
	}
	parts, err := sy.store.ReportParts(ctx, session)
	if err != nil {
		return err
	}
	wanted := slices.ContainsFunc(parts, func(p appliance.ReportPart) bool { return p.Due })
	if bytes.Equal(m.Hash, m.LatestHash) && m.LatestAsked == a.report.Key() && !wanted {
		return nil
	}
	if sy.givenUp(string(session)) {
		return sy.reportByRules(ctx, m, a.report.Key())
	}
	w := newWriter(m, composed{})
	c := &composer{w: w, sy: sy, a: a, parts: parts,
		spare: &spare{limited: m.Counts.Conversations >= smallSession && m.LatestAsked == a.report.Key()}}
	asked := 0
	if w.themed, err = sy.findThemes(ctx, m, w.x, a, c.spare, func() { asked++; told(asked, asked+1) }); err != nil {
		return err
	}
	if w.made, err = c.compose(ctx, func(done, total int) { told(asked+done, asked+total) }); err != nil {
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

// findThemes has a model find the themes of a session; where it has died or stalled over them again and again, rules do.
func (sy *Synthesis) findThemes(ctx context.Context, m store.ReportMaterial, x *index, a analyst, spare *spare, told func(),
) (themed, error) {
	key := "themes of " + string(m.SessionID)
	if sy.givenUp(key) {
		t, err := sy.themesByRules(ctx, m, x)
		t.refused = true
		return t, err
	}
	t, err := sy.themesByModel(ctx, m, x, a, spare, told)
	if err != nil {
		sy.failed(key, err)
		return t, err
	}
	sy.worked(key)
	return t, nil
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
