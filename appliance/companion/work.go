package companion

import (
	"context"
	"errors"
	"sync"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/inference"
	"harmonium/appliance/live"
)

// errStopped is why the work on an answer ends that somebody stopped.
var errStopped = errors.New("companion: the answer was stopped")

// endWithin bounds the write that notes how an answer has ended when the box is being stopped.
const endWithin = 2 * time.Second

// work is an answer that is being worked on.
type work struct {
	cancel context.CancelCauseFunc
	mu     sync.Mutex
	place  *inference.Place // in front of the model; nil when it does not wait
}

// wait notes a place in the queue, and says whether it is another one than before.
func (w *work) wait(p inference.Place) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	same := w.place != nil && w.place.Ahead == p.Ahead
	w.place = &p
	return !same
}

// begun notes that the wait is over.
func (w *work) begun() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.place = nil
}

// Answer begins to answer the last question of a thread, in the background. Who follows the thread on the hub hears of each
// sentence; the thread in the store has it then.
func (c *Companion) Answer(h appliance.CompanionThread) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended || c.works[h.ID] != nil {
		return // the next start says that it was interrupted
	}
	ctx, cancel := context.WithCancelCause(c.ctx)
	w := &work{cancel: cancel}
	c.works[h.ID] = w
	a := &answering{Companion: c, thread: h, answer: h.Answers[len(h.Answers)-1].ID, work: w,
		query: Query{Caller: h.AccountID, Scope: Scope{Conversation: h.Scope.ConversationID, Session: h.Scope.SessionID, Project: h.Scope.ProjectID}}}
	for _, before := range h.Answers {
		a.asked = append(a.asked, before.Question)
	}
	c.running.Go(func() {
		defer cancel(nil)
		end, err := a.run(ctx)
		if err != nil && ctx.Err() == nil {
			c.log.Error("a question to the Companion was not answered; it can be asked again", "thread", string(h.ID), "error", err)
		}
		end = a.ended(ctx, end, err)
		c.mu.Lock()
		delete(c.works, h.ID) // before its end is in the store: from then on a further question may come
		c.mu.Unlock()
		late, done := c.untilClosed(endWithin)
		defer done()
		if err := c.store.EndCompanionAnswer(late, a.answer, end); err != nil {
			c.log.Error("the end of an answer of the Companion was not noted", "thread", string(h.ID), "error", err)
		}
		c.tell(h.ID)
	})
}

// untilClosed is a context for what is to be noted still: it ends so long after the box is being stopped, and not before.
func (c *Companion) untilClosed(grace time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(c.ctx))
	stop := context.AfterFunc(c.ctx, func() { time.AfterFunc(grace, cancel) })
	return ctx, func() { stop(); cancel() }
}

// Stop ends the answer of a thread that is being worked on, if there is one. What was shown of it stays.
func (c *Companion) Stop(id appliance.ThreadID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if w := c.works[id]; w != nil {
		w.cancel(errStopped)
	}
}

// Waiting says where the question of a thread stands in front of the model; false when it does not wait.
func (c *Companion) Waiting(id appliance.ThreadID) (inference.Place, bool) {
	c.mu.Lock()
	w := c.works[id]
	c.mu.Unlock()
	if w == nil {
		return inference.Place{}, false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.place == nil {
		return inference.Place{}, false
	}
	return *w.place, true
}

// Resume notes that what was being answered when the box was last stopped was not answered.
func (c *Companion) Resume(ctx context.Context) error { return c.store.InterruptCompanion(ctx) }

// Close ends all work and waits for its end.
func (c *Companion) Close() {
	c.mu.Lock()
	c.ended = true
	c.mu.Unlock()
	c.cancel()
	c.running.Wait()
}

// tell tells whoever follows a thread that it has changed.
func (c *Companion) tell(id appliance.ThreadID) {
	c.hub.Publish(live.ThreadTopic(id), live.Event{Type: appliance.EventAnswerChanged})
}
