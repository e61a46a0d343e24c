package store

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"

	"harmonium/appliance"
)

// spoken is what a segment gives to the words of a meeting.
type spoken struct {
	start, end int64
	text       string
	parts      []appliance.Part // of the text, within start and end
}

// same says whether two say the same at the same time. How that is divided into turns does not matter: people may have
// divided it otherwise.
func (s spoken) same(as spoken) bool {
	return s.start == as.start && s.end == as.end && s.text == as.text
}

// turns gives the turns of a segment in order: one for each part, or one of all.
func (s spoken) turns(k appliance.SegmentKey) (list []heardTurn) {
	parts := s.parts
	if len(parts) == 0 {
		parts = []appliance.Part{{EndMS: s.end - s.start}}
	}
	for i, p := range parts {
		end := len(s.text)
		if i+1 < len(parts) {
			end = parts[i+1].At
		}
		list = append(list, heardTurn{text: strings.TrimSpace(s.text[p.At:end]), start: s.start + p.StartMS,
			end: min(s.start+p.EndMS, s.end), keys: []appliance.SegmentKey{k}})
	}
	return list
}

// spokenOf gives the words of each segment of a version that has any, without those that the segment before has too. What
// is inaudible or missing stays in the segments: it is never words.
func spokenOf(list []appliance.Segment) map[appliance.SegmentKey]spoken {
	said := map[appliance.SegmentKey]spoken{}
	before := map[appliance.SegmentKey]string{} // as they were heard
	for _, g := range list {
		if g.State == appliance.SegmentHeard {
			before[g.Key()] = g.Text
		}
	}
	for _, g := range list {
		text := g.Text
		if last, ok := before[appliance.SegmentKey{Track: g.Track, Position: g.Position - 1}]; ok && g.OverlapMS > 0 {
			text = appliance.WithoutOverlap(text, last)
		}
		if g.State == appliance.SegmentHeard && text != "" {
			said[g.Key()] = spoken{g.StartMS, g.EndMS, text, partsLeft(g, text)}
		}
	}
	return said
}

// partsLeft gives the parts of what is left of the text of a segment without the words that the segment before has too.
func partsLeft(g appliance.Segment, text string) (list []appliance.Part) {
	cut := len(g.Text) - len(text)
	for i, p := range g.Parts {
		if i+1 < len(g.Parts) && g.Parts[i+1].At <= cut {
			continue
		}
		if p.At < cut {
			p.StartMS = min(max(p.StartMS, g.OverlapMS), p.EndMS)
		}
		p.At = max(0, p.At-cut)
		list = append(list, p)
	}
	return list
}

// heardTurn is a turn of a recording, and the segments whose words it holds.
type heardTurn struct {
	id         string
	seq        int
	text       string // of one that comes
	speaker    appliance.SpeakerID
	start, end int64
	keys       []appliance.SegmentKey
}

// wordsHeld is the failure that a legal hold is on words which others would take the place of. Nothing has been changed then.
type wordsHeld struct{ error }

func (e wordsHeld) Unwrap() error { return e.error }

// adopt puts the words of a version in the place of those in use. Turns whose segments say the same in both stay as they
// are, with what people have corrected in them; a turn that goes leaves its speaker to those that take its place. first says
// that there are words now and were none before: the meeting then counts, as a conversation that has just ended.
func (s *Store) adopt(tx *Tx, id appliance.ConversationID, version int) (first bool, err error) {
	c, err := conversation(tx, id)
	if err != nil {
		return false, err
	}
	a := adoption{s: s, tx: tx, c: c, covered: map[appliance.SegmentKey]bool{}}
	if err := a.read(version); err != nil {
		return false, err
	}
	a.choose()
	if len(a.gone) > 0 {
		if err := s.refuseHeldConversation(tx, By{}, id); err != nil {
			return false, wordsHeld{err}
		}
	}
	if err := a.remove(); err != nil {
		return false, err
	}
	if err := a.insert(); err != nil {
		return false, err
	}
	if _, err := tx.Exec(`UPDATE recordings SET version = ? WHERE conversation_id = ?`, version, id); err != nil {
		return false, err
	}
	if len(a.gone) == 0 && len(a.fresh) == 0 { // nothing is drawn anew
		return false, s.meetingReady(tx, c.SessionID, id, s.clock())
	}
	had := c.Turns > 0
	if c, err = s.settle(tx, c); err != nil {
		return false, err
	}
	switch first = !had && c.Turns > 0; {
	case first:
		_, err = tx.Exec(`UPDATE conversations SET included = 1, last_turn_at = ? WHERE id = ?`, ms(s.clock()), id)
		return true, errors.Join(err, s.afterFinish(tx, c.SessionID, id, s.clock()))
	case c.Turns == 0:
		if _, err = tx.Exec(`UPDATE conversations SET included = 0 WHERE id = ?`, id); err != nil {
			return false, err
		}
	}
	if err := s.noteMeeting(tx, id, s.clock()); err != nil {
		return false, err
	}
	return false, s.wordsChanged(tx, c, s.clock())
}

// adoption is a change of the version in use.
type adoption struct {
	s        *Store
	tx       *Tx
	c        appliance.Conversation
	before   map[appliance.SegmentKey]spoken
	after    map[appliance.SegmentKey]spoken
	language appliance.Language
	have     []heardTurn // that there are, in order
	stay     []heardTurn // of them, those that stay
	gone     []heardTurn // of them, those that go
	covered  map[appliance.SegmentKey]bool
	fresh    []heardTurn // that come
}

func (a *adoption) read(version int) error {
	var inUse int
	err := a.tx.QueryRow(`SELECT r.version, w.language FROM recordings AS r JOIN transcripts AS w USING (conversation_id)
		WHERE r.conversation_id = ? AND w.version = ?`, a.c.ID, version).Scan(&inUse, &a.language)
	if err != nil {
		return notFound(err, "transcript")
	}
	for _, of := range []struct {
		version int
		said    *map[appliance.SegmentKey]spoken
	}{{inUse, &a.before}, {version, &a.after}} {
		list, err := segments(a.tx, a.c.ID, of.version)
		if err != nil {
			return err
		}
		*of.said = spokenOf(list)
	}
	return eachRow(a.tx, func(rows *Rows) error {
		var t heardTurn
		var k appliance.SegmentKey
		if err := rows.Scan(&t.id, &t.seq, &t.speaker, &t.start, &t.end, &k.Track, &k.Position); err != nil {
			return err
		}
		if n := len(a.have); n == 0 || a.have[n-1].id != t.id {
			a.have = append(a.have, t)
		}
		last := &a.have[len(a.have)-1]
		last.keys = append(last.keys, k)
		return nil
	}, `SELECT t.id, t.seq, t.speaker, t.start_ms, t.end_ms, coalesce(h.track, -1), coalesce(h.position, -1)
		FROM turns AS t LEFT JOIN heard_turns AS h ON h.turn_id = t.id WHERE t.conversation_id = ? ORDER BY t.seq, h.position`, a.c.ID)
}

// choose says which turns go: those of segments that say something else now, and whatever shares a segment with one that goes.
func (a *adoption) choose() {
	changed := func(k appliance.SegmentKey) bool { return !a.before[k].same(a.after[k]) || a.before[k].text == "" }
	other := map[appliance.SegmentKey]bool{}
	goes := make([]bool, len(a.have))
	for again := true; again; {
		again = false
		for i, t := range a.have {
			if goes[i] || !slices.ContainsFunc(t.keys, func(k appliance.SegmentKey) bool { return changed(k) || other[k] }) {
				continue
			}
			goes[i], again = true, true
			for _, k := range t.keys {
				other[k] = true
			}
		}
	}
	for i, t := range a.have {
		if goes[i] {
			a.gone = append(a.gone, t)
			continue
		}
		a.stay = append(a.stay, t)
		for _, k := range t.keys {
			a.covered[k] = true
		}
	}
	for k, w := range a.after {
		if !a.covered[k] {
			a.fresh = append(a.fresh, w.turns(k)...)
		}
	}
	slices.SortStableFunc(a.fresh, func(x, y heardTurn) int {
		return cmp.Or(cmp.Compare(x.start, y.start), cmp.Compare(x.keys[0].Track, y.keys[0].Track), cmp.Compare(x.keys[0].Position, y.keys[0].Position))
	})
}

func (a *adoption) remove() error {
	for _, t := range a.gone {
		if _, err := a.tx.Exec(`DELETE FROM turns WHERE id = ?`, t.id); err != nil {
			return err
		}
	}
	return nil
}

// insert stores the turns that come, and numbers all of them in the order of their times. Turns that stay keep their order
// among themselves, also where somebody has put their times the other way round.
func (a *adoption) insert() error {
	stay := a.stay
	// Numbers are unique, so those that stay make room first.
	if _, err := a.tx.Exec(`UPDATE turns SET seq = -1 - seq WHERE conversation_id = ?`, a.c.ID); err != nil {
		return err
	}
	speakers := &voices{a: a}
	a.tx.AtCommit(indexTurns)
	for seq, i, j := 0, 0, 0; i < len(stay) || j < len(a.fresh); seq++ {
		if j == len(a.fresh) || i < len(stay) && stay[i].start <= a.fresh[j].start {
			if _, err := a.tx.Exec(`UPDATE turns SET seq = ? WHERE id = ?`, seq, stay[i].id); err != nil {
				return err
			}
			i++
			continue
		}
		if err := a.add(seq, a.fresh[j], speakers); err != nil {
			return err
		}
		j++
	}
	_, err := a.tx.Exec(`UPDATE conversations SET language = ? WHERE id = ?`, a.language, a.c.ID)
	return err
}

func (a *adoption) add(seq int, t heardTurn, speakers *voices) error {
	speaker, role, err := speakers.of(t)
	if err != nil {
		return err
	}
	k, id := t.keys[0], appliance.NewTurnID()
	_, err = a.tx.Exec(`INSERT INTO turns (id, conversation_id, seq, role, speaker, content, topic_id, move, made_by,
			model_digest, prompt_version, start_ms, end_ms, created_at) VALUES (?, ?, ?, ?, ?, ?, '', '', '', '', '', ?, ?, ?)`,
		id, a.c.ID, seq, role, speaker, t.text, t.start, t.end, ms(a.c.CreatedAt))
	if err != nil {
		return err
	}
	_, err = a.tx.Exec(`INSERT INTO heard_turns (turn_id, conversation_id, track, position) VALUES (?, ?, ?, ?)`, id, a.c.ID, k.Track, k.Position)
	return err
}

// voices says who speaks in turns that come.
type voices struct {
	a      *adoption
	roles  map[appliance.SpeakerID]appliance.TurnRole
	tracks map[int]appliance.SpeakerID
	gone   map[int][]heardTurn // by track
}

// of gives the speaker of a turn: that of what was said there before, on the same track; else that of the track, who is
// made where there is none yet.
func (v *voices) of(t heardTurn) (appliance.SpeakerID, appliance.TurnRole, error) {
	if v.roles == nil {
		if err := v.read(); err != nil {
			return "", "", err
		}
	}
	track, longest := t.keys[0].Track, int64(0)
	speaker := v.tracks[track]
	for _, g := range v.gone[track] {
		shared := min(g.end, t.end) - max(g.start, t.start)
		if _, there := v.roles[g.speaker]; there && shared > longest {
			speaker, longest = g.speaker, shared
		}
	}
	if speaker == "" {
		k, err := v.a.s.newSpeaker(v.a.tx, v.a.c, "")
		if err != nil {
			return "", "", err
		}
		_, err = v.a.tx.Exec(`INSERT INTO track_speakers (conversation_id, track, speaker_id) VALUES (?, ?, ?)`, v.a.c.ID, track, k.ID)
		if err != nil {
			return "", "", err
		}
		speaker, v.tracks[track], v.roles[k.ID] = k.ID, k.ID, appliance.FromParticipant
	}
	return speaker, v.roles[speaker], nil
}

func (v *voices) read() error {
	v.roles, v.tracks, v.gone = map[appliance.SpeakerID]appliance.TurnRole{}, map[int]appliance.SpeakerID{}, map[int][]heardTurn{}
	for _, g := range v.a.gone {
		v.gone[g.keys[0].Track] = append(v.gone[g.keys[0].Track], g)
	}
	list, err := speakers(v.a.tx, v.a.c.ID)
	if err != nil {
		return err
	}
	for _, k := range list {
		v.roles[k.ID] = roleOf(k)
	}
	return eachRow(v.a.tx, func(rows *Rows) error {
		var track int
		var of appliance.SpeakerID
		err := rows.Scan(&track, &of)
		v.tracks[track] = of
		return err
	}, `SELECT track, speaker_id FROM track_speakers WHERE conversation_id = ?`, v.a.c.ID)
}

func roleOf(k appliance.Speaker) appliance.TurnRole {
	if k.Asks() {
		return appliance.FromFacilitator
	}
	return appliance.FromParticipant
}

// wordsChanged has everything that was made of a conversation made anew, at a time, after words of it have changed.
func (s *Store) wordsChanged(tx *Tx, c appliance.Conversation, at time.Time) error {
	if _, err := tx.Exec(`UPDATE conversations SET uses_changed = uses_changed + 1 WHERE id = ?`, c.ID); err != nil {
		return err
	}
	if err := showAnew(tx, c.ID); err != nil {
		return err
	}
	return errors.Join(s.resultsFollowAt(tx, c, true, at), s.scrubLater(tx))
}
