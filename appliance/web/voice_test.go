package web_test

import (
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/capture"
	"harmonium/appliance/capture/whispertest"
	"harmonium/appliance/egress"
	"harmonium/appliance/inference"
	"harmonium/appliance/inference/ollamatest"
	"harmonium/appliance/web"
)

// whisperEars hear by a scripted whisper-server, and know no model.
func whisperEars(t *testing.T) (*capture.Ears, *whispertest.Fake) {
	t.Helper()
	fake := whispertest.New(t)
	client := egress.New(egress.Options{}).Client()
	models := inference.New(inference.Options{Client: client, Clock: appliance.SystemClock})
	whisper := capture.NewWhisper(capture.WhisperOptions{Base: fake.URL, Client: client, Gateway: models})
	whisper.Look(t.Context())
	return &capture.Ears{Models: models, Whisper: whisper}, fake
}

// hearing is a desk with a whisper-server, without models.
func hearing(t *testing.T) (*desk, *whispertest.Fake) {
	t.Helper()
	ears, fake := whisperEars(t)
	answers := capture.NewAnswers(capture.AnswerOptions{Ears: ears, Clock: appliance.SystemClock})
	t.Cleanup(answers.Close)
	return newDesk(t, func(d *web.Deps) { d.Models, d.Voice = ears.Models, answers }), fake
}

// voiced is a recording of so many seconds in which somebody speaks.
func voiced(seconds int, loudness float64) []byte {
	s := make(capture.Sound, seconds*capture.Rate)
	for i := range s {
		s[i] = int16(loudness * 32000 * math.Sin(float64(i)/10))
	}
	return s.WAV()
}

// speak sends a recording of a participant.
func (d *desk) speak(who, key string, file []byte) *httptest.ResponseRecorder {
	return d.send(who, http.MethodPost, "/api/v1/conversation/voice?key="+key, string(file), "Content-Type", "application/octet-stream")
}

func TestAnAnswerIsSpokenReadAndSent(t *testing.T) {
	d, fake := hearing(t)
	fake.Rule(whispertest.Says("The board is not read.", "english"))
	s := d.open()
	var w web.Welcome
	d.get("", "GET", "/api/v1/join/"+string(s.ID), nil, 200, &w)
	if !strings.Contains(w.ConsentText, "the sound is not kept") {
		t.Error("the consent text does not say what becomes of the sound")
	}
	d.joinAs("ada", s, "")
	if c := d.await("ada"); !c.Voice {
		t.Error("nobody is told that answers can be spoken")
	}
	if got := d.speak("ada", "k1", voiced(2, 0.3)); got.Code != 200 || !strings.Contains(got.Body.String(), `"The board is not read."`) ||
		!strings.Contains(got.Body.String(), `"whisper-server"`) {
		t.Fatalf("%d %s", got.Code, got.Body)
	}
	if c := d.await("ada"); len(c.Turns) != 1 {
		t.Fatalf("%d turns before anything was sent", len(c.Turns))
	}
	d.get("ada", "POST", "/api/v1/conversation/turns", `{"content":"The board is not read. Never.","spoken":true,"key":"t1"}`, 201, &web.Turn{})
	d.say("ada", "Typed.")
	c := d.await("ada")
	spoken := map[string]bool{}
	for _, turn := range c.Turns {
		spoken[turn.Content] = turn.Spoken
	}
	if !spoken["The board is not read. Never."] || spoken["Typed."] {
		t.Errorf("said aloud: %v", spoken)
	}

	// The same recording once more is not worked on a second time; another one is.
	d.speak("ada", "k1", voiced(2, 0.3))
	if n := len(fake.Requests()); n != 1 {
		t.Errorf("%d requests for one recording", n)
	}
	d.speak("ada", "k2", voiced(2, 0.3))
	if n := len(fake.Requests()); n != 2 {
		t.Errorf("%d requests for two recordings", n)
	}
}

func TestRecordingsThatGiveNoWordsAreRefusedInWords(t *testing.T) {
	d, fake := hearing(t)
	d.joinAs("ada", d.open(), "")
	d.await("ada")
	for _, c := range []struct {
		name   string
		file   []byte
		script []whispertest.Script
		status int
		want   string
	}{
		{"silence", voiced(2, 0), nil, 422, "Nothing can be heard"},
		{"no sound file", []byte("ID3 something else"), nil, 422, "no WAV file"},
		{"more than it can be", voiced(190, 0.3), nil, 413, "larger"},
		{"nothing understood", voiced(2, 0.3), []whispertest.Script{whispertest.Fails(500), whispertest.Fails(500)}, 422, "could not be understood"},
		{"nobody spoke", voiced(2, 0.3), []whispertest.Script{whispertest.Says("[BLANK_AUDIO]", "english")}, 422, "could not be understood"},
	} {
		fake.Script(c.script...)
		if got := d.speak("ada", "k", c.file); got.Code != c.status || !strings.Contains(got.Body.String(), c.want) {
			t.Errorf("%s: %d %s", c.name, got.Code, got.Body)
		}
	}
	fake.Stop()
	got := d.speak("ada", "k3", voiced(2, 0.3))
	if got.Code != 503 || got.Header().Get("Retry-After") == "" || !strings.Contains(got.Body.String(), "kept on your device") {
		t.Errorf("without its server: %d %s", got.Code, got.Body)
	}
	for name, c := range map[string]struct{ who, path string }{
		"a stranger": {"", "/api/v1/conversation/voice?key=k"}, "no key": {"ada", "/api/v1/conversation/voice"}} {
		if got := d.send(c.who, http.MethodPost, c.path, string(voiced(1, 0.3)), "Content-Type", "application/octet-stream"); got.Code < 400 || got.Code > 401 {
			t.Errorf("%s: %d", name, got.Code)
		}
	}
}

func TestABoxThatHearsNothingOffersNothing(t *testing.T) {
	d := newDesk(t)
	s := d.open()
	var w web.Welcome
	d.get("", "GET", "/api/v1/join/"+string(s.ID), nil, 200, &w)
	d.joinAs("ada", s, "")
	if c := d.await("ada"); c.Voice || strings.Contains(w.ConsentText, "sound") {
		t.Error("answers are said to be spoken")
	}
	if got := d.speak("ada", "k", voiced(1, 0.3)); got.Code != 503 {
		t.Errorf("%d %s", got.Code, got.Body)
	}
}

// Only what hears can be chosen to transcribe, and the whisper-server under its name.
func TestWhoTranscribesIsChosen(t *testing.T) {
	fake := ollamatest.New(t, "gemma3:4b")
	fake.AddHearingModel("gemma4:e2b")
	d := modelDesk(t, fake)
	var m web.Models
	d.get("ada", "GET", "/api/v1/models", nil, 200, &m)
	for _, work := range m.Work {
		if want := "gemma4:e2b"; work.Role == appliance.ModelTranscriber && work.Model != want {
			t.Errorf("%q transcribes, want %q", work.Model, want)
		}
	}
	for body, status := range map[string]int{`{"transcriber":"gemma4:e2b"}`: 200, `{"transcriber":"gemma3:4b"}`: 400, `{"transcriber":"whisper-server"}`: 400} {
		if got := d.send("olga", http.MethodPut, "/api/v1/models/choice", body); got.Code != status {
			t.Errorf("%s: %d %s", body, got.Code, got.Body)
		}
	}
	if m.Whisper != capture.WhisperOff {
		t.Errorf("the whisper-server is %s", m.Whisper)
	}
}

// The microphone is for the pages of the two apps only.
func TestOnlyPagesOfTheAppsMayHear(t *testing.T) {
	d := newDesk(t)
	for path, want := range map[string]string{"/chat": "microphone=(self)", "/join": "microphone=(self)", "/": "microphone=(self)", "/meetings/new": "microphone=(self)", "/help/en/host": "microphone=()", "/api/v1/setup": "microphone=()"} {
		if got := d.send("", "GET", path, nil).Header().Get("Permissions-Policy"); !strings.Contains(got, want) {
			t.Errorf("%s: %s", path, got)
		}
	}
}
