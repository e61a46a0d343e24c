package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"harmonium/appliance"
)

// Person is somebody who took part in a session, as somebody who looks for them sees them.
type Person struct {
	ID             appliance.ParticipantID
	Number         int
	Name, Email    string
	SessionID      appliance.SessionID
	Topic          string
	ConversationID appliance.ConversationID
	Shared         bool // others speak in the conversation too
	Expected       bool // on the roster of the session, without a conversation; the id names the entry
	At             time.Time
	Held           bool
}

// maxPersons bounds how many people one search gives.
const maxPersons = 200

// FindPersons gives those whose name, address, id of elsewhere or answer to the form holds a text, in small or capital
// letters, in all sessions, and those on rosters; the last who came first.
func (s *Store) FindPersons(ctx context.Context, text string) ([]Person, error) {
	q := strings.Join(strings.Fields(text), " ")
	if q == "" {
		return nil, nil
	}
	forms := letterCases(q)
	for i, f := range forms {
		forms[i] = containing(f)
	}
	people, err := s.persons(ctx, `EXISTS (SELECT 1 FROM json_each(?2) AS q WHERE p.name LIKE q.value ESCAPE '\' OR p.email LIKE q.value ESCAPE '\'
		OR p.external_id LIKE q.value ESCAPE '\' OR EXISTS (SELECT 1 FROM json_tree(p.answers) AS v
			WHERE v.type = 'text' AND v.path LIKE '%.values' AND v.value LIKE q.value ESCAPE '\'))`, asJSON(forms))
	if err != nil {
		return nil, err
	}
	small := strings.ToLower(q)
	expected, err := s.expected(ctx, func(_ string, r appliance.RosterEntry) bool {
		return strings.Contains(strings.ToLower(r.Email), small) || strings.Contains(strings.ToLower(r.DisplayName), small)
	})
	return withExpected(people, expected), err
}

// Persons gives participants, and entries of rosters, by their ids.
func (s *Store) Persons(ctx context.Context, ids []appliance.ParticipantID) ([]Person, error) {
	people, err := s.persons(ctx, `p.id IN (SELECT value FROM json_each(?2))`, asJSON(ids))
	if err != nil || !slices.ContainsFunc(ids, func(id appliance.ParticipantID) bool { _, is := rosterOf(string(id)); return is }) {
		return people, err
	}
	expected, err := s.expected(ctx, func(key string, _ appliance.RosterEntry) bool {
		return slices.Contains(ids, appliance.ParticipantID(key))
	})
	return withExpected(people, expected), err
}

func (s *Store) persons(ctx context.Context, where, arg string) (list []Person, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		list = nil
		return eachRow(tx, func(rows *Rows) error {
			var p Person
			err := rows.Scan(&p.ID, &p.Number, &p.Name, &p.Email, &p.SessionID, &p.Topic, &p.ConversationID, &p.Shared, toTime(&p.At), &p.Held)
			if err != nil {
				return err
			}
			list = append(list, p)
			return nil
		}, `SELECT p.id, p.number, p.name, p.email, s.id, s.topic, c.id, c.participant_id IS NULL, p.created_at, `+heldConversation+`
			FROM participants AS p JOIN sessions AS s ON s.id = p.session_id AND s.erasing = 0
			JOIN conversations AS c ON c.id = coalesce((SELECT id FROM conversations WHERE participant_id = p.id),
				(SELECT conversation_id FROM speakers WHERE participant_id = p.id))
			WHERE`+notHidden+`AND `+where+` ORDER BY p.created_at DESC, p.id LIMIT ?3`, ms(s.clock()), arg, maxPersons)
	})
	return list, err
}

// PersonObjects names what is to be erased of participants: their conversations, where others speak in one only
// themselves, and where they are on a roster their entry. What a legal hold keeps is not among it, and given as held.
func (s *Store) PersonObjects(ctx context.Context, ids []appliance.ParticipantID) (list []appliance.Erased, held []Person, err error) {
	people, err := s.Persons(ctx, ids)
	for _, p := range people {
		switch {
		case p.Held:
			held = append(held, p)
		case p.Expected:
			list = append(list, appliance.Erased{Kind: "roster", ID: string(p.ID)})
		case p.Shared:
			list = append(list, appliance.Erased{Kind: "participant", ID: string(p.ID)})
		default:
			list = append(list, appliance.Erased{Kind: "conversation", ID: string(p.ConversationID)})
		}
	}
	return list, held, err
}

// HeldOf is everything that is held of one participant.
type HeldOf struct {
	Person
	Anonymous   bool
	Language    appliance.Language
	ExternalID  string
	ConsentText string
	ConsentedAt time.Time
	Answers     []appliance.FormAnswer
	Use         appliance.Use
	Rating      int
	Turns       []HeldTurn
	Earlier     []string // wordings of turns of theirs before they were corrected, and in other transcripts of the same sound
	Notes       []string // what was noted of their words while they spoke
	Claims      []string // drawn from what they said
	Insights    []HeldInsight
}

// HeldTurn is one turn of a conversation of somebody; what others said in a conversation of several is not among them.
type HeldTurn struct {
	At   time.Time
	Role appliance.TurnRole
	Text string
}

// HeldInsight is what was answered to an insight question about their conversation.
type HeldInsight struct {
	Name   string
	Values []string
}

// HeldOf gives everything that is held of participants.
func (s *Store) HeldOf(ctx context.Context, ids []appliance.ParticipantID) (list []HeldOf, err error) {
	people, err := s.Persons(ctx, ids)
	if err != nil {
		return nil, err
	}
	for _, p := range people {
		h := HeldOf{Person: p}
		if p.Expected {
			list = append(list, h)
			continue
		}
		err := s.read(ctx, func(tx *Tx) error {
			h = HeldOf{Person: p}
			err := tx.QueryRow(`SELECT p.language, coalesce(p.external_id, ''), p.consent_text, p.consented_at, p.answers, s.anonymous, c.use,
					coalesce(c.rating, 0) FROM participants AS p JOIN sessions AS s ON s.id = p.session_id, conversations AS c
				WHERE p.id = ? AND c.id = ?`, p.ID, p.ConversationID).
				Scan(&h.Language, &h.ExternalID, &h.ConsentText, toTime(&h.ConsentedAt), toJSON(&h.Answers), &h.Anonymous, &h.Use, &h.Rating)
			if err != nil {
				return notFound(err, "participant")
			}
			return h.fill(tx)
		})
		if err != nil {
			return nil, err
		}
		list = append(list, h)
	}
	return list, nil
}

// What was heard in other versions of a transcript where now their turns are, in other words. Where the turns of somebody
// else are in the same stretch of a track, nobody can say whose those words were: they are not given to either.
const (
	otherHeard = `WITH said AS (SELECT g.version, g.track, g.start_ms, g.text, h.turn_id FROM segments AS g
			JOIN recordings AS r ON r.conversation_id = g.conversation_id
			JOIN segments AS u ON u.conversation_id = g.conversation_id AND u.version = r.version AND u.track = g.track
				AND u.start_ms < g.end_ms AND u.end_ms > g.start_ms
			JOIN heard_turns AS h ON h.conversation_id = u.conversation_id AND h.track = u.track AND h.position = u.position
			WHERE g.conversation_id = ?1 AND g.version <> r.version AND g.text <> '' AND NOT EXISTS (SELECT 1 FROM segments AS s
				WHERE s.conversation_id = g.conversation_id AND s.version = r.version AND s.track = g.track AND s.text = g.text))
		SELECT text FROM said GROUP BY version, track, start_ms, text HAVING max(turn_id IN `
	alsoOthers   = `) = 1 AND max(turn_id NOT IN `
	inOrderHeard = `) = 0 ORDER BY version, start_ms, track`
)

func (h *HeldOf) fill(tx *Tx) (err error) {
	rows, err := tx.Query(`SELECT t.created_at, t.role, t.content FROM turns AS t WHERE t.conversation_id = ?1 AND (?3 = 0 OR t.speaker IN
		(SELECT id FROM speakers WHERE participant_id = ?2)) ORDER BY t.seq`, h.ConversationID, h.ID, h.Shared)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var t HeldTurn
		if err := rows.Scan(toTime(&t.At), &t.Role, &t.Text); err != nil {
			return err
		}
		h.Turns = append(h.Turns, t)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	const theirs = `(SELECT t.id FROM turns AS t WHERE t.conversation_id = ?1 AND (?3 = 0 OR t.speaker IN
		(SELECT id FROM speakers WHERE participant_id = ?2)))`
	if h.Earlier, err = idsOf(tx, `SELECT before FROM turn_edits WHERE conversation_id = ?1 AND (?3 = 0 OR turn_id IN `+theirs+`) ORDER BY id`,
		h.ConversationID, h.ID, h.Shared); err != nil {
		return err
	}
	heard, err := idsOf(tx, otherHeard+theirs+alsoOthers+theirs+inOrderHeard, h.ConversationID, h.ID, h.Shared)
	if err != nil {
		return err
	}
	h.Earlier = append(h.Earlier, heard...)
	if h.Notes, err = idsOf(tx, `SELECT text FROM facts WHERE text <> '' AND turn_id IN `+theirs+` ORDER BY seq, start_byte`,
		h.ConversationID, h.ID, h.Shared); err != nil {
		return err
	}
	if h.Claims, err = idsOf(tx, `SELECT text FROM claims WHERE participant_id = ?2 OR ?3 = 0 AND conversation_id = ?1 ORDER BY position`,
		h.ConversationID, h.ID, h.Shared); err != nil {
		return err
	}
	if h.Shared {
		return nil
	}
	answers, err := tx.Query(`SELECT d.name, i.value FROM insights AS i JOIN insight_definitions AS d ON d.id = i.definition_id
		WHERE i.conversation_id = ? AND i.state = 'said' ORDER BY d.position, i.run`, h.ConversationID)
	if err != nil {
		return err
	}
	defer answers.Close()
	for answers.Next() {
		var i HeldInsight
		if err := answers.Scan(&i.Name, toJSON(&i.Values)); err != nil {
			return err
		}
		h.Insights = append(h.Insights, i)
	}
	return answers.Err()
}
