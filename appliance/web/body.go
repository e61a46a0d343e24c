package web

import (
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/capture"
	"harmonium/appliance/document"
	"harmonium/appliance/intake"
)

// What a body may take. Headers have their own limit in package server.
const (
	maxBody   = 256 << 10        // bytes, but for files: see bodyLimit
	bodyGrace = 10 * time.Second // for a body of no bytes: what a phone between two access points needs
	bodyPace  = 2 << 10          // bytes for each further second
)

// bodyLimit is how many bytes the body of a request may have.
func bodyLimit(r *http.Request) int64 {
	if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/background/files") {
		return document.MaxBytes
	}
	if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/conversations") {
		return maxTranscript
	}
	if r.URL.Path == "/api/v1/account-invitations/table" {
		return maxInvitedTable
	}
	if r.URL.Path == "/api/v1/imports" {
		return intake.MaxBytes
	}
	if r.URL.Path == "/api/v1"+voicePath {
		return capture.MaxAnswerBytes
	}
	if r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/pieces/") {
		return appliance.MaxPieceBytes
	}
	if isSoundFile(r.Method, r.URL.Path) {
		return appliance.MaxRecordingBytes
	}
	if isUpload(r.URL.Path) {
		return maxUpload
	}
	return maxBody
}

// limitBody bounds the body of every request in size and in time, whether the operation reads it or not: what it does
// not read, net/http reads, for as long. Answers may take as long as they like, since the limit ends with the body.
//
// It comes before everything that wraps the writer: http.MaxBytesReader must see the one of net/http to have it wait,
// after an answer to a body that is too large, until the client has read that.
func (a *API) limitBody(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body == nil || r.Body == http.NoBody {
			next.ServeHTTP(w, r)
			return
		}
		b := &pacedBody{ReadCloser: r.Body, control: http.NewResponseController(w), due: appliance.SystemClock().Add(bodyGrace)}
		b.hurry()
		limit := bodyLimit(r)
		r.Body = http.MaxBytesReader(w, b, limit)
		if r.ContentLength > limit {
			// A client that waits to be told to go on never sends it.
			w.Header().Set("Connection", "close")
			a.writeProblem(w, r, errBodyTooLarge())
			return
		}
		next.ServeHTTP(w, r)
	})
}

// pacedBody is a body that must come at bodyPace. It gives the connection a deadline, which net/http takes away when
// the body has ended.
type pacedBody struct {
	io.ReadCloser
	control *http.ResponseController
	due     time.Time
}

// Read implements io.Reader.
func (b *pacedBody) Read(p []byte) (int, error) {
	b.hurry()
	n, err := b.ReadCloser.Read(p)
	b.due = b.due.Add(time.Duration(n) * time.Second / bodyPace)
	return n, err
}

// hurry sets when the connection gives up reading. Only a test's writer, which has no connection, cannot.
func (b *pacedBody) hurry() { _ = b.control.SetReadDeadline(b.due) }

// forget reads the body of an operation that asks for none.
func forget(r *http.Request) error {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return bodyError(err)
	}
	return nil
}

func errBodyTooSlow() *appliance.Error {
	return appliance.Errorf(appliance.CodeTooSlow,
		"The request came too slowly and was given up. Nothing was saved. Please try again.")
}

func errBodyTooLarge() *appliance.Error {
	return appliance.Errorf(appliance.CodeTooLarge, "This is larger than the box accepts here. Nothing was saved.")
}

// bodyError says why a body could not be read.
func bodyError(err error) *appliance.Error {
	var large *http.MaxBytesError
	var slow net.Error
	switch {
	case errors.As(err, &large):
		return errBodyTooLarge()
	case errors.As(err, &slow) && slow.Timeout():
		return errBodyTooSlow()
	}
	return appliance.Errorf(appliance.CodeValidation, "The body ended before it was whole. Nothing was saved. Please send it again.")
}
