package backup_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/backup"
)

// shelf is a directory of backups of a box, locked with the passphrase of the tests.
type shelf struct {
	*box
	dir   string
	lock  backup.Lock
	keep  backup.Keep
	begun bool
}

func newShelf(t *testing.T) *shelf {
	t.Helper()
	b := newBox(t)
	key, recipient, err := backup.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	locked, err := b.LockKey(key, passphrase)
	if err != nil {
		t.Fatal(err)
	}
	return &shelf{box: b, dir: t.TempDir(), lock: backup.Lock{Recipient: recipient, Locked: locked}, keep: backup.Keep{Days: 3}}
}

func (s *shelf) save() (backup.Saved, error) {
	saved, err := backup.SaveInto(s.t.Context(), s.box, s.dir, s.lock, !s.begun, s.keep, func(string, int64, int64) {})
	s.begun = s.begun || err == nil
	return saved, err
}

func (s *shelf) mustSave() backup.Saved {
	s.t.Helper()
	saved, err := s.save()
	if err != nil {
		s.t.Fatal(err)
	}
	return saved
}

// verify reads the newest backup from before a time whole.
func (s *shelf) verify(before time.Time, secret backup.Secret) (backup.Report, error) {
	r, once, err := backup.OpenDirectory(s.t.Context(), s.dir, before, secret)
	if err != nil {
		return backup.Report{}, err
	}
	defer r.Close()
	return s.Verify(s.t.Context(), r, once, nil)
}

// objects gives the paths of all objects.
func (s *shelf) objects() []string {
	s.t.Helper()
	list, err := filepath.Glob(filepath.Join(s.dir, "objects", "*", "*.age"))
	if err != nil {
		s.t.Fatal(err)
	}
	return list
}

func TestADirectoryHoldsEachFileOnce(t *testing.T) {
	s := newShelf(t)
	s.write("blobs/ef/large", strings.Repeat("a long recording ", 20000))
	first := s.mustSave()
	s.clock.Advance(24 * time.Hour)
	s.session("zebra")
	second := s.mustSave()
	if second.Bytes < first.Bytes || second.Written > first.Written-300000 {
		t.Errorf("first %d of %d bytes were written, then %d of %d", first.Written, first.Bytes, second.Written, second.Bytes)
	}
	if n := len(s.objects()); n != 5 { // two databases, a key, two blobs
		t.Errorf("%d objects", n)
	}
	for _, c := range []struct {
		before time.Time
		want   int64
	}{{s.clock.Now(), 1}, {s.clock.Now().Add(-time.Hour), 0}} {
		rep, err := s.verify(c.before, secret)
		if err != nil || rep.Manifest.Rows["sessions"] != c.want {
			t.Errorf("the backup from before %s holds %d sessions, %v", c.before, rep.Manifest.Rows["sessions"], err)
		}
	}
	_, err := s.verify(s.clock.Now().Add(-48*time.Hour), secret)
	hasCode(t, err, appliance.CodeNotFound)
	_, err = s.verify(s.clock.Now(), backup.Secret{Passphrase: "four words that are others"})
	hasCode(t, err, appliance.CodeForbidden)
	for _, file := range s.objects() {
		if raw, _ := os.ReadFile(file); bytes.Contains(raw, []byte("a long recording")) {
			t.Errorf("%s can be read", file)
		}
	}
}

func TestOldBackupsAreLetGoWithWhatOnlyTheyNeed(t *testing.T) {
	s := newShelf(t)
	s.write("blobs/ef/old", "of the first day")
	for day := range 5 {
		if day == 1 {
			os.Remove(filepath.Join(s.Dir, "blobs/ef/old"))
		}
		saved := s.mustSave()
		if want := max(0, min(1, day-2)); saved.Removed != want {
			t.Errorf("day %d: %d let go, want %d", day, saved.Removed, want)
		}
		s.clock.Advance(24 * time.Hour)
		s.session("day")
	}
	if n := len(s.objects()); n != 5 { // three databases, a key, a blob
		t.Errorf("%d objects are left", n)
	}
	for day := range 3 {
		if _, err := s.verify(s.clock.Now().AddDate(0, 0, -day), secret); err != nil {
			t.Errorf("%d days ago: %v", day, err)
		}
	}
}

func TestABoxIsRestoredFromADirectory(t *testing.T) {
	s := newShelf(t)
	_, talk := s.session("zebra")
	s.mustSave()
	r, once, err := backup.OpenDirectory(t.Context(), s.dir, s.clock.Now(), secret)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	journals, err := backup.JournalsIn(s.dir)
	if err != nil || len(journals) != 1 {
		t.Fatalf("%d journals, %v", len(journals), err)
	}
	empty := newBox(t)
	var file bytes.Buffer
	if _, err := file.ReadFrom(r); err != nil {
		t.Fatal(err)
	}
	if _, err := empty.restore(file.Bytes(), backup.Restore{Secret: once, Journals: journals}); err != nil {
		t.Fatal(err)
	}
	if turns, err := empty.Store.Turns(t.Context(), talk); err != nil || len(turns) != 1 {
		t.Errorf("%d turns, %v", len(turns), err)
	}
}

func TestADirectoryThatIsNotWhatItWasIsRefused(t *testing.T) {
	s := newShelf(t)
	s.session("zebra")
	s.mustSave()
	for _, file := range s.objects() {
		whole, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		changed := bytes.Clone(whole)
		changed[len(changed)-1] ^= 1
		for name, content := range map[string][]byte{"changed": changed, "cut": whole[:len(whole)/2], "empty": {}} {
			if err := os.WriteFile(file, content, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := s.verify(s.clock.Now(), secret); err == nil {
				t.Errorf("an object that is %s is not noticed", name)
			}
		}
		os.Remove(file)
		if _, err := s.verify(s.clock.Now(), secret); err == nil {
			t.Error("an object that is missing is not noticed")
		}
		os.WriteFile(file, whole, 0o600)
	}
	if _, err := s.verify(s.clock.Now(), secret); err != nil {
		t.Errorf("the control: %v", err)
	}
	// What was damaged there is written again by the next backup that needs it.
	for _, file := range s.objects() {
		os.Truncate(file, 10)
	}
	s.clock.Advance(time.Minute)
	s.mustSave()
	if _, err := s.verify(s.clock.Now(), secret); err != nil {
		t.Errorf("the backup after that: %v", err)
	}
}

func TestAfterTheLockIsChangedEachBackupIsOpenedAsItWasLocked(t *testing.T) {
	s := newShelf(t)
	first := s.lock
	s.mustSave()
	s.clock.Advance(24 * time.Hour)
	key, recipient, err := backup.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	locked, err := s.LockKey(key, "four words that are others")
	if err != nil {
		t.Fatal(err)
	}
	s.lock = backup.Lock{Recipient: recipient, Locked: locked}
	s.mustSave()
	if first.Recipient == recipient {
		t.Fatal("the lock is the same")
	}
	now, before := s.clock.Now(), s.clock.Now().Add(-time.Hour)
	others := backup.Secret{Passphrase: "four words that are others"}
	for _, c := range []struct {
		at     time.Time
		secret backup.Secret
		want   appliance.Code
	}{{now, others, ""}, {before, secret, ""}, {now, secret, appliance.CodeForbidden}, {before, others, appliance.CodeForbidden}, {now, backup.Secret{Key: key}, ""}} {
		_, err := s.verify(c.at, c.secret)
		if appliance.CodeOf(err) != c.want {
			t.Errorf("from before %s: %v, want %q", c.at, err, c.want)
		}
	}
}

func TestAStickThatWasPulledOutIsNotWrittenToTheDiskBelow(t *testing.T) {
	s := newShelf(t)
	s.mustSave()
	if err := os.RemoveAll(filepath.Join(s.dir, "snapshots")); err != nil {
		t.Fatal(err)
	}
	os.RemoveAll(filepath.Join(s.dir, "objects"))
	_, err := s.save()
	hasCode(t, err, appliance.CodeStorage)
	if n := len(s.objects()); n != 0 {
		t.Errorf("%d objects were written", n)
	}
	s.dir = filepath.Join(s.dir, "not-there")
	_, err = s.save()
	hasCode(t, err, appliance.CodeStorage)
}

// A stick that is pulled out in the middle of writing: it is said in words, and the backups that are on it are whole when it is back.
func TestAStickThatIsPulledOutInTheMiddleIsTold(t *testing.T) {
	s := newShelf(t)
	s.session("zebra")
	s.mustSave()
	s.clock.Advance(24 * time.Hour)
	s.session("zebra crossing")
	away := s.dir + ".away"
	pulled := false
	_, err := backup.SaveInto(t.Context(), s.box, s.dir, s.lock, false, s.keep, func(step string, _, _ int64) {
		if !pulled {
			pulled = true
			if err := os.Rename(s.dir, away); err != nil { // what is written from now on finds no directory
				t.Error(err)
			}
		}
	})
	if !pulled {
		t.Fatal("nothing was written, so that the test proves nothing")
	}
	hasCode(t, err, appliance.CodeStorage)
	if _, err := os.Stat(s.dir); err == nil {
		t.Errorf("on the disk below a directory was made, where the stick was")
		os.RemoveAll(s.dir)
	}
	if err := os.Rename(away, s.dir); err != nil {
		t.Fatal(err)
	}
	rep, err := s.verify(s.clock.Now(), secret)
	if err != nil || rep.Manifest.Rows["sessions"] != 1 {
		t.Errorf("the backup from before: %d sessions, %v", rep.Manifest.Rows["sessions"], err)
	}
	s.mustSave()
	if rep, err := s.verify(s.clock.Now(), secret); err != nil || rep.Manifest.Rows["sessions"] != 2 {
		t.Errorf("the backup after that: %d sessions, %v", rep.Manifest.Rows["sessions"], err)
	}
}
