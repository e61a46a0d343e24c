package backup

import (
	"archive/tar"
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"filippo.io/age"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// Bounds of what is read from a backup, which may be a hostile file.
const (
	maxJSON  = 64 << 20 // of the manifest and of the list of files, each
	maxFiles = 1 << 20
)

// Report is what was found when a backup was read from its beginning to its end.
type Report struct {
	Manifest Manifest `json:"manifest"`
	Files    int      `json:"files"`
	Bytes    int64    `json:"bytes"`
}

// Verify reads a whole backup: it is opened, every file compared with its checksum, the database checked and its rows
// counted. Nothing of it stays on the disk.
func (b *Box) Verify(ctx context.Context, r io.Reader, secret Secret, progress Progress) (rep Report, err error) {
	dir, err := b.tempDir()
	if err != nil {
		return rep, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	only := func(name string) bool { return name == store.DatabaseFile }
	return b.extract(ctx, r, secret, dir, only, func(Manifest) error { return nil }, progress)
}

// extract reads a whole backup and writes those of its files that keep names into dir. It goes on after the manifest
// when admit has nothing against it.
func (b *Box) extract(ctx context.Context, r io.Reader, secret Secret, dir string, keep func(string) bool,
	admit func(Manifest) error, progress Progress,
) (Report, error) {
	id, err := secret.identity()
	if err != nil {
		return Report{}, err
	}
	open, err := age.Decrypt(bufio.NewReaderSize(r, 256<<10), id)
	if err != nil {
		return Report{}, openError(err)
	}
	x := &extraction{ctx: ctx, box: b, dir: dir, keep: keep, admit: admit, progress: progress,
		tar: tar.NewReader(open), got: map[string]Entry{}}
	if err := x.run(); err != nil {
		return Report{}, readError(err)
	}
	// What follows the archive inside the lock must be nothing; reading to the end also proves that the end is there.
	if n, err := io.Copy(io.Discard, open); err != nil || n > 10<<10 {
		return Report{}, readError(errors.Join(err, errors.New("something follows the archive")))
	}
	return x.report(), x.checkDatabase()
}

// extraction is one reading of a backup.
type extraction struct {
	ctx      context.Context
	box      *Box
	dir      string
	keep     func(string) bool
	admit    func(Manifest) error
	progress Progress
	tar      *tar.Reader

	manifest Manifest
	contents Contents
	got      map[string]Entry
	done     int64
}

func (x *extraction) run() error {
	if err := x.readJSON(manifestEntry, &x.manifest); err != nil {
		return err
	}
	if err := x.checkManifest(); err != nil {
		return err
	}
	for {
		h, err := x.next()
		if err != nil {
			return err
		}
		if h.Name == contentsEntry {
			break
		}
		if err := x.file(h); err != nil {
			return err
		}
	}
	if err := json.NewDecoder(io.LimitReader(x.tar, maxJSON)).Decode(&x.contents); err != nil {
		return fmt.Errorf("the list of files: %w", err)
	}
	if _, err := x.tar.Next(); err != io.EOF {
		return errors.Join(err, errors.New("the archive does not end after the list of files"))
	}
	return x.compare()
}

func (x *extraction) next() (*tar.Header, error) {
	h, err := x.tar.Next()
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	if err == nil && h.Typeflag != tar.TypeReg {
		err = fmt.Errorf("an entry of type %q", h.Typeflag)
	}
	return h, err
}

func (x *extraction) readJSON(name string, into any) error {
	h, err := x.next()
	if err != nil {
		return err
	}
	if h.Name != name {
		return fmt.Errorf("%q stands where %s should be", h.Name, name)
	}
	return json.NewDecoder(io.LimitReader(x.tar, maxJSON)).Decode(into)
}

// checkManifest refuses what cannot be used here before any of it is written.
func (x *extraction) checkManifest() error {
	newest, err := store.SchemaVersion()
	if err != nil {
		return err
	}
	if x.manifest.Format > Format || x.manifest.Schema > newest {
		return appliance.Errorf(appliance.CodeConflict, "This backup is of a newer version of harmonium (%s; this is %s). Nothing was changed. Install that "+
			"version or a newer one, then try again.", x.manifest.Version, x.box.Version)
	}
	return x.admit(x.manifest)
}

// file reads one file, and writes it when it is wanted.
func (x *extraction) file(h *tar.Header) (err error) {
	name, ok := strings.CutPrefix(h.Name, dataPrefix)
	if !ok || !filepath.IsLocal(name) || name != filepath.Clean(name) || len(x.got) >= maxFiles {
		return fmt.Errorf("an entry that does not belong there: %q", h.Name)
	}
	if _, twice := x.got[name]; twice {
		return fmt.Errorf("%q is there twice", name)
	}
	out := io.Discard
	if x.keep(name) {
		if err := roomFor(x.dir, h.Size, "Nothing was changed."); err != nil {
			return err
		}
		f, err := createFile(filepath.Join(x.dir, filepath.FromSlash(name)))
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, f.Sync(), f.Close()) }()
		out = f
	}
	sum := sha256.New()
	if err := copyBytes(x.ctx, io.MultiWriter(out, sum), x.tar, func(n int) { x.progress.add(&x.done, n) }); err != nil {
		return err
	}
	x.got[name] = Entry{Path: name, Size: h.Size, SHA256: hex.EncodeToString(sum.Sum(nil))}
	return nil
}

func createFile(path string) (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	return os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
}

// compare says whether what was read is what was written.
func (x *extraction) compare() error {
	if len(x.contents.Files) != len(x.got) {
		return fmt.Errorf("%d files are there, %d were written", len(x.got), len(x.contents.Files))
	}
	for _, want := range x.contents.Files {
		if x.got[want.Path] != want {
			return fmt.Errorf("%s is not as it was written", want.Path)
		}
	}
	if _, ok := x.got[store.DatabaseFile]; !ok {
		return errors.New("no database is in it")
	}
	return x.contents.verify(x.manifest)
}

// checkDatabase checks the database that was written to the disk, and compares its rows with the manifest.
func (x *extraction) checkDatabase() error {
	c, err := store.ReadContents(x.ctx, filepath.Join(x.dir, store.DatabaseFile))
	if x.ctx.Err() != nil {
		return context.Cause(x.ctx)
	}
	if err != nil {
		return &appliance.Error{Code: appliance.CodeUnprocessable, Err: err, Message: "The database in this backup is damaged. Nothing was changed. Use another backup."}
	}
	if c.Schema != x.manifest.Schema || !maps.Equal(c.Rows, x.manifest.Rows) {
		return appliance.Errorf(appliance.CodeUnprocessable, "The database in this backup has not the rows that the backup says it has. Nothing was changed. Use another backup.")
	}
	return nil
}

func (x *extraction) report() Report {
	return Report{Manifest: x.manifest, Files: len(x.got), Bytes: x.contents.Bytes()}
}

// readError says why a backup cannot be used; what has a sentence already keeps it.
func readError(err error) error {
	var e *appliance.Error
	switch {
	case errors.As(err, &e), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, syscall.ENOSPC):
		return &appliance.Error{Code: appliance.CodeStorage, Err: err, Message: "The disk of the data directory is full. Nothing was changed. Make room on it, then try again."}
	}
	return &appliance.Error{Code: appliance.CodeUnprocessable, Err: err, Message: "This backup is cut off or was changed after it was made. Nothing was changed. Use another one."}
}

// Look opens the beginning of a backup, of which a megabyte is enough, and gives what it tells of itself. That the rest
// is whole is not known then.
func (b *Box) Look(ctx context.Context, r io.Reader, secret Secret) (Manifest, error) {
	id, err := secret.identity()
	if err != nil {
		return Manifest{}, err
	}
	open, err := age.Decrypt(r, id)
	if err != nil {
		return Manifest{}, openError(err)
	}
	x := &extraction{ctx: ctx, box: b, tar: tar.NewReader(open), admit: func(Manifest) error { return nil }}
	err = x.readJSON(manifestEntry, &x.manifest)
	if err == nil {
		err = x.checkManifest()
	}
	if err != nil {
		return Manifest{}, readError(err)
	}
	return x.manifest, nil
}
