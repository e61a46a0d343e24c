package inference

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"
	"unicode/utf8"

	"github.com/ollama/ollama/api"
)

// The bounds of what is read of an answer that streams.
const (
	lineAtFirst = 2 << 10 // bytes set aside for lines, each of which mostly holds one token
	maxLine     = 1 << 20
	maxRefusal  = 64 << 10 // bytes read of a refusal
)

// line is what is read of one line of an answer.
type line struct {
	Message struct {
		Content string `json:"content"`
	} `json:"message"`
	Done               bool          `json:"done"`
	DoneReason         string        `json:"done_reason"`
	PromptEvalCount    int           `json:"prompt_eval_count"`
	PromptEvalDuration time.Duration `json:"prompt_eval_duration"`
	EvalCount          int           `json:"eval_count"`
	RemoteHost         string        `json:"remote_host"`
	RemoteModel        string        `json:"remote_model"`
	Error              string        `json:"error"`
}

// stream sends a chat and hands over each line of the answer as it comes, with whether the next one is here already; an
// error of fn ends it and is returned.
//
// It takes the place of api.Client.Chat, which sets aside 8 MB for each answer (v0.17.4; clearing them took three
// quarters of the processor at 100 conversations), and which takes a connection that broke for the end of the answer.
func (g *Gateway) stream(ctx context.Context, base string, chat *api.ChatRequest, fn func(part line, more bool) error) error {
	body, err := json.Marshal(chat)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/api/chat", bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := g.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		refusal := api.StatusError{StatusCode: response.StatusCode}
		text, err := io.ReadAll(io.LimitReader(response.Body, maxRefusal))
		if err == nil && json.Unmarshal(text, &refusal) != nil {
			refusal.ErrorMessage = ""
		}
		return refusal
	}
	lines := lines{from: bufio.NewReaderSize(response.Body, lineAtFirst)}
	for {
		text, err := lines.next()
		if err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		part, err := readLine(text)
		switch {
		case err != nil:
			return errors.New("a line of the answer is not JSON")
		case part.Error != "":
			return errors.New("the answer ended with an error")
		}
		if err := fn(part, lines.waiting()); err != nil {
			return err
		}
	}
}

// readLine reads a line of an answer. Nearly all hold one token in always the same form; that is read without the
// general reader of JSON, which would take longer than all else that is done with a token here.
func readLine(text []byte) (part line, err error) {
	rest, said, ok := text, []byte(nil), true
	for _, key := range [...]string{`{"model":"`, `,"created_at":"`, `,"message":{"role":"assistant","content":"`} {
		if ok = len(rest) > len(key) && string(rest[:len(key)]) == key; !ok {
			break
		}
		if said, rest, ok = cutPlain(rest[len(key):]); !ok {
			break
		}
	}
	if ok && string(bytes.TrimSuffix(rest, []byte("\n"))) == `},"done":false}` {
		part.Message.Content = string(said)
		return part, nil
	}
	return part, json.Unmarshal(text, &part)
}

// cutPlain cuts off a JSON string as far as its end, if it is one that stands for itself.
func cutPlain(text []byte) (s, rest []byte, ok bool) {
	end := bytes.IndexByte(text, '"')
	if end < 0 || !utf8.Valid(text[:end]) {
		return nil, nil, false
	}
	for _, c := range text[:end] {
		if c < ' ' || c == '\\' {
			return nil, nil, false
		}
	}
	return text[:end], text[end+1:], true
}

// lines reads an answer line by line.
type lines struct {
	from *bufio.Reader
	long []byte // a line that does not fit into the buffer
}

// next gives the next line, which is good until the one after it is read; io.EOF after the last, which may lack its end.
func (l *lines) next() ([]byte, error) {
	l.long = l.long[:0]
	for {
		part, err := l.from.ReadSlice('\n')
		if err == nil && len(l.long) == 0 {
			return part, nil
		}
		l.long = append(l.long, part...)
		switch {
		case len(l.long) > maxLine:
			return nil, errors.New("a line of the answer is too long")
		case err == nil, err == io.EOF && len(l.long) > 0:
			return l.long, nil
		case err != bufio.ErrBufferFull:
			return nil, err
		}
	}
}

// waiting says whether a whole line can be read without waiting.
func (l *lines) waiting() bool {
	here, _ := l.from.Peek(l.from.Buffered()) // no more than what is here
	return bytes.IndexByte(here, '\n') >= 0
}
