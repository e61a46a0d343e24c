package testbed_test

import (
	"bufio"
	"cmp"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"harmonium/packaging/testbed"
)

const (
	program = "/usr/local/sbin/attack" // where the attack lies in the box
	report  = "/run/attack.log"        // what it says
)

// attack is what an attack said, and what was heard of it.
type attack struct {
	ways     map[string]string   // by name: what it said
	names    map[string]string   // by name or port
	facts    map[string][]string // families, sockets
	heard    []testbed.Frame     // ways out, on the cable of the box
	atSink   []testbed.Frame
	atClient []testbed.Frame
}

// arm builds the attack, once, and lays it into the box.
func (b *box) arm(t *testing.T) {
	t.Helper()
	if _, err := os.Stat(b.at(program)); err == nil {
		return
	}
	built := filepath.Join(t.TempDir(), "attack")
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-o", built, "./attack")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	b.bring(t, built, program)
}

// disarm takes the attack out of the box.
func (b *box) disarm(t *testing.T) {
	t.Helper()
	b.do(t, "rm", "--force", program, report)
}

// line is how the attack is started against a host.
func line(against *testbed.Host) string {
	return fmt.Sprintf("%s -v4 %s -v6 %s -mac %s", program, against.V4, against.V6, against.MAC)
}

// run starts an attack and listens until it is done. When it waits for a client, one comes to each of the ports.
func (b *box) run(t *testing.T, start func(), ports ...int) *attack {
	t.Helper()
	b.do(t, "sh", "-c", "> "+report+"; chmod 666 "+report)
	// The kernel looks again for neighbours of the attack before, which is nothing that this one did.
	if err := b.Box.ForgetNeighbours(); err != nil {
		t.Fatal(err)
	}
	for _, tap := range b.taps() {
		tap.Reset()
	}
	start()
	knocked := false
	waitFor(t, "the attack is done", time.Minute, func() bool {
		text, _ := os.ReadFile(b.at(report))
		if !knocked && strings.Contains(string(text), "waiting for a client") {
			knocked = true
			for _, port := range ports {
				if c, err := b.host.Dial(b.ctx, "tcp", fmt.Sprintf("%s:%d", b.box, port)); err == nil {
					t.Cleanup(func() { c.Close() })
				}
			}
		}
		return strings.Contains(string(text), "\ndone\n")
	})
	<-time.After(200 * time.Millisecond) // what waits for a neighbour is sent when it is found
	text, err := os.ReadFile(b.at(report))
	if err != nil {
		t.Fatal(err)
	}
	a := &attack{ways: map[string]string{}, names: map[string]string{}, facts: map[string][]string{}}
	for s := bufio.NewScanner(strings.NewReader(string(text))); s.Scan(); {
		if m := regexp.MustCompile(`^way (\S+) port (\d+): (.*)`).FindStringSubmatch(s.Text()); m != nil {
			a.ways[m[1]] = m[3]
			a.names[m[1]], a.names[m[2]] = m[1], m[1]
		} else if name, list, ok := strings.Cut(s.Text(), ": "); ok {
			a.facts[name] = strings.Fields(list)
		}
	}
	a.heard, a.atSink, a.atClient = waysOut(b.Left), waysOut(b.AtSink), waysOut(b.AtClient)
	for _, tap := range b.taps() {
		if n, err := tap.Dropped(); err != nil || n > 0 {
			t.Errorf("%s: %d frames were missed: %v", tap.Name, n, err)
		}
		tap.Reset()
	}
	if err := b.Box.ForgetNeighbours(); err != nil {
		t.Fatal(err)
	}
	return a
}

func (b *box) taps() []*testbed.Tap { return []*testbed.Tap{b.Left, b.AtClient, b.AtSink} }

// waysOut gives what was heard that is a way out.
func waysOut(tap *testbed.Tap) (list []testbed.Frame) {
	for _, f := range tap.Frames() {
		if f.Kind == testbed.WayOut {
			list = append(list, f)
		}
	}
	return list
}

// arrived gives the names of the ways by which something arrived, sorted.
func (a *attack) arrived(frames []testbed.Frame) (list []string) {
	for _, f := range frames {
		if name := a.names[f.Way]; name != "" && !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list
}

// control shows that the trial can fail: the same attack, from a unit without protection, is heard at the sink by
// every way.
func (b *box) control(t *testing.T) {
	b.arm(t)
	b.write(t, "/run/systemd/system/naive.socket", "[Socket]\nListenStream=8443\nListenStream=8080\n")
	b.write(t, "/run/systemd/system/naive.service", "[Service]\nType=oneshot\nExecStart="+line(b.Sink)+"\nStandardOutput=append:"+report+"\n")
	b.do(t, "systemctl", "daemon-reload")
	b.do(t, "systemctl", "start", "naive.socket")
	a := b.run(t, func() { b.do(t, "systemctl", "start", "--no-block", "naive.service") }, 8443, 8080)
	b.do(t, "systemctl", "stop", "naive.socket")
	b.reached = a.arrived(a.atSink)
	for _, name := range slices.Sorted(maps.Keys(a.ways)) {
		if !slices.Contains(b.reached, name) {
			b.unproven = append(b.unproven, name)
			t.Logf("NOT CHECKED: %s does not reach the sink from a naive unit either: %s", name, a.ways[name])
		}
	}
	t.Logf("%d ways reach the sink: %s", len(b.reached), strings.Join(b.reached, ", "))
	for _, name := range []string{"tcp4", "tcp6", "udp4", "udp6", "dns-udp", "icmp4", "raw4", "packet", "handed-accepted", "handed-listening"} {
		if !slices.Contains(b.reached, name) {
			t.Errorf("%s did not reach the sink: %s", name, a.ways[name])
		}
	}
	b.note("a naive unit reaches the sink by %d of %d ways; a naive machine has sockets of the families %s", len(b.reached), len(a.ways),
		strings.Join(a.facts["families"], " "))
}

// sealed judges an attack from behind the seal: no frame has left the box, and the unit reaches nobody in the machine
// but at the given sockets.
func (b *box) sealed(t *testing.T, who string, a *attack, sockets []string) {
	t.Helper()
	for _, at := range []struct {
		place  string
		frames []testbed.Frame
	}{{"left the box", a.heard}, {"arrived at the sink", a.atSink}, {"arrived at the LAN client", a.atClient}} {
		for _, f := range at.frames {
			t.Errorf("%s %s: %s", cmp.Or(a.names[f.Way], "something"), at.place, f.Text)
		}
	}
	b.within(t, a, sockets)
	b.note("%s: %d ways tried, %d frames left the box", who, len(a.ways), len(a.heard))
}

// within judges what else an attack could reach.
func (b *box) within(t *testing.T, a *attack, sockets []string) {
	t.Helper()
	if len(a.ways) < len(b.reached)+len(b.unproven) {
		t.Errorf("%d ways were tried, in the control %d", len(a.ways), len(b.reached)+len(b.unproven))
	}
	// AF_UNIX, AF_INET and AF_INET6. A family such as AF_VSOCK does not care about network namespaces.
	for _, family := range a.facts["families"] {
		if !slices.Contains([]string{"1", "2", "10"}, family) {
			t.Errorf("it can make sockets of family %s", family)
		}
	}
	if ring := strings.Join(a.facts["ring"], ""); ring != "refused" {
		t.Errorf("io_uring, which goes past the filter of system calls: %q", ring)
	}
	for _, path := range a.facts["sockets"] {
		if !slices.ContainsFunc(sockets, func(allowed string) bool { return strings.HasPrefix(path, allowed) }) {
			t.Errorf("it reaches who listens at %s", path)
		}
	}
}

// possess runs the attack as a unit, with every one of its settings, instead of what the unit runs.
func (b *box) possess(t *testing.T, unit string, against *testbed.Host) *attack {
	t.Helper()
	if !b.seals {
		notChecked(t, "this machine does not let systemd make private networks, so there is no seal to try")
	}
	dropIn := "/run/systemd/system/" + unit + ".d/attack.conf"
	b.write(t, dropIn, "[Service]\nType=oneshot\nExecStart=\nExecStart="+line(against)+
		"\nExecPaths="+program+"\nRestart=no\nWatchdogSec=0\nStandardOutput=append:"+report+"\nStandardError=journal\n")
	if unit == "harmonium-porter.service" {
		b.do(t, "systemctl", "stop", "harmonium.service") // whose connections would start the real one again
	}
	b.do(t, "systemctl", "stop", unit)
	b.do(t, "systemctl", "daemon-reload")
	defer func() {
		b.do(t, "rm", dropIn)
		b.do(t, "systemctl", "daemon-reload")
		// The attack may have used the sockets for something else, and systemd holds the same ones.
		sockets := []string{"harmonium-inside.socket", "harmonium.socket", "harmonium-http.socket"}
		b.do(t, append([]string{"systemctl", "stop", "harmonium.service", "harmonium-porter.service"}, sockets...)...)
		b.do(t, append([]string{"systemctl", "start"}, sockets...)...)
		b.do(t, "systemctl", "start", "harmonium.service")
	}()
	return b.run(t, func() { b.do(t, "systemctl", "start", "--no-block", unit) }, 443, 80)
}

func (b *box) attackServer(t *testing.T) {
	b.arm(t)
	for _, against := range []*testbed.Host{b.Sink, b.Client} {
		a := b.possess(t, "harmonium.service", against)
		b.sealed(t, "the server against the "+against.Name, a, []string{"/run/systemd/notify", "/run/harmonium/", "/run/harmonium-inside/"})
	}
}

func (b *box) attackOllama(t *testing.T) {
	b.arm(t)
	if _, err := os.Stat(b.at("/usr/lib/harmonium/ollama/bin/ollama")); err != nil {
		notChecked(t, "the package has no Ollama")
	}
	for _, against := range []*testbed.Host{b.Sink, b.Client} {
		a := b.possess(t, "harmonium-ollama.service", against)
		b.sealed(t, "Ollama against the "+against.Name, a, []string{"/run/systemd/notify"})
	}
}

// attackPorter takes the one program that holds sockets of the outside: it can turn none of them into a way out.
func (b *box) attackPorter(t *testing.T) {
	b.arm(t)
	for _, against := range []*testbed.Host{b.Sink, b.Client} {
		a := b.possess(t, "harmonium-porter.service", against)
		if !strings.Contains(a.ways["handed-accepted"], "not permitted") {
			t.Errorf("a client's connection was not tried, or not refused: %s", a.ways["handed-accepted"])
		}
		b.sealed(t, "the porter against the "+against.Name, a, nil)
	}
}

// attackAsRoot leaves nothing but the private network: even with every right of root there is nothing to reach in it.
func (b *box) attackAsRoot(t *testing.T) {
	if !b.seals {
		notChecked(t, "this machine does not let systemd make private networks, so there is no seal to try")
	}
	b.arm(t)
	for _, unit := range []string{"harmonium.service", "harmonium-ollama.service"} {
		pid, err := b.MainPID(b.ctx, unit)
		if err != nil || pid == 0 {
			t.Errorf("%s does not run: %v", unit, err)
			continue
		}
		a := b.run(t, func() {
			out, err := exec.Command("nsenter", "--target", fmt.Sprint(pid), "--net", "sh", "-c",
				strings.Replace(line(b.Sink), program, b.at(program), 1)+
					" -only tcp4,tcp6,mptcp,fast-open,udp4,udp6,udplite,sctp,dns-udp,dns-tcp,ping4,ping6,icmp4,icmp6,raw4,forged,packet,packet-cooked,broadcast,multicast4,multicast6 >> "+b.at(report)).CombinedOutput()
			if err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
		for _, f := range a.heard {
			t.Errorf("%s left the box from the network of %s: %s", a.names[f.Way], unit, f.Text)
		}
		out, err := exec.Command("nsenter", "--target", fmt.Sprint(pid), "--net", "ip", "-brief", "link").Output()
		if err != nil || len(strings.Split(strings.TrimSpace(string(out)), "\n")) != 1 || !strings.HasPrefix(string(out), "lo ") {
			t.Errorf("the network of %s has more than a loopback: %v\n%s", unit, err, out)
		}
	}
}

// onlyAnswers judges everything that has left the box since the last attack.
func (b *box) onlyAnswers(t *testing.T) {
	for _, f := range waysOut(b.Left) {
		t.Errorf("it left the box: %s", f.Text)
	}
	for _, f := range b.AtSink.Frames() {
		if f.Kind == testbed.WayOut || f.Kind == testbed.Answer {
			t.Errorf("it arrived at the sink: %s", f.Text)
		}
	}
	for _, tap := range b.taps() {
		n, err := tap.Dropped()
		if err != nil || n > 0 {
			t.Errorf("%s: %d frames were missed: %v", tap.Name, n, err)
		}
	}
	if b.Left.Total() == 0 {
		t.Error("nothing was heard at all, which proves nothing")
	}
	b.note("%d frames left the box since it was last asked, of these kinds: %s", b.Left.Total(), kinds(b.Left.Frames()))
}

func kinds(frames []testbed.Frame) string {
	count := map[string]int{}
	for _, f := range frames {
		count[f.Kind]++
	}
	return fmt.Sprint(count)
}
