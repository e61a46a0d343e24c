package web

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"harmonium/appliance"
)

type contextKey int

const (
	keyRequestID contextKey = iota
	keyCaller
	keyAddress
)

func requestID(ctx context.Context) string {
	id, _ := ctx.Value(keyRequestID).(string)
	return id
}

// identify gives each request an id for the log and for error answers, and notes where it comes from.
func identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var b [8]byte
		rand.Read(b[:])
		id := hex.EncodeToString(b[:])
		w.Header().Set("X-Request-Id", id)
		ctx := context.WithValue(r.Context(), keyRequestID, id)
		next.ServeHTTP(w, r.WithContext(context.WithValue(ctx, keyAddress, clientAddress(r))))
	})
}

// recoverPanic answers a panic with our error body; the stack goes to the log, the request's content does not.
func (a *API) recoverPanic(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			if v == http.ErrAbortHandler {
				panic(v)
			}
			a.Log.ErrorContext(r.Context(), "panic", "request", requestID(r.Context()), "stack", string(debug.Stack()))
			a.writeProblem(w, r, appliance.Errorf(appliance.CodeInternal,
				"Something went wrong on the box. What was saved before is safe. Please try again."))
		}()
		next.ServeHTTP(w, r)
	})
}

// logRequests writes one line for each request that changed something or failed: method, route pattern, status, time.
// Never a query, a body, an id of a participant or an address of one.
func (a *API) logRequests(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := a.Clock()
		sw := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(sw, r)
		a.Requests.Add(RequestsOf(routePattern(r), sw.status), a.Clock().Sub(start))
		if sw.status >= http.StatusInternalServerError || sw.status == http.StatusForbidden {
			a.Log.InfoContext(r.Context(), "request", "request", requestID(r.Context()), "method", r.Method,
				"route", routePattern(r), "status", sw.status, "ms", a.Clock().Sub(start).Milliseconds())
		}
		if sw.ended {
			a.Log.WarnContext(r.Context(), "an answer was cut off: who asked for it may not see it any more",
				"request", requestID(r.Context()), "route", routePattern(r))
			panic(http.ErrAbortHandler) // the status is sent already: nobody is to take a part for the whole
		}
	})
}

// RequestsOf names the class of a request by the route that it took and the status of its answer: "sessions 2xx". The first
// word of a route is all that is kept of it.
func RequestsOf(route string, status int) string {
	class := "pages"
	switch path, isAPI := strings.CutPrefix(route, "/api/v1/"); {
	case isAPI && strings.HasSuffix(path, "/live"):
		class = "live"
	case isAPI:
		class, _, _ = strings.Cut(path, "/")
	case route == agentsPath:
		class = "mcp"
	case route == "/healthz" || route == "/readyz" || route == "/metrics":
		class = "probes"
	}
	if class == "*" || class == "" {
		class = "none"
	}
	return class + " " + strconv.Itoa(status/100) + "xx"
}

// routePattern gives the route that a request took, with {id} in place of ids. It is known once the request is served.
func routePattern(r *http.Request) string {
	if c := chi.RouteContext(r.Context()); c != nil {
		return c.RoutePattern()
	}
	return ""
}

// holdEvery is how many bytes of an answer are sent before it is asked again whether they may be seen.
const holdEvery = 16 << 10

// errEnded says that an answer was cut off, since its reader may not see it any more.
var errEnded = errors.New("web: the right to see this answer has ended")

// statusWriter remembers the status, and cuts a long answer off when who asked for it may not see it any more: a key was
// revoked, a log-in ended, a role taken away. Unwrap keeps http.ResponseController (deadlines, hijacking, flushing) working.
type statusWriter struct {
	http.ResponseWriter
	status int

	holds func() error // whether the reader may still see it; nil: nobody asks
	since int          // bytes since it was asked
	ended bool
}

// Write implements io.Writer.
func (w *statusWriter) Write(p []byte) (n int, err error) {
	for w.holds != nil && len(p) > holdEvery-w.since {
		piece := p[:holdEvery-w.since]
		m, err := w.ResponseWriter.Write(piece)
		n += m
		if err != nil {
			return n, err
		}
		if w.ended = w.ended || w.holds() != nil; w.ended {
			return n, errEnded
		}
		w.since, p = 0, p[len(piece):]
	}
	m, err := w.ResponseWriter.Write(p)
	w.since += m
	return n + m, err
}

func (w *statusWriter) WriteHeader(code int) {
	w.status = code
	w.ResponseWriter.WriteHeader(code)
}

func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Headers of every answer. Connection-Allowlist (Chromium 152 and later) closes what a content security policy leaves
// open: top-level navigation and WebRTC.
func secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
		h.Set("Connection-Allowlist", "(response-origin)")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=(), interest-cohort=()")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// withMicrophone is the Permissions-Policy of both apps: participants may speak their answers, hosts record meetings. An app is
// loaded once, at whichever of its addresses, so that it cannot be said of single pages.
const withMicrophone = "camera=(), geolocation=(), microphone=(self), payment=(), usb=(), interest-cohort=()"

// pageCSP is the policy of our pages: scripts, styles and fonts of the box only, none of them inline.
const pageCSP = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data: blob:; " +
	"connect-src 'self'; manifest-src 'self'; media-src 'self' blob:; worker-src 'self'; " +
	"base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"

// knownHost refuses requests under a name that is not ours. A page of somebody else can make a browser believe that
// its own name lives at our address (DNS rebinding); it cannot do so with an address, so addresses pass.
func (a *API) knownHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !a.hostAllowed(r.Host) {
			a.writeProblem(w, r, appliance.Errorf(appliance.CodeForbidden,
				"This box does not answer under that name. Use the address on its screen, or let the administrator "+
					"add the name to the setting hosts."))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// sameOrigin refuses what the page of another site makes a browser send.
func (a *API) sameOrigin(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.writeProblem(w, r, errOtherSite())
	}))
	return protection.Handler(next)
}

func errOtherSite() error {
	return appliance.Errorf(appliance.CodeForbidden,
		"This request came from a page of another site and was refused. Nothing was changed. Please use the box's own pages.")
}

func (a *API) hostAllowed(hostport string) bool {
	host := hostOf(hostport)
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	return a.Network.Knows(host)
}

// hostOf gives the name or number in a Host header, in lower case, without the port.
func hostOf(hostport string) string {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	return strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
}

// clientAddress is the address of the peer as the kernel has it. Headers that a proxy would set are not believed.
func clientAddress(r *http.Request) string {
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return ap.Addr().Unmap().WithZone("").String()
}
