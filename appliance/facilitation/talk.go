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
	now    chan struct{} // holds one token after the participant wished to go on without a model
	done   chan struct{} // closed at the end
	failed bool          // at the end: the answer is still owed; read it after done

	// Under Engine.mu.
	session appliance.SessionID // once it is known
	heard   int                 // number of the newest turn of the participant that was told of, -1 for none
	sent    time.Time           // when that was told of
	again   bool                // look once more before ending

	mu      sync.Mutex
	seq     int       // number that the turn will have
	text    string    // what was spoken of it
	first   time.Time // when the first word of the answer was heard, also one that was taken back since
	waiting *appliance.Waiting
	guided  bool // this answer is to be given by rules
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
		k = e.start(id, false)
		k.sent = e.Clock()
		return k
	}
	if seq > k.heard {
		k.heard, k.sent = seq, e.Clock()
	}
	k.again = k.again || seq < 0
	select {
	case k.more <- struct{}{}:
	default:
	}
	return k
}

// start begins a talk; held says that it has a slot already. e.mu is held.
func (e *Engine) start(id appliance.ConversationID, held bool) *talk {
	k := &talk{id: id, more: make(chan struct{}, 1), now: make(chan struct{}, 1), done: make(chan struct{}), heard: -1}
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
			e.Log.Error("an answer could not be given; it stays owed and is tried again", "conversation", string(k.id), "err", err)
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

// reply gives one answer, if one is owed: thinks it out, speaks it, stores it, publishes it. It gives the number of
// turns up to which nothing is owed any more; where the participant has said more meanwhile, that turn is beyond it.
func (e *Engine) reply(k *talk, held bool) (seen int, err error) {
	worker := &slot{slots: e.slots, held: held}
	defer worker.release()
	if err := worker.acquire(k.ctx); err != nil {
		return 0, err
	}
	th, err := e.Store.Thread(k.ctx, k.id)
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
	n, err := e.consider(k.ctx, th)
	if err != nil {
		return 0, err
	}
	err = e.give(k, n, worker)
	switch {
	case errors.Is(err, errMore):
		e.takeBack(k)
		return th.Conversation.NextSeq, k.ctx.Err()
	case err != nil:
		e.takeBack(k)
		return 0, err
	}
	turn, err := e.Store.CommitReply(k.ctx, n.reply)
	switch {
	case errors.Is(err, store.ErrOvertaken):
		// Whoever stored the newer turn wakes this conversation; waiting for that would only take longer.
		e.takeBack(k)
		e.mu.Lock()
		k.again = true
		e.mu.Unlock()
		return n.reply.Seen, nil
	case gone(err):
		e.takeBack(k)
		return math.MaxInt, nil
	case err != nil:
		e.takeBack(k)
		return 0, err
	}
	e.countFirstWord(k, turn)
	e.spoken(k, n, turn)
	return turn.Seq + 1, nil
}

// FirstWordsOf is under which name the first words of a turn are counted.
func FirstWordsOf(m appliance.Maker) string {
	if m.Model() {
		return "model"
	}
	return "rules"
}

// countFirstWord counts how long somebody waited for the first word of a turn that was stored. Of an answer that was owed
// since the last run nobody knows.
func (e *Engine) countFirstWord(k *talk, t appliance.Turn) {
	e.mu.Lock()
	sent := k.sent
	e.mu.Unlock()
	k.mu.Lock()
	first := k.first
	k.first = time.Time{}
	k.mu.Unlock()
	if sent.IsZero() {
		return
	}
	if first.Before(sent) { // nobody heard it word by word
		first = e.Clock()
	}
	e.FirstWords.Add(FirstWordsOf(t.Maker), first.Sub(sent))
}

// errMore says that the participant has said more, so that what is being said answers too little.
var errMore = errors.New("facilitation: the participant has said more")

// slot is the place of a talk among the workers.
type slot struct {
	slots chan struct{}
	held  bool
}

func (s *slot) acquire(ctx context.Context) error {
	if s.held {
		return nil
	}
	select {
	case s.slots <- struct{}{}:
		s.held = true
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *slot) release() {
	if s.held {
		<-s.slots
		s.held = false
	}
}

// thought is an answer that is being made.
type thought struct {
	th    store.Thread
	plan  *Plan
	state State
	said  Assessment // by rules, and by the model where it is quick
	reply store.Reply
	known background // beside the guide, where a model answers
	weigh *weighing  // of what the participant has said, when it is to be done after the answer

	points []appliance.Point // that a model has picked for the read-back; nil leaves that to rules
	picked appliance.Maker   // of points
}

// consider reads what an answer needs and judges by rules what was said.
func (e *Engine) consider(ctx context.Context, th store.Thread) (*thought, error) {
	c := th.Conversation
	plan, err := e.plans.get(ctx, e.Store, planKey{c.SessionID, c.GuideVersion, c.Language})
	if err != nil {
		return nil, err
	}
	n := &thought{th: th, plan: plan, state: State{Facilitation: c.Facilitation, Last: th.Last.Content, Answers: c.Turns, Now: e.Clock(),
		Coverage: make(map[appliance.TopicID]appliance.Coverage, len(th.Coverage))}}
	if len(th.Unanswered) > 0 && !th.Last.CreatedAt.IsZero() {
		n.state.Took = th.Unanswered[len(th.Unanswered)-1].CreatedAt.Sub(th.Last.CreatedAt)
	}
	for _, covered := range th.Coverage {
		n.state.Coverage[covered.TopicID] = covered
	}
	n.said = plan.assess(c.Facilitation.Topic, th.Unanswered)
	if a, ok := n.state.takesOffer(n.words()); ok {
		n.said = a
	}
	e.lookForIdea(ctx, n)
	return n, nil
}

// words is what the participant has said since the facilitator's last turn, in their own words.
func (n *thought) words() string { return strings.Join(ownWords(n.th.Unanswered), "\n") }

// decide chooses the move, with the patience of whoever asks.
func (n *thought) decide(patience Patience) Decision {
	d := n.plan.Decide(n.state, n.said, patience)
	n.settle(d)
	return d
}

// settle makes a decision that of the answer.
func (n *thought) settle(d Decision) {
	n.reply = store.Reply{
		ConversationID: n.th.Conversation.ID, Seen: n.th.Conversation.NextSeq,
		Turn:         appliance.Turn{TopicID: d.Topic, Move: d.Move, Control: n.plan.control(d)},
		Facilitation: d.Facilitation, Coverage: d.Changed, Finished: d.Finished, Language: d.Switch, Distress: d.Why == WhyHard,
	}
}

// give makes the answer and lets it be heard: by the model where one can be used, else by rules. It ends with a worker
// held, ready to be stored.
func (e *Engine) give(k *talk, n *thought, worker *slot) error {
	d, done, err := e.byModel(k, n, worker)
	switch {
	case err != nil:
		return err
	case done:
		return worker.acquire(k.ctx)
	}
	if err := worker.acquire(k.ctx); err != nil {
		return err
	}
	if err := e.byRules(k.ctx, n, d); err != nil {
		return err
	}
	if e.Pace > 0 && e.Hub.Listening(k.topic()) {
		worker.release()
		if !e.speak(k, n.reply.Seen, n.reply.Turn.Content) {
			return errors.Join(errMore, k.ctx.Err())
		}
	}
	return worker.acquire(k.ctx)
}

// follow has the answer given in the language in which the conversation goes on.
func (e *Engine) follow(ctx context.Context, n *thought, d Decision) (err error) {
	if c := n.th.Conversation; d.Switch != "" {
		n.plan, err = e.plans.get(ctx, e.Store, planKey{c.SessionID, c.GuideVersion, d.Switch})
	}
	return err
}

// byRules puts a decision into words by rules.
func (e *Engine) byRules(ctx context.Context, n *thought, d Decision) error {
	maker := appliance.Maker{By: appliance.MadeByRules, PromptVersion: PromptVersion}
	var points []appliance.Point
	if err := e.follow(ctx, n, d); err != nil {
		return err
	}
	if d.Ask != AskNothing || d.Why == WhyHard {
		about, err := e.about(ctx, n.th.Conversation.SessionID)
		if err != nil {
			return err
		}
		n.state.About = about
	}
	if d.Move == appliance.MoveIdea {
		n.reply.Idea = d.Idea.ID
		maker = d.Idea.Maker
		_, n.reply.IdeaEnd = n.plan.ideaText(d.Idea, 0)
	}
	if d.Move == appliance.MoveReadBack {
		turns, err := e.Store.Turns(ctx, n.reply.ConversationID)
		if err != nil {
			return err
		}
		points = n.plan.ReadBack(ofParticipant(turns))
		switch {
		case len(points) == 0: // what was said is nothing that could be shown
			changed := d.Changed
			d = n.plan.close(d.Why)
			d.Changed = changed
			n.settle(d)
		case len(n.points) > 0:
			points, maker = n.points, n.picked
		}
	}
	t := &n.reply.Turn
	t.Points, t.Maker = points, maker
	t.Control = n.plan.control(d) // in the language in which the conversation goes on
	t.Content = n.plan.Speak(n.reply.ConversationID, n.state, d, points)
	return nil
}

// about gives what the program can say of a session and of itself.
func (e *Engine) about(ctx context.Context, id appliance.SessionID) (a About, err error) {
	leading, host, err := e.Store.Leading(ctx, id)
	if err != nil {
		return a, err
	}
	f, err := e.Facilitator(ctx, id)
	return About{Host: host, Help: leading.HelpText, Model: !f.Guided()}, err
}

func (k *talk) topic() live.Topic { return live.ConversationTopic(k.session, k.id) }

// ofParticipant gives the turns in a participant's own words.
func ofParticipant(turns []appliance.Turn) []appliance.Turn {
	var own []appliance.Turn
	for _, t := range turns {
		// What was answered by a control is the program's wording, and is counted instead.
		if t.Role == appliance.FromParticipant && t.Answer == nil {
			own = append(own, t)
		}
	}
	return own
}

// spoken publishes a turn that was stored. What was said of it stays readable until everybody has been told of the
// whole.
func (e *Engine) spoken(k *talk, n *thought, t appliance.Turn) {
	session, r := n.th.Conversation.SessionID, n.reply
	progress := appliance.ProgressOf(n.plan.guide, r.Facilitation)
	ev := live.Event{Type: appliance.EventTurnCreated, ConversationID: k.id, Turn: &t, Progress: &progress,
		State: appliance.ConversationActive}
	if r.Finished {
		ev.State = appliance.ConversationFinished
	}
	e.publish(session, ev)
	k.mu.Lock()
	k.text, k.waiting, k.guided = "", nil, false
	k.mu.Unlock()
	if r.Distress {
		e.alert(session, k.id)
	}
	if n.weigh != nil {
		e.weighLater(n.weigh)
	}
	if r.Finished {
		e.publish(session, live.Event{Type: appliance.EventConversationFinished, ConversationID: k.id})
	}
}

// alert tells the host that something is hard to bear for somebody, and nothing of what it is.
func (e *Engine) alert(session appliance.SessionID, id appliance.ConversationID) {
	e.Hub.Publish(live.SessionTopic(session), live.Event{Type: appliance.EventDistress, SessionID: session, ConversationID: id})
}

// frame is the least time between two pieces of a spoken turn: more often than that nobody sees, and it costs.
const frame = 50 * time.Millisecond

// speak says text at the engine's pace to whoever listens to the conversation. It returns true when all was said or
// nobody listens any more, false when the participant has said more or the talk was cancelled.
func (e *Engine) speak(k *talk, seq int, text string) bool {
	words := pieces(text)
	each := max(1, int((frame+e.Pace-1)/e.Pace))
	tick := time.NewTicker(time.Duration(each) * e.Pace)
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
		if !e.Hub.Listening(k.topic()) {
			return true
		}
		said := strings.Join(words[i:min(i+each, len(words))], "")
		e.let(k, seq, offset, said)
		offset += utf16Len(said)
	}
	return true
}

// let lets whoever listens hear a piece of a turn.
func (e *Engine) let(k *talk, seq, offset int, piece string) {
	k.mu.Lock()
	k.seq, k.text, k.waiting = seq, k.text+piece, nil
	if k.first.IsZero() {
		k.first = e.Clock()
	}
	k.mu.Unlock()
	e.Hub.Publish(k.topic(), live.Event{Type: appliance.EventTurnDelta, SessionID: k.session, ConversationID: k.id,
		TurnSeq: seq, Offset: offset, Text: piece})
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
	k.text, k.waiting = "", nil
	k.mu.Unlock()
	if said {
		e.Hub.Publish(k.topic(), live.Event{Type: appliance.EventTurnReset, SessionID: k.session, ConversationID: k.id, TurnSeq: seq})
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
