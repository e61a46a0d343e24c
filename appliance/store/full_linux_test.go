package store_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// small puts a disk of 64 kB at a directory of a box, and gives what makes it larger.
func small(t *testing.T, dir string) (enlarge func()) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("none", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Skip("NOT CHECKED: a disk that is really full, since this machine lets nobody mount: ", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	return func() {
		if err := syscall.Mount("none", dir, "tmpfs", syscall.MS_REMOUNT, "size=4m"); err != nil {
			t.Fatal(err)
		}
	}
}

// A disk that is really full in the middle of a piece: it is said in words, nothing half stays, what was there plays on, and with room
// the same piece is taken.
func TestAPieceThatDoesNotFitOnTheDiskLeavesNothingBehind(t *testing.T) {
	d := newDesk(t)
	at := recorder(t, d)
	enlarge := small(t, filepath.Join(d.Dir(), "blobs"))
	kept, large := []byte(strings.Repeat("ab", 4000)), []byte(strings.Repeat("cd", 100_000))
	if err := d.AddPiece(t.Context(), at, 0, 0, kept); err != nil {
		t.Fatal(err)
	}
	err := d.AddPiece(t.Context(), at, 1, 4000, large)
	wantCode(t, err, appliance.CodeStorage)
	wantMessage(t, err, "disk of the box is full", "stays on your device")
	if n := blobFiles(t, d); n != 1 {
		t.Errorf("%d files, want that of the first piece alone", n)
	}
	enlarge()
	if err := d.AddPiece(t.Context(), at, 1, 4000, large); err != nil {
		t.Fatal(err)
	}
	r, err := d.Recording(t.Context(), at.ID)
	if err != nil || len(r.Takes[0].Pieces) != 2 || len(r.Gaps()) != 0 {
		t.Errorf("%+v, %v", r.Takes, err)
	}
}

// A disk that is really full in the middle of a file: what has come of it stays, and with room it goes on from there.
func TestAFileThatDoesNotFitOnTheDiskGoesOnWhenThereIsRoom(t *testing.T) {
	d := newDesk(t)
	s := d.create(d.owner, draftSession("Meeting"))
	id, err := d.CreateRecording(t.Context(), d.owner, store.Once{}, store.NewRecording{Session: s.ID, Title: "M",
		Recording: appliance.Recording{Provider: appliance.ProvidedUpload, Keep: appliance.KeepWithText}})
	if err != nil {
		t.Fatal(err)
	}
	enlarge := small(t, filepath.Join(d.Dir(), "uploads"))
	file := strings.Repeat("0123456789abcdef", 20_000)
	may := func() error { return nil }
	there, err := d.AppendUpload(t.Context(), id, 0, strings.NewReader(file), may)
	wantCode(t, err, appliance.CodeStorage)
	wantMessage(t, err, "disk of the box is full", "is kept")
	if there != d.UploadSize(id) || there >= int64(len(file)) {
		t.Errorf("%d bytes are told, %d are there", there, d.UploadSize(id))
	}
	enlarge()
	if there, err = d.AppendUpload(t.Context(), id, there, strings.NewReader(file[there:]), may); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(filepath.Join(d.Dir(), "uploads", string(id))); err != nil || string(got) != file {
		t.Errorf("%d bytes, or others: %v", there, err)
	}
}
