package store

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
	"strings"

	"harmonium/appliance"
)

// EvidenceQuery says where words are looked for that answer a question, and for whom. At most one of Conversation,
// Session and Project is set; with none it is everything that the account may see.
type EvidenceQuery struct {
	Account      appliance.AccountID
	Conversation appliance.ConversationID
	Session      appliance.SessionID
	Project      appliance.ProjectID
	Words        []EvidenceWord // those of the question that carry meaning; beyond maxTerms they are passed over
	Any          bool           // without Words, the newest conversations
	Meaning      Meaning        // of the question, where there is an embedder
}

// EvidenceWord is a word that is looked for.
type EvidenceWord struct {
	Begins string   // what words begin with that may be it
	Forms  []string // how it may be written, whole
}

// Material is one conversation as results may show it.
type Material struct {
	Conversation appliance.ConversationID
	Session      appliance.SessionID
	Language     appliance.Language
	Number       int // of its participant; 0 when there is none
	Title        string
	Turns        []appliance.Turn // all, in order; ForResults
	// Speakers are those whom the turns name, and the participant of an interview with ID "". They have a name only where
	// the account may see names.
	Speakers []appliance.Speaker
	Near     []Nearness // of its passages to the meaning of the query, as far as they have vectors; in their order
}

const (
	// maxMaterial bounds how many conversations are read for one question.
	maxMaterial = 40

	// maxMaterialTurns bounds the same in turns: of long conversations fewer are read, of any at least one.
	maxMaterialTurns = 6000

	// evidenceHits bounds how many turns with one word of a question count: the newest of them (decision 34).
	evidenceHits = 1000
)

// Evidence gives the conversations in which the words of a question stand, those first in which the most and the rarest of
// them do, at most maxMaterial; of a query for one conversation that one. Only conversations that are included and that the
// account may see are there, with what results may show of them. newest says that only the newest were looked at: of the turns
// with a word that is very common, or of the conversations where the question asks for nothing in particular. Where the
// conversation, session or project that is asked about is not there for the account, it fails with CodeNotFound.
func (s *Store) Evidence(ctx context.Context, q EvidenceQuery) (list []Material, newest bool, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		list, newest = nil, false
		if err := scopeVisible(tx, q); err != nil {
			return err
		}
		ids, all, err := evidenceConversations(tx, q)
		if err != nil {
			return err
		}
		newest = !all
		read := 0
		for _, id := range ids {
			if read > 0 && read >= maxMaterialTurns {
				newest = newest || q.Any
				break
			}
			m, err := material(tx, q, id)
			if err != nil {
				return err
			}
			list = append(list, m)
			read += len(m.Turns)
		}
		return nil
	})
	return list, newest, err
}

// material reads one conversation for an account that may see it.
func material(tx *Tx, q EvidenceQuery, id appliance.ConversationID) (Material, error) {
	m := Material{Conversation: id}
	var a access
	var anonymous bool
	var name string
	dest := append([]any{&m.Session, &m.Language, &m.Title, &m.Number, &name, &anonymous}, a.dest()...)
	err := tx.QueryRow(`SELECT c.session_id, c.language, c.title, coalesce(who.number, 0), coalesce(who.name, ''), s.anonymous,`+roleColumns+`
		FROM conversations c JOIN sessions s ON s.id = c.session_id`+sessionRoleJoins+`
		LEFT JOIN participants who ON who.id = c.participant_id WHERE c.id = ?2`, q.Account, id).Scan(dest...)
	if err != nil {
		return m, err
	}
	if m.Turns, err = turns(tx, ForResults, `conversation_id = ?`, id); err != nil {
		return m, err
	}
	if m.Speakers, err = speakers(tx, id); err != nil {
		return m, err
	}
	if m.Near, err = nearnesses(tx, id, q.Meaning); err != nil {
		return m, err
	}
	if m.Number != 0 {
		m.Speakers = append(m.Speakers, appliance.Speaker{Name: name, Number: m.Number})
	}
	if anonymous || !a.role().AtLeast(appliance.RoleEditor) {
		for i := range m.Speakers {
			m.Speakers[i].Name = ""
		}
	}
	return m, nil
}

// scopeVisible fails with CodeNotFound when what is asked about is not there for the account.
func scopeVisible(tx *Tx, q EvidenceQuery) error {
	var one int
	var err error
	switch {
	case q.Conversation != "":
		err = notFound(tx.QueryRow(`SELECT 1 FROM`+companionSession+`AND s.id = (SELECT session_id FROM conversations WHERE id = ?2)`,
			q.Account, q.Conversation).Scan(&one), "conversation")
	case q.Session != "":
		err = notFound(tx.QueryRow(`SELECT 1 FROM`+companionSession+`AND s.id = ?2`, q.Account, q.Session).Scan(&one), "session")
	case q.Project != "":
		err = notFound(tx.QueryRow(`SELECT 1 FROM`+visibleProjects+`AND p.id = ?2`, q.Account, q.Project).Scan(&one), "project")
	}
	return err
}

// inScope is the condition that a conversation (c) counts in results and lies in the scope of a query whose arguments are
// scopeArgs.
const inScope = ` c.included = 1 AND c.restricted & ?4 = 0 AND c.session_id IN (SELECT s.id FROM` + companionSessions + `
	AND (?2 = '' OR s.id = ?2) AND (?3 = '' OR s.project_id = ?3)) `

func scopeArgs(tx *Tx, q EvidenceQuery) []any {
	forbidden := appliance.NoProcessing | tx.without()
	if q.Session == "" {
		forbidden |= appliance.NoProject
	}
	return []any{q.Account, string(q.Session), string(q.Project), forbidden}
}

// evidenceConversations gives the conversations that Evidence reads; all is false when only the newest were looked at.
func evidenceConversations(tx *Tx, q EvidenceQuery) (ids []appliance.ConversationID, all bool, err error) {
	all = true
	if q.Conversation != "" {
		ids, err = conversationIDs(tx, `SELECT c.id FROM conversations c WHERE c.included = 1 AND c.restricted & ?3 = 0 AND c.id = ?2
			AND c.session_id IN (SELECT s.id FROM`+companionSessions+`)`, q.Account, q.Conversation, appliance.NoProcessing|tx.purpose)
		return ids, all, err
	}
	if q.Any {
		ids, err = conversationIDs(tx, `SELECT c.id FROM conversations c WHERE`+inScope+`ORDER BY c.created_at DESC, c.id LIMIT ?5`,
			append(scopeArgs(tx, q), maxMaterial+1)...)
		return ids[:min(len(ids), maxMaterial)], len(ids) <= maxMaterial, err
	}
	tags, none, err := tagsOf(tx, `SELECT s.id FROM`+companionSessions+`AND (?2 = '' OR s.id = ?2) AND (?3 = '' OR s.project_id = ?3)`,
		scopeArgs(tx, q)[:3]...)
	if err != nil || none {
		return nil, all, err
	}
	weight := map[appliance.ConversationID]float64{}
	for _, w := range q.Words[:min(len(q.Words), maxTerms)] {
		hits, allHits, err := turnsWith(tx, q, w, tags)
		if err != nil {
			return nil, false, err
		}
		all = all && allHits
		weigh(weight, hits)
	}
	if !all {
		if all, err = allAmong(tx, q, slices.Collect(maps.Keys(weight))); err != nil {
			return nil, false, err
		}
	}
	near, err := nearest(tx, q)
	return fused(heaviest(weight, maxMaterial), near, maxMaterial), all, err
}

// allAmong says whether all conversations in the scope of a query are among these.
func allAmong(tx *Tx, q EvidenceQuery, ids []appliance.ConversationID) (all bool, err error) {
	err = tx.QueryRow(`SELECT NOT EXISTS (SELECT 1 FROM conversations c WHERE`+inScope+`AND c.turns > 0
		AND c.id NOT IN (SELECT value FROM json_each(?5)))`, append(scopeArgs(tx, q), asJSON(ids))...).Scan(&all)
	return all, err
}

// turnsWith gives the newest turns that hold a word, at most evidenceHits; all is false when there are more, or perhaps more.
func turnsWith(tx *Tx, q EvidenceQuery, w EvidenceWord, tags string) (hits []foundTurn, all bool, err error) {
	var words, either []string
	for _, form := range w.Forms {
		if terms := searchTerms(form); len(terms) > 0 {
			words = append(words, strings.Join(terms, " "))
		}
	}
	if len(words) > 0 {
		either = append(either, anyOf(words))
	}
	if begins := searchTerms(w.Begins); len(begins) > 0 {
		longer, _, err := begun(tx, strings.Join(begins, " "))
		if err != nil {
			return nil, false, err
		}
		if longer != "" {
			either = append(either, longer)
		}
	}
	if len(either) == 0 {
		return nil, true, nil
	}
	found, last, err := newestTurns(tx, evidenceHits, `SELECT f.rowid, c.id, CASE WHEN`+inScope+`THEN '' END
		FROM turns_fts f CROSS JOIN turns t ON t.row = f.rowid CROSS JOIN conversations c ON c.id = t.conversation_id
		WHERE turns_fts MATCH ?5 ORDER BY f.rowid DESC`, append(scopeArgs(tx, q), `content : (`+strings.Join(either, " OR ")+`)`+tags)...)
	return found, last == 0, err
}

func conversationIDs(tx *Tx, query string, args ...any) (ids []appliance.ConversationID, err error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id appliance.ConversationID
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// weigh adds to each conversation what a word weighs that stands in hits turns of some: the more, the fewer turns hold it, and
// the more often it comes in the conversation.
func weigh(weight map[appliance.ConversationID]float64, hits []foundTurn) {
	times := map[appliance.ConversationID]float64{}
	for _, h := range hits {
		times[h.conversation]++
	}
	rare := math.Log(1 + evidenceHits/float64(max(1, len(hits))))
	for id, n := range times {
		weight[id] += rare * n / (n + 1)
	}
}

// heaviest gives the n with the greatest weight, the greatest first.
func heaviest(weight map[appliance.ConversationID]float64, n int) []appliance.ConversationID {
	ids := slices.SortedFunc(maps.Keys(weight), func(a, b appliance.ConversationID) int {
		return cmp.Or(cmp.Compare(weight[b], weight[a]), cmp.Compare(a, b))
	})
	return ids[:min(n, len(ids))]
}
