package testkit

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/server"
	"harmonium/appliance/store"
)

// Box is a whole appliance that runs for a test, on a free port of this machine, with an owner.
type Box struct {
	URL      string // base URL, without a slash at the end
	Dir      string // data directory
	Email    string // of the owner
	Password string
	Key      string // an API key of the owner, for everything

	t      testing.TB
	server *server.Server
	log    *logBuffer
	stop   context.CancelFunc
	ended  chan error
}

// Server starts an appliance and stops it when the test ends. Settings are "name=value", as on the command line; what
// they do not say is as fast as can be: cheap passwords, no limit of requests, guided mode that says all at once.
func Server(t testing.TB, settings ...string) *Box {
	t.Helper()
	flags := map[string]string{"listen": "127.0.0.1:0", "bcrypt-cost": "4", "guided-pace": "0s",
		"ollama": server.OllamaNone, "rate-limit": "0"}
	for _, s := range settings {
		name, value, _ := strings.Cut(s, "=")
		flags[name] = value
	}
	if flags["data"] == "" {
		flags["data"] = Dir(t)
	}
	cfg, err := server.Load(server.Sources{Flags: flags})
	if err != nil {
		t.Fatal(err)
	}
	b := &Box{Dir: cfg.Data, t: t, log: &logBuffer{}, ended: make(chan error, 1),
		Email: "owner@example.org", Password: "a password for tests"}
	cfg.Log, cfg.Version, cfg.Ballast = b.log, "test", -1
	b.start(cfg)
	t.Cleanup(b.Stop)
	b.addOwner(cfg)
	return b
}

func (b *Box) start(cfg server.Config) {
	b.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	s, err := server.New(ctx, cfg)
	if err != nil {
		cancel()
		b.t.Fatalf("start a server: %v", err)
	}
	b.server, b.URL, b.stop = s, s.URL(), cancel
	go func() { b.ended <- s.Run(ctx) }()
}

func (b *Box) addOwner(cfg server.Config) {
	b.t.Helper()
	var users []server.User
	if err := server.Ask(b.t.Context(), cfg, server.CommandUserList, server.None{}, &users); err != nil {
		b.t.Fatalf("list the accounts: %v", err)
	}
	if len(users) == 0 {
		b.t.Helper()
		in := server.NewUser{Email: b.Email, Name: "Olga Owner", Role: appliance.RoleOwner, Password: b.Password}
		if err := server.Ask(b.t.Context(), cfg, server.CommandUserAdd, in, &server.User{}); err != nil {
			b.t.Fatalf("make an owner: %v", err)
		}
	}
	var key server.Key
	in := server.NewKey{Email: b.Email, Name: "tests", Scopes: []appliance.Scope{appliance.ScopeAll}}
	if err := server.Ask(b.t.Context(), cfg, server.CommandKeyCreate, in, &key); err != nil {
		b.t.Fatalf("make a key: %v", err)
	}
	b.Key = key.Key
}

// Stop stops the server as SIGTERM does and waits until it has ended. Stopping twice does nothing.
func (b *Box) Stop() {
	b.t.Helper()
	if b.stop == nil {
		return
	}
	b.stop()
	b.stop = nil
	select {
	case err := <-b.ended:
		if err != nil {
			b.t.Errorf("the server ended with: %v", err)
		}
	case <-time.After(15 * time.Second):
		b.t.Error("the server did not stop within 15 s")
	}
}

// Store gives the store of the running server.
func (b *Box) Store() *store.Store { return b.server.Store() }

// Log gives what the server has logged so far.
func (b *Box) Log() string { return b.log.String() }

// Call sends a request with the owner's key, body as JSON unless it is nil, reads the answer into out unless that is
// nil, and gives the status.
func (b *Box) Call(method, path string, body, out any) int {
	b.t.Helper()
	return b.CallAs("Bearer "+b.Key, method, path, body, out)
}

// CallAs is Call with another Authorization header; "" sends none.
func (b *Box) CallAs(authorization, method, path string, body, out any) int {
	b.t.Helper()
	var text io.Reader
	if body != nil {
		j, err := json.Marshal(body)
		if err != nil {
			b.t.Fatal(err)
		}
		text = bytes.NewReader(j)
	}
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.URL+path, text)
	if err != nil {
		b.t.Fatal(err)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	if out != nil && len(answer) > 0 {
		if err := json.Unmarshal(answer, out); err != nil {
			b.t.Fatalf("%s %s: the answer is no JSON of the kind expected: %v", method, path, err)
		}
	}
	return res.StatusCode
}

// logBuffer takes the log of a server while a test may read it.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write appends to the log.
func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// String gives what was logged so far.
func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
