package store

import (
	"context"
	"errors"

	"harmonium/appliance"
)

// IdeaMaterial is what the ideas of a session are made from, all of one moment.
type IdeaMaterial struct {
	On      bool // ideas may be offered at all
	Minimum int  // other people who must have spoken to a topic
	Topic   string
	Guides  []UsedGuide
	Claims  []CitedClaim                 // that may be put together, without quotes, makers and times
	Said    map[appliance.ClaimID]string // the words that they stand over
	Names   []string                     // of participants and of who asks: words that no idea may hold
	Ideas   []appliance.Idea             // that are there
}

// IdeaMaterial gives what the ideas of a session are to be made from.
func (s *Store) IdeaMaterial(ctx context.Context, id appliance.SessionID) (m IdeaMaterial, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		held, err := session(tx, id)
		if err != nil {
			return err
		}
		m = IdeaMaterial{On: held.CrossPollination, Minimum: held.PollinationMinimum, Topic: held.Brief.Topic}
		if m.Guides, err = usedGuides(tx, id); err != nil {
			return err
		}
		if m.Claims, m.Said, err = pool(tx, id); err != nil {
			return err
		}
		if m.Names, err = names(tx, id); err != nil {
			return err
		}
		m.Ideas, err = ideas(tx, id)
		return err
	})
	return m, err
}

// pool gives the claims of a session that may be put together into ideas.
func pool(tx *Tx, id appliance.SessionID) (list []CitedClaim, said map[appliance.ClaimID]string, err error) {
	rows, err := tx.Query(`SELECT c.id, c.conversation_id, c.topic_id, c.text, c.salience, c.stance, v.language, p.number,
			coalesce((SELECT group_concat(CAST(substr(CAST(t.content AS BLOB), q.start_byte + 1,
					q.end_byte - q.start_byte) AS TEXT), char(10))
				FROM quotes AS q JOIN turns AS t ON t.id = q.turn_id WHERE q.claim_id = c.id), '')
		FROM conversations AS v JOIN participants AS p ON p.id = v.participant_id JOIN claims AS c ON c.conversation_id = v.id
		WHERE v.session_id = ? AND `+poolable+` ORDER BY v.created_at, v.id, c.position`, id)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	said = map[appliance.ClaimID]string{}
	for rows.Next() {
		var words string
		c := CitedClaim{Claim: appliance.Claim{SessionID: id}}
		err := rows.Scan(&c.ID, &c.ConversationID, &c.TopicID, &c.Text, &c.Salience, &c.Stance, &c.Language, &c.Number, &words)
		if err != nil {
			return nil, nil, err
		}
		list = append(list, c)
		said[c.ID] = words
	}
	return list, said, rows.Err()
}

// names gives what people of a session are called.
func names(tx *Tx, id appliance.SessionID) (list []string, err error) {
	rows, err := tx.Query(`SELECT name FROM participants WHERE session_id = ?1 AND name <> ''
		UNION SELECT email FROM participants WHERE session_id = ?1 AND email <> ''
		UNION SELECT host FROM sessions WHERE id = ?1 AND host <> ''
		UNION SELECT name FROM accounts`, id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		list = append(list, name)
	}
	return list, rows.Err()
}

const ideaColumns = ` i.id, i.session_id, i.topic_id, i.language, i.kind, i.words, i.text, i.people, i.pool,
	i.made_by, i.model_digest, i.prompt_version, i.created_at `

func ideaDest(i *appliance.Idea) []any {
	return []any{&i.ID, &i.SessionID, &i.TopicID, &i.Language, &i.Kind, toJSON(&i.Words), &i.Text, &i.People,
		&i.Pool, &i.Maker.By, &i.Maker.ModelDigest, &i.Maker.PromptVersion, toTime(&i.CreatedAt)}
}

// ideas gives the ideas of a session with the claims that they rest on.
func ideas(tx *Tx, id appliance.SessionID) (list []appliance.Idea, err error) {
	rows, err := tx.Query(`SELECT`+ideaColumns+`, r.claim_id, r.stance FROM ideas AS i JOIN idea_claims AS r ON r.idea_id = i.id
		WHERE i.session_id = ? ORDER BY i.topic_id, i.people DESC, i.id, r.claim_id`, id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var i appliance.Idea
		var c appliance.IdeaClaim
		if err := rows.Scan(append(ideaDest(&i), &c.ClaimID, &c.Stance)...); err != nil {
			return nil, err
		}
		if n := len(list); n == 0 || list[n-1].ID != i.ID {
			list = append(list, i)
		}
		last := &list[len(list)-1]
		last.Claims = append(last.Claims, c)
	}
	return list, rows.Err()
}

// SaveIdeas puts ideas in the place of those of a session. It fails with CodeConflict when a claim that one rests on has
// gone meanwhile.
func (s *Store) SaveIdeas(ctx context.Context, session appliance.SessionID, list []appliance.Idea) error {
	err := s.write(ctx, func(tx *Tx) error {
		if _, err := tx.Exec(`DELETE FROM ideas WHERE session_id = ?`, session); err != nil {
			return err
		}
		for _, i := range list {
			_, err := tx.Exec(`INSERT INTO ideas (id, session_id, topic_id, language, kind, words, text, people, pool, made_by,
					model_digest, prompt_version, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
				i.ID, session, i.TopicID, i.Language, i.Kind, asJSON(i.Words), i.Text, i.People, i.Pool, i.Maker.By,
				i.Maker.ModelDigest, i.Maker.PromptVersion, ms(i.CreatedAt))
			if err != nil {
				return err
			}
			for _, c := range i.Claims {
				_, err := tx.Exec(`INSERT INTO idea_claims (idea_id, claim_id, stance) VALUES (?, ?, ?)`, i.ID, c.ClaimID, c.Stance)
				if err != nil {
					return err
				}
			}
		}
		return nil
	})
	if isForeignKey(err) {
		return appliance.Errorf(appliance.CodeConflict, "What people said changed while it was being put "+
			"together. It is done again.")
	}
	return err
}

// EnqueueIdeas has the ideas of a session put together anew, where it wants any.
func (s *Store) EnqueueIdeas(ctx context.Context, id appliance.SessionID) error {
	held, err := s.Session(ctx, id)
	if err != nil || !held.CrossPollination {
		return err
	}
	_, err = s.Enqueue(ctx, appliance.JobIdeas, id, "")
	return err
}

// SetIdeaText stores another wording of an idea; of one that is not there any more it stores nothing.
func (s *Store) SetIdeaText(ctx context.Context, id appliance.IdeaID, text string, by appliance.Maker) error {
	return s.write(ctx, func(tx *Tx) error {
		_, err := tx.Exec(`UPDATE ideas SET text = ?, made_by = ?, model_digest = ?, prompt_version = ? WHERE id = ?`,
			text, by.By, by.ModelDigest, by.PromptVersion, id)
		return err
	})
}

// OfferableIdea is an idea that may be offered in a conversation.
type OfferableIdea struct {
	appliance.Idea
	Carried int // how often claims of it have been carried to somebody
}

// offerable gives the ideas (i) that may be offered in conversation ?1 about topic ?2, with how often their claims were
// carried to somebody. Everything is asked for at the moment of the offer: that the session wants it, that enough other
// people have spoken to the topic in that language, that every claim may be used still, and that none is one's own. What is
// carried to as many people as have said it is not carried any further: who comes first is not heard by everybody who comes
// later.
const offerable = `WITH here AS (
		SELECT v.id, v.session_id, v.participant_id, v.language, s.cross_pollination_minimum AS minimum
		FROM conversations AS v JOIN sessions AS s ON s.id = v.session_id JOIN participants AS p ON p.id = v.participant_id
		WHERE v.id = ?1 AND s.cross_pollination = 1 AND p.rehearsal = ''),
	others AS (
		SELECT c.id, v.participant_id AS who
		FROM here JOIN conversations AS v ON v.session_id = here.session_id AND v.language = here.language
		JOIN participants AS p ON p.id = v.participant_id JOIN claims AS c ON c.conversation_id = v.id
		WHERE c.topic_id = ?2 AND v.participant_id <> here.participant_id AND ` + poolable + `),
	offered AS (
		SELECT i.*, (SELECT count(DISTINCT o.turn_id) FROM idea_claims AS r JOIN quotes AS q ON q.claim_id = r.claim_id
			JOIN offer_sources AS o ON o.source_turn = q.turn_id AND o.start_byte < q.end_byte AND o.end_byte > q.start_byte
			WHERE r.idea_id = i.id) AS carried, (SELECT count(DISTINCT who) FROM others) AS spoke
		FROM here JOIN ideas AS i ON i.session_id = here.session_id AND i.language = here.language
		WHERE i.topic_id = ?2 AND (SELECT count(DISTINCT who) FROM others) >= here.minimum
			AND NOT EXISTS (SELECT 1 FROM idea_claims AS r WHERE r.idea_id = i.id AND r.claim_id NOT IN (SELECT id FROM others))) `

// OfferableIdeas gives the ideas of others that may be offered in a conversation about a topic: those first whose claims
// were carried to the fewest.
func (s *Store) OfferableIdeas(ctx context.Context, id appliance.ConversationID, topic appliance.TopicID,
) (list []OfferableIdea, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		list = nil
		rows, err := tx.Query(offerable+`SELECT`+ideaColumns+`, i.carried FROM offered AS i WHERE i.carried < i.people
			ORDER BY i.carried, i.people DESC, i.id`, id, topic)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var i OfferableIdea
			if err := rows.Scan(append(ideaDest(&i.Idea), &i.Carried)...); err != nil {
				return err
			}
			list = append(list, i)
		}
		return rows.Err()
	})
	return list, err
}

// saveOffer notes the idea that turn t offers and the places that it rests on. It fails with ErrOvertaken when the idea may
// not be offered any more.
func saveOffer(tx *Tx, r Reply, t appliance.Turn) error {
	res, err := tx.Exec(offerable+`INSERT INTO offers (turn_id, topic_id, kind, words, text, end_byte, people, pool, carried,
			made_by, model_digest, prompt_version, created_at)
		SELECT ?4, i.topic_id, i.kind, i.words, ?5, ?6, i.people, i.spoke, i.carried, i.made_by, i.model_digest,
			i.prompt_version, ?7
		FROM offered AS i WHERE i.id = ?3 AND i.carried < i.people`,
		r.ConversationID, t.TopicID, r.Idea, t.ID, t.Content[:r.IdeaEnd], r.IdeaEnd, ms(t.CreatedAt))
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, ErrOvertaken)
	}
	_, err = tx.Exec(`INSERT OR IGNORE INTO offer_sources (turn_id, source_turn, start_byte, end_byte, stance)
		SELECT ?, q.turn_id, q.start_byte, q.end_byte, r.stance FROM idea_claims AS r JOIN quotes AS q ON q.claim_id = r.claim_id
		WHERE r.idea_id = ?`, t.ID, r.Idea)
	return err
}

// notePrompted marks the claims of a conversation that rest only on what was said to an idea of others.
func notePrompted(tx *Tx, id appliance.ConversationID) error {
	_, err := tx.Exec(`UPDATE claims SET prompted = NOT EXISTS (SELECT 1 FROM quotes AS q JOIN turns AS t ON t.id = q.turn_id
			WHERE q.claim_id = claims.id AND t.prompted = 0)
		WHERE conversation_id = ?1 AND EXISTS (SELECT 1 FROM turns WHERE conversation_id = ?1 AND prompted = 1)`, id)
	return err
}

// IdeaEvidence is a claim that an idea or an offer rests on.
type IdeaEvidence struct {
	Number         int // of the participant who said it
	ConversationID appliance.ConversationID
	Seq            int    // of a turn in which it was said
	Text           string // "" where it may not be shown any more
	Stance         int
}

// IdeasOf is what the host may know of the ideas of a session.
type IdeasOf struct {
	Ideas   []appliance.Idea
	Offers  []appliance.Offer         // the newest first
	People  map[appliance.TopicID]int // whose claims to a topic can be put together
	Rests   map[appliance.IdeaID][]IdeaEvidence
	Sources map[appliance.TurnID][]IdeaEvidence // of offers
}

// IdeasOf gives the ideas of a session, to whom they were offered, and what they rest on.
func (s *Store) IdeasOf(ctx context.Context, id appliance.SessionID) (out IdeasOf, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		if _, err := session(tx, id); err != nil {
			return err
		}
		out = IdeasOf{People: map[appliance.TopicID]int{}, Rests: map[appliance.IdeaID][]IdeaEvidence{},
			Sources: map[appliance.TurnID][]IdeaEvidence{}}
		var err error
		if out.Ideas, err = ideas(tx, id); err != nil {
			return err
		}
		if out.Offers, err = offers(tx, id); err != nil {
			return err
		}
		return out.fill(tx, id)
	})
	return out, err
}

func offers(tx *Tx, id appliance.SessionID) (list []appliance.Offer, err error) {
	rows, err := tx.Query(`SELECT o.turn_id, t.seq, v.id, p.number, o.topic_id, o.kind, o.words, o.text, o.people, o.pool,
			o.carried, o.made_by, o.model_digest, o.prompt_version, o.created_at,
			EXISTS (SELECT 1 FROM turns AS a WHERE a.conversation_id = v.id AND a.seq = t.seq + 1 AND a.prompted = 1)
		FROM conversations AS v JOIN participants AS p ON p.id = v.participant_id
		JOIN turns AS t ON t.conversation_id = v.id AND t.move = 'idea' JOIN offers AS o ON o.turn_id = t.id
		WHERE v.session_id = ? ORDER BY o.created_at DESC, o.turn_id`, id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var o appliance.Offer
		err := rows.Scan(&o.TurnID, &o.Seq, &o.ConversationID, &o.Number, &o.TopicID, &o.Kind, toJSON(&o.Words), &o.Text,
			&o.People, &o.Pool, &o.Carried, &o.Maker.By, &o.Maker.ModelDigest, &o.Maker.PromptVersion, toTime(&o.CreatedAt), &o.Replied)
		if err != nil {
			return nil, err
		}
		list = append(list, o)
	}
	return list, rows.Err()
}

// fill reads what ideas and offers rest on, as results may show it, and who has spoken to what.
func (out *IdeasOf) fill(tx *Tx, id appliance.SessionID) error {
	err := eachRow(tx, func(rows *Rows) error {
		var topic appliance.TopicID
		var people int
		err := rows.Scan(&topic, &people)
		out.People[topic] = max(out.People[topic], people)
		return err
	}, `SELECT c.topic_id, count(DISTINCT p.id) FROM conversations AS v JOIN participants AS p ON p.id = v.participant_id
		JOIN claims AS c ON c.conversation_id = v.id WHERE v.session_id = ? AND `+poolable+` GROUP BY c.topic_id, v.language`, id)
	if err != nil {
		return err
	}
	const claim = ` p.number, v.id, t.seq, coalesce(CASE WHEN` + forResults + `THEN ` + shownText + ` END, '') `
	err = eachRow(tx, func(rows *Rows) error {
		var of appliance.IdeaID
		var e IdeaEvidence
		err := rows.Scan(&of, &e.Stance, &e.Number, &e.ConversationID, &e.Seq, &e.Text)
		out.Rests[of] = append(out.Rests[of], e)
		return err
	}, `SELECT i.id, r.stance,`+claim+`FROM ideas AS i JOIN idea_claims AS r ON r.idea_id = i.id
		JOIN claims AS c ON c.id = r.claim_id JOIN conversations AS v ON v.id = c.conversation_id JOIN participants AS p ON p.id = v.participant_id
		JOIN quotes AS q ON q.claim_id = c.id JOIN turns AS t ON t.id = q.turn_id
		WHERE i.session_id = ? GROUP BY i.id, c.id ORDER BY p.number`, id)
	if err != nil {
		return err
	}
	return eachRow(tx, func(rows *Rows) error {
		var of appliance.TurnID
		var e IdeaEvidence
		err := rows.Scan(&of, &e.Stance, &e.Number, &e.ConversationID, &e.Seq, &e.Text)
		out.Sources[of] = append(out.Sources[of], e)
		return err
	}, `SELECT o.turn_id, o.stance,`+claim+`FROM offer_sources AS o JOIN turns AS t ON t.id = o.source_turn
		JOIN conversations AS v ON v.id = t.conversation_id JOIN participants AS p ON p.id = v.participant_id
		LEFT JOIN quotes AS q ON q.turn_id = o.source_turn AND q.start_byte < o.end_byte AND q.end_byte > o.start_byte
		LEFT JOIN claims AS c ON c.id = q.claim_id
		WHERE v.session_id = ? GROUP BY o.turn_id, o.source_turn, o.start_byte ORDER BY p.number`, id)
}

// eachRow reads the rows of a query one after the other.
func eachRow(tx *Tx, read func(*Rows) error, query string, args ...any) error {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := read(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
