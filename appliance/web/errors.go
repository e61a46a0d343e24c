package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/danielgtaylor/huma/v2/validation"

	"harmonium/appliance"
	"harmonium/appliance/auth"
)

// status maps each error code to its HTTP status. It is the only place that does.
var status = map[appliance.Code]int{
	appliance.CodeValidation:    http.StatusBadRequest,
	appliance.CodeUnauthorized:  http.StatusUnauthorized,
	appliance.CodeForbidden:     http.StatusForbidden,
	appliance.CodeNotFound:      http.StatusNotFound,
	appliance.CodeTooSlow:       http.StatusRequestTimeout,
	appliance.CodeConflict:      http.StatusConflict,
	appliance.CodeTooLarge:      http.StatusRequestEntityTooLarge,
	appliance.CodeUnprocessable: http.StatusUnprocessableEntity,
	appliance.CodeRateLimited:   http.StatusTooManyRequests,
	appliance.CodeInternal:      http.StatusInternalServerError,
	appliance.CodeBusy:          http.StatusServiceUnavailable,
	appliance.CodeStorage:       http.StatusInsufficientStorage,
}

// Problem is the body of every error answer: {"error": {…}}.
type Problem struct {
	Detail ProblemDetail `json:"error"`

	status     int
	retryAfter int
}

// ProblemDetail says what happened, what was kept and what to do.
type ProblemDetail struct {
	Code      appliance.Code         `json:"code" doc:"What kind of error this is"`
	Message   string                 `json:"message" doc:"A sentence for people"`
	Fields    []appliance.FieldError `json:"fields,omitempty" doc:"What is wrong with which field"`
	RequestID string                 `json:"request_id" doc:"Finds this request in the log"`
}

// Error gives the sentence for people.
func (p *Problem) Error() string { return p.Detail.Message }

// GetStatus gives the HTTP status, for huma.
func (p *Problem) GetStatus() int { return p.status }

// GetHeaders gives Retry-After where the error says when to try again, for huma.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	if p.retryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(p.retryAfter))
	}
	return h
}

// problem turns any error into what a client sees. What is not an appliance.Error is our fault: it is logged with the
// request id and shown without its text.
func (a *API) problem(ctx context.Context, err error) *Problem {
	var e *appliance.Error
	switch {
	case errors.As(err, &e):
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		e = appliance.Errorf(appliance.CodeBusy, "This took too long and was given up. Please try again.")
	default:
		e = &appliance.Error{Code: appliance.CodeInternal, Err: err, Message: "Something went wrong on the box. " +
			"What was saved before is safe. Please try again; the request id finds this in the log."}
	}
	if wait := a.guessed(ctx, e.Code); wait > 0 {
		e = auth.TooOften(wait).(*appliance.Error)
	}
	p := newProblem(ctx, e)
	if e.Err != nil { // an internal error without a cause is a panic, which is in the log already
		a.Log.ErrorContext(ctx, "request failed", "request", p.Detail.RequestID, "code", string(e.Code), "err", e.Err)
	}
	return p
}

func newProblem(ctx context.Context, e *appliance.Error) *Problem {
	return &Problem{
		Detail:     ProblemDetail{Code: e.Code, Message: e.Message, Fields: e.Fields, RequestID: requestID(ctx)},
		status:     status[e.Code],
		retryAfter: e.RetryAfter,
	}
}

// writeProblem answers with err outside of huma's handlers.
func (a *API) writeProblem(w http.ResponseWriter, r *http.Request, err error) {
	p := a.problem(r.Context(), err)
	for k, v := range p.GetHeaders() {
		w.Header()[k] = v
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(p.status)
	json.NewEncoder(w).Encode(p)
}

// huma keeps these as variables of its package. They are set once, to values that do not depend on any API.
var setHuma = sync.OnceFunc(func() {
	huma.DefaultArrayNullable = false
	huma.ValidateStrictCasing = true
	huma.NewError = func(code int, msg string, errs ...error) huma.StatusError { // describes errors in OpenAPI
		return newProblem(context.Background(), humaError(code, msg, errs))
	}
	huma.NewErrorWithContext = func(ctx huma.Context, code int, msg string, errs ...error) huma.StatusError {
		r, _ := humachi.Unwrap(ctx)
		return newProblem(r.Context(), humaError(code, msg, errs))
	}
	validation.MsgUnexpectedProperty = "This field is not known here."
	validation.MsgExpectedBoolean = "This must be true or false."
	validation.MsgExpectedNumber = "This must be a number."
	validation.MsgExpectedInteger = "This must be a whole number."
	validation.MsgExpectedString = "This must be text."
	validation.MsgExpectedArray = "This must be a list."
	validation.MsgExpectedObject = "This must be an object."
	validation.MsgExpectedOneOf = "This must be one of: %s."
	validation.MsgExpectedMinimumNumber = "This must be at least %v."
	validation.MsgExpectedMaximumNumber = "This must be at most %v."
	validation.MsgExpectedMinLength = "This needs at least %d characters."
	validation.MsgExpectedMaxLength = "At most %d characters are possible here."
	validation.MsgExpectedBePattern = "Only %s are possible here."
	validation.MsgExpectedMinItems = "At least %d entries are needed."
	validation.MsgExpectedMaxItems = "At most %d entries are possible."
	validation.MsgExpectedRequiredProperty = "%s" + isNeeded
	validation.MsgExpectedRFC3339DateTime = "This must be a time such as 2026-03-31T09:00:00Z."
})

// humaBodyUnread is how huma says that a body could not be read for any cause but time.
const humaBodyUnread = "cannot read request body"

// humaError turns what huma refused into one of our errors. Its 422 is our 400: the body was not as described.
func humaError(code int, msg string, errs []error) *appliance.Error {
	e := &appliance.Error{Code: appliance.CodeValidation}
	switch {
	case code == http.StatusRequestTimeout:
		return errBodyTooSlow()
	case code == http.StatusUnsupportedMediaType:
		e.Message = "The body must be JSON (Content-Type: application/json)."
		return e
	case msg == humaBodyUnread:
		return bodyError(errors.Join(errs...))
	}
	if code >= http.StatusInternalServerError {
		e.Code = appliance.CodeInternal
		e.Message = "Something went wrong on the box. What was saved before is safe. Please try again."
		e.Err = errors.Join(append([]error{errors.New(msg)}, errs...)...)
		return e
	}
	e.Message = plain(msg)
	for _, err := range errs {
		var d *huma.ErrorDetail
		switch {
		case !errors.As(err, &d):
			if err != nil {
				e.Message = plain(err.Error())
			}
		default:
			// What is wrong with the body as a whole is wrong with no field.
			if f := fieldError(d); f.Field != "" {
				e.Fields = append(e.Fields, f)
			} else {
				e.Message = ofBody(f.Message)
			}
		}
	}
	switch len(e.Fields) {
	case 0:
	case 1:
		e.Message = e.Fields[0].Field + ": " + e.Fields[0].Message
	default:
		e.Message = fmt.Sprintf("%d fields need a change. Nothing was saved.", len(e.Fields))
	}
	return e
}

// isNeeded ends huma's message about a field that is missing, which it reports at the object that lacks it.
const isNeeded = " is needed here."

func fieldError(d *huma.ErrorDetail) appliance.FieldError {
	field, message := fieldPath(d.Location), d.Message
	if at, why, found := strings.Cut(message, wrongAt); found {
		field, message = at, why
	}
	if name, missing := strings.CutSuffix(message, isNeeded); missing {
		field, message = strings.TrimPrefix(field+"."+name, "."), "This is needed."
	}
	return appliance.FieldError{Field: field, Message: plain(message)}
}

// plain says in words for people what huma says in those of programs and cannot be told to say otherwise.
func plain(message string) string {
	switch {
	case message == "invalid integer":
		return validation.MsgExpectedInteger
	case message == "invalid float", message == "invalid floating value":
		return validation.MsgExpectedNumber
	case message == "invalid boolean":
		return validation.MsgExpectedBoolean
	case strings.HasPrefix(message, "invalid date/time"):
		return validation.MsgExpectedRFC3339DateTime
	case message == "unknown query parameter":
		return "This parameter is not known here."
	case message == "request body is required":
		return "The body is missing. Please send one in JSON."
	case message == fmt.Sprintf(validation.MsgExpectedMinItems, 1):
		return "At least one entry is needed."
	case message == fmt.Sprintf(validation.MsgExpectedMinLength, 1):
		return "This needs at least one character."
	}
	return sentence(message)
}

// ofBody says of the whole body what plain says of a field.
func ofBody(message string) string {
	switch message {
	case validation.MsgExpectedObject:
		return "The body must be a JSON object."
	case validation.MsgExpectedArray:
		return "The body must be a JSON list."
	}
	return message
}

// fieldPath drops the place where huma found the field: "body.questions[2].type" is "questions[2].type" to a client.
func fieldPath(location string) string {
	where, field, found := strings.Cut(location, ".")
	if !found && (where == "body" || where == "query" || where == "path") {
		return ""
	}
	if found {
		return field
	}
	return location
}

func sentence(s string) string {
	if s == "" {
		return s
	}
	s = strings.ToUpper(s[:1]) + s[1:]
	if !strings.HasSuffix(s, ".") {
		s += "."
	}
	return s
}
