package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"slices"
	"strconv"

	"harmonium/appliance"
)

// ReportMaterial is what a report is made from, all of one moment.
type ReportMaterial struct {
	SessionID appliance.SessionID
	Topic     string // of the brief
	Wish      string // what the host has written for whoever words the report; "" for nothing
	WishOfAll string // what was written for all sessions of the project, likewise
	Language  appliance.Language
	Guides    []UsedGuide               // the one in use first, then the others by which people were interviewed, newest first
	Choices   []Choice                  // the questions of choice of the form
	Answered  map[appliance.TopicID]int // conversations in which there was an answer to the topic
	Counts    appliance.ReportCounts
	Silent    int                      // participants who gave no answer
	Unread    int                      // conversations with answers from which nothing has been drawn yet
	Claims    []CitedClaim             // without quotes, makers and times
	Meetings  []appliance.Conversation // that have a part in it, of which something was drawn or not
	Hash      []byte                   // changes whenever any of the above does

	Parts   int   // into which conversations were cut for a model
	ByRules int   // of them, those that rules have read because the model gave nothing of use
	Partly  []int // the numbers of the participants in whose conversations those are

	// The newest report: the Hash it was made from (nil when there is none), its maker and who was asked for it.
	LatestHash  []byte
	LatestMaker appliance.Maker
	LatestAsked string

	evidence map[appliance.ConversationID]string // the digest that each claim comes from
}

// UsedGuide is a version of the guide with the number of conversations with answers that were led by it.
type UsedGuide struct {
	appliance.Guide
	Conversations int
}

// Choice is a question of choice with how often each option was chosen, by those who gave an answer in the
// conversation too.
type Choice struct {
	Text    string
	Type    appliance.FieldType `json:"-"` // no part of what a report is made from
	People  int                 // who chose anything
	Options []ChoiceOption
	Numbers []float64 `json:"-"` // of a question for a number, ascending
}

// Shares gives how many chose each option, where that tells of fewer than group people appliance.Hidden.
func (c Choice) Shares(group int) []int {
	counts := make([]int, len(c.Options))
	for i, o := range c.Options {
		counts[i] = o.People
	}
	if c.Type == appliance.FieldMultiple {
		appliance.HideFew(counts, c.People, group)
	} else {
		appliance.HideSmall(counts, group)
	}
	return counts
}

// ChoiceOption is one option of a Choice.
type ChoiceOption struct {
	Text   string
	People int
}

// ReportMaterial gives what the report of a session is to be made from. Conversations that are not included, and all
// that belongs to them, are not in it.
func (s *Store) ReportMaterial(ctx context.Context, session appliance.SessionID) (m ReportMaterial, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		m = ReportMaterial{SessionID: session}
		if err := m.readState(tx); err != nil {
			return err
		}
		if m.Guides, err = usedGuides(tx, session); err != nil {
			return err
		}
		if m.Claims, err = bareClaims(tx, session); err != nil {
			return err
		}
		if m.Partly, err = readByRules(tx, session); err != nil {
			return err
		}
		if m.Meetings, err = meetingsOf(tx, session); err != nil {
			return err
		}
		_, err := found(tx.QueryRow(`SELECT input_hash, made_by, model_digest, prompt_version, asked FROM reports
			WHERE session_id = ? ORDER BY version DESC LIMIT 1`, session).
			Scan(&m.LatestHash, &m.LatestMaker.By, &m.LatestMaker.ModelDigest, &m.LatestMaker.PromptVersion, &m.LatestAsked))
		return err
	})
	return m, err
}

// readState reads all but the guides and claims, and makes the hash. The hash stands for the guides by their number,
// since a version never changes, and for the claims by the digests that they belong to.
func (m *ReportMaterial) readState(tx *Tx) (err error) {
	h := sha256.New()
	var version int
	err = tx.QueryRow(`SELECT s.topic, s.language, s.guide_version, s.summary_prompt, coalesce(p.summary_prompt, '')
		FROM sessions AS s LEFT JOIN projects AS p ON p.id = s.project_id WHERE s.id = ?`, m.SessionID).
		Scan(&m.Topic, &m.Language, &version, &m.Wish, &m.WishOfAll)
	if err != nil {
		return notFound(err, "session")
	}
	fmt.Fprintf(h, "%q %q %d\n", m.Topic, m.Language, version)
	if m.Wish != "" || m.WishOfAll != "" {
		fmt.Fprintf(h, "%q %q\n", m.Wish, m.WishOfAll)
	}
	if m.Choices, err = choices(tx, m.SessionID, nil, appliance.FieldOptions, appliance.FieldMultiple); err != nil {
		return err
	}
	if m.Answered, err = answered(tx, m.SessionID); err != nil {
		return err
	}
	fmt.Fprintln(h, asJSON(m.Choices), asJSON(m.Answered)) // the keys of a map are sorted
	if err := m.readConversations(tx, h); err != nil {
		return err
	}
	m.Hash = h.Sum(nil)
	return nil
}

// readConversations counts, and notes in h how far each conversation is.
func (m *ReportMaterial) readConversations(tx *Tx, h hash.Hash) error {
	m.evidence = make(map[appliance.ConversationID]string)
	rows, err := tx.Query(`SELECT v.id,`+persons+`, v.state, v.turns, v.words, v.uses_changed,
			d.conversation_id IS NOT NULL, coalesce(hex(d.input_hash), ''), coalesce(d.made_by, ''),
			coalesce(d.model_digest, ''), coalesce(d.prompt_version, ''), coalesce(d.claims, 0), coalesce(d.located, 0),
			coalesce(d.discarded, 0), coalesce(d.parts, 0), coalesce(d.by_rules, 0)
		FROM conversations AS v LEFT JOIN digests AS d ON d.conversation_id = v.id
		WHERE v.session_id = ? AND`+forResults+`ORDER BY v.id`, m.SessionID)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id appliance.ConversationID
		var state appliance.ConversationState
		var read bool
		var persons, turns, words, uses, parts, byRules int
		var hash string
		var maker appliance.Maker
		var d appliance.ReportCounts
		err := rows.Scan(&id, &persons, &state, &turns, &words, &uses, &read, &hash, &maker.By, &maker.ModelDigest,
			&maker.PromptVersion, &d.Claims, &d.Located, &d.Discarded, &parts, &byRules)
		if err != nil {
			return err
		}
		if read {
			m.evidence[id] = fmt.Sprint(hash, maker, uses)
		}
		fmt.Fprintf(h, "%s %s %d %d %s\n", id, state, turns, words, m.evidence[id])
		c := &m.Counts
		c.Participants += persons
		if turns == 0 {
			m.Silent += persons
			continue
		}
		c.Conversations++
		c.People += max(1, persons)
		if state == appliance.ConversationFinished {
			c.Finished++
		}
		if !read {
			m.Unread++
		}
		c.Turns += turns
		c.Words += words
		c.Claims += d.Claims
		c.Located += d.Located
		c.Discarded += d.Discarded
		m.Parts += parts
		m.ByRules += byRules
	}
	return rows.Err()
}

func usedGuides(tx *Tx, session appliance.SessionID) (list []UsedGuide, err error) {
	rows, err := tx.Query(`
		SELECT g.guide, coalesce(used.n, 0) FROM guides AS g
		LEFT JOIN (SELECT guide_version AS version, count(*) AS n FROM conversations
			WHERE session_id = ?1 AND`+forResults+`AND turns > 0 GROUP BY guide_version) AS used ON used.version = g.version
		JOIN sessions AS s ON s.id = g.session_id
		WHERE g.session_id = ?1 AND (g.version = s.guide_version OR used.n > 0)
		ORDER BY g.version = s.guide_version DESC, g.version DESC`, session)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var g UsedGuide
		if err := rows.Scan(toJSON(&g.Guide), &g.Conversations); err != nil {
			return nil, err
		}
		list = append(list, g)
	}
	return list, rows.Err()
}

// answered counts the conversations with an answer, topic by topic.
func answered(tx *Tx, session appliance.SessionID) (map[appliance.TopicID]int, error) {
	rows, err := tx.Query(`SELECT c.topic_id, count(*) FROM conversations AS v
		JOIN coverage AS c ON c.conversation_id = v.id
		WHERE v.session_id = ? AND`+forResults+`AND v.turns > 0 AND c.answered = 1 GROUP BY c.topic_id`, session)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	n := map[appliance.TopicID]int{}
	for rows.Next() {
		var topic appliance.TopicID
		var people int
		if err := rows.Scan(&topic, &people); err != nil {
			return nil, err
		}
		n[topic] = people
	}
	return n, rows.Err()
}

// choices counts how often the options of the questions of some types in the form as it is now were chosen; of a rating the
// numbers, of a tick "true" and "false", of numbers and dates as appliance.CountNumbers and CountDates do.
func choices(tx *Tx, session appliance.SessionID, of counted, types ...appliance.FieldType) ([]Choice, error) {
	type place struct{ field, option int }
	var list []Choice
	fields := map[appliance.FieldID]int{}
	options := map[appliance.FieldID]map[string]place{}
	rows, err := tx.Query(`SELECT id, text, type, options FROM form_fields
		WHERE session_id = ? AND type IN (SELECT value FROM json_each(?)) ORDER BY position, id`, session, asJSON(types))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id appliance.FieldID
		var texts []string
		var c Choice
		if err := rows.Scan(&id, &c.Text, &c.Type, toJSON(&texts)); err != nil {
			return nil, err
		}
		if c.Type == appliance.FieldRating {
			for n := range appliance.MaxRating {
				texts = append(texts, strconv.Itoa(n+1))
			}
		}
		if c.Type == appliance.FieldConsent {
			texts = []string{"true", "false"}
		}
		fields[id], options[id] = len(list), map[string]place{}
		for i, text := range texts {
			c.Options = append(c.Options, ChoiceOption{Text: text})
			options[id][text] = place{len(list), i}
		}
		list = append(list, c)
	}
	if err := rows.Err(); err != nil || len(list) == 0 {
		return nil, err
	}
	given, err := tx.Query(`SELECT p.answers FROM conversations AS c JOIN participants AS p ON p.id = c.participant_id
		WHERE c.session_id = ?1 AND c.turns > 0 AND`+inCount, session, asJSON(of))
	if err != nil {
		return nil, err
	}
	defer given.Close()
	values := make([][]string, len(list)) // of numbers and dates
	for given.Next() {
		var answers []appliance.FormAnswer
		if err := given.Scan(toJSON(&answers)); err != nil {
			return nil, err
		}
		for _, a := range answers {
			if i, ok := fields[a.FieldID]; ok && len(a.Values) > 0 {
				list[i].People++
				values[i] = append(values[i], a.Values...)
			}
			for _, v := range a.Values {
				if at, ok := options[a.FieldID][v]; ok {
					list[at.field].Options[at.option].People++
				}
			}
		}
	}
	for i := range list {
		list[i].spread(values[i])
	}
	return list, given.Err()
}

// spread counts the values of a question for a number or a date, which has no options of its own.
func (c *Choice) spread(values []string) {
	var counts []appliance.ValueCount
	switch c.Type {
	case appliance.FieldNumber:
		counts = appliance.CountNumbers(values)
		for _, v := range values {
			if n, ok := appliance.ParseNumber(v); ok {
				c.Numbers = append(c.Numbers, n)
			}
		}
		slices.Sort(c.Numbers)
	case appliance.FieldDate:
		counts = appliance.CountDates(values)
	}
	for _, v := range counts {
		c.Options = append(c.Options, ChoiceOption{Text: v.Label, People: v.Count})
	}
}

// errMaterialChanged refuses a report that would show what is gone.
var errMaterialChanged = errors.New("the material changed while the report was being written")

// stillThere gives CodeConflict when something that m was read from is gone or has been drawn anew since.
func (m ReportMaterial) stillThere(tx *Tx) error {
	now := ReportMaterial{SessionID: m.SessionID}
	if err := now.readConversations(tx, sha256.New()); err != nil {
		return err
	}
	for id, digest := range m.evidence {
		if now.evidence[id] != digest {
			return &appliance.Error{Code: appliance.CodeConflict, Err: errMaterialChanged,
				Message: "What people said changed while the report was being written. Please make it again."}
		}
	}
	return nil
}

// SaveReport stores the next version of the report of a session, made from m. It gives CodeConflict when something
// that m was read from is gone or has been drawn anew since: the report would cite what is no longer there. What only
// came to it since does not matter here.
func (s *Store) SaveReport(ctx context.Context, m ReportMaterial, r appliance.Report) (appliance.Report, error) {
	r.SessionID, r.Counts, r.InputHash = m.SessionID, m.Counts, m.Hash
	err := s.write(ctx, func(tx *Tx) error {
		if err := m.stillThere(tx); err != nil {
			return err
		}
		err := tx.QueryRow(`SELECT coalesce(max(version), 0) + 1 FROM reports WHERE session_id = ?`, r.SessionID).
			Scan(&r.Version)
		if err != nil {
			return err
		}
		_, err = tx.Exec(`INSERT INTO reports (id, session_id, version, body, counts, input_hash, made_by, model_digest,
				prompt_version, asked, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			r.ID, r.SessionID, r.Version, asJSON(r.Body), asJSON(r.Counts), r.InputHash, r.Maker.By, r.Maker.ModelDigest,
			r.Maker.PromptVersion, r.Asked, ms(r.CreatedAt))
		if isForeignKey(err) {
			return &appliance.Error{Code: appliance.CodeNotFound, Message: noSuch("session")}
		} else if err != nil {
			return err
		}
		return s.addEvent(tx, appliance.EventReportReady, r.SessionID, "", r.CreatedAt)
	})
	return r, err
}

// Results is the newest report of a session with the claims that it cites, all of one moment.
type Results struct {
	Language appliance.Language // of the report
	Report   appliance.Report
	Claims   []CitedClaim // those that the report cites, as far as their conversations are included
	Stale    bool         // there is newer material than that of the report
	Gaps     []MeetingGaps
	Jobs     JobCounts
}

// Results gives the results of a session; CodeNotFound, in words for people, when there is no report yet.
func (s *Store) Results(ctx context.Context, session appliance.SessionID) (r Results, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		r, err = results(tx, session)
		return err
	})
	return r, err
}

// ResultsToHandOut is Results without what rests on a meeting that must not be handed out.
func (s *Store) ResultsToHandOut(ctx context.Context, session appliance.SessionID) (r Results, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		tx.purpose = appliance.NoExport
		r, err = results(tx, session)
		return err
	})
	return r, err
}

// ResultsForProject gives what a session brings to the results of its project, all of one moment: its report, its themes with the
// first most claims of each, and all claims. CodeNotFound when there is no report yet.
func (s *Store) ResultsForProject(ctx context.Context, session appliance.SessionID, most int,
) (r Results, of ThemesOf, claims []CitedClaim, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		tx.purpose |= appliance.NoProject
		if r, err = results(tx, session); err != nil {
			return err
		}
		if of, err = themesOf(tx, session, most); err != nil {
			return err
		}
		claims, err = citedClaims(tx, `TRUE`, session)
		return err
	})
	return r, of, claims, err
}

func results(tx *Tx, session appliance.SessionID) (r Results, err error) {
	now := ReportMaterial{SessionID: session}
	if err := now.readState(tx); err != nil {
		return r, err
	}
	r.Language = now.Language
	if r.Gaps, err = meetingGaps(tx, session); err != nil {
		return r, err
	}
	if r.Report, err = newestReport(tx, session); err != nil {
		return r, err
	}
	r.Stale = string(r.Report.InputHash) != string(now.Hash)
	if r.Stale || tx.purpose != 0 {
		if err := founded(tx, session, &r.Report.Body); err != nil {
			return r, err
		}
	}
	if r.Jobs, err = jobCounts(tx, session); err != nil {
		return r, err
	}
	r.Claims, err = citedClaims(tx, `c.id IN (SELECT value FROM json_each(?))`, session, asJSON(r.Report.Body.Cited()))
	return r, err
}

func newestReport(tx *Tx, session appliance.SessionID) (r appliance.Report, err error) {
	ok, err := found(tx.QueryRow(`SELECT id, session_id, version, body, counts, input_hash, made_by, model_digest,
			prompt_version, asked, created_at FROM reports WHERE session_id = ? ORDER BY version DESC LIMIT 1`, session).
		Scan(&r.ID, &r.SessionID, &r.Version, toJSON(&r.Body), toJSON(&r.Counts), &r.InputHash, &r.Maker.By,
			&r.Maker.ModelDigest, &r.Maker.PromptVersion, &r.Asked, toTime(&r.CreatedAt)))
	if !ok && err == nil {
		err = appliance.Errorf(appliance.CodeNotFound,
			"There is no report yet. It is made by itself when the first conversation ends.")
	}
	return r, err
}
