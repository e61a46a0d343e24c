package backup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// FieldDeletions is the field of the error with which Restore asks whether to go on although deletions may be unknown.
const FieldDeletions = "deletions"

// Restore says how to restore.
type Restore struct {
	Secret Secret
	// Journals of deletions that were found, beside that of the data directory.
	Journals []Journal
	// Anyway goes on although no journal tells what was deleted after the backup was made.
	Anyway bool
}

// Restored is what a restore has prepared.
type Restored struct {
	Report
	// Until is up to when deletions are known; what was deleted later on came back.
	Until time.Time `json:"deletions_until"`
	// Deleted is how many things were deleted again, because they had been deleted after the backup was made.
	Deleted int `json:"deleted_again"`
}

// Restore reads a whole backup and prepares the state in it, to be taken by the next start of the store on the data
// directory. Until then nothing that is in use has changed. The data directory must be locked by this process, and one
// restore may be under way at a time.
func (b *Box) Restore(ctx context.Context, r io.Reader, how Restore, progress Progress) (res Restored, err error) {
	into, err := store.PrepareRestore(b.Dir)
	if err != nil {
		return res, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, store.AbandonRestore(b.Dir))
		}
	}()
	own, err := b.ownJournals()
	if err != nil {
		return res, err
	}
	var stones []store.Tombstone
	admit := func(m Manifest) error {
		var newer bool
		if stones, res.Until, newer = known(m, append(own, how.Journals...)); !newer && !how.Anyway {
			return askDeletions(m)
		}
		return nil
	}
	res.Report, err = b.extract(ctx, r, how.Secret, into, func(string) bool { return true }, admit, progress)
	if err != nil {
		return res, err
	}
	if res.Deleted, err = b.settle(ctx, into, stones); err != nil {
		return res, fmt.Errorf("bring the restored database up to date: %w", err)
	}
	return res, b.commit(into)
}

// Undone is what Undo has prepared.
type Undone struct {
	// Restored is when the restore was that is taken back.
	Restored time.Time `json:"restored"`
	// Deleted is how many things were deleted again in the state from before, because they were deleted after it.
	Deleted int `json:"deleted_again"`
}

// Undo takes the newest restore back: it prepares the state that was replaced by it, to be taken by the next start of the
// store on the data directory. What was deleted since then stays deleted, and all log-ins end. The present state is kept
// in its place, so that this can be taken back in the same way.
func (b *Box) Undo(ctx context.Context) (u Undone, err error) {
	states, err := store.ReplacedStates(b.Dir)
	if err != nil {
		return u, err
	}
	if len(states) == 0 {
		return u, appliance.Errorf(appliance.CodeNotFound, "No state from before a restore is kept on this box: nothing was restored, or it was removed. "+
			"Nothing was changed.")
	}
	last := states[len(states)-1]
	u.Restored = last.At
	if b.Store != nil {
		if _, err := b.KeepJournal(ctx); err != nil {
			return u, err
		}
	}
	own, err := b.ownJournals()
	if err != nil {
		return u, err
	}
	if _, err := store.PrepareRestore(b.Dir); err != nil {
		return u, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, store.AbandonRestore(b.Dir))
		}
	}()
	if _, err := store.ReadContents(ctx, filepath.Join(last.Path, store.DatabaseFile)); err != nil {
		return u, &appliance.Error{Code: appliance.CodeConflict, Err: err, Message: fmt.Sprintf("The database of the state before, in %s, is not whole. "+
			"Nothing was changed. Restore a backup instead.", last.Path)}
	}
	if u.Deleted, err = b.settle(ctx, last.Path, allOf(own)); err != nil {
		return u, fmt.Errorf("bring the state before up to date: %w", err)
	}
	return u, b.commit(last.Path)
}

// allOf gives every deletion that journals tell of, each once. Whose journals they are makes no difference: ids are those
// of one thing.
func allOf(journals []Journal) []store.Tombstone {
	seen := map[[2]string]bool{}
	var list []store.Tombstone
	for _, j := range journals {
		for _, t := range j.List {
			if name := [2]string{t.Kind, t.Object}; !seen[name] {
				seen[name] = true
				list = append(list, t)
			}
		}
	}
	return list
}

// commit has the next start take the state in the directory from.
func (b *Box) commit(from string) error {
	also := []string{JournalFile}
	for _, p := range b.Parts {
		also = append(also, string(p))
	}
	return store.CommitRestore(b.Dir, from, b.Clock(), also)
}

// settle deletes again what was deleted, ends log-ins, and leaves nothing of either in the files in dir.
func (b *Box) settle(ctx context.Context, dir string, stones []store.Tombstone) (int, error) {
	s, err := store.Open(ctx, store.Options{Dir: dir, Clock: b.Clock, Log: b.Log, BallastBytes: -1})
	if err != nil {
		return 0, err
	}
	n, err := s.SettleRestored(ctx, stones)
	return n, errors.Join(err, s.Close())
}

// ownJournals gives those in the data directory. The one in use is kept at every deletion, so that it is good until now.
func (b *Box) ownJournals() ([]Journal, error) {
	list, err := JournalsIn(b.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	inUse, openErr := readJournalFile(filepath.Join(b.Dir, JournalFile))
	if openErr == nil && inUse.Whole {
		inUse.Until = b.Clock()
		list = append(list, inUse)
	}
	return list, err
}

// known gives what the journals of the box that made a backup say was deleted, up to when that is all, and whether they
// are newer than the backup, which has its own tombstones.
func known(m Manifest, journals []Journal) (_ []store.Tombstone, until time.Time, newer bool) {
	until = m.MadeAt
	journals = slices.DeleteFunc(journals, func(j Journal) bool { return !bytes.Equal(j.Box, m.Box) })
	for _, j := range journals {
		if !j.Until.Before(until) {
			until, newer = j.Until, true
		}
	}
	return allOf(journals), until, newer
}

func askDeletions(m Manifest) error {
	e := appliance.Errorf(appliance.CodeConflict, "No journal of deletions was found that is newer than this backup. What was deleted after %s would come "+
		"back. Nothing was changed. Give the newest file %s*%s from where the box keeps its backups, or say that the restore is to go on without it.",
		m.MadeAt.Format("2006-01-02 15:04 MST"), JournalPrefix, journalSuffix)
	e.Fields = []appliance.FieldError{{Field: FieldDeletions, Message: m.MadeAt.Format(time.RFC3339)}}
	return e
}

// KnowsDeletions says whether Restore would go on without asking, with these journals.
func (b *Box) KnowsDeletions(m Manifest, journals []Journal) bool {
	own, err := b.ownJournals()
	_, _, newer := known(m, append(own, journals...))
	return err == nil && newer
}
