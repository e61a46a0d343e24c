package server

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/backup"
	"harmonium/appliance/privacy"
	"harmonium/appliance/store"
	"harmonium/appliance/web"
)

// The paths of backups on the control socket.
const (
	backupMakePath    = "/backup/make"
	backupVerifyPath  = "/backup/verify"
	backupRestorePath = "/backup/restore"
)

// backupParts is what belongs to the data beside the database. Models do not: they are brought as files anyway.
func backupParts() []backup.Part {
	return []backup.Part{privacy.KeyFile, privacy.RefusedFile, store.FactorKeyFile, "tls", "blobs"}
}

// backupBox is the box in cfg.Data for backups; st may be nil when none is open.
func (cfg Config) backupBox(st *store.Store) (*backup.Box, error) {
	b := &backup.Box{Dir: absolute(cfg.Data), Parts: backupParts(), Version: cfg.Version, Clock: cfg.clock(), Log: cfg.newLog(), Store: st}
	if st == nil {
		return b, nil
	}
	var err error
	b.Key, err = privacy.Key(cfg.Data)
	return b, err
}

// backups is what the running server does with backups, one thing at a time.
type backups struct {
	busy    sync.Mutex
	box     *backup.Box
	restart func() // ends the server, to be started again on the restored state
	now     chan struct{}
	running atomic.Bool
	copies  atomic.Int32 // see copying
}

var errBackupBusy = func() error {
	return &appliance.Error{Code: appliance.CodeBusy, RetryAfter: 60,
		Message: "A backup or a restore is under way on this box. Nothing was begun. Try again when it has ended."}
}

func (k *backups) alone(do func() error) error {
	if !k.busy.TryLock() {
		return errBackupBusy()
	}
	defer k.busy.Unlock()
	k.running.Store(true)
	defer k.running.Store(false)
	return k.copying(do)
}

// copying runs what has a readable copy of some state of the database in the data directory. What is deleted meanwhile may be
// in it, so that receipts say only when it has gone that no file holds what they name.
func (k *backups) copying(do func() error) error {
	k.copies.Add(1)
	err := do()
	if k.copies.Add(-1) > 0 {
		return err
	}
	if wipeErr := k.box.Store.WipeLater(); wipeErr != nil {
		k.box.Log.Warn("receipts do not say yet that what they name is in no file; the next deletion has it noted", "error", wipeErr)
	}
	return err
}

// lookAtPlan is how often the server looks whether a backup is due, or a restore has been replaced long enough.
const lookAtPlan = 5 * time.Minute

// keepReplaced is how long the state before a restore is kept, when nobody removes it.
const keepReplaced = 14 * 24 * time.Hour

// runBackups makes the backups of the plan. In the package a unit outside the seal does that, which sees sticks and shares.
func (s *Server) runBackups(ctx context.Context) {
	for {
		if _, err := store.DropReplaced(s.store.Dir(), s.clock().Add(-keepReplaced)); err != nil {
			s.log.Warn("the state before a restore could not be removed; it is tried again", "error", err)
		}
		now := false
		select {
		case <-s.backups.now:
			now = true
		case <-time.After(lookAtPlan):
		case <-ctx.Done():
			return
		}
		if s.cfg.outsideMakesBackups() {
			continue
		}
		saved, ran, err := RunBackup(ctx, s.cfg, now, func(string, int64, int64) {})
		switch {
		case err != nil && ctx.Err() == nil:
			s.log.Error("no backup was made; earlier ones are as they were", "error", err)
		case ran && err == nil:
			s.log.Info("a backup was made and checked", "bytes", saved.Bytes, "written", saved.Written)
		}
	}
}

// outsideMakesBackups says whether a unit outside the seal makes backups: where the control socket has a directory of its
// own, as the package has it.
func (cfg Config) outsideMakesBackups() bool { return cfg.Control != "" }

// askBackup has a backup made now.
func (s *Server) askBackup() error {
	if s.cfg.outsideMakesBackups() {
		return os.WriteFile(filepath.Join(s.cfg.controlDir(), backupNow), nil, 0o600)
	}
	select {
	case s.backups.now <- struct{}{}:
	default: // asked already
	}
	return nil
}

// backupDeps is what the pages need.
func (s *Server) backupDeps() web.BackupDeps {
	return web.BackupDeps{Box: s.backups.box, Alone: s.backups.alone, Ask: s.askBackup, Restart: s.backups.restart, Running: s.backups.running.Load}
}

// keepJournal writes down what is deleted, beside the database.
func (s *Server) keepJournal(ctx context.Context) {
	for {
		if _, err := s.backups.box.KeepJournal(ctx); err != nil && ctx.Err() == nil {
			s.log.Error("what was deleted could not be added to the journal of deletions; the database has it, and it is tried again", "error", err)
		}
		select {
		case <-s.store.Deleted():
		case <-ctx.Done():
			return
		}
	}
}

// trailerResult is the trailer with the answer to what was streamed.
const trailerResult = "Harmonium-Result"

// serveMake streams a backup. What goes wrong before its first byte is an answer; what goes wrong later is told after what
// was streamed so far, which is no backup.
func (s *Server) serveMake(w http.ResponseWriter, r *http.Request) {
	var ask backup.Order
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxQuestion)).Decode(&ask)
	w.Header().Set("Trailer", trailerResult)
	var m backup.Manifest
	if err == nil {
		err = s.backups.alone(func() (err error) {
			m, err = s.backups.box.Make(r.Context(), w, ask)
			return err
		})
	}
	w.Header().Set(trailerResult, string(s.answerOf(r, m, err)))
}

// answerOf puts an outcome into the form in which it goes over the control socket.
func (s *Server) answerOf(r *http.Request, out any, err error) []byte {
	var ans answer
	if err == nil {
		ans.Output, err = json.Marshal(out)
	}
	if err != nil {
		ans.Error = refuse(err)
		noteRefused(s.log, Command(r.URL.Path), err)
	}
	raw, _ := json.Marshal(ans)
	return raw
}

// The parts of what is sent up, in this order.
const (
	partAsk    = "ask"
	partBackup = "backup"
)

// verifyAsk is what Verify is asked for, restoreAsk Restore.
type verifyAsk struct {
	Secret backup.Secret `json:"secret"`
}

type restoreAsk struct {
	Secret   backup.Secret `json:"secret"`
	Journals [][]byte      `json:"journals"` // files
	Anyway   bool          `json:"anyway"`
}

// maxAsk bounds what comes with a backup, in bytes: journals of deletions.
const maxAsk = 256 << 20

func (s *Server) serveVerify(w http.ResponseWriter, r *http.Request) {
	var ask verifyAsk
	var rep backup.Report
	err := s.withUpload(r, &ask, func(body io.Reader) error {
		return s.backups.copying(func() (err error) {
			rep, err = s.backups.box.Verify(r.Context(), body, ask.Secret, nil)
			return err
		})
	})
	w.Write(s.answerOf(r, rep, err))
}

func (s *Server) serveRestore(w http.ResponseWriter, r *http.Request) {
	var ask restoreAsk
	var res backup.Restored
	err := s.withUpload(r, &ask, func(body io.Reader) (err error) {
		how := backup.Restore{Secret: ask.Secret, Anyway: ask.Anyway, Journals: backup.ReadJournals(ask.Journals)}
		res, err = s.backups.box.Restore(r.Context(), body, how, nil)
		return err
	})
	w.Write(s.answerOf(r, res, err))
	if err == nil {
		s.backups.restart()
	}
}

// withUpload reads what was asked and hands the backup that follows to do.
func (s *Server) withUpload(r *http.Request, ask any, do func(io.Reader) error) error {
	parts, err := r.MultipartReader()
	if err != nil {
		return err
	}
	p, err := nextPart(parts, partAsk)
	if err == nil {
		err = json.NewDecoder(io.LimitReader(p, maxAsk)).Decode(ask)
	}
	if err == nil {
		p, err = nextPart(parts, partBackup)
	}
	if err != nil {
		return err
	}
	err = s.backups.alone(func() error { return do(p) })
	// Whoever sends reads the answer when all is sent.
	_, drainErr := io.Copy(io.Discard, r.Body)
	return cmp.Or(err, drainErr)
}

func nextPart(parts *multipart.Reader, name string) (*multipart.Part, error) {
	p, err := parts.NextPart()
	if err == nil && p.FormName() != name {
		err = errors.New("the parts are not in their order")
	}
	return p, err
}

// backupFindings says how the backups are.
func backupFindings(ctx context.Context, st *store.Store, clock appliance.Clock) []appliance.Finding {
	plan, err := planOf(ctx, st)
	if err != nil {
		return nil // the database says what is wrong
	}
	list := []appliance.Finding{backupFinding(plan.State, clock())}
	if f := plan.State.Failed; f != nil {
		list = append(list, found(appliance.LevelWarn, "backup.failed", values{"at": moment(f.At), "why": text(f.Message)}))
	}
	if kept, err := store.ReplacedStates(st.Dir()); err == nil && len(kept) > 0 {
		list = append(list, found(appliance.LevelWarn, "backup.replaced", values{"at": moment(kept[len(kept)-1].At)}))
	}
	return list
}

func backupFinding(s backup.State, now time.Time) appliance.Finding {
	switch {
	case s.Last == nil:
		return found(appliance.LevelWarn, "backup.none", nil)
	case now.Sub(s.Last.At) > backup.Old:
		days := int64(now.Sub(s.Last.At) / (24 * time.Hour))
		return found(appliance.LevelWarn, "backup.old", values{"at": moment(s.Last.At), "days": number(days)})
	}
	return found(appliance.LevelOK, "backup.good", values{"at": moment(s.Last.At)})
}
