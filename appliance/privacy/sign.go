package privacy

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"harmonium/appliance"
)

// KeyFile is the name of the file in the data directory that holds the key with which the box signs.
const KeyFile = "attest.key"

// Signed is an attestation as it is handed out: the facts as JSON, and the box's signature over them. Spaces between the
// parts of the facts may be changed on the way; anything else breaks the signature.
type Signed struct {
	Facts     json.RawMessage `json:"attestation"`
	Key       []byte          `json:"public_key"` // Ed25519
	Signature []byte          `json:"signature"`
}

// domain stands before what is signed, so that a signature of the box is good for attestations only.
const domain = "harmonium attestation 1\n"

const keyType = "HARMONIUM ATTESTATION SEED"

// Key gives the key of the box, which is made when the data directory has none.
func Key(dir string) (ed25519.PrivateKey, error) {
	path := filepath.Join(dir, KeyFile)
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return newKey(path)
	}
	if err != nil {
		return nil, fmt.Errorf("read the key that signs attestations: %w", err)
	}
	block, _ := pem.Decode(raw)
	if block == nil || block.Type != keyType || len(block.Bytes) != ed25519.SeedSize {
		return nil, appliance.Errorf(appliance.CodeInternal, "The file %s, with the key that signs attestations, is damaged. "+
			"Nothing was changed. Move it away; the box then makes a new key, and earlier attestations stay good for the old one.", path)
	}
	return ed25519.NewKeyFromSeed(block.Bytes), nil
}

func newKey(path string) (ed25519.PrivateKey, error) {
	seed := make([]byte, ed25519.SeedSize)
	rand.Read(seed)
	if err := replaceFile(path, pem.EncodeToMemory(&pem.Block{Type: keyType, Bytes: seed})); err != nil {
		return nil, fmt.Errorf("keep the key that signs attestations: %w", err)
	}
	return ed25519.NewKeyFromSeed(seed), nil
}

// replaceFile writes a file for its owner only, whole or not at all, also through a power cut.
func replaceFile(path string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// Sign signs facts with the key of the box.
func Sign(f Facts, key ed25519.PrivateKey) (Signed, error) {
	raw, err := json.Marshal(f)
	if err != nil {
		return Signed{}, fmt.Errorf("write the facts: %w", err)
	}
	return Signed{Facts: raw, Key: key.Public().(ed25519.PublicKey), Signature: ed25519.Sign(key, append([]byte(domain), raw...))}, nil
}

// maxSigned bounds an attestation that is read, in bytes.
const maxSigned = 16 << 20

// Verify reads an attestation and checks its signature. It gives the facts and the fingerprint of the key that signed
// them. That this is the key of a certain box only a comparison with what that box shows can tell.
func Verify(raw []byte) (f Facts, fingerprint string, err error) {
	var s Signed
	if err := readSigned(raw, "attestation", &s); err != nil {
		return Facts{}, "", err
	}
	if err := checkSigned("attestation", domain, s.Facts, s.Key, s.Signature, &f); err != nil {
		return Facts{}, "", err
	}
	return f, Fingerprint(s.Key), nil
}

func broken(what string, why error, format string, args ...any) error {
	e := appliance.Invalid(what, format, args...)
	e.Err = why
	return e
}

// readSigned reads a file that a box has signed into one of the signed types.
func readSigned(raw []byte, what string, into any) error {
	if len(raw) > maxSigned {
		return broken(what, nil, "This is no %s: it is larger than %d MiB.", what, maxSigned>>20)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil || d.More() {
		return broken(what, err, "This is no %s of a box, or it was cut off. Ask for a new one: harmonium %s", what,
			map[string]string{"attestation": "attest --json", "receipt": "receipt get"}[what])
	}
	return nil
}

// checkSigned checks a signature over facts and reads them.
func checkSigned(what, domain string, raw json.RawMessage, key, signature []byte, facts any) error {
	if len(key) != ed25519.PublicKeySize || len(signature) != ed25519.SignatureSize {
		return broken(what, nil, "The %s has no whole key and signature; it was changed after the box signed it.", what)
	}
	var b bytes.Buffer
	b.WriteString(domain)
	if err := json.Compact(&b, raw); err != nil {
		return broken(what, err, "The facts of the %s cannot be read.", what)
	}
	if !ed25519.Verify(key, b.Bytes(), signature) {
		return broken(what, nil, "The signature does not fit: the %s was changed after the box signed it, or signed by another key.", what)
	}
	if err := json.Unmarshal(raw, facts); err != nil {
		return broken(what, err, "The %s is signed, but by a box of another version; its facts cannot be read here.", what)
	}
	return nil
}

// Fingerprint gives the fingerprint of a public key, to be compared by eye: SHA-256 in groups of four.
func Fingerprint(key ed25519.PublicKey) string {
	sum := sha256.Sum256(key)
	digits := hex.EncodeToString(sum[:])
	var b strings.Builder
	for i := 0; i < len(digits); i += 4 {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(digits[i : i+4])
	}
	return b.String()
}

// JSON gives the attestation as it is handed out.
func (s Signed) JSON() ([]byte, error) { return json.Marshal(s) }
