package models

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"harmonium/appliance"
)

// Folder is a directory of models as Ollama lays it out: files under their checksums in blobs, and in manifests, by
// name, which files make a model. It is read and written here as files; no Ollama need run. What is being imported
// lies in importing until it is whole. All methods are safe for concurrent use, also by several processes.
type Folder struct {
	dir string

	// statfs says how many bytes the disk of a directory has free, and how many it has.
	statfs func(dir string) (free, all int64, err error)

	mu    sync.Mutex
	known map[string]Installed // by name and digest: they never change
}

// Installed is a model in a folder.
type Installed struct {
	Name     string    // with its tag
	Digest   string    // of its manifest, as Ollama shows it
	Size     int64     // bytes of all its files
	Changed  time.Time // when it was imported
	License  string    // its first line; "" where nothing is said
	Facts    Facts     // what its weights say
	Remote   bool      // computed elsewhere: never used
	Problem  string    // why it cannot be used, in half a sentence; "" when it can
	manifest manifest
}

// Open gives the folder at dir. It need not be there.
func Open(dir string) *Folder {
	return &Folder{dir: filepath.Clean(dir), statfs: statfs, known: map[string]Installed{}}
}

// Dir is where the folder lies.
func (f *Folder) Dir() string { return f.dir }

// Writable says whether this process may change the folder.
func (f *Folder) Writable() bool {
	const write = 2 // W_OK of access(2)
	return syscall.Access(f.dir, write) == nil
}

func (f *Folder) blob(digest string) string {
	return filepath.Join(f.dir, "blobs", strings.Replace(digest, ":", "-", 1))
}

func (f *Folder) manifestPath(n Name) string {
	return filepath.Join(f.dir, "manifests", filepath.FromSlash(n.file()))
}

// Models lists what the folder holds, by name. A folder that is not there holds nothing.
func (f *Folder) Models() ([]Installed, error) {
	paths, err := filepath.Glob(filepath.Join(escapeGlob(f.dir), "manifests", "*", "*", "*", "*"))
	if err != nil {
		return nil, fmt.Errorf("list the models: %w", err)
	}
	if len(paths) == 0 { // Glob is silent about a directory that may not be read
		if _, err := os.ReadDir(filepath.Join(f.dir, "manifests")); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, unreadableFolder(f.dir, err)
		}
	}
	var list []Installed
	for _, path := range paths {
		rel, _ := filepath.Rel(filepath.Join(f.dir, "manifests"), path)
		p := strings.Split(filepath.ToSlash(rel), "/")
		n := Name{p[0], p[1], p[2], p[3]}
		info, err := os.Stat(path)
		if err != nil || !info.Mode().IsRegular() || !n.valid() {
			continue
		}
		list = append(list, f.look(n, path, info))
	}
	appliance.Sort(list, func(a, b Installed) int { return cmp.Compare(a.Name, b.Name) })
	return list, nil
}

// Model gives one model of the folder; CodeNotFound when it is not there.
func (f *Folder) Model(name string) (Installed, error) {
	n, err := ParseName(name)
	if err != nil {
		return Installed{}, err
	}
	info, err := os.Stat(f.manifestPath(n))
	if err != nil {
		return Installed{}, appliance.Errorf(appliance.CodeNotFound,
			"There is no model %s in %s. Nothing was changed; harmonium model list shows them all.", n, f.dir)
	}
	return f.look(n, f.manifestPath(n), info), nil
}

// look reads what is to be known of a model, once for each digest.
func (f *Folder) look(n Name, path string, info fs.FileInfo) Installed {
	m := Installed{Name: n.String(), Changed: info.ModTime()}
	raw, err := readFile(path)
	if err != nil {
		m.Problem = "its description cannot be read"
		return m
	}
	m.Digest = manifest{raw: raw}.digest()
	key := m.Name + " " + m.Digest
	f.mu.Lock()
	known, ok := f.known[key]
	f.mu.Unlock()
	if ok && f.missing(known.manifest) == "" {
		known.Changed = m.Changed
		return known
	}
	if m.manifest, err = parseManifest(raw); err != nil {
		m.Problem = err.Error()
		// A model that is computed elsewhere has no weights; that it is one matters more.
		m.Remote = n.far() || f.config(m.manifest).remote()
		return m
	}
	m.Size = m.manifest.size()
	m.Remote = n.far() || f.config(m.manifest).remote()
	if m.Problem = f.missing(m.manifest); m.Problem != "" {
		return m
	}
	weights := m.manifest.weights()
	if m.Facts, err = factsOf(f.blob(weights.Digest), weights.Size); err != nil {
		m.Problem = "its weights are damaged: " + err.Error()
		return m
	}
	m.License = f.license(m.manifest, m.Facts)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.known[key] = m
	return m
}

// missing says in half a sentence which of a model's files is not there whole.
func (f *Folder) missing(m manifest) string {
	for _, l := range m.files() {
		if info, err := os.Stat(f.blob(l.Digest)); err != nil || !info.Mode().IsRegular() {
			return "one of its files is missing"
		} else if info.Size() != l.Size {
			return "one of its files is cut off"
		}
	}
	return ""
}

func (f *Folder) config(m manifest) (c config) {
	if raw, err := readFile(f.blob(m.Config.Digest)); err == nil && digestForm.MatchString(m.Config.Digest) {
		json.Unmarshal(raw, &c) // a damaged one says nothing, and check finds it
	}
	return c
}

// license is the first line of the licence that lies with a model, else what its weights name.
func (f *Folder) license(m manifest, facts Facts) string {
	if l := m.first(typeLicense); l.Digest != "" {
		if raw, err := readFile(f.blob(l.Digest)); err == nil {
			return cmp.Or(firstLine(raw), facts.License)
		}
	}
	return facts.License
}

func firstLine(text []byte) string {
	for l := range bytes.Lines(text) {
		if s := line(string(l)); s != "" {
			return s
		}
	}
	return ""
}

// Damage is a file that is not what its name says.
type Damage struct {
	Digest string   // it should have
	Reason string   // half a sentence
	Models []string // that cannot be used because of it
}

// Check reads every file of the named models, of all when none is named, and compares its checksum with its name. report,
// which may be nil, hears of the progress.
func (f *Folder) Check(ctx context.Context, names []string, report func(Progress)) (checked []Installed, found []Damage, err error) {
	all, err := f.chosen(names)
	if err != nil {
		return nil, nil, err
	}
	total, done := int64(0), int64(0)
	files := map[string]layer{}
	users := map[string][]string{}
	for _, m := range all {
		if m.manifest.Layers == nil {
			found = append(found, Damage{Reason: m.Problem, Models: []string{m.Name}})
			continue
		}
		for _, l := range m.manifest.files() {
			if _, ok := files[l.Digest]; !ok {
				files[l.Digest] = l
				total += l.Size
			}
			users[l.Digest] = append(users[l.Digest], m.Name)
		}
		checked = append(checked, m)
	}
	for _, digest := range slices.Sorted(maps.Keys(files)) {
		l := files[digest]
		reason, err := f.verify(ctx, l, func(n int64) {
			if report != nil {
				report(Progress{State: Checking, Model: users[digest][0], Done: done + n, Total: total})
			}
		})
		if err != nil {
			return checked, found, err
		}
		if reason != "" {
			found = append(found, Damage{digest, reason, users[digest]})
		}
		done += l.Size
	}
	return checked, found, nil
}

// verify says what is wrong with a file, "" for nothing.
func (f *Folder) verify(ctx context.Context, l layer, read func(int64)) (string, error) {
	file, err := os.Open(f.blob(l.Digest))
	if errors.Is(err, fs.ErrNotExist) {
		return "it is missing", nil
	}
	if err != nil {
		return "it cannot be read", nil
	}
	defer file.Close()
	sum := sha256.New()
	buffer := make([]byte, chunk)
	total := int64(0)
	for {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		n, err := file.Read(buffer)
		sum.Write(buffer[:n])
		total += int64(n)
		read(total)
		if err == io.EOF {
			break
		}
		if err != nil {
			return "it cannot be read: the disk reports an error", nil
		}
	}
	switch {
	case total != l.Size:
		return "it is cut off", nil
	case "sha256:"+hex.EncodeToString(sum.Sum(nil)) != l.Digest:
		return "its content has changed", nil
	}
	return "", nil
}

// chosen gives the named models, all when none is named.
func (f *Folder) chosen(names []string) ([]Installed, error) {
	if len(names) == 0 {
		return f.Models()
	}
	var list []Installed
	for _, name := range names {
		m, err := f.Model(name)
		if err != nil {
			return nil, err
		}
		list = append(list, m)
	}
	return list, nil
}

// Remove takes a model out of the folder, and those of its files that no other model has. It gives the bytes that
// became free. A model that answers just now finishes its answer.
func (f *Folder) Remove(ctx context.Context, name string) (freed int64, err error) {
	n, err := ParseName(name)
	if err != nil {
		return 0, err
	}
	if _, err := f.Model(name); err != nil {
		return 0, err
	}
	unlock, err := f.lock(ctx)
	if err != nil {
		return 0, err
	}
	defer unlock()
	m, err := f.Model(name)
	if err != nil {
		return 0, err
	}
	if err := os.Remove(f.manifestPath(n)); err != nil {
		return 0, unwritableFolder(f.dir, err)
	}
	for dir := filepath.Dir(f.manifestPath(n)); dir != filepath.Join(f.dir, "manifests"); dir = filepath.Dir(dir) {
		if os.Remove(dir) != nil { // it holds others
			break
		}
	}
	if m.manifest.Layers == nil {
		return 0, nil
	}
	return f.prune(m.manifest.files())
}

// Clean removes what imports have left that were never finished: unfinished files, and files that no model has. It gives
// the bytes that became free.
func (f *Folder) Clean(ctx context.Context) (freed int64, err error) {
	unlock, err := f.lock(ctx)
	if err != nil {
		return 0, err
	}
	defer unlock()
	left, _ := filepath.Glob(filepath.Join(escapeGlob(f.importing()), "*"+unfinished))
	for _, path := range left {
		if info, err := os.Stat(path); err == nil && os.Remove(path) == nil {
			freed += info.Size()
		}
	}
	blobs, _ := os.ReadDir(filepath.Join(f.dir, "blobs"))
	var files []layer
	for _, b := range blobs {
		l := layer{Digest: strings.Replace(b.Name(), "-", ":", 1)}
		if info, err := b.Info(); err == nil && digestForm.MatchString(l.Digest) {
			l.Size = info.Size()
			files = append(files, l)
		}
	}
	more, err := f.prune(files)
	return freed + more, err
}

// prune removes those files that no model has. While the description of one is damaged nothing is removed: it is not
// known what that one has. The folder is locked.
func (f *Folder) prune(files []layer) (freed int64, err error) {
	all, err := f.Models()
	if err != nil {
		return 0, err
	}
	used := map[string]bool{}
	for _, m := range all {
		if m.manifest.Layers == nil && !m.Remote {
			return 0, nil
		}
		for _, l := range m.manifest.files() {
			used[l.Digest] = true
		}
	}
	for _, l := range files {
		if !used[l.Digest] && os.Remove(f.blob(l.Digest)) == nil {
			freed += l.Size
		}
	}
	return freed, nil
}

// lockPatience is how long a lock is waited for: whoever looks whether somebody holds it, holds it for that moment.
const lockPatience = time.Second

// lock keeps other processes from changing the folder until the function that it gives is called. It makes the folder
// where there is none.
func (f *Folder) lock(ctx context.Context) (unlock func(), err error) {
	if err := f.mkdir(f.importing()); err != nil {
		return nil, unwritableFolder(f.dir, err)
	}
	file, err := os.OpenFile(f.lockFile(), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, unwritableFolder(f.dir, err)
	}
	f.own(file)
	patience := time.NewTimer(lockPatience)
	defer patience.Stop()
	for syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil {
		select {
		case <-time.After(lockPatience / 50):
			continue
		case <-ctx.Done():
			file.Close()
			return nil, ctx.Err()
		case <-patience.C:
		}
		file.Close()
		return nil, appliance.Errorf(appliance.CodeConflict, "The models in %s are being changed by another harmonium model command. "+
			"Nothing was changed. Wait until it has ended; harmonium model list shows how far it is.", f.dir)
	}
	return func() { file.Close() }, nil
}

func (f *Folder) importing() string { return filepath.Join(f.dir, "importing") }
func (f *Folder) lockFile() string  { return filepath.Join(f.importing(), "lock") }

// mkdir makes a directory below the folder, and the folder itself, for everybody to read: the Ollama that reads it may
// run as somebody else.
func (f *Folder) mkdir(dir string) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	parent := filepath.Dir(dir)
	if dir != f.dir {
		if err := f.mkdir(parent); err != nil {
			return err
		}
	} else if err := os.MkdirAll(parent, 0o755); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if err := os.Chmod(dir, 0o755); err != nil { // whatever the umask
		return err
	}
	if dir == f.dir {
		return giveTo(dir, parent)
	}
	return giveTo(dir, f.dir)
}

// own makes a new file readable for everybody, and gives it to whoever owns the folder.
func (f *Folder) own(file *os.File) {
	file.Chmod(0o644)
	giveTo(file.Name(), f.dir)
}

// giveTo gives a file that root has made to the owner of dir.
func giveTo(path, dir string) error {
	var st syscall.Stat_t
	if os.Geteuid() != 0 || syscall.Stat(dir, &st) != nil || st.Uid == 0 {
		return nil
	}
	return os.Lchown(path, int(st.Uid), int(st.Gid))
}

// readFile reads a small file. What is no file, such as a pipe that never says anything, is not opened.
func readFile(path string) ([]byte, error) {
	if info, err := os.Stat(path); err != nil {
		return nil, err
	} else if !info.Mode().IsRegular() {
		return nil, errors.New("it is no file")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readSmall(f)
}

func factsOf(path string, size int64) (Facts, error) {
	f, err := os.Open(path)
	if err != nil {
		return Facts{}, errors.New("they cannot be read")
	}
	defer f.Close()
	return ReadGGUF(f, size)
}

func unreadableFolder(dir string, err error) error {
	return &appliance.Error{Code: appliance.CodeForbidden, Err: err, Message: fmt.Sprintf("The models in %s may not be read. "+
		"Nothing was changed. Use the account that runs harmonium, or root (sudo).", dir)}
}

func unwritableFolder(dir string, err error) error {
	if isFull(err) {
		return full(dir, err)
	}
	return &appliance.Error{Code: appliance.CodeForbidden, Err: err, Message: fmt.Sprintf("Nothing may be written to %s. "+
		"Nothing was changed. Use the account that owns it, or root (sudo); see that its disk is not mounted read-only.", dir)}
}

// escapeGlob takes the meaning from the signs of patterns in a path.
func escapeGlob(path string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(path)
}
