package bench_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// binary is the program under test, as `make build` leaves it.
const binary = "../../bin/harmonium"

// box is one running appliance.
type box struct {
	b    *testing.B
	dir  string
	addr string
	key  string
	args []string // further ones of the program
	cmd  *exec.Cmd
	http *http.Client
}

// newBox makes a data directory with an account and a key, and starts the program on it, without a model unless args
// say otherwise.
func newBox(b *testing.B, args ...string) *box {
	x := &box{b: b, args: append([]string{"--ollama", "none"}, args...), dir: filepath.Join(b.TempDir(), "data"), addr: freeAddress(b)}
	x.http = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1024, DisableCompression: true}}
	b.Cleanup(x.kill)
	x.start()
	x.command("long enough for a test\n", "user", "add", "--email", "bench@example.org", "--name", "Bench", "--role", "owner", "--password-stdin")
	x.key = strings.TrimSpace(x.command("", "key", "create", "--email", "bench@example.org", "--name", "bench", "--scopes", "*"))
	return x
}

func freeAddress(b *testing.B) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// start starts the program and returns how long it took until it said that it is ready.
func (x *box) start() time.Duration {
	x.cmd = exec.Command(binary, append([]string{"serve", "--data", x.dir, "--listen", x.addr, "--rate-limit", "0",
		"--guided-pace", "0s", "--bcrypt-cost", "4"}, x.args...)...)
	x.cmd.Stderr = io.Discard
	begin := time.Now()
	if err := x.cmd.Start(); err != nil {
		x.b.Fatalf("start %s (make build makes it): %v", binary, err)
	}
	for time.Since(begin) < 30*time.Second {
		resp, err := http.Get("http://" + x.addr + "/readyz")
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return time.Since(begin)
			}
		}
		time.Sleep(time.Millisecond)
	}
	x.b.Fatal("the program was not ready within 30 s")
	return 0
}

func (x *box) kill() {
	if x.cmd != nil && x.cmd.Process != nil {
		x.cmd.Process.Signal(syscall.SIGKILL)
		x.cmd.Wait()
		x.cmd = nil
	}
}

func (x *box) stop() {
	x.cmd.Process.Signal(syscall.SIGTERM)
	if err := x.cmd.Wait(); err != nil {
		x.b.Fatalf("stop: %v", err)
	}
	x.cmd = nil
}

// command runs another command of the program on the same data.
func (x *box) command(stdin string, args ...string) string {
	cmd := exec.Command(binary, append(args, "--data", x.dir)...)
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.Output()
	if err != nil {
		x.b.Fatalf("%s: %v", args[0], err)
	}
	return string(out)
}

// memory gives the resident memory of the program in MB, now or (peak) at its highest.
func (x *box) memory(peak bool) float64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", x.cmd.Process.Pid))
	if err != nil {
		x.b.Fatal(err)
	}
	field := "VmRSS:"
	if peak {
		field = "VmHWM:"
	}
	_, rest, _ := strings.Cut(string(status), field)
	kb, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		x.b.Fatal(err)
	}
	return float64(kb) / 1024
}

// call sends one request and decodes the answer into out, if that is not nil. It fails on any other status than want.
func (x *box) call(token, method, path string, in, out any, want int) {
	status, err := x.try(token, method, path, in, out)
	if err != nil || status != want {
		x.b.Fatalf("%s %s: status %d, want %d, err %v", method, path, status, want, err)
	}
}

func (x *box) try(token, method, path string, in, out any) (int, error) {
	var body io.Reader
	if in != nil {
		data, err := json.Marshal(in)
		if err != nil {
			return 0, err
		}
		body = bytes.NewReader(data)
	}
	req, err := http.NewRequest(method, "http://"+x.addr+"/api/v1"+path, body)
	if err != nil {
		return 0, err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := x.http.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	if out != nil && resp.StatusCode < 300 {
		return resp.StatusCode, json.NewDecoder(resp.Body).Decode(out)
	}
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, err
}

// session makes and opens a session whose guide is long enough that no conversation ends while it is measured.
func (x *box) session() string {
	topics := make([]map[string]any, 20)
	for i := range topics {
		topics[i] = map[string]any{
			"id": "", "title": fmt.Sprintf("Part %d", i+1), "aim": "", "follow_ups": 5, "minutes": 1,
			"question": fmt.Sprintf("What happens in part %d of a handover?", i+1),
			"probes": []string{"What is an example of that?", "Why is it so?", "What follows from it?", "Who notices it first?",
				"What would help?"},
		}
	}
	return x.sessionWith(topics)
}

// sessionWith makes and opens a session with a guide of these topics.
func (x *box) sessionWith(topics []map[string]any) string {
	var s struct {
		ID           string `json:"id"`
		GuideVersion int    `json:"guide_version"`
	}
	x.call(x.key, "POST", "/sessions", map[string]any{
		"topic": "Handover between shifts", "goal": "Find out where information is lost.", "language": "en",
	}, &s, http.StatusCreated)
	x.call(x.key, "PUT", "/sessions/"+s.ID+"/guide", map[string]any{
		"base_version": s.GuideVersion,
		"guide":        map[string]any{"opening": "Welcome.", "closing": "Thank you.", "topics": topics},
	}, nil, http.StatusOK)
	return s.ID
}

// seat is one participant.
type seat struct {
	token string
	sent  atomic.Int64
}

func (x *box) join(session string) *seat {
	var j struct {
		Token string `json:"token"`
	}
	x.call("", "POST", "/join/"+session, map[string]any{"consent": true, "answers": map[string][]string{}, "language": "en"}, &j, http.StatusCreated)
	return &seat{token: j.Token}
}

// message is an answer of ordinary length; the number makes each one different.
func message(n int64) string {
	return fmt.Sprintf("On night %d the labels were printed late because the printer on the second floor had no paper, "+
		"so we wrote the names by hand and two of them were read wrongly in the morning.", n)
}

// say sends the next message of a participant and reports how long its acknowledgement took.
func (x *box) say(p *seat) (time.Duration, int, error) {
	n := p.sent.Add(1)
	begin := time.Now()
	status, err := x.try(p.token, "POST", "/conversation/turns", map[string]any{"content": message(n), "key": fmt.Sprintf("k%d", n)}, nil)
	return time.Since(begin), status, err
}
