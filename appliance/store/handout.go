package store

import (
	"context"

	"harmonium/appliance"
)

// Handout is all that may be handed out of a session, of one moment: conversations that are not included are not in it,
// and words that may not be quoted are masked (uses.go).
type Handout struct {
	Session       appliance.Session
	Guide         appliance.Guide // in use
	Results       Results         // Report.Version is 0 when there is no report yet
	Tallies       []appliance.Tally
	Claims        []CitedClaim // all that may be shown, whether the report cites them or not
	Conversations []HandedOut  // in the order in which they began
	Found         Found
	Withheld      Withheld
}

// HandedOut is one conversation of a Handout.
type HandedOut struct {
	appliance.Conversation
	Number  int    // of the participant; 0 when there is none
	Name    string // that the participant gave; "" when none
	Email   string // the same
	Answers []appliance.FormAnswer
	// Speakers of a conversation that was not led here, in the order in which they first speak; none of an interview.
	Speakers []appliance.Speaker
	Said     []appliance.Turn
}

// Handout gives what may be handed out of a session, by an account, alone or with its project; CodeNotFound when there is none.
func (s *Store) Handout(ctx context.Context, account appliance.AccountID, id appliance.SessionID, project bool) (h Handout, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		h = Handout{}
		if tx.purpose = appliance.NoExport; project {
			tx.purpose |= appliance.NoProject
		}
		if h.Session, err = session(tx, id); err != nil {
			return err
		}
		g, err := guideVersion(tx, id, 0)
		if err != nil {
			return err
		}
		h.Guide = g.Guide
		if h.Results, err = results(tx, id); err != nil && appliance.CodeOf(err) != appliance.CodeNotFound {
			return err
		}
		if h.Tallies, err = tallies(tx, id, nil, h.Guide); err != nil {
			return err
		}
		if h.Claims, err = citedClaims(tx, `TRUE`, id); err != nil {
			return err
		}
		if err := h.readFound(tx, account); err != nil {
			return err
		}
		if err := h.readWithheld(tx); err != nil {
			return err
		}
		if err := h.readConversations(tx); err != nil {
			return err
		}
		return h.readTurns(tx)
	})
	return h, err
}

// readConversations reads who took part and what they answered to the form.
func (h *Handout) readConversations(tx *Tx) error {
	rows, err := tx.Query(`SELECT`+conversationColumns+`, coalesce(p.number, 0), coalesce(p.name, ''), coalesce(p.email, ''),
			coalesce(p.answers, '[]')
		FROM conversations c LEFT JOIN participants p ON p.id = c.participant_id
		WHERE c.session_id = ? AND`+forExport+`ORDER BY c.created_at, p.number, c.id`, h.Session.ID)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var c HandedOut
		if err := rows.Scan(append(conversationDest(&c.Conversation), &c.Number, &c.Name, &c.Email, toJSON(&c.Answers))...); err != nil {
			return err
		}
		for i, a := range c.Answers {
			c.Answers[i] = a.Masked(c.Use)
		}
		h.Conversations = append(h.Conversations, c)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for i := range h.Conversations {
		c := &h.Conversations[i]
		if c.Source == appliance.SourceInterview {
			continue
		}
		if c.Speakers, err = speakers(tx, c.ID); err != nil {
			return err
		}
	}
	return nil
}

// readTurns reads what was said, as results may show it.
func (h *Handout) readTurns(tx *Tx) error {
	places := make(map[appliance.ConversationID]int, len(h.Conversations))
	for i, c := range h.Conversations {
		places[c.ID] = i
	}
	list, err := turns(tx, ForResults, `conversation_id IN (SELECT id FROM conversations WHERE session_id = ? AND`+forExport+`)`, h.Session.ID)
	if err != nil {
		return err
	}
	for _, t := range list {
		c := &h.Conversations[places[t.ConversationID]]
		c.Said = append(c.Said, t) // in order: turns gives them by their number
	}
	return nil
}
