package retention

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// Order is what somebody wants to be erased.
type Order struct {
	Kind      appliance.ErasureKind     // sessions, project, person, own or everything
	Sessions  []appliance.SessionID     // of kind sessions: only these; none: all that fit
	Project   appliance.ProjectID       // of kind sessions: in this one; of kind project: which
	OlderThan int                       // of kind sessions: days in which nothing has happened; 0: whenever
	People    []appliance.ParticipantID // of kind person
}

// Plan is what an order would erase.
type Plan struct {
	Objects  []appliance.Erased
	Counts   appliance.ErasedCounts
	Sessions []store.Erasable // that go
	Held     []store.Erasable // that stay, since a legal hold is on them
	Phrase   string           // what has to be typed
	Token    string           // of these objects
}

// Plan says what an order by an account would erase, and changes nothing.
func (k *Keeper) Plan(ctx context.Context, account appliance.Account, o Order) (p Plan, err error) {
	switch o.Kind {
	case appliance.EraseSessions:
		f := store.ErasableFilter{Project: o.Project}
		if o.OlderThan > 0 {
			f.Before = k.Clock().AddDate(0, 0, -o.OlderThan)
		}
		err = k.sessions(ctx, &p, account, f, o.Sessions)
		p.Phrase = strconv.Itoa(len(p.Sessions))
	case appliance.EraseProject:
		err = k.project(ctx, &p, account, o.Project)
	case appliance.EraseOwn:
		if err = k.sessions(ctx, &p, account, store.ErasableFilter{Own: true}, nil); err == nil {
			err = k.things(ctx, &p, func() ([]appliance.Erased, error) { return k.Store.OwnThings(ctx, account.ID) })
		}
		p.Phrase = account.Email
	case appliance.EraseEverything:
		err = k.everything(ctx, &p, account)
		p.Phrase = account.Email
	case appliance.ErasePerson:
		err = k.person(ctx, &p, o.People)
	default:
		err = appliance.Invalid("kind", "This cannot be erased. Nothing was changed.")
	}
	if err != nil {
		return Plan{}, err
	}
	p.Counts, err = k.Store.CountErasure(ctx, p.Objects)
	p.Token = tokenOf(p.Objects)
	return p, err
}

func (k *Keeper) sessions(ctx context.Context, p *Plan, account appliance.Account, f store.ErasableFilter, only []appliance.SessionID) error {
	list, err := k.Store.Erasable(ctx, account.ID, f)
	if err != nil {
		return err
	}
	wanted := map[appliance.SessionID]bool{}
	for _, id := range only {
		wanted[id] = true
	}
	for _, e := range list {
		switch {
		case len(only) > 0 && !wanted[e.ID]:
		case e.Held:
			p.Held = append(p.Held, e)
		default:
			p.Sessions = append(p.Sessions, e)
			p.Objects = append(p.Objects, appliance.Erased{Kind: "session", ID: string(e.ID)})
		}
	}
	return nil
}

// person names what goes of people, and in which sessions something of them stays since a legal hold is on it.
func (k *Keeper) person(ctx context.Context, p *Plan, people []appliance.ParticipantID) error {
	list, held, err := k.Store.PersonObjects(ctx, people)
	p.Objects, p.Phrase = list, strconv.Itoa(len(list))
	for _, h := range held {
		i := slices.IndexFunc(p.Held, func(e store.Erasable) bool { return e.ID == h.SessionID })
		if i < 0 {
			i = len(p.Held)
			p.Held = append(p.Held, store.Erasable{ID: h.SessionID, Topic: h.Topic, LastAt: h.At, Held: true})
		}
		if !h.Expected {
			p.Held[i].Conversations++
		}
	}
	return err
}

// things adds what is no session, unless everything is held.
func (k *Keeper) things(ctx context.Context, p *Plan, of func() ([]appliance.Erased, error)) error {
	held, err := k.Store.BoxHeld(ctx)
	if err != nil || held {
		return err
	}
	list, err := of()
	for _, e := range list {
		if e.Kind == "project" && len(p.Held) > 0 {
			continue // which of them hold something that stays is not asked; they hold nothing that people said
		}
		p.Objects = append(p.Objects, e)
	}
	return err
}

func (k *Keeper) project(ctx context.Context, p *Plan, account appliance.Account, id appliance.ProjectID) error {
	what, _, err := k.Store.Project(ctx, account.ID, id)
	if err != nil {
		return err
	}
	if !what.Role.AtLeast(appliance.RoleOwner) {
		return appliance.Errorf(appliance.CodeForbidden, "Only an owner of the project can erase it. Nothing was changed.")
	}
	p.Phrase = what.Title
	if err := k.sessions(ctx, p, account, store.ErasableFilter{Project: id}, nil); err != nil || len(p.Held) > 0 {
		return err // the project stays with what is held in it
	}
	p.Objects = append(p.Objects, appliance.Erased{Kind: "project", ID: string(id)})
	return nil
}

func (k *Keeper) everything(ctx context.Context, p *Plan, account appliance.Account) error {
	if err := k.sessions(ctx, p, account, store.ErasableFilter{}, nil); err != nil {
		return err
	}
	return k.things(ctx, p, func() ([]appliance.Erased, error) { return k.Store.AllThings(ctx) })
}

// Carry carries out an order that was planned. It is refused when not the phrase was typed, and when it would erase other
// things than the plan with the token.
func (k *Keeper) Carry(ctx context.Context, by store.By, account appliance.Account, o Order, typed, token string) (r appliance.Receipt, err error) {
	p, err := k.Plan(ctx, account, o)
	switch {
	case err != nil:
		return r, err
	case p.Token != token:
		return r, appliance.Errorf(appliance.CodeConflict, "What would be erased is not the same any more as when it was shown. "+
			"Nothing was erased. Look at it again.")
	case len(p.Objects) == 0:
		return r, appliance.Errorf(appliance.CodeUnprocessable, "There is nothing to erase.")
	case typed != p.Phrase:
		return r, appliance.Invalid("typed", "This is not what was to be typed. Nothing was erased.")
	}
	return k.Begin(ctx, by, o.Kind, p.Objects)
}

// tokenOf tells one list of things from another.
func tokenOf(list []appliance.Erased) string {
	h := sha256.New()
	for _, e := range list {
		fmt.Fprintf(h, "%s %s\n", e.Kind, e.ID)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// Ahead is how far one looks at what goes by itself.
const Ahead = 30 * 24 * time.Hour
