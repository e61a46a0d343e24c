package store

import (
	"bytes"
	"context"
	"slices"

	"harmonium/appliance"
)

// Archive gives a whole session to be kept or brought to another box, as results may show it (uses.go); with the names
// that participants gave, or without. What it says of itself as made is left to the caller. CodeNotFound when there is no
// such session. Insights and what an account sees of pinned answers are in it where found is set.
func (s *Store) Archive(ctx context.Context, account appliance.AccountID, id appliance.SessionID, names, found bool,
) (a appliance.Archive, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		tx.purpose = appliance.NoUse
		a = appliance.Archive{Format: appliance.ArchiveFormat, Version: appliance.ArchiveVersion, MadeAt: s.clock(), Names: names}
		if err := archiveDesign(tx, id, &a); err != nil {
			return err
		}
		if err := archiveParticipants(tx, id, &a); err != nil {
			return err
		}
		if err := archiveTalks(tx, id, &a); err != nil {
			return err
		}
		if err := archiveResults(tx, id, &a); err != nil || !found {
			return err
		}
		return archiveFound(tx, account, id, &a)
	})
	return a, err
}

func archivedMaker(m appliance.Maker) appliance.ArchivedMaker { return appliance.ArchivedMaker(m) }

func archiveDesign(tx *Tx, id appliance.SessionID, a *appliance.Archive) error {
	s, err := session(tx, id)
	if err != nil {
		return err
	}
	a.Names = a.Names && !s.Anonymous
	a.Session = appliance.ArchivedSession{Brief: s.Brief, Status: s.Status, Language: s.Language, Host: s.Host,
		WelcomeMessage: s.WelcomeMessage, ConsentText: s.ConsentText, Anonymous: s.Anonymous, WhoMayJoin: s.WhoMayJoin,
		GuideVersion: s.GuideVersion, Prompt: s.PromptOverride, SummaryPrompt: s.SummaryPrompt, PromptSummary: s.PromptSummary,
		PromptGeneratedFrom: s.PromptGeneratedFrom, MetaDescription: s.MetaDescription, PlatformGuidelines: s.PlatformGuidelines,
		DefaultUse: s.DefaultUse, CrossPollination: s.CrossPollination, PollinationMinimum: s.PollinationMinimum,
		WidgetsEnabled: s.WidgetsEnabled}
	if err := tx.QueryRow(`SELECT joined FROM sessions WHERE id = ?`, id).Scan(&a.Session.Joined); err != nil {
		return err
	}
	if a.Form, err = form(tx, id); err != nil {
		return err
	}
	return eachRow(tx, func(rows *Rows) error {
		var g appliance.GuideVersion
		err := rows.Scan(guideDest(&g)...)
		a.Guides = append(a.Guides, appliance.ArchivedGuide{Version: g.Version, Guide: g.Guide, Brief: g.Brief,
			Maker: archivedMaker(g.Maker), Reason: g.Reason, At: g.CreatedAt})
		return err
	}, `SELECT`+guideColumns+`FROM guides g WHERE g.session_id = ? ORDER BY g.version`, id)
}

// archiveParticipants reads who is in a conversation that counts.
func archiveParticipants(tx *Tx, id appliance.SessionID, a *appliance.Archive) error {
	a.Participants = []appliance.ArchivedParticipant{}
	return eachRow(tx, func(rows *Rows) error {
		var p appliance.ArchivedParticipant
		var use appliance.Use
		err := rows.Scan(&p.ID, &p.Number, &p.Name, &p.Email, &p.Language, &p.Origin, &p.ConsentText, toTime(&p.ConsentedAt),
			toJSON(&p.Answers), toTime(&p.At), &use)
		for i, f := range p.Answers {
			p.Answers[i] = f.Masked(use)
		}
		if !a.Names {
			p.Name, p.Email = "", ""
			p.Answers = slices.DeleteFunc(p.Answers, func(f appliance.FormAnswer) bool { return f.Type == appliance.FieldEmail })
		}
		a.Participants = append(a.Participants, p)
		return err
	}, `SELECT p.id, p.number, p.name, p.email, p.language, p.origin, p.consent_text, p.consented_at, p.answers, p.created_at,
			coalesce((SELECT use FROM conversations WHERE participant_id = p.id), 'quote')
		FROM participants AS p WHERE p.session_id = ?1 AND p.id IN (
			SELECT participant_id FROM conversations WHERE session_id = ?1 AND`+forArchive+`
			UNION SELECT k.participant_id FROM conversations AS v JOIN speakers AS k ON k.conversation_id = v.id
				WHERE v.session_id = ?1 AND`+forArchive+`)
		ORDER BY p.number`, id)
}

// archiveTalks reads the conversations that count.
func archiveTalks(tx *Tx, id appliance.SessionID, a *appliance.Archive) error {
	a.Conversations = []appliance.ArchivedTalk{}
	var list []appliance.Conversation
	err := eachRow(tx, func(rows *Rows) error {
		var c appliance.Conversation
		err := rows.Scan(conversationDest(&c)...)
		list = append(list, c)
		return err
	}, `SELECT`+conversationColumns+`FROM conversations c WHERE c.session_id = ? AND`+forArchive+`ORDER BY c.created_at, c.id`, id)
	if err != nil {
		return err
	}
	meetings, err := meetingGaps(tx, id)
	if err != nil {
		return err
	}
	gaps := map[appliance.ConversationID][]appliance.ArchivedGap{}
	for _, m := range meetings {
		if m.Unheard != "" {
			a.Unheard = append(a.Unheard, appliance.Meeting{ID: m.Conversation, Title: m.Title, Status: m.Unheard, Problem: m.Problem, DurationMS: m.SoundMS})
		}
		for _, g := range m.Gaps {
			gaps[m.Conversation] = append(gaps[m.Conversation], appliance.ArchivedGap{StartMS: g.StartMS, EndMS: g.EndMS, State: g.State})
		}
	}
	for _, c := range list {
		t := appliance.ArchivedTalk{Gaps: gaps[c.ID], ID: c.ID, ParticipantID: c.ParticipantID, Source: c.Source, Title: c.Title, Language: c.Language,
			GuideVersion: c.GuideVersion, State: c.State, Ended: c.Ended, Use: c.Use, Rating: c.Rating, Changes: c.Changes,
			Words: c.Words, At: c.CreatedAt, LastTurnAt: c.LastTurnAt, FinishedAt: c.FinishedAt}
		if err := archiveTurns(tx, a.Names, &t); err != nil {
			return err
		}
		if err := archiveDrawn(tx, &t); err != nil {
			return err
		}
		a.Conversations = append(a.Conversations, t)
	}
	return nil
}

func archiveTurns(tx *Tx, names bool, t *appliance.ArchivedTalk) error {
	list, err := speakers(tx, t.ID)
	if err != nil {
		return err
	}
	for _, k := range list {
		of := appliance.ArchivedSpeaker{ID: k.ID, ParticipantID: k.ParticipantID}
		if k.Asks() && names {
			of.Name = k.Name
		}
		t.Speakers = append(t.Speakers, of)
	}
	said, err := turns(tx, ForResults, `conversation_id = ?`, t.ID)
	if err != nil {
		return err
	}
	t.Turns = make([]appliance.ArchivedTurn, len(said))
	for i, u := range said {
		t.Turns[i] = appliance.ArchivedTurn{ID: u.ID, Role: u.Role, Speaker: u.Speaker, Content: u.Content, TopicID: u.TopicID,
			Move: u.Move, Control: u.Control, Answer: u.Answer, Prompted: u.Prompted, Spoken: u.Spoken, StartMS: u.StartMS,
			EndMS: u.EndMS, At: u.CreatedAt}
		if u.Maker.By != "" {
			m := archivedMaker(u.Maker)
			t.Turns[i].Maker = &m
		}
	}
	return nil
}

// archiveDrawn reads what was drawn from a conversation, and what was read back to its participant.
func archiveDrawn(tx *Tx, t *appliance.ArchivedTalk) error {
	covered, err := coverage(tx, t.ID)
	if err != nil {
		return err
	}
	for _, c := range covered {
		t.Coverage = append(t.Coverage, appliance.ArchivedCoverage(c))
	}
	points, err := pointsOf(tx, t.ID)
	if err != nil {
		return err
	}
	for _, p := range points {
		t.Points = append(t.Points, appliance.ArchivedPoint{ID: p.ID, ShownIn: p.ShownIn, TopicID: p.TopicID, Topic: p.Topic,
			Quote: p.Quote, State: p.State, Use: p.Use, Edit: p.Edit})
	}
	d, ok, err := digest(tx, t.ID)
	if err != nil || !ok {
		return err
	}
	t.Digest = &appliance.ArchivedDigest{Turns: d.Turns, InputHash: d.InputHash, Maker: archivedMaker(d.Maker), Claims: d.Claims,
		Located: d.Located, Discarded: d.Discarded, Parts: d.Parts, ByRules: d.ByRules, At: d.CreatedAt}
	return eachRow(tx, func(rows *Rows) error {
		var c appliance.ArchivedClaim
		var q appliance.ArchivedQuote
		err := rows.Scan(&c.ID, &c.TopicID, &c.Text, &c.Verbatim, &c.Salience, &c.Stance, &c.Maker.By, &c.Maker.ModelDigest,
			&c.Maker.PromptVersion, toTime(&c.At), &q.ID, &q.TurnID, &q.Start, &q.End, &q.Method, &q.Score)
		if n := len(t.Claims); n == 0 || t.Claims[n-1].ID != c.ID {
			t.Claims = append(t.Claims, c)
		}
		last := &t.Claims[len(t.Claims)-1]
		last.Quotes = append(last.Quotes, q)
		return err
	}, `SELECT c.id, c.topic_id, `+shownText+`, c.verbatim, c.salience, c.stance, c.made_by, c.model_digest, c.prompt_version,
			c.created_at, q.id, q.turn_id, q.start_byte, q.end_byte, q.method, q.score
		FROM claims AS c JOIN quotes AS q ON q.claim_id = c.id WHERE c.conversation_id = ? ORDER BY c.position, q.rowid`, t.ID)
}

// archiveResults reads themes and report. A report that cites what is not in the archive is left out: it is made anew.
func archiveResults(tx *Tx, id appliance.SessionID, a *appliance.Archive) error {
	held := map[appliance.ClaimID]bool{}
	for _, t := range a.Conversations {
		for _, c := range t.Claims {
			held[c.ID] = true
		}
	}
	book, ok, err := codebook(tx, id)
	if err != nil {
		return err
	}
	if ok {
		if a.Themes, err = archivedThemes(tx, id, book, held); err != nil {
			return err
		}
	}
	r, err := newestReport(tx, id)
	if appliance.CodeOf(err) == appliance.CodeNotFound {
		return nil
	} else if err != nil {
		return err
	}
	if slices.ContainsFunc(r.Body.Cited(), func(c appliance.ClaimID) bool { return !held[c] }) {
		return nil
	}
	now := ReportMaterial{SessionID: id}
	if err := now.readState(tx); err != nil {
		return err
	}
	a.Report = &appliance.ArchivedReport{Version: r.Version, Body: r.Body, Counts: r.Counts, Current: bytes.Equal(now.Hash, r.InputHash),
		Maker: archivedMaker(r.Maker), Asked: r.Asked, At: r.CreatedAt}
	return nil
}

func archivedThemes(tx *Tx, id appliance.SessionID, b appliance.Codebook, held map[appliance.ClaimID]bool,
) (*appliance.ArchivedThemes, error) {
	out := &appliance.ArchivedThemes{Claims: b.Claims, Seed: b.Seed, Repeated: b.Repeated, Agreed: b.Agreed,
		Maker: archivedMaker(b.Maker), At: b.CreatedAt}
	for _, t := range b.Themes {
		out.Themes = append(out.Themes, appliance.ArchivedTheme{ID: t.ID, Title: t.Title, Description: t.Description,
			Maker: archivedMaker(t.Maker), At: t.CreatedAt})
	}
	places, err := themePlaces(tx, id)
	for _, p := range places {
		if held[p.ClaimID] {
			out.Places = append(out.Places, appliance.ArchivedPlace(p))
		}
	}
	appliance.Sort(out.Places, func(a, b appliance.ArchivedPlace) int { return bytes.Compare([]byte(a.ClaimID), []byte(b.ClaimID)) })
	return out, err
}
