package backup

import (
	"archive/tar"
	"context"
	"crypto/hmac"
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
	"slices"
	"strings"
	"time"

	"filippo.io/age"
	"golang.org/x/sys/unix"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// A directory of backups holds each file of the box once, however many backups have it:
//
//	objects/ab/abcdef….age   one file, encrypted; its name tells nothing to whom does not know the box
//	snapshots/TIME.age       one backup, encrypted: what the box signed (Manifest, Contents), and the object of each file
//	snapshots/TIME.json      the same without what is secret: which objects it needs. By it old objects are removed
//	key-ID.age               a recovery key, locked with a passphrase; not there for one that is kept elsewhere
//	deletions-ID.jsonl       the journal of deletions
const (
	objectsDir   = "objects"
	snapshotsDir = "snapshots"
	keyPrefix    = "key-"
	objectSuffix = ".age"
	needsSuffix  = ".json"

	snapshotLayout = "20060102T150405.000Z"
)

// snapshot is what an encrypted snapshot holds.
type snapshot struct {
	Manifest Manifest          `json:"manifest"`
	Contents Contents          `json:"contents"`
	Objects  map[string]string `json:"objects"` // names, by the path of the file
}

// needs is the sidecar of a snapshot.
type needs struct {
	MadeAt  time.Time `json:"made_at"`
	Bytes   int64     `json:"bytes"` // of the files in it
	Objects []object  `json:"objects"`
	For     string    `json:"recipient"` // public key that it is locked for
}

// object is an encrypted file of the directory.
type object struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"` // as it lies there
}

// Lock is for whom a directory is locked.
type Lock struct {
	Recipient string
	Locked    string // the recovery key, locked with a passphrase (LockKey); "" when somebody keeps it
}

// Saved is what SaveInto has written.
type Saved struct {
	Report
	Written int64 `json:"written"` // bytes that were new there
	Removed int   `json:"removed"` // older backups that were let go
}

// SaveInto adds a backup to a directory of them, and lets old ones go as keep says. It appears there when all of it was
// read back from the disk, opened, and found to be what the box signed; the database is checked before it is encrypted.
// A directory that is not there is an error: a stick that was pulled out must not fill the disk that it was mounted on. So
// is one without backups, unless it is the first one.
func SaveInto(ctx context.Context, m Maker, dir string, lock Lock, first bool, keep Keep, watch Watch) (saved Saved, err error) {
	d, err := openDirectory(dir, lock, first)
	if err != nil {
		return saved, destinationError(dir, err)
	}
	d.maker, d.watch = m, watch
	err = d.add(ctx, &saved)
	if errors.Is(err, errMisnamed) {
		d.misnamed, d.done = true, 0
		err = d.add(ctx, &saved)
	}
	if err != nil {
		d.takeBack(saved.Manifest.MadeAt)
		return saved, destinationError(dir, err)
	}
	if saved.Removed, err = d.letGo(keep); err != nil {
		return saved, fmt.Errorf("the backup is whole; older ones could not be removed: %w", err)
	}
	return saved, SaveJournal(ctx, m, dir)
}

// directory is one that is written to.
type directory struct {
	path  string
	lock  Lock
	to    []age.Recipient
	once  Secret // opens what this process writes
	maker Maker
	watch Watch
	names []byte
	have  map[string]object // that earlier backups need, and that are there
	done  int64
	fresh []string // objects that this process has put there
	// misnamed says that a file of the box is damaged, so that each is written as it is.
	misnamed bool
}

func openDirectory(path string, lock Lock, first bool) (*directory, error) {
	to, err := ParseRecipient(lock.Recipient)
	if err != nil {
		return nil, err
	}
	key, recipient, err := NewKey()
	if err != nil {
		return nil, err
	}
	once, err := ParseRecipient(recipient)
	if err != nil {
		return nil, err
	}
	d := &directory{path: path, lock: lock, to: []age.Recipient{once, to}, once: Secret{Key: key}, have: map[string]object{}}
	if _, err := os.Stat(path); err != nil {
		return nil, err
	}
	snapshots := filepath.Join(path, snapshotsDir)
	if _, err := os.Stat(snapshots); errors.Is(err, fs.ErrNotExist) && !first {
		return nil, errNoneThere(path)
	}
	for _, sub := range []string{snapshots, filepath.Join(path, objectsDir)} {
		if err := os.MkdirAll(sub, 0o700); err != nil {
			return nil, err
		}
	}
	if lock.Locked != "" {
		// One for each key: after the passphrase was changed, earlier backups are opened with the earlier one.
		if err := writeWhole(d.keyFile(lock.Recipient), []byte(lock.Locked)); err != nil {
			return nil, err
		}
	}
	return d, d.findObjects()
}

// errNoneThere is of a destination without backups that has had some. Whoever sets it again then, as it says, begins anew there (SetPlan).
func errNoneThere(path string) *appliance.Error {
	return appliance.Errorf(appliance.CodeStorage, "There are no backups in %s, where there have been some. Nothing was written. Is the right stick in "+
		"its place? To begin anew there, set the destination again.", path)
}

// findObjects notes what is there already.
func (d *directory) findObjects() error {
	list, err := d.snapshots()
	for _, n := range list {
		for _, o := range n.Objects {
			if info, err := os.Stat(d.object(o.Name)); err == nil && info.Size() == o.Size {
				d.have[o.Name] = o
			}
		}
	}
	return err
}

// snapshots gives the sidecars of all backups in the directory, oldest first.
func (d *directory) snapshots() ([]needs, error) {
	files, err := filepath.Glob(filepath.Join(escapeGlob(d.path), snapshotsDir, "*"+needsSuffix))
	if err != nil {
		return nil, err
	}
	slices.Sort(files)
	var list []needs
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		var n needs
		if json.Unmarshal(raw, &n) == nil && !n.MadeAt.IsZero() {
			list = append(list, n)
		}
	}
	return list, nil
}

// escapeGlob has a path stand for itself in a pattern.
func escapeGlob(path string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

func (d *directory) object(name string) string {
	return filepath.Join(d.path, objectsDir, name[:2], name+objectSuffix)
}

func (d *directory) keyFile(recipient string) string {
	sum := sha256.Sum256([]byte(recipient))
	return filepath.Join(d.path, keyPrefix+hex.EncodeToString(sum[:8])+objectSuffix)
}

func (d *directory) snapshotFile(at time.Time, suffix string) string {
	return filepath.Join(d.path, snapshotsDir, at.UTC().Format(snapshotLayout)+suffix)
}

// add has the box make a backup, which comes locked for this process alone, and puts its files where they belong.
func (d *directory) add(ctx context.Context, saved *Saved) (err error) {
	if d.names, err = d.maker.NamingKey(ctx); err != nil {
		return err
	}
	recipient, err := recipientOf(d.once.Key)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r, w := io.Pipe()
	made := make(chan error, 1)
	go func() {
		_, err := d.maker.Make(ctx, w, Order{Secret: Secret{Recipients: []string{recipient}}, Check: true})
		w.CloseWithError(err)
		made <- err
	}()
	s := snapshot{Objects: map[string]string{}}
	n := needs{For: d.lock.Recipient}
	err = d.take(ctx, r, &s, &n, saved)
	r.CloseWithError(errors.New("given up"))
	if makeErr := <-made; makeErr != nil && (err == nil || appliance.CodeOf(makeErr) != appliance.CodeInternal) {
		err = makeErr // why there is nothing more to read
	}
	if err != nil {
		return err
	}
	return d.finish(ctx, s, n, saved)
}

// take reads the backup and writes what is not there yet.
func (d *directory) take(ctx context.Context, r io.Reader, s *snapshot, n *needs, saved *Saved) error {
	id, err := d.once.identity()
	if err != nil {
		return err
	}
	open, err := age.Decrypt(r, id)
	if err != nil {
		return err
	}
	in := tar.NewReader(open)
	for {
		h, err := in.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		switch path, isData := strings.CutPrefix(h.Name, dataPrefix); {
		case h.Name == manifestEntry:
			err = json.NewDecoder(in).Decode(&s.Manifest)
		case h.Name == contentsEntry:
			err = json.NewDecoder(in).Decode(&s.Contents)
		case isData:
			var o object
			if o, err = d.putOrKnow(ctx, in, path, saved); err == nil {
				s.Objects[path] = o.Name
				n.Objects = append(n.Objects, o)
			}
		}
		if err != nil {
			return err
		}
	}
	if _, err := io.Copy(io.Discard, r); err != nil {
		return err
	}
	n.MadeAt, n.Bytes = s.Manifest.MadeAt, s.Contents.Bytes()
	return s.Contents.verify(s.Manifest)
}

// errMisnamed is of a file that is not what its name says: nothing is taken from names then.
var errMisnamed = errors.New("a file is not what its name says")

// putOrKnow reads the files whose names are the SHA-256 of what is in them (package blob), and writes none of those that an earlier
// backup has: sound is most of a box, never changes, and a stick is slow. Every other file is put.
func (d *directory) putOrKnow(ctx context.Context, r io.Reader, name string, saved *Saved) (object, error) {
	named, err := hex.DecodeString(path.Base(name))
	have, known := d.have[d.objectName(named)]
	if err != nil || len(named) != sha256.Size || !known || d.misnamed {
		return d.put(ctx, r, saved)
	}
	plain := sha256.New()
	if err := copyBytes(ctx, plain, r, d.count); err != nil {
		return object{}, err
	}
	if !hmac.Equal(plain.Sum(nil), named) {
		return object{}, errMisnamed
	}
	return have, nil
}

// objectName gives the name of the object of a file, which follows from what is in it and whom it is locked for.
func (d *directory) objectName(plain []byte) string {
	mac := hmac.New(sha256.New, d.names)
	mac.Write(plain)
	mac.Write([]byte(d.lock.Recipient))
	return hex.EncodeToString(mac.Sum(nil))
}

// count tells how far the reading is.
func (d *directory) count(n int) {
	d.done += int64(n)
	d.watch(StepWrite, d.done, 0)
}

// put writes one file as an object, unless an earlier backup has it. The name of an object follows from what is in it and
// whom it is locked for, so that it is known when all was written, and no backup counts on what its key does not open.
func (d *directory) put(ctx context.Context, r io.Reader, saved *Saved) (object, error) {
	f, err := os.OpenFile(filepath.Join(d.path, objectsDir, "new.part"), os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600)
	if err != nil {
		return object{}, err
	}
	keep := false
	defer func() {
		f.Close()
		if !keep {
			os.Remove(f.Name())
		}
	}()
	plain, cipher := sha256.New(), sha256.New()
	out := &counter{w: io.MultiWriter(f, cipher), progress: smoothly(f)}
	locked, err := age.Encrypt(out, d.to...)
	if err != nil {
		return object{}, err
	}
	err = copyBytes(ctx, io.MultiWriter(locked, plain), r, d.count)
	if err := errors.Join(err, locked.Close()); err != nil {
		return object{}, err
	}
	o := object{Name: d.objectName(plain.Sum(nil)), Size: out.n, SHA256: hex.EncodeToString(cipher.Sum(nil))}
	if have, ok := d.have[o.Name]; ok {
		return have, nil
	}
	if err := d.checkObject(f, plain.Sum(nil)); err != nil {
		return object{}, err
	}
	at := d.object(o.Name)
	// One directory and none above it: of a stick that was pulled out the place is left, and nothing may be made there.
	if err := os.Mkdir(filepath.Dir(at), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return object{}, err
	}
	if err := errors.Join(os.Rename(f.Name(), at), store.SyncDir(filepath.Dir(at))); err != nil {
		return object{}, err
	}
	keep = true
	d.have[o.Name] = o
	d.fresh = append(d.fresh, at)
	saved.Written += o.Size
	return o, nil
}

// checkObject reads an object back from the disk, opens it, and compares it with what was to be written.
func (d *directory) checkObject(f *os.File, want []byte) error {
	if err := f.Sync(); err != nil {
		return err
	}
	_ = unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED)
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	id, err := d.once.identity()
	if err != nil {
		return err
	}
	open, err := age.Decrypt(f, id)
	sum := sha256.New()
	if err == nil {
		_, err = io.Copy(sum, open)
	}
	if err != nil || !hmac.Equal(sum.Sum(nil), want) {
		return &appliance.Error{Code: appliance.CodeStorage, Err: err, Message: fmt.Sprintf("What was written to %s is not what came back from it. No backup was "+
			"made; earlier ones are as they were. Take another stick or disk.", d.path)}
	}
	return nil
}

// finish writes the snapshot, which makes the backup one.
func (d *directory) finish(ctx context.Context, s snapshot, n needs, saved *Saved) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	saved.Report = Report{Manifest: s.Manifest, Files: len(s.Contents.Files), Bytes: s.Contents.Bytes()}
	var locked strings.Builder
	w, err := age.Encrypt(&locked, d.to...)
	if err == nil {
		err = json.NewEncoder(w).Encode(s)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return err
	}
	sidecar, err := json.Marshal(n)
	if err != nil {
		return err
	}
	// The sidecar comes last: a backup without one is none.
	return errors.Join(writeWhole(d.snapshotFile(n.MadeAt, objectSuffix), []byte(locked.String())),
		writeWhole(d.snapshotFile(n.MadeAt, needsSuffix), sidecar))
}

// takeBack removes what was written of a backup that came to nothing, so that a full stick is not fuller than before; at is the time
// of the backup, zero when it has none yet. Objects go last, for no backup may be listed that lacks some.
func (d *directory) takeBack(at time.Time) {
	for _, suffix := range []string{needsSuffix, objectSuffix} {
		if err := os.Remove(d.snapshotFile(at, suffix)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return
		}
	}
	for _, object := range d.fresh {
		os.Remove(object)
	}
}

// letGo removes the backups that need not be kept, and the objects that only they need.
func (d *directory) letGo(keep Keep) (removed int, err error) {
	list, err := d.snapshots()
	if err != nil {
		return 0, err
	}
	var times []time.Time
	for _, n := range list {
		times = append(times, n.MadeAt)
	}
	if len(list) == 0 { // there is the one that was just written: the disk does not tell what it holds
		return 0, errors.New("the backups in the directory cannot be listed")
	}
	gone := keep.LetGo(times)
	needed := map[string]bool{}
	for _, n := range list {
		if slices.ContainsFunc(gone, n.MadeAt.Equal) {
			if err := errors.Join(os.Remove(d.snapshotFile(n.MadeAt, needsSuffix)), os.Remove(d.snapshotFile(n.MadeAt, objectSuffix))); err != nil {
				return removed, err
			}
			removed++
			continue
		}
		for _, o := range n.Objects {
			needed[o.Name] = true
		}
	}
	return removed, d.sweep(needed)
}

// sweep removes objects that no backup needs, also those that a process has left that was killed.
func (d *directory) sweep(needed map[string]bool) error {
	return filepath.WalkDir(filepath.Join(d.path, objectsDir), func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		if name, ok := strings.CutSuffix(e.Name(), objectSuffix); ok && needed[name] {
			return nil
		}
		return os.Remove(path)
	})
}

func recipientOf(key string) (string, error) {
	id, err := age.ParseX25519Identity(key)
	if err != nil {
		return "", err
	}
	return id.Recipient().String(), nil
}
