package store

import (
	"strings"

	"harmonium/appliance"
)

// How words may be used is decided by their participant (appliance.Use) and kept here, in one place: every statement
// that reads words for somebody names the view of the turn that this somebody gets, and reads claims by shownText. The
// views are written whenever a choice changes (showAnew), in the transaction that changes it.
//
//	who reads                                          quote  paraphrase  count   said otherwise  taken back
//	the participant          turns.content             words  words       words   words           words until the end, then erased
//	pages of a conversation  turns.readable            words  words       masked  words, marked   masked
//	claims are drawn from    turns.counted             words  words       words   masked          masked
//	search, responses,       turns.quotable            words  masked      masked  masked          masked
//	  exports, quotations
//	claims in reports,       claims, shownText         claim  claim, if   –       –               –
//	  knowledge, summaries                                    reworded
//	answers to insight       insights, shownAnswer   answer  answer, if  –       –               –
//	  questions                                               reworded
//	ideas for others         claims, poolable          claim  claim, if   –       –               –
//	                                                          reworded
//	figures                  claims, conversations     count  count       count   –               –
//
// Said otherwise: the later wording is a turn of its own, which has the use of its point; it is what counts.
//
// For what a meeting must not be used at all is a set of bits in conversations.restricted, to which its restriction_events
// come (appliance.Restrictions). Whoever reads conversations for something names one of the conditions below; what several read is
// read with Tx.purpose.
//
//	who reads                                          forbidden by the bits
//	claims are drawn, themes, reports, summaries,      1 synthesis
//	  insights, answers out of a session
//	what a project says, answers out of it             1 and 2 project
//	exports of conversations, responses, programs      4 export
//	exports of what was found                          1 and 4
//	results that others see                            1 and 8 sharing
//	webhooks                                           8
//	transcription, search, vectors, answers out of     16 anything
//	  the meeting alone
//	an archive, which other boxes bring in             any
//
// What the facilitator says follows too, as far as it repeats words that are masked: see masks.facilitator.

// Audience is who reads a conversation.
type Audience string

// The audiences.
const (
	ForParticipant Audience = "content"  // the participant, and the facilitator who talks with them
	ForReaders     Audience = "readable" // those who may open the conversation
	ForClaims      Audience = "counted"  // who draws claims from it
	ForResults     Audience = "quotable" // search, responses, exports
)

// forbidden are the restrictions with which an audience gets no words of a conversation at all.
func (a Audience) forbidden() appliance.Restrictions {
	switch a {
	case ForClaims:
		return appliance.NoSynthesis
	case ForResults:
		return appliance.NoProcessing
	}
	return 0
}

// The conditions under which a conversation (the only one in its part of a statement) counts for a purpose: nobody has left it
// out, and no restriction forbids it.
const (
	forResults = ` included = 1 AND restricted & ` + bitSynthesis + ` = 0 `
	forExport  = ` included = 1 AND restricted & ` + bitExport + ` = 0 `
	forOthers  = ` included = 1 AND restricted & (` + bitSynthesis + ` | ` + bitSharing + `) = 0 `
	forSearch  = ` included = 1 AND restricted & ` + bitProcessing + ` = 0 `
	forArchive = ` included = 1 AND restricted = 0 `
)

// The bits of appliance.Restrictions, as statements have them; a test holds both together.
const (
	bitSynthesis  = `1`
	bitProject    = `2`
	bitExport     = `4`
	bitSharing    = `8`
	bitProcessing = `16`
)

// without are the restrictions with which a conversation has no part in results that are read in tx.
func (tx *Tx) without() appliance.Restrictions { return appliance.NoSynthesis | tx.purpose }

// shownText is the text of a claim (c) as results may show it: "" when they may not show it at all.
const shownText = `CASE WHEN c.use = 'quote' OR c.use = 'paraphrase' AND c.verbatim = 0 THEN c.text ELSE '' END`

// shownAnswer is the condition that the answer of an insight (i) may be shown, and not only counted. Options, yes, no and
// numbers are nobody's words.
const shownAnswer = `(i.use = 'quote' OR i.use = 'paraphrase' AND i.verbatim = 0)`

// poolable is the condition that a claim (c) of a participant (p) in a conversation (v) may be put together with others'
// into an idea that is offered to somebody else. Only of conversations that are finished: in them people have had the
// choice how their words may be used; and only of those who joined when the session did so already, and were told. What may not be shown in results is not carried to others either, not even in
// other words; nor is what was said to an idea, so that nothing feeds on itself.
const poolable = `v.state = 'finished' AND` + forOthers + `AND v.source = 'interview' AND p.rehearsal = '' AND c.prompted = 0
	AND p.created_at >= (SELECT s.cross_pollination_since FROM sessions AS s WHERE s.id = v.session_id)
	AND c.topic_id <> '' AND ` + shownText + ` <> ''`

// useQuotes brings the uses of the claims and insights of a conversation, and of the quotes that they rest on, up to date.
// Where a quote lies wholly within a point with a use of its own, that one holds; otherwise the least of the
// conversation's and those of the points that it touches. An insight without a quote has the use of its conversation.
func useQuotes(tx *Tx, id appliance.ConversationID) error {
	if err := useOf(tx, id, `claims`, `quotes`, `claim_id`); err != nil {
		return err
	}
	return useOf(tx, id, `insights`, `insight_evidence`, `insight_id`)
}

// useOf does so for the things of a table, and for the quotes of another that belong to them.
func useOf(tx *Tx, id appliance.ConversationID, things, quotes, owner string) error {
	const touching = `FROM points AS p WHERE p.use IS NOT NULL AND (p.edit_turn_id = q.turn_id
		OR p.turn_id = q.turn_id AND p.start_byte < q.end_byte AND p.end_byte > q.start_byte)`
	_, err := tx.Exec(`UPDATE `+quotes+` AS q SET use = CASE
			WHEN EXISTS (SELECT 1 `+touching+` AND (p.edit_turn_id = q.turn_id
				OR p.start_byte <= q.start_byte AND p.end_byte >= q.end_byte))
			THEN (SELECT min(p.use) `+touching+`)
			ELSE (SELECT min(v.use, coalesce((SELECT min(p.use) `+touching+`), v.use)) FROM conversations AS v WHERE v.id = ?1)
		END WHERE q.`+owner+` IN (SELECT id FROM `+things+` WHERE conversation_id = ?1)`, id)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE `+things+` AS o SET use = coalesce((SELECT min(q.use) FROM `+quotes+` AS q WHERE q.`+owner+` = o.id),
		(SELECT v.use FROM conversations AS v WHERE v.id = ?1)) WHERE o.conversation_id = ?1`, id)
	return err
}

// level is how far a piece of a turn may be seen.
type level byte

const (
	gone       level = iota // taken back
	superseded              // said otherwise by now
	counting
	reworded
	quoted
)

func levelOf(u appliance.Use) level {
	switch u {
	case appliance.UseCount:
		return counting
	case appliance.UseParaphrase:
		return reworded
	}
	return quoted
}

// masks knows what may be seen of one conversation.
type masks struct {
	use    appliance.Use
	points []appliance.Point
	words  map[appliance.PointID]string // over which each point stands
}

// pointLevel is the level of the words over which p stands.
func (m masks) pointLevel(p appliance.Point) level {
	switch p.State {
	case appliance.PointDropped, appliance.PointWithdrawn:
		return gone
	case appliance.PointEdited:
		return superseded
	}
	return m.useLevel(p)
}

func (m masks) useLevel(p appliance.Point) level {
	if p.Use != "" {
		return levelOf(p.Use)
	}
	return levelOf(m.use)
}

// turn gives the level of each byte of a participant's turn.
func (m masks) turn(t appliance.Turn) []level {
	levels := make([]level, len(t.Content))
	fill := func(from, to int, l level) {
		for i := from; i < min(to, len(levels)); i++ {
			levels[i] = l
		}
	}
	fill(0, len(levels), levelOf(m.use))
	for _, p := range m.points {
		switch {
		case p.Edit == t.ID && p.State == appliance.PointEdited:
			fill(0, len(levels), m.useLevel(p))
		case p.Edit == t.ID:
			fill(0, len(levels), gone)
		}
	}
	for _, p := range m.points {
		if p.Quote.TurnID == t.ID {
			fill(p.Quote.Start, p.Quote.End, m.pointLevel(p))
		}
	}
	return levels
}

// facilitator gives the level of each byte of a turn of the facilitator: words of a point have the level that they have
// where they were said. A model may have put anything that was said into its turns, so that of a conversation that may
// not be quoted they have its level.
func (m masks) facilitator(t appliance.Turn) []level {
	levels := make([]level, len(t.Content))
	all := quoted
	if t.Maker.Model() {
		all = levelOf(m.use)
	}
	for i := range levels {
		levels[i] = all
	}
	for _, p := range m.points {
		words, l := m.words[p.ID], m.pointLevel(p)
		for from := 0; words != ""; {
			i := strings.Index(t.Content[from:], words)
			if i < 0 {
				break
			}
			for j := from + i; j < from+i+len(words); j++ {
				levels[j] = min(levels[j], l)
			}
			from += i + len(words)
		}
	}
	return levels
}

// masked gives text with a mark in the place of each piece that may not be seen, of the same length, so that places in
// it stay what they are.
func masked(text string, levels []level, seen func(level) bool) string {
	var b strings.Builder
	for i := 0; i < len(text); {
		j := i
		for j < len(text) && seen(levels[j]) == seen(levels[i]) {
			j++
		}
		if seen(levels[i]) {
			b.WriteString(text[i:j])
		} else {
			b.WriteString(gap(j - i))
		}
		i = j
	}
	return b.String()
}

// gap is what stands in the place of n bytes.
func gap(n int) string {
	for _, mark := range []string{"[…]", "…"} {
		if n >= len(mark) {
			return mark + strings.Repeat(" ", n-len(mark))
		}
	}
	return strings.Repeat(" ", n)
}

// showAnew writes what may be seen of the turns of a conversation, and of the claims drawn from it.
func showAnew(tx *Tx, id appliance.ConversationID) error {
	m, list, err := masksOf(tx, id)
	if err != nil {
		return err
	}
	for _, t := range list {
		levels := m.facilitator(t)
		if t.Role == appliance.FromParticipant {
			levels = m.turn(t)
		}
		_, err := tx.Exec(`UPDATE turns SET counted = nullif(?2, content), readable = nullif(?3, content), quotable = nullif(?4, content)
			WHERE id = ?1 AND (coalesce(counted, content) <> ?2 OR coalesce(readable, content) <> ?3 OR coalesce(quotable, content) <> ?4)`,
			t.ID,
			masked(t.Content, levels, func(l level) bool { return l > superseded }),
			masked(t.Content, levels, func(l level) bool { return l != gone && l != counting }),
			masked(t.Content, levels, func(l level) bool { return l == quoted }))
		if err != nil {
			return err
		}
	}
	return useQuotes(tx, id)
}

// hideNew lets of a turn that is new be seen what the use of its conversation lets be seen.
func hideNew(tx *Tx, use appliance.Use, t *appliance.Turn) error {
	if use == appliance.UseQuote {
		return nil
	}
	t.Hidden = use == appliance.UseCount
	return showAnew(tx, t.ConversationID)
}

// masksOf reads what may be seen of a conversation, and its turns as they are.
func masksOf(tx *Tx, id appliance.ConversationID) (m masks, list []appliance.Turn, err error) {
	m.words = map[appliance.PointID]string{}
	if err := tx.QueryRow(`SELECT use FROM conversations WHERE id = ?`, id).Scan(&m.use); err != nil {
		return m, nil, notFound(err, "conversation")
	}
	if list, err = turns(tx, ForParticipant, `conversation_id = ?`, id); err != nil {
		return m, nil, err
	}
	if m.points, err = pointsOf(tx, id); err != nil {
		return m, nil, err
	}
	for _, p := range m.points {
		for _, t := range list {
			if t.ID == p.Quote.TurnID && p.Quote.End <= len(t.Content) {
				m.words[p.ID] = t.Content[p.Quote.Start:p.Quote.End]
			}
		}
	}
	return m, list, nil
}
