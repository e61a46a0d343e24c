package store_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// places are the columns that hold what people said or wrote, by table: each is planted with words found nowhere else.
// Those of what belongs to one conversation go with it; the others with the session, with the project, or with what is an
// account's own.
var places = map[string]struct{ conversation, session, project, own []string }{
	"participants":        {conversation: []string{"name", "email", "external_id", "consent_text", "answers"}},
	"conversations":       {conversation: []string{"title", "released_as"}},
	"turns":               {conversation: []string{"content", "answer", "client_key"}},
	"claims":              {conversation: []string{"text"}},
	"facts":               {conversation: []string{"text"}},
	"points":              {conversation: []string{"topic"}},
	"offers":              {conversation: []string{"words", "text"}},
	"insights":            {conversation: []string{"value"}},
	"windows":             {conversation: []string{"points"}},
	"speakers":            {conversation: []string{"name"}},
	"ideas":               {conversation: []string{"words", "text"}},
	"companion_parts":     {conversation: []string{"text"}},
	"reports":             {conversation: []string{"body", "counts"}},
	"report_parts":        {conversation: []string{"sentences"}},
	"transcripts":         {conversation: []string{"words"}},
	"segments":            {conversation: []string{"text"}},
	"marks":               {conversation: []string{"text"}},
	"turn_edits":          {conversation: []string{"before"}},
	"restriction_events":  {conversation: []string{"reason"}},
	"themes":              {conversation: []string{"title", "description"}},
	"sessions":            {session: []string{"topic", "goal", "critical", "context", "host", "welcome_message", "consent_text", "prompt_override", "roster"}},
	"guides":              {session: []string{"guide", "brief", "reason"}},
	"form_fields":         {session: []string{"text", "options"}},
	"insight_definitions": {session: []string{"name"}},
	"insight_versions":    {session: []string{"ask"}},
	"invitations":         {session: []string{"label"}},
	"jobs":                {session: []string{"message"}},
	"holds":               {session: []string{"reason"}},
	"background":          {session: []string{"name"}},
	"passages":            {session: []string{"content"}},
	"projects":            {project: []string{"title", "description", "summary_prompt", "jargon"}},
	"templates":           {own: []string{"title", "content"}},
	"companion_answers":   {own: []string{"question"}},
}

// wordless are the tables that hold nothing that anybody said about a matter: ids, numbers, who may do what.
var wordless = []string{"account_invitation_batches", "account_invitations", "accounts", "api_keys", "audit", "blob_garbage", "codebooks", "companion_citations", "companion_threads", "coverage", "deliveries", "digests", "events",
	"goose_db_version", "group_members", "groups", "heard_turns", "idea_claims", "insight_evidence", "insight_runs", "joined_accounts", "logins", "offer_sources", "password_links", "pieces", "project_groups", "project_members",
	"quotes", "receipts", "recordings", "recovery_codes", "releases", "requests", "second_factors", "session_groups", "session_members", "settings", "sqlite_sequence", "takes", "theme_claims", "tombstones", "track_speakers", "turn_words", "vectors", "webhooks", "withdrawals"}

// planter fills a box with words that can be found again in its files.
type planter struct {
	*desk
	project      string
	session      appliance.SessionID
	second       appliance.SessionID // another one of the project
	participants []appliance.ParticipantID
	words        map[string][]string // the tails of planted words, by with what they go: see places; "second" and "box"
}

// word makes a word that is found nowhere else. The search index compresses beginnings, so that its tail is looked for.
func (p *planter) word(scope string) string {
	n := 0
	for _, list := range p.words {
		n += len(list)
	}
	tail := plantedTail(1_000_000 + n)
	p.words[scope] = append(p.words[scope], tail)
	return "planted" + tail
}

const plantedPeople = 12

func plantBox(t *testing.T) *planter {
	p := &planter{desk: newDesk(t), words: map[string][]string{}}
	project, err := p.CreateProject(t.Context(), p.owner, store.Once{}, appliance.Project{Title: "P", Status: appliance.ProjectActive})
	if err != nil {
		t.Fatal(err)
	}
	p.project = string(project.ID)
	open := draftSession("T")
	open.Status, open.ProjectID = appliance.SessionOpen, project.ID
	p.session = p.create(p.owner, open).ID
	for i := range plantedPeople {
		j := p.join(p.session, fmt.Sprint(i))
		p.participants = append(p.participants, j.ParticipantID)
		p.tell(j.ConversationID, "said") // another word is planted in its place
		for range 2 {
			p.tell(j.ConversationID, "said "+p.word("conversation"))
		}
		p.plantConversation(string(j.ConversationID))
		p.plantSound(j.ConversationID, i)
	}
	p.plantSession()
	open.Brief.Topic = "T " + p.word("second")
	p.second = p.create(p.owner, open).ID
	p.tell(p.join(p.second, "second").ConversationID, "said "+p.word("second"))
	p.plantBox()
	return p
}

// set plants every column of a table of rows that a condition finds.
func (p *planter) set(table, scope, where string, args ...any) {
	p.t.Helper()
	of := places[table]
	for _, column := range map[string][]string{"conversation": of.conversation, "session": of.session, "project": of.project, "own": of.own}[scope] {
		value := p.word(scope)
		if slices.Contains([]string{"answers", "answer", "words", "value", "body", "counts", "guide", "brief", "options", "ask", "content", "settings"}, column) &&
			table != "turns" && table != "passages" || column == "answer" {
			value = fmt.Sprintf(`{"turn_id":%q,"x":["%s"]}`, p.word(scope), value)
		}
		if column == "roster" {
			value = fmt.Sprintf(`[{"name":%q}]`, value)
		}
		p.exec(`UPDATE `+table+` SET `+column+` = ? WHERE `+where, append([]any{value}, args...)...)
	}
}

func (p *planter) plantConversation(id string) {
	made := `'m', 'd', 'p'`
	turn := `(SELECT id FROM turns WHERE conversation_id = ?1 AND role = 'participant' ORDER BY seq LIMIT 1)`
	p.set("participants", "conversation", `id = (SELECT participant_id FROM conversations WHERE id = ?2)`, id)
	p.set("conversations", "conversation", `id = ?2`, id)
	p.set("turns", "conversation", `id = (SELECT id FROM turns WHERE conversation_id = ?2 AND role = 'participant' ORDER BY seq LIMIT 1)`, id)
	for _, query := range []string{
		`INSERT INTO claims (id, session_id, conversation_id, topic_id, position, text, salience, made_by, model_digest, prompt_version, created_at)
			VALUES ('clm_' || ?1, ?2, ?1, '', 0, '', 1, ` + made + `, 0)`,
		`INSERT INTO facts (conversation_id, seq, turn_id, start_byte, end_byte, text, made_by, model_digest, prompt_version)
			SELECT ?1, 1, ` + turn + `, 0, 1, '', ` + made + ` WHERE ?2 <> ''`,
		`INSERT INTO points (id, conversation_id, shown_in, position, topic_id, topic, turn_id, start_byte, end_byte)
			SELECT 'pnt_' || ?1, ?1, ` + turn + `, 0, '', '', ` + turn + `, 0, 1 WHERE ?2 <> ''`,
		`INSERT INTO offers (turn_id, topic_id, kind, words, text, end_byte, people, pool, carried, made_by, model_digest, prompt_version, created_at)
			SELECT ` + turn + `, '', 'outlier', '[]', '', 9, 5, 5, 1, ` + made + `, 0 WHERE ?2 <> ''`,
		`INSERT INTO windows (conversation_id, input_hash, position, state, points, made_by, model_digest, prompt_version, created_at)
			SELECT ?1, x'00', 0, 'read', '', ` + made + `, 0 WHERE ?2 <> ''`,
		`INSERT INTO speakers (id, conversation_id, position, name) SELECT 'spk_' || ?1, ?1, 0, '' WHERE ?2 <> ''`,
		`INSERT INTO ideas (id, session_id, topic_id, language, kind, words, text, people, pool, made_by, model_digest, prompt_version, created_at)
			VALUES ('ide_' || ?1, ?2, '', 'en', 'outlier', '[]', '', 5, 5, ` + made + `, 0)`,
		`INSERT INTO idea_claims (idea_id, claim_id, stance) SELECT 'ide_' || ?1, 'clm_' || ?1, 1 WHERE ?2 <> ''`,
		`INSERT INTO companion_threads (id, account_id, session_id, created_at, updated_at) VALUES ('thr_' || ?1, 'acc_owner', ?2, 0, 0)`,
		`INSERT INTO companion_answers (id, thread_id, position, question, state, outcome, why, refused, newest, made_by, model_digest, prompt_version, created_at)
			SELECT 'ans_' || ?1, 'thr_' || ?1, 0, '', 'answered', 'sentences', '', 0, 0, ` + made + `, 0 WHERE ?2 <> ''`,
		`INSERT INTO companion_parts (answer_id, position, kind, text) SELECT 'ans_' || ?1, 0, 'sentence', '' WHERE ?2 <> ''`,
		`INSERT INTO companion_citations (answer_id, part, position, turn_id, start_byte, end_byte) SELECT 'ans_' || ?1, 0, 0, ` + turn + `, 0, 1 WHERE ?2 <> ''`,
		`INSERT OR IGNORE INTO insight_definitions (id, session_id, position, name, version, created_at) SELECT 'ins_' || ?2, ?2, 0, '', 1, 0 WHERE ?1 <> ''`,
		`INSERT INTO insights (definition_id, conversation_id, run, version, state, value, verbatim, discarded, failure, input_hash, asked, made_by,
			model_digest, prompt_version, created_at) VALUES ('ins_' || ?2, ?1, 1, 1, 'said', '[]', 1, 0, '', x'00', '', ` + made + `, 0)`,
		`INSERT OR IGNORE INTO codebooks (session_id, claims, seed, repeated, agreed, made_by, model_digest, prompt_version, created_at)
			SELECT ?2, 1, 0, 0, 0, ` + made + `, 0 WHERE ?1 <> ''`,
		`INSERT INTO themes (id, session_id, position, title, description, made_by, model_digest, prompt_version, created_at)
			VALUES ('thm_' || ?1, ?2, 0, '', '', ` + made + `, 0)`,
		`INSERT INTO reports (id, session_id, version, body, counts, input_hash, made_by, model_digest, prompt_version, created_at)
			SELECT 'rpt_' || ?1, ?2, 1 + (SELECT count(*) FROM reports), '{}', '{}', x'00', ` + made + `, 0`,
		`INSERT INTO report_parts (session_id, topic_id, number, input_hash, claims, sentences, dropped, failed, due, asked, created_at)
			VALUES (?2, ?1, 0, x'00', 1, '', 0, 0, 0, '', 0)`,
		`INSERT INTO recordings (conversation_id, provider, state, language, created_at) SELECT ?1, 'browser', 'open', '', 0 WHERE ?2 <> ''`,
		`INSERT INTO transcripts (conversation_id, version, state, language, words, created_at) SELECT ?1, 1, 'done', '', '[]', 0 WHERE ?2 <> ''`,
		`INSERT INTO segments (conversation_id, version, track, position, start_ms, end_ms, state)
			SELECT ?1, 1, 0, 0, 0, 1, 'heard' WHERE ?2 <> ''`,
		`INSERT INTO marks (id, conversation_id, kind, at_ms, text, created_at) SELECT 'mrk_' || ?1, ?1, 'note', 0, '', 0 WHERE ?2 <> ''`,
		`INSERT INTO turn_edits (conversation_id, turn_id, before, edited_at) SELECT ?1, '', '', 0 WHERE ?2 <> ''`,
		`INSERT INTO restriction_events (id, number, conversation_id, kind, scopes, reason, actor, at)
			SELECT 'rse_' || ?1, 1, ?1, 'set', '[]', '', '', 0 WHERE ?2 <> ''`,
	} {
		p.exec(query, id, p.session)
	}
	for table, where := range map[string]string{"claims": `id = 'clm_' || ?2`, "facts": `conversation_id = ?2`, "points": `conversation_id = ?2`,
		"offers": `turn_id IN (SELECT id FROM turns WHERE conversation_id = ?2)`, "windows": `conversation_id = ?2`, "speakers": `conversation_id = ?2`,
		"ideas": `id = 'ide_' || ?2`, "companion_parts": `answer_id = 'ans_' || ?2`, "insights": `conversation_id = ?2`, "themes": `id = 'thm_' || ?2`,
		"transcripts": `conversation_id = ?2`, "segments": `conversation_id = ?2`, "marks": `conversation_id = ?2`,
		"turn_edits": `conversation_id = ?2`, "restriction_events": `conversation_id = ?2`,
		"reports": `id = 'rpt_' || ?2`, "report_parts": `topic_id = ?2`} {
		p.set(table, "conversation", where, id)
	}
	p.set("companion_answers", "own", `id = 'ans_' || ?2`, id)
}

// plantSound gives a conversation sound that was recorded, or a file that is being sent up.
func (p *planter) plantSound(id appliance.ConversationID, i int) {
	p.t.Helper()
	sound := []byte("sound " + p.word("conversation") + " ")
	var err error
	if i%2 == 0 {
		if _, _, err = p.BeginTake(p.t.Context(), id, 0, "device"); err == nil {
			err = p.AddPiece(p.t.Context(), store.TakePath{ID: id}, 0, 0, sound[:len(sound)&^1])
		}
	} else {
		p.exec(`UPDATE recordings SET provider = 'upload' WHERE conversation_id = ?`, id)
		_, err = p.AppendUpload(p.t.Context(), id, 0, bytes.NewReader(sound), func() error { return nil })
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *planter) plantSession() {
	p.exec(`INSERT INTO form_fields (id, session_id, position, type, text, required, options) VALUES ('fld_p', ?, 0, 'Short field', '', 0, '[]')`, p.session)
	p.exec(`INSERT INTO insight_versions (definition_id, version, ask, made_by, model_digest, prompt_version, created_at)
		VALUES ('ins_' || ?, 1, '{}', 'm', 'd', 'p', 0)`, p.session)
	p.exec(`INSERT INTO invitations (id, session_id, number, label, hash, batch, created_at) VALUES ('inv_p', ?, 1, '', x'01', 'inv_p', 0)`, p.session)
	p.exec(`INSERT INTO holds (id, kind, object, reason, placed_by, placed_at, lifted_by, lifted_at) VALUES ('hld_p', 'session', ?, '', 'a', 0, 'a', 1)`, p.session)
	p.exec(`INSERT INTO jobs (id, kind, session_id, state, attempts, done, total, message, run_at, created_at)
		VALUES ('job_p', 'report', ?, 'failed', 1, 0, 0, '', 0, 0)`, p.session)
	b := p.file(p.session, "n", "file "+p.word("session"))
	for table, where := range map[string]string{"sessions": `id = ?2`, "guides": `session_id = ?2`, "form_fields": `session_id = ?2`,
		"insight_definitions": `session_id = ?2`, "insight_versions": `definition_id = 'ins_' || ?2`, "invitations": `session_id = ?2`,
		"holds": `object = ?2`, "jobs": `id = 'job_p' AND session_id = ?2`} {
		p.set(table, "session", where, p.session)
	}
	p.exec(`UPDATE background SET name = ? WHERE id = ?`, p.word("session"), b.ID)
}

func (p *planter) plantBox() {
	p.exec(`INSERT INTO templates (id, title, public, content, created_by, created_at, updated_at) VALUES ('tpl_p', '', 0, '{}', 'acc_owner', 0, 0)`)
	p.set("projects", "project", `id = ?2`, p.project)
	p.set("templates", "own", `id = ?2`, "tpl_p")
	if err := p.SetHandbook(p.t.Context(), p.owner, []string{"handbook " + p.word("box")}); err != nil {
		p.t.Fatal(err)
	}
}

// left counts the planted words of scopes that are in the bytes of any file of the data directory.
func (p *planter) left(scopes ...string) int {
	p.t.Helper()
	wanted, there := map[string]bool{}, map[string]bool{}
	for _, scope := range scopes {
		for _, word := range p.words[scope] {
			wanted[word] = true
		}
	}
	length := len(plantedTail(0))
	p.must(filepath.WalkDir(p.Dir(), func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		raw, err := os.ReadFile(path)
		for i := range max(0, len(raw)-length+1) {
			if wanted[string(raw[i:i+length])] {
				there[string(raw[i:i+length])] = true
			}
		}
		return err
	}))
	return len(there)
}

func (p *planter) planted(scopes ...string) (n int) {
	for _, scope := range scopes {
		n += len(p.words[scope])
	}
	return n
}

// copied is the same box once more, as it is when it is started anew.
func (p *planter) copied(t *testing.T) *planter {
	t.Helper()
	c := *p
	c.desk = &desk{t: t, now: p.now, owner: p.owner}
	dir := t.TempDir()
	c.must(os.CopyFS(dir, os.DirFS(p.Dir())))
	s, err := store.Open(t.Context(), store.Options{Dir: dir, Clock: func() time.Time { return c.now }, BallastBytes: -1})
	c.must(err)
	t.Cleanup(func() { s.Close() })
	c.Store = s
	return &c
}

func (p *planter) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// begin erases things as the job does.
func (p *planter) begin(kind appliance.ErasureKind, list ...appliance.Erased) {
	p.t.Helper()
	r, err := p.BeginErasure(p.t.Context(), p.owner, kind, list)
	p.must(err)
	p.must(p.FinishErasure(p.t.Context(), r.ID))
}

// sessions names those that an account may erase.
func (p *planter) sessions(f store.ErasableFilter) (list []appliance.Erased) {
	p.t.Helper()
	found, err := p.Erasable(p.t.Context(), p.owner.Account, f)
	p.must(err)
	for _, s := range found {
		list = append(list, appliance.Erased{Kind: "session", ID: string(s.ID)})
	}
	return list
}

// takenBackUnderHold has everybody take their conversation back while the session is held: the words stay. Then it is lifted.
func (p *planter) takenBackUnderHold() {
	p.t.Helper()
	said := func() int { return p.count(`SELECT count(*) FROM turns WHERE content LIKE '%planted%'`) }
	hold, err := p.PlaceHold(p.t.Context(), p.owner, store.Once{}, appliance.Hold{Kind: appliance.HoldSession, Object: string(p.session), Reason: "R"})
	p.must(err)
	before, sound, people := said(), blobFiles(p.t, p.desk), p.people()
	for _, person := range people {
		_, err := p.EraseConversation(p.t.Context(), store.ErasedByParticipant, person.ConversationID)
		hasCode(p.t, err, appliance.CodeConflict)
		p.must(p.AskWithdrawal(p.t.Context(), person.ConversationID))
	}
	p.must(p.Wipe(p.t.Context()))
	if n := said(); n != before || blobFiles(p.t, p.desk) != sound {
		p.t.Errorf("%d of %d turns and %d of %d files of sound stay under a hold", n, before, blobFiles(p.t, p.desk), sound)
	}
	p.must(p.LiftHold(p.t.Context(), p.owner, hold.ID))
	for _, person := range people {
		_, err := p.EraseWithdrawn(p.t.Context(), store.ByRetention, person.ConversationID)
		p.must(err)
	}
}

// P6: nothing that was deleted is found in any file of the box, whatever way it was deleted.
func TestNothingThatWasErasedIsInAnyFile(t *testing.T) {
	conversations, session := []string{"conversation"}, []string{"conversation", "session"}
	sessions := append(slices.Clone(session), "second")
	box := plantBox(t)
	box.must(box.Close())
	for _, c := range []struct {
		name   string
		scopes []string
		erase  func(p *planter)
	}{
		{"each conversation by its participant", conversations, func(p *planter) {
			for _, person := range p.people() {
				_, err := p.EraseConversation(t.Context(), store.ErasedByParticipant, person.ConversationID)
				p.must(err)
			}
		}},
		{"each conversation by its participant under a hold, which is lifted", conversations, (*planter).takenBackUnderHold},
		{"each conversation by who may", conversations, func(p *planter) {
			for _, person := range p.people() {
				p.begin(appliance.EraseConversation, appliance.Erased{Kind: "conversation", ID: string(person.ConversationID)})
			}
		}},
		{"one person after the other", conversations, func(p *planter) {
			list, _, err := p.PersonObjects(t.Context(), p.participants)
			p.must(err)
			p.begin(appliance.ErasePerson, list...)
		}},
		{"the session", session, func(p *planter) {
			_, err := p.DeleteSession(t.Context(), p.owner, p.session)
			p.must(err)
		}},
		{"several sessions", sessions, func(p *planter) {
			p.begin(appliance.EraseSessions, p.sessions(store.ErasableFilter{})...)
		}},
		{"by age", sessions, func(p *planter) {
			p.move(p.session, appliance.SessionClosed)
			p.move(p.second, appliance.SessionClosed)
			p.must(p.SetRetention(t.Context(), p.owner, appliance.Retention{Days: 30}))
			p.now = p.now.Add(30*24*time.Hour + time.Hour)
			list, _, _, err := p.Overdue(t.Context())
			p.must(err)
			p.begin(appliance.EraseByAge, list...)
		}},
		{"the project", append(slices.Clone(sessions), "project"), func(p *planter) {
			list := p.sessions(store.ErasableFilter{Project: appliance.ProjectID(p.project)})
			p.begin(appliance.EraseProject, append(list, appliance.Erased{Kind: "project", ID: p.project})...)
		}},
		{"all that is an account's own", append(slices.Clone(sessions), "own"), func(p *planter) {
			things, err := p.OwnThings(t.Context(), p.owner.Account)
			p.must(err)
			p.begin(appliance.EraseOwn, append(p.sessions(store.ErasableFilter{Own: true}), things...)...)
		}},
		{"everything", append(slices.Clone(sessions), "project", "own", "box"), func(p *planter) {
			things, err := p.AllThings(t.Context())
			p.must(err)
			p.begin(appliance.EraseEverything, append(p.sessions(store.ErasableFilter{}), things...)...)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := box.copied(t)
			want := p.planted(c.scopes...)
			if n := p.left(c.scopes...); n != want || want < 400 || blobFiles(t, p.desk) != plantedPeople/2 {
				t.Fatalf("%d of %d planted words are found before: the search, or the planting, is wrong", n, want)
			}
			c.erase(p)
			if n := p.left(c.scopes...); n == 0 {
				t.Fatal("none is found after deleting alone: the test proves nothing")
			}
			p.must(p.Wipe(t.Context()))
			if n := p.left(c.scopes...); n != 0 || blobFiles(t, p.desk) != 0 {
				t.Errorf("%d of %d planted words, and %d files of sound, are found after", n, want, blobFiles(t, p.desk))
			}
			p.receiptsAreTrue()
		})
	}
}

func (p *planter) people() []store.Person {
	p.t.Helper()
	list, err := p.Persons(p.t.Context(), p.participants)
	if err != nil {
		p.t.Fatal(err)
	}
	return list
}

func (p *planter) receiptsAreTrue() {
	p.t.Helper()
	list, total, err := p.Receipts(p.t.Context(), store.Page{Limit: 100})
	if err != nil || total == 0 {
		p.t.Fatalf("%d receipts, %v", total, err)
	}
	for _, r := range list {
		there, err := p.StillThere(p.t.Context(), r.Objects)
		if err != nil || len(there) > 0 || r.WipedAt.IsZero() || r.Counts.Empty() || len(r.SHA256) != 32 {
			p.t.Errorf("receipt %+v: still there %v, %v", r, there, err)
		}
	}
}

// Every table either holds nothing that people said, or is among those in which words are planted.
func TestEveryTableIsPlantedOrWordless(t *testing.T) {
	p := plantBox(t)
	var tables []string
	err := p.Read(t.Context(), func(tx *store.Tx) error {
		rows, err := tx.Query(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '%\_fts%' ESCAPE '\' ORDER BY name`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var name string
			if err := rows.Scan(&name); err != nil {
				return err
			}
			tables = append(tables, name)
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range tables {
		if _, planted := places[name]; planted == slices.Contains(wordless, name) {
			t.Errorf("say of table %s where its words are planted, or that it has none", name)
		}
	}
	for table, of := range places {
		for _, column := range slices.Concat(of.conversation, of.session, of.project, of.own) {
			if n := p.count(`SELECT count(*) FROM ` + table + ` WHERE ` + column + ` LIKE '%planted%'`); n == 0 {
				t.Errorf("nothing is planted in %s.%s", table, column)
			}
		}
	}
	if strings.Count(fmt.Sprint(p.words), " ") < 400 {
		t.Error("fewer than 400 words are planted")
	}
}
