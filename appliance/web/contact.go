package web

import (
	"context"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// Contact is what the organisation tells everybody who uses the box.
type Contact struct {
	Contact string `json:"contact" maxLength:"4000" doc:"Whom to ask; empty when nobody has written it"`
	Imprint string `json:"imprint" maxLength:"4000" doc:"Who is responsible for the box; empty when nobody has written it"`
}

func (a *API) getContact(ctx context.Context, _ *None) (*Output[Contact], error) {
	var c appliance.Contact
	if _, err := a.Store.Setting(ctx, store.SettingContact, &c); err != nil {
		return nil, err
	}
	return &Output[Contact]{Contact(c)}, nil
}

// setContact replaces both texts.
func (a *API) setContact(ctx context.Context, in *Input[Contact]) (*Output[Contact], error) {
	c := appliance.Contact(in.Body)
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if err := a.Store.SetSetting(ctx, callerOf(ctx).By(), store.SettingContact, c); err != nil {
		return nil, err
	}
	return a.getContact(ctx, nil)
}
