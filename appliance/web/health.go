package web

import (
	"bytes"
	"context"
	"net/http"
	"net/netip"

	"harmonium/appliance"
	"harmonium/appliance/auth"
)

// Health says how the box is, in sentences that a person can act on.
type Health struct {
	Mode      string           `json:"mode" enum:"guided,model" doc:"What leads conversations: rules (guided), or a model"`
	Sentences []HealthSentence `json:"sentences"`
	Version   string           `json:"version"`
	Addresses []string         `json:"addresses" doc:"Under which the box answers, the best to give out first"`
	CanJoin   bool             `json:"can_join_from_network" doc:"Another device in the building can reach the box"`
}

// HealthSentence is one finding.
type HealthSentence struct {
	About  string                 `json:"about" doc:"What it is about, one word"`
	Level  appliance.Level        `json:"level" enum:"ok,warn,fail"`
	Code   string                 `json:"code,omitempty" doc:"What was found, for a page that says it in its own language; codes stay what they are. Left out where there are no other words than these"`
	Values map[string]HealthValue `json:"values,omitempty" doc:"What the sentence speaks of, by name"`
	Text   string                 `json:"text" doc:"In English"`
	Todo   string                 `json:"todo,omitempty" doc:"What to do about it, in English"`
}

// HealthValue is a part of a finding that differs from box to box.
type HealthValue struct {
	Kind  appliance.ValueKind `json:"kind" enum:"text,number,bytes,seconds,time" doc:"How to write it"`
	Value string              `json:"value" doc:"Decimal, or RFC 3339 for a time"`
}

func healthSentence(f appliance.Finding) HealthSentence {
	h := HealthSentence{About: f.About, Level: f.Level, Code: f.Code, Text: f.Text, Todo: f.Todo}
	for name, v := range f.Values {
		if h.Values == nil {
			h.Values = make(map[string]HealthValue, len(f.Values))
		}
		h.Values[name] = HealthValue(v)
	}
	return h
}

func (a *API) getHealth(ctx context.Context, _ *None) (*Output[Health], error) {
	h := Health{Mode: a.mode(), Sentences: []HealthSentence{}, Version: a.Version, Addresses: []string{}}
	for _, f := range a.Findings(ctx) {
		h.Sentences = append(h.Sentences, healthSentence(f))
	}
	for _, address := range a.Network.Addresses() {
		h.Addresses = append(h.Addresses, address.URL)
		h.CanJoin = h.CanJoin || address.Phones
	}
	return &Output[Health]{h}, nil
}

// followClock has the box go by the clock of the machine, which it did not follow. What is over by that clock ends then:
// log-ins too.
func (a *API) followClock(ctx context.Context, _ *None) (*None, error) {
	if s := a.Times.State(); s.Apart {
		if err := a.Store.Note(ctx, callerOf(ctx).By(), "box.clock", s.String()); err != nil {
			return nil, err
		}
	}
	a.Times.Follow()
	return nil, nil
}

// metrics gives the figures of the box to a program on the same machine, or to one with the key of an administrator.
func (a *API) metrics(w http.ResponseWriter, r *http.Request) {
	if err := a.mayReadMetrics(r); err != nil {
		a.writeProblem(w, r, err)
		return
	}
	var b bytes.Buffer
	if err := a.Metrics(r.Context(), &b); err != nil {
		a.writeProblem(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	w.Write(b.Bytes())
}

// mayReadMetrics allows the machine itself (ASVS 13.4.5). A request that a proxy on the same machine hands on comes
// from elsewhere.
func (a *API) mayReadMetrics(r *http.Request) error {
	c, err := a.caller(r)
	if err != nil {
		return err
	}
	if c.Key != nil && auth.KeyGrants(c.Key.Scopes, appliance.ScopeAdminRead) && c.Account.Role.AtLeast(appliance.RoleAdmin) {
		return nil
	}
	ip, err := netip.ParseAddr(c.Address)
	forwarded := r.Header.Get("Forwarded") != "" || r.Header.Get("X-Forwarded-For") != ""
	if err == nil && ip.IsLoopback() && !forwarded {
		return nil
	}
	return appliance.Errorf(appliance.CodeNotFound, "There is nothing under this address, or you may not see it.")
}
