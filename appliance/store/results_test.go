package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

var byRules = appliance.Maker{By: appliance.MadeByRules, PromptVersion: "test-1"}

// speaker joins, answers the first topic, and finishes.
func (r *room) speaker(words ...string) (appliance.ConversationID, []appliance.Turn) {
	r.t.Helper()
	j := r.join("")
	r.open(j.ConversationID, 0)
	var turns []appliance.Turn
	for _, w := range words {
		turns = append(turns, r.say(j.ConversationID, w))
	}
	if _, err := r.FinishConversation(r.t.Context(), j.ConversationID, appliance.EndedEarly); err != nil {
		r.t.Fatal(err)
	}
	return j.ConversationID, turns
}

// draw makes each turn a claim of its conversation.
func (r *room) draw(id appliance.ConversationID, turns []appliance.Turn) (ids []appliance.ClaimID) {
	r.t.Helper()
	d := appliance.Digest{ConversationID: id, Turns: len(turns), InputHash: []byte(fmt.Sprint(turns)), Maker: byRules,
		Claims: len(turns), Located: len(turns), CreatedAt: r.now}
	var claims []appliance.Claim
	for _, turn := range turns {
		c := appliance.Claim{ID: appliance.NewClaimID(), SessionID: r.session, ConversationID: id, TopicID: turn.TopicID,
			Text: turn.Content, Salience: 0.5, Maker: byRules, CreatedAt: r.now,
			Quotes: []appliance.Quote{{ID: appliance.NewQuoteID(), Method: "exact", Score: 1,
				Span: appliance.Span{TurnID: turn.ID, Start: 0, End: len(turn.Content)}}}}
		claims = append(claims, c)
		ids = append(ids, c.ID)
	}
	if err := r.SaveDigest(r.t.Context(), d, claims); err != nil {
		r.t.Fatal(err)
	}
	return ids
}

func (r *room) material() store.ReportMaterial {
	r.t.Helper()
	m, err := r.ReportMaterial(r.t.Context(), r.session)
	if err != nil {
		r.t.Fatal(err)
	}
	return m
}

// report makes a report of one sentence that cites claims.
func report(claims ...appliance.ClaimID) appliance.Report {
	return appliance.Report{ID: appliance.NewReportID(), Maker: byRules, CreatedAt: testTime,
		Body: appliance.ReportBody{Missing: []string{}, Sections: []appliance.ReportSection{{
			Kind: appliance.SectionOverview, Sentences: []appliance.ReportSentence{{Text: "So it is.", Claims: claims}}}}}}
}

func TestADigestReplacesWhatWasDrawnBefore(t *testing.T) {
	r := newRoom(t)
	id, turns := r.speaker("It rains.", "It pours.")
	r.draw(id, turns[:1])
	want := r.draw(id, turns)
	claims, err := r.Claims(t.Context(), r.session)
	if err != nil {
		t.Fatal(err)
	}
	var got []appliance.ClaimID
	for _, c := range claims {
		got = append(got, c.ID)
		if q := c.Cited[0]; q.Content[q.Span.Start:q.Span.End] != q.Span.Text || q.Span.Text != c.Text || c.Number != 1 || c.Language != "de" {
			t.Errorf("claim %+v", c)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	d, ok, err := r.Digest(t.Context(), id)
	if err != nil || !ok || d.Claims != 2 || d.Turns != 2 || d.Maker != byRules {
		t.Errorf("digest %+v, %v, %v", d, ok, err)
	}
	if n := r.number(`SELECT count(*) FROM jobs WHERE kind = 'report' AND state = 'queued'`); n != 1 {
		t.Errorf("%d reports wait, want 1", n)
	}
}

func TestADigestMadeFromFewerTurnsOrFromTheSameChangesNothing(t *testing.T) {
	r := newRoom(t)
	id, turns := r.speaker("It rains.", "It pours.")
	want := r.draw(id, turns)
	r.draw(id, turns)
	r.draw(id, turns[:1]) // it was read before the second turn and comes late
	claims, err := r.Claims(t.Context(), r.session)
	if err != nil || len(claims) != 2 || claims[0].ID != want[0] || claims[1].ID != want[1] {
		t.Errorf("%d claims (%v), want those that were there", len(claims), err)
	}
}

func TestADigestOfAnErasedConversationIsRefused(t *testing.T) {
	r := newRoom(t)
	id, _ := r.speaker("It rains.")
	if _, err := r.EraseConversation(t.Context(), store.ErasedByParticipant, id); err != nil {
		t.Fatal(err)
	}
	wantCode(t, r.SaveDigest(t.Context(), appliance.Digest{ConversationID: id, Maker: byRules}, nil), appliance.CodeNotFound)
}

func TestWhatIsStale(t *testing.T) {
	r := newRoom(t)
	drawn, turns := r.speaker("It rains.")
	r.draw(drawn, turns)
	spokeSince, turns := r.speaker("It rains.", "And it pours.")
	r.draw(spokeSince, turns[:1])
	never, _ := r.speaker("It snows.")
	r.speaker() // said nothing
	stale, err := r.StaleDigests(t.Context(), r.session, byRules)
	if diff := cmp.Diff([]appliance.ConversationID{spokeSince, never}, sorted(stale, spokeSince, never)); diff != "" || err != nil {
		t.Errorf("%s%v", diff, err)
	}
	others, err := r.StaleDigests(t.Context(), r.session, appliance.Maker{By: appliance.MadeByRules, PromptVersion: "test-2"})
	if err != nil || len(others) != 3 {
		t.Errorf("%d are stale for other rules (%v), want all that hold words", len(others), err)
	}
}

// sorted gives list in the order of like, which holds the same.
func sorted(list []appliance.ConversationID, like ...appliance.ConversationID) []appliance.ConversationID {
	slices.SortFunc(list, func(a, b appliance.ConversationID) int { return slices.Index(like, a) - slices.Index(like, b) })
	return list
}

func TestASweepFindsWhatNobodyHasPutOnTheQueue(t *testing.T) {
	r := newRoom(t)
	j := r.join("")
	r.open(j.ConversationID, 0)
	r.say(j.ConversationID, "I will be right back.")
	sweep := func() int {
		t.Helper()
		n, err := r.EnqueueIdle(t.Context(), byRules, r.now.Add(-time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := sweep(); n != 0 {
		t.Errorf("found %d although the person may still be typing", n)
	}
	r.now = r.now.Add(2 * time.Minute)
	if n := sweep(); n != 1 {
		t.Errorf("found %d, want the one that went away", n)
	}
	if n := sweep(); n != 0 {
		t.Errorf("found %d that wait already", n)
	}
	job := r.take()
	r.end(job.ID, appliance.JobFailed)
	if n := sweep(); n != 0 {
		t.Errorf("found %d although the digest has just failed for good", n)
	}
	r.now = r.now.Add(25 * time.Hour)
	if n := sweep(); n != 1 {
		t.Errorf("found %d, want another try on the next day", n)
	}
}

func TestTheMaterialOfAReportIsCounted(t *testing.T) {
	r := newRoom(t)
	field := appliance.NewFieldID()
	r.exec(`INSERT INTO form_fields (id, session_id, position, type, text, required, options)
		VALUES (?, ?, 0, 'Options', 'Which shift?', 0, '["Early", "Late", "Night"]')`, field, r.session)
	answer := func(option string) {
		r.exec(`UPDATE participants SET answers = ? WHERE number = (SELECT max(number) FROM participants)`,
			store.AsJSON([]appliance.FormAnswer{{FieldID: field, Values: []string{option}}}))
	}
	one, turns := r.speaker("It rains in the cellar.", "Twice.")
	answer("Early")
	r.exec(`UPDATE coverage SET answered = 1 WHERE conversation_id = ?`, one)
	claims := r.draw(one, turns)
	r.speaker("It snows.") // not read yet
	answer("Early")
	r.speaker() // said nothing
	answer("Night")
	excluded, turns := r.speaker("Do not count me, please.")
	r.draw(excluded, turns)
	answer("Late")
	if err := r.SetIncluded(t.Context(), store.By{Actor: "test"}, excluded, false); err != nil {
		t.Fatal(err)
	}
	m := r.material()
	want := appliance.ReportCounts{Participants: 3, People: 2, Conversations: 2, Finished: 2, Turns: 3, Words: 8, Claims: 2, Located: 2}
	if diff := cmp.Diff(want, m.Counts); diff != "" {
		t.Error(diff)
	}
	if m.Silent != 1 || m.Unread != 1 || m.Answered["t1"] != 1 || m.Topic != "Handover between shifts" || m.Language != "en" {
		t.Errorf("silent %d, unread %d, answered %v", m.Silent, m.Unread, m.Answered)
	}
	if len(m.Claims) != 2 || m.Claims[0].ID != claims[0] || m.Claims[1].ID != claims[1] || m.Claims[0].Number != 1 {
		t.Errorf("claims %+v, want those of the included conversation that was read", m.Claims)
	}
	if len(m.Guides) != 1 || m.Guides[0].Conversations != 2 || len(m.Guides[0].Topics) != 2 {
		t.Errorf("guides %+v", m.Guides)
	}
	choices := []store.Choice{{Text: "Which shift?", Type: appliance.FieldOptions, People: 2, Options: []store.ChoiceOption{{"Early", 2}, {"Late", 0}, {"Night", 0}}}}
	if diff := cmp.Diff(choices, m.Choices); diff != "" {
		t.Error(diff)
	}
}

func TestGuidesThatPeopleWereInterviewedByStayMaterial(t *testing.T) {
	r := newRoom(t)
	r.speaker("It rains.")
	guide := roomGuide
	guide.Topics = []appliance.Topic{{ID: "t3", Title: "Three", Question: "What is three?", Minutes: 1}}
	r.exec(`INSERT INTO guides (session_id, version, guide, brief, made_by, model_digest, prompt_version, reason, created_at)
		SELECT session_id, 2, ?, brief, made_by, model_digest, prompt_version, reason, created_at FROM guides`, store.AsJSON(guide))
	r.exec(`UPDATE sessions SET guide_version = 2`)
	m := r.material()
	if len(m.Guides) != 2 || m.Guides[0].Topics[0].ID != "t3" || m.Guides[0].Conversations != 0 ||
		m.Guides[1].Topics[0].ID != "t1" || m.Guides[1].Conversations != 1 {
		t.Errorf("guides %+v", m.Guides)
	}
}

func TestEveryChangeOfTheMaterialIsSeen(t *testing.T) {
	r := newRoom(t)
	id, turns := r.speaker("It rains.")
	silent := r.join("")
	seen := map[string]string{string(r.material().Hash): "before"}
	if again := r.material(); seen[string(again.Hash)] == "" {
		t.Fatal("the hash changes although nothing has")
	}
	for _, change := range []struct {
		name string
		do   func()
	}{
		{"a digest", func() { r.draw(id, turns) }},
		{"an answer", func() { r.open(silent.ConversationID, 0); r.say(silent.ConversationID, "Snow.") }},
		{"the end of a conversation", func() { r.FinishConversation(t.Context(), silent.ConversationID, "early") }},
		{"an exclusion", func() { r.SetIncluded(t.Context(), store.By{Actor: "test"}, id, false) }},
		{"somebody who joins", func() { r.join("") }},
		{"the topic", func() { r.exec(`UPDATE sessions SET topic = 'Rain'`) }},
		{"the language", func() { r.exec(`UPDATE sessions SET language = 'de'`) }},
		{"coverage", func() { r.exec(`UPDATE coverage SET answered = 1`) }},
		{"an erasure", func() { r.EraseConversation(t.Context(), store.ErasedByParticipant, silent.ConversationID) }},
	} {
		change.do()
		hash := string(r.material().Hash)
		if before := seen[hash]; before != "" {
			t.Errorf("%s leaves the material as after %s", change.name, before)
		}
		seen[hash] = change.name
	}
}

func TestAReportIsAVersionAndTellsWhenItIsStale(t *testing.T) {
	r := newRoom(t)
	_, err := r.Results(t.Context(), r.session)
	wantCode(t, err, appliance.CodeNotFound)
	id, turns := r.speaker("It rains.", "It pours.")
	claims := r.draw(id, turns)
	for version := 1; version <= 2; version++ {
		saved, err := r.SaveReport(t.Context(), r.material(), report(claims[1]))
		if err != nil || saved.Version != version || saved.SessionID != r.session {
			t.Fatalf("saved version %d (%v), want %d", saved.Version, err, version)
		}
	}
	if m := r.material(); string(m.LatestHash) != string(m.Hash) || m.LatestMaker != byRules {
		t.Error("the newest report is not known as that of this material")
	}
	results, err := r.Results(t.Context(), r.session)
	if err != nil {
		t.Fatal(err)
	}
	if results.Report.Version != 2 || results.Stale || results.Language != "en" || results.Report.Counts.Turns != 2 ||
		len(results.Claims) != 1 || results.Claims[0].ID != claims[1] || results.Claims[0].Cited[0].Span.Text != "It pours." {
		t.Errorf("results %+v", results)
	}
	if n := r.number(`SELECT count(*) FROM events WHERE type = 'report.ready'`); n != 2 {
		t.Errorf("%d events, want 2", n)
	}
	r.join("")
	if results, err := r.Results(t.Context(), r.session); err != nil || !results.Stale {
		t.Errorf("stale %v (%v) after somebody joined", results.Stale, err)
	}
}

func TestAReportIsRefusedWhenWhatItCitesIsGone(t *testing.T) {
	for name, change := range map[string]func(r *room, id appliance.ConversationID, turns []appliance.Turn){
		"erased": func(r *room, id appliance.ConversationID, _ []appliance.Turn) {
			r.EraseConversation(r.t.Context(), store.ErasedByParticipant, id)
		},
		"left out": func(r *room, id appliance.ConversationID, _ []appliance.Turn) {
			r.SetIncluded(r.t.Context(), store.By{Actor: "test"}, id, false)
		},
		"drawn anew": func(r *room, id appliance.ConversationID, turns []appliance.Turn) { r.draw(id, turns) },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRoom(t)
			id, turns := r.speaker("It rains.", "It pours.")
			claims := r.draw(id, turns[:1])
			m := r.material()
			change(r, id, turns)
			_, err := r.SaveReport(t.Context(), m, report(claims...))
			wantCode(t, err, appliance.CodeConflict)
			if n := r.number(`SELECT count(*) FROM reports`); n != 0 {
				t.Error("it was kept all the same")
			}
		})
	}
}

func TestAReportIsKeptWhenOnlyMoreWasSaid(t *testing.T) {
	r := newRoom(t)
	id, turns := r.speaker("It rains.")
	claims := r.draw(id, turns)
	m := r.material()
	more, turns := r.speaker("It snows.")
	r.draw(more, turns)
	if _, err := r.SaveReport(t.Context(), m, report(claims...)); err != nil {
		t.Error(err)
	}
	if results, err := r.Results(t.Context(), r.session); err != nil || !results.Stale {
		t.Errorf("stale %v (%v), want true", results.Stale, err)
	}
}

func TestAReportOfADeletedSessionIsRefused(t *testing.T) {
	r := newRoom(t)
	m := r.material()
	r.exec(`DELETE FROM sessions`)
	_, err := r.SaveReport(t.Context(), m, report())
	wantCode(t, err, appliance.CodeNotFound)
}

func TestErasingAConversationTakesItsClaimsAndTheReportsWithIt(t *testing.T) {
	r := newRoom(t)
	id, turns := r.speaker("It rains.")
	claims := r.draw(id, turns)
	kept, turns := r.speaker("It snows.")
	r.draw(kept, turns)
	if _, err := r.SaveReport(t.Context(), r.material(), report(claims...)); err != nil {
		t.Fatal(err)
	}
	if _, err := r.EraseConversation(t.Context(), store.ErasedByParticipant, id); err != nil {
		t.Fatal(err)
	}
	for table, want := range map[string]int{"claims": 1, "quotes": 1, "digests": 1, "reports": 0} {
		if n := r.number(`SELECT count(*) FROM ` + table); n != want {
			t.Errorf("%d rows in %s, want %d", n, table, want)
		}
	}
	if n := r.number(`SELECT count(*) FROM jobs WHERE kind = 'report' AND state = 'queued'`); n != 1 {
		t.Errorf("%d reports wait, want 1", n)
	}
}

func TestAnExcludedConversationIsNotCited(t *testing.T) {
	r := newRoom(t)
	id, turns := r.speaker("It rains.")
	claims := r.draw(id, turns)
	if _, err := r.SaveReport(t.Context(), r.material(), report(claims...)); err != nil {
		t.Fatal(err)
	}
	if err := r.SetIncluded(t.Context(), store.By{Actor: "test"}, id, false); err != nil {
		t.Fatal(err)
	}
	if list, err := r.Claims(t.Context(), r.session); err != nil || len(list) != 0 {
		t.Errorf("%d claims are given (%v)", len(list), err)
	}
	if results, err := r.Results(t.Context(), r.session); err != nil || len(results.Claims) != 0 || !results.Stale {
		t.Errorf("%d claims are given with the old report, stale %v (%v)", len(results.Claims), results.Stale, err)
	}
}

func TestAllThatIsStaleIsAskedForTogether(t *testing.T) {
	r := newRoom(t)
	drawn, turns := r.speaker("It rains.")
	r.draw(drawn, turns)
	r.speaker("It snows.")
	r.exec(`DELETE FROM jobs`)
	id, err := r.EnqueueResults(t.Context(), r.session, byRules)
	if err != nil {
		t.Fatal(err)
	}
	digest := r.take()
	if digest.Kind != appliance.JobDigest || digest.ConversationID == drawn {
		t.Fatalf("took %+v, want the digest of the one that was not drawn from", digest)
	}
	r.end(digest.ID, appliance.JobFailed)
	if j := r.take(); j.ID != id {
		t.Errorf("took %+v, want the report", j)
	}
	if _, err := r.SaveReport(t.Context(), r.material(), report()); err != nil {
		t.Fatal(err)
	}
	jobs := func() store.JobCounts {
		results, err := r.Results(t.Context(), r.session)
		if err != nil {
			t.Fatal(err)
		}
		return results.Jobs
	}
	if diff := cmp.Diff(store.JobCounts{Running: 1, Failed: 1}, jobs()); diff != "" {
		t.Error(diff)
	}
	r.enqueue(appliance.JobDigest, r.session, digest.ConversationID)
	if diff := cmp.Diff(store.JobCounts{Running: 1, Waiting: 1}, jobs()); diff != "" {
		t.Errorf("a failed job counts although it is tried again:\n%s", diff)
	}
}

// The material and the results of a session of 1,000 people with five claims each.
func BenchmarkResultsOfALargeSession(b *testing.B) {
	r := newRoom(b)
	r.exec(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
		INSERT INTO participants (id, session_id, number, name, email, language, origin, consent_text, answers, created_at)
		SELECT 'prt_' || i, ?, i, '', '', 'en', 'link', '', '[]', i FROM n`, r.session)
	r.exec(`INSERT INTO conversations (id, session_id, participant_id, source, title, language, guide_version, state, ended,
			included, next_seq, answered_seq, owed, facilitation, turns, words, created_at, last_turn_at)
		SELECT 'cnv_' || number, session_id, id, 'interview', '', 'en', 1, 'finished', 'complete', 1, 5, 4, 0, '{}', 5, 100,
			number, number FROM participants`)
	r.exec(`WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 4)
		INSERT INTO turns (id, conversation_id, seq, role, speaker, content, topic_id, move, made_by, model_digest,
			prompt_version, start_ms, end_ms, created_at)
		SELECT 'trn_' || id || i, id, i, 'participant', '', 'The labels of ' || id || ' were late again, so we wrote them by hand.',
			't1', '', '', '', '', 0, 0, i FROM conversations, n`)
	r.exec(`INSERT INTO claims (id, session_id, conversation_id, topic_id, position, text, salience, made_by, model_digest,
			prompt_version, created_at)
		SELECT 'clm_' || id, ?, conversation_id, 't1', seq, content, 0.5, 'rules', '', 'test-1', 0 FROM turns`, r.session)
	r.exec(`INSERT INTO quotes (id, claim_id, turn_id, start_byte, end_byte, method, score)
		SELECT 'qte_' || id, 'clm_' || id, id, 0, length(content), 'exact', 1 FROM turns`)
	r.exec(`INSERT INTO digests (conversation_id, turns, input_hash, made_by, model_digest, prompt_version, claims, located,
			discarded, created_at) SELECT id, 5, x'00', 'rules', '', 'test-1', 5, 5, 0, 0 FROM conversations`)
	m := r.material()
	var cited []appliance.ClaimID
	for _, c := range m.Claims[:100] {
		cited = append(cited, c.ID)
	}
	if _, err := r.SaveReport(b.Context(), m, report(cited...)); err != nil {
		b.Fatal(err)
	}
	b.Run("material", func(b *testing.B) {
		for b.Loop() {
			r.material()
		}
	})
	b.Run("results", func(b *testing.B) {
		for b.Loop() {
			if results, err := r.Results(b.Context(), r.session); err != nil || len(results.Claims) != 100 {
				b.Fatalf("%d claims, %v", len(results.Claims), err)
			}
		}
	})
}
