package capture

import (
	"context"
	"errors"
	"regexp"
	"strings"

	"harmonium/appliance"
	"harmonium/appliance/inference"
)

// Piece is what a Transcriber is given: at most MaxPiece of sound, and what helps to understand it.
type Piece struct {
	Sound    Sound
	Language appliance.Language // that is expected
	Words    []string           // names and terms that may come up
	// Again says that the first try gave nothing usable: the transcriber may try otherwise.
	Again bool

	Lane    inference.Lane // who waits for it
	Owner   string         // for whom it is: see inference.Request
	Waiting func(inference.Place)
}

// Heard is what a Transcriber made of a piece.
type Heard struct {
	Text     string             // tidy; "" where nobody spoke
	Parts    []appliance.Part   // of the text, within the piece; none when the transcriber does not tell
	Language appliance.Language // that was recognised; "" when the transcriber does not tell
	Maker    appliance.Maker
}

// Transcriber writes down speech. It has three implementations: a model of Ollama that hears, a whisper-server, and None.
type Transcriber interface {
	// By names it, for people and for what it has made: the name of a model, or WhisperServer; "" for None.
	By() string
	// Hear writes down one piece, when its turn has come. It fails with ErrAway when the transcriber cannot be asked now,
	// with ErrUnclear when nothing usable came of this piece, and with ctx's error.
	Hear(ctx context.Context, p Piece) (Heard, error)
}

var (
	// ErrAway says that there is no transcriber now. Another piece would fare no better.
	ErrAway = errors.New("capture: the transcriber cannot be asked now")
	// ErrUnclear says that nothing usable came of a piece.
	ErrUnclear = errors.New("capture: nothing usable was heard")
)

// None is the transcriber of a box that has none.
type None struct{}

// By is "".
func (None) By() string { return "" }

// Hear fails with ErrAway.
func (None) Hear(context.Context, Piece) (Heard, error) { return Heard{}, ErrAway }

// Utterance is what is kept of a piece.
type Utterance struct {
	Span
	Text      string
	Parts     []appliance.Part   // of the text, within the piece; none when the transcriber does not tell
	Language  appliance.Language // that was recognised; "" when the transcriber does not tell
	Inaudible bool               // something was said, and what was heard of it twice was nothing that anybody says
	Maker     appliance.Maker
}

// Write has a piece written down and checks what comes. A piece of which nothing usable comes twice is inaudible; that is
// no error.
func Write(ctx context.Context, t Transcriber, p Piece) (Utterance, error) {
	for _, again := range []bool{false, true} {
		p.Again = again
		h, err := t.Hear(ctx, p)
		switch {
		case err == nil && plausible(h, p):
			return Utterance{Text: h.Text, Parts: h.Parts, Language: h.Language, Maker: h.Maker}, nil
		case err != nil && !errors.Is(err, ErrUnclear):
			return Utterance{}, err
		}
	}
	return Utterance{Inaudible: true}, nil
}

// plausible says whether somebody may have said what was heard. A transcriber that recognises languages is believed when
// it says that another one than the expected was spoken.
func plausible(h Heard, p Piece) bool {
	language := p.Language
	if h.Language != "" {
		language = h.Language
	}
	return !Loops(h.Text) && !Foreign(h.Text, language) && !TooFast(h.Text, p.Sound.Duration())
}

// notSaid is what transcribers write that nobody has said: marks for silence and music, and marks of their own.
var notSaid = regexp.MustCompile(`\[[A-Z][A-Z_ ]*\]|<\|[^|>]*\|>|♪[^♪]*♪|[♪♫]`)

// tidy gives a text in one paragraph, without what nobody has said.
func tidy(text string) string {
	text = strings.Join(strings.Fields(notSaid.ReplaceAllString(strings.ToValidUTF8(text, ""), " ")), " ")
	if strings.Trim(text, "-–—.… ") == "" {
		return ""
	}
	return text
}
