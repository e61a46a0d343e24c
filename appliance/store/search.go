package store

import (
	"cmp"
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
	Before  int64               // only turns before this place; 0 is all, and sessions
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
	// Newest is true when a word is so common that only the newest turns with it were ranked, at most searchedTurns, or the last
	// one so short that only some of the words that begin so were looked for.
	Newest bool
	// Older is the place in the index before which nothing was looked at; 0 when all was. The same search with it in Before
	// looks there. It is a place and no turn, so that nobody learns from it which turns there are.
	Older int64
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
		found, last, allForms, err := searchTurns(tx, q, terms)
		if err != nil {
			return err
		}
		r.Newest, r.Older = last > 0 || !allForms, last
		r.Total = len(sessions) + len(found)
		from, to := min(q.Page.Offset, r.Total), min(q.Page.Offset+q.Page.Limit, r.Total)
		if from < len(sessions) {
			r.Hits = sessions[from:min(to, len(sessions))]
		}
		if to > len(sessions) {
			hits, err := searchHits(tx, found[max(0, from-len(sessions)):to-len(sessions)])
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

// searchSessions gives the sessions whose topic or goal holds all terms, the last edited first.
func searchSessions(tx *Tx, q SearchQuery, terms []string) ([]SearchHit, error) {
	if q.Session != "" || q.Before != 0 {
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

// searchTurns gives the turns that hold all terms, the best first, at most searchedTurns of the newest. It ended at the row last,
// which is 0 when it looked at all; allForms is false when it did not look for all words that begin as the last term.
func searchTurns(tx *Tx, q SearchQuery, terms []string) (found []foundTurn, last int64, allForms bool, err error) {
	tags, none, err := tagsOf(tx, `SELECT s.id FROM`+responsesSessions+`AND (?2 = '' OR s.id = ?2)`, q.Account, string(q.Session))
	if err != nil || none {
		return nil, 0, true, err
	}
	end := len(terms) - 1
	forms, allForms, err := begun(tx, terms[end])
	if err != nil || forms == "" {
		return nil, 0, true, err
	}
	words := `(` + forms + `)`
	for _, t := range terms[:end] {
		words += ` AND ` + phrase(t)
	}
	// The cross joins keep the index the outermost loop: it gives the newest turns first. The function bm25 would go through
	// all turns with each word, for how rare it is; all results have all of the words, so that makes little difference.
	found, last, err = newestTurns(tx, searchedTurns, `SELECT f.rowid, c.id, CASE WHEN c.included = 1 AND c.restricted & ?5 = 0 AND c.session_id IN (SELECT s.id FROM`+
		responsesSessions+`) AND (?3 = '' OR c.session_id = ?3) THEN highlight(turns_fts, 0, '`+hitStart+`', '`+hitEnd+`') END
		FROM turns_fts f CROSS JOIN turns t ON t.row = f.rowid CROSS JOIN conversations c ON c.id = t.conversation_id
		WHERE turns_fts MATCH ?2 AND f.rowid < iif(?4 = 0, 9223372036854775807, ?4)
		ORDER BY f.rowid DESC`, q.Account, `content : (`+words+`)`+tags, string(q.Session), q.Before, appliance.NoProcessing|tx.purpose)
	rank(found)
	return found, last, allForms, err
}

// rank puts the best first: turns in which the words make up the most, as BM25 weighs it (k1 = 1.2, b = 0.75), and of
// equals the newest.
func rank(found []foundTurn) {
	if len(found) == 0 {
		return
	}
	mean := 0.0
	for _, f := range found {
		mean += float64(len(f.marked)) / float64(len(found))
	}
	for i, f := range found {
		n := float64(strings.Count(f.marked, hitStart))
		found[i].score = n / (n + 1.2*(0.25+0.75*float64(len(f.marked))/mean))
	}
	appliance.Sort(found, func(a, b foundTurn) int { return cmp.Compare(b.score, a.score) })
}

// Marks around what was found, in snippets of FTS5. People cannot write them: control characters are refused.
const (
	hitStart = "\x02"
	hitEnd   = "\x03"
)

// searchHits gives what is shown of turns that were found.
func searchHits(tx *Tx, found []foundTurn) ([]SearchHit, error) {
	hits := make([]SearchHit, 0, len(found))
	for _, f := range found {
		h := SearchHit{Snippet: snippet(f.marked)}
		err := tx.QueryRow(`SELECT c.session_id, s.topic, c.id, t.id, t.seq, coalesce(p.number, 0)
			FROM turns t JOIN conversations c ON c.id = t.conversation_id JOIN sessions s ON s.id = c.session_id
			LEFT JOIN speakers k ON k.id = t.speaker
			LEFT JOIN participants p ON p.id = coalesce(k.participant_id, c.participant_id) WHERE t.row = ?`, f.row).
			Scan(&h.SessionID, &h.Topic, &h.ConversationID, &h.TurnID, &h.Seq, &h.Number)
		if err != nil {
			return nil, err
		}
		hits = append(hits, h)
	}
	return hits, nil
}

// How much of a turn a snippet shows, in bytes: before the first of the words, and in all.
const (
	snippetLead = 60
	snippetSize = 240
)

// snippet takes what stands around the first of the marked words.
func snippet(marked string) []SnippetPart {
	var parts []SnippetPart
	left := snippetSize
	for i, piece := range strings.Split(marked, hitStart) {
		hit, after := "", piece
		if i > 0 {
			hit, after, _ = strings.Cut(piece, hitEnd)
			parts = append(parts, SnippetPart{Text: hit, Hit: true})
		} else {
			after = lastPart(after, snippetLead)
		}
		if left -= len(hit) + len(after); left < 0 {
			after = shorten(after, max(1, left+len(after)))
		}
		if after != "" {
			parts = append(parts, SnippetPart{Text: after})
		}
		if left < 0 {
			break
		}
	}
	return parts
}

// lastPart cuts text to about its last n bytes, at a space where there is one.
func lastPart(text string, n int) string {
	if len(text) <= n {
		return text
	}
	cut := text[len(text)-n:]
	if i := strings.IndexByte(cut, ' '); i >= 0 && i < n/2 {
		return "…" + cut[i+1:]
	}
	return "…" + strings.ToValidUTF8(cut, "")
}
