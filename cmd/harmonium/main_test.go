package main_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// program builds the program once, as `make build` does, and gives its path.
func program(t *testing.T) string {
	t.Helper()
	path, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

var built = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "harmonium-program-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "harmonium")
	if out, err := exec.Command("../../packaging/compile", "v0-test", path).CombinedOutput(); err != nil {
		return "", errors.New(string(out))
	}
	return path, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if path, err := built(); err == nil {
		os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

// outcome is how one command line ended.
type outcome struct {
	code        int
	out, errOut string
}

// environment is that of the tests without settings of Harmonium, and without the configuration of this machine.
func environment(extra ...string) []string {
	var list []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "HARMONIUM_") {
			list = append(list, v)
		}
	}
	return append(append(list, "HARMONIUM_CONFIG="), extra...)
}

func do(t *testing.T, stdin string, args ...string) outcome {
	t.Helper()
	return doIn(t, environment(), stdin, args...)
}

func doIn(t *testing.T, environment []string, stdin string, args ...string) outcome {
	t.Helper()
	var out, errOut strings.Builder
	cmd := exec.Command(program(t), args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr, cmd.Env = strings.NewReader(stdin), &out, &errOut, environment
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return outcome{cmd.ProcessState.ExitCode(), out.String(), errOut.String()}
}

// serving is a server that runs.
type serving struct {
	*exec.Cmd
	url string
	log <-chan string
}

// serve starts the server and returns when it says that it is ready.
func serve(t *testing.T, dir string, args ...string) *serving {
	t.Helper()
	s := launch(t, dir, args...)
	s.url = s.say(t, `msg=ready address=(\S+)`)
	return s
}

// launch starts the server and does not wait for it.
func launch(t *testing.T, dir string, args ...string) *serving {
	t.Helper()
	cmd := exec.Command(program(t), append([]string{"serve", "--data", dir, "--listen", "127.0.0.1:0"}, args...)...)
	cmd.Env = environment()
	pipe, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	lines := make(chan string, 100)
	go func() {
		defer close(lines)
		for s := bufio.NewScanner(pipe); s.Scan(); {
			lines <- s.Text()
		}
	}()
	return &serving{Cmd: cmd, log: lines}
}

// say waits until the server logs a match and gives its first group.
func (s *serving) say(t *testing.T, pattern string) string {
	t.Helper()
	limit := time.After(20 * time.Second)
	for {
		select {
		case line, ok := <-s.log:
			if !ok {
				t.Fatalf("the server ended without saying %s", pattern)
			}
			if m := regexp.MustCompile(pattern).FindStringSubmatch(line); m != nil {
				return m[1]
			}
		case <-limit:
			t.Fatalf("the server did not say %s", pattern)
		}
	}
}

// end waits for the server and gives its exit code, -1 for a signal.
func (s *serving) end(t *testing.T) int {
	t.Helper()
	for range s.log {
	}
	s.Wait()
	return s.ProcessState.ExitCode()
}

func TestExitCodesTellDoneFromFailedFromWrongUse(t *testing.T) {
	dir := t.TempDir()
	for _, tt := range []struct {
		args string
		code int
		says string // in what is printed
	}{
		{"version", 0, "v0-test"},
		{"", 0, "serve"},
		{"serve --help", 0, "HARMONIUM_LISTEN"},
		{"fly", 2, `does not know "fly"`},
		{"user fly", 2, `does not know "fly"`},
		{"serve now", 2, `does not know "now"`},
		{"version --colour", 2, "harmonium version: unknown flag: --colour; harmonium version --help lists what there is\n"},
		{"--bogus", 2, "harmonium: unknown flag: --bogus; harmonium --help lists what there is\n"},
		{"user add --name Ann --data " + dir, 2, "harmonium user add needs --email; "},
		{"user passwd --data " + dir, 2, "harmonium user passwd needs --email; "},
		{"user no-second-factor --data " + dir, 2, "harmonium user no-second-factor needs --email; "},
		{"user no-second-factor --email bob@example.org --data " + dir, 1, "no account"},
		{"key create --data " + dir, 1, "harmonium user add makes an account"},
		{"user add --email ann@example.org --name A\xffn --password-stdin --data " + dir, 2, "name: This is not valid text (UTF-8)."},
		{"key create --email ann@example.org --name \xff --scopes *,\xfe --data " + dir, 2, "scopes: This is not valid text (UTF-8)."},
		{"key revoke hm_\xff --data " + dir, 2, "key: This is not valid text (UTF-8)."},
		{"serve --listen 8080 --data " + dir, 2, `The setting listen is "8080" (from: flag --listen)`},
		{"serve --config /nowhere.conf", 2, "/nowhere.conf"},
		{"user add --email ann --name Ann --data " + dir + " --password-stdin", 2, "This is not an e-mail address."},
		{"user add --email ann@example.org --name Ann --data " + dir, 2, "--password-stdin"},
		{"user passwd --email bob@example.org --password-stdin --data " + dir, 1, "no account"},
		{"key create --email bob@example.org --name x --data " + dir, 1, "no account"},
		{"key create --email bob@example.org --name x --expires soon --data " + dir, 2, "90d"},
		{"key revoke --data " + dir, 2, "one key"},
		{"key revoke key_none --data " + dir, 1, "no API key"},
		{"user list --data /proc/none", 1, "/proc/none"},
	} {
		got := do(t, "a long password\n", strings.Fields(tt.args)...)
		if got.code != tt.code || !strings.Contains(got.out+got.errOut, tt.says) {
			t.Errorf("harmonium %s: exit code %d, want %d and %q; it printed:\n%s%s", tt.args, got.code, tt.code, tt.says, got.out, got.errOut)
		}
		if got.code != 0 && (got.out != "" || !strings.HasPrefix(got.errOut, "harmonium")) {
			t.Errorf("harmonium %s: an error belongs on standard error, as a sentence: %q %q", tt.args, got.out, got.errOut)
		}
	}
}

// A slip in the name of the directory must not look like a box without accounts, and leaves nothing behind.
func TestCommandsMakeNoDataDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "typo")
	for _, command := range []string{"user list", "user add --email a@example.org --name A --password-stdin", "user passwd --email a@example.org --password-stdin",
		"user no-second-factor --email a@example.org",
		"key list", "key create", "key revoke x", "doctor"} {
		got := do(t, "a long password\n", append(strings.Fields(command), "--data", dir)...)
		if command != "doctor" && (got.code != 1 || !strings.Contains(got.errOut, "There is no data directory "+dir)) {
			t.Errorf("%s: %+v", command, got)
		}
		if _, err := os.Lstat(dir); !errors.Is(err, os.ErrNotExist) {
			t.Fatalf("%s made the directory: %v", command, err)
		}
	}
}

// With one account there is nothing to choose; with two the command asks which.
func TestAKeyActsForTheOnlyAccountUnlessAnotherIsNamed(t *testing.T) {
	dir := t.TempDir()
	add := func(email string) {
		if got := do(t, "a long password\n", "user", "add", "--email", email, "--name", "A", "--password-stdin", "--data", dir); got.code != 0 {
			t.Fatalf("%+v", got)
		}
	}
	add("a@example.org")
	if got := do(t, "", "key", "create", "--data", dir); got.code != 0 || !strings.HasPrefix(got.out, "hm_live_") {
		t.Errorf("one account: %+v", got)
	}
	add("b@example.org")
	if got := do(t, "", "key", "create", "--data", dir); got.code != 2 || got.out != "" || !strings.Contains(got.errOut, "email: There are 2 accounts") {
		t.Errorf("two accounts: %+v", got)
	}
}

func TestAccountsAndKeysFromTheCommandLine(t *testing.T) {
	dir := t.TempDir()
	for _, running := range []bool{false, true} {
		email := "ann@example.org"
		if running {
			serve(t, dir)
			email = "bob@example.org"
		}
		got := do(t, "a long password\n", "user", "add", "--email", email, "--name", "Ann", "--role", "owner", "--password-stdin", "--data", dir)
		if got.code != 0 {
			t.Fatalf("user add: %+v", got)
		}
		key := do(t, "", "key", "create", "--email", email, "--name", "k", "--scopes", "sessions:read,results:read", "--expires", "90d", "--data", dir)
		if key.code != 0 || !regexp.MustCompile(`^hm_live_[0-9a-f]{32}\n$`).MatchString(key.out) || key.errOut != "" {
			t.Errorf("the key does not stand alone on standard output: %+v", key)
		}
		list := do(t, "", "key", "list", "--json", "--data", dir)
		var keys []struct {
			ID     string   `json:"id"`
			Scopes []string `json:"scopes"`
			Key    string   `json:"key"`
		}
		if err := json.Unmarshal([]byte(list.out), &keys); err != nil || len(keys) == 0 || len(keys[0].Scopes) != 2 || keys[0].Key != "" {
			t.Errorf("key list: %v %+v", err, list)
		}
		if got := do(t, "", "key", "revoke", strings.TrimSpace(key.out)[:12], "--data", dir); got.code != 0 {
			t.Errorf("key revoke: %+v", got)
		}
	}
	if got := do(t, "a long \xffpassword\n", "user", "passwd", "--email", "bob@example.org", "--password-stdin", "--data", dir); got.code != 2 {
		t.Errorf("a password that is not text, through the server: %+v", got)
	}
	var users []struct{ Email, Role string }
	list := do(t, "", "user", "list", "--json", "--data", dir)
	if err := json.Unmarshal([]byte(list.out), &users); err != nil || len(users) != 2 {
		t.Errorf("user list: %v %+v", err, list)
	}
	if got := do(t, "", "user", "list", "--data", dir); !strings.Contains(got.out, "bob@example.org") {
		t.Errorf("user list for people: %+v", got)
	}
}

func TestSettingsFromFileEnvironmentAndFlags(t *testing.T) {
	file := filepath.Join(t.TempDir(), "harmonium.conf")
	if err := os.WriteFile(file, []byte("HARMONIUM_RATE_LIMIT=5\nHARMONIUM_HOSTS=a\nHARMONIUM_LISTEN=:81\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got := doIn(t, environment("HARMONIUM_CONFIG="+file, "HARMONIUM_HOSTS=b", "HARMONIUM_LISTEN=:82"), "",
		"serve", "--listen", ":83", "--print-config", "--json")
	var values map[string]struct{ Value, From string }
	if err := json.Unmarshal([]byte(got.out), &values); err != nil || got.code != 0 {
		t.Fatalf("%v %+v", err, got)
	}
	for name, want := range map[string]string{"rate-limit": "5", "hosts": "b", "listen": ":83", "data": "data"} {
		if values[name].Value != want {
			t.Errorf("%s is %+v, want %s", name, values[name], want)
		}
	}
}

func TestServerEndsWellOnSIGTERMAndTheDirectoryIsFree(t *testing.T) {
	dir := t.TempDir()
	s := serve(t, dir)
	if got := do(t, "", "serve", "--data", dir, "--listen", "127.0.0.1:0"); got.code != 1 || !strings.Contains(got.errOut, "Another harmonium") {
		t.Errorf("a second server on the directory: %+v", got)
	}
	doctor := do(t, "", "doctor", "--data", dir, "--json")
	if !strings.Contains(doctor.out, "has been running since") || doctor.code != 0 {
		t.Errorf("doctor: %+v", doctor)
	}
	begin := time.Now()
	s.Process.Signal(syscall.SIGTERM)
	if code := s.end(t); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if took := time.Since(begin); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
	again := serve(t, dir)
	again.Process.Signal(syscall.SIGINT)
	if code := again.end(t); code != 0 {
		t.Errorf("after Ctrl-C: exit code %d", code)
	}
}

func TestServerStartsAgainAfterItWasKilled(t *testing.T) {
	dir := t.TempDir()
	for range 3 {
		s := serve(t, dir)
		s.Process.Kill()
		s.end(t)
	}
	if got := do(t, "", "doctor", "--data", dir); got.code != 0 {
		t.Errorf("doctor: %+v", got)
	}
}

func TestDoctorSaysByItsExitCodeThatSomethingFails(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "harmonium.db"), []byte(strings.Repeat("no database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	got := do(t, "", "doctor", "--data", dir)
	if got.code != 1 || !strings.Contains(got.out, "fail  database") {
		t.Errorf("%+v", got)
	}
}

// Files of the data directory are for the account that runs the server, and for nobody else.
func TestFilesAreForTheirOwnerOnly(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	serve(t, dir)
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A command of root's leaves nothing that the server, which is not root, could not write.
func TestFilesOfCommandsBelongToTheOwnerOfTheDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 {
		if err := os.Chown(dir, 12345, 12345); err != nil {
			t.Fatal(err)
		}
		for up := filepath.Dir(dir); up != filepath.Clean(os.TempDir()) && up != "/"; up = filepath.Dir(up) {
			if err := os.Chmod(up, 0o711); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got := do(t, "", "user", "list", "--data", dir); got.code != 0 {
		t.Fatalf("%+v", got)
	}
	want := owner(t, dir)
	files, err := os.ReadDir(dir)
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, f := range files {
		if got := owner(t, filepath.Join(dir, f.Name())); got != want {
			t.Errorf("%s belongs to %d, the directory to %d", f.Name(), got, want)
		}
	}
}

func owner(t *testing.T, path string) uint32 {
	t.Helper()
	var st syscall.Stat_t
	if err := syscall.Stat(path, &st); err != nil {
		t.Fatal(err)
	}
	return st.Uid
}
