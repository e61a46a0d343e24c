package web

import (
	"context"

	"harmonium/appliance/capacity"
	"harmonium/appliance/inference"
	"harmonium/appliance/room"
	"harmonium/appliance/store"
)

// Capacity is how many people can talk with the box at once: how a measurement goes, and what was measured last.
type Capacity struct {
	Status  capacity.Status        `json:"status" enum:",running,done,stopped,talking,failed" doc:"Of the measurement that runs or was the last since the start of the box; empty for none. talking: it ended because people began to talk"`
	Why     inference.Kind         `json:"why" doc:"Why it failed, where that is the model"`
	Step    int                    `json:"step" doc:"That is done, of steps"`
	Steps   int                    `json:"steps"`
	Present OrNull[CapacityResult] `json:"present" doc:"What it has measured so far"`
	Last    OrNull[CapacityResult] `json:"last" doc:"The last whole measurement, which is stored; null for none"`
}

// CapacityResult is what was measured.
type CapacityResult struct {
	At       Time            `json:"at"`
	Model    string          `json:"model" doc:"Empty where no model led conversations: only rules were measured"`
	Digest   string          `json:"digest" doc:"Of its files"`
	Slots    int             `json:"slots" doc:"So many requests the model works on at the same time"`
	Levels   []CapacityLevel `json:"levels"`
	People   int             `json:"people" doc:"So many can talk at once with the model and have the first word of the next question within the promised time, nine times of ten; 0: not even one"`
	Within   float64         `json:"within_seconds" doc:"The promised time"`
	Thinking float64         `json:"thinking_seconds" doc:"That each takes for an answer, as it is assumed"`
	Answers  float64         `json:"answers_per_second" doc:"Measured by rules"`
	Guided   int             `json:"guided_people" doc:"So many can talk at once by rules"`
}

// CapacityLevel is what was measured with so many people at once.
type CapacityLevel struct {
	AtOnce    int     `json:"at_once"`
	FirstMS   int     `json:"first_ms" doc:"To the first word, with the whole interview to read"`
	AgainMS   int     `json:"again_ms" doc:"To the first word, with the beginning of the interview known"`
	TurnMS    int     `json:"turn_ms" doc:"That one turn needs the model"`
	Write     float64 `json:"write" doc:"Tokens of an answer a second, of each"`
	Read      float64 `json:"read" doc:"Tokens of prompts a second, of all together; 0: not measured"`
	Prompt    int     `json:"prompt_tokens"`
	Answer    int     `json:"answer_tokens"`
	Disturbed bool    `json:"disturbed" doc:"Others were at work too"`
}

func capacityOut(r capacity.Result) OrNull[CapacityResult] {
	out := CapacityResult{At: Time{r.At}, Model: r.Model, Digest: r.Digest, Slots: r.Slots, Levels: []CapacityLevel{}, People: r.People,
		Within: r.Within, Thinking: r.Thinking, Answers: r.Answers, Guided: r.Guided}
	ms := func(seconds float64) int { return int(seconds * 1000) }
	for _, l := range r.Levels {
		out.Levels = append(out.Levels, CapacityLevel{l.AtOnce, ms(l.First), ms(l.Again), ms(l.Turn), l.Write, l.Read, l.Prompt, l.Answer, l.Disturbed})
	}
	return OrNull[CapacityResult]{&out}
}

func (a *API) getCapacity(ctx context.Context, _ *None) (*Output[Capacity], error) {
	var out Output[Capacity]
	var last capacity.Result
	known, err := a.Store.Setting(ctx, store.SettingCapacity, &last)
	if err != nil {
		return nil, err
	}
	if known {
		out.Body.Last = capacityOut(last)
	}
	if s, ok := a.Capacity.State(); ok {
		c := &out.Body
		c.Status, c.Why, c.Step, c.Steps, c.Present = s.Status, s.Why, s.Step, s.Steps, capacityOut(s.Result)
	}
	return &out, nil
}

// MeasureCapacity says how to measure.
type MeasureCapacity struct {
	Anyway bool `json:"anyway,omitempty" doc:"Also while people talk, who then wait longer"`
}

// measureCapacity begins to measure. One measurement runs at a time.
func (a *API) measureCapacity(ctx context.Context, in *Input[MeasureCapacity]) (*Output[Capacity], error) {
	if err := a.Room.Admit(room.Extra); err != nil {
		return nil, err
	}
	by := callerOf(ctx).By()
	keep := func(ctx context.Context, r capacity.Result) error {
		return a.Store.SetSetting(ctx, by, store.SettingCapacity, r)
	}
	if _, err := a.Capacity.Start(ctx, in.Body.Anyway, keep); err != nil {
		return nil, err
	}
	return a.getCapacity(ctx, nil)
}

// stopCapacity ends the measurement that runs. Nothing of it is kept.
func (a *API) stopCapacity(context.Context, *None) (*None, error) {
	a.Capacity.Stop()
	return nil, nil
}
