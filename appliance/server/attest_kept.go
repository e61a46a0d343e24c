package server

import (
	"context"
	"net/url"

	"harmonium/appliance"
	"harmonium/appliance/privacy"
	"harmonium/appliance/store"
)

// toldDeletions is how many receipts the facts tell of.
const toldDeletions = 100

// peopleFacts adds who gets at what is kept, how long it is kept, and what was deleted.
func (s *Server) peopleFacts(ctx context.Context, f *privacy.Facts) error {
	accounts, err := s.store.Accounts(ctx)
	if err != nil {
		return err
	}
	keys, err := s.store.Keys(ctx, "")
	if err != nil {
		return err
	}
	// Those who did something are told by their address, under which they are among the accounts.
	names := map[string]string{}
	for _, a := range accounts {
		names[string(a.ID)] = a.Email
	}
	of := map[appliance.AccountID]int{}
	for _, k := range keys {
		of[k.AccountID]++
		names[string(k.ID)] = names[string(k.AccountID)] + " (API)"
	}
	f.Accounts = []privacy.Account{}
	for _, a := range accounts {
		f.Accounts = append(f.Accounts, privacy.Account{Email: a.Email, Name: a.Name, Role: a.Role, Disabled: a.Disabled, Since: a.CreatedAt.UTC(),
			Factor: a.Factor, Keys: of[a.ID]})
	}
	if f.FactorRule, err = s.store.FactorRule(ctx); err != nil {
		return err
	}
	if err := s.hookFacts(ctx, f); err != nil {
		return err
	}
	return s.keptFacts(ctx, f, names)
}

func (s *Server) hookFacts(ctx context.Context, f *privacy.Facts) error {
	hooks, err := s.store.Webhooks(ctx)
	f.Hooks = []privacy.Hook{}
	for _, h := range hooks {
		to := "?"
		if u, err := url.Parse(h.URL); err == nil {
			to = u.Scheme + "://" + u.Host
		}
		f.Hooks = append(f.Hooks, privacy.Hook{To: to, Events: append([]appliance.EventType{}, h.Events...), Enabled: h.Enabled})
	}
	return err
}

func (s *Server) keptFacts(ctx context.Context, f *privacy.Facts, names map[string]string) (err error) {
	if f.Keeping.Retention, err = s.store.BoxRetention(ctx); err != nil {
		return err
	}
	if f.Keeping.Own, err = s.store.OwnPeriods(ctx); err != nil {
		return err
	}
	holds, err := s.store.Holds(ctx)
	if err != nil {
		return err
	}
	f.Holds = []privacy.Hold{}
	for _, h := range holds {
		if !h.InForce(f.At) {
			continue
		}
		told := privacy.Hold{ID: h.ID, Kind: h.Kind, Object: h.Object, By: named(names, h.PlacedBy), Since: h.PlacedAt.UTC()}
		if !h.Until.IsZero() {
			until := h.Until.UTC()
			told.Until = &until
		}
		f.Holds = append(f.Holds, told)
	}
	wishes, err := s.store.Withdrawals(ctx)
	if err != nil {
		return err
	}
	f.Deleted.Waiting = len(wishes)
	return s.deletedFacts(ctx, f, names)
}

func (s *Server) deletedFacts(ctx context.Context, f *privacy.Facts, names map[string]string) error {
	list, total, err := s.store.Receipts(ctx, store.Page{Limit: toldDeletions})
	if err != nil {
		return err
	}
	f.Deleted.Total, f.Deleted.Last = total, []privacy.Deletion{}
	for _, r := range list {
		d := privacy.Deletion{ID: r.ID, Kind: r.Kind, Rule: r.Rule, By: named(names, r.Actor), Counts: r.Counts, Began: r.BeganAt.UTC()}
		if !r.WipedAt.IsZero() {
			wiped := r.WipedAt.UTC()
			d.Wiped = &wiped
		}
		f.Deleted.Last = append(f.Deleted.Last, d)
	}
	if len(list) > 0 && f.BackupDays > 0 {
		until := list[0].BeganAt.UTC().AddDate(0, 0, f.BackupDays)
		f.Deleted.BackupsUntil = &until
	}
	kept, err := store.ReplacedStates(s.store.Dir())
	if len(kept) > 0 {
		at := kept[len(kept)-1].At.UTC()
		f.Deleted.Replaced = &at
	}
	return err
}

// named gives the name of an actor of the audit trail, or the actor itself.
func named(names map[string]string, actor string) string {
	if name, known := names[actor]; known {
		return name
	}
	return actor
}

// serving says which model does which work by the choice of the box.
func (s *Server) serving() []privacy.Serving {
	list := []privacy.Serving{}
	for _, role := range appliance.ModelRoles() {
		served := privacy.Serving{Role: role}
		if m, err := s.models.Model(role, nil); err == nil {
			served.Model, served.Digest = m.Name, m.Digest
		}
		list = append(list, served)
	}
	return list
}
