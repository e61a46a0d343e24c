// Package synthesis makes results out of conversations: it draws claims from each conversation, has every quotation
// located in its source by package quote, and writes the report of a session in sentences that cite claims. All of it
// runs as durable jobs; nobody needs to be watching, and one more conversation costs one more conversation.
//
// Here the work is done by rules: a claim is a passage that its speaker said, chosen by how much it tells and so that
// every topic of the guide is covered. Nothing in a report is invented: sentences count, and cite.
package synthesis

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/live"
	"harmonium/appliance/store"
)

// RulesVersion changes whenever the rules would draw or write something else from the same material. Results of
// another version are made anew.
const RulesVersion = "rules-2"

func rules() appliance.Maker {
	return appliance.Maker{By: appliance.MadeByRules, PromptVersion: RulesVersion}
}

// idle is how long nobody speaks in an unfinished conversation before its claims are drawn all the same.
const idle = 3 * time.Minute

// Says tells whether a whole message says something about what was asked, and is not only a word to the facilitator,
// such as "I do not understand the question".
type Says func(language appliance.Language, text string) bool

// Synthesis makes the results of sessions.
type Synthesis struct {
	store *store.Store
	hub   *live.Hub
	clock appliance.Clock
	says  Says
}

// New makes a Synthesis over s that announces new reports on hub. A message of which says is false is never quoted.
func New(s *store.Store, hub *live.Hub, clock appliance.Clock, says Says) *Synthesis {
	return &Synthesis{store: s, hub: hub, clock: clock, says: says}
}

// Digest draws the claims of the job's conversation and has the report written. It draws nothing when that was done
// from the same turns by the same rules before.
func (sy *Synthesis) Digest(ctx context.Context, job appliance.Job, _ func(done, total int)) error {
	drawn, err := sy.digest(ctx, job.ConversationID)
	if err != nil || drawn {
		return err
	}
	// No word is new, but the conversation may have come to its end.
	_, err = sy.store.Enqueue(ctx, appliance.JobReport, job.SessionID, "")
	return err
}

// digest says whether it has drawn anything.
func (sy *Synthesis) digest(ctx context.Context, id appliance.ConversationID) (bool, error) {
	conversation, err := sy.store.Conversation(ctx, id)
	if err != nil {
		return false, err
	}
	turns, err := sy.store.Turns(ctx, id)
	if err != nil {
		return false, err
	}
	turns = slices.DeleteFunc(turns, func(t appliance.Turn) bool { return t.Role != appliance.FromParticipant })
	d := appliance.Digest{ConversationID: id, Turns: len(turns), InputHash: turnsHash(turns), Maker: rules(), CreatedAt: sy.clock()}
	old, ok, err := sy.store.Digest(ctx, id)
	if err != nil || ok && bytes.Equal(old.InputHash, d.InputHash) && old.Maker == d.Maker {
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

// Report writes the report of the job's session. It does nothing when the material is that of the newest report.
func (sy *Synthesis) Report(ctx context.Context, job appliance.Job, _ func(done, total int)) error {
	return sy.report(ctx, job.SessionID)
}

func (sy *Synthesis) report(ctx context.Context, session appliance.SessionID) error {
	m, err := sy.store.ReportMaterial(ctx, session)
	if err != nil || bytes.Equal(m.LatestHash, m.Hash) && m.LatestMaker == rules() {
		return err
	}
	_, err = sy.store.SaveReport(ctx, m, appliance.Report{
		ID: appliance.NewReportID(), Body: write(m), Maker: rules(), CreatedAt: sy.clock(),
	})
	if err != nil {
		return err
	}
	sy.hub.Publish(live.SessionTopic(session), live.Event{Type: appliance.EventReportReady, SessionID: session})
	return nil
}

// Now brings the results of a session up to date and returns when they are: for clients that ask and wait. It does
// what the jobs would do, in the caller's time.
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
	for {
		err := sy.report(ctx, session)
		if appliance.CodeOf(err) != appliance.CodeConflict || ctx.Err() != nil {
			return err
		}
	}
}

// Later has the results of a session brought up to date in the background, and gives the job of the report, which is
// the last.
func (sy *Synthesis) Later(ctx context.Context, session appliance.SessionID) (appliance.JobID, error) {
	return sy.store.EnqueueResults(ctx, session, rules())
}

// Sweep puts conversations on the queue that have material from which nothing was drawn yet and in which nobody has
// spoken for a while: people who went away, API clients that never finish, results of older rules.
func (sy *Synthesis) Sweep(ctx context.Context) error {
	for {
		n, err := sy.store.EnqueueIdle(ctx, rules(), sy.clock().Add(-idle))
		if n == 0 || err != nil {
			return err
		}
	}
}
