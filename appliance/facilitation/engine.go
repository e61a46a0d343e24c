package facilitation

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"sync"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/inference"
	"harmonium/appliance/live"
	"harmonium/appliance/meter"
	"harmonium/appliance/store"
)

// Engine lets the facilitator answer in all conversations. For each one that owes an answer there is one goroutine,
// and none for the others. All methods may be called at the same time.
type Engine struct {
	Options
	slots      chan struct{}
	plans      planCache
	background backgrounds
	weighing   chan struct{} // holds a token for each piece of work in the background: see later

	ctx    context.Context
	cancel context.CancelFunc

	mu      sync.Mutex
	talks   map[appliance.ConversationID]*talk
	tries   map[appliance.ConversationID]int // failures in a row
	telling bool                             // of another facilitator
	news    bool                             // there is more to tell
	closed  bool
	wg      sync.WaitGroup // of the talks and of work in the background
}

// Options is what an Engine is made of.
type Options struct {
	Store *store.Store
	Hub   *live.Hub
	Clock appliance.Clock
	Log   *slog.Logger // nil discards; never gets content
	// Pace is the time for each word at which guided mode speaks to whoever listens; 0 speaks at once.
	Pace time.Duration
	// Models lets a model ask, whenever it can be used; nil is always guided mode. An engine is made before Models.Run.
	Models *inference.Gateway
	// Offer is how long nobody need wait for a word before guided mode is offered, TakeOver how long before it takes
	// over by itself. 0 is what the session sets, or the box (appliance.Leading).
	Offer    time.Duration
	TakeOver time.Duration
	// FirstWords, which may be nil, counts how long people waited for the first word, by who spoke: FirstWordsOf.
	FirstWords *meter.Times
}

// New makes an engine. It answers nothing before it is woken: see Resume.
//
// Answers are thought out and stored by a bounded number of workers. Messages come in while answers wait, so a flood of
// them costs the answers time and not the messages. Who waits for a model holds up no worker.
func New(o Options) *Engine {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	e := &Engine{
		Options:  o,
		slots:    make(chan struct{}, max(4, 2*runtime.GOMAXPROCS(0))),
		weighing: make(chan struct{}, maxWeighing),
		talks:    make(map[appliance.ConversationID]*talk),
		tries:    make(map[appliance.ConversationID]int),
	}
	e.ctx, e.cancel = context.WithCancel(context.Background())
	if e.Models != nil {
		e.Models.Changed(func(inference.State) { e.tellFacilitator() })
	}
	return e
}

// CheckMessage says what is wrong with the text of a message, in field content.
func CheckMessage(content string) error {
	var p appliance.Problems
	appliance.CheckText(&p, "content", content, appliance.MaxMessage, true)
	return p.Err()
}

// Say stores what a participant said and has it answered. When it returns nil, the turn is on the disk. A key that was
// used before in the conversation gives the turn of that time, and created is false. What the facilitator is saying
// meanwhile is taken back, since it does not answer this.
func (e *Engine) Say(ctx context.Context, seat store.Seat, content, key string) (t appliance.Turn, created bool, err error) {
	t, created, err = e.note(ctx, seat, store.Message{ConversationID: seat.ConversationID, Content: content, Key: key})
	if created {
		e.wake(seat.ConversationID, t.Seq)
	}
	return t, created, err
}

// Speak is Say for words that were said aloud: the turn says so.
func (e *Engine) Speak(ctx context.Context, seat store.Seat, content, key string) (t appliance.Turn, created bool, err error) {
	t, created, err = e.note(ctx, seat, store.Message{ConversationID: seat.ConversationID, Content: content, Key: key, Spoken: true})
	if created {
		e.wake(seat.ConversationID, t.Seq)
	}
	return t, created, err
}

// Pick is Say for an answer by a control: its words are stored with it.
func (e *Engine) Pick(ctx context.Context, seat store.Seat, answer appliance.ControlAnswer, key string,
) (t appliance.Turn, created bool, err error) {
	t, created, err = e.append(ctx, seat, store.Message{ConversationID: seat.ConversationID, Answer: &answer, Key: key})
	if created {
		e.wake(seat.ConversationID, t.Seq)
	}
	return t, created, err
}

// Note is Say for words that are only collected: nobody answers.
func (e *Engine) Note(ctx context.Context, seat store.Seat, content, key string) (appliance.Turn, bool, error) {
	return e.note(ctx, seat, store.Message{ConversationID: seat.ConversationID, Content: content, Key: key, Silent: true})
}

func (e *Engine) note(ctx context.Context, seat store.Seat, m store.Message) (appliance.Turn, bool, error) {
	if err := CheckMessage(m.Content); err != nil {
		return appliance.Turn{}, false, err
	}
	return e.append(ctx, seat, m)
}

// append stores a message and publishes it.
func (e *Engine) append(ctx context.Context, seat store.Seat, m store.Message) (appliance.Turn, bool, error) {
	t, created, err := e.Store.AppendTurn(ctx, m)
	if created {
		e.publish(seat.SessionID, live.Event{Type: appliance.EventTurnCreated, ConversationID: t.ConversationID, Turn: &t,
			State: appliance.ConversationActive})
	}
	return t, created, err
}

// Wake has the facilitator look at a conversation: after somebody joined, the opening is owed.
func (e *Engine) Wake(id appliance.ConversationID) { e.wake(id, -1) }

// Resume takes up every answer that is owed, those that wait longest first, as many at a time as there are workers.
// It returns when the last of them is under way, or ctx has ended.
func (e *Engine) Resume(ctx context.Context) error {
	owed, err := e.Store.Owed(ctx)
	if err != nil {
		return err
	}
	for _, id := range owed {
		select {
		case e.slots <- struct{}{}:
		case <-ctx.Done():
			return ctx.Err()
		case <-e.ctx.Done():
			return nil
		}
		e.mu.Lock()
		if e.closed || e.talks[id] != nil {
			<-e.slots
		} else {
			e.start(id, true)
		}
		e.mu.Unlock()
	}
	return nil
}

// Answer waits until the facilitator has answered turn number after of a conversation, -1 for the opening, and gives
// that answer. It fails with CodeConflict when none is owed, and with CodeBusy when ctx ends or the answer cannot be
// stored now; it is then still owed and will be given.
func (e *Engine) Answer(ctx context.Context, id appliance.ConversationID, after int) (appliance.Turn, error) {
	for failed := false; ; {
		t, ok, owed, err := e.Store.ReplyAfter(ctx, id, after)
		switch {
		case ok || err != nil && ctx.Err() == nil:
			return t, err
		case err == nil && !owed:
			return t, appliance.Errorf(appliance.CodeConflict,
				"No further answer is due in this conversation. Everything that was said is kept.")
		case failed:
			return t, answerLater()
		}
		k := e.wake(id, -1)
		if k == nil {
			return t, answerLater()
		}
		select {
		case <-ctx.Done():
			return t, answerLater()
		case <-k.done:
			failed = k.failed
		}
	}
}

func answerLater() error {
	return &appliance.Error{Code: appliance.CodeBusy, RetryAfter: 2,
		Message: "The answer takes longer than this request may wait. The message is kept and will be answered; " +
			"ask for the conversation again in a moment."}
}

// Speaking gives what the facilitator has said so far of the turn that is not stored yet, and the number that it will
// have; false while it says nothing.
func (e *Engine) Speaking(id appliance.ConversationID) (seq int, text string, ok bool) {
	e.mu.Lock()
	k := e.talks[id]
	e.mu.Unlock()
	if k == nil {
		return 0, "", false
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.seq, k.text, k.text != ""
}

// Finish ends a conversation early, as its participant wishes: with keep, what was said stays; without, it is erased
// with the form answers and the name, or waits as in TakeBack.
func (e *Engine) Finish(ctx context.Context, seat store.Seat, keep bool) (waits bool, err error) {
	if !keep {
		_, waits, err := e.TakeBack(ctx, seat)
		return waits, err
	}
	if _, err := e.Store.FinishConversation(ctx, seat.ConversationID, appliance.EndedEarly); err != nil {
		return false, err
	}
	e.hush(func(k *talk) bool { return k.id == seat.ConversationID })
	e.publish(seat.SessionID, live.Event{Type: appliance.EventConversationFinished, ConversationID: seat.ConversationID})
	return false, nil
}

// Erase deletes a conversation for good, sends everybody away who listens to it, and gives what was deleted.
func (e *Engine) Erase(ctx context.Context, by store.By, id appliance.ConversationID) (store.Deletion, error) {
	c, err := e.Store.Conversation(ctx, id)
	if err != nil {
		return store.Deletion{}, err
	}
	d, err := e.Store.EraseConversation(ctx, by, id)
	if err != nil {
		return d, err
	}
	e.ConversationErased(c.SessionID, id)
	return d, nil
}

// Gone sends everybody away who listens to a session that is no more, or to a conversation of it.
func (e *Engine) Gone(session appliance.SessionID, id appliance.ConversationID) {
	if id == "" {
		e.SessionDeleted(session)
	} else {
		e.ConversationErased(session, id)
	}
}

// ConversationErased sends everybody away who listens to a conversation that is no more.
func (e *Engine) ConversationErased(session appliance.SessionID, id appliance.ConversationID) {
	e.hush(func(k *talk) bool { return k.id == id })
	topic := live.ConversationTopic(session, id)
	e.Hub.Publish(topic, live.Event{Type: appliance.EventConversationFinished, SessionID: session, ConversationID: id})
	e.Hub.End(topic)
	e.Hub.Publish(live.SessionTopic(session), live.Event{Type: appliance.EventSessionState, SessionID: session})
}

// TakeBack erases a conversation as its participant wishes. Where a legal hold keeps it, waits is true: it is over and
// counts nowhere any more, and an administrator decides whether it is erased (store.AskWithdrawal).
func (e *Engine) TakeBack(ctx context.Context, seat store.Seat) (d store.Deletion, waits bool, err error) {
	held, err := e.Store.Held(ctx, seat.ConversationID)
	if err != nil {
		return d, false, err
	}
	if !held {
		d, err = e.Erase(ctx, store.ErasedByParticipant, seat.ConversationID)
		return d, false, err
	}
	if err := e.Store.AskWithdrawal(ctx, seat.ConversationID); err != nil {
		return d, false, err
	}
	e.ConversationErased(seat.SessionID, seat.ConversationID)
	return d, true, nil
}

// SessionClosed tells everybody in a session that it has closed. Its conversations are finished in the store already;
// what the facilitator was saying is not stored any more.
func (e *Engine) SessionClosed(id appliance.SessionID) {
	e.hush(func(k *talk) bool { return k.session == id })
	e.Hub.PublishAll(id, live.Event{Type: appliance.EventSessionClosed, SessionID: id})
}

// SessionOpened tells everybody who listens that a session has opened, and takes up what is owed in conversations that
// go on because of it.
func (e *Engine) SessionOpened(ctx context.Context, id appliance.SessionID) error {
	e.Hub.PublishAll(id, live.Event{Type: appliance.EventSessionOpened, SessionID: id})
	return e.Resume(ctx)
}

// SessionChanged has what is said from now on follow what the host has changed of a session.
func (e *Engine) SessionChanged(id appliance.SessionID) { e.plans.forget(id) }

// SessionDeleted sends everybody away who listens to a session that is no more.
func (e *Engine) SessionDeleted(id appliance.SessionID) {
	e.hush(func(k *talk) bool { return k.session == id })
	e.plans.forget(id)
	e.Hub.PublishAll(id, live.Event{Type: appliance.EventSessionClosed, SessionID: id})
	e.Hub.EndSession(id)
}

// Talking gives the number of conversations in which the facilitator is thinking or speaking now, for metrics.
func (e *Engine) Talking() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.talks)
}

// Close stops answering and waits for answers that are being stored, or until ctx ends. What is owed then stays owed,
// for Resume of the next engine. Messages are still stored.
func (e *Engine) Close(ctx context.Context) error {
	e.mu.Lock()
	e.closed = true
	e.mu.Unlock()
	e.cancel()
	ended := make(chan struct{})
	go func() {
		e.wg.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Review stores what a participant decides about what was read back, or about everything they said. The facilitator
// closes a conversation that the participant is through with; results follow by themselves.
func (e *Engine) Review(ctx context.Context, seat store.Seat, r appliance.Review) (appliance.Reviewed, error) {
	out, err := e.Store.Review(ctx, seat.ConversationID, r)
	if err != nil {
		return out, err
	}
	if r.Done {
		e.wake(seat.ConversationID, -1)
	}
	e.Hub.Publish(live.SessionTopic(seat.SessionID), live.Event{Type: appliance.EventSessionState, SessionID: seat.SessionID})
	return out, nil
}

// publish tells the participant and the host of something in a conversation.
func (e *Engine) publish(session appliance.SessionID, ev live.Event) {
	ev.SessionID = session
	e.Hub.Publish(live.ConversationTopic(session, ev.ConversationID), ev)
	if ev.Turn != nil && ev.Turn.Hidden {
		hidden := *ev.Turn
		hidden.Content, hidden.Points = hiddenWords, nil
		ev.Turn = &hidden
	}
	e.Hub.Publish(live.SessionTopic(session), ev)
}

// hiddenWords stand, for those who look on, in the place of a turn of which they may see nothing.
const hiddenWords = "[…]"

// planCache keeps the plans of guide versions, which change only when the host writes down another approach.
type planCache struct {
	mu         sync.Mutex
	plans      map[planKey]*Plan
	generation int // counts what was forgotten
}

type planKey struct {
	session  appliance.SessionID
	version  int
	language appliance.Language
}

// maxPlans bounds the cache; beyond it everything is forgotten and read again.
const maxPlans = 500

func (c *planCache) get(ctx context.Context, s *store.Store, k planKey) (*Plan, error) {
	c.mu.Lock()
	p, generation := c.plans[k], c.generation
	c.mu.Unlock()
	if p != nil {
		return p, nil
	}
	v, err := s.Guide(ctx, k.session, k.version)
	if err != nil {
		return nil, err
	}
	session, err := s.Session(ctx, k.session)
	if err != nil {
		return nil, err
	}
	p = NewPlanOf(v.Guide, session.Language, k.language)
	p.about, p.approach, p.shares, p.chooses = v.Brief.Topic, approachOf(session), session.CrossPollination, session.WidgetsEnabled
	c.mu.Lock()
	defer c.mu.Unlock()
	if generation != c.generation {
		return p, nil // the session may have been changed since it was read
	}
	if c.plans == nil || len(c.plans) >= maxPlans {
		c.plans = make(map[planKey]*Plan)
	}
	c.plans[k] = p
	return p, nil
}

func (c *planCache) forget(session appliance.SessionID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.generation++
	for k := range c.plans {
		if k.session == session {
			delete(c.plans, k)
		}
	}
}

// gone says that there is nothing to answer any more: the conversation was finished or erased.
func gone(err error) bool {
	return errors.Is(err, store.ErrEnded) || appliance.CodeOf(err) == appliance.CodeNotFound
}
