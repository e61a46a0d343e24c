package web

import (
	"context"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// Leading says how conversations are led where a session sets nothing.
type Leading struct {
	OfferAfter    int    `json:"offer_after" minimum:"0" maximum:"120" doc:"Seconds without a word until participants are offered guided mode; 0 is that of the program"`
	TakeOverAfter int    `json:"take_over_after" minimum:"0" maximum:"300" doc:"Seconds without a word until guided mode takes over; 0 is that of the program"`
	HelpText      string `json:"help_text" maxLength:"1000" doc:"Where help is; empty for the built-in words"`
}

func leadingOut(l appliance.Leading) Leading {
	return Leading{l.OfferAfter, l.TakeOverAfter, l.HelpText}
}

// leadingOf gives how the conversations of a session are led, with what the box and the program set.
func (a *API) leadingOf(ctx context.Context, id appliance.SessionID) (Leading, error) {
	l, _, err := a.Store.Leading(ctx, id)
	return leadingOut(l), err
}

func (a *API) getLeading(ctx context.Context, _ *None) (*Output[Leading], error) {
	var box appliance.Leading
	if _, err := a.Store.Setting(ctx, store.SettingLeading, &box); err != nil {
		return nil, err
	}
	return &Output[Leading]{leadingOut(box.Over(appliance.Leading{}))}, nil
}

// chooseLeading replaces how the box leads conversations where a session sets nothing. It holds for the next turn.
func (a *API) chooseLeading(ctx context.Context, in *Input[Leading]) (*Output[Leading], error) {
	box := appliance.Leading{OfferAfter: in.Body.OfferAfter, TakeOverAfter: in.Body.TakeOverAfter, HelpText: in.Body.HelpText}
	if err := box.Validate(); err != nil {
		return nil, err
	}
	if err := a.Store.SetSetting(ctx, callerOf(ctx).By(), store.SettingLeading, box); err != nil {
		return nil, err
	}
	return a.getLeading(ctx, nil)
}
