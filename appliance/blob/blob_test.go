package blob_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"harmonium/appliance/blob"
)

func path(root string, h blob.Hash) string {
	name := hex.EncodeToString(h[:])
	return filepath.Join(root, name[:2], name)
}

func TestWhatIsPutIsReadAndErased(t *testing.T) {
	root := filepath.Join(t.TempDir(), "blobs")
	d := blob.New(root)
	content := []byte("sound of a voice")
	h, err := d.Put(content)
	if err != nil || h != sha256.Sum256(content) {
		t.Fatalf("%x, %v", h, err)
	}
	if again, err := d.Put(content); err != nil || again != h {
		t.Fatalf("put again: %x, %v", again, err)
	}
	if got, err := d.Read(h); err != nil || !bytes.Equal(got, content) {
		t.Fatalf("read %q, %v", got, err)
	}
	for range 2 { // the second time nothing is there
		if err := d.Erase(h); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := d.Read(h); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after erasing: %v", err)
	}
}

func TestDamagedBlobIsToldAndMended(t *testing.T) {
	root := t.TempDir()
	d := blob.New(root)
	h, err := d.Put([]byte("right"))
	if err == nil {
		err = os.WriteFile(path(root, h), []byte("wrong"), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Read(h); !errors.Is(err, blob.ErrDamaged) {
		t.Errorf("read gives %v", err)
	}
	if _, err := d.Put([]byte("right")); err != nil {
		t.Fatal(err)
	}
	if got, err := d.Read(h); err != nil || string(got) != "right" {
		t.Errorf("%q, %v after it was put again", got, err)
	}
}

func TestEachFindsAllAndRemovesWhatIsHalfWritten(t *testing.T) {
	root := t.TempDir()
	d := blob.New(root)
	want := map[blob.Hash]bool{}
	for i := range 20 {
		h, err := d.Put([]byte{byte(i)})
		if err != nil {
			t.Fatal(err)
		}
		want[h] = true
	}
	var any blob.Hash
	for any = range want {
		break
	}
	half := filepath.Join(filepath.Dir(path(root, any)), ".part-killed")
	if err := os.WriteFile(half, []byte("ha"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := d.Each(func(list []blob.Hash) error {
		for _, h := range list {
			if !want[h] {
				t.Errorf("%x twice, or never put", h)
			}
			delete(want, h)
		}
		return nil
	})
	if err != nil || len(want) > 0 {
		t.Errorf("%d not found, %v", len(want), err)
	}
	if _, err := os.Stat(half); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what was half written is there: %v", err)
	}
}
