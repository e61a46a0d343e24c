package mcp

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// from is what a tool takes over from the request that it was called by.
type from struct {
	address, host, key string
	tls                *tls.ConnectionState
}

type contextKey struct{}

// Handler serves clients over streamable HTTP. Each request stands for itself: it carries the key, and nothing is kept
// between two. Who comes without a good key is to be refused before, and api is the handler of the interface, which looks at
// the key again with every call.
func Handler(version string, api http.Handler) http.Handler {
	s := New(version, within(api))
	inner := sdk.NewStreamableHTTPHandler(func(*http.Request) *sdk.Server { return s.sdk }, &sdk.StreamableHTTPOptions{
		Stateless: true, JSONResponse: true, PropagateRequestCancellation: true,
		// The names that the box answers to are checked before, for all that it serves.
		DisableLocalhostProtection: true,
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		caller := from{r.RemoteAddr, r.Host, r.Header.Get("Authorization"), r.TLS}
		inner.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), contextKey{}, caller)))
	})
}

// within sends requests to a handler in this process, as who called the tool: with their key, from their address, under the
// name and by the way (HTTP or HTTPS) that they have used.
func within(api http.Handler) Send {
	return func(r *http.Request) (*http.Response, error) {
		caller, ok := r.Context().Value(contextKey{}).(from)
		if !ok {
			return nil, errors.New("mcp: a tool was called by nobody")
		}
		// The router would take what it noted of the outer request for a part of this one.
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		defer context.AfterFunc(r.Context(), cancel)()
		r = r.WithContext(ctx)
		r.RemoteAddr, r.Host, r.TLS = caller.address, caller.host, caller.tls
		r.RequestURI = r.URL.RequestURI()
		r.Header.Set("Authorization", caller.key)
		if r.Body == nil {
			r.Body = http.NoBody
		}
		w := &recorder{header: http.Header{}, status: http.StatusOK}
		if err := w.serve(api, r); err != nil {
			return nil, err
		}
		return &http.Response{StatusCode: w.status, Header: w.header, Body: io.NopCloser(&w.body)}, nil
	}
}

// recorder keeps an answer, up to the largest that a tool hands on.
type recorder struct {
	header http.Header
	status int
	begun  bool
	body   bytes.Buffer
}

// serve has the request answered. An answer that breaks off, or is too large, is an error.
func (w *recorder) serve(api http.Handler, r *http.Request) (err error) {
	defer func() {
		if v := recover(); v != nil {
			if v != http.ErrAbortHandler {
				panic(v)
			}
			err = errCutOff
		}
		if w.body.Len() > maxAnswer {
			err = errTooMuch
		}
	}()
	api.ServeHTTP(w, r)
	return nil
}

// Header implements http.ResponseWriter.
func (w *recorder) Header() http.Header { return w.header }

// WriteHeader implements http.ResponseWriter.
func (w *recorder) WriteHeader(status int) {
	if !w.begun {
		w.status, w.begun = status, true
	}
}

// Write implements http.ResponseWriter.
func (w *recorder) Write(p []byte) (int, error) {
	w.begun = true
	if w.body.Len() > maxAnswer {
		return 0, errTooMuch
	}
	return w.body.Write(p)
}

// SetReadDeadline does nothing: what is sent is in memory.
func (w *recorder) SetReadDeadline(time.Time) error { return nil }
