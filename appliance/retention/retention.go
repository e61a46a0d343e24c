// Package retention decides what is deleted when, and carries out what was decided: what is too old, what somebody has asked
// to be erased, and what participants have taken back while a legal hold kept it.
//
// Nothing is deleted without a receipt, which is written first (store.BeginErasure). What was begun is finished by a job,
// in small steps, also after the process was killed. The clock is that of the box, which a wrong clock of the machine does
// not move (appliance/clock). A box that was off for longer than AloneFor, and then finds that more than a fifth of all
// conversations are too old, deletes none of them until an administrator says so (Approve): its clock may be wrong.
package retention

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// AloneFor is how long a box may have been off, to delete more than a fifth of all conversations by itself.
const AloneFor = 7 * 24 * time.Hour

// approvedFor is how long an approval is good for.
const approvedFor = time.Hour

// noteEvery is how often it is noted that retention has run, when there was nothing to do.
const noteEvery = time.Hour

// perReceipt is how many things one receipt of retention names at most.
const perReceipt = 500

// State is what is known of the last run.
type State struct {
	RanAt    time.Time `json:"ran_at,omitzero"`
	Approved time.Time `json:"approved,omitzero"` // an administrator has said then that what is too old may go
	Waiting  int       `json:"waiting,omitempty"` // conversations that go when one says so
	Of       int       `json:"of,omitempty"`      // all that there are
}

// Keeper keeps the time of everything that is kept.
type Keeper struct {
	Store *store.Store
	Clock appliance.Clock
	Log   *slog.Logger
	// Gone is told of what nobody sees any more, so that who looks at it is sent away: a session, or one of its conversations.
	Gone func(appliance.SessionID, appliance.ConversationID)

	sweeping sync.Mutex // one sweep at a time: two would begin to delete the same things
}

// Sweep deletes what is due. It is called once a minute.
func (k *Keeper) Sweep(ctx context.Context) error {
	k.sweeping.Lock()
	defer k.sweeping.Unlock()
	if err := k.released(ctx); err != nil {
		return err
	}
	list, take, all, err := k.Store.Overdue(ctx)
	if err != nil {
		return err
	}
	now := k.Clock()
	sound, err := k.Store.SoundDue(ctx, now)
	if err != nil {
		return err
	}
	take += len(sound)
	state, err := k.State(ctx)
	if err != nil {
		return err
	}
	next := State{RanAt: now}
	if 5*take > all && !state.mayTakeMany(now) {
		next = state
		next.Waiting, next.Of = take, all
		if next == state {
			return nil
		}
		k.Log.WarnContext(ctx, "much is too old at once, after the box was off for long; nothing was deleted until an administrator says so",
			"conversations", take, "of", all)
		return k.Store.KeepRetentionState(ctx, next)
	}
	for from := 0; from < len(list); from += perReceipt {
		if _, err := k.Begin(ctx, store.ByRetention, appliance.EraseByAge, list[from:min(from+perReceipt, len(list))]); err != nil {
			return err
		}
	}
	if err := k.eraseSound(ctx, sound); err != nil {
		return err
	}
	if len(list)+len(sound) == 0 && state.Waiting == 0 && now.Sub(state.RanAt).Abs() < noteEvery {
		return nil
	}
	next.Approved = state.Approved
	return k.Store.KeepRetentionState(ctx, next)
}

// eraseSound erases the sound of meetings; their text stays.
func (k *Keeper) eraseSound(ctx context.Context, list []store.SoundDue) error {
	for _, due := range list {
		err := k.Store.EraseSound(ctx, store.ByRetention, due.ID, due.Rule)
		switch appliance.CodeOf(err) {
		case "", appliance.CodeConflict, appliance.CodeNotFound: // a hold was placed meanwhile, or it is gone with its meeting
		default:
			return err
		}
	}
	return nil
}

// mayTakeMany says whether more than a fifth of all conversations may go at once.
func (s State) mayTakeMany(now time.Time) bool {
	since := func(t time.Time) time.Duration { return now.Sub(t).Abs() }
	return !s.RanAt.IsZero() && since(s.RanAt) <= AloneFor || !s.Approved.IsZero() && since(s.Approved) <= approvedFor
}

// State gives what is known of the last run.
func (k *Keeper) State(ctx context.Context) (s State, err error) {
	_, err = k.Store.Setting(ctx, store.SettingRetentionState, &s)
	return s, err
}

// Approve has what is too old be deleted, however much it is: somebody who knows says that it is right.
func (k *Keeper) Approve(ctx context.Context, by store.By) error {
	s, err := k.State(ctx)
	if err != nil {
		return err
	}
	if err := k.Store.Note(ctx, by, "retention.approve", "box"); err != nil {
		return err
	}
	s.Approved, s.Waiting, s.Of = k.Clock(), 0, 0
	if err := k.Store.KeepRetentionState(ctx, s); err != nil {
		return err
	}
	return k.Sweep(ctx)
}

// released erases what participants have taken back and what no legal hold keeps any more.
func (k *Keeper) released(ctx context.Context) error {
	list, err := k.Store.Withdrawals(ctx)
	if err != nil {
		return err
	}
	for _, w := range list {
		if w.Held {
			continue
		}
		_, err := k.Store.EraseWithdrawn(ctx, store.ByRetention, w.ConversationID)
		if err != nil && appliance.CodeOf(err) != appliance.CodeNotFound {
			return err
		}
	}
	return k.Store.EraseDropped(ctx)
}

// Begin begins an erasure: when it returns nobody sees any more what is named.
func (k *Keeper) Begin(ctx context.Context, by store.By, kind appliance.ErasureKind, list []appliance.Erased) (appliance.Receipt, error) {
	sessions := make([]appliance.SessionID, len(list))
	for i, e := range list {
		switch e.Kind {
		case "session":
			sessions[i] = appliance.SessionID(e.ID)
		case "conversation":
			c, err := k.Store.Conversation(ctx, appliance.ConversationID(e.ID))
			if err != nil {
				return appliance.Receipt{}, err
			}
			sessions[i] = c.SessionID
		}
	}
	r, err := k.Store.BeginErasure(ctx, by, kind, list)
	if err != nil {
		return r, err
	}
	for i, e := range list {
		switch e.Kind {
		case "session":
			k.Gone(sessions[i], "")
		case "conversation":
			k.Gone(sessions[i], appliance.ConversationID(e.ID))
		}
	}
	return r, nil
}

// Erase is the job that finishes what was begun to be erased.
func (k *Keeper) Erase(ctx context.Context, _ appliance.Job, progress func(done, total int)) error {
	list, err := k.Store.OpenErasures(ctx)
	if err != nil {
		return err
	}
	for i, id := range list {
		progress(i, len(list))
		err = errors.Join(err, k.Store.FinishErasure(ctx, id)) // one that a hold stops keeps no other
	}
	return err
}
