package server

import (
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"harmonium/appliance/auth"
	"harmonium/appliance/lan"
	"harmonium/appliance/wayout"
)

// Setting is one thing that an administrator can set: by a line in the configuration file, by a variable of the
// environment or by a flag of the command line, each of which overrides the one before.
type Setting struct {
	Name     string // as a flag, without the dashes before it: "public-url"
	Default  string
	Usage    string // what it is for, one sentence
	Possible string // which values are possible; follows "it must be"

	set func(c *Config, value string) bool // false: the value is not possible
}

// Variable is the name of the setting in the environment and in the configuration file.
func (s Setting) Variable() string {
	return "HARMONIUM_" + strings.ToUpper(strings.ReplaceAll(s.Name, "-", "_"))
}

// Settings lists every setting. All that reads, checks, prints or documents the configuration is derived from it.
func Settings() []Setting {
	return []Setting{
		{
			Name: "data", Default: "data",
			Usage:    "Directory that holds everything the box keeps.",
			Possible: "the path of a directory",
			set:      func(c *Config, v string) bool { c.Data = filepath.Clean(v); return v != "" },
		},
		{
			Name: "control", Default: "",
			Usage:    "Directory of the socket for commands, open to the group of the server; empty: the data directory, for its owner.",
			Possible: "empty, or the full path of a directory",
			set:      func(c *Config, v string) bool { c.Control = v; return v == "" || filepath.IsAbs(v) },
		},
		{
			Name: "listen", Default: "127.0.0.1:8080",
			Usage:    "Address and port to answer at; :8080 is every network of this machine. Sockets from systemd go before it.",
			Possible: "an address and port such as 127.0.0.1:8080, or :8080 for every network of this machine",
			set:      func(c *Config, v string) bool { c.Listen = v; return isListen(v) },
		},
		{
			Name: "porter", Default: "",
			Usage:    "Directory of the Unix sockets at which harmonium porter hands visitors in; empty: the server opens its ports itself.",
			Possible: "empty, or the full path of a directory",
			set:      func(c *Config, v string) bool { c.Porter = v; return v == "" || filepath.IsAbs(v) },
		},
		{
			Name: "ollama", Default: "auto",
			Usage:    "Where models run: auto (an Ollama bundled with this program), none (guided mode), or an address.",
			Possible: "auto, none, or an address by number such as http://127.0.0.1:11434",
			set: func(c *Config, v string) bool {
				c.Ollama = strings.TrimSuffix(v, "/")
				return v == OllamaAuto || v == OllamaNone || isOllama(c.Ollama)
			},
		},
		{
			Name: "whisper", Default: "",
			Usage:    "Address of a whisper-server on this machine, which writes down speech; empty: only models of Ollama do.",
			Possible: "empty, or an address of this machine by number such as http://127.0.0.1:11435",
			set: func(c *Config, v string) bool {
				c.Whisper = strings.TrimSuffix(v, "/")
				return v == "" || isLoopbackURL(c.Whisper)
			},
		},
		{
			Name: "models", Default: "",
			Usage:    "Directory that holds the models, laid out as Ollama does; empty is ollama/models in the data directory.",
			Possible: "empty, or the path of a directory such as /var/lib/harmonium-models",
			set:      func(c *Config, v string) bool { c.Models = v; return !strings.Contains(v, "\x00") },
		},
		{
			Name: "model-slots", Default: "0",
			Usage:    "Requests that models work on at the same time; 0 is 2 for the bundled Ollama and 1 for another one.",
			Possible: "a whole number from 0 (as it fits) to 1024",
			set:      func(c *Config, v string) bool { return setWhole(&c.ModelSlots, v, 0, 1024) },
		},
		{
			Name: "public-url", Default: "",
			Usage:    "Address to give out to participants, when it is another than the one listened at.",
			Possible: "empty, or an address without a path such as http://192.168.1.20:8080",
			set: func(c *Config, v string) bool {
				c.PublicURL = strings.TrimSuffix(v, "/")
				return v == "" || isBaseURL(c.PublicURL)
			},
		},
		{
			Name: "hosts", Default: "",
			Usage:    "Further names of the box, with commas between; requests under an unknown name are refused.",
			Possible: "names such as box.example with commas between",
			set: func(c *Config, v string) bool {
				c.Hosts = splitList(v)
				return !slices.ContainsFunc(c.Hosts, func(h string) bool { return !isHostName(h) })
			},
		},
		{
			Name: "tls", Default: "none",
			Usage: "HTTPS: none (for this machine), self (certificates from the box's own authority), files (the " +
				"organisation's); what an administrator chooses in the browser comes before self and files.",
			Possible: "none, self or files",
			set: func(c *Config, v string) bool {
				c.TLS = lan.Mode(v)
				return c.TLS == lan.ModeNone || c.TLS == lan.ModeSelf || c.TLS == lan.ModeFiles
			},
		},
		{
			Name: "tls-files", Default: "/etc/harmonium/tls",
			Usage:    "Folder for the organisation's certificate: cert.pem and key.pem; new ones are taken without a restart.",
			Possible: "the full path of a folder",
			set:      func(c *Config, v string) bool { c.TLSFiles = v; return filepath.IsAbs(v) },
		},
		{
			Name: "listen-http", Default: "",
			Usage: "Address and port of plain HTTP beside HTTPS: it leads to HTTPS, offers the certificate to install, and lets " +
				"participants in where an administrator has chosen so.",
			Possible: "empty, or an address and port such as :80",
			set:      func(c *Config, v string) bool { c.ListenHTTP = v; return v == "" || isListen(v) },
		},
		{
			Name: "addresses-file", Default: "",
			Usage:    "File in which harmonium lan announce tells the addresses of this machine; the server then never looks itself.",
			Possible: "empty, or the full path of a file",
			set:      func(c *Config, v string) bool { c.AddressesFile = v; return v == "" || filepath.IsAbs(v) },
		},
		{
			Name: "allow", Default: "",
			Usage: "Addresses beside this machine that the box may reach, with commas between; in the sealed package the kernel lets " +
				"nothing out but what harmonium out opens.",
			Possible: "empty, or addresses by number with a port such as 192.0.2.7:443, with commas between",
			set:      setAllow,
		},
		{
			Name: "ways-out", Default: "",
			Usage:    "Directory in which harmonium out writes down the ways out of the sealed box; empty: there are none.",
			Possible: "empty, or the full path of a directory",
			set:      func(c *Config, v string) bool { c.WaysOut = v; return v == "" || filepath.IsAbs(v) },
		},
		{
			Name: "units-file", Default: "",
			Usage:    "File that tells what systemd lets the units of the box do on the network; empty: not told.",
			Possible: "empty, or the full path of a file",
			set:      func(c *Config, v string) bool { c.UnitsFile = v; return v == "" || filepath.IsAbs(v) },
		},
		{
			Name: "rate-limit", Default: "3000",
			Usage:    "Requests a minute that one API key may send; 0 is no limit.",
			Possible: "a whole number from 0 (no limit) to 1000000",
			set:      func(c *Config, v string) bool { return setWhole(&c.RateLimit, v, 0, 1_000_000) },
		},
		{
			Name: "log-format", Default: "text",
			Usage:    "How the log is written: text for people, json for programs.",
			Possible: "text or json",
			set:      func(c *Config, v string) bool { c.LogFormat = v; return v == "text" || v == "json" },
		},
		{
			Name: "bcrypt-cost", Default: "12",
			Usage:    "Work to check one password; each step doubles it.",
			Possible: "a whole number from 4 (for tests) to 16",
			set:      func(c *Config, v string) bool { return setWhole(&c.BcryptCost, v, auth.MinCost, auth.MaxCost) },
		},
		{
			Name: "guided-pace", Default: "30ms",
			Usage:    "Time that guided mode takes for each word it says; 0s says all at once.",
			Possible: "a time from 0s to 1s such as 30ms",
			set: func(c *Config, v string) bool {
				d, err := time.ParseDuration(v)
				c.GuidedPace = d
				return err == nil && d >= 0 && d <= time.Second
			},
		},
	}
}

func setAllow(c *Config, value string) bool {
	for _, part := range splitList(value) {
		to, err := wayout.Address(part)
		if err != nil {
			return false
		}
		c.Allow = append(c.Allow, to)
	}
	return true
}

func setWhole(to *int, value string, low, high int) bool {
	n, err := strconv.Atoi(value)
	*to = n
	return err == nil && n >= low && n <= high
}

func splitList(value string) []string {
	var list []string
	for part := range strings.SplitSeq(value, ",") {
		if part = strings.ToLower(strings.TrimSpace(part)); part != "" {
			list = append(list, part)
		}
	}
	return list
}

// isListen says whether value is an address to listen at: a number or localhost (other names would need a name
// server), and a port.
func isListen(value string) bool {
	host, port, err := net.SplitHostPort(value)
	if err != nil {
		return false
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return false
	}
	_, err = netip.ParseAddr(host)
	return err == nil || host == "" || host == "localhost"
}

// isOllama says whether value is the base address of an Ollama. Its host is a number: no name server is ever asked.
func isOllama(value string) bool {
	u, err := url.Parse(value)
	if err != nil || !isBaseURL(value) {
		return false
	}
	_, err = netip.ParseAddr(u.Hostname())
	return err == nil || u.Hostname() == "localhost"
}

// isLoopbackURL says whether value is the address of a server on this machine: what somebody has said goes nowhere else.
func isLoopbackURL(value string) bool {
	u, err := url.Parse(value)
	if err != nil || !isBaseURL(value) {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return err == nil && ip.IsLoopback()
}

func isBaseURL(value string) bool {
	u, err := url.Parse(value)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.Path != "" ||
		u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return false
	}
	if _, err := netip.ParseAddr(u.Hostname()); err != nil && !isHostName(u.Hostname()) {
		return false
	}
	_, err = strconv.ParseUint(u.Port(), 10, 16)
	return err == nil || u.Port() == "" && !strings.HasSuffix(u.Host, ":")
}

// isHostName says whether value is a host name (RFC 1123) in lower case.
func isHostName(value string) bool {
	if len(value) > 253 {
		return false
	}
	for label := range strings.SplitSeq(value, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' ||
			strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return false
		}
	}
	return true
}
