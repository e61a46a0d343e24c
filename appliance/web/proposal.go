package web

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"sync"

	"harmonium/appliance"
	"harmonium/appliance/guide"
)

// WishRequest says how the guide should change.
type WishRequest struct {
	Wish  string `json:"wish" maxLength:"1000" doc:"In words: make it shorter, ask about money first"`
	Guide *Guide `json:"guide,omitempty" doc:"The guide as it is being edited; the one in use when left out"`
}

// GuideProposal is a guide that was not saved. Who likes it saves it like any other.
type GuideProposal struct {
	Guide         Guide  `json:"guide"`
	BaseVersion   int    `json:"base_version" doc:"The version in use when it was made"`
	MadeBy        string `json:"made_by" doc:"Name of the model"`
	PromptVersion string `json:"prompt_version" doc:"Of what it was told"`
}

type refineGuideInput struct {
	SessionPath
	Body WishRequest
}

// refineGuide has a model change the guide as a sentence says, and saves nothing.
func (a *API) refineGuide(ctx context.Context, in *refineGuideInput) (*Output[GuideProposal], error) {
	s, err := a.Store.Session(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	g, err := a.Store.Guide(ctx, in.ID, 0)
	if err != nil {
		return nil, err
	}
	choice, err := a.Store.ModelChoice(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	base := g.Guide
	if in.Body.Guide != nil {
		base = in.Body.Guide.domain()
		for i := range base.Topics {
			if base.Topics[i].ID == "" {
				base.Topics[i].ID = appliance.NewTopicID()
			}
		}
		if err := base.Validate(); err != nil {
			return nil, within("guide", err)
		}
	}
	changed, maker, err := guide.Drafter{Models: a.Models, Owner: waiterOf(ctx)}.Refine(ctx, base, in.Body.Wish, s.Brief, s.Language, choice)
	if err != nil {
		return nil, err
	}
	a.proposals.note(in.ID, guideFrom(changed), maker)
	return &Output[GuideProposal]{GuideProposal{guideFrom(changed), g.Version, maker.By, maker.PromptVersion}}, nil
}

// proposals remembers for a while what a model has proposed for sessions, so that what is saved as it was proposed says
// what made it. What is forgotten, also by a restart, counts as made by hand. It is safe for concurrent use.
type proposals struct {
	mu     sync.Mutex
	makers map[[sha256.Size]byte]appliance.Maker
	order  [][sha256.Size]byte // the oldest first
}

// maxProposals bounds what is remembered.
const maxProposals = 200

// proposalKey tells proposals apart by their JSON.
func proposalKey(id appliance.SessionID, proposal any) [sha256.Size]byte {
	text, err := json.Marshal(struct {
		ID       appliance.SessionID
		Proposal any
	}{id, proposal})
	if err != nil {
		panic("web: a proposal has no JSON form: " + err.Error())
	}
	return sha256.Sum256(text)
}

func (p *proposals) note(id appliance.SessionID, proposal any, maker appliance.Maker) {
	key := proposalKey(id, proposal)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.makers == nil {
		p.makers = map[[sha256.Size]byte]appliance.Maker{}
	}
	if _, known := p.makers[key]; !known {
		p.order = append(p.order, key)
	}
	p.makers[key] = maker
	if len(p.order) > maxProposals {
		delete(p.makers, p.order[0])
		p.order = p.order[1:]
	}
}

// maker says what made a proposal that is being saved.
func (p *proposals) maker(id appliance.SessionID, proposal any) appliance.Maker {
	key := proposalKey(id, proposal)
	p.mu.Lock()
	defer p.mu.Unlock()
	if m, ok := p.makers[key]; ok {
		return m
	}
	return appliance.Maker{By: appliance.MadeByHand}
}
