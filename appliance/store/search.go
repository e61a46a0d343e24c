package store

import (
	"context"
	"strings"
	"unicode"

	"harmonium/appliance"
)

// SearchQuery says what is looked for, by whom and where.
type SearchQuery struct {
	Account appliance.AccountID // finds only what this account may see
	Session appliance.SessionID // only in this one; "" in all
	Text    string              // words; a result has all of them, the last one perhaps only begun
	Page    Page
}

// SearchHit is one session or one turn that was found.
type SearchHit struct {
	SessionID      appliance.SessionID
	Topic          string                   // of the session
	ConversationID appliance.ConversationID // "" where the session itself was found
	TurnID         appliance.TurnID
	Seq            int
	Number         int // of the participant; 0 when there is none
	Snippet        []SnippetPart
}

// SnippetPart is a piece of the text around what was found.
type SnippetPart struct {
	Text string
	Hit  bool // is one of the words looked for
}

// SearchResults is one page of what was found.
type SearchResults struct {
	Hits  []SearchHit
	Total int
	// Newest is true when a word is so common that only the newest searchedTurns turns with it were ranked.
	Newest bool
}

const (
	// searchedTurns bounds how many turns with the words are ranked (decision 34: ranking a word that stands in a
	// quarter of 1,000,000 turns takes half a second).
	searchedTurns = 1000

	// searchedSessions bounds how many sessions are found by their brief.
	searchedSessions = 10

	// maxTerms and maxTerm bound what is looked for: more words than that only make it slower.
	maxTerms = 12
	maxTerm  = 64
)

// Search finds sessions by their topic or goal and what people said in conversations that are included, the best
// first. Words are compared without case and accents. What the caller wrote is never read as a query language.
func (s *Store) Search(ctx context.Context, q SearchQuery) (r SearchResults, err error) {
	terms := searchTerms(q.Text)
	if len(terms) == 0 {
		return SearchResults{}, nil
	}
	err = s.read(ctx, func(tx *Tx) error {
		r = SearchResults{}
		sessions, err := searchSessions(tx, q, terms)
		if err != nil {
			return err
		}
		found, err := searchTurns(tx, q, terms)
		if err != nil {
			return err
		}
		r.Newest = len(found) == searchedTurns
		r.Total = len(sessions) + len(found)
		from, to := min(q.Page.Offset, r.Total), min(q.Page.Offset+q.Page.Limit, r.Total)
		if from < len(sessions) {
			r.Hits = sessions[from:min(to, len(sessions))]
		}
		if to > len(sessions) {
			hits, err := searchHits(tx, terms, found[max(0, from-len(sessions)):to-len(sessions)])
			if err != nil {
				return err
			}
			r.Hits = append(r.Hits, hits...)
		}
		return nil
	})
	return r, err
}

// searchTerms gives the words of a text.
func searchTerms(text string) []string {
	words := strings.FieldsFunc(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
	})
	terms := words[:0]
	for _, w := range words {
		if len(terms) < maxTerms && strings.ContainsFunc(w, func(r rune) bool { return !unicode.IsMark(r) }) {
			terms = append(terms, strings.ToValidUTF8(w[:min(len(w), maxTerm)], ""))
		}
	}
	return terms
}

// matchOf writes terms as a query of FTS5: each a quoted string, so that nothing in it is an operator, the last one
// as a prefix.
func matchOf(terms []string) string {
	var b strings.Builder
	for i, t := range terms {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(`"` + strings.ReplaceAll(t, `"`, `""`) + `"`)
	}
	b.WriteByte('*')
	return b.String()
}

// searchSessions gives the sessions whose topic or goal holds all terms, the last edited first.
func searchSessions(tx *Tx, q SearchQuery, terms []string) ([]SearchHit, error) {
	if q.Session != "" {
		return nil, nil
	}
	query := `SELECT s.id, s.topic, s.goal FROM` + visibleSessions
	args := []any{q.Account}
	for _, t := range terms {
		query += ` AND (s.topic LIKE ? ESCAPE '\' OR s.goal LIKE ? ESCAPE '\')`
		args = append(args, containing(t), containing(t))
	}
	args = append(args, searchedSessions)
	rows, err := tx.Query(query+` ORDER BY s.updated_at DESC LIMIT ?`, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var hits []SearchHit
	for rows.Next() {
		var h SearchHit
		var goal string
		if err := rows.Scan(&h.SessionID, &h.Topic, &goal); err != nil {
			return nil, err
		}
		h.Snippet = []SnippetPart{{Text: shorten(goal, 160)}}
		hits = append(hits, h)
	}
	return hits, rows.Err()
}

// containing is the pattern of LIKE for texts that hold part, with ESCAPE '\'.
func containing(part string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(part) + "%"
}

// shorten cuts text to at most n bytes, at a space where there is one.
func shorten(text string, n int) string {
	if len(text) <= n {
		return text
	}
	cut := strings.ToValidUTF8(text[:n], "")
	if i := strings.LastIndexByte(cut, ' '); i > n/2 {
		cut = cut[:i]
	}
	return cut + "…"
}

// searchTurns gives the row ids of the turns that hold all terms, the best first, at most searchedTurns of the newest.
func searchTurns(tx *Tx, q SearchQuery, terms []string) (found []int64, err error) {
	// The cross joins keep the index the outermost loop: it gives the newest turns first, and the limit ends it.
	query := `SELECT row FROM (
		SELECT f.rowid AS row, bm25(turns_fts) AS score
		FROM turns_fts f CROSS JOIN turns t ON t.row = f.rowid CROSS JOIN conversations c ON c.id = t.conversation_id
		WHERE turns_fts MATCH ?2 AND c.included = 1 AND c.session_id IN (SELECT s.id FROM` + visibleSessions + `
			AND (?3 = '' OR s.id = ?3))
		ORDER BY f.rowid DESC LIMIT ?4)
		ORDER BY score, row DESC`
	rows, err := tx.Query(query, q.Account, matchOf(terms), string(q.Session), searchedTurns)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var row int64
		if err := rows.Scan(&row); err != nil {
			return nil, err
		}
		found = append(found, row)
	}
	return found, rows.Err()
}

// Marks around what was found, in snippets of FTS5. People cannot write them: control characters are refused.
const (
	hitStart = "\x02"
	hitEnd   = "\x03"
)

// searchHits gives the turns with the given row ids, in that order, with what stands around the terms.
func searchHits(tx *Tx, terms []string, rowIDs []int64) ([]SearchHit, error) {
	hits := make([]SearchHit, 0, len(rowIDs))
	for _, row := range rowIDs {
		var h SearchHit
		var snippet string
		err := tx.QueryRow(`SELECT c.session_id, s.topic, c.id, t.id, t.seq, coalesce(p.number, 0),
				snippet(turns_fts, 0, '`+hitStart+`', '`+hitEnd+`', '…', 24)
			FROM turns_fts f JOIN turns t ON t.row = f.rowid JOIN conversations c ON c.id = t.conversation_id
			JOIN sessions s ON s.id = c.session_id LEFT JOIN participants p ON p.id = c.participant_id
			WHERE turns_fts MATCH ? AND f.rowid = ?`, matchOf(terms), row).
			Scan(&h.SessionID, &h.Topic, &h.ConversationID, &h.TurnID, &h.Seq, &h.Number, &snippet)
		if err != nil {
			return nil, err
		}
		h.Snippet = snippetParts(snippet)
		hits = append(hits, h)
	}
	return hits, nil
}

// snippetParts takes a snippet with marks apart.
func snippetParts(snippet string) []SnippetPart {
	var parts []SnippetPart
	for snippet != "" {
		before, rest, marked := strings.Cut(snippet, hitStart)
		if before != "" {
			parts = append(parts, SnippetPart{Text: before})
		}
		if !marked {
			break
		}
		hit, after, _ := strings.Cut(rest, hitEnd)
		if hit != "" {
			parts = append(parts, SnippetPart{Text: hit, Hit: true})
		}
		snippet = after
	}
	return parts
}
