package store

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"time"

	"harmonium/appliance"
)

// Import is material that was not made here, checked by its reader: a whole session, or conversations.
type Import struct {
	Into    appliance.SessionID // the session that takes conversations; "" makes a new one
	Project appliance.ProjectID // of a new one; "" for none
	Archive *appliance.Archive  // a whole session, which is always a new one; nil for conversations
	// Of a new session that takes conversations:
	Session     appliance.Session
	Guide       appliance.GuideVersion
	Transcripts []appliance.Transcript
}

// Import stores material whole or not at all, and gives the session that it is in. A new session belongs to by.Account.
// What is drawn from it is made in the background.
func (s *Store) Import(ctx context.Context, by By, o Once, in Import) (id appliance.SessionID, err error) {
	made := cmp.Or(in.Into, appliance.NewSessionID())
	err = s.write(ctx, func(tx *Tx) error {
		known, again, err := s.once(ctx, tx, o, string(made))
		if id = appliance.SessionID(known); again || err != nil {
			return err
		}
		if in.Into == "" {
			if err := s.newImported(tx, by, id, in); err != nil {
				return err
			}
		}
		for _, t := range in.Transcripts {
			if err := s.addTranscript(tx, id, appliance.NewConversationID(), t); err != nil {
				return err
			}
		}
		return audit(ctx, tx, by.did(s.clock(), "session.import", string(id)))
	})
	if isConstraint(err) {
		return "", &appliance.Error{Code: appliance.CodeValidation, Err: err,
			Message: "The file contradicts itself: an id stands in it twice, or something refers to what is not there. Nothing was stored."}
	}
	return id, err
}

func (s *Store) newImported(tx *Tx, by By, id appliance.SessionID, in Import) error {
	new := in.Session
	if in.Archive != nil {
		new = in.Archive.Session.Session()
	}
	now := s.clock()
	new.ID, new.ProjectID, new.CreatedBy, new.CreatedAt, new.UpdatedAt = id, in.Project, by.Account, now, now
	if in.Archive == nil {
		new.GuideVersion, new.Status = 1, appliance.SessionClosed
	}
	if err := insertSession(tx, &new); err != nil {
		return err
	}
	if new.Status == appliance.SessionClosed {
		if _, err := tx.Exec(`UPDATE sessions SET opened_at = ?1, closed_at = ?1 WHERE id = ?2`, ms(now), id); err != nil {
			return err
		}
	}
	if by.Account != "" {
		if err := addSessionMember(tx, id, by.Account, appliance.RoleOwner); err != nil {
			return err
		}
	}
	if in.Archive != nil {
		return s.unpack(tx, by, id, *in.Archive)
	}
	g := in.Guide
	g.SessionID, g.Version, g.Brief, g.CreatedAt = id, 1, new.Brief, now
	return insertGuide(tx, g)
}

// unpacking is an archive on its way into the store, with the new ids. Those of each kind sort as the old ones did: where
// nothing else decides between two of them, the same one comes first on every box.
type unpacking struct {
	archive appliance.Archive
	session appliance.SessionID
	now     time.Time

	people   map[appliance.ParticipantID]appliance.ParticipantID
	talks    map[appliance.ConversationID]appliance.ConversationID
	speakers map[appliance.SpeakerID]appliance.SpeakerID
	turns    map[appliance.TurnID]appliance.TurnID
	points   map[appliance.PointID]appliance.PointID
	claims   map[appliance.ClaimID]appliance.ClaimID
	quotes   map[appliance.QuoteID]appliance.QuoteID
	themes   map[appliance.ThemeID]appliance.ThemeID
	fields   map[appliance.FieldID]appliance.FieldID
	insights map[appliance.InsightID]appliance.InsightID
}

// anew gives new ids for old ones, in the same order; "" stays.
func anew[T ~string](old map[T]T, next func() T) {
	made := make([]T, len(old))
	for i := range made {
		made[i] = next()
	}
	slices.Sort(made)
	for i, id := range slices.Sorted(maps.Keys(old)) {
		old[id] = made[i]
	}
	old[""] = ""
}

// unpack stores what an archive has beside its session.
func (s *Store) unpack(tx *Tx, by By, id appliance.SessionID, a appliance.Archive) error {
	u := newUnpacking(a)
	u.session, u.now = id, s.clock()
	if err := u.design(tx); err != nil {
		return err
	}
	tx.AtCommit(indexTurns)
	for _, t := range a.Conversations {
		if err := u.talk(tx, t); err != nil {
			return err
		}
	}
	if err := u.results(tx); err != nil {
		return err
	}
	if err := u.found(tx, by.Account); err != nil {
		return err
	}
	_, err := s.enqueue(tx, appliance.JobReport, id, "", u.now)
	return err
}

func newUnpacking(a appliance.Archive) *unpacking {
	u := &unpacking{archive: a,
		people: map[appliance.ParticipantID]appliance.ParticipantID{}, talks: map[appliance.ConversationID]appliance.ConversationID{},
		speakers: map[appliance.SpeakerID]appliance.SpeakerID{}, turns: map[appliance.TurnID]appliance.TurnID{},
		points: map[appliance.PointID]appliance.PointID{}, claims: map[appliance.ClaimID]appliance.ClaimID{},
		quotes: map[appliance.QuoteID]appliance.QuoteID{}, themes: map[appliance.ThemeID]appliance.ThemeID{},
		fields: map[appliance.FieldID]appliance.FieldID{}, insights: map[appliance.InsightID]appliance.InsightID{}}
	for _, d := range a.Insights {
		u.insights[d.ID] = ""
	}
	for _, f := range a.Form {
		u.fields[f.ID] = ""
	}
	for _, p := range a.Participants {
		u.people[p.ID] = ""
		for _, given := range p.Answers { // also to questions that are not asked any more
			u.fields[given.FieldID] = ""
		}
	}
	for _, t := range a.Conversations {
		u.talks[t.ID] = ""
		for _, k := range t.Speakers {
			u.speakers[k.ID] = ""
		}
		for _, said := range t.Turns {
			u.turns[said.ID] = ""
		}
		for _, p := range t.Points {
			u.points[p.ID] = ""
		}
		for _, c := range t.Claims {
			u.claims[c.ID] = ""
			for _, q := range c.Quotes {
				u.quotes[q.ID] = ""
			}
		}
	}
	if a.Themes != nil {
		for _, t := range a.Themes.Themes {
			u.themes[t.ID] = ""
		}
	}
	anew(u.people, appliance.NewParticipantID)
	anew(u.talks, appliance.NewConversationID)
	anew(u.speakers, appliance.NewSpeakerID)
	anew(u.turns, appliance.NewTurnID)
	anew(u.points, appliance.NewPointID)
	anew(u.claims, appliance.NewClaimID)
	anew(u.quotes, appliance.NewQuoteID)
	anew(u.themes, appliance.NewThemeID)
	anew(u.fields, appliance.NewFieldID)
	anew(u.insights, appliance.NewInsightID)
	return u
}

// notAfter keeps a time that a file gives out of the future.
func (u *unpacking) notAfter(t time.Time) time.Time {
	if t.After(u.now) {
		return u.now
	}
	return t
}

func (u *unpacking) design(tx *Tx) error {
	a := u.archive
	for _, g := range a.Guides {
		err := insertGuide(tx, appliance.GuideVersion{SessionID: u.session, Version: g.Version, Guide: g.Guide, Brief: g.Brief,
			Maker: appliance.Maker(g.Maker), Reason: g.Reason, CreatedAt: u.notAfter(g.At)})
		if err != nil {
			return err
		}
	}
	form := slices.Clone(a.Form)
	for i := range form {
		form[i].ID = u.fields[form[i].ID]
		form[i].Options = append([]string{}, form[i].Options...)
	}
	if err := insertForm(tx, u.session, form); err != nil {
		return err
	}
	last := a.Session.Joined
	for _, p := range a.Participants {
		last = max(last, p.Number)
		answers := slices.Clone(p.Answers)
		for i := range answers {
			answers[i].FieldID = u.fields[answers[i].FieldID]
		}
		of := appliance.Participant{ID: u.people[p.ID], SessionID: u.session, Number: p.Number, Name: p.Name, Email: p.Email,
			Language: p.Language, Origin: p.Origin, ConsentText: p.ConsentText, ConsentedAt: p.ConsentedAt, Answers: answers}
		if a.Session.Anonymous {
			of.Name, of.Email = "", ""
		}
		if err := insertParticipant(tx, of, nil, u.notAfter(p.At)); err != nil {
			return err
		}
	}
	_, err := tx.Exec(`UPDATE sessions SET joined = ? WHERE id = ?`, last, u.session)
	return err
}

func (u *unpacking) talk(tx *Tx, t appliance.ArchivedTalk) error {
	c := appliance.Conversation{ID: u.talks[t.ID], SessionID: u.session, ParticipantID: u.people[t.ParticipantID], Source: t.Source,
		Title: t.Title, Language: t.Language, GuideVersion: t.GuideVersion, State: t.State, Ended: t.Ended, Included: true, Use: t.Use,
		NextSeq: len(t.Turns), AnsweredSeq: len(t.Turns) - 1, Words: t.Words, CreatedAt: u.notAfter(t.At),
		LastTurnAt: u.notAfter(t.LastTurnAt), FinishedAt: u.notAfter(t.FinishedAt),
		Facilitation: appliance.Facilitation{Phase: appliance.PhaseDone}}
	for _, said := range t.Turns {
		if said.Role == appliance.FromParticipant {
			c.Turns++
		}
	}
	if err := insertConversation(tx, c, false); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE conversations SET uses_changed = ?, rating = nullif(?, 0) WHERE id = ?`, t.Changes, t.Rating, c.ID)
	if err != nil {
		return err
	}
	if err := u.said(tx, c, t); err != nil {
		return err
	}
	if err := u.drawn(tx, c, t); err != nil {
		return err
	}
	if t.Use == appliance.UseQuote && len(t.Points) == 0 {
		return nil // all of it may be quoted
	}
	return showAnew(tx, c.ID)
}

// said stores what was said in a conversation.
func (u *unpacking) said(tx *Tx, c appliance.Conversation, t appliance.ArchivedTalk) error {
	list := make([]appliance.Speaker, len(t.Speakers))
	for i, k := range t.Speakers {
		list[i] = appliance.Speaker{ID: u.speakers[k.ID], Name: k.Name, ParticipantID: u.people[k.ParticipantID]}
	}
	if err := insertSpeakers(tx, c.ID, list); err != nil {
		return err
	}
	for seq, said := range t.Turns {
		var m appliance.Maker
		if said.Maker != nil {
			m = appliance.Maker(*said.Maker)
		}
		if said.Answer != nil {
			answer := *said.Answer
			answer.TurnID = u.turns[answer.TurnID]
			said.Answer = &answer
		}
		_, err := tx.Exec(`INSERT INTO turns (id, conversation_id, seq, role, speaker, content, topic_id, move, made_by,
				model_digest, prompt_version, start_ms, end_ms, created_at, control, answer, prompted, spoken)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			u.turns[said.ID], c.ID, seq, said.Role, u.speakers[said.Speaker], said.Content, said.TopicID, said.Move, m.By,
			m.ModelDigest, m.PromptVersion, said.StartMS, said.EndMS, ms(u.notAfter(said.At)), jsonOrNull(said.Control),
			jsonOrNull(said.Answer), said.Prompted, said.Spoken)
		if err != nil {
			return fmt.Errorf("insert turn: %w", err)
		}
	}
	return nil
}

// drawn stores what was drawn from a conversation.
func (u *unpacking) drawn(tx *Tx, c appliance.Conversation, t appliance.ArchivedTalk) error {
	for _, v := range t.Coverage {
		if err := saveCoverage(tx, c.ID, []appliance.Coverage{appliance.Coverage(v)}); err != nil {
			return err
		}
	}
	for i, p := range t.Points {
		_, err := tx.Exec(`INSERT INTO points (id, conversation_id, shown_in, position, topic_id, topic, turn_id, start_byte, end_byte,
				state, use, edit_turn_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, nullif(?, ''), nullif(?, ''))`,
			u.points[p.ID], c.ID, u.turns[p.ShownIn], i, p.TopicID, p.Topic, u.turns[p.Quote.TurnID], p.Quote.Start, p.Quote.End,
			p.State, p.Use, u.turns[p.Edit])
		if err != nil {
			return fmt.Errorf("insert point: %w", err)
		}
	}
	if t.Digest == nil {
		return nil
	}
	d := appliance.Digest{ConversationID: c.ID, Turns: t.Digest.Turns, InputHash: t.Digest.InputHash, Maker: appliance.Maker(t.Digest.Maker),
		Claims: t.Digest.Claims, Located: t.Digest.Located, Discarded: t.Digest.Discarded, Parts: t.Digest.Parts, ByRules: t.Digest.ByRules,
		CreatedAt: u.notAfter(t.Digest.At)}
	claims := make([]appliance.Claim, len(t.Claims))
	for i, k := range t.Claims {
		claims[i] = appliance.Claim{ID: u.claims[k.ID], SessionID: u.session, ConversationID: c.ID, TopicID: k.TopicID, Text: k.Text,
			Verbatim: k.Verbatim, Salience: k.Salience, Stance: k.Stance, Maker: appliance.Maker(k.Maker), CreatedAt: u.notAfter(k.At)}
		for _, q := range k.Quotes {
			q.TurnID = u.turns[q.TurnID]
			claims[i].Quotes = append(claims[i].Quotes, appliance.Quote{ID: u.quotes[q.ID], Span: q.Span, Method: q.Method, Score: q.Score})
		}
	}
	if err := insertDigest(tx, d, claims); err != nil {
		return err
	}
	if len(t.Speakers) > 0 {
		if err := noteSpeakers(tx, c.ID); err != nil {
			return err
		}
	}
	return notePrompted(tx, c.ID)
}

// results stores themes and report. A report of the newest material is one here too.
func (u *unpacking) results(tx *Tx) error {
	if b := u.archive.Themes; b != nil {
		_, err := tx.Exec(`INSERT INTO codebooks (session_id, claims, seed, repeated, agreed, made_by, model_digest, prompt_version,
				created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			u.session, b.Claims, b.Seed, b.Repeated, b.Agreed, b.Maker.By, b.Maker.ModelDigest, b.Maker.PromptVersion, ms(u.notAfter(b.At)))
		if err != nil {
			return err
		}
		for i, t := range b.Themes {
			_, err := tx.Exec(`INSERT INTO themes (id, session_id, position, title, description, made_by, model_digest, prompt_version,
					created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, u.themes[t.ID], u.session, i, t.Title, t.Description, t.Maker.By,
				t.Maker.ModelDigest, t.Maker.PromptVersion, ms(u.notAfter(t.At)))
			if err != nil {
				return err
			}
		}
		for _, p := range b.Places {
			err := placeClaims(tx, u.session, []appliance.ThemePlace{{ClaimID: u.claims[p.ClaimID], ThemeID: u.themes[p.ThemeID],
				ByModel: p.ByModel, Tries: p.Tries}})
			if err != nil {
				return err
			}
		}
	}
	r := u.archive.Report
	if r == nil {
		return nil
	}
	now := ReportMaterial{SessionID: u.session}
	if err := now.readState(tx); err != nil {
		return err
	}
	hash := now.Hash
	if !r.Current {
		hash = make([]byte, sha256.Size) // of no material: another one is made
	}
	_, err := tx.Exec(`INSERT INTO reports (id, session_id, version, body, counts, input_hash, made_by, model_digest,
			prompt_version, asked, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		appliance.NewReportID(), u.session, r.Version, asJSON(u.cited(r.Body)), asJSON(r.Counts), hash, r.Maker.By, r.Maker.ModelDigest,
		r.Maker.PromptVersion, r.Asked, ms(u.notAfter(r.At)))
	return err
}

// cited gives a report with the new ids of the claims that it cites.
func (u *unpacking) cited(b appliance.ReportBody) appliance.ReportBody {
	b.Sections = slices.Clone(b.Sections)
	for i, s := range b.Sections {
		b.Sections[i].Sentences = slices.Clone(s.Sentences)
		for j, sentence := range s.Sentences {
			claims := make([]appliance.ClaimID, len(sentence.Claims))
			for k, id := range sentence.Claims {
				claims[k] = u.claims[id]
			}
			b.Sections[i].Sentences[j].Claims = claims
		}
	}
	return b
}
