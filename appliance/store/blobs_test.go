package store_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// recorder is a meeting of which a device records.
func recorder(t *testing.T, d *desk) store.TakePath {
	t.Helper()
	s := d.create(d.owner, draftSession("Meeting"))
	id, err := d.CreateRecording(t.Context(), d.owner, store.Once{}, store.NewRecording{Session: s.ID, Title: "M",
		Recording: appliance.Recording{Provider: appliance.ProvidedBrowser, Keep: appliance.KeepWithText}})
	if err == nil {
		_, _, err = d.BeginTake(t.Context(), id, 0, "device-a")
	}
	if err != nil {
		t.Fatal(err)
	}
	return store.TakePath{ID: id}
}

// blobFiles counts the files of sound.
func blobFiles(t testing.TB, d *desk) (n int) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(d.Dir(), "blobs"), func(_ string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() {
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestWhatIsRefusedLeavesNoFile(t *testing.T) {
	d := newDesk(t)
	at := recorder(t, d)
	if err := d.AddPiece(t.Context(), at, 0, 0, []byte("kept")); err != nil {
		t.Fatal(err)
	}
	refused(t, "another piece of the same number", d.AddPiece(t.Context(), at, 0, 0, []byte("other")), appliance.CodeConflict)
	refused(t, "a take that there is not", d.AddPiece(t.Context(), store.TakePath{ID: at.ID, Take: 3}, 0, 0, []byte("none")), appliance.CodeNotFound)
	refused(t, "one that covers another", d.AddPiece(t.Context(), at, 1, 1, []byte("over")), appliance.CodeUnprocessable)
	if n := blobFiles(t, d); n != 1 {
		t.Errorf("%d files, want that of the one piece", n)
	}
}

// What a killed process left between a file and its row is removed; what has a row stays.
func TestFilesThatNothingNamesAreRemoved(t *testing.T) {
	d := newDesk(t)
	at := recorder(t, d)
	if err := d.AddPiece(t.Context(), at, 0, 0, []byte("kept")); err != nil {
		t.Fatal(err)
	}
	orphan := strings.Repeat("ab", 32)
	dir := filepath.Join(d.Dir(), "blobs", orphan[:2])
	upload := filepath.Join(d.Dir(), "uploads", "cnv_gone")
	for _, path := range []string{filepath.Join(dir, orphan), filepath.Join(dir, ".part-x"), upload} {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("left"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.SweepBlobs(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := blobFiles(t, d); n != 1 {
		t.Errorf("%d files, want that of the piece", n)
	}
	if _, err := os.Stat(upload); !os.IsNotExist(err) {
		t.Errorf("the file of a meeting that is gone is there: %v", err)
	}
}

// Sound that is erased in one meeting while it is stored in another is there in the other afterwards.
func TestErasingAndStoringTheSameSoundAtOnceLosesNothing(t *testing.T) {
	d := newDesk(t)
	const rounds = 30
	stays := recorder(t, d)
	for i := range rounds {
		goes := recorder(t, d)
		content := []byte(strings.Repeat(string(rune('a'+i%26)), 2+2*i))
		if err := d.AddPiece(t.Context(), goes, 0, 0, content); err != nil {
			t.Fatal(err)
		}
		var both sync.WaitGroup
		both.Go(func() {
			if err := d.EraseSound(t.Context(), d.owner, goes.ID, ""); err != nil {
				t.Error(err)
			}
			if err := d.EraseBlobs(t.Context()); err != nil {
				t.Error(err)
			}
		})
		both.Go(func() {
			if err := d.AddPiece(t.Context(), stays, i, int64(1000*i), content); err != nil {
				t.Error(err)
			}
		})
		both.Wait()
	}
	r, err := d.Recording(t.Context(), stays.ID)
	if err != nil || len(r.Takes[0].Pieces) != rounds {
		t.Fatalf("%d pieces, %v", len(r.Takes[0].Pieces), err)
	}
	for _, p := range r.Takes[0].Pieces {
		if _, err := d.Blob(p.SHA256); err != nil {
			t.Errorf("piece %d: %v", p.Seq, err)
		}
	}
	if n := blobFiles(t, d); n != rounds {
		t.Errorf("%d files, want %d", n, rounds)
	}
}
