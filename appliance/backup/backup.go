// Package backup writes everything that a box keeps into one encrypted file, or into a directory of encrypted objects,
// and brings it back.
//
// A backup is an age file (age-encryption.org/v1) around a tar archive, so that it can be opened without this program:
//
//	age --decrypt FILE | tar -t
//
// The archive holds backup.json first (Manifest: when, by what, how many rows), then the files of the data directory under
// data/, and last contents.json with the size and the SHA-256 of each of them. Models are not among them.
//
// Guarantees:
//
//   - It is taken while the box works. Every write that was acknowledged before it began is in it, whole (VACUUM INTO).
//   - Create reads back what it has written, decrypts it, checks the database and compares the counts, before the file
//     has its name. A file with its name is whole.
//   - A restore touches nothing that is in use before all of the backup has been read and found right. It is then put in
//     place by renames, which the store does when it next opens; the state before is kept beside it.
//   - What was deleted after the backup was made is deleted again, as the journal of deletions says (Journal), and every
//     log-in ends.
//
// It does not keep passphrases or secret keys, and writes none to a log.
package backup

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// Format is the number of the form in which backups are written.
const Format = 1

// The entries of the archive.
const (
	manifestEntry = "backup.json"
	contentsEntry = "contents.json"
	dataPrefix    = "data/"
)

// Suffix ends the names of backups in one file.
const Suffix = ".harmonium.age"

// Manifest is what a backup tells of itself. No content is in it.
type Manifest struct {
	Format    int              `json:"format"`
	MadeAt    time.Time        `json:"made_at"` // every write acknowledged before is in it
	Version   string           `json:"version"` // of the program
	Schema    int64            `json:"schema"`  // of the database
	Rows      map[string]int64 `json:"rows"`    // of each table
	Box       []byte           `json:"box"`     // public key of the box (Ed25519)
	Deletions int64            `json:"deletions"`
}

// Entry is one file of a backup.
type Entry struct {
	Path   string `json:"path"` // in the data directory
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Contents lists the files of a backup.
type Contents struct {
	Files     []Entry `json:"files"`
	Signature []byte  `json:"signature"` // of the box, over manifest and files
}

// sign has the box vouch for all of a backup.
func (c *Contents) sign(m Manifest, key ed25519.PrivateKey) {
	c.Signature = ed25519.Sign(key, c.message(m))
}

// verify says whether the box that the manifest names has signed.
func (c Contents) verify(m Manifest) error {
	if len(m.Box) != ed25519.PublicKeySize || !ed25519.Verify(m.Box, c.message(m), c.Signature) {
		return errors.New("the signature of the box does not hold")
	}
	return nil
}

// message is what is signed: both have one JSON form only, as maps are written in the order of their keys.
func (c Contents) message(m Manifest) []byte {
	manifest, _ := json.Marshal(m)
	files, _ := json.Marshal(c.Files)
	sums := [][32]byte{sha256.Sum256(manifest), sha256.Sum256(files)}
	return fmt.Appendf(nil, "harmonium backup 1\n%x %x", sums[0], sums[1])
}

// Bytes is the size of all files.
func (c Contents) Bytes() (n int64) {
	for _, f := range c.Files {
		n += f.Size
	}
	return n
}

// Part is what belongs to the data beside the database: a file or a directory in the data directory. One that is not
// there is left out; files with names that begin with a dot, or end with .part, are those of a write under way.
type Part string

// Box is what backups are made of and restored into.
type Box struct {
	Dir     string // data directory
	Parts   []Part
	Key     ed25519.PrivateKey // that signs
	Version string             // of the program
	Clock   appliance.Clock
	Log     *slog.Logger
	Store   *store.Store // nil where none is open; needed by Write
	// Work is the work factor of passphrases, the power of two that scrypt takes; 0: 18, a second and 256 MiB.
	Work int
}

// Progress is told how many bytes were done so far. It may be nil.
type Progress func(bytes int64)

func (p Progress) add(total *int64, n int) {
	*total += int64(n)
	if p != nil {
		p(*total)
	}
}
