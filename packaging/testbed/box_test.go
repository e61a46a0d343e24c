package testbed_test

import (
	"bufio"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"harmonium/packaging/testbed"
)

// The life of a box from its package to the last trace of it, seen from the LAN. Each part stands on the ones before.
func TestBox(t *testing.T) {
	b := open(t)
	steps := []struct {
		name string
		do   func(*testing.T)
	}{
		{"InstallsWithoutANetworkAndIsReady", b.install},
		{"IsSetUpByTheLinkInTheJournal", b.setUp},
		{"APhoneTrustsTheBoxByItsCertificate", b.trust},
		{"TheNameIsAnswered", b.name},
		{"ANewAddressIsGivenOut", b.moved},
		{"OnlyLocalNetworksComeIn", b.strangers},
		{"ModelComesFromADirectory", b.importModel},
		{"InterviewFromTheLANAndItsSummary", b.interview},
		{"AttestEqualsWhatTheKernelAndTheFilesSay", b.attest},
		{"AChangedAttestationIsRefused", b.forged},
		{"NothingLeftButAnswers", b.onlyAnswers},
		{"ControlANaiveUnitReachesTheSink", b.control},
		{"NothingGetsOutOfTheServer", b.attackServer},
		{"NothingGetsOutOfOllama", b.attackOllama},
		{"NothingGetsOutOfThePorter", b.attackPorter},
		{"RootInTheNetworkOfTheServerReachesNothing", b.attackAsRoot},
		{"OneAddressIsOpenedAndNoNeighbourOfIt", b.wayOut},
		{"ConversationsGoOnWithoutOllamaUntilItIsBack", b.killOllama},
		{"KilledUnderLoadItLosesNothing", b.kill},
		{"ComesBackAfterARestartOfTheMachine", b.restart},
		{"UpgradeKeepsTheData", b.upgrade},
		{"DowngradeIsRefused", b.downgrade},
		{"BackupIsMadeOutsideTheSealAndByHand", b.backup},
		{"RemovingKeepsTheData", b.remove},
		{"PurgeKeepsTheDataUnlessAsked", b.purge},
		{"AnEmptyBoxIsRestoredAndTheDeletedStaysGone", b.restore},
		{"NothingLeftButAnswersInAllThatTime", b.onlyAnswers},
	}
	for i, s := range steps {
		b.check(t, s.name, s.do)
		if i == 0 && !b.answers || i == 1 && b.key == "" {
			t.Fatal("nothing of the rest can be asked")
		}
	}
	for _, n := range b.notes {
		t.Log(n)
	}
	t.Logf("%d passed, %d failed, %d not checked in %.0f s", b.results[passed], b.results[failed], b.results[unchecked], time.Since(began).Seconds())
}

// How a check ends.
const (
	passed = iota
	failed
	unchecked
)

// check runs one check and counts how it ended.
func (b *box) check(t *testing.T, name string, do func(*testing.T)) {
	t.Run(name, func(t *testing.T) {
		defer func() {
			switch {
			case t.Failed():
				b.results[failed]++
			case t.Skipped():
				b.results[unchecked]++
			default:
				b.results[passed]++
			}
		}()
		do(t)
	})
}

// tolerated is how long it may take from the end of copying until the box answers.
const tolerated = 10 * time.Second

func (b *box) install(t *testing.T) {
	b.bring(t, *deb, "/media/stick/harmonium.deb")
	start := time.Now()
	cmd := b.Command(b.ctx, "apt-get", "install", "--yes", "--no-install-recommends", "/media/stick/harmonium.deb")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var copied time.Time
	var all []string
	for s := bufio.NewScanner(out); s.Scan(); all = append(all, s.Text()) {
		if strings.HasPrefix(s.Text(), "Setting up harmonium ") {
			copied = time.Now()
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, strings.Join(all, "\n"))
	}
	if copied.IsZero() {
		t.Fatalf("apt did not say when it had copied everything:\n%s", strings.Join(all, "\n"))
	}
	waitFor(t, "the box answers", 6*tolerated, func() bool {
		status, _ := b.try("GET", "/api/v1/setup", "", nil, nil)
		return status == http.StatusOK
	})
	ready := time.Since(copied)
	b.answers = true
	b.note("version %s answers %.1f s after it was copied, which took %.1f s", version(t, *deb), ready.Seconds(), copied.Sub(start).Seconds())
	if got, state := b.installed(t); got != version(t, *deb) || state != "ii" {
		t.Errorf("version %s in state %s", got, state)
	}
	timed(t, "from the end of the copying to the first answer", ready, tolerated)
}

func (b *box) setUp(t *testing.T) {
	var token string
	waitFor(t, "a set-up link is in the journal", 10*time.Second, func() bool {
		if m := regexp.MustCompile(`/setup#t=([0-9a-z]+)`).FindStringSubmatch(b.do(t, "journalctl", "-u", "harmonium.service", "-o", "cat")); m != nil {
			token = m[1]
		}
		return token != ""
	})
	if _, err := b.call("POST", "/api/v1/setup", "", map[string]any{"token": token, "email": "owner@example.org", "name": "Owner",
		"password": "eleven quiet rivers"}, nil); err != nil {
		t.Fatal(err)
	}
	b.key = strings.TrimSpace(b.do(t, "harmonium", "key", "create", "--email", "owner@example.org", "--name", "bed", "--scopes", "*"))
	b.memory(t, "harmonium.service")
}

func (b *box) importModel(t *testing.T) {
	b.bring(t, *model, "/media/stick/models")
	start := time.Now()
	if out, err := b.Run(b.ctx, "harmonium", "model", "import", "/media/stick/models"); err != nil {
		t.Fatal(err, out)
	}
	var models struct{ Usable bool }
	waitFor(t, "the model is in use", time.Minute, func() bool {
		b.must(t, "GET", "/models", nil, &models)
		return models.Usable
	})
	b.note("the model is there %.1f s after the import began", time.Since(start).Seconds())
	var health struct{ Mode string }
	if b.must(t, "GET", "/health", nil, &health); health.Mode != "model" {
		t.Errorf("conversations are led by %q", health.Mode)
	}
	b.memory(t, "harmonium-ollama.service")
	b.memory(t, "harmonium-porter.service")
}

// session makes a session that people can join.
func (b *box) session(t *testing.T, topic string) string {
	t.Helper()
	var s struct{ ID string }
	b.must(t, "POST", "/sessions", map[string]any{"topic": topic, "goal": "What gets lost",
		"critical": "What is forgotten\nWho is asked\nWhat would help"}, &s)
	return s.ID
}

func (b *box) interview(t *testing.T) {
	id := b.session(t, "Handover between shifts")
	p, err := b.join(id, "ann")
	if err != nil {
		t.Fatal(err)
	}
	if err := p.talk(40, nil); err != nil {
		t.Fatal(err)
	}
	if len(p.said) == 0 {
		t.Fatal("nothing was said")
	}
	b.first, b.held = p, id
	if wrong := p.lost(); wrong != "" {
		t.Error(wrong)
	}
	var s struct{ Summary *string }
	b.must(t, "POST", "/sessions/"+id+"/summary", map[string]any{}, &s)
	if s.Summary == nil || *s.Summary == "" {
		t.Error("there is no summary")
	}
}

func (b *box) kill(t *testing.T) {
	id := b.session(t, "Kills")
	stop := make(chan struct{})
	var talking sync.WaitGroup
	var mu sync.Mutex
	var people []*person
	for phone := range 10 {
		talking.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				p, err := b.join(id, fmt.Sprintf("phone-%d-%d", phone, n))
				if err == nil {
					mu.Lock()
					people = append(people, p)
					mu.Unlock()
					err = p.talk(40, stop)
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	var gaps, systemd, server []time.Duration
	cut, asked := 0, 0
	for range *kills {
		<-time.After(200 * time.Millisecond)
		pid, err := b.MainPID(b.ctx, "harmonium.service")
		if err != nil {
			t.Error(err)
			break
		}
		k := b.knock()
		<-time.After(50 * time.Millisecond)
		killed := testbed.Monotonic()
		if pid == 0 || syscall.Kill(pid, syscall.SIGKILL) != nil {
			t.Error("there was nothing to kill")
		}
		waitFor(t, "the server runs again", 20*time.Second, func() bool {
			again, err := b.MainPID(b.ctx, "harmonium.service")
			return err == nil && again != 0 && again != pid
		})
		<-time.After(500 * time.Millisecond)
		k.end()
		gaps, cut, asked = append(gaps, k.longest), cut+k.failed, asked+k.asked
		times := b.times(t, "ExecMainStartTimestampMonotonic", "ActiveEnterTimestampMonotonic")
		systemd, server = append(systemd, times[0]-killed), append(server, times[1]-times[0])
	}
	close(stop)
	talking.Wait()
	turns := 0
	for _, p := range people {
		turns += len(p.said)
		if wrong := p.lost(); wrong != "" {
			t.Errorf("%s: %s", p.name, wrong)
		}
	}
	if turns == 0 {
		t.Error("nothing was said, which proves nothing")
	}
	for _, list := range [][]time.Duration{gaps, systemd, server} {
		slices.Sort(list)
	}
	b.note("of that, in the middle: %d ms until systemd has made the new process, %d ms until it is ready", systemd[len(systemd)/2].Milliseconds(),
		server[len(server)/2].Milliseconds())
	middle, longest := gaps[len(gaps)/2], gaps[len(gaps)-1]
	b.note("%d kills with %d acknowledged turns in %d conversations; who connected without a pause waited %d ms in the middle and %d ms at worst; %d of %d connections were cut off",
		*kills, turns, len(people), middle.Milliseconds(), longest.Milliseconds(), cut, asked)
	if cut > 2**kills {
		t.Errorf("%d connections were cut off by %d kills", cut, *kills)
	}
	timed(t, "from a kill to the next answer", longest, gap)
}

// times gives moments in the life of the server as systemd has noted them, since the machine was started.
func (b *box) times(t *testing.T, properties ...string) (list []time.Duration) {
	t.Helper()
	for _, p := range properties {
		text := strings.TrimSpace(b.do(t, "systemctl", "show", "--property="+p, "--value", "harmonium.service"))
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, time.Duration(n)*time.Microsecond)
	}
	return list
}

// gap is how long a killed server may be noticed (promise P19).
const gap = 500 * time.Millisecond

// timed tells how long something took, beside what is asked of a machine on which nothing else works. It is no check:
// times depend on what else the machine does.
func timed(t *testing.T, what string, took, target time.Duration) {
	t.Helper()
	t.Logf("MEASURED: %s: %v (target: %v on an idle machine)", what, took.Round(time.Millisecond), target)
}

// killOllama ends the model in the middle of a conversation: what people send is kept all the same, and systemd brings
// the model back.
func (b *box) killOllama(t *testing.T) {
	pid, err := b.MainPID(b.ctx, "harmonium-ollama.service")
	if err != nil || pid == 0 {
		notChecked(t, "the package has no Ollama that runs: %v", err)
	}
	server, err := b.MainPID(b.ctx, "harmonium.service")
	if err != nil {
		t.Fatal(err)
	}
	p, err := b.join(b.session(t, "Without a model"), "without")
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if err := p.talk(3, nil); err != nil {
		t.Error(err)
	}
	acknowledged := time.Since(start)
	if len(p.said) == 0 {
		t.Error("nothing was acknowledged")
	}
	var models struct{ Usable bool }
	waitFor(t, "the model is back", time.Minute, func() bool {
		again, err := b.MainPID(b.ctx, "harmonium-ollama.service")
		b.must(t, "GET", "/models", nil, &models)
		return err == nil && again != 0 && again != pid && models.Usable
	})
	b.note("Ollama was killed: %d turns were acknowledged in %.1f s, and the model was back after %.1f s", len(p.said),
		acknowledged.Seconds(), time.Since(start).Seconds())
	if wrong := p.lost(); wrong != "" {
		t.Error(wrong)
	}
	if again, err := b.MainPID(b.ctx, "harmonium.service"); err != nil || again != server {
		t.Errorf("the server went with it: %v", err)
	}
}

func (b *box) restart(t *testing.T) {
	if err := b.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := b.Boot(b.ctx); err != nil {
		t.Fatal(err)
	}
	b.stillThere(t)
}

// stillThere asks for what the first interview left.
func (b *box) stillThere(t *testing.T) {
	t.Helper()
	if b.first == nil {
		notChecked(t, "there was no interview whose data could be there")
	}
	if wrong := b.first.lost(); wrong != "" {
		t.Error(wrong)
	}
}

func (b *box) upgrade(t *testing.T) {
	b.bring(t, *next, "/media/stick/next.deb")
	k := b.knock()
	b.do(t, "apt-get", "install", "--yes", "--no-install-recommends", "/media/stick/next.deb")
	<-time.After(time.Second)
	k.end()
	if got, _ := b.installed(t); got != version(t, *next) {
		t.Errorf("version %s is installed", got)
	}
	if out := b.do(t, "harmonium", "version"); !strings.Contains(out, version(t, *next)) {
		t.Errorf("the program says %s", out)
	}
	b.stillThere(t)
	b.note("the upgrade to %s was noticed for %d ms; %d of %d connections failed", version(t, *next), k.longest.Milliseconds(), k.failed, k.asked)
}

func (b *box) downgrade(t *testing.T) {
	out, err := b.Command(b.ctx, "apt-get", "install", "--yes", "--allow-downgrades", "--no-install-recommends", "/media/stick/harmonium.deb").CombinedOutput()
	if err == nil {
		t.Error("it was installed")
	}
	for _, v := range []string{version(t, *deb), version(t, *next)} {
		if !strings.Contains(string(out), v) {
			t.Errorf("version %s is not named:\n%s", v, out)
		}
	}
	if got, state := b.installed(t); got != version(t, *next) || state != "ii" {
		t.Errorf("version %s in state %s is installed", got, state)
	}
	b.stillThere(t)
}

// database is the file that must outlive the package.
const database = "/var/lib/harmonium/harmonium.db"

func (b *box) remove(t *testing.T) {
	b.do(t, "harmonium", "out", "add", "spare", "192.0.2.200:443", "--by", "ruth")
	b.do(t, "apt-get", "remove", "--yes", "harmonium")
	if _, err := os.Stat(b.at(database)); err != nil {
		t.Error("the data went with the program:", err)
	}
	if status, _ := b.try("GET", "/api/v1/setup", "", nil, nil); status != 0 {
		t.Errorf("it still answers: %d", status)
	}
	if out, _ := b.Run(b.ctx, "systemctl", "list-units", "--no-legend", "--plain", "--state=active,failed", "harmonium*"); strings.TrimSpace(out) != "" {
		t.Errorf("units are left:\n%s", out)
	}
	b.do(t, "apt-get", "install", "--yes", "--no-install-recommends", "/media/stick/next.deb")
	b.stillThere(t)
	// A way out is a setting: it is open again with the program, and not with the next start of the machine.
	if out, _ := b.Run(b.ctx, "systemctl", "is-active", "harmonium-out@spare.socket"); strings.TrimSpace(out) != "active" {
		t.Errorf("the way out is %s", out)
	}
	b.do(t, "harmonium", "out", "remove", "spare")
}

func (b *box) purge(t *testing.T) {
	b.disarm(t)
	b.do(t, "apt-get", "purge", "--yes", "harmonium")
	if _, err := os.Stat(b.at(database)); err != nil {
		t.Error("the data was removed without being asked for:", err)
	}
	if _, err := os.Stat(b.at("/etc/harmonium/harmonium.conf")); err == nil {
		t.Error("the configuration was left")
	}
	b.do(t, "apt-get", "install", "--yes", "--no-install-recommends", "/media/stick/next.deb")
	b.stillThere(t)
	b.do(t, "env", "HARMONIUM_PURGE_DATA=yes", "apt-get", "purge", "--yes", "harmonium")
	left := b.do(t, "find", "/var/lib", "/etc", "/run", "/usr", "-xdev", "-iname", "*harmonium*", "-not", "-path", "/run/systemd/*")
	if left != "" {
		t.Errorf("after the purge of everything there is still:\n%s", left)
	}
}
