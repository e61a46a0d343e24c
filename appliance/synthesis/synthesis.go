// Package synthesis makes results out of conversations: it draws claims from each conversation, has every quotation
// located in its source by package quote, and writes the report of a session in sentences that cite claims. All of it
// runs as durable jobs; nobody needs to be watching, and one more conversation costs one more conversation.
//
// The work is first done by rules, which takes milliseconds: a claim is a passage that its speaker said, chosen by how
// much it tells and so that every topic of the guide is covered; sentences count, and cite. Where a model can be asked
// it then reads everything anew, in the background and in its own time: it says claims in a sentence, and writes
// sentences that cite claims. What it gives is checked, and what does not pass is left out; where it fails, what rules
// have made stays. Counts come from the database in either case.
package synthesis

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"sync"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/inference"
	"harmonium/appliance/live"
	"harmonium/appliance/store"
)

// RulesVersion changes whenever the rules would draw or write something else from the same material. Results of
// another version are made anew.
const RulesVersion = "rules-4"

func rules() appliance.Maker {
	return appliance.Maker{By: appliance.MadeByRules, PromptVersion: RulesVersion}
}

// idle is how long nobody speaks in an unfinished conversation before its claims are drawn all the same.
const idle = 3 * time.Minute

// defaultWait is how long Now waits for a model.
const defaultWait = time.Minute

// Says tells whether a whole message says something about what was asked, and is not only a word to the facilitator,
// such as "I do not understand the question".
type Says func(language appliance.Language, text string) bool

// Synthesis makes the results of sessions.
type Synthesis struct {
	store  *store.Store
	hub    *live.Hub
	clock  appliance.Clock
	says   Says
	fits   func(appliance.Language, string) bool
	models *inference.Gateway
	wait   time.Duration

	mu    sync.Mutex
	fails map[string]int // how often a model died or stalled over a piece of work, by what it was about
}

// Options is what a Synthesis is made of.
type Options struct {
	Store *store.Store
	Hub   *live.Hub // on which new reports are announced
	Clock appliance.Clock
	Says  Says // a message of which it is false is never quoted
	// Fits says whether a sentence can be offered to a participant as an idea of others; nil takes every one.
	Fits func(appliance.Language, string) bool
	// Models are those that read; nil leaves everything to rules.
	Models *inference.Gateway
	// Wait is how long Now waits for a model before it gives what rules have made; 0 is a minute.
	Wait time.Duration
}

// New makes a Synthesis.
func New(o Options) *Synthesis {
	sy := &Synthesis{store: o.Store, hub: o.Hub, clock: o.Clock, says: o.Says, fits: o.Fits, models: o.Models, wait: o.Wait, fails: map[string]int{}}
	if sy.fits == nil {
		sy.fits = func(appliance.Language, string) bool { return true }
	}
	if sy.wait == 0 {
		sy.wait = defaultWait
	}
	return sy
}

// Digest draws the claims of the job's conversation by rules and has the report written. It draws nothing when that was
// done from the same turns by the same rules, or by a model, before.
func (sy *Synthesis) Digest(ctx context.Context, job appliance.Job, _ func(done, total int)) error {
	drawn, err := sy.digest(ctx, job.ConversationID)
	if err != nil || drawn {
		return err
	}
	// No word is new, but the conversation may have come to its end.
	return sy.store.EnqueueReportOf(ctx, job.ConversationID)
}

// digest says whether it has drawn anything.
func (sy *Synthesis) digest(ctx context.Context, id appliance.ConversationID) (bool, error) {
	conversation, err := sy.store.Conversation(ctx, id)
	if err != nil {
		return false, err
	}
	turns, err := sy.store.TurnsFor(ctx, store.ForClaims, id)
	if err != nil {
		return false, err
	}
	turns = slices.DeleteFunc(turns, func(t appliance.Turn) bool { return !inOwnWords(t) })
	d := appliance.Digest{ConversationID: id, Turns: len(turns), InputHash: turnsHash(turns), Changes: conversation.Changes, Maker: rules(),
		CreatedAt: sy.clock()}
	old, ok, err := sy.store.Digest(ctx, id)
	if err != nil || ok && bytes.Equal(old.InputHash, d.InputHash) && (old.Maker == d.Maker || old.Maker.Model()) {
		return false, err
	}
	drawn := sy.draw(conversation.Language, turns)
	for i := range drawn.claims {
		c := &drawn.claims[i]
		c.SessionID, c.ConversationID, c.Maker, c.CreatedAt = conversation.SessionID, id, d.Maker, d.CreatedAt
	}
	d.Claims, d.Located, d.Discarded = len(drawn.claims), drawn.located, drawn.discarded
	return true, sy.store.SaveDigest(ctx, d, drawn.claims)
}

func turnsHash(turns []appliance.Turn) []byte {
	h := sha256.New()
	var n [8]byte
	for _, t := range turns {
		for _, part := range []string{string(t.ID), string(t.TopicID), t.Content} {
			binary.BigEndian.PutUint64(n[:], uint64(len(part)))
			h.Write(n[:])
			h.Write([]byte(part))
		}
	}
	return h.Sum(nil)
}

// Report writes the report of the job's session, has ideas for others put together where the session wants them, and has a
// model write the report where one can be asked. It does nothing when the material is that of the newest report.
func (sy *Synthesis) Report(ctx context.Context, job appliance.Job, _ func(done, total int)) error {
	if err := sy.store.EnqueueIdeas(ctx, job.SessionID); err != nil {
		return err
	}
	return sy.report(ctx, job.SessionID)
}

func (sy *Synthesis) report(ctx context.Context, session appliance.SessionID) error {
	m, err := sy.store.ReportMaterial(ctx, session)
	if err != nil {
		return err
	}
	a, err := sy.analyst(ctx, session)
	if err != nil {
		return err
	}
	if a.usable && m.Counts.Conversations > 0 {
		unread, err := sy.store.Unread(ctx, session, a.claims, a.report)
		if err != nil {
			return err
		}
		stopped, err := sy.store.ReadingStopped(ctx, session)
		if err != nil {
			return err
		}
		if !stopped && (unread || m.LatestHash == nil || !bytes.Equal(m.Hash, m.LatestHash)) {
			if _, err := sy.store.Enqueue(ctx, appliance.JobRead, session, ""); err != nil {
				return err
			}
		}
		// What a model wrote stays until it has written the next, unless that rests on what is gone or left out now.
		if intact, err := sy.intact(ctx, m); intact || err != nil {
			return err
		}
	}
	return sy.reportByRules(ctx, m, "")
}

// intact says whether the newest report is by a model and all that it cites is still there and counts.
func (sy *Synthesis) intact(ctx context.Context, m store.ReportMaterial) (bool, error) {
	if !m.LatestMaker.Model() {
		return false, nil
	}
	r, err := sy.store.Results(ctx, m.SessionID)
	return err == nil && len(r.Claims) == len(r.Report.Body.Cited()), err
}

// reportByRules writes a report from m by rules, unless the newest one is of the same material. asked is the model that
// was asked before and gave nothing of use.
func (sy *Synthesis) reportByRules(ctx context.Context, m store.ReportMaterial, asked string) error {
	same := bytes.Equal(m.LatestHash, m.Hash) && (asked == "" || asked == m.LatestAsked)
	if same && (m.LatestMaker.Model() || m.LatestMaker == rules()) {
		return nil
	}
	w := newWriter(m, composed{asked: asked != ""})
	var err error
	if w.themed, err = sy.themesByRules(ctx, m, w.x); err != nil {
		return err
	}
	return sy.save(ctx, m, appliance.Report{Body: w.body(), Maker: rules(), Asked: asked})
}

// save stores a report and tells of it.
func (sy *Synthesis) save(ctx context.Context, m store.ReportMaterial, r appliance.Report) error {
	r.ID, r.CreatedAt = appliance.NewReportID(), sy.clock()
	if _, err := sy.store.SaveReport(ctx, m, r); err != nil {
		return err
	}
	sy.hub.Publish(live.SessionTopic(m.SessionID), live.Event{Type: appliance.EventReportReady, SessionID: m.SessionID})
	return nil
}

// Now brings the results of a session up to date and returns when they are: for clients that ask and wait. What rules
// do is done in the caller's time. Where a model can be asked it is waited for, and when that takes too long, what rules
// have made is what the caller gets; the model goes on in the background.
func (sy *Synthesis) Now(ctx context.Context, session appliance.SessionID) error {
	stale, err := sy.store.StaleDigests(ctx, session, rules())
	if err != nil {
		return err
	}
	for _, id := range stale {
		if _, err := sy.digest(ctx, id); err != nil && appliance.CodeOf(err) != appliance.CodeNotFound {
			return err
		}
	}
	if err := sy.insist(ctx, func() error { return sy.report(ctx, session) }); err != nil {
		return err
	}
	if err := sy.awaitModel(ctx, session); err != nil {
		return err
	}
	return sy.insist(ctx, func() error {
		m, err := sy.store.ReportMaterial(ctx, session)
		if err != nil {
			return err
		}
		return sy.reportByRules(ctx, m, "")
	})
}

// insist writes a report again as long as its material changes under its hands.
func (sy *Synthesis) insist(ctx context.Context, write func() error) error {
	for {
		err := write()
		if appliance.CodeOf(err) != appliance.CodeConflict || ctx.Err() != nil {
			return err
		}
	}
}

// awaitModel waits for a model that is to read a session, as long as Now may.
func (sy *Synthesis) awaitModel(ctx context.Context, session appliance.SessionID) error {
	a, err := sy.analyst(ctx, session)
	if err != nil || !a.usable {
		return err
	}
	jobs, err := sy.store.Jobs(ctx, session, recentJobs)
	if err != nil {
		return err
	}
	waiting := func(j appliance.Job) bool {
		return j.Kind == appliance.JobRead && (j.State == appliance.JobQueued || j.State == appliance.JobRunning)
	}
	i := slices.IndexFunc(jobs, waiting)
	if i < 0 {
		return nil
	}
	over := time.NewTimer(sy.wait)
	defer over.Stop()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-over.C:
			return nil
		case <-tick.C:
		}
		job, err := sy.store.Job(ctx, jobs[i].ID)
		if appliance.CodeOf(err) == appliance.CodeNotFound || err == nil && !waiting(job) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// How Now looks for the job that it waits for.
const (
	recentJobs = 50
	pollEvery  = 100 * time.Millisecond
)

// Later has the results of a session brought up to date in the background, and gives the job of the report by rules.
// Where a model can be asked it reads the session after that, also when somebody had stopped it, and writes all of the
// report anew that has changed.
func (sy *Synthesis) Later(ctx context.Context, session appliance.SessionID) (appliance.JobID, error) {
	id, err := sy.store.EnqueueResults(ctx, session, rules())
	if err != nil {
		return id, err
	}
	a, err := sy.analyst(ctx, session)
	if err != nil || !a.usable {
		return id, err
	}
	if err := sy.store.WriteAnew(ctx, session); err != nil {
		return id, err
	}
	_, err = sy.store.Enqueue(ctx, appliance.JobRead, session, "")
	return id, err
}

// Sweep puts conversations on the queue that have material from which nothing was drawn yet and in which nobody has
// spoken for a while: people who went away, API clients that never finish, results of older rules. Sessions whose
// results a model would make otherwise are read by it: those made while it was away, or by another model.
func (sy *Synthesis) Sweep(ctx context.Context) error {
	for {
		n, err := sy.store.EnqueueIdle(ctx, rules(), sy.clock().Add(-idle))
		if err != nil {
			return err
		}
		if n == 0 {
			return sy.sweepUnread(ctx)
		}
	}
}
