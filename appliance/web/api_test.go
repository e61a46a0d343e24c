package web_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/audio"
	"harmonium/appliance/auth"
	"harmonium/appliance/capacity"
	"harmonium/appliance/capture"
	"harmonium/appliance/clock"
	"harmonium/appliance/companion"
	"harmonium/appliance/document"
	"harmonium/appliance/egress"
	"harmonium/appliance/export"
	"harmonium/appliance/facilitation"
	"harmonium/appliance/inference"
	"harmonium/appliance/lan"
	"harmonium/appliance/live"
	"harmonium/appliance/privacy"
	"harmonium/appliance/rehearsal"
	"harmonium/appliance/retention"
	"harmonium/appliance/store"
	"harmonium/appliance/synthesis"
	"harmonium/appliance/testkit"
	"harmonium/appliance/trial"
	"harmonium/appliance/web"
	"harmonium/appliance/webhook"
)

// The test program is also the child that reads documents, and sound. When all tests have run, each operation that changes something
// has left an entry in the audit trail in one of them, or is among the exceptions of unnoted.
func TestMain(m *testing.M) {
	if len(os.Args) == 4 && os.Args[1] == "read-document" {
		if err := document.Child(document.Format(os.Args[3]), os.Stdin, os.Stdout, func() { os.Exit(1) }); err != nil {
			os.Exit(1)
		}
		return
	}
	if len(os.Args) > 2 && os.Args[1] == "read-sound" {
		probe := 0
		if os.Args[2] == "--probe" {
			probe = 60
		}
		if err := audio.Child(probe, os.Args[2] == "--split=true", os.Stdin, os.Stdout, func() { os.Exit(1) }); err != nil {
			os.Exit(1)
		}
		return
	}
	code := m.Run()
	if flag.Lookup("test.run").Value.String() == "" && flag.Lookup("test.skip").Value.String() == "" {
		for _, wrong := range everything.wrong() {
			fmt.Fprintln(os.Stderr, wrong)
			code = 1
		}
	}
	os.Exit(code)
}

// byTest is who does what a test does past the interface.
var byTest = store.By{Actor: store.ActorCommandLine}

// desk is the interface of one box for a test: the real handler over a real store, with a clock that the test moves
// and a log that it can read.
type desk struct {
	t       testing.TB
	deps    web.Deps
	handler http.Handler
	routes  []web.Route
	store   *store.Store
	clock   *testkit.Clock
	log     *bytes.Buffer
	as      map[string]string // credentials by who has them: "Cookie …" or "Bearer …"
	from    string            // address of the client
}

// newDesk makes a desk; change alters what the handler is given.
func newDesk(t testing.TB, change ...func(*web.Deps)) *desk {
	t.Helper()
	clock := testkit.NewClock()
	passwords, err := auth.NewPasswords(auth.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{t: t, clock: clock, store: testkit.Store(t, clock.Now), log: &bytes.Buffer{}, from: "192.0.2.1:40000",
		as: map[string]string{"": ""}}
	d.deps = web.Deps{Store: d.store, Passwords: passwords, Clock: clock.Now, UI: fstest.MapFS{}, Version: "test",
		Log:     slog.New(slog.NewTextHandler(d.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Network: network(t, lan.Options{Mode: lan.ModeNone, Listen: "localhost:8080", Clock: clock.Now}),
		Ready:   func() error { return nil },
		Attest: func(context.Context) (privacy.Signed, error) {
			_, key, err := ed25519.GenerateKey(nil)
			if err != nil {
				return privacy.Signed{}, err
			}
			return privacy.Sign(privacy.Facts{At: clock.Now()}, key)
		},
		Findings: func(context.Context) []appliance.Finding { return nil }}
	d.deps.Times = timesOf(t, clock)
	d.deps.Documents = document.NewReader(os.Args[0]) // see TestMain
	d.deps.Backup = backupsOf(t, d.store, clock.Now)
	d.deps.Support = func(context.Context) ([]byte, error) { return []byte("PK"), nil }
	d.deps.Hub = live.NewHub(clock.Now)
	d.deps.Engine = facilitation.New(facilitation.Options{Store: d.store, Hub: d.deps.Hub, Log: d.deps.Log, Clock: clock.Now})
	d.deps.Retention = &retention.Keeper{Store: d.store, Clock: clock.Now, Log: d.deps.Log, Gone: d.deps.Engine.Gone}
	d.deps.Receipt = func(ctx context.Context, id appliance.ReceiptID) (privacy.SignedReceipt, error) {
		_, key, err := ed25519.GenerateKey(nil)
		if err != nil {
			return privacy.SignedReceipt{}, err
		}
		r, err := d.store.Receipt(ctx, id)
		if err != nil {
			return privacy.SignedReceipt{}, err
		}
		return privacy.SignReceipt(privacy.Erasure{Receipt: r, At: clock.Now()}, key)
	}
	d.deps.Models = inference.New(inference.Options{Clock: clock.Now})
	d.deps.Scribe = capture.NewScribe(capture.ScribeOptions{Store: d.store, Hub: d.deps.Hub, Clock: clock.Now, Log: d.deps.Log})
	d.deps.Exports = export.New(d.store, clock.Now)
	d.deps.Synthesis = synthesis.New(synthesis.Options{Store: d.store, Hub: d.deps.Hub, Clock: clock.Now, Models: d.deps.Models, Says: facilitation.Says})
	d.deps.Rehearsal = rehearsal.New(rehearsal.Options{Store: d.store, Engine: d.deps.Engine, Models: d.deps.Models, Log: d.deps.Log})
	t.Cleanup(func() { d.deps.Engine.Close(context.Background()) })
	d.deps.Webhooks = webhook.New(webhook.Options{Store: d.store, Client: egress.New(egress.Options{}).Client(), Clock: clock.Now, Log: d.deps.Log,
		Allowed: func() []netip.AddrPort { return nil }})
	for _, c := range change {
		c(&d.deps)
	}
	d.deps.Companion = companion.New(companion.Options{Store: d.store, Models: d.deps.Models, Hub: d.deps.Hub, Log: d.deps.Log})
	t.Cleanup(d.deps.Companion.Close)
	d.deps.Trials = trial.New(d.deps.Models, appliance.SystemClock, d.deps.Log)
	t.Cleanup(d.deps.Trials.Close)
	d.deps.Capacity = capacity.New(capacity.Options{Gateway: d.deps.Models, Clock: clock.Now, Log: d.deps.Log, Most: 1000,
		Turn: func(person, answers int) (inference.Request, inference.Request) {
			r := facilitation.Rehearse(person, answers)
			return r.Weigh, r.Speak
		},
		Guided: func(context.Context) (float64, error) { return 10, nil },
		People: func(ctx context.Context) (int, error) { return d.store.Talking(ctx, time.Minute) }})
	t.Cleanup(d.deps.Capacity.Close)
	d.handler, d.routes = web.NewWithRoutes(d.deps)
	d.handler = d.watch(&everything)
	return d
}

// timesOf keeps the time of a box whose machine's clock is never set.
func timesOf(t testing.TB, machine *testkit.Clock) *clock.Keeper {
	began := machine.Now()
	return clock.New(t.TempDir(), machine.Now, func() time.Duration { return machine.Now().Sub(began) }, slog.New(slog.DiscardHandler))
}

// network opens the network of a box.
func network(t testing.TB, o lan.Options) *lan.Network {
	t.Helper()
	n, err := lan.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// person makes an account name@example.org with the password "password of name", logs it in, and lets requests be
// sent as name.
func (d *desk) person(name string, role appliance.Role) appliance.Account {
	d.t.Helper()
	hash, err := d.deps.Passwords.Hash(d.t.Context(), "password of "+name)
	if err != nil {
		d.t.Fatal(err)
	}
	a, err := d.store.CreateAccount(d.t.Context(), byTest,
		appliance.Account{Email: name + "@example.org", Name: name, Role: role}, hash)
	if err != nil {
		d.t.Fatal(err)
	}
	d.as[name] = d.cookie(a)
	return a
}

// cookie logs an account in that was made by person.
func (d *desk) cookie(a appliance.Account) string {
	d.t.Helper()
	now, hash, err := d.store.AccountByEmail(d.t.Context(), a.Email)
	if err != nil {
		d.t.Fatal(err)
	}
	token := appliance.NewSecret("")
	_, absolute := auth.LoginLimits(a.Role)
	_, err = d.store.CreateLogin(d.t.Context(), store.By{Account: a.ID, Actor: string(a.ID)}, appliance.Login{
		AccountID: a.ID, ExpiresAt: d.clock.Now().Add(absolute), Address: "192.0.2.1", UserAgent: "test"}, token.Hash(), store.Proved{PasswordHash: hash, Factor: now.Factor})
	if err != nil {
		d.t.Fatal(err)
	}
	return "Cookie " + web.LoginCookie + "=" + string(token)
}

// key makes an API key of an account and lets requests be sent as who. The zero until is never.
func (d *desk) key(who string, a appliance.Account, until time.Time, scopes ...appliance.Scope) appliance.APIKey {
	d.t.Helper()
	secret := auth.NewAPIKey()
	k, err := d.store.CreateKey(d.t.Context(), store.By{Account: a.ID, Actor: string(a.ID)}, store.Once{},
		appliance.APIKey{AccountID: a.ID, Name: who, Prefix: auth.KeyPrefix(secret), Scopes: scopes, ExpiresAt: until},
		secret.Hash())
	if err != nil {
		d.t.Fatal(err)
	}
	d.as[who] = "Bearer " + string(secret)
	return k
}

// send sends one request and gives the answer. Body is sent as JSON: a string as it stands, anything else encoded,
// nil not at all. Header lines are "Name: value".
func (d *desk) send(as, method, path string, body any, header ...string) *httptest.ResponseRecorder {
	d.t.Helper()
	text := ""
	switch b := body.(type) {
	case nil:
	case string:
		text = b
	default:
		j, err := json.Marshal(body)
		if err != nil {
			d.t.Fatal(err)
		}
		text = string(j)
	}
	r := httptest.NewRequestWithContext(d.t.Context(), method, "http://localhost"+path, strings.NewReader(text))
	r.RemoteAddr = d.from
	if text != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	credentials, known := d.as[as]
	if !known {
		d.t.Fatalf("nobody is called %q here", as)
	}
	if c, ok := strings.CutPrefix(credentials, "Cookie "); ok {
		r.Header.Set("Cookie", c)
	} else if credentials != "" {
		r.Header.Set("Authorization", credentials)
	}
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	return w
}

// get sends a request that must be answered with status, and reads the answer into out unless that is nil.
func (d *desk) get(as, method, path string, body any, status int, out any, header ...string) {
	d.t.Helper()
	w := d.send(as, method, path, body, header...)
	if w.Code != status {
		d.t.Fatalf("%s %s as %q: status %d, want %d: %s", method, path, as, w.Code, status, w.Body)
	}
	if out != nil {
		if err := json.Unmarshal(w.Body.Bytes(), out); err != nil {
			d.t.Fatalf("%s %s as %q: %v in %s", method, path, as, err, w.Body)
		}
	}
}

// apiCase is one request and what must and must not be answered.
type apiCase struct {
	name   string // what is tried; "" when method and path say it
	as     string // who sends it, a name known to the desk; "" is a stranger
	method string
	path   string   // under the root
	header []string // "Name: value"
	body   any      // a string as it stands, else as JSON
	status int
	want   []string // what the answer must hold
	forbid []string // what it must not hold
}

// run sends the requests one after the other. Every answer is checked for what no answer may ever hold.
func (d *desk) run(cases ...apiCase) {
	d.t.Helper()
	for _, c := range cases {
		name := c.name
		if name == "" {
			name = c.method + " " + c.path
		}
		if c.as != "" {
			name += " as " + c.as
		}
		w := d.send(c.as, c.method, c.path, c.body, c.header...)
		answer := w.Body.String()
		if w.Code != c.status {
			d.t.Errorf("%s: status %d, want %d: %s", name, w.Code, c.status, answer)
			continue
		}
		for _, want := range c.want {
			if !strings.Contains(answer, want) {
				d.t.Errorf("%s: the answer lacks %q: %s", name, want, answer)
			}
		}
		for _, forbid := range append(c.forbid, "password_hash", "$2a$", "key_hash", "token_hash", "sql:", "goroutine ") {
			if strings.Contains(answer, forbid) {
				d.t.Errorf("%s: the answer holds %q: %s", name, forbid, answer)
			}
		}
		d.checkForm(name, w)
	}
}

// checkForm checks what holds for every answer of the interface: its type, and the form of an error.
func (d *desk) checkForm(name string, w *httptest.ResponseRecorder) {
	d.t.Helper()
	if w.Code == http.StatusNoContent {
		if w.Body.Len() > 0 {
			d.t.Errorf("%s: 204 with a body: %s", name, w.Body)
		}
		return
	}
	if w.Code < 400 {
		return
	}
	if got := w.Header().Get("Content-Type"); !strings.HasPrefix(got, "application/json") {
		d.t.Errorf("%s: an error of type %q", name, got)
	}
	var problem struct {
		Error struct {
			Code      string `json:"code"`
			Message   string `json:"message"`
			RequestID string `json:"request_id"`
		} `json:"error"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &problem); err != nil {
		d.t.Errorf("%s: an error that is no JSON: %s", name, w.Body)
		return
	}
	e := problem.Error
	if e.Code == "" || e.Message == "" || e.RequestID == "" {
		d.t.Errorf("%s: an error without code, message or request id: %s", name, w.Body)
	}
	if w.Code == http.StatusTooManyRequests && w.Header().Get("Retry-After") == "" {
		d.t.Errorf("%s: 429 without Retry-After", name)
	}
}

// cookieOf gives the credentials that an answer sets, and the cookie.
func (d *desk) cookieOf(w *httptest.ResponseRecorder) (string, *http.Cookie) {
	d.t.Helper()
	for _, c := range w.Result().Cookies() {
		if c.Name == web.LoginCookie {
			return fmt.Sprintf("Cookie %s=%s", c.Name, c.Value), c
		}
	}
	d.t.Fatalf("the answer %d sets no cookie: %s", w.Code, w.Body)
	return "", nil
}
