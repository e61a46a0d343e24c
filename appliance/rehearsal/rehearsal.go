// Package rehearsal tries a session out before people come: it plays simulated participants in real conversations with
// the facilitator, and tells how conversations of a rehearsal went.
//
// Simulated participants are played by the analyst's model where there is one, else by lines that stand in lines/. They
// speak through the same engine as people do, so what a rehearsal shows is what people will meet. Their conversations
// are marked as rehearsals and kept out of results; package store sees to that.
package rehearsal

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"

	"harmonium/appliance"
	"harmonium/appliance/facilitation"
	"harmonium/appliance/inference"
	"harmonium/appliance/prompt"
	"harmonium/appliance/store"
)

//go:embed lines/*.json
var lineFiles embed.FS

//go:embed prompts
var promptFiles embed.FS

// Limits of what a simulated participant says.
const (
	playTokens  = 200 // of one answer by a model
	temperature = 0.8
	maxMessages = 60 // in one conversation; a guide ends long before
)

// nature is how a character is described to a model, and how many words it takes at most.
var natures = map[appliance.Character]struct {
	words int
	text  string
}{
	appliance.CharacterPlain:     {60, "You answer what is asked, with a reason or an example from your working day."},
	appliance.CharacterTerse:     {6, "You say as little as possible, two to six words, and never explain by yourself."},
	appliance.CharacterTalkative: {140, "You talk a lot, lose the thread, tell old stories, and only somewhere in them answer what was asked."},
	appliance.CharacterHostile:   {40, "You distrust the interview, complain, and are rude to whoever asks."},
	appliance.CharacterOffTopic:  {40, "You mostly speak of something else, such as the weather, sports or the canteen."},
	appliance.CharacterSecond:    {30, "You speak this language as a foreign one: simple words, short sentences, mistakes; sometimes you do not understand the question and say so."},
}

// Rehearsal plays simulated participants.
type Rehearsal struct {
	Options
}

// Options is what a Rehearsal is made of.
type Options struct {
	Store  *store.Store
	Engine *facilitation.Engine
	Models *inference.Gateway // nil plays by lines
	Log    *slog.Logger       // never gets content
}

// New makes a Rehearsal.
func New(o Options) *Rehearsal { return &Rehearsal{o} }

// Play is the work of JobRehearse: it plays the simulated participants of a session, one conversation after the other,
// until all have ended. It goes on where it was after a restart, since what was said is in the store.
func (r *Rehearsal) Play(ctx context.Context, job appliance.Job, progress func(done, total int)) error {
	for played := 0; ; played++ {
		seat, who, ok, err := r.Store.NextRehearsal(ctx, job.SessionID)
		if err != nil || !ok {
			return err
		}
		if err := r.converse(ctx, seat, who, func(done, total int) { progress(played*total+done, (played+1)*total) }); err != nil {
			return err
		}
	}
}

// converse plays one participant to the end of the conversation.
func (r *Rehearsal) converse(ctx context.Context, seat store.Seat, who appliance.Character, progress func(done, total int)) error {
	p, err := r.begin(ctx, seat, who)
	if err != nil {
		return err
	}
	for range maxMessages {
		turns, err := r.Store.Turns(ctx, seat.ConversationID)
		if err != nil {
			return err
		}
		if n := len(turns); n == 0 || turns[n-1].Role == appliance.FromParticipant {
			if _, err := r.Engine.Answer(ctx, seat.ConversationID, n-1); err != nil && !over(err) {
				return err
			}
			if turns, err = r.Store.Turns(ctx, seat.ConversationID); err != nil {
				return err
			}
		}
		c, err := r.Store.Conversation(ctx, seat.ConversationID)
		if err != nil || c.State == appliance.ConversationFinished {
			return err
		}
		progress(min(c.Turns, p.expected), p.expected)
		if err := p.speak(ctx, turns); err != nil && !over(err) {
			return err
		}
	}
	_, err = r.Store.FinishConversation(ctx, seat.ConversationID, appliance.EndedEarly)
	return err
}

// over says that a conversation has ended meanwhile, which is no failure: the next look at it tells.
func over(err error) bool {
	return errors.Is(err, store.ErrEnded) || appliance.CodeOf(err) == appliance.CodeConflict
}

// player is one simulated participant.
type player struct {
	*Rehearsal
	who      appliance.Character
	seat     store.Seat
	language appliance.Language
	about    string
	titles   map[appliance.TopicID]string
	expected int // messages
}

func (r *Rehearsal) begin(ctx context.Context, seat store.Seat, who appliance.Character) (*player, error) {
	c, err := r.Store.Conversation(ctx, seat.ConversationID)
	if err != nil {
		return nil, err
	}
	v, err := r.Store.Guide(ctx, seat.SessionID, c.GuideVersion)
	if err != nil {
		return nil, err
	}
	p := &player{Rehearsal: r, who: who, seat: seat, language: c.Language, about: v.Brief.Topic, titles: map[appliance.TopicID]string{},
		expected: facilitation.NewPlan(v.Guide, c.Language).Turns()}
	for _, t := range v.Guide.Topics {
		p.titles[t.ID] = t.Title
	}
	return p, nil
}

// speak says what the participant says next: by the control of the question where it has one.
func (p *player) speak(ctx context.Context, turns []appliance.Turn) (err error) {
	key := fmt.Sprintf("rehearsal-%d", len(turns))
	if a, ok := p.pick(turns); ok {
		_, _, err = p.Engine.Pick(ctx, p.seat, a, key)
		return err
	}
	_, _, err = p.Engine.Say(ctx, p.seat, p.answer(ctx, turns), key)
	return err
}

// pick is what the participant answers by the control of the last question. Those who quarrel or speak of something else
// write in its place, as some people do.
func (p *player) pick(turns []appliance.Turn) (a appliance.ControlAnswer, ok bool) {
	last := turns[len(turns)-1]
	if last.Control == nil || p.who == appliance.CharacterHostile || p.who == appliance.CharacterOffTopic {
		return a, false
	}
	a.TurnID = last.ID
	n := p.chance() + len(turns)
	switch c := last.Control; c.Type {
	case appliance.ControlRating:
		a.Rating = 1 + n%c.Scale
	case appliance.ControlRanking:
		for i := range c.Options {
			a.Chosen = append(a.Chosen, (n+i)%len(c.Options))
		}
	default:
		a.Chosen = []int{n % len(c.Options)}
	}
	return a, true
}

// chance is a number that differs between conversations: two rehearsals of one character do not go alike.
func (p *player) chance() int { return int(p.seat.ConversationID[len(p.seat.ConversationID)-1]) }

// answer is what the participant says next: by the model, and by lines where there is none or it gives nothing of use.
func (p *player) answer(ctx context.Context, turns []appliance.Turn) string {
	if text, ok := p.byModel(ctx, turns); ok {
		return text
	}
	said := 0
	for _, t := range turns {
		if t.Role == appliance.FromParticipant {
			said++
		}
	}
	lines := linesOf(p.language)[p.who]
	topic := p.about
	if n := len(turns); n > 0 && p.titles[turns[n-1].TopicID] != "" {
		topic = p.titles[turns[n-1].TopicID]
	}
	return strings.ReplaceAll(lines[(p.chance()+said)%len(lines)], "{topic}", topic)
}

func (p *player) byModel(ctx context.Context, turns []appliance.Turn) (string, bool) {
	if p.Models == nil {
		return "", false
	}
	choice, err := p.Store.ModelChoice(ctx, p.seat.SessionID)
	if err != nil {
		return "", false
	}
	if _, err := p.Models.Model(appliance.ModelAnalyst, choice); err != nil {
		return "", false
	}
	nature := natures[p.who]
	list := []inference.Message{{Role: "system", Content: playPrompt().Render(map[string]any{"About": p.about,
		"Language": prompt.Language(p.language), "Character": nature.text, "Words": nature.words})}}
	for _, t := range turns[max(0, len(turns)-12):] {
		role, content := "user", prompt.Fence(t.Content)
		if t.Role == appliance.FromParticipant {
			role, content = "assistant", t.Content
		}
		list = append(list, inference.Message{Role: role, Content: content})
	}
	a, err := p.Models.Chat(ctx, inference.Request{Role: appliance.ModelAnalyst, Choice: choice, Owner: string(p.seat.ConversationID),
		Messages: list, MaxTokens: playTokens, Temperature: temperature}, nil)
	text := strings.TrimSpace(a.Text)
	if err != nil && inference.KindOf(err) != inference.CutOff || facilitation.CheckMessage(text) != nil {
		p.Log.Info("a simulated participant speaks by lines: the model gave nothing of use", "conversation", string(p.seat.ConversationID))
		return "", false
	}
	return text, true
}

var playPrompt = sync.OnceValue(func() *prompt.Template { return prompt.Load(promptFiles, "prompts/play.txt") })

// linesOf gives the lines of each character in a language, in English where the box has none.
func linesOf(language appliance.Language) map[appliance.Character][]string {
	all := allLines()
	if lines, ok := all[language]; ok {
		return lines
	}
	return all[appliance.English]
}

var allLines = sync.OnceValue(func() map[appliance.Language]map[appliance.Character][]string {
	files, err := lineFiles.ReadDir("lines")
	if err != nil {
		panic(err) // compiled in
	}
	all := map[appliance.Language]map[appliance.Character][]string{}
	for _, f := range files {
		content, err := appliance.ReadCarried(lineFiles, "lines/"+f.Name())
		if err != nil {
			panic(err)
		}
		lines := map[appliance.Character][]string{}
		if err := json.Unmarshal(content, &lines); err != nil {
			panic(fmt.Sprintf("rehearsal: %s: %v", f.Name(), err))
		}
		all[appliance.Language(strings.TrimSuffix(f.Name(), ".json"))] = lines
	}
	return all
})
