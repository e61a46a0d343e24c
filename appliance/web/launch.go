package web

import (
	"context"
	"net/url"
	"slices"

	"harmonium/appliance"
	"harmonium/appliance/lan"
)

// Launch is what people need to come into a session.
type Launch struct {
	JoinURL   string          `json:"join_url" doc:"Where people take part"`
	Code      *string         `json:"code" nullable:"true" doc:"To type at code_url; null unless the session is open"`
	CodeURL   string          `json:"code_url"`
	Addresses []LaunchAddress `json:"addresses" doc:"Of the box, the best first; the path of join_url works at each of them"`
	QRSVGURL  string          `json:"qr_svg_url" doc:"The QR code of join_url; ?url=n draws it for the n-th address"`
}

// LaunchAddress is an address of the box.
type LaunchAddress struct {
	URL                 string `json:"url"`
	ReachableFromPhones bool   `json:"reachable_from_phones" doc:"False for an address that means this computer itself"`
	Warns               bool   `json:"warns" doc:"Browsers warn before they open it: the certificate in use is not for it"`
}

func (a *API) getLaunch(ctx context.Context, in *SessionPath) (*Output[Launch], error) {
	s, err := a.Store.Session(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	base := a.base()
	out := Launch{JoinURL: joinURL(base, s.ID), CodeURL: base + "/join", Addresses: []LaunchAddress{},
		QRSVGURL: "/api/v1/sessions/" + url.PathEscape(string(s.ID)) + "/qr.svg?url=0"}
	if s.Status == appliance.SessionOpen {
		out.Code = &s.JoinCode
	}
	for _, address := range a.Network.Addresses() {
		out.Addresses = append(out.Addresses, LaunchAddress{address.URL, address.Phones, address.Warns})
	}
	return &Output[Launch]{out}, nil
}

type qrInput struct {
	SessionPath
	URL int    `query:"url" minimum:"0" maximum:"100" default:"0" doc:"Which of the addresses of the launch page"`
	At  string `query:"at" maxLength:"300" doc:"The address itself, in place of its number; it is refused when it is not the box's any more"`
}

// SVGOutput is an image.
type SVGOutput struct {
	ContentType string `header:"Content-Type"`
	Body        []byte
}

func (a *API) getQR(ctx context.Context, in *qrInput) (*SVGOutput, error) {
	s, err := a.Store.Session(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	addresses := a.Network.Addresses()
	if in.At != "" {
		in.URL = slices.IndexFunc(addresses, func(address lan.Address) bool { return address.URL == in.At })
		if in.URL < 0 {
			return nil, appliance.Invalid("at", "The box is not reached at this address any more. Load the page again.")
		}
	}
	if in.URL >= len(addresses) {
		return nil, appliance.Invalid("url", "The box has %d addresses, numbered from 0.", len(addresses))
	}
	svg, err := lan.QRSVG(joinURL(addresses[in.URL].URL, s.ID))
	if err != nil {
		return nil, err
	}
	return &SVGOutput{"image/svg+xml", svg}, nil
}
