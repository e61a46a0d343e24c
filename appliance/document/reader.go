package document

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/child"
)

// Bounds of the child process.
const (
	readTime   = 30 * time.Second // a slow processor needs 3 s for a PDF of 1,000 pages
	readMemory = 512 << 20        // bytes; beyond it the child ends itself
)

// Reader reads files in child processes of its own, one at a time: what a hostile file does to a library happens there.
// It is safe for concurrent use.
type Reader struct {
	program string
	one     chan struct{} // held by whoever reads
}

// NewReader makes a Reader whose child is `program read-document`, which must call Child.
func NewReader(program string) *Reader {
	return &Reader{program: program, one: make(chan struct{}, 1)}
}

// reply is what the child writes, as JSON. The cause of an error stays in the child: libraries put pieces of the file into it.
type reply struct {
	Text    string         `json:"text,omitempty"`
	Code    appliance.Code `json:"code,omitempty"`
	Message string         `json:"message,omitempty"`
}

// Text gives the text of a file named name, with the format that it has. Its errors are those of FormatOf and Text,
// CodeUnprocessable for a file that takes more than readTime or readMemory, and CodeBusy when ctx ends while other files
// are read.
func (r *Reader) Text(ctx context.Context, name string, content []byte) (Format, string, error) {
	if len(content) > MaxBytes {
		return "", "", tooLarge()
	}
	format, err := FormatOf(name, content)
	if err != nil {
		return "", "", err
	}
	select {
	case r.one <- struct{}{}:
		defer func() { <-r.one }()
	case <-ctx.Done():
		return "", "", &appliance.Error{Code: appliance.CodeBusy, RetryAfter: 5, Err: ctx.Err(),
			Message: "Other files are being read just now. Nothing was saved; please try again in a moment."}
	}
	ctx, cancel := context.WithTimeout(ctx, readTime)
	defer cancel()
	cmd := child.Command(ctx, r.program, readMemory, "read-document", "--format", string(format))
	cmd.Stdin = bytes.NewReader(content)
	out, err := cmd.Output()
	if err != nil {
		return "", "", &appliance.Error{Code: appliance.CodeUnprocessable, Err: fmt.Errorf("read a document: %w", err),
			Message: "Reading this file took too long or too much memory and was stopped. Nothing was saved. " +
				"Please use a simpler version of it, or the part that matters."}
	}
	var answer reply
	if err := json.Unmarshal(out, &answer); err != nil {
		return "", "", damaged(err)
	}
	if answer.Code != "" {
		return "", "", &appliance.Error{Code: answer.Code, Message: answer.Message}
	}
	return format, answer.Text, nil
}

// Child is the child process of a Reader: it reads a file of the given format from in and writes what became of it to
// out. exit must end the process at once; it is called when too much memory is taken.
func Child(format Format, in io.Reader, out io.Writer, exit func()) error {
	defer child.Watch(readMemory, exit)()
	content, err := io.ReadAll(io.LimitReader(in, MaxBytes+1))
	if err != nil {
		return err
	}
	var answer reply
	text, err := Text(format, content)
	var e *appliance.Error
	switch {
	case err == nil:
		answer.Text = text
	case errors.As(err, &e):
		answer = reply{Code: e.Code, Message: e.Message}
	default:
		return err
	}
	return json.NewEncoder(out).Encode(answer)
}
