package facilitation

import (
	"context"
	"errors"
	"sync"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/inference"
	"harmonium/appliance/live"
)

// tellEach is how often those who wait are told how the wait stands.
const tellEach = time.Second

// errTakeOver says that rules give this answer, because the participant wishes it or the model takes too long.
var errTakeOver = errors.New("facilitation: rules take over")

// attendance watches over what a model is asked for one answer: it tells those who wait how the wait stands, and ends
// the request when the participant says more, wishes to go on without it, or nothing comes for too long. That happens
// in the goroutine of the talk; what a model says is let be heard by the goroutine that reads it.
type attendance struct {
	*Engine
	k        *talk
	seq      int // number that the turn will have
	model    inference.Model
	offer    time.Duration // without a word until guided mode is offered
	takeOver time.Duration // without a word until it takes over

	began  time.Time       // when the participant sent what is answered: the wait is theirs
	asked  time.Time       // when the model was turned to
	told   time.Time       // when those who wait were last told
	place  inference.Place // in the queue, as of placed
	placed time.Time
	slow   bool // it ended because too little came, although it had its turn

	mu     sync.Mutex // held while something is published, so that nobody is told of a wait after the first word
	heard  time.Time  // when something was first let be heard
	shown  time.Time  // when something was last let be heard; began before that
	spoken int        // UTF-16 units that were let be heard
}

func (e *Engine) attend(k *talk, seq int, m inference.Model) (*attendance, error) {
	l, _, err := e.Store.Leading(k.ctx, k.session)
	if err != nil {
		return nil, err
	}
	offer, takeOver := e.Offer, e.TakeOver
	if offer == 0 {
		offer = time.Duration(l.OfferAfter) * time.Second
	}
	if takeOver == 0 {
		takeOver = time.Duration(l.TakeOverAfter) * time.Second
	}
	e.mu.Lock()
	began := k.sent
	e.mu.Unlock()
	now := e.Clock()
	if began.IsZero() || began.After(now) {
		began = now // an answer that is taken up after a restart
	}
	return &attendance{Engine: e, k: k, seq: seq, model: m, offer: offer, takeOver: takeOver,
		began: began, asked: now, shown: began, told: now}, nil
}

// room asks how many bytes of a prompt the model takes beside the answer to r.
func (a *attendance) room(r inference.Request) (room int, err error) {
	_, err = a.ask(r, nil, func(ctx context.Context, r inference.Request, _ func(string) error) (_ inference.Answer, err error) {
		room, err = a.Models.Fits(ctx, a.model, r.MaxTokens)
		return inference.Answer{}, err
	})
	return room, err
}

// turn is when the model could begin: when it was turned to, or as soon as the request did not wait any more.
func (a *attendance) turn() time.Time { return latest(a.asked, a.placed) }

// doubted is a request that was given up because too little came of it.
func (a *attendance) doubted(r inference.Request) inference.Doubted {
	d := inference.Doubted{Model: a.model, Patience: a.takeOver, Waited: a.Clock().Sub(a.turn())}
	if !a.heard.IsZero() {
		d.First = a.heard.Sub(a.turn())
	}
	for _, m := range r.Messages {
		d.Bytes += len(m.Content)
	}
	return d
}

// outcome is how a request to the gateway ended.
type outcome struct {
	answer inference.Answer
	err    error
}

// ask makes a request and waits for its end. take gets the pieces of the answer as they come, in another goroutine, nil
// for none; an error of it ends the request, and is the error of ask. Other errors are errMore, errTakeOver, that of the
// talk's context, and those of the gateway.
func (a *attendance) ask(r inference.Request, take func(string) error,
	call func(context.Context, inference.Request, func(string) error) (inference.Answer, error)) (inference.Answer, error) {
	ctx, cancel := context.WithCancelCause(a.k.ctx)
	defer cancel(nil)
	places := make(chan inference.Place)
	ended := make(chan outcome, 1)
	r.Waiting = func(p inference.Place) {
		select {
		case places <- p:
		case <-ctx.Done():
		}
	}
	var heard func(string) error
	if take != nil {
		heard = func(piece string) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return take(piece)
		}
	}
	go func() {
		answer, err := call(ctx, r, heard)
		ended <- outcome{answer, err}
	}()
	timer := time.NewTimer(a.next())
	defer timer.Stop()
	for {
		select {
		case p := <-places:
			a.place, a.placed = p, a.Clock()
			a.tell()
		case <-a.k.more:
			if a.overtaken(a.k, a.seq) {
				cancel(errMore)
			}
		case <-a.k.now:
			if a.wantsRules() {
				cancel(errTakeOver)
			}
		case <-timer.C:
			if a.tooLong() {
				a.slow = a.Clock().Sub(a.turn()) >= a.takeOver/2
				cancel(errTakeOver)
			} else {
				a.tell()
			}
		case o := <-ended:
			if cause := context.Cause(ctx); cause != nil && a.k.ctx.Err() == nil {
				return o.answer, cause
			}
			return o.answer, o.err
		}
		timer.Reset(a.next())
	}
}

// let lets a piece of the turn be heard.
func (a *attendance) let(piece string) {
	if piece == "" {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.Engine.let(a.k, a.seq, a.spoken, piece)
	a.spoken += utf16Len(piece)
	if a.shown = a.Clock(); a.heard.IsZero() {
		a.heard = a.shown
	}
}

// takeBack takes back what was let be heard.
func (a *attendance) takeBack() {
	a.Engine.takeBack(a.k)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.spoken = 0
}

// wantsRules says whether the participant has wished that rules give this answer.
func (a *attendance) wantsRules() bool {
	a.k.mu.Lock()
	defer a.k.mu.Unlock()
	return a.k.guided
}

// limit is when rules take over by themselves: after a while without a word, and at the latest after three of them.
func (a *attendance) limit() time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	limit, latest := a.shown.Add(a.takeOver), a.began.Add(3*a.takeOver)
	if limit.After(latest) {
		return latest
	}
	return limit
}

func (a *attendance) tooLong() bool { return !a.Clock().Before(a.limit()) }

// offers says whether the wait is so long, or will be, that guided mode is offered.
func (a *attendance) offers(now time.Time) bool {
	return !now.Before(a.began.Add(a.offer)) || a.queued(now) && a.place.Expect > a.takeOver
}

// queued says whether the request still waited for its turn a moment ago: the queue tells about once a second.
func (a *attendance) queued(now time.Time) bool {
	return !a.placed.IsZero() && now.Sub(a.placed) <= tellEach+tellEach/2
}

// next is how long to wait for the next thing that time brings.
func (a *attendance) next() time.Duration {
	now := a.Clock()
	at := a.limit()
	if a.silent() {
		if tell := a.told.Add(tellEach); tell.Before(at) {
			at = tell
		}
		if offer := a.began.Add(a.offer); offer.After(a.told) && offer.Before(at) {
			at = offer
		}
	}
	return max(0, at.Sub(now))
}

// silent says whether no word was let be heard yet.
func (a *attendance) silent() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.spoken == 0
}

// tell tells those who wait how the wait stands, as long as no word was let be heard.
func (a *attendance) tell() {
	now := a.Clock()
	a.told = now
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.spoken > 0 {
		return
	}
	w := appliance.Waiting{TurnSeq: a.seq, Offer: a.offers(now)}
	first, expected := time.Duration(0), false
	if speed, ok := a.Models.Speed(a.model); ok {
		first, expected = speed.FirstToken, true
	}
	if a.queued(now) {
		w.Ahead = a.place.Ahead
		first, expected = first+a.place.Expect-now.Sub(a.placed), expected || a.place.Expect > 0
	} else {
		first -= now.Sub(latest(a.began, a.placed))
	}
	if expected {
		w.Seconds = max(1, int((first+time.Second-1)/time.Second))
	}
	a.k.mu.Lock()
	a.k.waiting = &w
	a.k.mu.Unlock()
	a.Hub.Publish(a.k.topic(), live.Event{Type: appliance.EventTurnWaiting, SessionID: a.k.session, ConversationID: a.k.id,
		TurnSeq: a.seq, Waiting: &w})
}

func latest(x, y time.Time) time.Time {
	if x.After(y) {
		return x
	}
	return y
}
