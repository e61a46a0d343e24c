package rehearsal

import (
	"context"

	"harmonium/appliance"
	"harmonium/appliance/facilitation"
	"harmonium/appliance/store"
)

// How fast people read and write on a phone, in words a minute. Writing: 36 in a study of 37,000 people (Palin, Feit, Kim,
// Kristensson, Oulasvirta: How do People Type on Mobile Devices? MobileHCI 2019); a third less, since they think too.
const (
	reads  = 200
	writes = 24
)

// Report tells how one conversation of a rehearsal went.
type Report struct {
	store.ConversationListing
	Topics           []Topic
	FacilitatorWords int
	Minutes          float64 // that a person takes to read and write this much on a phone
	ByModel, ByRules int     // turns of the facilitator
	Broken           []Broken
}

// Topic is a topic of the guide with how far the conversation got with it.
type Topic struct {
	Title string
	appliance.Coverage
}

// Broken is a turn of a model that breaks rules of questions. There should be none: each is checked before it is shown.
type Broken struct {
	Seq   int
	Rules []facilitation.Broken
}

// Reports tells how each conversation of the rehearsals of a session went, the newest first.
func (r *Rehearsal) Reports(ctx context.Context, id appliance.SessionID) ([]Report, error) {
	list, err := r.Store.Rehearsals(ctx, id)
	if err != nil {
		return nil, err
	}
	reports := make([]Report, len(list))
	for i, l := range list {
		if reports[i], err = r.report(ctx, l); err != nil {
			return nil, err
		}
	}
	return reports, nil
}

func (r *Rehearsal) report(ctx context.Context, l store.ConversationListing) (Report, error) {
	report := Report{ConversationListing: l}
	v, err := r.Store.Guide(ctx, l.SessionID, l.GuideVersion)
	if err != nil {
		return report, err
	}
	turns, err := r.Store.Turns(ctx, l.ID)
	if err != nil {
		return report, err
	}
	covered := map[appliance.TopicID]appliance.Coverage{}
	for _, c := range l.Coverage {
		covered[c.TopicID] = c
	}
	for _, t := range v.Guide.Topics {
		c := covered[t.ID]
		c.TopicID = t.ID
		report.Topics = append(report.Topics, Topic{t.Title, c})
	}
	for _, t := range turns {
		if t.Role != appliance.FromFacilitator {
			continue
		}
		report.FacilitatorWords += appliance.Words(t.Content)
		if t.Maker.Model() {
			report.ByModel++
		} else {
			report.ByRules++
		}
	}
	report.Minutes = float64(report.FacilitatorWords)/reads + float64(l.Words)/writes
	broken := facilitation.NewPlan(v.Guide, l.Language).CheckTurns(turns)
	for _, t := range turns {
		if rules := broken[t.Seq]; len(rules) > 0 {
			report.Broken = append(report.Broken, Broken{t.Seq, rules})
		}
	}
	return report, nil
}
