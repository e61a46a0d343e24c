package facilitation

import (
	"context"
	"errors"

	"harmonium/appliance"
	"harmonium/appliance/inference"
	"harmonium/appliance/live"
)

// Limits of what a model is asked for, in tokens.
const (
	maxSpoken   = 120 // a turn: 40 words of a language with long ones
	maxWeighed  = 30  // an assessment
	quickEnough = 25  // tokens a second from which a model weighs an answer before the next turn and not after it
)

// maxWeighing is how many answers are weighed, and beginnings folded, in the background at a time. Beyond it rules alone
// have judged.
const maxWeighing = 64

// byModel gives the answer by the model of the session, when there is one and the move is one that a model puts into
// words. done says that it has; otherwise rules put d into words. An error is one after which nothing is said.
func (e *Engine) byModel(k *talk, n *thought, worker *slot) (d Decision, done bool, err error) {
	r, model, ok := e.facilitator(k, n)
	if !ok {
		return n.decide(Guided), false, nil
	}
	worker.release() // who waits for a model holds up nobody
	a, err := e.attend(k, n.th.Conversation.NextSeq, model)
	if err != nil {
		return d, false, err
	}
	if a.tooLong() {
		return n.decide(Guided), false, nil
	}
	room, err := a.room(r)
	if err != nil {
		return n.decide(Guided), false, a.givenUp(r, err)
	}
	n.known = a.knows(k.ctx, n.th.Conversation.SessionID, room)
	h, err := a.history(n, room-n.known.bytes())
	if err != nil {
		return d, false, err
	}
	w := n.weighing(r, h)
	speed, _ := e.Models.Speed(model)
	if w != nil && speed.Write >= quickEnough {
		if err := a.weigh(n, w); err != nil {
			return n.decide(Guided), false, fatal(err)
		}
	} else {
		n.weigh = w
	}
	d = n.decide(Led)
	if d.Move == appliance.MoveReadBack {
		return d, false, a.pick(n, r, h)
	}
	if d.Control != "" && d.Ask == AskNothing {
		done, err := a.askByControl(n, d, r, h)
		if !done {
			d = n.withoutControl(d)
		}
		if done || d.Control != "" || !errors.Is(err, errOffered) {
			return d, done, fatal(err)
		}
	}
	if d.Ask != AskNothing || d.Why == WhyCared || d.Move != appliance.MoveAsk && d.Move != appliance.MoveProbe || !n.plan.canBeAsked(d) {
		return d, false, nil
	}
	if err := e.follow(k.ctx, n, d); err != nil {
		return d, false, err
	}
	done, err = a.voice(n, d, r, h)
	return d, done, err
}

// fatal gives the errors of a request after which nothing is said; for all others rules speak.
func fatal(err error) error {
	if errors.Is(err, errMore) || errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// facilitator gives the model that leads a conversation, with a request to begin from; false when rules do.
func (e *Engine) facilitator(k *talk, n *thought) (r inference.Request, m inference.Model, ok bool) {
	k.mu.Lock()
	guided := k.guided
	k.mu.Unlock()
	if e.Models == nil || guided || !modelPhase(n.state.Facilitation.Phase) {
		return r, m, false
	}
	choice, err := e.Store.ModelChoice(k.ctx, n.th.Conversation.SessionID)
	if err == nil {
		m, err = e.Models.Model(appliance.ModelFacilitator, choice)
	}
	return inference.Request{Role: appliance.ModelFacilitator, Choice: choice, Owner: string(k.id), MaxTokens: maxSpoken,
		Temperature: temperature}, m, err == nil
}

// modelPhase says whether a model can have part in the answer to what is said in a phase: it asks about the topics, and
// picks the points of the read-back.
func modelPhase(phase appliance.Phase) bool {
	return phase == appliance.PhaseTopics || phase == appliance.PhaseMissed
}

// temperature lets questions differ a little between conversations.
const temperature = 0.6

// canBeAsked says whether a question of the guide can be put into a model's words at all: a host's question that is
// longer than any turn of a model, or no question, is asked as it stands.
func (p *Plan) canBeAsked(d Decision) bool {
	return d.Move != appliance.MoveAsk || p.topics[p.index(d.Topic)].plain
}

// voice has the model speak the move d. A turn that breaks the rules of questions is taken back and asked for once
// more; done says whether one of the two was good.
func (a *attendance) voice(n *thought, d Decision, r inference.Request, h history) (done bool, err error) {
	earlier := facilitators(h.turns)
	found := a.found(a.k.ctx, n, d)
	var broken brokenRules
	for range 2 {
		instruction, version := n.plan.instruction(d, broken)
		version += n.known.version()
		r.Messages = n.messages(h, found+instruction)
		s := newSpeech(n.plan.utterance("", d.Move, d.Topic, earlier))
		answer, err := a.ask(r, func(piece string) error {
			show, err := s.take(piece)
			a.let(show)
			return err
		}, a.Models.Chat)
		if err == nil || inference.KindOf(err) == inference.CutOff {
			var rest string
			if rest, err = s.finish(); err == nil {
				a.let(rest)
				t := &n.reply.Turn
				t.Content = s.text.String()
				t.Maker = answer.Model.Maker(version)
				return true, nil
			}
		}
		a.takeBack()
		if !errors.As(err, &broken) {
			return false, a.givenUp(r, err)
		}
		a.Log.Info("a question of the model was not used", "conversation", string(a.k.id), "model", a.model.Name, "broken", broken)
	}
	return false, nil
}

// givenUp notes why a request gave nothing, and gives the error when nothing is to be said instead.
func (a *attendance) givenUp(r inference.Request, err error) error {
	if err := fatal(err); err != nil {
		return err
	}
	a.Log.Info("rules speak in place of the model", "conversation", string(a.k.id), "model", a.model.Name, "why", err)
	if a.slow {
		a.Models.Doubt(a.doubted(r))
	}
	return nil
}

// weighing is an answer that a model is to weigh.
type weighing struct {
	request      inference.Request
	schema       *inference.Schema
	conversation appliance.ConversationID
	session      appliance.SessionID
	topic        appliance.TopicID
}

// weighing makes the request to weigh what the participant has said, nil when rules know all that there is to know.
func (n *thought) weighing(r inference.Request, h history) *weighing {
	c, topic := n.th.Conversation, n.state.Facilitation.Topic
	if n.said.Settled() || n.state.Facilitation.Aside != "" || n.plan.index(topic) < 0 {
		return nil
	}
	r.Messages = n.messages(h, n.plan.assessment(topic))
	r.MaxTokens, r.Temperature = maxWeighed, 0
	return &weighing{request: r, schema: n.plan.weighs().Schema, conversation: c.ID, session: c.SessionID, topic: topic}
}

// weighed is a model's answer by prompts/assess.schema.json or suits.schema.json.
type weighed struct {
	Depth int                   `json:"d"`
	Sign  string                `json:"s"`
	Suits appliance.ControlType `json:"c"` // by suits.schema.json only
}

// weigh has an answer weighed while its participant waits, and joins that with what the rules say.
func (a *attendance) weigh(n *thought, w *weighing) error {
	var got weighed
	_, err := a.ask(w.request, nil, func(ctx context.Context, r inference.Request, _ func(string) error) (inference.Answer, error) {
		r.Follows = true
		return a.Models.Ask(ctx, r, w.schema, &got, nil)
	})
	switch {
	case err == nil:
		n.said = n.said.with(got, n.words())
	case inference.KindOf(err) == inference.CutOff || inference.KindOf(err) == inference.Malformed:
	default:
		if err := a.givenUp(w.request, err); err != nil {
			return err
		}
		return err
	}
	return nil
}

// Settled says whether rules know all that there is to know of an answer.
func (a Assessment) Settled() bool {
	return a.Picked || a.Stop || a.Skip || a.Lost || a.Nothing || a.Hard || a.Abuse || a.Ask != AskNothing || a.Depth == 0
}

// with joins what rules and a model say of an answer to text. The model weighs how deep it is; that nothing was said, or
// that somebody wants to stop, asks back or insults, it cannot say against words that answer.
func (a Assessment) with(w weighed, text string) Assessment {
	a.Depth, a.Bare = max(1, w.Depth), a.Bare && w.Depth < 2
	a.Suits = w.Suits
	a.Off, a.Hard = w.Sign == "off", a.Hard || w.Sign == "hard"
	if w.Depth > 0 {
		return a
	}
	switch w.Sign {
	case "stop":
		a.Depth, a.Stop = 0, true
	case "lost":
		a.Depth, a.Lost = 0, true
	case "asks":
		a.Depth, a.Ask = 0, askedFor(text)
	case "rude":
		a.Depth, a.Abuse = 0, true
	}
	return a
}

// weighLater has an answer weighed when the model has time, and notes it when it was deeper than rules can tell. What
// is not done when the server ends is not done later: the judgement of the rules then stands. Nothing but the depth that
// hosts are shown depends on it: the next move is decided by what is said next.
func (e *Engine) weighLater(w *weighing) {
	e.later(func(ctx context.Context) {
		var got weighed
		w.request.Lane = inference.Background
		if _, err := e.Models.Ask(ctx, w.request, w.schema, &got, nil); err != nil {
			return
		}
		if got.Sign == "hard" {
			e.noteDistress(w)
		}
		if got.Depth == 0 {
			return
		}
		changed, err := e.Store.RaiseDepth(ctx, w.conversation, w.topic, got.Depth)
		if err != nil && ctx.Err() == nil {
			e.Log.Warn("an assessment was not stored; the one by rules stands", "conversation", string(w.conversation), "err", err)
		}
		if changed {
			e.Hub.Publish(live.SessionTopic(w.session), live.Event{Type: appliance.EventSessionState, SessionID: w.session})
		}
	})
}

// later does work in the background, unless there is too much of it or the engine is closed. It ends with the engine.
func (e *Engine) later(work func(context.Context)) {
	select {
	case e.weighing <- struct{}{}:
	default:
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		<-e.weighing
		return
	}
	e.wg.Go(func() {
		defer func() { <-e.weighing }()
		work(e.ctx)
	})
}

// noteDistress lets the host know of what a model has found hard to bear after the answer was given.
func (e *Engine) noteDistress(w *weighing) {
	if err := e.Store.NoteDistress(e.ctx, w.conversation); err != nil && e.ctx.Err() == nil {
		e.Log.Warn("that somebody is in distress was not stored; the host is told now only", "conversation", string(w.conversation), "err", err)
	}
	e.alert(w.session, w.conversation)
}

// GuideNow has the answer that is being waited for given by rules, as its participant wishes. Without a wait it does
// nothing: the next answer is the model's again.
func (e *Engine) GuideNow(id appliance.ConversationID) {
	e.mu.Lock()
	k := e.talks[id]
	e.mu.Unlock()
	if k == nil {
		return
	}
	k.mu.Lock()
	k.guided = true
	k.mu.Unlock()
	select {
	case k.now <- struct{}{}:
	default:
	}
}

// Waiting says how the wait for a turn stands of which no word was spoken yet; false when nobody waits for a model.
func (e *Engine) Waiting(id appliance.ConversationID) (appliance.Waiting, bool) {
	e.mu.Lock()
	k := e.talks[id]
	e.mu.Unlock()
	if k == nil {
		return appliance.Waiting{}, false
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.waiting == nil {
		return appliance.Waiting{}, false
	}
	return *k.waiting, true
}

// Facilitator says who leads the conversations of a session now. A single answer may still be given by rules; each turn
// says what made it.
func (e *Engine) Facilitator(ctx context.Context, id appliance.SessionID) (appliance.Facilitator, error) {
	rules := appliance.Facilitator{By: appliance.MadeByRules, Why: string(inference.Off)}
	if e.Models == nil {
		return rules, nil
	}
	choice, err := e.Store.ModelChoice(ctx, id)
	if err != nil {
		return rules, err
	}
	s := e.Models.State()
	m, err := e.Models.Model(appliance.ModelFacilitator, choice)
	if err != nil {
		f := appliance.Facilitator{By: appliance.MadeByRules, Why: string(inference.KindOf(err)), Since: s.Since}
		if t, ok := s.Trouble(m); ok {
			f.Since = t.Since
		}
		return f, nil
	}
	return appliance.Facilitator{By: m.Name, Since: s.Since}, nil
}

// tellFacilitator tells everybody who listens to a session who leads its conversations now. It waits for nothing.
func (e *Engine) tellFacilitator() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.news = true
	if e.closed || e.telling {
		return
	}
	e.telling = true
	e.wg.Go(func() {
		for e.hasNews() {
			for _, id := range e.Hub.Sessions() {
				f, err := e.Facilitator(e.ctx, id)
				if err != nil {
					continue // gone, or the server ends
				}
				e.Hub.PublishAll(id, live.Event{Type: appliance.EventFacilitatorChanged, SessionID: id, Facilitator: &f})
			}
		}
	})
}

// hasNews takes up what is to be told, and notes the end when there is nothing.
func (e *Engine) hasNews() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	news := e.news && e.ctx.Err() == nil
	e.news, e.telling = false, news
	return news
}
