package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

func marshalJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// wrongAt stands between the path of a field and what is wrong with it. An error of unmarshalJSON reaches humaError
// only as text.
const wrongAt = "\x00"

// What JSON may be of.
const (
	maxDepth  = 64        // lists and objects within each other; ours have less than ten
	maxNumber = 1<<53 - 1 // whole numbers beyond it are not the same in every program (RFC 8259, 6)
	maxDigits = 40        // of one number, with its sign, point and exponent
)

// unmarshalJSON refuses what encoding/json would silently mend: bytes that are not UTF-8, halves of characters, fields
// that are there twice, and numbers that are not kept as they are. It says in words what is wrong, and where.
func unmarshalJSON(data []byte, v any) error {
	if !utf8.Valid(data) {
		return errors.New("the body is not valid UTF-8")
	}
	if err := checkShape(data); err != nil {
		return err
	}
	err := json.Unmarshal(data, v)
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Errorf("the body is not valid JSON: it cannot be read beyond byte %d", syntax.Offset)
	case errors.As(err, &kind):
		// The place is counted to the end of the value, or a little beyond.
		read := bytes.TrimRight(data[:min(int(kind.Offset), len(data))], ",]} \t\r\n")
		field := fieldAt(data, len(read)-1)
		if kind.Field != "" && withoutPlaces(field) != kind.Field {
			field = kind.Field // the place was counted from within a value that reads itself
		}
		if strings.HasPrefix(kind.Value, "number") {
			return refuse(field, "This number is not possible here.")
		}
		return refuse(field, "This value is not possible here.")
	case err != nil:
		return err
	}
	if i := halfCharacter(data); i >= 0 {
		return refuse(fieldAt(data, i),
			"This holds half of a character (a \\u escape without its other half). Please type it again.")
	}
	return nil
}

// refuse says what is wrong with the field at a path.
func refuse(field, why string) error {
	return errors.New(strings.ReplaceAll(field, wrongAt, "\ufffd") + wrongAt + why)
}

// checkShape refuses valid JSON that means different things to different readers, or is nested too deeply.
func checkShape(data []byte) error {
	s := strict{json.NewDecoder(bytes.NewReader(data))}
	s.dec.UseNumber()
	if at, wrong := s.value(1); wrong != "" {
		return refuse(strings.TrimPrefix(at, "."), wrong)
	}
	return nil
}

// strict goes through JSON. It says nothing of what is not valid: that is known already.
type strict struct{ dec *json.Decoder }

// value reads the next value, which is the depth-th within each other. It gives the path, from there, of what is wrong.
func (s strict) value(depth int) (at, wrong string) {
	token, err := s.dec.Token()
	if err != nil {
		return "", ""
	}
	if n, ok := token.(json.Number); ok {
		return "", wrongNumber(n)
	}
	open, ok := token.(json.Delim)
	if !ok {
		return "", ""
	}
	if depth > maxDepth {
		return "", fmt.Sprintf("This is nested too deeply: at most %d lists and objects can be within each other.", maxDepth)
	}
	names := map[string]bool{}
	for i := 0; s.dec.More(); i++ {
		step := ""
		if open == '{' {
			token, err := s.dec.Token()
			name, ok := token.(string)
			if err != nil || !ok {
				return "", ""
			}
			step = "." + name
			if names[name] {
				return step, "This field is there twice. Please send it once."
			}
			names[name] = true
		}
		if at, wrong := s.value(depth + 1); wrong != "" {
			if open == '[' {
				step = fmt.Sprintf("[%d]", i)
			}
			return step + at, wrong
		}
	}
	_, _ = s.dec.Token() // what closes it
	return "", ""
}

// wrongNumber says why a number cannot be kept as it is; "" when it can.
func wrongNumber(n json.Number) string {
	text := string(n)
	value, err := strconv.ParseFloat(text, 64)
	switch {
	case len(text) > maxDigits:
		return "This number has too many digits."
	case err != nil, math.Abs(value) > maxNumber && !strings.ContainsAny(text, ".eE"):
		return "This number is too large to be kept exactly."
	}
	return ""
}

// halfCharacter finds the first escape in valid JSON that stands for half of a UTF-16 pair and has not its other half
// beside it; -1 when there is none. The text that it belongs to was cut in the middle of a character.
func halfCharacter(data []byte) int {
	for i := 0; ; {
		next := bytes.IndexByte(data[i:], '\\')
		if next < 0 {
			return -1
		}
		i += next
		r := escaped(data[i:])
		switch {
		case r < 0:
			i += len(`\n`)
		case !utf16.IsSurrogate(r):
			i += len(`\u0000`)
		case utf16.DecodeRune(r, escaped(data[i+len(`\u0000`):])) == utf8.RuneError:
			return i
		default:
			i += len(`\ud800\udc00`)
		}
	}
}

// escaped gives the number of an escape such as \u00e4 at the beginning of data, -1 for anything else.
func escaped(data []byte) rune {
	if len(data) < len(`\u0000`) || data[0] != '\\' || data[1] != 'u' {
		return -1
	}
	n, err := strconv.ParseUint(string(data[2:6]), 16, 16)
	if err != nil {
		return -1
	}
	return rune(n)
}

// fieldAt gives the path of the value in valid JSON to which the byte at offset belongs: "questions[2].text"; "" for
// the whole.
func fieldAt(data []byte, offset int) string {
	w := walk{json.NewDecoder(bytes.NewReader(data)), int64(offset)}
	w.dec.UseNumber() // any number can be read so
	path, _ := w.value("")
	return path
}

// walk goes through JSON up to an offset.
type walk struct {
	dec    *json.Decoder
	offset int64
}

func (w walk) there() bool { return w.dec.InputOffset() > w.offset }

// value reads the value at path. When the offset is in it, it gives the path of the innermost value with the offset.
func (w walk) value(path string) (at string, found bool) {
	token, err := w.dec.Token()
	if err != nil || w.there() {
		return path, true
	}
	delim, _ := token.(json.Delim)
	for i := 0; (delim == '{' || delim == '[') && w.dec.More(); i++ {
		inner := fmt.Sprintf("%s[%d]", path, i)
		if delim == '{' {
			name, err := w.dec.Token()
			if err != nil || w.there() {
				return path, true
			}
			inner = strings.TrimPrefix(fmt.Sprintf("%s.%s", path, name), ".")
		}
		if at, found = w.value(inner); found {
			return at, true
		}
	}
	if delim == 0 {
		return "", false
	}
	_, err = w.dec.Token() // what closes it
	return path, err != nil || w.there()
}

// withoutPlaces drops the places in lists from a path, as encoding/json does.
func withoutPlaces(path string) string {
	var b strings.Builder
	inside := false
	for _, r := range path {
		switch {
		case r == '[':
			inside = true
		case r == ']':
			inside = false
		case !inside:
			b.WriteRune(r)
		}
	}
	return b.String()
}
