package store_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// replaceFile puts the device behind every descriptor that this process has of the file, so that SQLite gets the
// errors of the kernel:
//
//	/dev/full                     every write fails with "no space left on device"
//	/dev/null                     writes are taken, and fsync fails
//	/dev/null, opened to be read  every write fails
//
// repair puts the file back.
func replaceFile(t *testing.T, file, device string, flags int) (repair func()) {
	t.Helper()
	d, err := syscall.Open(device, flags|syscall.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(d)
	saved := make(map[int]int)
	for _, fd := range descriptors(t, file) {
		copied, err := syscall.Dup(fd)
		if err != nil {
			t.Fatal(err)
		}
		saved[fd] = copied
		if err := syscall.Dup3(d, fd, syscall.O_CLOEXEC); err != nil {
			t.Fatal(err)
		}
	}
	if len(saved) == 0 {
		t.Fatalf("%s is not open", file)
	}
	return func() {
		for fd, copied := range saved {
			if err := syscall.Dup3(copied, fd, syscall.O_CLOEXEC); err != nil {
				t.Error(err)
			}
			syscall.Close(copied)
		}
	}
}

// descriptors gives the numbers under which this process has the file open.
func descriptors(t *testing.T, file string) (list []int) {
	t.Helper()
	for _, name := range names(t, "/proc/self/fd") {
		var fd int
		if _, err := fmt.Sscan(name, &fd); err != nil {
			t.Fatal(err)
		}
		if target, err := os.Readlink("/proc/self/fd/" + name); err == nil && target == file {
			list = append(list, fd)
		}
	}
	return list
}

func TestIOErrorStopsTheStoreForGood(t *testing.T) {
	for name, fault := range map[string]struct {
		device string
		flags  int
	}{
		"write fails": {"/dev/null", syscall.O_RDONLY},
		"fsync fails": {"/dev/null", syscall.O_RDWR},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := openNotes(t, testOptions(dir))
			add(t, s, "before")
			repair := replaceFile(t, filepath.Join(dir, "harmonium.db-wal"), fault.device, fault.flags)
			h := hold(t, s)
			one := h.write(t.Context(), insertNote("one", "x"))
			two := h.write(t.Context(), insertNote("two", "x"))
			h.release()
			repair() // a disk that comes back does not make the store come back

			for _, err := range []error{*one, *two, s.Write(t.Context(), insertNote("later", "x"))} {
				wantCode(t, err, appliance.CodeBusy)
				wantMessage(t, err, "not saved", "again")
			}
			select {
			case <-s.Dead():
			default:
				t.Error("Dead is not closed")
			}
			if s.Failed() == nil {
				t.Error("Failed gives nil")
			}
			if err := s.Close(); err != nil {
				t.Error("close:", err)
			}
			if !slices.Contains(names(t, dir), "io-error") {
				t.Error("the next start is not told")
			}

			var log logLines
			o := testOptions(dir)
			o.Log = log.logger()
			s = openNotes(t, o)
			if !log.contain("checking the database") {
				t.Error("opened without a check")
			}
			if slices.Contains(names(t, dir), "io-error") {
				t.Error("the mark stays after a good check")
			}
			if diff := cmp.Diff([]string{"before"}, ids(t, s)); diff != "" {
				t.Error(diff)
			}
			add(t, s, "after")
		})
	}
}

func TestIOErrorOfACheckpointIsNotOverlooked(t *testing.T) {
	dir := t.TempDir()
	s := openNotes(t, testOptions(dir))
	add(t, s, "before")
	repair := replaceFile(t, filepath.Join(dir, "harmonium.db"), "/dev/null", syscall.O_RDWR)
	defer repair()
	text := strings.Repeat("x", 1<<20)
	for i := range 2 * store.CheckpointPages / 256 {
		err := s.Write(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Exec("INSERT INTO notes (id, text) VALUES (?, ?)", noteID(i), text)
			return err
		})
		if err != nil {
			break
		}
	}
	<-s.Dead()
}

func TestFullDiskRefusesAndGoesOn(t *testing.T) {
	dir := t.TempDir()
	s := openNotes(t, testOptions(dir))
	add(t, s, "before")
	repair := replaceFile(t, filepath.Join(dir, "harmonium.db-wal"), "/dev/full", syscall.O_RDWR)
	h := hold(t, s)
	one := h.write(t.Context(), insertNote("one", "x"))
	two := h.write(t.Context(), insertNote("two", "x"))
	h.release()
	repair()
	for _, err := range []error{*one, *two} {
		wantCode(t, err, appliance.CodeStorage)
		wantMessage(t, err, "disk is full", "Nothing was changed")
	}
	if err := s.Failed(); err != nil {
		t.Errorf("a full disk stopped the store: %v", err)
	}
	add(t, s, "after")
	if diff := cmp.Diff([]string{"before", "after"}, ids(t, s)); diff != "" {
		t.Error(diff)
	}
}

func TestDeletingGivesUpTheBallastOnAFullDisk(t *testing.T) {
	dir := t.TempDir()
	o := testOptions(dir)
	o.BallastBytes = 1 << 20
	s := openNotes(t, o)
	for i := range 50 {
		add(t, s, noteID(i))
	}
	// With an empty log all pages are read from the database file.
	if err := s.Scrub(t.Context()); err != nil {
		t.Fatal(err)
	}
	repair := replaceFile(t, filepath.Join(dir, "harmonium.db-wal"), "/dev/full", syscall.O_RDWR)
	wantCode(t, s.Write(t.Context(), insertNote("refused", "x")), appliance.CodeStorage)
	if n := ballastSize(t, dir); n != 1<<20 {
		t.Error("an ordinary write has used up the ballast")
	}
	attempts := 0
	err := s.Erase(context.Background(), func(tx *store.Tx) error {
		if attempts++; attempts == 2 {
			if n := ballastSize(t, dir); n >= 0 {
				t.Error("tried again with the ballast still there")
			}
			repair() // what removing the ballast does to a real disk
		}
		_, err := tx.Exec("DELETE FROM notes")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if attempts != 2 {
		t.Errorf("%d attempts, want 2", attempts)
	}
	if got := ids(t, s); len(got) != 0 {
		t.Errorf("%d notes left", len(got))
	}
	if err := s.Scrub(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := ballastSize(t, dir); n != 1<<20 {
		t.Errorf("ballast of %d bytes after Scrub, want it back", n)
	}
}
