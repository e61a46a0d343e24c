package facilitation

import (
	"context"
	"errors"
	"math"
	"strings"
	"sync"
	"time"
	"unicode"

	"harmonium/appliance"
	"harmonium/appliance/live"
	"harmonium/appliance/store"
)

// talk is the facilitator answering in one conversation. It lives from the moment that an answer is owed until none
// is.
type talk struct {
	id     appliance.ConversationID
	ctx    context.Context
	cancel context.CancelFunc
	more   chan struct{} // holds one token after the participant has said something
	done   chan struct{} // closed at the end
	failed bool          // at the end: the answer is still owed; read it after done

	// Under Engine.mu.
	session appliance.SessionID // once it is known
	heard   int                 // number of the newest turn of the participant that was told of, -1 for none
	again   bool                // look once more before ending

	mu   sync.Mutex
	seq  int    // number that the turn will have
	text string // what was spoken of it
}

// wake has a talk look at a conversation, beginning one where there is none. seq is the number of a new turn of the
// participant, -1 for none. It gives the talk, or nil when the engine is closed.
func (e *Engine) wake(id appliance.ConversationID, seq int) *talk {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil
	}
	k := e.talks[id]
	if k == nil {
		return e.start(id, false)
	}
	k.heard = max(k.heard, seq)
	k.again = k.again || seq < 0
	select {
	case k.more <- struct{}{}:
	default:
	}
	return k
}

// start begins a talk; held says that it has a slot already. e.mu is held.
func (e *Engine) start(id appliance.ConversationID, held bool) *talk {
	k := &talk{id: id, more: make(chan struct{}, 1), done: make(chan struct{}), heard: -1}
	k.ctx, k.cancel = context.WithCancel(e.ctx)
	e.talks[id] = k
	e.wg.Add(1)
	go e.run(k, held)
	return k
}

// hush ends the talks that match, without storing what they were saying.
func (e *Engine) hush(match func(*talk) bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, k := range e.talks {
		if match(k) {
			k.cancel()
		}
	}
}

// run answers until nothing is owed.
func (e *Engine) run(k *talk, held bool) {
	defer e.wg.Done()
	for {
		seen, err := e.reply(k, held)
		held = false
		if err != nil && k.ctx.Err() == nil {
			e.log.Error("an answer could not be given; it stays owed and is tried again", "conversation", string(k.id), "err", err)
		}
		if e.over(k, seen, err) {
			return
		}
	}
}

// over ends the talk, unless there is more to answer. seen is the number of turns up to which all is settled.
func (e *Engine) over(k *talk, seen int, err error) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	wanted := k.again || k.heard >= seen
	if err == nil && wanted && k.ctx.Err() == nil {
		k.again = false
		return false
	}
	delete(e.talks, k.id)
	k.cancel()
	k.failed = err != nil
	close(k.done)
	switch {
	case e.closed:
	case err != nil && e.ctx.Err() == nil && !errors.Is(err, context.Canceled):
		e.tryLater(k.id)
	case wanted: // it was hushed, and is wanted again since
		e.start(k.id, false)
	default:
		delete(e.tries, k.id)
	}
	return true
}

// longestWait is the longest pause between two attempts to give an answer.
const longestWait = time.Minute

// tryLater wakes a conversation after a pause that doubles with every failure in a row. e.mu is held.
func (e *Engine) tryLater(id appliance.ConversationID) {
	n := e.tries[id]
	e.tries[id] = min(n+1, 10)
	time.AfterFunc(min(longestWait, time.Second<<n), func() { e.wake(id, -1) })
}

// acquire takes a slot for thinking and storing.
func (e *Engine) acquire(ctx context.Context) error {
	select {
	case e.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// reply gives one answer, if one is owed: thinks it out, speaks it, stores it, publishes it. It gives the number of
// turns up to which nothing is owed any more; where the participant has said more meanwhile, that turn is beyond it.
func (e *Engine) reply(k *talk, held bool) (seen int, err error) {
	if !held {
		if err := e.acquire(k.ctx); err != nil {
			return 0, err
		}
	}
	release := sync.OnceFunc(func() { <-e.slots })
	defer release()

	th, err := e.store.Thread(k.ctx, k.id)
	switch {
	case gone(err):
		return math.MaxInt, nil
	case err != nil:
		return 0, err
	case !th.Owed:
		return th.Conversation.NextSeq, nil
	}
	e.mu.Lock()
	k.session = th.Conversation.SessionID
	e.mu.Unlock()
	r, plan, err := e.compose(k.ctx, th)
	if err != nil {
		return 0, err
	}

	if e.pace > 0 && e.hub.Listening(k.topic()) {
		release()
		if !e.speak(k, th.Conversation.NextSeq, r.Turn.Content) {
			e.takeBack(k)
			return th.Conversation.NextSeq, k.ctx.Err()
		}
		if err := e.acquire(k.ctx); err != nil {
			e.takeBack(k)
			return 0, err
		}
		defer func() { <-e.slots }()
	}
	turn, err := e.store.CommitReply(k.ctx, r)
	switch {
	case errors.Is(err, store.ErrOvertaken):
		// Whoever stored the newer turn wakes this conversation; waiting for that would only take longer.
		e.takeBack(k)
		e.mu.Lock()
		k.again = true
		e.mu.Unlock()
		return r.Seen, nil
	case gone(err):
		e.takeBack(k)
		return math.MaxInt, nil
	case err != nil:
		e.takeBack(k)
		return 0, err
	}
	e.spoken(k, th.Conversation.SessionID, turn, r, plan)
	return turn.Seq + 1, nil
}

func (k *talk) topic() live.Topic { return live.ConversationTopic(k.session, k.id) }

// compose assesses what was said, decides on a move and puts it into words.
func (e *Engine) compose(ctx context.Context, th store.Thread) (store.Reply, *Plan, error) {
	c := th.Conversation
	plan, err := e.plans.get(ctx, e.store, planKey{c.SessionID, c.GuideVersion, c.Language})
	if err != nil {
		return store.Reply{}, nil, err
	}
	s := State{Facilitation: c.Facilitation, Coverage: make(map[appliance.TopicID]appliance.Coverage, len(th.Coverage))}
	for _, covered := range th.Coverage {
		s.Coverage[covered.TopicID] = covered
	}
	texts := make([]string, len(th.Unanswered))
	for i, t := range th.Unanswered {
		texts[i] = t.Content
	}
	d := plan.Decide(s, Assess(c.Language, strings.Join(texts, "\n")), Guided)

	var points []appliance.Point
	if d.Move == appliance.MoveReadBack {
		turns, err := e.store.Turns(ctx, c.ID)
		if err != nil {
			return store.Reply{}, nil, err
		}
		points = plan.ReadBack(ofParticipant(turns))
	}
	return store.Reply{
		ConversationID: c.ID,
		Seen:           c.NextSeq,
		Turn: appliance.Turn{
			Content: plan.Speak(c.ID, s, d, points), TopicID: d.Topic, Move: d.Move, Points: points,
			Maker: appliance.Maker{By: appliance.MadeByRules, PromptVersion: PromptVersion},
		},
		Facilitation: d.Facilitation,
		Coverage:     d.Changed,
		Finished:     d.Finished,
	}, plan, nil
}

func ofParticipant(turns []appliance.Turn) []appliance.Turn {
	var own []appliance.Turn
	for _, t := range turns {
		if t.Role == appliance.FromParticipant {
			own = append(own, t)
		}
	}
	return own
}

// spoken publishes a turn that was stored. What was said of it stays readable until everybody has been told of the
// whole.
func (e *Engine) spoken(k *talk, session appliance.SessionID, t appliance.Turn, r store.Reply, plan *Plan) {
	progress := appliance.ProgressOf(plan.guide, r.Facilitation)
	ev := live.Event{Type: appliance.EventTurnCreated, ConversationID: k.id, Turn: &t, Progress: &progress,
		State: appliance.ConversationActive}
	if r.Finished {
		ev.State = appliance.ConversationFinished
	}
	e.publish(session, ev)
	k.mu.Lock()
	k.text = ""
	k.mu.Unlock()
	if r.Finished {
		e.publish(session, live.Event{Type: appliance.EventConversationFinished, ConversationID: k.id})
	}
}

// frame is the least time between two pieces of a spoken turn: more often than that nobody sees, and it costs.
const frame = 50 * time.Millisecond

// speak says text at the engine's pace to whoever listens to the conversation. It returns true when all was said or
// nobody listens any more, false when the participant has said more or the talk was cancelled.
func (e *Engine) speak(k *talk, seq int, text string) bool {
	words := pieces(text)
	each := max(1, int((frame+e.pace-1)/e.pace))
	tick := time.NewTicker(time.Duration(each) * e.pace)
	defer tick.Stop()
	offset := 0
	for i := 0; i < len(words); i += each {
		select {
		case <-k.ctx.Done():
			return false
		case <-k.more:
			if e.overtaken(k, seq) {
				return false
			}
			i -= each // the token was of an earlier turn; the time for these words has not come
			continue
		case <-tick.C:
		}
		if !e.hub.Listening(k.topic()) {
			return true
		}
		said := strings.Join(words[i:min(i+each, len(words))], "")
		k.mu.Lock()
		k.seq, k.text = seq, k.text+said
		k.mu.Unlock()
		e.hub.Publish(k.topic(), live.Event{Type: appliance.EventTurnDelta, SessionID: k.session, ConversationID: k.id,
			TurnSeq: seq, Offset: offset, Text: said})
		offset += utf16Len(said)
	}
	return true
}

// overtaken says whether the participant has said more since the turns were read of which the next has number seq.
func (e *Engine) overtaken(k *talk, seq int) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return k.heard >= seq
}

// takeBack tells whoever listens that what was spoken will not be stored.
func (e *Engine) takeBack(k *talk) {
	k.mu.Lock()
	seq, said := k.seq, k.text != ""
	k.text = ""
	k.mu.Unlock()
	if said {
		e.hub.Publish(k.topic(), live.Event{Type: appliance.EventTurnReset, SessionID: k.session, ConversationID: k.id, TurnSeq: seq})
	}
}

// pieces splits a text into words with the space after them; joined they are the text. Scripts without spaces give
// pieces of a few characters, none of which begins with a combining mark.
func pieces(text string) []string {
	const long = 12 // characters
	var out []string
	start, n := 0, 0
	space := false
	for i, r := range text {
		if i > start && (space && !unicode.IsSpace(r) || n >= long && r > unicode.MaxLatin1 && !unicode.IsMark(r) && r != '\u200d') {
			out = append(out, text[start:i])
			start, n = i, 0
		}
		space = unicode.IsSpace(r)
		n++
	}
	if start < len(text) {
		out = append(out, text[start:])
	}
	return out
}

// utf16Len is the length of s as browsers count it.
func utf16Len(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r > 0xffff {
			n++
		}
	}
	return n
}
