package appliance

import (
	"errors"
	"fmt"
)

// Code classifies an error for whoever has to act on it. Package web maps each code to one HTTP status.
type Code string

// The codes, with the HTTP status that each is shown as.
const (
	CodeValidation    Code = "validation_error"     // 400: a field is wrong; Fields says which
	CodeUnauthorized  Code = "unauthorized"         // 401: who is asking is not known
	CodeForbidden     Code = "forbidden"            // 403: known, but may not
	CodeNotFound      Code = "not_found"            // 404: is not there, or the caller may not know that it is
	CodeTooSlow       Code = "too_slow"             // 408: the request took too long to come
	CodeConflict      Code = "conflict"             // 409: the state does not allow it now
	CodeTooLarge      Code = "too_large"            // 413: more bytes than the limit
	CodeUnprocessable Code = "unprocessable"        // 422: understood, and cannot be done here
	CodeRateLimited   Code = "rate_limited"         // 429: too often; RetryAfter says when
	CodeInternal      Code = "internal_error"       // 500: our fault
	CodeBusy          Code = "busy"                 // 503: not now, try again
	CodeStorage       Code = "insufficient_storage" // 507: the disk is full; nothing was changed
)

// FieldError says what is wrong with one field of what was sent.
type FieldError struct {
	// Field is the path of the field as it was sent: "topic", "questions[2].options".
	Field string `json:"field"`
	// Message is one sentence for the person who filled it in.
	Message string `json:"message"`
}

// Error is an error that a person may see. Message says what happened, what was kept and what to do next; Err is
// for the log and never shown. Neither ever holds what a participant wrote.
type Error struct {
	Code       Code
	Message    string
	Fields     []FieldError
	RetryAfter int // whole seconds, with CodeRateLimited and CodeBusy; 0 when not known
	Err        error
}

func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s: %s (%v)", e.Code, e.Message, e.Err)
	}
	return fmt.Sprintf("%s: %s", e.Code, e.Message)
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Errorf makes an Error with a formatted Message.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// CodeOf gives the code of err: CodeInternal for an error that carries none, "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return CodeInternal
}

// Invalid makes the validation error of one field.
func Invalid(field, format string, args ...any) *Error {
	var p Problems
	p.Add(field, format, args...)
	return p.asError()
}

// Problems collects what is wrong with the fields of one input, so that a person sees all of it at once.
type Problems []FieldError

// Add notes one problem.
func (p *Problems) Add(field, format string, args ...any) {
	*p = append(*p, FieldError{Field: field, Message: fmt.Sprintf(format, args...)})
}

// Err gives nil when nothing is wrong, else an Error of CodeValidation with all fields.
func (p Problems) Err() error {
	if len(p) == 0 {
		return nil
	}
	return p.asError()
}

func (p Problems) asError() *Error {
	msg := p[0].Message
	if len(p) > 1 {
		msg = fmt.Sprintf("%d fields need a change. Nothing was saved; what you typed is still there.", len(p))
	}
	return &Error{Code: CodeValidation, Message: msg, Fields: p}
}
