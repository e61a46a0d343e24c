package backup_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"harmonium/appliance"
	"harmonium/appliance/backup"
	"harmonium/appliance/store"
	"harmonium/appliance/testkit"
)

const passphrase = "four words that differ"

var secret = backup.Secret{Passphrase: passphrase}

var aGuide = appliance.Guide{Opening: "Hello.", Closing: "Thanks.", Topics: []appliance.Topic{
	{ID: "tpc_one", Title: "One", Question: "What is one?", Probes: []string{"How so?"}, FollowUps: 1, Minutes: 4}}}

// box is a data directory with an open store, of which backups are made.
type box struct {
	*backup.Box
	t     testing.TB
	clock *testkit.Clock
	owner store.By
}

func newBox(t testing.TB) *box {
	t.Helper()
	clock := testkit.NewClock()
	_, key, _ := ed25519.GenerateKey(nil)
	b := &box{t: t, clock: clock, Box: &backup.Box{Dir: testkit.Dir(t), Clock: clock.Now, Key: key, Version: "test", Work: 2,
		Parts: []backup.Part{"attest.key", "blobs"}}}
	b.open()
	b.write("attest.key", "key of the box")
	b.write("blobs/ab/cd", "sound of a voice")
	account, err := b.Store.CreateAccount(t.Context(), store.By{Actor: store.ActorSetup},
		appliance.Account{Email: "o@example.org", Name: "Owner", Role: appliance.RoleOwner, Language: "en"}, "hash")
	if err != nil {
		t.Fatal(err)
	}
	b.owner = store.By{Account: account.ID, Actor: string(account.ID)}
	return b
}

// open opens the store, as a server does when it starts.
func (b *box) open() {
	b.t.Helper()
	s, err := store.Open(b.t.Context(), store.Options{Dir: b.Dir, Clock: b.Clock, BallastBytes: -1})
	if err != nil {
		b.t.Fatal(err)
	}
	b.Store = s
	b.t.Cleanup(func() { s.Close() })
}

func (b *box) close() {
	b.t.Helper()
	if err := b.Store.Close(); err != nil {
		b.t.Fatal(err)
	}
	b.Store = nil
}

func (b *box) write(name, content string) {
	b.t.Helper()
	at := filepath.Join(b.Dir, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(at), 0o700), os.WriteFile(at, []byte(content), 0o600)); err != nil {
		b.t.Fatal(err)
	}
}

// session makes an open session in which one person said something.
func (b *box) session(said string) (appliance.SessionID, appliance.ConversationID) {
	b.t.Helper()
	s, err := b.Store.CreateSession(b.t.Context(), b.owner, store.Once{}, appliance.Session{
		Brief: appliance.Brief{Topic: "About " + said, Goal: "know"}, Status: appliance.SessionOpen, Language: appliance.English,
		ResultsVisibility: appliance.ResultsHost}, appliance.GuideVersion{Guide: aGuide, Maker: appliance.Maker{By: appliance.MadeByRules}}, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	j, err := b.Store.Join(b.t.Context(), store.Joining{Participant: appliance.Participant{SessionID: s.ID, Origin: appliance.OriginLink, Name: said},
		TokenHash: appliance.Secret(s.ID).Hash()})
	if err != nil {
		b.t.Fatal(err)
	}
	b.say(j.ConversationID, said)
	return s.ID, j.ConversationID
}

func (b *box) say(id appliance.ConversationID, text string) {
	b.t.Helper()
	if _, _, err := b.Store.AppendTurn(b.t.Context(), store.Message{ConversationID: id, Content: text, Silent: true}); err != nil {
		b.t.Fatal(err)
	}
}

// make gives the bytes of a backup of this moment.
func (b *box) make() []byte {
	b.t.Helper()
	var out bytes.Buffer
	if _, err := b.Make(b.t.Context(), &out, backup.Order{Secret: secret}); err != nil {
		b.t.Fatal(err)
	}
	return out.Bytes()
}

// restore closes the store, restores, and opens it again.
func (b *box) restore(file []byte, how backup.Restore) (backup.Restored, error) {
	b.t.Helper()
	if b.Store != nil {
		b.close()
	}
	if how.Secret.Passphrase == "" && how.Secret.Key == "" {
		how.Secret = secret
	}
	unlock, err := store.LockDir(b.Dir)
	if err != nil {
		b.t.Fatal(err)
	}
	res, err := b.Restore(b.t.Context(), bytes.NewReader(file), how, nil)
	unlock()
	b.open()
	return res, err
}

// holds says in which file of the data directory the bytes are found, states that were replaced aside; "" in none.
func (b *box) holds(text string) (where string) {
	b.t.Helper()
	err := filepath.WalkDir(b.Dir, func(path string, e os.DirEntry, err error) error {
		if err == nil && e.IsDir() && strings.HasPrefix(e.Name(), "before-restore-") {
			return filepath.SkipDir
		}
		if err != nil || e.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		if bytes.Contains(raw, []byte(text)) {
			where = e.Name()
		}
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return where
}

func hasCode(t *testing.T, err error, want appliance.Code) {
	t.Helper()
	if got := appliance.CodeOf(err); got != want {
		t.Errorf("got %q (%v), want %q", got, err, want)
	}
}

func TestARestoredBoxIsAsItWasWhenTheBackupWasMade(t *testing.T) {
	b := newBox(t)
	kept, talk := b.session("zebracrossing")
	file := b.make()
	b.say(talk, "latecomer")
	b.write("blobs/ab/cd", "changed")
	b.write("blobs/ef/new", "came later")
	b.clock.Advance(1)

	res, err := b.restore(file, backup.Restore{Anyway: true})
	if err != nil {
		t.Fatal(err)
	}
	if res.Manifest.Rows["turns"] != 1 || res.Manifest.Version != "test" || res.Files != 3 {
		t.Errorf("it tells %+v", res)
	}
	if _, err := b.Store.Session(t.Context(), kept); err != nil {
		t.Error(err)
	}
	turns, err := b.Store.Turns(t.Context(), talk)
	if err != nil || len(turns) != 1 || turns[0].Content != "zebracrossing" {
		t.Errorf("%d turns, %v", len(turns), err)
	}
	if raw, _ := os.ReadFile(filepath.Join(b.Dir, "blobs/ab/cd")); string(raw) != "sound of a voice" {
		t.Errorf("the blob holds %q", raw)
	}
	if at := b.holds("came later"); at != "" {
		t.Errorf("what came later is in %s", at)
	}
	states, err := store.ReplacedStates(b.Dir)
	if err != nil || len(states) != 1 || !states[0].At.Equal(b.clock.Now().Truncate(1e9)) {
		t.Errorf("kept: %+v, %v", states, err)
	}
	if _, err := os.Stat(filepath.Join(b.Dir, "restore")); !os.IsNotExist(err) {
		t.Errorf("something is left of the restore: %v", err)
	}
}

// Promise P8, with its control: the same restore without the journal brings the words back.
func TestWhatWasDeletedStaysDeletedAfterTheRestoreOfAnOlderBackup(t *testing.T) {
	b := newBox(t)
	kept, _ := b.session("keptword")
	gone, _ := b.session("plantedalpha")
	_, erased := b.session("plantedbeta")
	file := b.make()
	b.clock.Advance(1e9)
	if _, err := b.Store.DeleteSession(t.Context(), b.owner, gone); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Store.EraseConversation(t.Context(), store.ErasedByParticipant, erased); err != nil {
		t.Fatal(err)
	}
	_, beside, err := b.JournalCopy(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		journal []byte
		box     *box // that is restored
	}{
		{"into the same box", nil, b},
		{"into an empty box, by the journal beside the backups", beside, newBox(t)},
	} {
		how := backup.Restore{}
		if c.journal != nil {
			j, err := backup.ReadJournal(bytes.NewReader(c.journal))
			if err != nil || !j.Whole || len(j.List) != 3 { // a session, a conversation, its participant
				t.Fatalf("journal %+v, %v", j, err)
			}
			how.Journals = []backup.Journal{j}
		}
		res, err := c.box.restore(file, how)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if res.Deleted < 2 || !res.Until.After(res.Manifest.MadeAt) {
			t.Errorf("%s: %d deleted again, known until %s", c.name, res.Deleted, res.Until)
		}
		if at := c.box.holds("lantedalpha"); at != "" { // the index cuts words at their beginning
			t.Errorf("%s: what a session held came back, in %s", c.name, at)
		}
		if turns, _ := c.box.Store.Turns(t.Context(), erased); len(turns) != 0 {
			t.Errorf("%s: the erased conversation came back", c.name)
		}
		if c.box.holds("keptword") == "" {
			t.Errorf("%s: what was kept is not found, so that the search proves nothing", c.name)
		}
		if _, err := c.box.Store.Session(t.Context(), kept); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	control := newBox(t)
	if _, err := control.restore(file, backup.Restore{Anyway: true}); err != nil {
		t.Fatal(err)
	}
	if control.holds("plantedalpha") == "" {
		t.Error("without the journal the words are not found either, so that the test proves nothing")
	}
}

func TestARestoreThatMayBringBackWhatWasDeletedAsks(t *testing.T) {
	b := newBox(t)
	b.session("zebra")
	_, older, err := b.JournalCopy(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b.clock.Advance(1e9)
	file := b.make()
	b.clock.Advance(1e9)
	_, newer, err := b.JournalCopy(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, foreign, err := newBox(t).JournalCopy(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	changed := bytes.Replace(bytes.Clone(newer), []byte(`"until":"2026-03-02T09:00:02`), []byte(`"until":"2026-03-02T10:00:02`), 1)
	for name, c := range map[string]struct {
		journal []byte
		anyway  bool
		asks    bool
	}{
		"no journal":                              {nil, false, true},
		"no journal, and it is to go on":          {nil, true, false},
		"a journal that is older than the backup": {older, false, true},
		"a journal of another box":                {foreign, false, true},
		"a journal that was changed":              {changed, false, true},
		"a newer journal":                         {newer, false, false},
	} {
		empty := newBox(t)
		how := backup.Restore{Anyway: c.anyway}
		if j, _ := backup.ReadJournal(bytes.NewReader(c.journal)); j.ID != "" {
			how.Journals = []backup.Journal{j}
		}
		_, err := empty.restore(file, how)
		var e *appliance.Error
		asked := errors.As(err, &e) && len(e.Fields) == 1 && e.Fields[0].Field == backup.FieldDeletions
		if asked != c.asks || !c.asks && err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if n := empty.accounts(); c.asks && n != 1 {
			t.Errorf("%s: it asks, and has changed something", name)
		}
	}
}

func (b *box) accounts() int {
	b.t.Helper()
	list, err := b.Store.Accounts(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	return len(list)
}

func TestABackupThatIsNotRightChangesNothing(t *testing.T) {
	b := newBox(t)
	b.session("zebra")
	file := b.make()
	flipped := func(at int) []byte {
		f := bytes.Clone(file)
		f[at] ^= 1
		return f
	}
	newer := func(manifest string) []byte {
		var out bytes.Buffer
		r, _ := age.NewScryptRecipient(passphrase)
		r.SetWorkFactor(2)
		w, err := age.Encrypt(&out, r)
		if err != nil {
			t.Fatal(err)
		}
		w.Write(tarOf(t, "backup.json", manifest))
		w.Close()
		return out.Bytes()
	}
	type row struct {
		file   []byte
		secret backup.Secret
		want   appliance.Code
	}
	rows := map[string]row{
		"wrong passphrase":       {file, backup.Secret{Passphrase: "four words that are others"}, appliance.CodeForbidden},
		"key instead":            {file, backup.Secret{Key: newKey(t)}, appliance.CodeForbidden},
		"another file":           {[]byte("PK\x03\x04 what is this"), secret, appliance.CodeUnprocessable},
		"empty file":             {nil, secret, appliance.CodeUnprocessable},
		"newer form":             {newer(`{"format":2}`), secret, appliance.CodeConflict},
		"newer database":         {newer(`{"format":1,"schema":99999}`), secret, appliance.CodeConflict},
		"nothing but a manifest": {newer(`{"format":1,"schema":1}`), secret, appliance.CodeUnprocessable},
		"something added":        {append(bytes.Clone(file), 0), secret, appliance.CodeUnprocessable},
	}
	for i := range 12 {
		at := 200 + i*(len(file)-201)/11
		rows[fmt.Sprintf("changed at byte %d", at)] = row{flipped(at), secret, appliance.CodeUnprocessable}
		rows[fmt.Sprintf("cut at byte %d", at)] = row{file[:at], secret, appliance.CodeUnprocessable}
	}
	for name, c := range rows {
		_, err := b.Verify(t.Context(), bytes.NewReader(c.file), c.secret, nil)
		if appliance.CodeOf(err) != c.want {
			t.Errorf("%s: verify gives %q (%v), want %q", name, appliance.CodeOf(err), err, c.want)
		}
		_, err = b.restore(c.file, backup.Restore{Secret: c.secret, Anyway: true})
		if appliance.CodeOf(err) != c.want {
			t.Errorf("%s: restore gives %q (%v), want %q", name, appliance.CodeOf(err), err, c.want)
		}
		if states, _ := store.ReplacedStates(b.Dir); len(states) != 0 || b.accounts() != 1 {
			t.Fatalf("%s: something was changed", name)
		}
	}
	if _, err := b.Verify(t.Context(), bytes.NewReader(file), secret, nil); err != nil {
		t.Errorf("the control: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(b.Dir, "backup-work", "*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func newKey(t *testing.T) string {
	key, _, err := backup.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestABackupIsReadableWithoutThisProgram(t *testing.T) {
	b := newBox(t)
	b.session("zebra")
	id, _ := age.NewScryptIdentity(passphrase)
	open, err := age.Decrypt(bytes.NewReader(b.make()), id)
	if err != nil {
		t.Fatal(err)
	}
	names := namesIn(t, open)
	if got, want := strings.Join(names, " "), "backup.json data/harmonium.db data/attest.key data/blobs/ab/cd contents.json"; got != want {
		t.Errorf("it holds %q, want %q", got, want)
	}
}

func TestABackupForAKeyIsOpenedByThatKey(t *testing.T) {
	b := newBox(t)
	key, recipient, err := backup.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "x"+backup.Suffix)
	rep, err := backup.Save(t.Context(), b, path, backup.Secret{Recipients: []string{recipient}}, func(string, int64, int64) {})
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	got, err := b.Verify(t.Context(), f, backup.ParseOpening("# recovery key\n"+key+"\n"), nil)
	if err != nil || got.Bytes != rep.Bytes {
		t.Errorf("%+v, %v", got, err)
	}
}

// Promise P9: every write that was acknowledged before the backup began is in it.
func TestABackupThatIsMadeUnderWritesIsWhole(t *testing.T) {
	b := newBox(t)
	_, talk := b.session("first")
	ctx, stop := context.WithCancel(t.Context())
	said := make(chan int, 1)
	go func() {
		n := 0
		for ; ctx.Err() == nil; n++ {
			b.Store.AppendTurn(t.Context(), store.Message{ConversationID: talk, Content: fmt.Sprint("word ", n), Silent: true})
		}
		said <- n
	}()
	for range 5 {
		turns, err := b.Store.Turns(t.Context(), talk)
		if err != nil {
			t.Fatal(err)
		}
		file := b.make()
		rep, err := b.Verify(t.Context(), bytes.NewReader(file), secret, nil)
		if err != nil {
			t.Fatal(err)
		}
		if rep.Manifest.Rows["turns"] < int64(len(turns)) {
			t.Errorf("%d turns were acknowledged, %d are in the backup", len(turns), rep.Manifest.Rows["turns"])
		}
	}
	stop()
	if n := <-said; n == 0 {
		t.Error("nothing was written meanwhile")
	}
}

func TestSaveLeavesNoHalfFileThatLooksWhole(t *testing.T) {
	b := newBox(t)
	b.session("zebra")
	quiet := func(string, int64, int64) {}
	for name, m := range map[string]backup.Maker{
		"the maker stops in the middle":        faulty{b.Box, func(file []byte) []byte { return file[:len(file)/2] }, errors.New("lost")},
		"half of it does not reach the disk":   faulty{b.Box, func(file []byte) []byte { return file[:len(file)/2] }, nil},
		"the disk gives back what was not put": faulty{b.Box, func(file []byte) []byte { file[len(file)-1] ^= 1; return file }, nil},
	} {
		dir := t.TempDir()
		if _, err := backup.Save(t.Context(), m, filepath.Join(dir, "x"), secret, quiet); err == nil {
			t.Errorf("%s: no error", name)
		}
		if left, _ := os.ReadDir(dir); len(left) != 0 {
			t.Errorf("%s: %v is left", name, left)
		}
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "x")
	if _, err := backup.Save(t.Context(), b, path, secret, quiet); err != nil {
		t.Fatal(err)
	}
	before, _ := os.ReadFile(path)
	_, err := backup.Save(t.Context(), b, path, secret, quiet)
	hasCode(t, err, appliance.CodeConflict)
	if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
		t.Error("an earlier backup was overwritten")
	}
	if journals, _ := filepath.Glob(filepath.Join(dir, "deletions-*.jsonl")); len(journals) != 1 {
		t.Errorf("journals beside it: %v", journals)
	}
	_, err = backup.Save(t.Context(), b, filepath.Join(dir, "none", "x"), secret, quiet)
	hasCode(t, err, appliance.CodeStorage)
}

// faulty is a maker whose backups are changed on their way.
type faulty struct {
	*backup.Box
	change func([]byte) []byte
	err    error
}

func (f faulty) Make(ctx context.Context, w io.Writer, o backup.Order) (backup.Manifest, error) {
	var out bytes.Buffer
	m, err := f.Box.Make(ctx, &out, o)
	if err == nil {
		_, err = w.Write(f.change(out.Bytes()))
	}
	return m, errors.Join(err, f.err)
}

// What a participant has taken back of a conversation that stays does not come back either.
func TestWordsThatWereTakenBackStayGoneAfterARestore(t *testing.T) {
	b := newBox(t)
	_, talk := b.session("first")
	b.say(talk, "keptalpha plantedgamma keptbeta")
	turns, err := b.Store.Turns(t.Context(), talk)
	if err != nil {
		t.Fatal(err)
	}
	said := turns[len(turns)-1]
	b.sql(fmt.Sprintf(`INSERT INTO points (id, conversation_id, shown_in, position, topic_id, topic, turn_id, start_byte, end_byte)
			VALUES ('pnt_x', '%[1]s', '%[2]s', 0, 'tpc_one', 'One', '%[2]s', 10, 22);
		UPDATE conversations SET state = 'finished', ended = 'complete' WHERE id = '%[1]s'`, talk, said.ID))
	file := b.make()
	b.clock.Advance(1e9)
	_, err = b.Store.Review(t.Context(), talk, appliance.Review{Points: []appliance.PointReview{{ID: "pnt_x", State: appliance.PointDropped}}})
	if err != nil {
		t.Fatal(err)
	}
	_, beside, err := b.JournalCopy(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(beside, []byte("gamma")) {
		t.Error("the journal holds the words")
	}
	empty, control := newBox(t), newBox(t)
	if _, err := empty.restore(file, backup.Restore{Journals: backup.ReadJournals([][]byte{beside})}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		text  string
		there bool
	}{{"lantedgamma", false}, {"keptalpha", true}, {"keptbeta", true}} {
		if at := empty.holds(c.text); (at != "") != c.there {
			t.Errorf("%s is found in %q", c.text, at)
		}
	}
	if _, err := control.restore(file, backup.Restore{Anyway: true}); err != nil {
		t.Fatal(err)
	}
	if control.holds("lantedgamma") == "" {
		t.Error("without the journal the words are not found either, so that the test proves nothing")
	}
}

// Nor is anything shown again that a participant has decided to show less, or in whose place they have put other words.
func TestWhatParticipantsLetBeSeenLessStaysSoAfterARestore(t *testing.T) {
	b := newBox(t)
	_, talk := b.session("first")
	b.say(talk, "keptalpha plantedgamma plantedbeta keptdelta")
	turns, err := b.Store.Turns(t.Context(), talk)
	if err != nil {
		t.Fatal(err)
	}
	said := turns[len(turns)-1]
	b.sql(fmt.Sprintf(`INSERT INTO points (id, conversation_id, shown_in, position, topic_id, topic, turn_id, start_byte, end_byte)
			VALUES ('pnt_x', '%[1]s', '%[2]s', 0, 'tpc_one', 'One', '%[2]s', 10, 22), ('pnt_y', '%[1]s', '%[2]s', 1, 'tpc_one', 'One', '%[2]s', 23, 34);
		UPDATE conversations SET state = 'finished', ended = 'complete' WHERE id = '%[1]s'`, talk, said.ID))
	_, whole := b.session("second")
	b.say(whole, "plantedomega")
	shown := func(b *box, to store.Audience) string {
		t.Helper()
		list, err := b.Store.TurnsFor(t.Context(), to, talk)
		if err != nil {
			t.Fatal(err)
		}
		return list[len(turns)-1].Content
	}
	review := func(b *box, points ...appliance.PointReview) {
		t.Helper()
		if _, err := b.Store.Review(t.Context(), talk, appliance.Review{Points: points}); err != nil {
			t.Fatal(err)
		}
	}
	file := b.make()
	b.clock.Advance(1e9)
	review(b, appliance.PointReview{ID: "pnt_x", State: appliance.PointEdited, Text: "Something else."},
		appliance.PointReview{ID: "pnt_y", Use: appliance.UseParaphrase})
	if _, err := b.Store.Review(t.Context(), whole, appliance.Review{Use: appliance.UseCount}); err != nil {
		t.Fatal(err)
	}
	_, beside, err := b.JournalCopy(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	journals := backup.Restore{Journals: backup.ReadJournals([][]byte{beside})}
	empty, control := newBox(t), newBox(t)
	if _, err := empty.restore(file, journals); err != nil {
		t.Fatal(err)
	}
	const gamma, beta = "[…]       ", "[…]      "
	for to, want := range map[store.Audience]string{
		store.ForParticipant: "keptalpha plantedgamma plantedbeta keptdelta",
		store.ForReaders:     "keptalpha " + gamma + " plantedbeta keptdelta",
		store.ForResults:     "keptalpha " + gamma + " " + beta + " keptdelta",
	} {
		if got := shown(empty, to); got != want {
			t.Errorf("as %s after the restore: %q, want %q", to, got, want)
		}
	}
	if c, err := empty.Store.Conversation(t.Context(), whole); err != nil || c.Use != appliance.UseCount {
		t.Errorf("a conversation that is only counted is %q after the restore (%v)", c.Use, err)
	}
	if _, err := control.restore(file, backup.Restore{Anyway: true}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(shown(control, store.ForResults), "plantedgamma") {
		t.Error("without the journal the words are not shown either, so that the test proves nothing")
	}

	// What is decided after that holds, although the journals still tell of the time before.
	review(empty, appliance.PointReview{ID: "pnt_x", Use: appliance.UseQuote}, appliance.PointReview{ID: "pnt_y", Use: appliance.UseQuote})
	again := newBox(t)
	journals.Anyway = true
	if _, err := again.restore(empty.make(), journals); err != nil {
		t.Fatal(err)
	}
	if got := shown(again, store.ForResults); got != said.Content {
		t.Errorf("after a newer decision and another restore: %q, want %q", got, said.Content)
	}
}

// sql changes the database while the store is closed, as nothing in the product does.
func (b *box) sql(query string) {
	b.t.Helper()
	b.close()
	db, err := sql.Open("sqlite", filepath.Join(b.Dir, store.DatabaseFile))
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := db.Exec(query); err != nil {
		b.t.Fatal(err)
	}
	db.Close()
	b.open()
}

// Whoever has restored the wrong backup goes back, and what was deleted meanwhile stays deleted also there.
func TestARestoreIsTakenBackAndWhatWasDeletedSinceStaysDeleted(t *testing.T) {
	b := newBox(t)
	first, _ := b.session("earlyword")
	gone, _ := b.session("plantedgamma")
	file := b.make()
	late, _ := b.session("lateword")
	b.write("attest.key", "key of now")
	b.clock.Advance(time.Hour)
	if _, err := b.KeepJournal(t.Context()); err != nil { // as a server does all the time
		t.Fatal(err)
	}
	if _, err := b.restore(file, backup.Restore{}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Store.DeleteSession(t.Context(), b.owner, gone); err != nil {
		t.Fatal(err)
	}
	later, _ := b.session("evenlater")
	undo := func() backup.Undone {
		t.Helper()
		b.clock.Advance(time.Hour)
		u, err := b.Undo(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		b.close()
		b.open()
		return u
	}
	u := undo()
	if u.Deleted != 1 || !u.Restored.Equal(b.clock.Now().Add(-time.Hour).Truncate(time.Second)) {
		t.Errorf("it tells %+v", u)
	}
	for id, want := range map[appliance.SessionID]appliance.Code{first: "", late: "", gone: appliance.CodeNotFound, later: appliance.CodeNotFound} {
		if _, err := b.Store.Session(t.Context(), id); appliance.CodeOf(err) != want {
			t.Errorf("%s: %v, want %q", id, err, want)
		}
	}
	if text, _ := os.ReadFile(filepath.Join(b.Dir, "attest.key")); string(text) != "key of now" {
		t.Errorf("the other files hold %q", text)
	}
	if at := b.holds("lantedgamma"); at != "" {
		t.Errorf("what was deleted is in %s", at)
	}
	// The state of the backup is kept now, and is gone back to in the same way.
	undo()
	for id, want := range map[appliance.SessionID]appliance.Code{first: "", later: "", late: appliance.CodeNotFound, gone: appliance.CodeNotFound} {
		if _, err := b.Store.Session(t.Context(), id); appliance.CodeOf(err) != want {
			t.Errorf("taken back twice, %s: %v, want %q", id, err, want)
		}
	}
}

func TestOnlyAWholeStateIsGoneBackTo(t *testing.T) {
	b := newBox(t)
	if _, err := b.Undo(t.Context()); appliance.CodeOf(err) != appliance.CodeNotFound {
		t.Errorf("without a restore: %v", err)
	}
	b.session("someword")
	file := b.make()
	if _, err := b.KeepJournal(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := b.restore(file, backup.Restore{}); err != nil {
		t.Fatal(err)
	}
	states, err := store.ReplacedStates(b.Dir)
	if err != nil {
		t.Fatal(err)
	}
	damaged, err := os.OpenFile(filepath.Join(states[0].Path, store.DatabaseFile), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := damaged.WriteAt(make([]byte, 6000), 8192); err != nil {
		t.Fatal(err)
	}
	damaged.Close()
	if _, err := b.Undo(t.Context()); appliance.CodeOf(err) != appliance.CodeConflict || !strings.Contains(err.Error(), "Nothing was changed") {
		t.Errorf("with a damaged state: %v", err)
	}
	b.close()
	b.open()
	if after, err := store.ReplacedStates(b.Dir); err != nil || len(after) != 1 || after[0] != states[0] {
		t.Errorf("kept: %+v, %v", after, err)
	}
}
