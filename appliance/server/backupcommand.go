package server

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"harmonium/appliance"
	"harmonium/appliance/backup"
	"harmonium/appliance/store"
)

// JournalFile is the journal of deletions as it lies beside backups.
type JournalFile struct {
	Name    string `json:"name"`
	Content []byte `json:"content"`
}

// BackupJournal brings the journal of deletions up to date and gives it.
func (a *Admin) BackupJournal(ctx context.Context, _ None) (j JournalFile, err error) {
	j.Name, j.Content, err = a.backups.JournalCopy(ctx)
	return j, err
}

// BackupNaming gives the key by which objects of a directory of backups are named.
func (a *Admin) BackupNaming(ctx context.Context, _ None) ([]byte, error) {
	return a.backups.NamingKey(ctx)
}

// BackupPlan is the plan of the box, with what became of it.
type BackupPlan struct {
	backup.Plan
	State backup.State `json:"state"`
	Due   bool         `json:"due"`
}

// BackupPlan gives the plan and whether a backup is due.
func (a *Admin) BackupPlan(ctx context.Context, _ None) (BackupPlan, error) {
	p, err := planOf(ctx, a.store)
	now := a.clock()
	next := p.Next(p.State, now)
	p.Due = p.On && !next.After(now)
	return p, err
}

// SetBackupPlan changes the plan.
func (a *Admin) SetBackupPlan(ctx context.Context, plan backup.Plan) (BackupPlan, error) {
	if err := backup.SetPlan(ctx, a.store, a.by(), plan); err != nil {
		return BackupPlan{}, err
	}
	return a.BackupPlan(ctx, None{})
}

func planOf(ctx context.Context, st *store.Store) (BackupPlan, error) {
	p := BackupPlan{Plan: backup.DefaultPlan()}
	_, err := st.Setting(ctx, backup.SettingPlan, &p.Plan)
	_, stateErr := st.Setting(ctx, backup.SettingState, &p.State)
	return p, errors.Join(err, stateErr)
}

// BackupNote is what became of a backup that was made outside the server: one of both.
type BackupNote struct {
	Made    *backup.Made `json:"made"`
	Failed  string       `json:"failed"`
	Planned bool         `json:"planned"`
}

// BackupNote notes it.
func (a *Admin) BackupNote(ctx context.Context, in BackupNote) (None, error) {
	p, err := planOf(ctx, a.store)
	if err != nil {
		return None{}, err
	}
	if in.Made != nil {
		in.Made.Checked = a.clock().UTC()
		p.State = p.State.Done(*in.Made, in.Planned)
		if err := backup.KeepNewest(a.store.Dir(), *in.Made); err != nil {
			return None{}, err
		}
	} else {
		p.State.Failed = &backup.Failed{At: a.clock().UTC(), Message: in.Failed}
	}
	return None{}, a.store.SetSetting(ctx, a.by(), backup.SettingState, p.State)
}

// backupNow in the directory of the control socket is what asks the unit outside the seal for a backup.
const backupNow = "backup-now"

// RunBackup makes the backup that the plan of the box asks for, if one is due or now is set, and notes what became of it.
// It is run outside the seal, or by the server where there is none. When none is due, the journal of deletions at the
// destination is brought up to date.
func RunBackup(ctx context.Context, cfg Config, now bool, watch backup.Watch) (saved backup.Saved, ran bool, err error) {
	var plan BackupPlan
	if err := Ask(ctx, cfg, CommandBackupPlan, None{}, &plan); err != nil {
		return saved, false, err
	}
	// Taken away first: who asks meanwhile gets another one.
	asked := os.Remove(filepath.Join(cfg.controlDir(), backupNow)) == nil
	if !plan.On && !now && !asked {
		return saved, false, nil
	}
	if plan.Lock.Recipient == "" {
		return saved, false, appliance.Errorf(appliance.CodeConflict, "It is not set yet how backups are locked. Nothing was written. Set them up on the page "+
			"“Backups”, or give FILE to harmonium backup create.")
	}
	maker, done, err := Backups(ctx, cfg)
	if err != nil {
		return saved, false, err
	}
	journalOnly := !plan.Due && !now && !asked
	if !journalOnly {
		ran = true
		saved, err = backup.SaveInto(ctx, maker, plan.Destination, plan.Lock, plan.State.Begun != plan.Destination, plan.Keep, watch)
	} else {
		err = backup.SaveJournal(ctx, maker, plan.Destination)
	}
	if err := errors.Join(err, done()); err != nil {
		if journalOnly && appliance.CodeOf(err) == appliance.CodeStorage {
			return saved, false, nil // the stick is not there now, and nothing was to be written
		}
		return saved, ran, errors.Join(err, noteBackup(ctx, cfg, BackupNote{Failed: sentenceOfBackup(err)}))
	}
	if !ran {
		return saved, false, nil
	}
	return saved, true, noteBackup(ctx, cfg, BackupNote{Planned: true, Made: &backup.Made{At: saved.Manifest.MadeAt, Where: plan.Destination,
		Bytes: saved.Bytes, Written: saved.Written}})
}

// noteBackup has the box know what became of a backup, also when whoever made it was told to stop.
func noteBackup(ctx context.Context, cfg Config, note BackupNote) error {
	return Ask(context.WithoutCancel(ctx), cfg, CommandBackupNote, note, &None{})
}

// NoteBackup has the box know of a backup that was made by hand.
func NoteBackup(ctx context.Context, cfg Config, path string, rep backup.Report) error {
	return noteBackup(ctx, cfg, BackupNote{Made: &backup.Made{At: rep.Manifest.MadeAt, Where: path, Bytes: rep.Bytes, Written: rep.Bytes}})
}

func sentenceOfBackup(err error) string {
	var e *appliance.Error
	if errors.As(err, &e) {
		return e.Message
	}
	return err.Error()
}

// UndoRestore prepares the state from before the newest restore, and has a server that runs start itself anew on it.
func (a *Admin) UndoRestore(ctx context.Context, _ None) (u backup.Undone, err error) {
	if err := a.store.Note(ctx, a.by(), "box.undo_restore", "box"); err != nil {
		return u, err
	}
	if a.alone == nil {
		return a.backups.Undo(ctx)
	}
	err = a.alone(func() (err error) {
		u, err = a.backups.Undo(ctx)
		return err
	})
	if err == nil {
		a.restart()
	}
	return u, err
}

// Ping does nothing: who gets an answer knows that the server runs.
func (a *Admin) Ping(context.Context, None) (None, error) { return None{}, nil }
