package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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

// unmarshalJSON refuses what encoding/json would silently mend: bytes that are not UTF-8, and halves of characters. It
// says in words what is wrong, and where.
func unmarshalJSON(data []byte, v any) error {
	if !utf8.Valid(data) {
		return errors.New("the body is not valid UTF-8")
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
			return errors.New(field + wrongAt + "This number is not possible here.")
		}
		return errors.New(field + wrongAt + "This value is not possible here.")
	case err != nil:
		return err
	}
	if i := halfCharacter(data); i >= 0 {
		return errors.New(fieldAt(data, i) + wrongAt +
			"This holds half of a character (a \\u escape without its other half). Please type it again.")
	}
	return nil
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
