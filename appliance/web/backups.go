package web

import (
	"context"
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"harmonium/appliance"
	"harmonium/appliance/backup"
	"harmonium/appliance/store"
)

// BackupDeps is what the web needs for backups.
type BackupDeps struct {
	Box *backup.Box
	// Alone runs one backup or restore at a time, and fails with CodeBusy while there is another.
	Alone func(do func() error) error
	// Ask has the backup made that the plan says, now, by whoever makes them.
	Ask func() error
	// Restart ends the server, to be started again on a state that was restored.
	Restart func()
	Running func() bool // whether one is under way
}

// Backups is which backups the box makes by itself, and what became of them.
type Backups struct {
	On          bool             `json:"on"`
	Destination string           `json:"destination" doc:"Directory on the box, of a stick or of a share"`
	Hour        int              `json:"hour" doc:"From which one is made every day, by the clock of the box"`
	Days        int              `json:"days" doc:"Of how many days the newest backup is kept"`
	Weeks       int              `json:"weeks" doc:"Of how many weeks"`
	Window      int              `json:"window" doc:"For how many days, at most, backups hold what was deleted"`
	Recipient   string           `json:"recipient" doc:"Public key that backups are locked for; empty: not set yet"`
	Passphrase  bool             `json:"passphrase" doc:"They can be opened with a passphrase; else with a recovery key only"`
	Hint        string           `json:"hint" doc:"That reminds people of the passphrase or of where the key is kept"`
	Last        OrNull[MadeBack] `json:"last" doc:"The last one that is whole; null before the first"`
	Failed      *string          `json:"failed" nullable:"true" doc:"Why the last attempt made none"`
	FailedAt    *Time            `json:"failed_at" nullable:"true"`
	Next        *Time            `json:"next" nullable:"true"`
	Running     bool             `json:"running" doc:"One is being made, checked or restored"`
	Replaced    *Time            `json:"replaced" nullable:"true" doc:"When a restore replaced a state that is still kept"`
	RecoveryKey string           `json:"recovery_key,omitempty" doc:"Shown this once: opens the backups; the box does not keep it"`
}

// MadeBack is a backup that is whole.
type MadeBack struct {
	At      Time   `json:"at" doc:"The state that it holds"`
	Checked Time   `json:"checked" doc:"When it was read back and found whole"`
	Where   string `json:"where"`
	Bytes   int64  `json:"bytes"`
}

func (a *API) getBackups(ctx context.Context, _ *None) (*Output[Backups], error) {
	plan, state, err := a.backupPlan(ctx)
	if err != nil {
		return nil, err
	}
	return a.backupsOut(plan, state)
}

func (a *API) backupsOut(p backup.Plan, s backup.State) (*Output[Backups], error) {
	out := Backups{On: p.On, Destination: p.Destination, Hour: p.Hour, Days: p.Keep.Days, Weeks: p.Keep.Weeks, Window: p.Keep.Window(),
		Recipient: p.Lock.Recipient, Passphrase: p.Lock.Locked != "", Hint: p.Hint, Next: timeOrNull(p.Next(s, a.Clock())), Running: a.Backup.Running()}
	if m := s.Last; m != nil {
		out.Last = OrNull[MadeBack]{&MadeBack{At: Time{m.At}, Checked: Time{m.Checked}, Where: m.Where, Bytes: m.Bytes}}
	}
	if f := s.Failed; f != nil {
		out.Failed, out.FailedAt = &f.Message, &Time{f.At}
	}
	kept, err := store.ReplacedStates(a.Backup.Box.Dir)
	if len(kept) > 0 {
		out.Replaced = &Time{kept[len(kept)-1].At}
	}
	return &Output[Backups]{out}, err
}

func (a *API) backupPlan(ctx context.Context) (p backup.Plan, s backup.State, err error) {
	p = backup.DefaultPlan()
	if _, err = a.Store.Setting(ctx, backup.SettingPlan, &p); err == nil {
		_, err = a.Store.Setting(ctx, backup.SettingState, &s)
	}
	return p, s, err
}

// BackupPlanRequest changes which backups are made.
type BackupPlanRequest struct {
	On          bool   `json:"on"`
	Destination string `json:"destination" maxLength:"1000"`
	Hour        int    `json:"hour" minimum:"0" maximum:"23"`
	Days        int    `json:"days" minimum:"1" maximum:"366"`
	Weeks       int    `json:"weeks" minimum:"0" maximum:"520"`
	Hint        string `json:"hint,omitempty" maxLength:"200"`
	Lock        string `json:"lock" enum:"keep,passphrase,key,recipient" doc:"How backups are locked from now on: as they are; with the passphrase; for a recovery key that is made and shown once; for the public key"`
	Passphrase  string `json:"passphrase,omitempty" maxLength:"1000" doc:"With lock passphrase; the box does not keep it"`
	Recipient   string `json:"recipient,omitempty" maxLength:"100" doc:"With lock recipient"`
}

func (a *API) saveBackups(ctx context.Context, in *Input[BackupPlanRequest]) (*Output[Backups], error) {
	plan, _, err := a.backupPlan(ctx)
	if err != nil {
		return nil, err
	}
	r := in.Body
	plan.On, plan.Destination, plan.Hour, plan.Hint = r.On, r.Destination, r.Hour, r.Hint
	plan.Keep = backup.Keep{Days: r.Days, Weeks: r.Weeks}
	shown := ""
	switch r.Lock {
	case "passphrase", "key":
		key, recipient, err := backup.NewKey()
		if err != nil {
			return nil, err
		}
		plan.Lock = backup.Lock{Recipient: recipient}
		if r.Lock == "key" {
			shown = key
		} else if plan.Lock.Locked, err = a.Backup.Box.LockKey(key, r.Passphrase); err != nil {
			return nil, err
		}
	case "recipient":
		plan.Lock = backup.Lock{Recipient: r.Recipient}
	}
	if err := backup.SetPlan(ctx, a.Store, callerOf(ctx).By(), plan); err != nil {
		return nil, err
	}
	plan, state, err := a.backupPlan(ctx)
	if err != nil {
		return nil, err
	}
	out, err := a.backupsOut(plan, state)
	if err == nil {
		out.Body.RecoveryKey = shown
	}
	return out, err
}

// runBackup has a backup made now. How it went is seen where the state is.
func (a *API) runBackup(ctx context.Context, _ *None) (*Output[Backups], error) {
	plan, state, err := a.backupPlan(ctx)
	if err != nil {
		return nil, err
	}
	if plan.Lock.Recipient == "" {
		return nil, errNoBackupLock()
	}
	if err := a.Backup.Ask(); err != nil {
		return nil, err
	}
	if err := a.Store.Note(ctx, callerOf(ctx).By(), "backup.run", "box"); err != nil {
		return nil, err
	}
	return a.backupsOut(plan, state)
}

func errNoBackupLock() error {
	return appliance.Errorf(appliance.CodeConflict, "It is not set yet how backups are locked. Nothing was written. Choose a passphrase or a key first.")
}

// getBackupFile streams a backup of this moment, locked as the plan says. Nobody has checked what arrives elsewhere.
func (a *API) getBackupFile(ctx context.Context, _ *None) (*huma.StreamResponse, error) {
	plan, _, err := a.backupPlan(ctx)
	if err != nil {
		return nil, err
	}
	if plan.Lock.Recipient == "" {
		return nil, errNoBackupLock()
	}
	if err := a.Store.Note(ctx, callerOf(ctx).By(), "backup.download", "box"); err != nil {
		return nil, err
	}
	secret := backup.Secret{Recipients: []string{plan.Lock.Recipient}}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		hc.SetHeader("Content-Type", "application/octet-stream")
		hc.SetHeader("Content-Disposition", `attachment; filename="`+backup.FileName(a.Clock())+`"`)
		err := a.Backup.Alone(func() error {
			_, err := a.Backup.Box.Make(hc.Context(), hc.BodyWriter(), backup.Order{Secret: secret, Check: true})
			return err
		})
		if err != nil {
			a.Log.WarnContext(hc.Context(), "a backup was cut off on its way", "request", requestID(hc.Context()), "err", err)
			panic(http.ErrAbortHandler) // no half file that looks whole
		}
	}}, nil
}

// removeReplaced removes the states that restores have replaced.
func (a *API) removeReplaced(ctx context.Context, _ *None) (*None, error) {
	if _, err := store.DropReplaced(a.Backup.Box.Dir, a.Clock()); err != nil {
		return nil, err
	}
	return &None{}, a.Store.Note(ctx, callerOf(ctx).By(), "restore.confirm", "box")
}

// SetupBackup is what a backup tells of itself before it is restored.
type SetupBackup struct {
	MadeAt    Time   `json:"made_at"`
	Version   string `json:"version"`
	Sessions  int64  `json:"sessions"`
	Accounts  int64  `json:"accounts"`
	Deletions bool   `json:"deletions" doc:"It is known what was deleted since; else what was deleted later comes back"`
}

// SetupRestored is what a restore has done. The box starts anew when it was told.
type SetupRestored struct {
	MadeAt  Time `json:"made_at"`
	Until   Time `json:"until" doc:"Until when deletions are known"`
	Deleted int  `json:"deleted" doc:"Things that were deleted again"`
}

// What a restore sends, in this order: token, passphrase, deletions, anyway, then the file as backup.
const (
	restoreFields   = 4
	maxRestoreField = 64 << 20 // a journal of deletions
)

// restoreForm is a backup that is sent up with what opens it.
type restoreForm struct {
	how    backup.Restore
	backup io.Reader
}

// restoreForm reads the fields, and leaves the file to be read. The token comes first: nothing else is read of who does
// not have the set-up link of a box that is empty.
func (a *API) restoreForm(r *http.Request) (f restoreForm, err error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return f, appliance.Errorf(appliance.CodeValidation, "This is not a form with a file.")
	}
	for i := range restoreFields + 1 {
		p, err := parts.NextPart()
		if err != nil {
			return f, bodyError(err)
		}
		name := p.FormName()
		if (name == "token") != (i == 0) {
			break
		}
		if name == "backup" {
			f.backup = p
			return f, nil
		}
		raw, err := io.ReadAll(io.LimitReader(p, maxRestoreField))
		if err != nil {
			return f, bodyError(err)
		}
		switch name {
		case "token":
			if err := a.proveSetup(r.Context(), appliance.Secret(raw)); err != nil {
				return f, err
			}
		case "passphrase":
			f.how.Secret = backup.ParseOpening(string(raw))
		case "deletions":
			f.how.Journals = append(f.how.Journals, backup.ReadJournals([][]byte{raw})...)
		case "anyway":
			f.how.Anyway = string(raw) == "true"
		}
	}
	return f, appliance.Errorf(appliance.CodeValidation, "The form is not whole. Nothing was changed.")
}

// lookAtBackup opens the beginning of a backup on a box that is not set up, so that somebody need not send all of it to
// hear that the passphrase is wrong.
func (a *API) lookAtBackup(w http.ResponseWriter, r *http.Request) {
	f, err := a.restoreForm(r)
	if err != nil {
		a.writeProblem(w, r, err)
		return
	}
	m, err := a.Backup.Box.Look(r.Context(), f.backup, f.how.Secret)
	if err != nil {
		a.writeProblem(w, r, err)
		return
	}
	a.writeJSON(w, SetupBackup{MadeAt: Time{m.MadeAt}, Version: m.Version, Sessions: m.Rows["sessions"], Accounts: m.Rows["accounts"],
		Deletions: a.Backup.Box.KnowsDeletions(m, f.how.Journals)})
}

// restoreBackup restores a box that is not set up.
func (a *API) restoreBackup(w http.ResponseWriter, r *http.Request) {
	f, err := a.restoreForm(r)
	if err != nil {
		a.writeProblem(w, r, err)
		return
	}
	var res backup.Restored
	err = a.Backup.Alone(func() (err error) {
		res, err = a.Backup.Box.Restore(r.Context(), f.backup, f.how, nil)
		return err
	})
	if err != nil {
		a.writeProblem(w, r, err)
		return
	}
	a.Log.InfoContext(r.Context(), "a backup was restored by the set-up page", "made_at", res.Manifest.MadeAt, "deleted_again", res.Deleted)
	a.writeJSON(w, SetupRestored{MadeAt: Time{res.Manifest.MadeAt}, Until: Time{res.Until}, Deleted: res.Deleted})
	a.Backup.Restart()
}

func (a *API) writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if err := marshalJSON(w, v); err != nil {
		a.Log.Warn("an answer was cut off", "error", err)
	}
}

// upload adds an operation that reads its body itself: a file, which is not held in memory and has no limit here.
func (r router) upload(path, operation string, fn http.HandlerFunc) {
	r.note(http.MethodPost, path, operation)
	r.chi.Post(path, func(w http.ResponseWriter, req *http.Request) {
		ctx, err := r.api.allow(req, operation, func(string) string { return "" })
		if err != nil {
			r.api.writeProblem(w, req, err)
			return
		}
		fn(w, req.WithContext(ctx))
	})
}

// maxUpload bounds a backup that is sent up, in bytes. What reads it bounds it by the room on the disk.
const maxUpload = 1 << 40

// isUpload says whether a path is that of a file that is sent up.
func isUpload(path string) bool {
	return path == "/api/v1/setup/restore" || path == "/api/v1/setup/restore/look"
}
