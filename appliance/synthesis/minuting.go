package synthesis

import (
	"context"
	"slices"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// wordMinutes has a model word the summary of each meeting of a session of which it has not done so yet, from the claims that
// were drawn from that meeting. It is done as a part of a report is (see composer), in the language of the meeting: what does
// not keep to the rules is left out and counted, and where nothing is left the summary by rules stands alone. An error means
// that the model cannot be asked now, or that the material has changed; what was worded before it is kept.
func (sy *Synthesis) wordMinutes(ctx context.Context, session appliance.SessionID, a analyst) error {
	m, err := sy.store.ReportMaterial(ctx, session)
	if err != nil || len(m.Meetings) == 0 {
		return err
	}
	parts, err := sy.store.ReportParts(ctx, session)
	if err != nil {
		return err
	}
	for _, meeting := range m.Meetings {
		key := "minutes of " + string(meeting.ID)
		if sy.givenUp(key) {
			continue
		}
		if err := sy.wordMeeting(ctx, m, meeting, a, parts); err != nil {
			sy.failed(key, err)
			return err
		}
		sy.worked(key)
	}
	return nil
}

func (sy *Synthesis) wordMeeting(ctx context.Context, m store.ReportMaterial, meeting appliance.Conversation, a analyst, parts []appliance.ReportPart) error {
	said := m.Claims
	m.Claims = slices.DeleteFunc(slices.Clone(said), func(c store.CitedClaim) bool { return c.ConversationID != meeting.ID })
	m.Language, m.Wish, m.WishOfAll = meeting.Language, "", "" // what is wished is wished of the report
	c := &composer{w: newWriter(m, composed{}), sy: sy, a: a, parts: parts}
	g := c.meeting(meeting)
	if len(g.claims) == 0 {
		return nil
	}
	if _, _, current := c.kept(g); current {
		return nil
	}
	_, _, err := c.ask(ctx, g)
	return err
}

// meeting is the group of the claims of a meeting: the most telling of each person, in the order in which they were said.
func (c *composer) meeting(of appliance.Conversation) group {
	all := make([]int, len(c.w.x.claims))
	for i := range all {
		all[i] = i
	}
	shown := c.w.x.shown(all)
	ranked := c.inTurn(shown)
	place := map[appliance.ClaimID]int{}
	for i, claim := range c.w.m.Claims {
		place[claim.ID] = i
	}
	g := group{topic: topicOf{Topic: appliance.Topic{ID: appliance.PartOfMeeting(of.ID), Title: of.Title}}, pool: len(shown), meeting: true}
	if len(ranked) > 0 {
		g.claims = ranked[:c.fitting(ranked, groupClaims)]
	}
	slices.SortFunc(g.claims, func(a, b int) int { return place[c.w.x.claims[a].ID] - place[c.w.x.claims[b].ID] })
	return g
}

// wordedOf gives what a model has worded of a meeting, of its sentences those that still rest on all that they rested on.
func wordedOf(m store.MeetingMaterial) (out Worded) {
	if m.Worded.Asked == "" {
		return out
	}
	out = Worded{Maker: appliance.MakerOf(m.Worded.Asked), Dropped: m.Worded.Dropped, Failed: m.Worded.Failed}
	claims := byID(m.Claims)
	for _, s := range m.Worded.Sentences {
		of := WordedSentence{Text: s.Text}
		for _, id := range s.Claims {
			c, ok := claims[id]
			if !ok {
				of.Said = nil
				break
			}
			for _, q := range c.Cited {
				of.Said = append(of.Said, Place{CitedQuote: q, Number: c.Number, Title: c.Title})
			}
		}
		if len(of.Said) > 0 {
			out.Sentences = append(out.Sentences, of)
		}
	}
	if len(out.Sentences) == 0 && !out.Failed {
		return Worded{} // all that it rested on is gone; it is worded anew
	}
	return out
}
