package backup

import (
	"archive/tar"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// workDir is the directory in the data directory for what lives as long as one backup or one check of one.
const workDir = "backup-work"

// Snapshot is the state of a box at one moment, ready to be written. Close must follow.
type Snapshot struct {
	Manifest Manifest
	box      *Box
	dir      string
}

// Snapshot copies the database beside it and says what is in it. Everything else is read while it is written.
func (b *Box) Snapshot(ctx context.Context) (_ *Snapshot, err error) {
	if err := b.roomForCopy(); err != nil {
		return nil, err
	}
	s := &Snapshot{box: b}
	if s.dir, err = b.tempDir(); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	made := b.Clock().UTC()
	if err := b.Store.CopyTo(ctx, s.database()); err != nil {
		return nil, err
	}
	c, err := store.CountContents(ctx, s.database())
	if err != nil {
		return nil, err
	}
	s.Manifest = Manifest{Format: Format, MadeAt: made, Version: b.Version, Schema: c.Schema, Rows: c.Rows,
		Box: b.Key.Public().(ed25519.PublicKey), Deletions: c.Rows["tombstones"]}
	return s, nil
}

// Close removes the copy of the database.
func (s *Snapshot) Close() error { return os.RemoveAll(s.dir) }

func (s *Snapshot) database() string { return filepath.Join(s.dir, store.DatabaseFile) }

// tempDir makes a directory in the data directory, which is on the encrypted disk, if any is.
func (b *Box) tempDir() (string, error) {
	root := filepath.Join(b.Dir, workDir)
	if err := os.MkdirAll(root, 0o700); err != nil {
		return "", err
	}
	return os.MkdirTemp(root, "*")
}

// Clean removes what a process that was killed has left of a backup. No backup may be under way.
func (b *Box) Clean() error { return os.RemoveAll(filepath.Join(b.Dir, workDir)) }

// roomForCopy refuses when the copy of the database would take room that conversations need.
func (b *Box) roomForCopy() error {
	info, err := os.Stat(filepath.Join(b.Dir, store.DatabaseFile))
	if err != nil {
		return err
	}
	return roomFor(b.Dir, info.Size(), "Nothing was written.")
}

// keptFree is the share of a disk, in percent, that a copy leaves to conversations.
const keptFree = 3

func roomFor(dir string, bytes int64, kept string) error {
	free, total, err := store.DiskSpace(dir)
	if err != nil || free-bytes >= total*keptFree/100 {
		return err
	}
	return appliance.Errorf(appliance.CodeStorage, "The disk of the data directory has %d MB free; %d MB are needed for a copy of the database, "+
		"and some stays free for conversations. %s Make room on that disk, then try again.", free>>20, bytes>>20, kept)
}

// files lists what is written under data/, with where it is read from.
func (s *Snapshot) files() ([]source, error) {
	list := []source{{path: store.DatabaseFile, from: s.database()}}
	for _, p := range s.box.Parts {
		err := filepath.WalkDir(filepath.Join(s.box.Dir, string(p)), func(at string, e fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			if err != nil {
				return err
			}
			if !e.Type().IsRegular() || strings.HasPrefix(e.Name(), ".") || strings.HasSuffix(e.Name(), ".part") {
				return nil
			}
			rel, err := filepath.Rel(s.box.Dir, at)
			list = append(list, source{path: filepath.ToSlash(rel), from: at})
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("list what belongs to the data: %w", err)
		}
	}
	return list, nil
}

type source struct{ path, from string }

// WriteTo locks the snapshot with secret and writes it to w.
func (s *Snapshot) WriteTo(ctx context.Context, w io.Writer, secret Secret, progress Progress) (Contents, error) {
	to, err := secret.recipients(s.box.work())
	if err != nil {
		return Contents{}, err
	}
	locked, err := age.Encrypt(w, to...)
	if err != nil {
		return Contents{}, err
	}
	c, err := s.archive(ctx, locked, progress)
	return c, errors.Join(err, locked.Close())
}

// archive writes the tar archive.
func (s *Snapshot) archive(ctx context.Context, w io.Writer, progress Progress) (Contents, error) {
	var c Contents
	t := tar.NewWriter(w)
	if err := putJSON(t, manifestEntry, s.Manifest, s.Manifest.MadeAt); err != nil {
		return c, err
	}
	files, err := s.files()
	if err != nil {
		return c, err
	}
	var done int64
	for _, f := range files {
		e, err := s.putFile(ctx, t, f, func(n int) { progress.add(&done, n) })
		if errors.Is(err, fs.ErrNotExist) && f.path != store.DatabaseFile {
			continue // deleted meanwhile
		}
		if err != nil {
			return c, err
		}
		c.Files = append(c.Files, e)
	}
	appliance.Sort(c.Files, func(a, b Entry) int { return strings.Compare(a.Path, b.Path) })
	c.sign(s.Manifest, s.box.Key)
	if err := putJSON(t, contentsEntry, c, s.Manifest.MadeAt); err != nil {
		return c, err
	}
	return c, t.Close()
}

func putJSON(t *tar.Writer, name string, v any, at time.Time) error {
	raw, err := json.Marshal(v)
	if err == nil {
		err = t.WriteHeader(tarHeader(name, int64(len(raw)), at))
	}
	if err == nil {
		_, err = t.Write(raw)
	}
	return err
}

func tarHeader(name string, size int64, at time.Time) *tar.Header {
	return &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600, ModTime: at, Format: tar.FormatPAX}
}

func (s *Snapshot) putFile(ctx context.Context, t *tar.Writer, from source, progress func(int)) (Entry, error) {
	f, err := os.Open(from.from)
	if err != nil {
		return Entry{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return Entry{}, err
	}
	if err := t.WriteHeader(tarHeader(path.Join(dataPrefix, from.path), info.Size(), s.Manifest.MadeAt)); err != nil {
		return Entry{}, err
	}
	sum := sha256.New()
	in := io.LimitReader(f, info.Size()) // a file that grows meanwhile is taken as it was
	if err := copyBytes(ctx, io.MultiWriter(t, sum), in, progress); err != nil {
		return Entry{}, fmt.Errorf("write %s: %w", from.path, err)
	}
	return Entry{Path: from.path, Size: info.Size(), SHA256: hex.EncodeToString(sum.Sum(nil))}, nil
}

// copyBytes is io.Copy that stops with ctx and tells how far it is.
func copyBytes(ctx context.Context, w io.Writer, r io.Reader, progress func(int)) error {
	buffer := make([]byte, 256<<10)
	for {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		n, err := r.Read(buffer)
		if n > 0 {
			if _, err := w.Write(buffer[:n]); err != nil {
				return err
			}
			progress(n)
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
