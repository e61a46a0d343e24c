package server_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/control"
	"harmonium/appliance/server"
	"harmonium/appliance/store"
	"harmonium/appliance/testkit"
)

// config makes a configuration for a server on a free port, with what a test wants otherwise as "name=value".
func config(t *testing.T, settings ...string) server.Config {
	t.Helper()
	flags := map[string]string{"data": testkit.Dir(t), "listen": "127.0.0.1:0", "bcrypt-cost": "4", "ollama": "none"}
	for _, s := range settings {
		name, value, _ := strings.Cut(s, "=")
		flags[name] = value
	}
	c, err := server.Load(server.Sources{Flags: flags})
	if err != nil {
		t.Fatal(err)
	}
	c.Log, c.Version, c.Ballast = io.Discard, "test", -1
	return c
}

// start runs a server; stop ends it and gives what Run returned.
func start(t *testing.T, c server.Config) (s *server.Server, stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	s, err := server.New(ctx, c)
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	stop = sync.OnceValue(func() error { cancel(); return <-ended })
	t.Cleanup(func() { stop() })
	return s, stop
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

func post(t *testing.T, url, body string) *http.Response {
	t.Helper()
	res, err := http.Post(url, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	return res
}

// log takes what a server writes; wait blocks until it holds a match and gives its first group.
type log struct {
	mu   sync.Mutex
	text string
	more chan struct{}
}

func newLog() *log { return &log{more: make(chan struct{}, 1)} }

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	l.text += string(p)
	l.mu.Unlock()
	select {
	case l.more <- struct{}{}:
	default:
	}
	return len(p), nil
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text
}

func (l *log) wait(t *testing.T, pattern string) string {
	t.Helper()
	limit := time.After(10 * time.Second)
	for {
		if m := regexp.MustCompile(pattern).FindStringSubmatch(l.String()); m != nil {
			return m[len(m)-1]
		}
		select {
		case <-l.more:
		case <-limit:
			t.Fatalf("the log never said %s", pattern)
		}
	}
}

func TestFromTheFirstStartToTheFirstAccount(t *testing.T) {
	for _, format := range []string{"text", "json"} {
		t.Run(format, func(t *testing.T) {
			said := newLog()
			c := config(t, "log-format="+format)
			c.Log = said
			s, stop := start(t, c)
			for _, path := range []string{"/healthz", "/readyz"} {
				if status, body := get(t, s.URL()+path); status != http.StatusOK {
					t.Errorf("%s answers %d %s", path, status, body)
				}
			}
			token := said.wait(t, regexp.QuoteMeta(s.URL())+`/setup#t=([0-9a-z]+)`)
			account := `{"token":"` + token + `","email":"ann@example.org","name":"Ann","password":"a long password"}`
			if got := post(t, s.URL()+"/api/v1/setup", strings.Replace(account, token, "0"+token[1:]+"x", 1)).StatusCode; got != http.StatusForbidden {
				t.Errorf("a wrong token was answered with %d", got)
			}
			res := post(t, s.URL()+"/api/v1/setup", account)
			if res.StatusCode != http.StatusNoContent || !strings.HasPrefix(res.Header.Get("Set-Cookie"), "__Host-harmonium=") {
				t.Errorf("set-up was answered with %d, cookie %q", res.StatusCode, res.Header.Get("Set-Cookie"))
			}
			if got := post(t, s.URL()+"/api/v1/setup", strings.Replace(account, "ann@", "bob@", 1)).StatusCode; got != http.StatusConflict {
				t.Errorf("the token worked a second time: %d", got)
			}
			if err := stop(); err != nil {
				t.Errorf("the server ended with %v", err)
			}

			said = newLog()
			c.Log = said
			_, stop = start(t, c)
			said.wait(t, "the database is sound")
			stop()
			if strings.Contains(said.String(), "/setup") {
				t.Error("a box with an account offers a set-up link")
			}
		})
	}
}

func TestEachStartMakesANewSetupLink(t *testing.T) {
	c := config(t)
	var tokens []string
	for range 2 {
		said := newLog()
		c.Log = said
		_, stop := start(t, c)
		tokens = append(tokens, said.wait(t, `/setup#t=([0-9a-z]+)`))
		stop()
	}
	if tokens[0] == tokens[1] {
		t.Error("both starts gave the same link")
	}
}

func TestSecondServerOnTheSameDirectoryIsRefused(t *testing.T) {
	c := config(t)
	first, stop := start(t, c)
	_, err := server.New(t.Context(), c)
	if appliance.CodeOf(err) != appliance.CodeConflict || !strings.Contains(err.Error(), c.Data) {
		t.Errorf("got %v, want a conflict that names the directory", err)
	}
	if status, _ := get(t, first.URL()+"/readyz"); status != http.StatusOK {
		t.Errorf("the first server now answers %d", status)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	_, stop = start(t, c)
	if err := stop(); err != nil {
		t.Errorf("after the first had ended: %v", err)
	}
}

func TestAPortThatCannotBeHadIsNamedWithTheReason(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, tt := range []struct{ name, listen, why, todo string }{
		{"taken", l.Addr().String(), "another program has it", "Stop that program"},
		{"of another machine", "192.0.2.1:8080", "this machine does not have it", "harmonium lan addresses"},
		{"of IPv6, where there may be none", "[2001:db8::1]:8080", "this machine ", "or choose another address with --listen"},
	} {
		c := config(t, "listen="+tt.listen, "data="+t.TempDir())
		_, err = server.New(t.Context(), c)
		if appliance.CodeOf(err) != appliance.CodeConflict {
			t.Fatalf("%s: %v", tt.name, err)
		}
		for _, words := range []string{tt.listen, tt.why, "Nothing was changed", tt.todo} {
			if !strings.Contains(err.Error(), words) {
				t.Errorf("%s: %q does not say %q", tt.name, err, words)
			}
		}
		if _, err := os.Stat(filepath.Join(c.Data, "harmonium.db")); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: something was made: %v", tt.name, err)
		}
	}
}

func TestServerLeavesTheDirectoryOfSomebodyElseAlone(t *testing.T) {
	foreign := t.TempDir()
	if os.Geteuid() != 0 {
		foreign = "/usr"
	} else if err := os.Chown(foreign, 12345, 12345); err != nil {
		t.Fatal(err)
	}
	_, err := server.New(t.Context(), config(t, "data="+foreign))
	if appliance.CodeOf(err) != appliance.CodeConflict || !strings.Contains(err.Error(), foreign) {
		t.Errorf("got %v, want a conflict that names the directory", err)
	}
	if text := fmt.Sprint(err); !strings.Contains(text, "Nothing was changed") || !strings.Contains(text, "Start the server as that user") {
		t.Errorf("%q does not say what was kept and what to do", text)
	}
	if _, err := os.Stat(filepath.Join(foreign, "harmonium.db")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("something was left there: %v", err)
	}
}

func TestServerThatStopsFinishesWhatIsUnderWayAndLeavesNothingOpen(t *testing.T) {
	box := testkit.Server(t)
	address := strings.TrimPrefix(box.URL, "http://")
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	answers := bufio.NewReader(c)
	body := `{"email":"` + box.Email + `","password":"` + box.Password + `"}`
	fmt.Fprintf(c, "POST /api/v1/login HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"+
		"Expect: 100-continue\r\n\r\n", address, len(body))
	// The server asks for the body, so the request is under way.
	if line, err := answers.ReadString('\n'); err != nil || !strings.Contains(line, "100 Continue") {
		t.Fatalf("got %q, %v", line, err)
	}
	answers.ReadString('\n')

	begin := time.Now()
	stopped := make(chan struct{})
	go func() { box.Stop(); close(stopped) }()
	for { // until nobody is let in any more
		other, err := net.Dial("tcp", address)
		if err != nil {
			break
		}
		other.Close()
	}
	io.WriteString(c, body)
	if line, err := answers.ReadString('\n'); err != nil || !strings.Contains(line, "204 No Content") {
		t.Errorf("the request under way was answered with %q, %v", line, err)
	}
	<-stopped
	if took := time.Since(begin); took > 10*time.Second {
		t.Errorf("stopping took %v", took)
	}
	if store.InUse(box.Dir) {
		t.Error("the data directory is still locked")
	}
	if _, err := os.Stat(filepath.Join(box.Dir, control.Name)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the control socket is still there: %v", err)
	}
}

func TestServerEndsWithAnErrorWhenItsDatabaseIsGone(t *testing.T) {
	c := config(t)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	s, err := server.New(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	get(t, s.URL()+"/readyz")
	if err := os.Remove(filepath.Join(c.Data, "harmonium.db")); err != nil {
		t.Fatal(err)
	}
	// The next write notices; it must not be acknowledged.
	user := server.NewUser{Email: "ann@example.org", Name: "Ann", Role: appliance.RoleOwner, Password: "a long password"}
	if err := server.Ask(t.Context(), c, server.CommandUserAdd, user, &server.User{}); err == nil {
		t.Error("a write to a database that is gone was acknowledged")
	}
	select {
	case err := <-ended:
		if err == nil {
			t.Error("the server ended as if all were well")
		}
	case <-time.After(15 * time.Second):
		t.Error("the server went on")
	}
}

func TestMetricsAreForThisMachineAndForAdministrators(t *testing.T) {
	box := testkit.Server(t)
	status, text := get(t, box.URL+"/metrics")
	if status != http.StatusOK {
		t.Fatalf("answered %d", status)
	}
	for _, name := range []string{"harmonium_turns 0", "harmonium_conversations_active 0", "harmonium_jobs_waiting",
		"harmonium_store_wal_bytes", "harmonium_goroutines", "harmonium_memory_bytes", "# TYPE harmonium_store_writes_total counter"} {
		if !strings.Contains(text, name) {
			t.Errorf("%s is missing in:\n%s", name, text)
		}
	}
	_, text = get(t, box.URL+"/metrics")
	for _, name := range []string{"harmonium_disk_free_bytes ", "harmonium_room_disk_level ", "harmonium_ballast_bytes 0",
		"# TYPE harmonium_http_request_seconds histogram", `harmonium_http_request_seconds_bucket{class="probes",status="2xx",le="+Inf"} 1`,
		`harmonium_http_request_seconds_count{class="probes",status="2xx"} 1`, `harmonium_models_state{why="off"} 1`} {
		if !strings.Contains(text, name) {
			t.Errorf("%s is missing in:\n%s", name, text)
		}
	}
	if strings.Contains(text, "egress_refused") {
		t.Error("the server has tried to connect out")
	}
	for name, tt := range map[string]struct {
		header, value string
		want          int
	}{
		"handed on by a proxy":  {"X-Forwarded-For", "192.0.2.1", http.StatusNotFound},
		"handed on, by RFC":     {"Forwarded", "for=192.0.2.1", http.StatusNotFound},
		"a key that is unknown": {"Authorization", "Bearer hm_live_00000000000000000000000000000000", http.StatusUnauthorized},
		"a key of the owner":    {"Authorization", "Bearer " + box.Key, http.StatusOK},
	} {
		r, err := http.NewRequest(http.MethodGet, box.URL+"/metrics", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set(tt.header, tt.value)
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != tt.want {
			t.Errorf("%s: answered %d, want %d", name, res.StatusCode, tt.want)
		}
	}

	client, done, err := control.Client(box.Dir)
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	res, err := client.Get("http://control/metrics")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Errorf("the control socket answers %d", res.StatusCode)
	}
}
