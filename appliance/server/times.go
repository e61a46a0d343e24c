package server

import (
	"context"
	"time"

	"harmonium/appliance/clock"
)

// Times is how the clock of the machine and the time of the box are.
type Times struct {
	Box     time.Time `json:"box"`
	Machine time.Time `json:"machine"`
	Apart   bool      `json:"apart"` // the box goes by its own time
	// Since is when they went apart, by the time of the box.
	Since *time.Time `json:"since"`
	Alone bool       `json:"follows_alone"` // when the clock of the machine stays as it is
}

func timesOf(s clock.State) Times {
	return Times{Box: s.Box.UTC(), Machine: s.Machine.UTC(), Apart: s.Apart, Since: timeOrNil(s.Since), Alone: s.Alone}
}

// Times tells how the clocks are.
func (a *Admin) Times(context.Context, None) (Times, error) { return timesOf(a.keeper.State()), nil }

// FollowClock has the box go by the clock of the machine, since whoever asks says that it is right. It gives how the clocks
// are then.
func (a *Admin) FollowClock(ctx context.Context, _ None) (Times, error) {
	if s := a.keeper.State(); s.Apart {
		if err := a.store.Note(ctx, a.by(), "box.clock", s.String()); err != nil {
			return Times{}, err
		}
	}
	a.keeper.Follow()
	return timesOf(a.keeper.State()), a.keeper.Keep()
}
