package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"harmonium/appliance"
)

// What people see of results who are no members of the session is put together from releases. A release is a group of
// conversations, never fewer than the session's minimum, that came in at the same moment; everything that is shown counts
// whole releases only. So whoever compares what is shown before and after finds the difference that a group makes, never
// that of one person, in whatever way they add and subtract.
//
// A release stands as long as each of its conversations is there, included and unchanged. When one is taken back, left out,
// said otherwise or may be used less, the whole release goes out of what is shown, at once. What is left of it comes back
// with the next release, among at least as many others as the minimum.
//
// Sentences of the report are those of the version that there was at the newest release, and themes those that there were, by the
// titles that they had: they change when a release comes. When a release does not stand any more they go, until the next one.
//
// So do the figures of answers, since of those who went a single one may have answered a question. They are told again when
// so many others have answered it since that the difference tells of nobody.

// ripe are the conversations (c, with their digest d) of session ?1 that can come with a release: finished, included, and in
// the newest report.
const ripe = ` FROM conversations AS c JOIN digests AS d ON d.conversation_id = c.id
	WHERE c.session_id = ?1 AND` + forOthers + `AND c.state = 'finished' AND c.turns > 0 AND d.created_at <=
		(SELECT r.created_at FROM reports AS r WHERE r.session_id = ?1 ORDER BY r.version DESC LIMIT 1) `

// stateNow is the state in which a conversation (c, d) is shown.
const stateNow = ` hex(d.input_hash) || ' ' || c.uses_changed `

// standing are the releases (r) of session ?1 that stand.
const standing = ` FROM releases AS r JOIN (
		SELECT c.release AS number, count(*) AS people FROM conversations AS c JOIN digests AS d ON d.conversation_id = c.id
		WHERE c.session_id = ?1 AND c.release IS NOT NULL AND` + forOthers + `AND c.state = 'finished' AND c.released_as =` + stateNow + `
		GROUP BY c.release
	) AS now ON now.number = r.number AND now.people = r.people
	WHERE r.session_id = ?1 `

// allStand is the condition that all releases of session ?1 stand.
const allStand = ` AND (SELECT count(*) FROM releases WHERE session_id = ?1) = (SELECT count(*)` + standing + `) `

// Shared is what can be told of a session to people who are no members of it, before small figures in it are hidden.
type Shared struct {
	People   int // whose conversations are counted; 0 while there are too few, and then there is nothing else either
	Maker    appliance.Maker
	Sections []SharedSection
	Themes   []SharedTheme
	Tallies  []appliance.Tally
	Choices  []Choice
}

// SharedSection is a part of the report, with the sentences that rest on a group.
type SharedSection struct {
	Title     string
	Sentences []string
}

// SharedTheme is a theme of which a group speaks.
type SharedTheme struct {
	Title  string
	People int // of those who are counted
}

// Shared gives what can be told of a session to people who are no members, where nothing may rest on fewer people than
// minimum. Where enough conversations have come since the last time they are released now.
func (s *Store) Shared(ctx context.Context, session appliance.SessionID, minimum int) (out Shared, err error) {
	if err := s.releaseNew(ctx, session, minimum); err != nil {
		return Shared{}, err
	}
	err = s.read(ctx, func(tx *Tx) error {
		out = Shared{}
		stand, people, err := releases(tx, session)
		if err != nil || people < minimum {
			return err
		}
		of := counted(stand)
		out.People = people
		used, err := guideVersion(tx, session, 0)
		if err != nil {
			return err
		}
		if err := out.readAnswers(tx, session, of, used.Guide, minimum); err != nil {
			return err
		}
		if err := out.readThemes(tx, session, of, minimum); err != nil {
			return err
		}
		return out.readReport(tx, session, of, minimum)
	})
	return out, err
}

// readAnswers counts the answers to each question, release by release: the figures of a question stay as they were until
// so many people have answered it since that the difference tells of nobody (appliance.TellsFew).
func (out *Shared) readAnswers(tx *Tx, session appliance.SessionID, stand counted, guide appliance.Guide, minimum int) error {
	s, err := againOf(tx, session, stand)
	if err != nil || s.none {
		return err
	}
	told, known := map[string]appliance.Tally{}, []Choice{}
	old := map[string]int{} // how many had answered a question that a release was lost of, at most
	for n := max(1, s.from); n <= len(stand); n++ {
		list, err := tallies(tx, session, stand[:n], guide)
		if err != nil {
			return err
		}
		out.Tallies = nil
		for _, t := range list {
			key := fmt.Sprint(t.TopicID, "\n", asJSON(t.Control), "\n", t.Question)
			before, is := told[key]
			if s.waits(old, key, n, t.Answered, minimum) {
				continue
			}
			if !is || !tallyTells(before, t, minimum) {
				told[key] = t
			}
			out.Tallies = append(out.Tallies, told[key])
		}
		asked, err := choices(tx, session, stand[:n], charted...)
		if err != nil {
			return err
		}
		for i, c := range asked { // the same fields each time
			if i == len(known) {
				known = append(known, Choice{})
			}
			if !s.waits(old, fmt.Sprint(i), n, c.People, minimum) && !choiceTells(known[i], c, minimum) {
				known[i] = c
			}
		}
	}
	out.Choices = slices.DeleteFunc(known, func(c Choice) bool { return c.Text == "" })
	return nil
}

// again says which releases came before one was lost, so that figures are told again when enough have come after it.
type again struct {
	none     bool // a release does not stand, and none has come since
	from     int  // how many of those that stand came before the last loss
	returned int  // conversations of those that were lost that came with the first one after it
	lost     bool // ever
}

// againOf reads it, for the releases that stand, in their order.
func againOf(tx *Tx, session appliance.SessionID, stand counted) (s again, err error) {
	if err := tx.QueryRow(`SELECT count(*) > ?2 FROM releases WHERE session_id = ?1`, session, len(stand)).Scan(&s.none); err != nil || s.none {
		return s, err
	}
	place := 0
	err = eachRow(tx, func(rows *Rows) error {
		returned := -1
		err := rows.Scan(&returned)
		if returned >= 0 {
			s.from, s.returned, s.lost = place, returned, true
		}
		place++
		return err
	}, `SELECT coalesce(returned, -1) FROM releases WHERE session_id = ? ORDER BY number`, session)
	return s, err
}

// waits says whether the figures of a question are not told yet with the first n releases, which answered people have answered:
// after a loss at least minimum others must have. It notes in old how many had before.
func (s again) waits(old map[string]int, key string, n, answered, minimum int) bool {
	if s.lost && n == s.from {
		old[key] = answered
		return true
	}
	return s.lost && answered-old[key]-s.returned < minimum
}

// tallyTells says whether the step from one tally to the next tells of few. One of fewer than minimum people is not shown yet.
func tallyTells(before, now appliance.Tally, minimum int) bool {
	if before.Answered < minimum {
		return false
	}
	if now.Control.Type == appliance.ControlRanking { // places are means over all who answered
		more := now.Answered - before.Answered
		return more != 0 && more < minimum
	}
	return appliance.TellsFew(before.Shares(minimum), before.Answered, now.Shares(minimum), now.Answered, now.Control.Type == appliance.ControlMultiple, minimum)
}

func choiceTells(before, now Choice, minimum int) bool {
	if before.People < minimum {
		return false
	}
	return appliance.TellsFew(before.Shares(minimum), before.People, now.Shares(minimum), now.People, now.Type == appliance.FieldMultiple, minimum)
}

// releases gives the numbers of the releases that stand, a list that may be empty, and how many people they have.
func releases(tx *Tx, session appliance.SessionID) (numbers []int, people int, err error) {
	numbers = []int{} // in JSON none is a list, too
	err = eachRow(tx, func(rows *Rows) error {
		var number, n int
		err := rows.Scan(&number, &n)
		numbers, people = append(numbers, number), people+n
		return err
	}, `SELECT r.number, r.people`+standing+`ORDER BY r.number`, session)
	return numbers, people, err
}

// releaseNew makes a release of what has come since the last one, and of what is left of those that do not stand, when that
// makes minimum new conversations.
func (s *Store) releaseNew(ctx context.Context, session appliance.SessionID, minimum int) error {
	const count = `SELECT count(*)` + ripe + `AND c.release IS NULL`
	var fresh int
	if err := s.lookUp(ctx, count, []any{session}, []any{&fresh}); err != nil || fresh < minimum {
		return err
	}
	return s.write(ctx, func(tx *Tx) error {
		if err := tx.QueryRow(count, session).Scan(&fresh); err != nil || fresh < minimum {
			return err
		}
		stand, _, err := releases(tx, session)
		if err != nil {
			return err
		}
		returned, err := returning(tx, session, stand)
		if err != nil {
			return err
		}
		number := 1
		if err := tx.QueryRow(`SELECT coalesce(max(number), 0) + 1 FROM releases WHERE session_id = ?`, session).Scan(&number); err != nil {
			return err
		}
		for _, drop := range []string{
			`UPDATE conversations SET release = NULL WHERE session_id = ?1 AND release NOT IN (SELECT value FROM json_each(?2))`,
			`DELETE FROM releases WHERE session_id = ?1 AND number NOT IN (SELECT value FROM json_each(?2))`,
		} {
			if _, err := tx.Exec(drop, session, asJSON(stand)); err != nil {
				return err
			}
		}
		_, err = tx.Exec(`UPDATE conversations SET release = ?2, released_as = found.state
			FROM (SELECT c.id,`+stateNow+`AS state`+ripe+`AND c.release IS NULL) AS found WHERE conversations.id = found.id`, session, number)
		if err != nil {
			return err
		}
		_, err = tx.Exec(`INSERT INTO releases (session_id, number, people, returned, report_version, titles, created_at)
			SELECT ?1, ?2, count(*), ?4, (SELECT max(version) FROM reports WHERE session_id = ?1),
				(SELECT json_group_object(id, title) FROM themes WHERE session_id = ?1), ?3
			FROM conversations WHERE session_id = ?1 AND release = ?2`, session, number, ms(s.clock()), returned)
		return err
	})
}

// returning counts the conversations that come again with the next release since theirs does not stand any more; nil where all stand.
func returning(tx *Tx, session appliance.SessionID, stand []int) (*int, error) {
	var lost bool
	var n int
	err := tx.QueryRow(`SELECT (SELECT count(*) > ?2 FROM releases WHERE session_id = ?1),
			(SELECT count(*)`+ripe+`AND c.release IS NOT NULL AND c.release NOT IN (SELECT value FROM json_each(?3)))`,
		session, len(stand), asJSON(stand)).Scan(&lost, &n)
	if err != nil || !lost {
		return nil, err
	}
	return &n, nil
}

// readReport takes over the sentences of the report that was there at the newest release, as long as all releases stand:
// those of its overview and its topics that cite what at least minimum of the people say who are counted.
func (out *Shared) readReport(tx *Tx, session appliance.SessionID, of counted, minimum int) error {
	var body appliance.ReportBody
	there, err := found(tx.QueryRow(`SELECT p.body, p.made_by, p.model_digest, p.prompt_version FROM reports AS p
		WHERE p.session_id = ?1 AND p.version = (SELECT report_version FROM releases WHERE session_id = ?1 ORDER BY number DESC LIMIT 1)
			`+allStand, session).
		Scan(toJSON(&body), &out.Maker.By, &out.Maker.ModelDigest, &out.Maker.PromptVersion))
	if err != nil || !there {
		return err
	}
	who := map[appliance.ClaimID]string{}
	err = eachRow(tx, func(rows *Rows) error {
		var claim appliance.ClaimID
		var conversation string
		err := rows.Scan(&claim, &conversation)
		who[claim] = conversation
		return err
	}, `SELECT m.id, m.conversation_id FROM claims AS m JOIN conversations AS c ON c.id = m.conversation_id
		WHERE c.session_id = ?1 AND`+inCount, session, asJSON(of))
	if err != nil {
		return err
	}
	for _, section := range body.Sections {
		if section.Kind != appliance.SectionOverview && section.Kind != appliance.SectionTopic {
			continue
		}
		shared := SharedSection{Title: section.Title}
		for _, sentence := range section.Sentences {
			if !ofGroup(sentence, who, minimum) {
				continue
			}
			ok, err := out.quotesGroups(tx, sentence.Text, section.Title, session, of, minimum)
			if err != nil {
				return err
			}
			if ok {
				shared.Sentences = append(shared.Sentences, sentence.Text)
			}
		}
		if len(shared.Sentences) > 0 {
			out.Sections = append(out.Sections, shared)
		}
	}
	return nil
}

// readThemes counts who speaks of each theme, and takes over those of a group. A theme is told by its title alone: its
// description may hold what one person said.
func (out *Shared) readThemes(tx *Tx, session appliance.SessionID, of counted, minimum int) error {
	return eachRow(tx, func(rows *Rows) error {
		var t SharedTheme
		err := rows.Scan(&t.Title, &t.People)
		if t.People >= minimum {
			out.Themes = append(out.Themes, t)
		}
		return err
	}, `SELECT told.value, count(DISTINCT c.id) AS people FROM conversations AS c
		JOIN claims AS m ON m.conversation_id = c.id AND m.prompted = 0
		JOIN theme_claims AS p ON p.claim_id = m.id
		JOIN json_each((SELECT r.titles FROM releases AS r WHERE r.session_id = ?1`+allStand+`ORDER BY r.number DESC LIMIT 1)) AS told
			ON told.key = p.theme_id
		WHERE c.session_id = ?1 AND`+inCount+`GROUP BY told.key ORDER BY people DESC, told.value`, session, asJSON(of))
}

// marks are all quotation marks, but for the one that is an apostrophe too.
const marks = "\"“”„«»‟‹›「」『』〝〞〟‘‚‛"

// betweenMarks gives what stands between quotation marks in a text; behind one that is not closed all of the rest does.
func betweenMarks(text string) (pieces []string) {
	for _, mark := range marks {
		text = strings.ReplaceAll(text, string(mark), `"`)
	}
	for i, piece := range strings.Split(text, `"`) {
		if i%2 == 1 {
			pieces = append(pieces, strings.TrimSpace(piece))
		}
	}
	return pieces
}

// quotesGroups says whether what a sentence has in quotation marks is no words of a single person, whoever is said to have
// made it: a title that is shown anyway, or words that minimum of the people say. Of a model it may have none: it quotes persons.
func (out *Shared) quotesGroups(tx *Tx, text, title string, session appliance.SessionID, of counted, minimum int) (bool, error) {
	for _, piece := range betweenMarks(text) {
		if out.Maker.Model() {
			return false, nil
		}
		shown := func(t SharedTheme) bool { return t.Title == piece }
		if piece == title || slices.ContainsFunc(out.Themes, shown) {
			continue
		}
		var people int
		err := tx.QueryRow(`SELECT count(DISTINCT c.id) FROM turns_fts AS f CROSS JOIN turns AS t ON t.row = f.rowid
			CROSS JOIN conversations AS c ON c.id = t.conversation_id
			WHERE turns_fts MATCH ?3 AND c.session_id = ?1 AND`+inCount, session, asJSON(of),
			`content : `+phrase(piece)+` AND session : `+phrase(tag(session))).Scan(&people)
		if err != nil || people < minimum {
			return false, err
		}
	}
	return true, nil
}

// ofGroup says whether a sentence rests on so many people. One that only leads up to quotations says nothing without them.
func ofGroup(s appliance.ReportSentence, who map[appliance.ClaimID]string, minimum int) bool {
	people := map[string]bool{}
	for _, claim := range s.Claims {
		if conversation := who[claim]; conversation != "" {
			people[conversation] = true
		}
	}
	return len(people) >= minimum && !strings.HasSuffix(strings.TrimSpace(s.Text), ":") && !tellsFewer(s.Text, minimum)
}

// tellsFewer says whether a text holds a figure below minimum: it may be how many people say something.
func tellsFewer(text string, minimum int) bool {
	for _, run := range strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsDigit(r) }) {
		n := 0
		for _, r := range run {
			n = min(n*10+digit(r), maxFigure)
		}
		if n < minimum {
			return true
		}
	}
	return false
}

// maxFigure bounds what is read of a figure in a text: more is no number of people.
const maxFigure = 1_000_000

// digit is the value of a decimal digit of any script: in Unicode those of a script stand side by side, from 0 on.
func digit(r rune) int {
	zero := r
	for unicode.IsDigit(zero-1) && r-zero < 9 {
		zero--
	}
	return int(r - zero)
}
