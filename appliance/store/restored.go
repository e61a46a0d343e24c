package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"harmonium/appliance"
)

// A restore puts what is to be the new state into a directory of its own inside the data directory, and says with one
// file that it is whole (CommitRestore). The next Open then moves the old state away and the new one in, name by name.
// Killed at any moment, it goes on at the next Open: the state is the old one or the new one, never a mixture.

const (
	// restoreDir is where a restore is put together.
	restoreDir = "restore"
	// restoredDir in it holds the entries of the new state.
	restoredDir = "new"
	// readyFile in it says that they are whole: a readyMark.
	readyFile = "ready.json"
	// replacedPrefix begins the names of the directories with states that were replaced.
	replacedPrefix = "before-restore-"
)

// readyMark says what the next Open does.
type readyMark struct {
	At   string   `json:"at"`   // when, in timeLayout
	From string   `json:"from"` // directory with the new entries, from the data directory
	New  []string `json:"new"`  // entries that come, each in place of one of the same name, if there is one
	Away []string `json:"away"` // entries that make way for nothing
}

// LockDir keeps others out of the data directory dir, which is made if need be, without opening the database. It fails
// with CodeConflict when another process has it, or when it holds something else.
func LockDir(dir string) (release func() error, err error) {
	if err := makeDir(dir, slog.New(slog.DiscardHandler)); err != nil {
		return nil, err
	}
	l, err := lockDir(dir)
	if err != nil {
		return nil, err
	}
	return l.release, nil
}

// PrepareRestore gives an empty directory in the data directory dir for the entries of a new state. What an earlier
// restore has left there that was not committed is removed.
func PrepareRestore(dir string) (string, error) {
	at := filepath.Join(dir, restoreDir)
	if _, err := os.Stat(filepath.Join(at, readyFile)); err == nil {
		return "", appliance.Errorf(appliance.CodeConflict, "A restore is complete and waits for the next start of the "+
			"server. Nothing was changed. Start it, then try again.")
	}
	if err := os.RemoveAll(at); err != nil {
		return "", err
	}
	into := filepath.Join(at, restoredDir)
	return into, os.MkdirAll(into, 0o700)
}

// AbandonRestore removes what PrepareRestore has begun, if it was not committed.
func AbandonRestore(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, restoreDir, readyFile)); err == nil {
		return nil
	}
	return os.RemoveAll(filepath.Join(dir, restoreDir))
}

// CommitRestore says that the directory from, that of PrepareRestore or of a ReplacedState, holds a whole new state, to
// be taken by the next Open. Beside what has a successor there, the entries named by also make way, and everything that
// belongs to the old database.
func CommitRestore(dir, from string, at time.Time, also []string) error {
	mark := readyMark{At: at.UTC().Format(timeLayout), From: filepath.Base(from)}
	if filepath.Dir(from) == filepath.Join(dir, restoreDir) {
		mark.From = filepath.Join(restoreDir, restoredDir)
	}
	for exists(filepath.Join(dir, replacedPrefix+mark.At)) { // two within a second, or the clock was set back
		at = at.Add(time.Second)
		mark.At = at.UTC().Format(timeLayout)
	}
	var err error
	if mark.New, err = namesIn(from); err != nil {
		return err
	}
	// Whoever takes the new state holds the lock of the directory, and would move it away from under the next process.
	mark.New = slices.DeleteFunc(mark.New, func(name string) bool { return name == lockFile })
	old, err := namesIn(dir)
	if err != nil {
		return err
	}
	for _, name := range old {
		ours := strings.HasPrefix(name, databaseFile) || strings.HasPrefix(name, copyPrefix) || slices.Contains(also, name)
		if ours && !slices.Contains(mark.New, name) {
			mark.Away = append(mark.Away, name)
		}
	}
	raw, err := json.Marshal(mark)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(dir, restoreDir), 0o700); err != nil {
		return err
	}
	part := filepath.Join(dir, restoreDir, readyFile+partSuffix)
	f, err := os.OpenFile(part, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(raw)
	if err = errors.Join(err, f.Sync(), f.Close(), syncDir(from)); err != nil {
		return err
	}
	if err := os.Rename(part, filepath.Join(dir, restoreDir, readyFile)); err != nil {
		return err
	}
	return errors.Join(syncDir(filepath.Join(dir, restoreDir)), syncDir(dir))
}

func namesIn(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names, err
}

// takeRestored moves a committed restore in, or goes on doing so. The data directory must be locked.
func (s *Store) takeRestored() error {
	at := s.path(restoreDir)
	raw, err := os.ReadFile(filepath.Join(at, readyFile))
	if errors.Is(err, fs.ErrNotExist) {
		// A restore that was killed before it was whole: what it unpacked is a readable state of the box, with what was deleted since.
		return AbandonRestore(s.dir)
	}
	var mark readyMark
	if err == nil {
		err = json.Unmarshal(raw, &mark)
	}
	if err != nil {
		return fmt.Errorf("read what a restore has left to do: %w", err)
	}
	replaced := s.path(replacedPrefix + mark.At)
	if err := os.MkdirAll(replaced, 0o700); err != nil {
		return dirError(s.dir, err)
	}
	from := s.path(mark.From)
	for _, name := range mark.Away {
		err = errors.Join(err, moveUnlessDone(s.path(name), filepath.Join(replaced, name)))
	}
	for _, name := range mark.New {
		err = errors.Join(err, replace(s.path(name), filepath.Join(from, name), filepath.Join(replaced, name)))
	}
	if err != nil {
		return fmt.Errorf("put what was restored in its place: %w", err)
	}
	if err := errors.Join(syncDir(replaced), syncDir(s.dir)); err != nil {
		return err
	}
	// The mark goes first: what is left without it is rubbish.
	if err := errors.Join(os.Remove(filepath.Join(at, readyFile)), syncDir(at), os.RemoveAll(at), os.RemoveAll(from)); err != nil {
		return err
	}
	if err := s.lock.markLog(s.dir, false); err != nil { // what was restored has no log
		return err
	}
	s.log.Info("the state of a backup was restored; the one before is kept beside it", "directory", replaced)
	return syncDir(s.dir)
}

// replace moves present away and its successor in, unless a process that was killed has done so already.
func replace(present, successor, away string) error {
	if !exists(successor) {
		return nil
	}
	if err := moveUnlessDone(present, away); err != nil {
		return err
	}
	return os.Rename(successor, present)
}

// moveUnlessDone moves what is there.
func moveUnlessDone(from, to string) error {
	if !exists(from) {
		return nil
	}
	return os.Rename(from, to)
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// ReplacedState is a state that a restore has replaced and that is still kept.
type ReplacedState struct {
	Path string
	At   time.Time // of the restore
}

// ReplacedStates gives those in the data directory dir, oldest first.
func ReplacedStates(dir string) ([]ReplacedState, error) {
	names, err := namesIn(dir)
	var list []ReplacedState
	for _, name := range names {
		if at, ok := strings.CutPrefix(name, replacedPrefix); ok {
			t, _ := time.Parse(timeLayout, at)
			list = append(list, ReplacedState{Path: filepath.Join(dir, name), At: t})
		}
	}
	return list, err
}

// DropReplaced removes the states that restores have replaced, those from before a time only, and says how many.
func DropReplaced(dir string, before time.Time) (int, error) {
	list, err := ReplacedStates(dir)
	n := 0
	for _, r := range list {
		if r.At.After(before) {
			continue
		}
		if err := os.RemoveAll(r.Path); err != nil {
			return n, err
		}
		n++
	}
	return n, errors.Join(err, syncDir(dir))
}
