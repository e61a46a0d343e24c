package backup_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/backup"
	"harmonium/appliance/store"
)

// record makes a meeting with sound.
func (b *box) record(session appliance.SessionID, sound string) appliance.ConversationID {
	b.t.Helper()
	id, err := b.Store.CreateRecording(b.t.Context(), b.owner, store.Once{}, store.NewRecording{Session: session, Title: "M",
		Recording: appliance.Recording{Provider: appliance.ProvidedBrowser, Keep: appliance.KeepWithText}})
	if err == nil {
		_, _, err = b.Store.BeginTake(b.t.Context(), id, 0, "device-a")
	}
	if err == nil {
		err = b.Store.AddPiece(b.t.Context(), store.TakePath{ID: id}, 0, 0, []byte(sound))
	}
	if err != nil {
		b.t.Fatal(err)
	}
	return id
}

// heard gives the sound of a meeting.
func (b *box) heard(id appliance.ConversationID) string {
	b.t.Helper()
	r, err := b.Store.Recording(b.t.Context(), id)
	if err != nil || len(r.Takes) != 1 || len(r.Takes[0].Pieces) != 1 {
		return ""
	}
	raw, err := b.Store.Blob(r.Takes[0].Pieces[0].SHA256)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		b.t.Fatal(err)
	}
	return string(raw)
}

func TestRecordingsComeBackWithABackupButNotThoseThatWereErasedSince(t *testing.T) {
	b := newBox(t)
	session, _ := b.session("words")
	sounds := []string{strings.Repeat("kept sound ", 20), strings.Repeat("sound that goes alone ", 20), strings.Repeat("sound of a meeting that goes ", 20)}
	var list []appliance.ConversationID
	for _, s := range sounds {
		list = append(list, b.record(session, s))
	}
	file := b.make()
	if err := b.Store.EraseSound(t.Context(), b.owner, list[1]); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Store.EraseConversation(t.Context(), b.owner, list[2]); err != nil {
		t.Fatal(err)
	}
	if err := b.Store.Wipe(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := b.KeepJournal(t.Context()); err != nil {
		t.Fatal(err)
	}
	later := b.record(session, strings.Repeat("came after the backup ", 20))
	res, err := b.restore(file, backup.Restore{})
	if err != nil || res.Deleted == 0 {
		t.Fatalf("%+v, %v", res, err)
	}
	if got := b.heard(list[0]); got != sounds[0] {
		t.Errorf("the sound that was kept came back as %d bytes", len(got))
	}
	for _, gone := range sounds[1:] {
		if where := b.holds(gone); where != "" {
			t.Errorf("erased sound is in %s", where)
		}
	}
	r, err := b.Store.Recording(t.Context(), list[1])
	if err != nil || r.ErasedAt.IsZero() {
		t.Errorf("the sound that went alone counts as there: %v", err)
	}
	if _, err := b.Store.Recording(t.Context(), later); appliance.CodeOf(err) != appliance.CodeNotFound {
		t.Errorf("what came after the backup: %v", err)
	}
}
