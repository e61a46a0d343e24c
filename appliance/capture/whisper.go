package capture

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"strings"
	"sync"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/inference"
)

// WhisperServer is the name of the whisper-server of the box where a name of a model may stand.
const WhisperServer = "whisper-server"

// WhisperState is how the whisper-server is.
type WhisperState string

// The states of a whisper-server.
const (
	WhisperOff     WhisperState = "off"     // none is set
	WhisperAbsent  WhisperState = "absent"  // it does not answer
	WhisperLoading WhisperState = "loading" // it loads its model
	WhisperReady   WhisperState = "ready"
)

// Times of a whisper-server. It answers when a piece is done as a whole, so that a large model on a slow machine is
// silent for minutes.
const (
	whisperLook  = 5 * time.Second  // between two looks at it
	whisperReply = 2 * time.Second  // until it says how it is
	whisperPiece = 10 * time.Minute // until it has written down one piece
)

// maxAnswer bounds what is read of its answer, in bytes: half a minute of speech, each word with times.
const maxAnswer = 4 << 20

// Whisper is the whisper-server of whisper.cpp, by its own interface: GET /health, and POST /inference with a form. It
// works on one request at a time. It needs Run to know how it is. A nil *Whisper is one that is off.
type Whisper struct {
	base    string
	client  *http.Client
	gateway *inference.Gateway
	log     *slog.Logger
	look    chan struct{}

	mu    sync.Mutex
	state WhisperState
}

// WhisperOptions is what a Whisper is made of.
type WhisperOptions struct {
	Base    string             // its address, "" for none
	Client  *http.Client       // of a guarded dialer
	Gateway *inference.Gateway // whose queue it waits in: both take the same processor
	Log     *slog.Logger
}

// NewWhisper makes a client; nil without an address.
func NewWhisper(o WhisperOptions) *Whisper {
	if o.Base == "" {
		return nil
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Whisper{base: strings.TrimSuffix(o.Base, "/"), client: o.Client, gateway: o.Gateway, log: o.Log,
		look: make(chan struct{}, 1), state: WhisperAbsent}
}

// State says how it was when it was looked at last.
func (w *Whisper) State() WhisperState {
	if w == nil {
		return WhisperOff
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.state
}

// Run watches it until ctx ends.
func (w *Whisper) Run(ctx context.Context) {
	if w == nil {
		return
	}
	tick := time.NewTicker(whisperLook)
	defer tick.Stop()
	for {
		w.Look(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-w.look:
		}
	}
}

// Look asks it how it is. A server from before there was /health (whisper.cpp 1.7) is there when it answers at all.
func (w *Whisper) Look(ctx context.Context) WhisperState {
	ctx, cancel := context.WithTimeout(ctx, whisperReply)
	defer cancel()
	state := WhisperAbsent
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, w.base+"/health", nil)
	if err == nil {
		var response *http.Response
		if response, err = w.client.Do(request); err == nil {
			response.Body.Close()
			state = WhisperReady
			if response.StatusCode == http.StatusServiceUnavailable {
				state = WhisperLoading
			}
		}
	}
	if errors.Is(err, context.Canceled) {
		return w.State()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.state != state {
		w.log.Info("whisper-server", "state", string(state))
	}
	w.state = state
	return state
}

// By is WhisperServer.
func (w *Whisper) By() string { return WhisperServer }

// Hear sends the piece when its turn has come.
func (w *Whisper) Hear(ctx context.Context, p Piece) (h Heard, err error) {
	form, contentType := w.form(p)
	work := inference.Work{Lane: p.Lane, Owner: p.Owner, Waiting: p.Waiting}
	err = w.gateway.Beside(ctx, work, func(ctx context.Context) error {
		h, err = w.ask(ctx, form, contentType, p.Sound.Duration())
		return err
	})
	switch {
	case err == nil || ctx.Err() != nil:
		return h, err
	case errors.Is(err, ErrUnclear):
		return Heard{}, err
	}
	select {
	case w.look <- struct{}{}:
	default:
	}
	return Heard{}, fmt.Errorf("%w: %w", ErrAway, err)
}

// form is what is sent. The second time the language is left to the server: perhaps another one was spoken.
func (w *Whisper) form(p Piece) (body []byte, contentType string) {
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	temperature, language := "0.0", whisperLanguage(p.Language)
	if p.Again {
		temperature, language = "0.4", "auto"
	}
	fields := [][2]string{{"response_format", "verbose_json"}, {"temperature", temperature}, {"temperature_inc", "0.2"},
		{"no_language_probabilities", "true"}, {"language", language},
		// Without these it breaks what it says after 60 characters, within words too.
		{"max_len", "1000"}, {"split_on_word", "true"}}
	if len(p.Words) > 0 {
		fields = append(fields, [2]string{"prompt", strings.Join(p.Words, ", ")})
	}
	for _, f := range fields {
		form.WriteField(f[0], f[1])
	}
	file, _ := form.CreateFormFile("file", "piece.wav") // writing to memory does not fail
	file.Write(p.Sound.WAV())
	form.Close()
	return b.Bytes(), form.FormDataContentType()
}

// whisperLanguage is the code under which whisper knows a language.
func whisperLanguage(l appliance.Language) string {
	if l == "nb" {
		return "no"
	}
	return string(l)
}

// ask sends one request and reads its answer. Its own words in a refusal may be what was said, so they are not kept.
func (w *Whisper) ask(ctx context.Context, form []byte, contentType string, played time.Duration) (Heard, error) {
	ctx, cancel := context.WithTimeout(ctx, whisperPiece)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, w.base+"/inference", bytes.NewReader(form))
	if err != nil {
		return Heard{}, err
	}
	request.Header.Set("Content-Type", contentType)
	response, err := w.client.Do(request)
	if err != nil {
		return Heard{}, errors.New("no connection to the whisper-server")
	}
	defer response.Body.Close()
	switch {
	case response.StatusCode == http.StatusBadRequest || response.StatusCode == http.StatusInternalServerError:
		return Heard{}, fmt.Errorf("%w: status %d from the whisper-server", ErrUnclear, response.StatusCode)
	case response.StatusCode != http.StatusOK:
		return Heard{}, fmt.Errorf("status %d from the whisper-server", response.StatusCode)
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return Heard{}, errors.New("the answer of the whisper-server broke off")
	}
	return readWhisper(text, played)
}

// readWhisper reads an answer in the form verbose_json. Times that make no sense cost only the times.
func readWhisper(text []byte, played time.Duration) (Heard, error) {
	var answer struct {
		Text     *string         `json:"text"`
		Language string          `json:"language"` // in English, in small letters
		Segments json.RawMessage `json:"segments"`
	}
	if json.Unmarshal(text, &answer) != nil || answer.Text == nil {
		return Heard{}, fmt.Errorf("%w: the answer of the whisper-server is not what was asked for", ErrUnclear)
	}
	h := Heard{Text: tidy(*answer.Text), Language: named(answer.Language), Maker: appliance.Maker{By: WhisperServer}}
	var list []struct {
		Text       string   `json:"text"`
		Start, End *float64 // s within the piece
	}
	if json.Unmarshal(answer.Segments, &list) != nil {
		return h, nil
	}
	said := make([]timed, len(list))
	for i, s := range list {
		if said[i].text = s.Text; s.Start != nil && s.End != nil {
			said[i].start, said[i].end, said[i].told = inside(*s.Start, played), inside(*s.End, played), *s.Start >= 0 && *s.End >= *s.Start
		}
	}
	if whole, parts := partsOf(said, played); sameLetters(whole, h.Text) {
		h.Text, h.Parts = whole, parts
	}
	return h, nil
}

// inside gives a moment of a piece in milliseconds; its end for a later one.
func inside(seconds float64, played time.Duration) int64 {
	return int64(min(seconds*1000, float64(played.Milliseconds())))
}
