// Package web is how the outside reaches the appliance: the REST interface under /api/v1, the live sockets and the
// pages. It finds out who calls and what they may do, turns requests into calls of the use cases and their errors
// into answers. It holds no rules of the domain and no SQL.
//
// Every operation is listed in routes.go and has a row in the permission table of package auth; one without a row
// stops the program at start. What the box refuses to do at all is in refused.go.
package web

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"

	"harmonium/appliance"
	"harmonium/appliance/auth"
	"harmonium/appliance/capacity"
	"harmonium/appliance/capture"
	"harmonium/appliance/clock"
	"harmonium/appliance/companion"
	"harmonium/appliance/document"
	"harmonium/appliance/export"
	"harmonium/appliance/facilitation"
	"harmonium/appliance/inference"
	"harmonium/appliance/lan"
	"harmonium/appliance/live"
	"harmonium/appliance/meter"
	"harmonium/appliance/privacy"
	"harmonium/appliance/rehearsal"
	"harmonium/appliance/retention"
	"harmonium/appliance/room"
	"harmonium/appliance/store"
	"harmonium/appliance/synthesis"
	"harmonium/appliance/trial"
	"harmonium/appliance/webhook"
	"harmonium/models"
)

// Deps is all that the web needs from its surroundings.
type Deps struct {
	Store     *store.Store
	Engine    *facilitation.Engine
	Hub       *live.Hub
	Synthesis *synthesis.Synthesis
	Companion *companion.Companion
	Exports   *export.Exporter
	Webhooks  *webhook.Sender
	Passwords *auth.Passwords
	Models    *inference.Gateway
	Trials    *trial.Runner
	Documents *document.Reader
	Rehearsal *rehearsal.Rehearsal
	Voice     *capture.Answers // nil: nothing can be spoken
	Scribe    *capture.Scribe
	Capacity  *capacity.Runner
	Support   func(context.Context) ([]byte, error) // a support bundle
	Folder    *models.Folder                        // of the models; nil where they lie elsewhere
	Memory    int64                                 // of the box, in bytes; 0: not known
	Room      *room.Gauge                           // what the box still takes on; nil: everything
	Requests  *meter.Times                          // how long requests took, by RequestsOf; nil: not counted
	Clock     appliance.Clock
	Times     *clock.Keeper // that Clock is of
	Log       *slog.Logger
	UI        fs.FS        // the built web apps, or one without them
	Network   *lan.Network // addresses, names and certificates of the box
	KeyRate   int          // requests per minute and API key; 0: without limit
	OwnOllama bool         // the Ollama of the gateway came with the box
	Version   string
	Source    string                                        // path of the archive of the program's source; "": none
	Ready     func() error                                  // nil when the box takes requests, else why not
	Stopping  func() bool                                   // whether no new work is taken, since the box stops; nil: never
	Findings  func(context.Context) []appliance.Finding     // how the box is
	Attest    func(context.Context) (privacy.Signed, error) // what is true of the box, signed by it
	Backup    BackupDeps
	Retention *retention.Keeper
	Receipt   ReceiptFunc                            // of what was erased
	Metrics   func(context.Context, io.Writer) error // writes the figures of the box, in the form of Prometheus
}

// API serves one appliance.
type API struct {
	Deps
	list     []route        // every operation, in the order of routes.go
	throttle *auth.Throttle // of passwords and of one-time links
	factors  *auth.Guard    // of codes of second factors, by account
	rate     *auth.Rate     // of API keys
	codes    *auth.Guard    // of short codes that lead nowhere, by address
	messages *auth.Rate     // of participants, by conversation
	guesses  *auth.Rate     // of ids, keys and tokens, by address
	sockets  sockets
	hints    *auth.Rate    // of recordings that grow
	voices   chan struct{} // one for each recording that is held

	proposals proposals
	drafting  underway
	sending   underway   // files of meetings that come with an Idempotency-Key
	importing sync.Mutex // a file takes many times its size while it is read
}

// New gives the handler of everything: interface, sockets, pages.
func New(d Deps) http.Handler {
	_, handler := build(d)
	return handler
}

func build(d Deps) (*API, http.Handler) {
	setHuma()
	a := &API{
		Deps:     d,
		throttle: auth.NewThrottle(d.Clock),
		factors:  auth.NewGuard(d.Clock, auth.FactorGuesses),
		rate:     auth.NewRate(d.Clock, d.KeyRate, time.Minute),
		codes:    auth.NewGuard(d.Clock, failedCodes),
		messages: newMessageRate(d.Clock, d.KeyRate > 0),
		guesses:  newGuessRate(d.Clock, d.KeyRate > 0),
	}
	a.hints = auth.NewRate(d.Clock, 1, hintEvery)
	a.voices = make(chan struct{}, maxVoices)
	a.sockets = newSockets(d.Clock, a.writeProblem)
	r := chi.NewRouter()
	r.Use(identify, secure, a.limitBody, a.refuseWhenStopping, a.logRequests, a.recoverPanic, a.knownHost, a.overHTTPS, a.sameOrigin)
	r.Get("/healthz", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "ok\n") })
	r.Get("/readyz", a.readyz)
	r.Get("/metrics", a.metrics)
	r.Get(sourcePath, a.source)
	r.Get(certificatePage+"/{file}", a.certificateFile)
	r.Route("/api/v1", func(r chi.Router) {
		r.NotFound(func(w http.ResponseWriter, r *http.Request) {
			a.writeProblem(w, r, appliance.Errorf(appliance.CodeNotFound, "There is no such address in the interface."))
		})
		r.MethodNotAllowed(func(w http.ResponseWriter, r *http.Request) {
			a.writeProblem(w, r, appliance.Errorf(appliance.CodeNotFound, "This address does not know %s.", r.Method))
		})
		h := humachi.New(r, humaConfig(d.Version))
		a.routes(router{api: a, chi: r, huma: h})
		r.Get("/openapi.json", describe(h.OpenAPI()))
		a.refuse(r)
	})
	r.Handle(agentsPath, a.agents(r))
	r.NotFound(a.page)
	return a, r
}

// refuseWhenStopping refuses work that would begin while the box stops.
func (a *API) refuseWhenStopping(next http.Handler) http.Handler {
	if a.Stopping == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a.Stopping() {
			w.Header().Set("Connection", "close")
			a.writeProblem(w, r, &appliance.Error{Code: appliance.CodeBusy, RetryAfter: 2,
				Message: "The box is being restarted. Nothing was changed; please try again in a moment."})
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (a *API) readyz(w http.ResponseWriter, r *http.Request) {
	if err := a.Ready(); err != nil {
		a.writeProblem(w, r, &appliance.Error{Code: appliance.CodeBusy, Message: "The box is not ready.", Err: err})
		return
	}
	io.WriteString(w, "ready\n")
}

// humaConfig is huma without what reaches out or guesses: no page from elsewhere, no schema links, JSON only.
func humaConfig(version string) huma.Config {
	c := huma.DefaultConfig("Harmonium", version)
	c.Info.Description = "Interviews, meetings and their results, on a box that lets nothing out."
	c.Info.License = &huma.License{Name: "AGPL-3.0-only", Identifier: "AGPL-3.0-only"}
	c.Servers = []*huma.Server{{URL: "/api/v1"}}
	c.OpenAPIPath, c.DocsPath, c.SchemasPath, c.CreateHooks = "", "", "", nil // see describe
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"key":         {Type: "http", Scheme: "bearer", Description: "An API key, hm_live_…"},
		"login":       {Type: "apiKey", In: "cookie", Name: loginCookie, Description: "The log-in of a browser"},
		"participant": {Type: "http", Scheme: "bearer", Description: "A participant's token, given at join"},
	}
	c.Formats = map[string]huma.Format{"application/json": {Marshal: marshalJSON, Unmarshal: unmarshalJSON}}
	return c
}

// router adds operations to the interface. All of them pass through allow.
type router struct {
	api  *API
	chi  chi.Router
	huma huma.API
}

// option changes how an operation is described or served.
type option func(*huma.Operation)

// created says that the operation answers 201.
func created(op *huma.Operation) { op.DefaultStatus = http.StatusCreated }

// accepted says that the operation answers 202: the work goes on after the answer.
func accepted(op *huma.Operation) { op.DefaultStatus = http.StatusAccepted }

// noContent says that the operation answers 204.
func noContent(op *huma.Operation) { op.DefaultStatus = http.StatusNoContent }

// produces says that the operation answers with a file of this type in place of JSON that is described.
func produces(contentType string) option {
	return func(op *huma.Operation) {
		schema := &huma.Schema{Type: huma.TypeString}
		if contentType == "application/json" {
			schema = &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true}
		} else if _, text := texts[contentType]; !text {
			schema.Format = "binary"
		}
		op.Responses = map[string]*huma.Response{"200": {Content: map[string]*huma.MediaType{contentType: {Schema: schema}}}}
	}
}

// handle adds an operation: its types say what is read of a request (see register), checked, answered and described. What fn
// answers with an error reaches the client through problem.
func handle[I, O any](r router, method, path, operation, summary string,
	fn func(context.Context, *I) (*O, error), options ...option,
) {
	r.operation(method, path, operation, summary, reflect.TypeFor[I](), reflect.TypeFor[O](),
		func(ctx context.Context, in any) (any, error) { return fn(ctx, in.(*I)) }, options)
}

// operation is handle for types that are told as values: so it is compiled once, and not for each operation.
func (r router) operation(method, path, operation, summary string, in, out reflect.Type,
	fn func(context.Context, any) (any, error), options []option,
) {
	r.note(method, path, operation)
	op := huma.Operation{
		OperationID: operation, Method: method, Path: path, Summary: summary, Tags: []string{tagOf(path)},
		MaxBodyBytes: -1, BodyReadTimeout: -1, // see limitBody
		Security:    securityOf(operation),
		Middlewares: huma.Middlewares{r.permit(operation)},
		Errors:      []int{http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound},
	}
	for _, o := range options {
		o(&op)
	}
	r.describeAnswer(&op, out)
	r.register(op, in, fn)
}

// permit is allow for operations that huma serves. It runs before the body is read.
func (r router) permit(operation string) func(huma.Context, func(huma.Context)) {
	return func(hc huma.Context, next func(huma.Context)) {
		req, w := humachi.Unwrap(hc)
		ctx, err := r.api.allow(req, operation, hc.Param)
		if err == nil && hc.Operation().RequestBody == nil {
			err = forget(req)
		}
		if err != nil {
			r.api.writeProblem(w, req, err)
			return
		}
		r.api.noteView(ctx, operation, hc.Param("id"))
		if sw, ok := w.(*statusWriter); ok {
			sw.holds = r.api.holds(ctx, req, operation, hc.Param("id"))
		}
		next(huma.WithContext(hc, ctx))
	}
}

// tagOf groups operations by the first word of their path.
func tagOf(path string) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return first
}

// securityOf describes the operation's row of the permission table in the words of OpenAPI.
func securityOf(operation string) []map[string][]string {
	p, _ := auth.For(operation)
	switch {
	case p.Who == auth.Participant:
		return []map[string][]string{{"participant": {}}}
	case p.Who == auth.Anyone:
		return []map[string][]string{}
	case p.CookieOnly:
		return []map[string][]string{{"login": {}}}
	}
	return []map[string][]string{{"key": {}}, {"login": {}}}
}

// route is where an operation is found.
type route struct{ method, path, operation string }

// note remembers an operation, and stops the program when nobody has said who may call it.
func (r router) note(method, path, operation string) {
	if _, ok := auth.For(operation); !ok {
		panic(fmt.Sprintf("web: operation %s has no row in the permission table", operation))
	}
	r.api.list = append(r.api.list, route{method, path, operation})
}
