package server

import (
	"context"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/capacity"
	"harmonium/appliance/facilitation"
	"harmonium/appliance/inference"
	"harmonium/appliance/room"
	"harmonium/appliance/store"
)

// talkingWithin is how lately somebody must have spoken in a conversation for it to count as one that goes on.
const talkingWithin = 5 * time.Minute

// connectionsOfOne is how many connections the phone of one person has open at the same time at most.
const connectionsOfOne = 6

// newCapacity makes what measures how many people the box can talk with at once.
func (s *Server) newCapacity() *capacity.Runner {
	return capacity.New(capacity.Options{
		Gateway: s.models, Clock: s.clock, Log: s.log, QuickEnough: facilitation.QuickEnough, Most: maxConnections / connectionsOfOne,
		Turn: func(person, answers int) (weigh, speak inference.Request) {
			r := facilitation.Rehearse(person, answers)
			return r.Weigh, r.Speak
		},
		Guided: func(ctx context.Context) (float64, error) {
			return facilitation.RehearseByRules(ctx, s.store.Dir(), s.clock)
		},
		People: func(ctx context.Context) (int, error) { return s.store.Talking(ctx, talkingWithin) },
	})
}

// carries says how many people can talk at once, as it was measured last.
func (d checkup) carries(ctx context.Context) appliance.Finding {
	var r capacity.Result
	if known, err := d.store.Setting(ctx, store.SettingCapacity, &r); err != nil || !known {
		return found(appliance.LevelOK, "capacity.unknown", nil)
	}
	with := values{"guided": number(r.Guided), "at": moment(r.At), "model": text(r.Model), "people": number(r.People), "within": seconds(capacity.FirstWord)}
	leads, err := d.gateway.Model(appliance.ModelFacilitator, nil)
	switch {
	case r.Model == "":
		return found(appliance.LevelOK, "capacity.rules", with)
	case err == nil && leads.Digest != r.Digest:
		return found(appliance.LevelOK, "capacity.other", with)
	case r.People == 0:
		return found(appliance.LevelWarn, "capacity.slow", with)
	}
	return found(appliance.LevelOK, "capacity.people", with)
}

// CapacityStart says how to measure.
type CapacityStart struct {
	Anyway bool `json:"anyway"` // also while people talk
}

// Capacity is how the measurement is that runs or was the last one since the start, and what was measured last at all.
type Capacity struct {
	Status  capacity.Status  `json:"status"` // "": none since the start
	Why     inference.Kind   `json:"why"`
	Step    int              `json:"step"`
	Steps   int              `json:"steps"`
	Present *capacity.Result `json:"present"` // of that measurement, as far as it has come
	Last    *capacity.Result `json:"last"`    // that was stored; null for none
}

// StartCapacity begins to measure.
func (a *Admin) StartCapacity(ctx context.Context, in CapacityStart) (Capacity, error) {
	if a.capacity == nil {
		return Capacity{}, appliance.Errorf(appliance.CodeConflict,
			"The server is not running, and it is the running one that is measured. Nothing was changed. Start it, then measure.")
	}
	if err := a.room.Admit(room.Extra); err != nil {
		return Capacity{}, err
	}
	keep := func(ctx context.Context, r capacity.Result) error {
		return a.store.SetSetting(ctx, a.by(), store.SettingCapacity, r)
	}
	if _, err := a.capacity.Start(ctx, in.Anyway, keep); err != nil {
		return Capacity{}, err
	}
	return a.Capacity(ctx, None{})
}

// StopCapacity ends the measurement that runs, if one does.
func (a *Admin) StopCapacity(context.Context, None) (None, error) {
	if a.capacity != nil {
		a.capacity.Stop()
	}
	return None{}, nil
}

// Capacity tells how far a measurement is, and what was measured last.
func (a *Admin) Capacity(ctx context.Context, _ None) (c Capacity, err error) {
	var last capacity.Result
	known, err := a.store.Setting(ctx, store.SettingCapacity, &last)
	if err != nil {
		return c, err
	}
	if known {
		c.Last = &last
	}
	if a.capacity == nil {
		return c, nil
	}
	if s, ok := a.capacity.State(); ok {
		c.Status, c.Why, c.Step, c.Steps, c.Present = s.Status, s.Why, s.Step, s.Steps, &s.Result
	}
	return c, nil
}
