package backup

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"harmonium/appliance/store"
)

// JournalFile is the journal of deletions in the data directory. Beside backups lies a copy of it, whose name begins with
// JournalPrefix.
const (
	JournalFile   = "deletions.jsonl"
	JournalPrefix = "deletions-"
	journalSuffix = ".jsonl"
)

// maxJournal bounds what is read of a journal, in bytes: some millions of deletions.
const maxJournal = 1 << 30

// Journal is what was deleted on a box, without content, in lines of JSON: the first names journal and box, the others are
// deletions, each with a hash over itself and the one before, and heads, with which the box signs that until a moment
// nothing else was deleted. A journal that was cut is one that ends at an earlier head; one that was changed ends before
// the change.
type Journal struct {
	ID    string // of the journal; the state of a restore begins a new one
	Box   []byte // public key of the box
	Until time.Time
	List  []store.Tombstone
	Whole bool // it ends with a head, and nothing in it was changed

	hash []byte
	seq  int64
}

// journalLine is a line of any kind.
type journalLine struct {
	Journal string `json:"journal,omitempty"` // first line: its id
	Box     []byte `json:"box,omitempty"`

	Seq    int64     `json:"seq,omitempty"` // deletion
	At     time.Time `json:"at,omitzero"`
	Kind   string    `json:"kind,omitempty"`
	Object string    `json:"object,omitempty"`
	Hash   []byte    `json:"hash,omitempty"`

	Until     time.Time `json:"until,omitzero"` // head
	Signature []byte    `json:"signature,omitempty"`
}

// stoneHash is the hash of a deletion after one with the hash prev.
func stoneHash(prev []byte, t store.Tombstone) []byte {
	b := append([]byte("harmonium deletion 1\n"), prev...)
	b = binary.BigEndian.AppendUint64(b, uint64(t.Seq))
	b = binary.BigEndian.AppendUint64(b, uint64(t.At.UnixMilli()))
	for _, text := range []string{t.Kind, t.Object} {
		b = binary.BigEndian.AppendUint32(b, uint32(len(text)))
		b = append(b, text...)
	}
	sum := sha256.Sum256(b)
	return sum[:]
}

// headMessage is what a head signs.
func headMessage(id string, hash []byte, until time.Time) []byte {
	return fmt.Appendf(nil, "harmonium deletions 1\n%s %x %d", id, hash, until.UnixMilli())
}

// ReadJournal reads a journal as far as it is proven. Its error is that of the reader; what is no journal is one with
// nothing in it.
func ReadJournal(r io.Reader) (Journal, error) {
	var j Journal
	lines := bufio.NewScanner(io.LimitReader(r, maxJournal))
	lines.Buffer(nil, 64<<10)
	proven := 0 // of j.List, by the last head
	for lines.Scan() {
		j.Whole = false
		var l journalLine
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil || !j.take(l) {
			break
		}
		if j.Whole = !l.Until.IsZero(); j.Whole {
			proven = len(j.List)
		}
	}
	// What no head vouches for was left by a process that was killed, or added by somebody; the database has the first.
	j.List = j.List[:proven]
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return j, nil
	}
	return j, lines.Err()
}

// ReadJournals reads those of files that are journals.
func ReadJournals(files [][]byte) []Journal {
	var list []Journal
	for _, f := range files {
		if j, err := ReadJournal(bytes.NewReader(f)); err == nil && j.ID != "" {
			list = append(list, j)
		}
	}
	return list
}

// take adds a line to what is known, or says that it does not follow.
func (j *Journal) take(l journalLine) bool {
	switch {
	case j.ID == "":
		j.ID, j.Box, j.hash = l.Journal, l.Box, make([]byte, sha256.Size)
		return l.Journal != "" && len(l.Box) == ed25519.PublicKeySize
	case !l.Until.IsZero():
		if !ed25519.Verify(j.Box, headMessage(j.ID, j.hash, l.Until), l.Signature) {
			return false
		}
		if l.Until.After(j.Until) {
			j.Until = l.Until
		}
		return true
	default:
		t := store.Tombstone{Seq: l.Seq, Kind: l.Kind, Object: l.Object, At: l.At}
		if l.Seq <= j.seq || l.Kind == "" || !bytes.Equal(l.Hash, stoneHash(j.hash, t)) {
			return false
		}
		j.List, j.hash, j.seq = append(j.List, t), l.Hash, l.Seq
		return true
	}
}

// add gives the lines for what was deleted since, with a head.
func (j *Journal) add(key ed25519.PrivateKey, list []store.Tombstone, until time.Time) []byte {
	var out bytes.Buffer
	w := json.NewEncoder(&out)
	if j.ID == "" {
		id := make([]byte, 8)
		rand.Read(id)
		j.ID, j.Box, j.hash = hex.EncodeToString(id), key.Public().(ed25519.PublicKey), make([]byte, sha256.Size)
		w.Encode(journalLine{Journal: j.ID, Box: j.Box})
	}
	for _, t := range list {
		j.hash, j.seq = stoneHash(j.hash, t), t.Seq
		w.Encode(journalLine{Seq: t.Seq, At: t.At, Kind: t.Kind, Object: t.Object, Hash: j.hash})
	}
	until = until.UTC().Truncate(time.Millisecond)
	w.Encode(journalLine{Until: until, Signature: ed25519.Sign(key, headMessage(j.ID, j.hash, until))})
	j.List, j.Until, j.Whole = append(j.List, list...), until, true
	return out.Bytes()
}

// KeepJournal appends to the journal of the data directory what was deleted since. A journal that is not as it was
// written, or of another key, is made anew from the database, which has all of it.
func (b *Box) KeepJournal(ctx context.Context) (Journal, error) {
	at := filepath.Join(b.Dir, JournalFile)
	j, err := readJournalFile(at)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return j, err
	}
	if !j.Whole || !bytes.Equal(j.Box, b.Key.Public().(ed25519.PublicKey)) {
		j = Journal{}
	}
	list, follows, err := b.deletedSince(ctx, j)
	if err != nil {
		return j, err
	}
	if !follows {
		// The database is another one than that of the journal, which may know of deletions that this one does not.
		if err := os.Rename(at, filepath.Join(b.Dir, JournalPrefix+j.ID+journalSuffix)); err != nil {
			return j, err
		}
		j = Journal{}
	}
	fresh := j.ID == ""
	if len(list) == 0 && !fresh {
		return j, nil
	}
	lines := j.add(b.Key, list, b.Clock())
	if fresh {
		return j, writeWhole(at, lines)
	}
	f, err := os.OpenFile(at, os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return j, err
	}
	_, err = f.Write(lines)
	return j, errors.Join(err, f.Sync(), f.Close())
}

// deletedSince gives what was deleted since the journal was kept last. It follows when the database has the last entry of
// the journal too; else the list is that of all deletions.
func (b *Box) deletedSince(ctx context.Context, j Journal) (list []store.Tombstone, follows bool, err error) {
	if len(j.List) == 0 {
		list, err = b.Store.Tombstones(ctx, 0)
		return list, true, err
	}
	last := j.List[len(j.List)-1]
	list, err = b.Store.Tombstones(ctx, last.Seq-1)
	if err != nil || len(list) > 0 && list[0].Kind == last.Kind && list[0].Object == last.Object {
		return list[min(1, len(list)):], true, err
	}
	list, err = b.Store.Tombstones(ctx, 0)
	return list, false, err
}

// JournalCopy gives the journal as it is to lie beside backups, with a head of this moment, and the name for it.
func (b *Box) JournalCopy(ctx context.Context) (name string, content []byte, err error) {
	j, err := b.KeepJournal(ctx)
	if err != nil {
		return "", nil, err
	}
	raw, err := os.ReadFile(filepath.Join(b.Dir, JournalFile))
	return JournalPrefix + j.ID + journalSuffix, append(raw, j.add(b.Key, nil, b.Clock())...), err
}

func readJournalFile(path string) (Journal, error) {
	f, err := os.Open(path)
	if err != nil {
		return Journal{}, err
	}
	defer f.Close()
	return ReadJournal(f)
}

// JournalsIn reads the journals of a directory: those beside backups, and that of a data directory.
func JournalsIn(dir string) ([]Journal, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var list []Journal
	for _, e := range entries {
		if !e.Type().IsRegular() || e.Name() != JournalFile && !isJournalCopy(e.Name()) {
			continue
		}
		j, err := readJournalFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return list, err
		}
		if j.ID != "" {
			list = append(list, j)
		}
	}
	return list, nil
}

func isJournalCopy(name string) bool {
	return strings.HasPrefix(name, JournalPrefix) && strings.HasSuffix(name, journalSuffix)
}

// writeWhole writes a file for its owner only, whole or not at all, also through a power cut.
func writeWhole(path string, content []byte) error {
	part := path + ".part"
	f, err := os.OpenFile(part, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(part, path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(part))
	}
	return store.SyncDir(filepath.Dir(path))
}

// JournalFiles reads the journals that paths name, and those in the directories among them, as they are.
func JournalFiles(paths []string) ([][]byte, error) {
	var list [][]byte
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		files := []string{path}
		if info.IsDir() {
			files = nil
			entries, err := os.ReadDir(path)
			if err != nil {
				return nil, err
			}
			for _, e := range entries {
				if e.Type().IsRegular() && (e.Name() == JournalFile || isJournalCopy(e.Name())) {
					files = append(files, filepath.Join(path, e.Name()))
				}
			}
		}
		for _, file := range files {
			raw, err := os.ReadFile(file)
			if err != nil {
				return nil, err
			}
			list = append(list, raw)
		}
	}
	return list, nil
}
