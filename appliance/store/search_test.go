package store_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

func (r *room) search(text string) store.SearchResults {
	r.t.Helper()
	got, err := r.Search(r.t.Context(), store.SearchQuery{Account: r.owner, Text: text, Page: store.Page{Limit: 20}})
	if err != nil {
		r.t.Fatal(err)
	}
	return got
}

func TestSearchFindsWhatPeopleSaid(t *testing.T) {
	r := newRoom(t)
	j := r.join("Ada")
	r.open(j.ConversationID, 0)
	said := r.say(j.ConversationID, "The medication list is never complete, so we ask the patient about the Übergabe.")
	r.say(j.ConversationID, "Nothing else.")
	for _, c := range []struct {
		text string
		want int
	}{
		{"medication", 1}, {"MEDICATION list", 1}, {"medic", 1}, {"list medic", 1}, {"ubergabe", 1}, {"übergabe", 1},
		{"medication absent", 0}, {"medi list", 0}, {"hello", 0}, {"", 0}, {"   ", 0}, {`"`, 0}, {"*", 0}, {"?!", 0},
		{`medication OR nothing`, 0}, {`medication NOT list`, 0}, {`NEAR(medication list)`, 0}, {`content:medication`, 0},
		{`^medication`, 1}, {`medication"`, 1}, {`{medication}`, 1}, {`(medication`, 1}, {"medication -list", 1}, {"''medication", 1},
	} {
		if got := r.search(c.text); got.Total != c.want || len(got.Hits) != c.want {
			t.Errorf("%q finds %d, want %d", c.text, got.Total, c.want)
		}
	}
	hit := r.search("medication").Hits[0]
	if hit.TurnID != said.ID || hit.Seq != 1 || hit.ConversationID != j.ConversationID || hit.Number != 1 || hit.SessionID != r.session {
		t.Errorf("the hit is %+v", hit)
	}
	want := []store.SnippetPart{{Text: "The "}, {Text: "medication", Hit: true},
		{Text: " list is never complete, so we ask the patient about the Übergabe."}}
	if diff := cmp.Diff(want, hit.Snippet); diff != "" {
		t.Error(diff)
	}
}

func TestASnippetOfALongTurnStandsAroundTheFirstHit(t *testing.T) {
	r := newRoom(t)
	r.say(r.join("").ConversationID, strings.Repeat("frühere Wörter ", 100)+"the needle stands here"+strings.Repeat(" spätere Wörter", 100)+" and a needle again")
	parts := r.search("needle").Hits[0].Snippet
	text, hits := "", 0
	for _, p := range parts {
		text += p.Text
		if p.Hit {
			hits++
		}
	}
	if !strings.HasPrefix(text, "…") || !strings.HasSuffix(text, "…") || len(text) > 260 || hits != 1 || !utf8.ValidString(text) ||
		!strings.Contains(text, "the needle stands here") {
		t.Errorf("%d hits in the snippet %q", hits, text)
	}
}

func TestTheTurnThatSaysMoreAboutItComesFirst(t *testing.T) {
	r := newRoom(t)
	j := r.join("")
	r.say(j.ConversationID, "The printer fails, the printer smokes, the printer goes.")
	r.say(j.ConversationID, "Among many other things that happened that day on the ward, somebody mentioned the printer once.")
	hits := r.search("printer").Hits
	if len(hits) != 2 || hits[0].Seq != 0 {
		t.Errorf("%d hits, the first is turn %d", len(hits), hits[0].Seq)
	}
}

func TestSearchFindsSessionsByTheirBrief(t *testing.T) {
	r := newRoom(t)
	r.addSession("hst_b", "100% remote_work", "draft")
	for text, want := range map[string]int{"handover": 1, "shifts handover": 1, "lost": 2, "100%": 1, "remote_work": 1, "absent": 0} {
		if got := r.search(text); got.Total != want {
			t.Errorf("%q finds %d, want %d", text, got.Total, want)
		}
	}
}

func TestSearchFindsOnlyWhatTheAccountMaySee(t *testing.T) {
	r := newRoom(t)
	r.exec(`INSERT INTO accounts (id, email, email_key, name, role, password_hash, created_at, updated_at)
		VALUES ('acc_guest', 'g@x.example', 'g@x.example', 'G', 'viewer', '', 0, 0)`)
	other := r.addSession("hst_b", "Other", "open")
	r.say(r.join("").ConversationID, "secret words")
	r.session = other
	mine := r.join("")
	r.say(mine.ConversationID, "secret words too")
	r.exec(`INSERT INTO session_members (session_id, account_id, role) VALUES ('hst_b', 'acc_guest', 'viewer')`)

	find := func(q store.SearchQuery) int {
		q.Text, q.Page.Limit = "secret", 10
		got, err := r.Search(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		return got.Total
	}
	if n := find(store.SearchQuery{Account: "acc_owner"}); n != 2 {
		t.Errorf("the owner finds %d, want 2", n)
	}
	if n := find(store.SearchQuery{Account: "acc_guest"}); n != 1 {
		t.Errorf("the guest finds %d, want 1", n)
	}
	if n := find(store.SearchQuery{Account: "acc_guest", Session: "hst_a"}); n != 0 {
		t.Errorf("the guest finds %d in a session that they may not see", n)
	}
	if n := find(store.SearchQuery{Account: "acc_nobody"}); n != 0 {
		t.Errorf("nobody finds %d", n)
	}
	if err := r.SetIncluded(t.Context(), store.By{Actor: "acc_owner"}, mine.ConversationID, false); err != nil {
		t.Fatal(err)
	}
	if n := find(store.SearchQuery{Account: "acc_owner"}); n != 1 {
		t.Errorf("an excluded conversation is found: %d hits, want 1", n)
	}
}

func TestSearchResultsComeInPages(t *testing.T) {
	r := newRoom(t)
	j := r.join("")
	for range 30 {
		r.say(j.ConversationID, "handover again")
	}
	seen := map[string]bool{}
	for offset := 0; offset < 31; offset += 7 {
		got, err := r.Search(t.Context(), store.SearchQuery{Account: r.owner, Text: "handover", Page: store.Page{Limit: 7, Offset: offset}})
		if err != nil || got.Total != 31 || len(got.Hits) != min(7, 31-offset) {
			t.Fatalf("at %d: %d of %d (%v)", offset, len(got.Hits), got.Total, err)
		}
		for _, h := range got.Hits {
			seen[string(h.SessionID)+string(h.TurnID)] = true
		}
	}
	if len(seen) != 31 {
		t.Errorf("%d different hits, want 31", len(seen))
	}
}

// fill adds n turns to a conversation, past the store, as it would index them.
func (r *room) fill(id appliance.ConversationID, n int, content string) {
	r.t.Helper()
	r.exec(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?3)
		INSERT INTO turns (id, conversation_id, seq, role, speaker, content, topic_id, move, made_by, model_digest,
			prompt_version, start_ms, end_ms, created_at)
		SELECT ?1 || i, ?1, 1000 + i, 'participant', '', replace(?2, '%', i), '', '', '', '', '', 0, 0, 0 FROM n`, string(id), content, n)
	r.exec(`INSERT INTO turns_fts (rowid, content, session) SELECT row, content, session FROM said
		WHERE row > (SELECT coalesce(max(id), 0) FROM turns_fts_docsize)`)
}

func TestWhatOthersSayOftenHidesNothingInASessionOfItsOwn(t *testing.T) {
	r := newRoom(t)
	r.exec(`INSERT INTO accounts (id, email, email_key, name, role, password_hash, created_at, updated_at)
		VALUES ('acc_guest', 'g@x.example', 'g@x.example', 'G', 'viewer', '', 0, 0)`)
	r.exec(`INSERT INTO session_members (session_id, account_id, role) VALUES (?, 'acc_guest', 'viewer')`, r.session)
	old := r.session
	r.say(r.join("").ConversationID, "The ward was calm.")
	r.session = r.addSession("hst_b", "Other", "open")
	r.addSession("hst_c", "A third one", "open")
	r.fill(r.join("").ConversationID, 5001, "The ward was loud again.")

	for name, c := range map[string]struct {
		q      store.SearchQuery
		total  int
		newest bool
	}{
		"in the old session":           {store.SearchQuery{Account: r.owner, Session: old}, 1, false},
		"by who sees the old one only": {store.SearchQuery{Account: "acc_guest"}, 1, false},
		"in everything":                {store.SearchQuery{Account: r.owner}, 1000, true},
	} {
		c.q.Text, c.q.Page.Limit = "ward", 5
		got, err := r.Search(t.Context(), c.q)
		if err != nil || got.Total != c.total || got.Newest != c.newest {
			t.Errorf("%s: %d are found, only the newest: %v; want %d, %v (%v)", name, got.Total, got.Newest, c.total, c.newest, err)
		}
	}
}

func TestACommonWordIsFollowedBackToItsFirstPlace(t *testing.T) {
	r := newRoom(t)
	r.fill(r.join("").ConversationID, 2500, "The ward was loud.")
	q := store.SearchQuery{Account: r.owner, Text: "ward", Page: store.Page{Limit: 1000}}
	seen := map[appliance.TurnID]bool{}
	for round, want := range []int{1000, 1000, 500} {
		got, err := r.Search(t.Context(), q)
		if err != nil || len(got.Hits) != want || (got.Older == 0) != (round == 2) {
			t.Fatalf("round %d finds %d and leads on to %d; want %d (%v)", round, len(got.Hits), got.Older, want, err)
		}
		for _, h := range got.Hits {
			seen[h.TurnID] = true
		}
		q.Before = got.Older
	}
	if len(seen) != 2500 {
		t.Errorf("%d places are found altogether; want 2500", len(seen))
	}
}

func TestABeginningStandsForTheWordsThatBeginSo(t *testing.T) {
	r := newRoom(t)
	j := r.join("")
	r.say(j.ConversationID, "Die ÜBERGABE, übergeben, ubera. Їжа холодна; Ёлка. Ein Wort")
	for text, want := range map[string]int{"über": 1, "UBERG": 1, "ubergabe": 1, "u\u0308berg": 1, "їж": 1, "холод": 1, "wortes": 0, "ubers": 0} {
		if got := r.search(text); got.Total != want || got.Newest {
			t.Errorf("%q finds %d, want %d", text, got.Total, want)
		}
	}
	r.fill(j.ConversationID, 150, "many%words")
	if got := r.search("many"); got.Total == 0 || !got.Newest {
		t.Errorf("of 150 words that begin so %d are found, and that these are not all is said: %v", got.Total, got.Newest)
	}
	if got := r.search("many150"); got.Total != 1 || got.Newest {
		t.Errorf("one of them finds %d", got.Total)
	}
}

func FuzzSearch(f *testing.F) {
	for _, s := range []string{"", `"`, `a" OR "b`, "NEAR(a b)", "*", "a*", "\x00", "\xff", "ä\u0308", "content:x", strings.Repeat("x ", 500), "\u0308"} {
		f.Add(s)
	}
	r := newRoom(f)
	r.say(r.join("").ConversationID, "a b c near content")
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := r.Search(t.Context(), store.SearchQuery{Account: r.owner, Text: text, Page: store.Page{Limit: 5}}); err != nil {
			t.Fatal(err)
		}
	})
}

// BenchmarkSearch looks for a word that stands in a quarter of 200,000 turns, for a rare one, and for the common one in
// one session.
func BenchmarkSearch(b *testing.B) {
	r := newRoom(b)
	j := r.join("")
	for from := 0; from < 200_000; from += 10_000 {
		r.exec(`WITH RECURSIVE n (i) AS (SELECT ?1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1 + 9999)
			INSERT INTO turns (id, conversation_id, seq, role, speaker, content, topic_id, move, made_by, model_digest,
				prompt_version, start_ms, end_ms, created_at)
			SELECT 'trn_' || i, ?2, i, 'participant', '', CASE WHEN i % 4 = 0 THEN 'common ' ELSE '' END || 'words of turn w' || i ||
				' about the ward and what happened there last week', '', '', '', '', '', 0, 0, 0 FROM n`, from, string(j.ConversationID))
		r.exec(`INSERT INTO turns_fts (rowid, content, session) SELECT row, content, session FROM said
			WHERE row > (SELECT coalesce(max(id), 0) FROM turns_fts_docsize)`)
	}
	for name, q := range map[string]store.SearchQuery{
		"common": {Text: "common words"}, "rare": {Text: "w4711"}, "begun": {Text: "comm"},
		"in a session": {Text: "common", Session: r.session},
	} {
		b.Run(name, func(b *testing.B) {
			q.Account, q.Page.Limit = r.owner, 20
			for b.Loop() {
				if got, err := r.Search(b.Context(), q); err != nil || len(got.Hits) == 0 {
					b.Fatal(len(got.Hits), err)
				}
			}
		})
	}
}
