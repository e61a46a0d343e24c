package store

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"harmonium/appliance"
)

// How the index of what was said (turns_fts) is asked, by Search and Evidence. It gives turns, the newest first, and what is
// read of them ends as soon as enough count: decision 34.

const (
	// maxNamed bounds the sessions that a question to the index names: each costs a look for every turn. Where it is to look in
	// more, or in most of all there are, each turn that it gives is asked for its session instead.
	maxNamed = 24

	// maxForms bounds the words that one beginning stands for, in the order of the alphabet.
	maxForms = 100

	// seenTurns bounds the turns that are looked at where others have the words too than may be shown, readBytes what is read of
	// those that are ranked: 1,000 turns of 500 bytes, or fewer longer ones.
	seenTurns = 5000
	readBytes = 500_000
)

// tagsOf gives how the index is asked for what was said in the sessions that a query gives; "" where they need not be named. none
// is true when there are no such sessions.
func tagsOf(tx *Tx, query string, args ...any) (tags string, none bool, err error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return "", false, err
	}
	defer rows.Close()
	var names []string
	for len(names) <= maxNamed && rows.Next() {
		var id appliance.SessionID
		if err := rows.Scan(&id); err != nil {
			return "", false, err
		}
		names = append(names, tag(id))
	}
	if err := rows.Err(); err != nil || len(names) == 0 || len(names) > maxNamed {
		return "", len(names) == 0, err
	}
	var all int
	if err := tx.QueryRow(`SELECT count(*) FROM sessions`).Scan(&all); err != nil || 2*len(names) > all {
		return "", false, err
	}
	return ` AND session : (` + anyOf(names) + `)`, false, nil
}

// tag is how the index knows a session: by its id without what all of them begin with, as in migration 00025.
func tag(id appliance.SessionID) string { return string(id[min(4, len(id)):]) }

// phrase writes a word, or several that follow each other, so that nothing in it is an operator.
func phrase(words string) string { return `"` + strings.ReplaceAll(words, `"`, `""`) + `"` }

// anyOf writes words, each of which is an answer; "" when there are none.
func anyOf(words []string) string {
	list := make([]string, len(words))
	for i, w := range words {
		list[i] = phrase(w)
	}
	return strings.Join(list, ` OR `)
}

// begun writes what is the beginning of a word: every word of the index that begins so, as far as they are no more than maxForms;
// all is false when they are. (FTS5 looks for a beginning by reading every place of all these words before it gives the first one,
// a tenth of a second for a common word.) It is "" where no word begins so.
func begun(tx *Tx, word string) (match string, all bool, err error) {
	begins, ok := indexed(word)
	if !ok {
		return phrase(word) + `*`, true, nil
	}
	// Each step seeks the next word behind all places of the one before.
	rows, err := tx.Query(`WITH RECURSIVE forms (term) AS (
			SELECT (SELECT term FROM turn_words WHERE term >= ?1 AND term < ?2 LIMIT 1)
			UNION ALL
			SELECT (SELECT term FROM turn_words WHERE term >= forms.term || char(1) AND term < ?2 LIMIT 1) FROM forms
				WHERE forms.term IS NOT NULL
			LIMIT ?3)
		SELECT term FROM forms WHERE term IS NOT NULL`, begins, begins+string(unicode.MaxRune), maxForms+1)
	if err != nil {
		return "", false, err
	}
	defer rows.Close()
	var forms []string
	for rows.Next() {
		var form string
		if err := rows.Scan(&form); err != nil {
			return "", false, err
		}
		forms = append(forms, form)
	}
	return anyOf(forms[:min(len(forms), maxForms)]), len(forms) <= maxForms, rows.Err()
}

// indexed gives a word as the index holds it: in lower case, Latin letters without their accents (unicode61 with
// remove_diacritics 2). It is false for the few whose marks do not belong to one letter, which the index may have cut.
func indexed(word string) (string, bool) {
	word = norm.NFC.String(word)
	if strings.ContainsFunc(word, unicode.IsMark) {
		return "", false
	}
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Latin, r) {
			r = []rune(norm.NFD.String(string(r)))[0]
		}
		return unicode.ToLower(r)
	}, word), true
}

// foundTurn is a turn that the index gave.
type foundTurn struct {
	row          int64
	conversation appliance.ConversationID
	marked       string // its content with marks around the words
	score        float64
}

// newestTurns gives the turns that a query finds, which is to give the newest first: row, conversation, and the content with marks, NULL
// for a turn that does not count. It ends when most of them were found, or seenTurns looked at, or readBytes read; last is the row
// that it looked at last then, and 0 when it looked at all.
func newestTurns(tx *Tx, most int, query string, args ...any) (found []foundTurn, last int64, err error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, 0, err
	}
	defer rows.Close()
	for seen, read := 0, 0; rows.Next(); seen++ {
		if len(found) == most || seen == seenTurns || read > readBytes {
			return found, last, nil
		}
		var f foundTurn
		var marked *string
		if err := rows.Scan(&f.row, &f.conversation, &marked); err != nil {
			return nil, 0, err
		}
		last = f.row
		if marked != nil {
			f.marked = *marked
			found, read = append(found, f), read+len(f.marked)
		}
	}
	return found, 0, rows.Err()
}
