package companion

import (
	"context"
	"embed"
	"errors"
	"strings"
	"sync"

	"harmonium/appliance"
	"harmonium/appliance/extract"
	"harmonium/appliance/inference"
	"harmonium/appliance/prompt"
	"harmonium/appliance/store"
)

//go:embed prompts
var promptFiles embed.FS

var answerPrompt = sync.OnceValue(func() inference.Prompt { return inference.LoadPrompt(promptFiles, "answer") })

// The bounds of an answer and of what it is made from.
const (
	mostSentences = 6
	answerTokens  = 900
	temperature   = 0.2
	maxWords      = 1500 // of the passages that a model reads, however many its context takes: a slow box reads them for minutes
	earlier       = 3    // questions that a model is told of beside the present one
	mostPassages  = 5    // where there is no model
	nearest       = 3    // beside "not in your conversations"
)

// ruled is the maker of answers without a model.
var ruled = appliance.Maker{By: appliance.MadeByRules, PromptVersion: "companion-rules-1"}

// answering is the work on one answer.
type answering struct {
	*Companion
	thread appliance.CompanionThread
	answer appliance.AnswerID
	query  Query
	asked  []string // the questions of the thread, the present one last
	work   *work

	passages []Passage
	newest   bool // see Evidence
	checker  checker
	stream   stream
	parts    int
}

// run answers the question, and gives how that ended. What is shown of the answer is stored before.
func (a *answering) run(ctx context.Context) (store.AnswerEnd, error) {
	end := store.AnswerEnd{State: appliance.AnswerDone, Maker: ruled}
	choice, err := a.store.CompanionModels(ctx, a.thread.Scope)
	if err != nil {
		return end, err
	}
	model, noModel := a.models.Model(appliance.ModelCompanion, choice)
	room := 0
	if noModel == nil {
		room, noModel = a.models.Fits(ctx, model, answerTokens)
	}
	messages, err := a.read(ctx, room, noModel == nil)
	end.Newest = a.newest
	switch {
	case err != nil:
		return end, err
	case len(a.passages) == 0:
		end.Outcome = appliance.OutcomeNone
		return end, nil
	case noModel != nil:
		end.Outcome, end.Why = appliance.OutcomePassages, string(inference.KindOf(noModel))
		return end, a.showPassages(ctx, mostPassages)
	}
	answer, err := a.models.Chat(ctx, inference.Request{Role: appliance.ModelCompanion, Choice: choice, Lane: inference.Host,
		Owner: string(a.thread.AccountID), Messages: messages, Format: answerPrompt().Schema.JSON(), MaxTokens: answerTokens,
		Temperature: temperature, Waiting: a.waits}, func(piece string) error { return a.heard(ctx, piece) })
	end.Maker, end.Refused = answer.Model.Maker(answerPrompt().Version()), a.checker.refused
	kind := inference.KindOf(err)
	if err != nil && kind == "" {
		return end, err
	}
	unfinished := !a.stream.whole() && a.parts < mostSentences
	empty := a.parts == 0 && a.checker.refused == 0
	if kind == "" && !a.stream.declined() && (unfinished || empty) {
		kind = inference.Malformed
	}
	end.Why = string(kind)
	return end, a.conclude(ctx, &end)
}

// conclude decides what the answer is, by what of the model's was shown, and adds passages where that is less than all.
// That something is not in the conversations is said only where the model says so: one that fails knows nothing.
func (a *answering) conclude(ctx context.Context, end *store.AnswerEnd) error {
	switch {
	case a.parts > 0 && (end.Why == "" || end.Why == string(inference.Malformed)):
		end.Outcome = appliance.OutcomeSentences
		return nil
	case a.parts > 0:
		end.Outcome = appliance.OutcomeSentences
		return a.showPassages(ctx, nearest)
	case a.stream.declined() && end.Why == "":
		end.Outcome = appliance.OutcomeNone
		return a.showPassages(ctx, nearest)
	}
	end.Outcome, end.Maker = appliance.OutcomePassages, ruled
	return a.showPassages(ctx, mostPassages)
}

// read finds the passages, as many as there is room for in the model's context beside all else, and writes what it is told.
// When none is told it only finds them.
func (a *answering) read(ctx context.Context, room int, told bool) (messages []inference.Message, err error) {
	a.query.Question, a.query.Words = searchedFor(a.asked), maxWords
	if a.passages, a.newest, err = a.Evidence(ctx, a.query); err != nil || len(a.passages) == 0 {
		return nil, err
	}
	a.checker.language = languageOf(a.passages, a.asked)
	if !told {
		return nil, nil
	}
	for {
		text := a.render()
		if len(text) <= room || len(a.passages) == 1 {
			return []inference.Message{{Role: "user", Content: text}}, nil
		}
		a.passages = a.passages[:len(a.passages)-1]
	}
}

// languageOf is the language in which is answered: that of what was said, whose words the sentences are to share.
func languageOf(passages []Passage, asked []string) appliance.Language {
	var b strings.Builder
	for _, p := range passages {
		for _, t := range p.Turns {
			b.WriteString(t.Content + "\n")
		}
	}
	for _, text := range []string{b.String(), asked[len(asked)-1]} {
		if l, ok := extract.LanguageOf(text); ok {
			return l
		}
	}
	return ""
}

// toldPassage is a passage as the model is told of it.
type toldPassage struct {
	Conversation int
	Lines        []toldLine
}

type toldLine struct {
	Number int // by which it is cited; 0 for what the facilitator said
	Text   string
}

// render writes the prompt and numbers the turns that can be cited.
func (a *answering) render() string {
	a.checker.shown = nil
	conversations := map[appliance.ConversationID]int{}
	var list []toldPassage
	for _, p := range a.passages {
		if conversations[p.Conversation] == 0 {
			conversations[p.Conversation] = len(conversations) + 1
		}
		told := toldPassage{Conversation: conversations[p.Conversation]}
		for _, t := range p.Turns {
			line := toldLine{Text: t.Content}
			if t.Role == appliance.FromParticipant {
				a.checker.shown = append(a.checker.shown, t)
				line.Number = len(a.checker.shown)
			}
			told.Lines = append(told.Lines, line)
		}
		list = append(list, told)
	}
	last := len(a.asked) - 1
	return answerPrompt().Render(map[string]any{"Most": mostSentences, "Language": prompt.Language(a.checker.language), "Passages": list,
		"Earlier": a.asked[max(0, last-earlier):last], "Question": a.asked[last]})
}

// heard takes a piece of the model's answer, and shows the sentences that it completes and that pass.
func (a *answering) heard(ctx context.Context, piece string) error {
	a.work.begun()
	for _, s := range a.stream.take(piece) {
		if a.stream.declined() {
			break
		}
		part, ok := a.checker.pass(s)
		if !ok {
			continue
		}
		if err := a.show(ctx, part); err != nil {
			return err
		}
		if a.parts == mostSentences {
			return inference.ErrEnough
		}
	}
	if a.stream.declined() {
		return inference.ErrEnough
	}
	return nil
}

// show stores a part and then tells of it. One whose source was deleted meanwhile is left out.
func (a *answering) show(ctx context.Context, part appliance.AnswerPart) error {
	err := a.store.AddCompanionPart(ctx, a.answer, part)
	if appliance.CodeOf(err) == appliance.CodeNotFound {
		return nil
	}
	if err != nil {
		return err
	}
	a.parts++
	a.tell(a.thread.ID)
	return nil
}

// showPassages shows the best passages as they were said, no more than most of them.
func (a *answering) showPassages(ctx context.Context, most int) error {
	shown := map[appliance.TurnID]bool{}
	for _, p := range a.passages {
		turn, ok := bestTurn(a.checker.language, p, a.query.Question)
		if !ok || shown[turn.ID] {
			continue
		}
		span := bestSpan(a.checker.language, turn.Content, a.query.Question)
		if span.End <= span.Start {
			continue
		}
		shown[turn.ID] = true
		part := appliance.AnswerPart{Kind: appliance.PartPassage, Citations: []appliance.Citation{citation(turn, span)}}
		if err := a.show(ctx, part); err != nil {
			return err
		}
		if len(shown) == most {
			break
		}
	}
	return nil
}

// bestTurn is the turn of a person that has most words in common with the question; false when nobody speaks.
func bestTurn(language appliance.Language, p Passage, question string) (best appliance.Turn, ok bool) {
	most := -1
	for _, t := range p.Turns {
		if t.Role != appliance.FromParticipant {
			continue
		}
		if n := shared(language, question, t.Content); n > most {
			best, most, ok = t, n, true
		}
	}
	return best, ok
}

// waits notes where the question stands in the queue in front of the model.
func (a *answering) waits(p inference.Place) {
	if a.work.wait(p) {
		a.tell(a.thread.ID)
	}
}

// ended says how an answer has ended whose work failed with err.
func (a *answering) ended(ctx context.Context, end store.AnswerEnd, err error) store.AnswerEnd {
	if err == nil {
		return end
	}
	end.State, end.Refused = appliance.AnswerInterrupted, a.checker.refused
	if errors.Is(context.Cause(ctx), errStopped) {
		end.State = appliance.AnswerStopped
	}
	if a.parts > 0 {
		end.Outcome = appliance.OutcomeSentences
	}
	return end
}
