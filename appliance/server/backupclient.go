package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime/multipart"
	"net/http"
	"os"

	"harmonium/appliance"
	"harmonium/appliance/backup"
	"harmonium/appliance/control"
	"harmonium/appliance/store"
)

// Backups gives what makes and checks backups of the box in cfg.Data: the server that runs there, or this process,
// which then has the data directory to itself until the returned function is called.
func Backups(ctx context.Context, cfg Config) (backup.Maker, func() error, error) {
	running, err := serverRuns(ctx, cfg)
	if err != nil {
		return nil, nil, err
	}
	if running {
		return remoteBackups{cfg}, func() error { return nil }, nil
	}
	st, err := openHere(ctx, cfg)
	if err != nil {
		return nil, nil, err
	}
	box, err := cfg.backupBox(st)
	if err != nil {
		return nil, nil, errors.Join(err, st.Close())
	}
	return box, st.Close, nil
}

// Verifier gives what checks a backup: the server that runs, or this process, which needs no data directory.
func Verifier(ctx context.Context, cfg Config) (backup.Maker, func() error, error) {
	if running, err := serverRuns(ctx, cfg); err != nil || running {
		return remoteBackups{cfg}, func() error { return nil }, err
	}
	dir, err := os.MkdirTemp("", "harmonium-verify-*")
	if err != nil {
		return nil, nil, err
	}
	cfg.Data = dir
	box, err := cfg.backupBox(nil)
	return box, func() error { return os.RemoveAll(dir) }, err
}

// RestoreBackup restores: the server that runs does it and starts itself anew, or this process does.
func RestoreBackup(ctx context.Context, cfg Config, r io.Reader, secret backup.Secret, journals [][]byte, anyway bool, progress backup.Progress) (res backup.Restored, err error) {
	running, err := serverRuns(ctx, cfg)
	if err != nil {
		return res, err
	}
	if running {
		err := remoteBackups{cfg}.send(ctx, backupRestorePath, restoreAsk{Secret: secret, Journals: journals, Anyway: anyway}, r, &res, progress)
		return res, err
	}
	if err := becomeOwner(cfg.Data); err != nil {
		return res, err
	}
	unlock, err := store.LockDir(cfg.Data)
	if err != nil {
		return res, err
	}
	box, err := cfg.backupBox(nil)
	if err == nil {
		how := backup.Restore{Secret: secret, Journals: backup.ReadJournals(journals), Anyway: anyway}
		res, err = box.Restore(ctx, r, how, progress)
	}
	if err := errors.Join(err, unlock()); err != nil {
		return res, err
	}
	st, err := openHere(ctx, cfg) // which puts it in place
	if err != nil {
		return res, err
	}
	return res, st.Close()
}

// UndoRestore takes the newest restore back: through the server that runs, which starts itself anew, or by this process.
func UndoRestore(ctx context.Context, cfg Config) (u backup.Undone, err error) {
	running, err := serverRuns(ctx, cfg)
	if err != nil {
		return u, err
	}
	if err := Ask(ctx, cfg, CommandBackupUndo, None{}, &u); err != nil || running {
		return u, err
	}
	st, err := openHere(ctx, cfg) // which puts it in place
	if err != nil {
		return u, err
	}
	return u, st.Close()
}

// serverRuns says whether a server answers for the data directory.
func serverRuns(ctx context.Context, cfg Config) (bool, error) {
	_, err := askServer(ctx, cfg, CommandPing, json.RawMessage("{}"))
	if control.IsAbsent(err) {
		return false, nil
	}
	return err == nil, err
}

// remoteBackups is a backup.Maker that asks the server that runs.
type remoteBackups struct{ cfg Config }

// Make implements backup.Maker.
func (m remoteBackups) Make(ctx context.Context, w io.Writer, o backup.Order) (man backup.Manifest, err error) {
	body, err := json.Marshal(o)
	if err != nil {
		return man, err
	}
	err = m.post(ctx, backupMakePath, "application/json", bytes.NewReader(body), func(res *http.Response) error {
		if _, err := io.Copy(w, res.Body); err != nil {
			return err
		}
		return decodeAnswer([]byte(res.Trailer.Get(trailerResult)), &man)
	})
	return man, err
}

// Verify implements backup.Maker.
func (m remoteBackups) Verify(ctx context.Context, r io.Reader, secret backup.Secret, progress backup.Progress) (rep backup.Report, err error) {
	return rep, m.send(ctx, backupVerifyPath, verifyAsk{secret}, r, &rep, progress)
}

// JournalCopy implements backup.Maker.
func (m remoteBackups) JournalCopy(ctx context.Context) (name string, content []byte, err error) {
	var j JournalFile
	err = Ask(ctx, m.cfg, CommandBackupJournal, None{}, &j)
	return j.Name, j.Content, err
}

// NamingKey implements backup.Maker.
func (m remoteBackups) NamingKey(ctx context.Context) (key []byte, err error) {
	err = Ask(ctx, m.cfg, CommandBackupNaming, None{}, &key)
	return key, err
}

// send sends a question and a backup, and reads the answer.
func (m remoteBackups) send(ctx context.Context, path string, ask any, r io.Reader, out any, progress backup.Progress) error {
	body, in := io.Pipe()
	parts := multipart.NewWriter(in)
	go func() { in.CloseWithError(sendParts(parts, ask, r, progress)) }()
	defer body.Close()
	return m.post(ctx, path, parts.FormDataContentType(), body, func(res *http.Response) error {
		raw, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
		if err != nil {
			return err
		}
		return decodeAnswer(raw, out)
	})
}

func sendParts(parts *multipart.Writer, ask any, r io.Reader, progress backup.Progress) error {
	w, err := parts.CreateFormField(partAsk)
	if err == nil {
		err = json.NewEncoder(w).Encode(ask)
	}
	if err == nil {
		w, err = parts.CreateFormFile(partBackup, "backup")
	}
	if err == nil {
		_, err = io.Copy(w, &told{r: r, progress: progress})
	}
	return errors.Join(err, parts.Close())
}

// told tells how much was read through it.
type told struct {
	r        io.Reader
	n        int64
	progress backup.Progress
}

func (t *told) Read(p []byte) (int, error) {
	n, err := t.r.Read(p)
	if t.n += int64(n); t.progress != nil {
		t.progress(t.n)
	}
	return n, err
}

func (m remoteBackups) post(ctx context.Context, path, contentType string, body io.Reader, read func(*http.Response) error) error {
	client, done, err := control.Client(m.cfg.controlDir())
	if err != nil {
		return err
	}
	defer done()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://control"+path, body)
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", contentType)
	res, err := client.Do(r)
	if errors.Is(err, fs.ErrPermission) {
		return notYours(m.cfg.Data, err)
	}
	if err != nil {
		return lostServer(ctx, m.cfg, err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("the server answered %s", res.Status)
	}
	if err := read(res); err != nil {
		var e *appliance.Error
		if errors.As(err, &e) || !errors.Is(err, io.ErrUnexpectedEOF) {
			return err
		}
		return lostServer(ctx, m.cfg, err)
	}
	return nil
}

func lostServer(ctx context.Context, cfg Config, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return &appliance.Error{Code: appliance.CodeBusy, Err: err, Message: fmt.Sprintf("The server that runs on %s stopped in the middle of this. "+
		"Nothing was changed. Try again when it is back.", cfg.Data)}
}

func decodeAnswer(raw []byte, out any) error {
	var ans answer
	if err := json.Unmarshal(raw, &ans); err != nil {
		return fmt.Errorf("read the answer of the server: %w", io.ErrUnexpectedEOF)
	}
	if ans.Error != nil {
		return &appliance.Error{Code: ans.Error.Code, Message: ans.Error.Message, Fields: ans.Error.Fields}
	}
	return json.Unmarshal(ans.Output, out)
}
