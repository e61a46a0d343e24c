package web

import (
	"context"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// Themes are the themes of a session with the claims that belong to each.
type Themes struct {
	SessionID     appliance.SessionID `json:"session_id"`
	MadeBy        string              `json:"made_by" doc:"Who proposed what the themes are: rules, or the name of a model; empty when there are none yet"`
	PromptVersion string              `json:"prompt_version" doc:"Version of the rules or of the prompt"`
	CreatedAt     *Time               `json:"created_at" nullable:"true"`
	Stability     *float64            `json:"stability" nullable:"true" doc:"0 to 1: the share of claims that came to the same theme when they were put into themes a second time, in another order; null where that was not measured"`
	StabilityOf   int                 `json:"stability_of" doc:"How many claims were put into themes a second time"`
	Conversations int                 `json:"conversations" doc:"Conversations with at least one answer"`
	People        int                 `json:"people" doc:"Who gave an answer"`
	ClaimsCount   int                 `json:"claims_count" doc:"All claims, in themes or not"`
	Quotations    Quotations          `json:"quotations"`
	Themes        []Theme             `json:"themes" doc:"What most people speak of first"`
	Other         ThemeRest           `json:"other" doc:"What belongs to no theme"`
}

// Quotations says how many quotations were found in their source.
type Quotations struct {
	Located   int `json:"located" doc:"Found in their source, and shown"`
	Discarded int `json:"discarded" doc:"Not found, and not shown"`
}

// Theme is a group of claims. Its counts come from the database.
type Theme struct {
	ID            appliance.ThemeID `json:"id"`
	Title         string            `json:"title"`
	Description   string            `json:"description" doc:"One sentence; empty for none"`
	MadeBy        string            `json:"made_by"`
	Conversations int               `json:"conversations" doc:"Conversations that speak of it"`
	People        int               `json:"people" doc:"Who speaks of it: in a meeting, each speaker"`
	ClaimsCount   int               `json:"claims_count" doc:"All its claims, also those that are counted and not shown"`
	Stance        Stances           `json:"stance" doc:"How many of its claims speak for or against what they are about"`
	Minority      bool              `json:"minority" doc:"At most two speak of it, where at least five have answered"`
	Claims        []Claim           `json:"claims" doc:"The first of those that may be shown: one of each person, then the second ones"`
	ClaimsShown   int               `json:"claims_shown" doc:"How many may be shown in all; the others are given by the claims of the theme"`
}

// Stances counts claims by how they stand to what they are about.
type Stances struct {
	For     int `json:"for"`
	Against int `json:"against"`
	Mixed   int `json:"mixed"`
	Neutral int `json:"neutral" doc:"Neither, or it cannot be told"`
}

// ThemeRest is what belongs to no theme.
type ThemeRest struct {
	Conversations int `json:"conversations"`
	People        int `json:"people"`
	ClaimsCount   int `json:"claims_count"`
	ClaimsShown   int `json:"claims_shown" doc:"How many may be shown: they are given by the claims of the theme other"`
}

type getThemesInput struct {
	SessionPath
	Claims int `query:"claims" default:"12" minimum:"0" maximum:"50" doc:"How many claims of each theme"`
}

func (a *API) getThemes(ctx context.Context, in *getThemesInput) (*Output[Themes], error) {
	whole, err := a.opens(ctx, in.ID, appliance.TabResponses)
	if err != nil {
		return nil, err
	}
	return keep(ctx, a, page{name: "themes", whole: whole, n: in.Claims}, in.ID, func() (Themes, error) {
		of, err := a.Store.Themes(ctx, in.ID, in.Claims)
		if err != nil {
			return Themes{}, err
		}
		return themesOut(in.ID, of, whole), nil
	})
}

// themesOut gives the themes of a session; whole says that their reader may read the conversations.
func themesOut(id appliance.SessionID, of store.ThemesOf, whole bool) Themes {
	b := of.Codebook
	out := Themes{
		SessionID: id, MadeBy: b.Maker.By, PromptVersion: b.Maker.PromptVersion, CreatedAt: timeOrNull(b.CreatedAt),
		StabilityOf: b.Repeated, Conversations: of.Conversations, People: of.People, ClaimsCount: of.Claims,
		Quotations: Quotations{of.Located, of.Discarded}, Themes: []Theme{},
		Other: ThemeRest{of.Other.Conversations, of.Other.People, of.Other.Count, of.Other.Shown},
	}
	if b.Repeated > 0 {
		share := float64(b.Agreed) / float64(b.Repeated)
		out.Stability = &share
	}
	for _, t := range of.Themes {
		out.Themes = append(out.Themes, themeOut(of, t, whole))
	}
	return out
}

// themeOut gives a theme; whole says that its reader may read the conversations.
func themeOut(of store.ThemesOf, t store.ThemeCount, whole bool) Theme {
	out := Theme{
		ID: t.ID, Title: t.Title, Description: t.Description, MadeBy: t.Maker.By, Conversations: t.Conversations, People: t.People,
		ClaimsCount: t.Count, ClaimsShown: t.Shown, Claims: []Claim{},
		Stance:   stancesOut(t.Stances),
		Minority: t.People <= appliance.MinorityPeople && of.People >= appliance.MinorityOf,
	}
	for _, c := range t.Claims {
		out.Claims = append(out.Claims, claimOut(of.Language, c).forReader(whole))
	}
	return out
}

func stancesOut(n map[appliance.Stance]int) Stances {
	return Stances{n[appliance.StanceFor], n[appliance.StanceAgainst], n[appliance.StanceMixed], n[appliance.StanceNeutral]}
}

// otherTheme names what belongs to no theme.
const otherTheme = "other"

type listThemeClaimsInput struct {
	SessionPath
	Theme appliance.ThemeID `path:"theme" doc:"Id of the theme, or other"`
	Page
}

func (a *API) listThemeClaims(ctx context.Context, in *listThemeClaimsInput) (*Output[List[Claim]], error) {
	theme := in.Theme
	if theme == otherTheme {
		theme = ""
	}
	language, list, total, err := a.Store.ThemeClaims(ctx, in.ID, theme, in.Limit, in.Offset)
	if err != nil {
		return nil, err
	}
	whole, err := a.opens(ctx, in.ID, appliance.TabResponses)
	if err != nil {
		return nil, err
	}
	out := make([]Claim, len(list))
	for i, c := range list {
		out[i] = claimOut(language, c).forReader(whole)
	}
	return &Output[List[Claim]]{List[Claim]{out, Pagination{total, in.Limit, in.Offset}}}, nil
}
