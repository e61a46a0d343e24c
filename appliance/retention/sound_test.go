package retention_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// recorded makes a meeting of a session whose recording ends now.
func (b *box) recorded(session appliance.SessionID, keep appliance.Keep, days int, sound string) appliance.ConversationID {
	b.t.Helper()
	id, err := b.CreateRecording(b.t.Context(), b.owner, store.Once{}, store.NewRecording{Session: session, Title: "M",
		Recording: appliance.Recording{Provider: appliance.ProvidedBrowser, Keep: keep, KeepDays: days}})
	b.must(err)
	take, _, err := b.BeginTake(b.t.Context(), id, 0, "device-a")
	b.must(err)
	b.must(b.AddPiece(b.t.Context(), store.TakePath{ID: id, Take: take}, 0, 0, []byte(sound)))
	b.must(b.CloseRecording(b.t.Context(), b.owner, id))
	return id
}

// sounds says of which meetings the sound is there.
func (b *box) sounds(list ...appliance.ConversationID) (there []bool) {
	b.t.Helper()
	for _, id := range list {
		r, err := b.Recording(b.t.Context(), id)
		b.must(err)
		is := r.ErasedAt.IsZero()
		if pieces := len(r.Takes[0].Pieces); (pieces == 1) != is {
			b.t.Errorf("the sound of %s counts as there: %v, with %d pieces", id, is, pieces)
		}
		there = append(there, is)
	}
	return there
}

func TestSoundGoesWhenItsTimeIsUpAndItsTextStays(t *testing.T) {
	b := newBox(t)
	b.must(b.SetRetention(t.Context(), b.owner, appliance.Retention{RecordingDays: 20}))
	session, _ := b.session(9)
	strict, _ := b.session(1)
	b.must(b.KeepSession(t.Context(), b.owner, strict, appliance.Retention{RecordingDays: 3}))
	kept := b.recorded(session, appliance.KeepWithText, 0, "ab")
	week := b.recorded(session, appliance.KeepForDays, 7, "cd")
	held := b.recorded(session, appliance.KeepForDays, 7, "ef")
	strictly := b.recorded(strict, appliance.KeepForDays, 7, "gh")
	heard := b.recorded(session, appliance.KeepUntilHeard, 0, "ij")
	partly := b.recorded(session, appliance.KeepUntilHeard, 0, "kl")
	_, err := b.PlaceHold(t.Context(), b.owner, store.Once{}, appliance.Hold{Kind: appliance.HoldConversation, Object: string(held), Reason: "R"})
	b.must(err)
	check := func(when string, want ...bool) {
		t.Helper()
		b.sweep()
		got := b.sounds(kept, week, held, strictly, heard, partly)
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%s: there are the sounds %v, want %v", when, got, want)
				return
			}
		}
	}
	check("at once", true, true, true, true, true, true)
	for id, state := range map[appliance.ConversationID]string{heard: "inaudible", partly: "missing"} {
		b.exec(`DELETE FROM transcripts WHERE conversation_id = '` + string(id) + `'`)
		b.exec(`INSERT INTO transcripts (conversation_id, version, state, language, words, created_at) VALUES ('` + string(id) + `', 1, 'done', '', '[]', 0)`)
		b.exec(`INSERT INTO segments (conversation_id, version, track, position, start_ms, end_ms, state) VALUES ('` + string(id) + `', 1, 0, 0, 0, 1, '` + state + `')`)
		b.exec(`UPDATE recordings SET version = 1 WHERE conversation_id = '` + string(id) + `'`)
	}
	check("when two are written down", true, true, true, true, false, true)
	b.clock.Advance(3*day - time.Hour)
	check("an hour before three days", true, true, true, true, false, true)
	b.clock.Advance(2 * time.Hour)
	check("an hour after three days", true, true, true, false, false, true)
	b.clock.Advance(4 * day)
	check("after a week", true, false, true, false, false, false)
	b.clock.Advance(13*day + time.Hour)
	check("after the twenty days of the box", false, false, true, false, false, false)
	if n := b.count(`SELECT count(*) FROM recordings`); n != 6 {
		t.Errorf("%d meetings are left, want all", n)
	}
	b.toldOfSound(map[appliance.ConversationID]appliance.ErasureRule{kept: appliance.RuleBox, week: appliance.RuleMeeting,
		strictly: appliance.RuleSession, heard: appliance.RuleTranscript, partly: appliance.RuleTranscript})
	b.must(b.Wipe(t.Context()))
	for _, r := range b.receipts() {
		if r.WipedAt.IsZero() {
			t.Errorf("the receipt %s does not say since when no file holds it", r.ID)
		}
	}
	if n := b.count(`SELECT count(*) FROM blob_garbage`); n != 0 {
		t.Errorf("%d sounds wait to be erased from the disk", n)
	}
}

// Whoever sets a period sees before what goes at once by it, and everybody what goes next: sound too.
func TestSoundThatGoesIsToldBefore(t *testing.T) {
	b := newBox(t)
	session, _ := b.session(9)
	strict, _ := b.session(1)
	b.must(b.KeepSession(t.Context(), b.owner, strict, appliance.Retention{RecordingDays: 3}))
	b.recorded(session, appliance.KeepWithText, 0, "ab")
	b.recorded(session, appliance.KeepForDays, 7, "cd")
	held := b.recorded(session, appliance.KeepForDays, 7, "ef")
	b.recorded(strict, appliance.KeepForDays, 7, "gh")
	_, err := b.PlaceHold(t.Context(), b.owner, store.Once{}, appliance.Hold{Kind: appliance.HoldConversation, Object: string(held), Reason: "R"})
	b.must(err)
	ended := b.clock.Now()
	due := func(of appliance.SessionID, n, days int, held bool) string {
		return fmt.Sprintf("%s: %d after %d days, held %t", of, n, days, held)
	}
	for _, c := range []struct {
		name       string
		box, ahead int // days
		want       []string
	}{
		{"nothing before its time", 20, 2, nil},
		{"what a session sets", 0, 3, []string{due(strict, 1, 3, false)}},
		{"what a meeting sets, and what is held", 0, 7, []string{due(strict, 1, 3, false), due(session, 1, 7, false), due(session, 1, 7, true)}},
		{"what the box would set", 1, 1, []string{due(strict, 1, 1, false), due(session, 2, 1, false), due(session, 1, 1, true)}},
	} {
		list, err := b.UpcomingSound(t.Context(), appliance.Retention{RecordingDays: c.box}, ended.Add(time.Duration(c.ahead)*day))
		b.must(err)
		var got []string
		for _, d := range list {
			got = append(got, due(d.SessionID, d.Recordings, int(d.At.Sub(ended)/day), d.Held))
		}
		slices.Sort(got)
		slices.Sort(c.want)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// toldOfSound checks the receipts of sound that went by itself: one of each meeting, with the rule, and a hash of what went.
func (b *box) toldOfSound(want map[appliance.ConversationID]appliance.ErasureRule) {
	b.t.Helper()
	got, hashes := map[appliance.ConversationID]appliance.ErasureRule{}, map[string]bool{}
	for _, r := range b.receipts() {
		if r.Kind != appliance.EraseSound || r.Actor != store.ByRetention.Actor || r.Counts != (appliance.ErasedCounts{Sounds: 1}) || r.DeletedAt.IsZero() {
			b.t.Errorf("receipt %+v", r)
		}
		got[appliance.ConversationID(r.Objects[0].ID)] = r.Rule
		hashes[string(r.SHA256)] = true
		there, err := b.StillThere(b.t.Context(), r.Objects)
		b.must(err)
		if len(there) > 0 {
			b.t.Errorf("of receipt %s there is still %+v", r.ID, there)
		}
	}
	if !maps.Equal(got, want) || len(hashes) != len(want) {
		b.t.Errorf("receipts tell of %v with %d hashes, want %v", got, len(hashes), want)
	}
}

// What is erased twice has one receipt, and a hold has none be written.
func TestSoundThatSomebodyErasesHasOneReceipt(t *testing.T) {
	b := newBox(t)
	session, _ := b.session(1)
	id := b.recorded(session, appliance.KeepWithText, 0, "ab")
	hold, err := b.PlaceHold(t.Context(), b.owner, store.Once{}, appliance.Hold{Kind: appliance.HoldConversation, Object: string(id), Reason: "R"})
	b.must(err)
	b.refused(b.EraseSound(t.Context(), b.owner, id, ""), appliance.CodeConflict)
	if n := len(b.receipts()); n != 0 {
		t.Errorf("%d receipts of what a hold has kept", n)
	}
	b.must(b.LiftHold(t.Context(), b.owner, hold.ID))
	for range 2 {
		b.must(b.EraseSound(t.Context(), b.owner, id, ""))
	}
	list := b.receipts()
	if len(list) != 1 || list[0].Kind != appliance.EraseSound || list[0].Actor != b.owner.Actor || list[0].Rule != "" {
		t.Errorf("receipts %+v", list)
	}
}

func TestARecordingThatNobodyHasEndedIsEnded(t *testing.T) {
	b := newBox(t)
	b.must(b.SetRetention(t.Context(), b.owner, appliance.Retention{}))
	session, _ := b.session(1)
	id, err := b.CreateRecording(t.Context(), b.owner, store.Once{}, store.NewRecording{Session: session, Title: "M",
		Recording: appliance.Recording{Provider: appliance.ProvidedBrowser, Keep: appliance.KeepWithText}})
	b.must(err)
	state := func() appliance.RecordingState {
		b.must(b.TendRecordings(t.Context()))
		r, err := b.Recording(t.Context(), id)
		b.must(err)
		return r.State
	}
	b.clock.Advance(30 * time.Hour)
	_, _, err = b.BeginTake(t.Context(), id, 0, "device-a")
	b.must(err)
	b.clock.Advance(35 * time.Hour)
	if s := state(); s != appliance.RecordingOpen {
		t.Errorf("35 hours after its last take it is %s", s)
	}
	b.clock.Advance(2 * time.Hour)
	if s := state(); s != appliance.RecordingClosed {
		t.Errorf("37 hours after its last take it is %s", s)
	}
}

// A file whose rest never comes is not waited for without end.
func TestAnUploadOfWhichNothingComesForAWeekIsEnded(t *testing.T) {
	b := newBox(t)
	session, _ := b.session(1)
	upload := func() appliance.ConversationID {
		id, err := b.CreateRecording(t.Context(), b.owner, store.Once{}, store.NewRecording{Session: session, Title: "M",
			Recording: appliance.Recording{Provider: appliance.ProvidedUpload, Keep: appliance.KeepWithText}})
		b.must(err)
		return id
	}
	file, nothing, pieces := upload(), upload(), upload()
	_, err := b.AppendUpload(t.Context(), file, 0, strings.NewReader("RIFF"), func() error { return nil })
	b.must(err)
	_, _, err = b.BeginTake(t.Context(), pieces, 0, "device-a")
	b.must(err)
	b.must(b.AddPiece(t.Context(), store.TakePath{ID: pieces}, 0, 0, make([]byte, 3200)))
	came := b.clock.Now()
	tend := func(want ...appliance.RecordingState) {
		t.Helper()
		path := filepath.Join(b.dir, "uploads", string(file))
		if want[0] == appliance.RecordingOpen {
			b.must(os.Chtimes(path, came, came))
		}
		b.must(b.TendRecordings(t.Context()))
		for i, id := range []appliance.ConversationID{file, nothing, pieces} {
			r, err := b.Recording(t.Context(), id)
			b.must(err)
			if r.State != want[i] {
				t.Errorf("upload %d is %s, want %s", i, r.State, want[i])
			}
		}
	}
	b.clock.Advance(6 * day)
	tend("open", "open", "open")
	came = b.clock.Now() // another part of the file comes
	b.clock.Advance(2 * day)
	tend("open", "failed", "closed")
	b.clock.Advance(6 * day)
	tend("failed", "failed", "closed")
	if n := b.UploadSize(file); n != 0 {
		t.Errorf("%d bytes of the file are left", n)
	}
}

// A transcript is not whole while sound is there that came too late for it: that sound stays a week, and not only until the transcript.
func TestSoundThatCameTooLateForItsTranscriptStaysAWeek(t *testing.T) {
	b := newBox(t)
	session, _ := b.session(1)
	list := []appliance.ConversationID{b.recorded(session, appliance.KeepUntilHeard, 0, "ab"), b.recorded(session, appliance.KeepUntilHeard, 0, "cd")}
	for late, id := range list {
		b.exec(`DELETE FROM transcripts WHERE conversation_id = '` + string(id) + `'`)
		b.exec(fmt.Sprintf(`INSERT INTO transcripts (conversation_id, version, state, language, words, created_at, late)
			VALUES ('%s', 1, 'done', '', '[]', 0, %d)`, id, late))
		b.exec(`UPDATE recordings SET version = 1 WHERE conversation_id = '` + string(id) + `'`)
	}
	b.sweep()
	if got := b.sounds(list...); !slices.Equal(got, []bool{false, true}) {
		t.Errorf("at once there are %v", got)
	}
	for range 2 { // a box that was off for longer asks first
		b.clock.Advance(4 * day)
		b.sweep()
	}
	if got := b.sounds(list...); !slices.Equal(got, []bool{false, false}) {
		t.Errorf("after a week there are %v", got)
	}
}

// What is being erased whole leaves no receipt that says that its text stays.
func TestSoundOfWhatIsBeingErasedHasNoReceiptOfItsOwn(t *testing.T) {
	b := newBox(t)
	session, _ := b.session(1)
	id := b.recorded(session, appliance.KeepForDays, 1, "ab")
	b.clock.Advance(48 * time.Hour)
	_, err := b.Begin(t.Context(), b.owner, appliance.EraseConversation, []appliance.Erased{{Kind: "conversation", ID: string(id)}})
	b.must(err)
	due, err := b.SoundDue(t.Context(), b.clock.Now())
	b.must(err)
	if len(due) != 0 {
		t.Errorf("its sound alone is due: %+v", due)
	}
}

// An erasure that was begun and killed, and that a hold stops since, keeps no later one.
func TestAnErasureThatAHoldStopsKeepsNoOther(t *testing.T) {
	b := newBox(t)
	session := b.round()
	ana := b.idsOf("ana")[0]
	meeting := b.recorded(session, appliance.KeepWithText, 0, "ab")
	b.exec(fmt.Sprintf(`INSERT INTO speakers (id, conversation_id, position, name, participant_id) VALUES ('spk_x', '%s', 0, 'Ana', '%s')`, meeting, ana))
	other, _ := b.session(1)
	later, err := b.Begin(t.Context(), b.owner, appliance.EraseSession, []appliance.Erased{{Kind: "session", ID: string(other)}})
	b.must(err)
	b.exec(fmt.Sprintf(`INSERT INTO receipts (id, kind, actor, objects, counts, began_at)
		SELECT 'rct_first', 'person', actor, json_array(json_object('kind', 'participant', 'id', '%s')), '{}', began_at - 1 FROM receipts`, ana))
	hold, err := b.PlaceHold(t.Context(), b.owner, store.Once{}, appliance.Hold{Kind: appliance.HoldConversation, Object: string(meeting), Reason: "R"})
	b.must(err)
	erased := func(want ...bool) {
		t.Helper()
		for i, id := range []appliance.ReceiptID{"rct_first", later.ID} {
			r, err := b.Receipt(t.Context(), id)
			b.must(err)
			if done := !r.DeletedAt.IsZero(); done != want[i] {
				t.Errorf("erasure %d is done: %v, want %v", i, done, want[i])
			}
		}
	}
	b.refused(b.Erase(t.Context(), appliance.Job{}, func(int, int) {}), appliance.CodeConflict)
	erased(false, true)
	b.must(b.LiftHold(t.Context(), b.owner, hold.ID))
	b.finish()
	erased(true, true)
}
