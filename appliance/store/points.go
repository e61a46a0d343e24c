package store

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"harmonium/appliance"
)

// insertPoints stores the points of a read-back.
func insertPoints(tx *Tx, t appliance.Turn) error {
	for i, p := range t.Points {
		_, err := tx.Exec(`INSERT INTO points (id, conversation_id, shown_in, position, topic_id, topic, turn_id, start_byte, end_byte)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, p.ID, t.ConversationID, t.ID, i, p.TopicID, p.Topic, p.Quote.TurnID, p.Quote.Start, p.Quote.End)
		if err != nil {
			return err
		}
	}
	return nil
}

// pointsOf gives the points of a conversation in order, without their words.
func pointsOf(tx *Tx, id appliance.ConversationID) (list []appliance.Point, err error) {
	rows, err := tx.Query(`SELECT id, shown_in, topic_id, topic, turn_id, start_byte, end_byte, state, coalesce(use, ''),
			coalesce(edit_turn_id, '') FROM points WHERE conversation_id = ? ORDER BY position, id`, id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var p appliance.Point
		err := rows.Scan(&p.ID, &p.ShownIn, &p.TopicID, &p.Topic, &p.Quote.TurnID, &p.Quote.Start, &p.Quote.End, &p.State, &p.Use, &p.Edit)
		if err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, rows.Err()
}

// fillPoints puts the points of a conversation to its read-back, with the words over which they stand as far as list
// has them, and marks the turns that hold later wordings.
func fillPoints(tx *Tx, id appliance.ConversationID, list []appliance.Turn) error {
	if !slices.ContainsFunc(list, func(t appliance.Turn) bool { return t.Move == appliance.MoveReadBack }) {
		return nil
	}
	points, err := pointsOf(tx, id)
	if err != nil {
		return err
	}
	place := map[appliance.TurnID]int{}
	for i, t := range list {
		place[t.ID] = i
	}
	for _, p := range points {
		if i, ok := place[p.Quote.TurnID]; ok && p.Quote.End <= len(list[i].Content) {
			p.Quote.Text = strings.TrimRight(list[i].Content[p.Quote.Start:p.Quote.End], " ")
		}
		if i, ok := place[p.Edit]; ok {
			p.Edited, list[i].Corrects = strings.TrimRight(list[i].Content, " "), p.Quote.TurnID
		}
		if i, ok := place[p.ShownIn]; ok {
			list[i].Points = append(list[i].Points, p)
		}
	}
	return nil
}

// errNoPoint refuses a decision about a point that the conversation does not have.
var errNoPoint = appliance.Invalid("points", "There is no such point in this conversation. Please load it again.")

// Review stores what a participant decides about their conversation, and has results follow. It does so whatever has
// become of the session. Words that are taken back are erased at once where the conversation is finished, and otherwise
// when it ends; until then that can be undone. Where words that results may show already are to be shown less, the
// reports of the session go, and are made anew.
func (s *Store) Review(ctx context.Context, id appliance.ConversationID, r appliance.Review) (out appliance.Reviewed, err error) {
	if err := r.Validate(); err != nil {
		return out, err
	}
	err = s.erase(ctx, func(tx *Tx) error {
		c, err := conversation(tx, id)
		if err != nil {
			return err
		}
		before, err := pointsOf(tx, id)
		if err != nil {
			return err
		}
		v := &reviewing{s: s, tx: tx, c: c, review: r}
		if err := v.apply(before); err != nil {
			return err
		}
		if v.changed {
			if _, err := tx.Exec(`UPDATE conversations SET uses_changed = uses_changed + 1 WHERE id = ?`, id); err != nil {
				return err
			}
			if err := errors.Join(tombUses(tx, c.Changes+1, v.less), showAnew(tx, id)); err != nil {
				return err
			}
		}
		withdrawn := 0
		if c.State == appliance.ConversationFinished {
			if withdrawn, err = s.withdraw(tx, id); err != nil {
				return err
			}
		} else if r.Done && c.Facilitation.Phase == appliance.PhaseReadBack {
			if _, err := tx.Exec(`UPDATE conversations SET owed = 1 WHERE id = ?`, id); err != nil {
				return err
			}
		}
		if v.changed {
			if err := s.resultsFollow(tx, c, v.words || withdrawn > 0); err != nil {
				return err
			}
		}
		out, err = reviewed(tx, id)
		out.Withdrawn = withdrawn
		return err
	})
	return out, err
}

// reviewed reads what was decided so far.
func reviewed(tx *Tx, id appliance.ConversationID) (out appliance.Reviewed, err error) {
	c, err := conversation(tx, id)
	if err != nil {
		return out, err
	}
	list, err := turns(tx, ForParticipant, `conversation_id = ?`, id)
	if err == nil {
		err = fillPoints(tx, id, list)
	}
	out = appliance.Reviewed{Use: c.Use, Rating: c.Rating}
	for _, t := range list {
		out.Points = append(out.Points, t.Points...)
	}
	return out, err
}

// reviewing is a review that is being stored.
type reviewing struct {
	s       *Store
	tx      *Tx
	c       appliance.Conversation
	review  appliance.Review
	changed bool // something may be shown otherwise
	words   bool // claims are to be drawn from other words
	less    []narrowed
}

func (v *reviewing) apply(points []appliance.Point) error {
	r := v.review
	if r.Rating != 0 && r.Rating != v.c.Rating {
		if _, err := v.tx.Exec(`UPDATE conversations SET rating = ? WHERE id = ?`, r.Rating, v.c.ID); err != nil {
			return err
		}
	}
	if r.Use != "" {
		if r.Use != v.c.Use {
			v.changed = true
			v.lessOf(string(v.c.ID), v.c.Use, r.Use)
			if _, err := v.tx.Exec(`UPDATE conversations SET use = ? WHERE id = ?`, r.Use, v.c.ID); err != nil {
				return err
			}
		}
		for i, p := range points {
			named := slices.ContainsFunc(r.Points, func(c appliance.PointReview) bool { return c.ID == p.ID && c.Use != "" })
			if p.Use == "" || named {
				continue
			}
			v.changed, points[i].Use = true, ""
			if _, err := v.tx.Exec(`UPDATE points SET use = NULL WHERE id = ?`, p.ID); err != nil {
				return err
			}
		}
	}
	for _, c := range r.Points {
		i := slices.IndexFunc(points, func(p appliance.Point) bool { return p.ID == c.ID })
		if i < 0 {
			return errNoPoint
		}
		if err := v.decide(&points[i], c); err != nil {
			return err
		}
	}
	return nil
}

// decide stores the decision about one point.
func (v *reviewing) decide(p *appliance.Point, c appliance.PointReview) error {
	if p.State == appliance.PointWithdrawn {
		return nil // there is nothing left to decide about
	}
	if c.Use != "" && c.Use != p.Use {
		v.lessOf(string(p.ID), cmp.Or(p.Use, v.c.Use), c.Use)
		v.changed, p.Use = true, c.Use
	}
	if c.State == appliance.PointEdited {
		if err := v.edit(p, c.Text); err != nil {
			return err
		}
	} else if c.State != "" && c.State != p.State {
		other := c.State == appliance.PointDropped || p.State == appliance.PointDropped || p.State == appliance.PointEdited
		v.changed, v.words = v.changed || other, v.words || other
		p.State = c.State
		if p.State == appliance.PointDropped { // a hold may keep the words, and then no tombstone tells that they are gone
			v.less = append(v.less, narrowed{string(p.ID), appliance.UseCount})
		}
	}
	_, err := v.tx.Exec(`UPDATE points SET state = ?, use = nullif(?, ''), edit_turn_id = nullif(?, '') WHERE id = ?`,
		p.State, p.Use, p.Edit, p.ID)
	return err
}

// lessOf notes that the words of a conversation or a point are shown less from now on, if they are.
func (v *reviewing) lessOf(of string, before, after appliance.Use) {
	if levelOf(after) < levelOf(before) {
		v.less = append(v.less, narrowed{of, after})
	}
}

// edit stores what a participant says in the place of a point: as a turn of theirs, since claims stand over words in
// turns. Saying it otherwise once more changes that turn. What is the same as was said is no edit.
func (v *reviewing) edit(p *appliance.Point, text string) error {
	var said, earlier string
	err := v.tx.QueryRow(`SELECT content, coalesce((SELECT content FROM turns WHERE id = ?), '') FROM turns WHERE id = ?`,
		p.Edit, p.Quote.TurnID).Scan(&said, &earlier)
	if err != nil {
		return err
	}
	text = strings.TrimSpace(text)
	if text == said[p.Quote.Start:p.Quote.End] {
		v.words, v.changed = v.words || p.State == appliance.PointEdited, v.changed || p.State == appliance.PointEdited
		p.State = appliance.PointApproved
		return nil
	}
	if p.State == appliance.PointEdited && text == earlier {
		return nil
	}
	v.changed, v.words, p.State = true, true, appliance.PointEdited
	v.less = append(v.less, narrowed{string(p.ID), appliance.UseCount})
	grown := appliance.Words(text) - appliance.Words(earlier)
	if p.Edit != "" {
		_, err := v.tx.Exec(`UPDATE turns SET content = ?, counted = NULL, readable = NULL, quotable = NULL WHERE id = ?`, text, p.Edit)
		if err == nil {
			_, err = v.tx.Exec(`UPDATE conversations SET words = words + ? WHERE id = ?`, grown, v.c.ID)
		}
		return err
	}
	var seq int
	p.Edit = appliance.NewTurnID()
	now := ms(v.s.clock())
	err = v.tx.QueryRow(`UPDATE conversations SET next_seq = next_seq + 1, turns = turns + 1, words = words + ? WHERE id = ?
		RETURNING next_seq - 1`, grown, v.c.ID).Scan(&seq)
	if err != nil {
		return err
	}
	v.tx.AtCommit(indexTurns)
	_, err = v.tx.Exec(`INSERT INTO turns (id, conversation_id, seq, role, speaker, content, topic_id, move, made_by,
			model_digest, prompt_version, client_key, start_ms, end_ms, created_at)
		VALUES (?, ?, ?, 'participant', '', ?, ?, '', '', '', '', NULL, 0, 0, ?)`, p.Edit, v.c.ID, seq, text, p.TopicID, now)
	return err
}

// resultsFollow has results made anew after what may be shown of a conversation has changed. Reports may hold words, so
// those go at once; claims are drawn anew where the words themselves have changed.
func (s *Store) resultsFollow(tx *Tx, c appliance.Conversation, words bool) error {
	return s.resultsFollowAt(tx, c, words, s.clock())
}

// resultsFollowAt is resultsFollow for changes of which more may come until then: results are made anew once.
func (s *Store) resultsFollowAt(tx *Tx, c appliance.Conversation, words bool, at time.Time) error {
	_, drawn, err := digest(tx, c.ID)
	if err != nil || !drawn {
		return err // nothing of it is in any result yet
	}
	if err := forgetResults(tx, c.SessionID); err != nil {
		return err
	}
	if err := forgetWindows(tx, c.ID); err != nil {
		return err
	}
	if words {
		_, err = tx.Exec(`DELETE FROM claims WHERE conversation_id = ?`, c.ID)
		if err == nil {
			_, err = tx.Exec(`DELETE FROM insights WHERE conversation_id = ?`, c.ID) // of earlier runs too: they may hold the words
		}
		if err == nil {
			_, err = tx.Exec(`DELETE FROM digests WHERE conversation_id = ?`, c.ID)
		}
		if err == nil {
			_, err = s.enqueue(tx, appliance.JobDigest, c.SessionID, c.ID, at)
		}
		if err != nil {
			return err
		}
	}
	_, err = s.enqueue(tx, appliance.JobReport, c.SessionID, "", at)
	return errors.Join(err, s.scrubLater(tx))
}

// withdraw erases the words of points that were taken back, wherever they stand in their conversation, and says of how
// many points it has. What the files of the database still hold of them is wiped by a job.
func (s *Store) withdraw(tx *Tx, id appliance.ConversationID) (n int, err error) {
	err = tx.QueryRow(`SELECT count(*) FROM points WHERE conversation_id = ? AND state = 'dropped'`, id).Scan(&n)
	if err != nil || n == 0 {
		return 0, err
	}
	var held bool
	err = tx.QueryRow(`SELECT `+heldConversation+` FROM conversations AS c JOIN sessions AS s ON s.id = c.session_id WHERE c.id = ?2`,
		ms(s.clock()), id).Scan(&held)
	if err != nil || held {
		return 0, err // nobody sees the words; they are erased when the hold is over: EraseDropped
	}
	m, list, err := masksOf(tx, id)
	if err != nil {
		return 0, err
	}
	dropped := masks{use: appliance.UseQuote, words: m.words}
	for _, p := range m.points {
		if p.State == appliance.PointDropped {
			dropped.points = append(dropped.points, p)
		}
	}
	less := 0
	for _, t := range list {
		levels := dropped.facilitator(t)
		if t.Role == appliance.FromParticipant {
			for i, l := range dropped.turn(t) {
				levels[i] = min(levels[i], l)
			}
		}
		left := masked(t.Content, levels, func(l level) bool { return l != gone })
		if left == t.Content {
			continue
		}
		if t.Role == appliance.FromParticipant {
			less += appliance.Words(t.Content) - appliance.Words(left)
		}
		if _, err := tx.Exec(`UPDATE turns SET content = ?, answer = NULL WHERE id = ?`, left, t.ID); err != nil {
			return 0, err
		}
		if _, err := tx.Exec(`DELETE FROM facts WHERE turn_id = ?`, t.ID); err != nil {
			return 0, err
		}
		if err := tombWords(tx, t, levels); err != nil {
			return 0, err
		}
	}
	_, err = tx.Exec(`INSERT OR IGNORE INTO tombstones (kind, object)
		SELECT 'point', id FROM points WHERE conversation_id = ? AND state = 'dropped'`, id)
	if err != nil {
		return 0, err
	}
	_, err = tx.Exec(`UPDATE points SET state = 'withdrawn' WHERE conversation_id = ? AND state = 'dropped'`, id)
	if err == nil {
		_, err = tx.Exec(`UPDATE conversations SET words = max(0, words - ?) WHERE id = ?`, less, id)
	}
	if err != nil {
		return n, err
	}
	c, err := conversation(tx, id)
	return n, errors.Join(err, showAnew(tx, id), auditParticipant(tx, ErasedByParticipant, "conversation.withdraw", c, s.clock()), s.scrubLater(tx))
}

func (s *Store) scrubLater(tx *Tx) error {
	_, err := s.enqueue(tx, appliance.JobScrub, "", "", s.clock())
	return err
}
