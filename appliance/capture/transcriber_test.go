package capture_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/capture"
	"harmonium/appliance/capture/whispertest"
	"harmonium/appliance/egress"
	"harmonium/appliance/inference"
	"harmonium/appliance/inference/ollamatest"
)

// heard is a box with a fake Ollama that holds models, of which those named "hears" take sound.
func ears(t testing.TB, models ...string) (*ollamatest.Fake, *capture.Ears) {
	t.Helper()
	fake := ollamatest.New(t)
	for _, name := range models {
		if strings.HasPrefix(name, "hears") {
			fake.AddHearingModel(name)
		} else {
			fake.AddModel(name)
		}
	}
	return fake, &capture.Ears{Models: fake.Gateway(nil)}
}

// whisper adds a fake whisper-server.
func whisper(t testing.TB, e *capture.Ears) *whispertest.Fake {
	t.Helper()
	fake := whispertest.New(t)
	e.Whisper = capture.NewWhisper(capture.WhisperOptions{Base: fake.URL, Client: egress.New(egress.Options{}).Client(), Gateway: e.Models})
	e.Whisper.Look(t.Context())
	return fake
}

func piece(seconds int) capture.Piece {
	return capture.Piece{Sound: spoken(seconds), Language: "de", Lane: inference.Host, Owner: "voice cnv_1"}
}

func TestAModelThatHearsIsSentTheSoundAsOllamaTakesIt(t *testing.T) {
	fake, e := ears(t, "gemma3:4b", "hears:e2b")
	fake.Script(ollamatest.Text("Die Übergabe dauert zu lange."))
	p := piece(3)
	p.Words = []string{"Übergabebuch"}
	u, err := capture.Write(t.Context(), e.Transcriber(nil), p)
	if err != nil || u.Text != "Die Übergabe dauert zu lange." || u.Inaudible || u.Maker.By != "hears:e2b" || u.Maker.PromptVersion == "" {
		t.Fatalf("%+v, %v", u, err)
	}
	chats := fake.Chats()
	if len(chats) != 1 || len(chats[0].Messages) != 1 || len(chats[0].Sounds) != 1 {
		t.Fatalf("%d chats", len(chats))
	}
	c := chats[0]
	sound, err := capture.ReadWAV(c.Sounds[0], time.Minute)
	if err != nil || !slices.Equal(sound, p.Sound) {
		t.Errorf("the sound that arrived is another one: %v", err)
	}
	if c.Model != "hears:e2b" || c.Think != false || c.Options.NumCtx != inference.Context || c.Options.NumPredict <= 0 ||
		c.Options.Temperature != 0 || *c.Truncate || *c.Shift || c.Format != nil {
		t.Errorf("it was asked in another way: %+v", c.Options)
	}
	if !strings.Contains(c.Last(), "German") || !strings.Contains(c.Last(), "Übergabebuch") {
		t.Errorf("it was told %q", c.Last())
	}
}

func TestAModelWithoutSoundIsNeverSentAny(t *testing.T) {
	fake, e := ears(t, "gemma3:4b")
	for _, choice := range []appliance.ModelChoice{nil, {appliance.ModelTranscriber: "gemma3:4b"}} {
		tr := e.Transcriber(choice)
		if tr.By() != "" {
			t.Errorf("%s transcribes", tr.By())
		}
		if _, err := capture.Write(t.Context(), tr, piece(1)); !errors.Is(err, capture.ErrAway) {
			t.Errorf("got %v", err)
		}
	}
	if n := len(fake.Chats()); n != 0 {
		t.Errorf("%d chats", n)
	}
}

func TestWhisperIsSentAFormAsItsServerTakesIt(t *testing.T) {
	_, e := ears(t)
	fake := whisper(t, e)
	fake.Script(whispertest.Says("Die Übergabe\ndauert zu lange. [BLANK_AUDIO]", "german"))
	p := piece(2)
	p.Words = []string{"Übergabebuch", "Station 4"}
	u, err := capture.Write(t.Context(), e.Transcriber(nil), p)
	if err != nil || u.Text != "Die Übergabe dauert zu lange." || u.Maker.By != capture.WhisperServer {
		t.Fatalf("%+v, %v", u, err)
	}
	r := fake.Requests()[0]
	for field, want := range map[string]string{"response_format": "verbose_json", "temperature": "0.0", "language": "de",
		"prompt": "Übergabebuch, Station 4", "split_on_word": "true"} {
		if r.Fields[field] != want {
			t.Errorf("%s is %q, want %q", field, r.Fields[field], want)
		}
	}
	if sound, err := capture.ReadWAV(r.File, time.Minute); err != nil || !slices.Equal(sound, p.Sound) {
		t.Errorf("the sound that arrived is another one: %v", err)
	}
}

// The server breaks what it says into segments of some characters, within words too, when it is not told otherwise.
func TestNoWordOfWhisperIsBroken(t *testing.T) {
	_, e := ears(t)
	fake := whisper(t, e)
	const said = "Die Übergabe dauert zu lange, weil das Übergabebuch immer wieder woanders liegt."
	broken := func(w http.ResponseWriter, r *http.Request) {
		r.Form.Set("max_len", "60") // of a server that does not listen
		r.Form.Set("split_on_word", "false")
		says(said)(w, r)
	}
	for name, script := range map[string]whispertest.Script{"asked": says(said), "not listening": broken} {
		fake.Script(script)
		if u, err := capture.Write(t.Context(), e.Transcriber(nil), piece(10)); err != nil || u.Text != said {
			t.Errorf("%s: %q, %v", name, u.Text, err)
		}
	}
}

// What the server says of times makes turns of a piece, within it, in order and without overlap; times that make no sense
// cost only the times.
func TestTimesOfWhisperMakeTurns(t *testing.T) {
	_, e := ears(t)
	fake := whisper(t, e)
	type said struct {
		Text       string
		Start, End float64
	}
	for _, c := range []struct {
		name string
		said []said
		want string
	}{
		{"a sentence ends", []said{{" Guten Morgen zusammen.", 0.5, 6}, {" Die Nacht", 6.2, 8}, {" war ruhig.", 8, 12}},
			"500-6000 Guten Morgen zusammen.|6200-12000 Die Nacht war ruhig."},
		{"short sentences stay together", []said{{" Ja.", 1, 2}, {" Gut.", 2, 3}}, "1000-3000 Ja. Gut."},
		{"a pause", []said{{" und dann", 1, 2}, {" nichts", 4, 5}}, "1000-2000 und dann|4000-5000 nichts"},
		{"silence that has a mark", []said{{" und dann", 1, 2}, {" [BLANK_AUDIO]", 2, 4}, {" nichts", 4, 5}}, "1000-2000 und dann|4000-5000 nichts"},
		{"a pause within a word", []said{{" Überga", 1, 2}, {"bebuch", 4, 5}}, "1000-5000 Übergabebuch"},
		{"overlap", []said{{" Eins.", 0, 9}, {" Zwei.", 7, 12}}, "0-7000 Eins.|7000-12000 Zwei."},
		{"beyond the piece", []said{{" Eins.", 0, 9}, {" Zwei.", 12, 99}}, "0-9000 Eins.|12000-20500 Zwei."},
		{"begins beyond the piece", []said{{" Eins.", 0, 9}, {" Zwei.", 31, 33}}, "0-9000 Eins.|9000-20500 Zwei."},
		{"backwards", []said{{" Eins.", 1, 7}, {" Zwei.", 15, 14}, {" Drei.", 17, 18}}, "1000-7000 Eins.|7000-17000 Zwei.|17000-18000 Drei."},
		{"one far ahead of its followers", []said{{" Eins", 18, 19}, {" zwei", 2, 3}, {" drei", 3, 4}}, "0-4000 Eins zwei drei"},
		{"before the piece", []said{{" Eins.", -3, -2}}, ""},
	} {
		var answer []whispertest.Said
		for _, s := range c.said {
			answer = append(answer, whispertest.Said(s))
		}
		fake.Script(whispertest.Times("german", answer...))
		u, err := capture.Write(t.Context(), e.Transcriber(nil), piece(20))
		if err != nil || u.Inaudible {
			t.Errorf("%s: %+v, %v", c.name, u, err)
		}
		var got []string
		for i, p := range u.Parts {
			end := len(u.Text)
			if i+1 < len(u.Parts) {
				end = u.Parts[i+1].At
			}
			got = append(got, fmt.Sprintf("%d-%d %s", p.StartMS, p.EndMS, strings.TrimSpace(u.Text[p.At:end])))
		}
		if text := strings.Join(got, "|"); text != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, text, c.want)
		}
	}
}

// Without times, or with some that are no numbers, the words are there as they are.
func TestWordsOfWhisperAreThereWithoutTheirTimes(t *testing.T) {
	_, e := ears(t)
	fake := whisper(t, e)
	for _, answer := range []string{
		`{"text": " Gut.\n", "language": "german"}`,
		`{"text": " Gut.\n", "segments": null}`,
		`{"text": " Gut.\n", "segments": [{"text": " Gut.", "start": "0:01", "end": "0:02"}]}`,
		`{"text": " Gut.\n", "segments": [{"text": " Gut."}]}`,
		`{"text": " Gut.\n", "segments": [{"text": " Etwas anderes.", "start": 0, "end": 1}]}`,
		`{"text": " Gut.\n", "segments": [{"text": " Gut.", "start": 1e300, "end": 1e301}]}`,
	} {
		fake.Script(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, answer) })
		if u, err := capture.Write(t.Context(), e.Transcriber(nil), piece(2)); err != nil || u.Text != "Gut." || u.Parts != nil {
			t.Errorf("%s: %+v, %v", answer, u, err)
		}
	}
}

func TestHowTheWhisperServerIs(t *testing.T) {
	_, e := ears(t)
	fake := whisper(t, e)
	for _, c := range []struct {
		status int
		want   capture.WhisperState
	}{
		{http.StatusOK, capture.WhisperReady}, {http.StatusServiceUnavailable, capture.WhisperLoading},
		{http.StatusNotFound, capture.WhisperReady}, // from before there was /health
	} {
		fake.Health(c.status)
		if got := e.Whisper.Look(t.Context()); got != c.want || e.Whisper.State() != c.want {
			t.Errorf("%d: %s, want %s", c.status, got, c.want)
		}
	}
	fake.Stop()
	if got := e.Whisper.Look(t.Context()); got != capture.WhisperAbsent || e.Transcriber(nil).By() != "" {
		t.Errorf("after its end it is %s, and %q transcribes", got, e.Transcriber(nil).By())
	}
	var none *capture.Whisper
	if none.State() != capture.WhisperOff {
		t.Errorf("without one it is %s", none.State())
	}
}

func TestWhoTranscribes(t *testing.T) {
	_, both := ears(t, "gemma3:4b", "hears:e2b", "hears:e4b")
	whisper(t, both)
	_, alone := ears(t, "gemma3:4b")
	whisper(t, alone)
	chosen := func(name string) appliance.ModelChoice {
		return appliance.ModelChoice{appliance.ModelTranscriber: name}
	}
	for _, c := range []struct {
		name   string
		ears   *capture.Ears
		choice appliance.ModelChoice
		want   string
	}{
		{"nothing there", nil, nil, ""},
		{"a model that hears goes before whisper", both, nil, "hears:e2b"},
		{"the chosen model", both, chosen("hears:e4b"), "hears:e4b"},
		{"the chosen whisper", both, chosen(capture.WhisperServer), capture.WhisperServer},
		{"whisper where no model hears", alone, nil, capture.WhisperServer},
		{"a choice that is away is not replaced", alone, chosen("hears:e4b"), ""},
	} {
		if got := c.ears.Transcriber(c.choice).By(); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// What is implausible is asked for once more, in another way, and is inaudible when that is no better.
func TestWhatIsImplausibleTwiceIsInaudible(t *testing.T) {
	_, e := ears(t)
	fake := whisper(t, e)
	loop := whispertest.Says(strings.Repeat("Thank you. ", 12), "english")
	for _, c := range []struct {
		name      string
		script    []whispertest.Script
		text      string
		inaudible bool
	}{
		{"a loop, then words", []whispertest.Script{loop, whispertest.Says("Es war laut.", "german")}, "Es war laut.", false},
		{"a loop twice", []whispertest.Script{loop, loop}, "", true},
		{"other letters twice", []whispertest.Script{whispertest.Says("Дякую за перегляд", "german"), whispertest.Says("Дякую за перегляд", "german")}, "", true},
		{"another language, recognised", []whispertest.Script{whispertest.Says("Це було голосно", "german"), whispertest.Says("Це було голосно", "ukrainian")}, "Це було голосно", false},
		{"much too much", []whispertest.Script{whispertest.Says(strings.Repeat("Wer soll das alles sagen können in der kurzen Zeit? ", 2)+"Niemand sagt so viel in einer Sekunde.", "german"), whispertest.Says("", "german")}, "", false},
		{"sound that it cannot work on", []whispertest.Script{whispertest.Fails(500), whispertest.Fails(400)}, "", true},
		{"no JSON, then words", []whispertest.Script{whispertest.Garbage(), whispertest.Says("Gut.", "german")}, "Gut.", false},
	} {
		before := len(fake.Requests())
		fake.Script(c.script...)
		u, err := capture.Write(t.Context(), e.Transcriber(nil), piece(1))
		if err != nil || u.Text != c.text || u.Inaudible != c.inaudible {
			t.Errorf("%s: %+v, %v", c.name, u, err)
		}
		asked := fake.Requests()[before:]
		if len(asked) != len(c.script) {
			t.Errorf("%s: asked %d times, want %d", c.name, len(asked), len(c.script))
		} else if again := asked[len(asked)-1].Fields; len(asked) == 2 && (again["language"] != "auto" || again["temperature"] == "0.0") {
			t.Errorf("%s: asked the second time as the first: %v", c.name, again)
		}
	}
}

func TestAModelThatDoesNotEndIsAskedOnceMore(t *testing.T) {
	fake, e := ears(t, "hears:e2b")
	fake.Script(ollamatest.CutOff("Ja ja"), ollamatest.Text("—"))
	u, err := capture.Write(t.Context(), e.Transcriber(nil), piece(2))
	if err != nil || u.Text != "" || u.Inaudible {
		t.Errorf("%+v, %v", u, err)
	}
	if c := fake.Chats(); len(c) != 2 || c[1].Options.Temperature == 0 {
		t.Errorf("asked %d times", len(c))
	}
}

// A transcriber that goes away is no reason to take words for inaudible.
func TestATranscriberThatGoesAwayIsNamed(t *testing.T) {
	t.Run("whisper", func(t *testing.T) {
		_, e := ears(t)
		fake := whisper(t, e)
		tr := e.Transcriber(nil)
		fake.Stop()
		if _, err := capture.Write(t.Context(), tr, piece(1)); !errors.Is(err, capture.ErrAway) || strings.Contains(err.Error(), "127.0.0.1") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("model", func(t *testing.T) {
		fake, e := ears(t, "hears:e2b")
		fake.Script(ollamatest.Die("Die "))
		if _, err := capture.Write(t.Context(), e.Transcriber(nil), piece(1)); !errors.Is(err, capture.ErrAway) {
			t.Errorf("got %v", err)
		}
		if m, err := e.Models.Model(appliance.ModelFacilitator, nil); err != nil {
			t.Errorf("a recording has kept %s from conversations: %v", m.Name, err)
		}
	})
}

// Whisper gives up its slot to a conversation, and begins anew afterwards.
func TestConversationsGoBeforeWhisper(t *testing.T) {
	ollama, e := ears(t, "gemma3:4b")
	fake := whisper(t, e)
	gone := make(chan struct{})
	fake.Script(whispertest.Hangs(gone), whispertest.Says("Gut.", "german"))
	written := make(chan capture.Utterance, 1)
	p := piece(1)
	p.Lane = inference.Background
	go func() {
		u, _ := capture.Write(t.Context(), e.Transcriber(nil), p)
		written <- u
	}()
	wait(t, func() bool { return len(fake.Requests()) == 1 })
	_, err := e.Models.Chat(t.Context(), inference.Request{Role: appliance.ModelFacilitator, Lane: inference.Interactive, Owner: "cnv_2",
		MaxTokens: 20, Messages: []inference.Message{{Role: "user", Content: "Ask."}}}, nil)
	if err != nil || len(ollama.Chats()) != 1 {
		t.Errorf("the conversation got nothing: %v", err)
	}
	<-gone
	if u := <-written; u.Text != "Gut." || len(fake.Requests()) != 2 {
		t.Errorf("%+v after %d requests", u, len(fake.Requests()))
	}
}

// wait waits until something is so.
func wait(t *testing.T, so func() bool) {
	t.Helper()
	late := time.After(time.Minute)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !so() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatal("waited in vain for a minute")
		}
	}
}
