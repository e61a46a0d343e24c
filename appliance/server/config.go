package server

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"harmonium/appliance"
	"harmonium/appliance/clock"
	"harmonium/appliance/lan"
	"harmonium/appliance/room"
	"harmonium/appliance/store"
)

// DefaultFile is the configuration file that is read when no other is named, if it exists.
const DefaultFile = "/etc/harmonium/harmonium.conf"

// ConfigVariable is the variable of the environment that names another configuration file; empty means none.
const ConfigVariable = "HARMONIUM_CONFIG"

// The values of the setting ollama that are not an address.
const (
	OllamaAuto = "auto" // the Ollama that is bundled with the program; guided mode where there is none
	OllamaNone = "none" // guided mode
)

// Config is what New needs. Load makes one.
type Config struct {
	Data          string // directory
	Control       string // directory of the control socket; "": Data
	Listen        string // host:port; port 0 takes a free one
	Porter        string // directory of the sockets of the porter, who brings visitors; "": there is none
	Ollama        string // OllamaAuto, OllamaNone or a base URL
	Whisper       string // base URL of a whisper-server on the loopback; "": none
	Models        string // directory of the models; "": see ModelsDir
	ModelSlots    int    // requests that models work on at the same time; 0: see Slots
	PublicURL     string // base URL to give out; "" derives it from Listen
	Hosts         []string
	TLS           lan.Mode
	TLSFiles      string // folder of the organisation's certificate
	ListenHTTP    string // host:port of plain HTTP beside HTTPS; "": none
	AddressesFile string // that the announcer writes; "": the server looks at its interfaces itself
	Allow         []netip.AddrPort
	UnitsFile     string // that tells what systemd lets the units do on the network; "": not told
	WaysOut       string // directory of what `harmonium out` has written down; "": none
	RateLimit     int    // requests a minute and API key; 0: no limit
	LogFormat     string
	BcryptCost    int
	GuidedPace    time.Duration // for each word

	// What is not a setting. The zero value is right outside tests.

	Clock   appliance.Clock              // of the machine; nil: SystemClock
	Running func() time.Duration         // how long the machine runs; nil: what the kernel counts, or with Clock what that does
	Log     io.Writer                    // nil: standard error
	Version string                       // of the program
	Ballast int64                        // bytes of the ballast file; 0: as the store has it, -1: none
	Machine func() ([]netip.Addr, error) // addresses of this machine; nil: its interfaces
	Room    *room.Gauge                  // nil: that of the data directory and of this machine
	values  []Value
	sealed  bool // the only network of the process is a loopback; known to the running server
}

// Value is the value of one setting and where it comes from.
type Value struct {
	Setting Setting
	Value   string
	From    string // "default", "file /etc/harmonium/harmonium.conf line 3", "environment HARMONIUM_DATA", "flag --data"
	rank    int    // of where it comes from, as the one overrides the other
}

// Values gives the value of every setting, in the order of Settings.
func (c Config) Values() []Value { return c.values }

// Sources is where Load takes settings from.
type Sources struct {
	File      string            // path of the configuration file; "": none
	FileMust  bool              // the file was named, so it is an error when it is not there
	Variables []string          // of the environment, "NAME=VALUE"
	Flags     map[string]string // those given on the command line, by name of the setting
}

// Load puts the configuration together: the defaults, then the file, then the environment, then the flags. It
// refuses what is not possible with one sentence for each setting, all of them at once.
func Load(from Sources) (Config, error) {
	var c Config
	var p appliance.Problems
	file, err := readFile(from.File, from.FileMust)
	if err != nil {
		return Config{}, err
	}
	environment, err := readEnvironment(from.Variables)
	if err != nil {
		return Config{}, err
	}
	for _, s := range Settings() {
		v := Value{Setting: s, Value: s.Default, From: "default"}
		if got, ok := file[s.Variable()]; ok {
			v.Value, v.From, v.rank = got.value, got.from, 1
		}
		if got, ok := environment[s.Variable()]; ok {
			v.Value, v.From, v.rank = got, "environment "+s.Variable(), 2
		}
		if got, ok := from.Flags[s.Name]; ok {
			v.Value, v.From, v.rank = got, "flag --"+s.Name, 3
		}
		if !s.set(&c, v.Value) {
			p.Add(s.Name, "The setting %s is %q (from: %s); it must be %s.", s.Name, v.Value, v.From, s.Possible)
		}
		c.values = append(c.values, v)
	}
	c.keepTogether()
	return c, p.Err()
}

// keepTogether takes the control socket back into the data directory when the one was named nearer to the command than
// the other: whoever names another data directory must not reach the server of the one that the file names.
func (c *Config) keepTogether() {
	data, control := c.value("data"), c.value("control")
	if control.Value != "" && control.rank < data.rank {
		control.Value, control.From = "", "the data directory, which is named by the "+data.From
		c.Control = ""
	}
}

// value gives the value of a setting.
func (c *Config) value(name string) *Value {
	return &c.values[slices.IndexFunc(c.values, func(v Value) bool { return v.Setting.Name == name })]
}

// controlDir is the directory of the control socket.
func (c Config) controlDir() string {
	if c.Control != "" {
		return c.Control
	}
	return c.Data
}

func readEnvironment(variables []string) (map[string]string, error) {
	known := map[string]bool{ConfigVariable: true}
	for _, s := range Settings() {
		known[s.Variable()] = true
	}
	values := map[string]string{}
	for _, line := range variables {
		name, value, _ := strings.Cut(line, "=")
		if !strings.HasPrefix(name, "HARMONIUM_") {
			continue
		}
		if !known[name] {
			return nil, appliance.Invalid(name, "The environment holds %s, which is no setting; it must be one of: %s.",
				name, variableNames())
		}
		values[name] = value
	}
	return values, nil
}

type fileValue struct{ value, from string }

// maxFile bounds the configuration file, in bytes.
const maxFile = 64 << 10

// readFile reads the configuration file: lines NAME=VALUE with the names of the environment, empty lines, and comments
// that begin with #. A value is all that follows the =, without the spaces around it; there are no quotation marks.
func readFile(path string, must bool) (map[string]fileValue, error) {
	if path == "" {
		return nil, nil
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) && !must {
		return nil, nil
	}
	if err != nil {
		return nil, unreadable(path, err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, unreadable(path, err)
	}
	if len(text) > maxFile || !utf8.Valid(text) {
		return nil, appliance.Invalid("config", "The configuration file %s is not a text of at most 64 KiB.", path)
	}
	return parseFile(path, string(text))
}

func unreadable(path string, err error) error {
	e := appliance.Invalid("config", "The configuration file %s cannot be read; check its path and permissions.", path)
	e.Err = err
	return e
}

func parseFile(path, text string) (map[string]fileValue, error) {
	known := map[string]bool{}
	for _, s := range Settings() {
		known[s.Variable()] = true
	}
	values := map[string]fileValue{}
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		name, value, found := strings.Cut(line, "=")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		_, twice := values[name]
		wrong := ""
		switch {
		case !found:
			wrong = "is not of the form NAME=VALUE"
		case !known[name]:
			wrong = fmt.Sprintf("names %.60q, which is no setting; it must be one of: %s", name, variableNames())
		case twice:
			wrong = fmt.Sprintf("sets %s a second time; remove one of the two", name)
		case strings.HasPrefix(value, `"`) || strings.HasPrefix(value, "'"):
			wrong = "has a value in quotation marks; write it without them"
		}
		if wrong != "" {
			return nil, appliance.Invalid("config", "Line %d of the configuration file %s %s.", n, path, wrong)
		}
		values[name] = fileValue{value: value, from: fmt.Sprintf("file %s line %d", path, n)}
	}
	return values, nil
}

func variableNames() string {
	var names []string
	for _, s := range Settings() {
		names = append(names, s.Variable())
	}
	return strings.Join(names, ", ")
}

// Print writes the configuration as a file that Load reads, with where each value comes from.
func (c Config) Print(w io.Writer) error {
	for i, v := range c.values {
		gap := "\n"
		if i == 0 {
			gap = ""
		}
		if _, err := fmt.Fprintf(w, "%s# %s\n# (from: %s)\n%s=%s\n", gap, v.Setting.Usage, v.From, v.Setting.Variable(), v.Value); err != nil {
			return err
		}
	}
	return nil
}

// MarshalJSON writes the configuration as {"data": {"value": …, "from": …}, …}.
func (c Config) MarshalJSON() ([]byte, error) {
	out := map[string]map[string]string{}
	for _, v := range c.values {
		out[v.Setting.Name] = map[string]string{"value": v.Value, "from": v.From}
	}
	return json.Marshal(out)
}

// Slots is how many requests models work on at the same time. A bundled Ollama is told the number; of another one it
// is not known how many it was told, and by itself it takes one.
func (c Config) Slots() int {
	switch {
	case c.ModelSlots > 0:
		return c.ModelSlots
	case c.Ollama == OllamaAuto:
		return 2
	}
	return 1
}

// ModelsDir is the directory that holds the models: the one that is set, else one in the data directory.
func (c Config) ModelsDir() string {
	if c.Models != "" {
		return c.Models
	}
	return filepath.Join(c.Data, "ollama", "models")
}

// clock gives the clock of the configuration.
func (c Config) clock() appliance.Clock {
	if c.Clock != nil {
		return c.Clock
	}
	return appliance.SystemClock
}

// keeper keeps the time of the box by the clock of the machine.
func (c Config) keeper(log *slog.Logger) *clock.Keeper {
	machine, running := c.clock(), c.Running
	if running == nil && c.Clock == nil {
		running = clock.Running
	} else if running == nil {
		began := machine()
		running = func() time.Duration { return machine().Sub(began) }
	}
	return clock.New(absolute(c.Data), machine, running, log)
}

// gauge measures the room of the disk of a data directory and of the memory of this machine.
func (c Config) gauge(dir string) *room.Gauge {
	if c.Room != nil {
		return c.Room
	}
	return &room.Gauge{
		Disk:   func() (free, total int64, err error) { return store.DiskSpace(dir) },
		Memory: room.MemoryOf("/proc", "/sys/fs/cgroup"),
	}
}
