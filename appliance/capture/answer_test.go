package capture_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/capture"
	"harmonium/appliance/capture/whispertest"
)

// voice is a box with a whisper-server that writes down answers.
func voice(t *testing.T) (*capture.Answers, *whispertest.Fake) {
	t.Helper()
	_, e := ears(t)
	fake := whisper(t, e)
	a := capture.NewAnswers(capture.AnswerOptions{Ears: e, Clock: appliance.SystemClock})
	t.Cleanup(a.Close)
	return a, fake
}

func recording(key string, s capture.Sound) capture.Recording {
	return capture.Recording{Conversation: "cnv_1", Key: key, File: s.WAV(), Language: "en"}
}

// A long answer is written down piece by piece; what nobody says in between is left out, and how far it is is told.
func TestALongAnswerIsWrittenDownInPieces(t *testing.T) {
	a, fake := voice(t)
	fake.Script(whispertest.Says("First.", "english"), whispertest.Fails(500), whispertest.Fails(500), whispertest.Says("Third.", "english"))
	var told []appliance.Hearing
	var mu sync.Mutex
	r := recording("k", append(spoken(21, 22, 5, 20), tone(30e9, 0)...))
	r.Told = func(h appliance.Hearing) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, h)
	}
	w, err := a.Write(t.Context(), r)
	if err != nil || w.Text != "First. […] Third." || w.Inaudible != 1 || w.By != capture.WhisperServer {
		t.Fatalf("%+v, %v", w, err)
	}
	mu.Lock()
	defer mu.Unlock()
	if last := told[len(told)-1]; last.Done != 2 || last.Of < 4 {
		t.Errorf("told last: %+v", last)
	}
}

// Whoever lost the network asks again with the same key, and finds the work going on.
func TestALostConnectionLosesNoWork(t *testing.T) {
	a, fake := voice(t)
	open := make(chan struct{})
	fake.Script(func(w http.ResponseWriter, r *http.Request) {
		<-open
		whispertest.Says("Here it is.", "english")(w, r)
	})
	ctx, lose := context.WithCancel(t.Context())
	lost := make(chan error, 1)
	go func() {
		_, err := a.Write(ctx, recording("k", spoken(2)))
		lost <- err
	}()
	wait(t, func() bool { return len(fake.Requests()) == 1 })
	lose()
	if err := <-lost; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	close(open)
	w, err := a.Write(t.Context(), recording("k", spoken(2)))
	if err != nil || w.Text != "Here it is." || len(fake.Requests()) != 1 {
		t.Errorf("%+v, %v after %d requests", w, err, len(fake.Requests()))
	}
}

// Another recording of the same conversation takes the place of the one before, and so does nothing when it is discarded.
func TestOneRecordingOfAConversationAtATime(t *testing.T) {
	a, fake := voice(t)
	for _, end := range []func() string{
		func() string {
			w, _ := a.Write(t.Context(), recording("second", spoken(2)))
			return w.Text
		},
		func() string { a.Forget("cnv_1"); return "Second." },
	} {
		gone := make(chan struct{})
		fake.Script(whispertest.Hangs(gone), whispertest.Says("Second.", "english"))
		before := len(fake.Requests())
		first := make(chan error, 1)
		go func() {
			_, err := a.Write(t.Context(), recording("first", spoken(2)))
			first <- err
		}()
		wait(t, func() bool { return len(fake.Requests()) == before+1 })
		if text := end(); text != "Second." {
			t.Errorf("heard %q", text)
		}
		<-gone
		if err := <-first; appliance.CodeOf(err) != appliance.CodeBusy {
			t.Errorf("the first one: %v", err)
		}
	}
}

// What failed is tried anew with the same key.
func TestWhatFailedIsTriedAnew(t *testing.T) {
	a, fake := voice(t)
	fake.Script(whispertest.Fails(503))
	if _, err := a.Write(t.Context(), recording("k", spoken(2))); appliance.CodeOf(err) != appliance.CodeBusy {
		t.Fatalf("got %v", err)
	}
	if w, err := a.Write(t.Context(), recording("k", spoken(2))); err != nil || w.Text != "Thank you." {
		t.Errorf("%+v, %v", w, err)
	}
}
