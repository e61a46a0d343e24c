package server_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"harmonium/appliance"
	"harmonium/appliance/server"
)

func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "harmonium.conf")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func value(t *testing.T, c server.Config, name string) server.Value {
	t.Helper()
	for _, v := range c.Values() {
		if v.Setting.Name == name {
			return v
		}
	}
	t.Fatalf("no setting %s", name)
	return server.Value{}
}

func TestEachSourceOverridesTheOneBefore(t *testing.T) {
	path := file(t, "# a comment\n\nHARMONIUM_LISTEN = :81\nHARMONIUM_DATA=/from/file\nHARMONIUM_RATE_LIMIT=7\n")
	c, err := server.Load(server.Sources{
		File:      path,
		Variables: []string{"HARMONIUM_LISTEN=:82", "HARMONIUM_DATA=/from/environment", "HOME=/x", "HARMONIUM_CONFIG=" + path},
		Flags:     map[string]string{"listen": ":83"},
	})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][2]string{}
	for _, name := range []string{"listen", "data", "rate-limit", "ollama"} {
		v := value(t, c, name)
		got[name] = [2]string{v.Value, v.From}
	}
	want := map[string][2]string{
		"listen":     {":83", "flag --listen"},
		"data":       {"/from/environment", "environment HARMONIUM_DATA"},
		"rate-limit": {"7", "file " + path + " line 5"},
		"ollama":     {"auto", "default"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if c.Listen != ":83" || c.Data != "/from/environment" || c.RateLimit != 7 || c.Ollama != "auto" {
		t.Errorf("the values have not reached their fields: %+v", c)
	}
}

func TestPossibleAndImpossibleValues(t *testing.T) {
	for name, values := range map[string]struct{ possible, impossible []string }{
		"data":           {[]string{"/var/lib/harmonium", "x"}, []string{""}},
		"listen":         {[]string{":8080", "0.0.0.0:80", "[::1]:8080", "localhost:0"}, []string{"", "8080", "box:80", ":99999", "1.2.3.4:", ":http"}},
		"ollama":         {[]string{"auto", "none", "http://127.0.0.1:11434", "http://[::1]:1/", "http://localhost:11434"}, []string{"", "yes", "http://ollama:11434", "127.0.0.1:11434", "http://127.0.0.1:1/api", "http://u:p@127.0.0.1"}},
		"models":         {[]string{"", "/var/lib/harmonium-models", "x"}, []string{"\x00"}},
		"public-url":     {[]string{"", "https://box.example", "http://192.168.1.20:8080/", "http://[fd00::1]:80"}, []string{"box", "ftp://box", "http://box/path", "http://box:", "http://box?x", "http://-x"}},
		"hosts":          {[]string{"", "box", "box.example, Box2.Example"}, []string{"a b", "box:80", "http://box", "..", "ü"}},
		"tls":            {[]string{"none", "self", "files"}, []string{"", "yes", "SELF"}},
		"tls-files":      {[]string{"/etc/harmonium/tls"}, []string{"", "tls"}},
		"listen-http":    {[]string{"", ":80", "0.0.0.0:80"}, []string{"80", "box:80"}},
		"addresses-file": {[]string{"", "/run/harmonium-lan/addresses.json"}, []string{"addresses.json"}},
		"rate-limit":     {[]string{"0", "3000"}, []string{"", "-1", "many", "1000001", "1.5"}},
		"log-format":     {[]string{"text", "json"}, []string{"", "xml", "JSON"}},
		"bcrypt-cost":    {[]string{"4", "16"}, []string{"3", "17", ""}},
		"guided-pace":    {[]string{"0", "0s", "30ms", "1s"}, []string{"", "30", "-1ms", "2s"}},
	} {
		for _, v := range values.possible {
			if _, err := server.Load(server.Sources{Flags: map[string]string{name: v}}); err != nil {
				t.Errorf("%s=%q was refused: %v", name, v, err)
			}
		}
		for _, v := range values.impossible {
			_, err := server.Load(server.Sources{Flags: map[string]string{name: v}})
			var e *appliance.Error
			if !errors.As(err, &e) || e.Code != appliance.CodeValidation {
				t.Errorf("%s=%q was taken", name, v)
			}
		}
	}
}

// Every setting has a row in the test above, so that a new one is not forgotten.
func TestEverySettingIsChecked(t *testing.T) {
	for _, s := range server.Settings() {
		if s.Usage == "" || s.Possible == "" {
			t.Errorf("%s lacks words", s.Name)
		}
		if _, err := server.Load(server.Sources{Flags: map[string]string{s.Name: "\x00"}}); err == nil && s.Name != "data" {
			t.Errorf("%s takes anything", s.Name)
		}
	}
}

func TestRefusalNamesSettingValueOriginAndWhatIsPossible(t *testing.T) {
	_, err := server.Load(server.Sources{Variables: []string{"HARMONIUM_LISTEN=8080"}, Flags: map[string]string{"rate-limit": "lots"}})
	var e *appliance.Error
	if !errors.As(err, &e) {
		t.Fatal(err)
	}
	want := []appliance.FieldError{
		{Field: "listen", Message: `The setting listen is "8080" (from: environment HARMONIUM_LISTEN); it must be ` +
			`an address and port such as 127.0.0.1:8080, or :8080 for every network of this machine.`},
		{Field: "rate-limit", Message: `The setting rate-limit is "lots" (from: flag --rate-limit); it must be ` +
			`a whole number from 0 (no limit) to 1000000.`},
	}
	if diff := cmp.Diff(want, e.Fields); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestFileIsReadStrictly(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"listen=:80", "names \"listen\", which is no setting"},
		{"HARMONIUM_LISTN=:80", "which is no setting"},
		{"\nHARMONIUM_LISTEN", "Line 2"},
		{"HARMONIUM_LISTEN=:80\nHARMONIUM_LISTEN=:81", "a second time"},
		{`HARMONIUM_LISTEN=":80"`, "quotation marks"},
		{"HARMONIUM_LISTEN=:80 # web", `":80 # web"`},
		{"\xff", "not a text"},
		{strings.Repeat("#", 70_000), "64 KiB"},
	} {
		_, err := server.Load(server.Sources{File: file(t, tt.text)})
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%.30q: got %v, want it to say %q", tt.text, err, tt.want)
		}
	}
}

func TestUnknownVariableIsRefused(t *testing.T) {
	_, err := server.Load(server.Sources{Variables: []string{"HARMONIUM_LISTN=:80"}})
	if err == nil || !strings.Contains(err.Error(), "HARMONIUM_LISTEN") {
		t.Errorf("got %v, want a refusal that names what is possible", err)
	}
}

func TestAbsentFileIsAnErrorOnlyWhenItWasNamed(t *testing.T) {
	absent := filepath.Join(t.TempDir(), "none.conf")
	if _, err := server.Load(server.Sources{File: absent}); err != nil {
		t.Errorf("not named: %v", err)
	}
	if _, err := server.Load(server.Sources{File: absent, FileMust: true}); err == nil || !strings.Contains(err.Error(), absent) {
		t.Errorf("named: got %v", err)
	}
}

func TestPrintedConfigurationIsAFileThatSaysTheSame(t *testing.T) {
	c, err := server.Load(server.Sources{Flags: map[string]string{"hosts": "a,b", "public-url": "http://a:81", "guided-pace": "0s"}})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := c.Print(&b); err != nil {
		t.Fatal(err)
	}
	again, err := server.Load(server.Sources{File: file(t, b.String()), FileMust: true})
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range again.Values() {
		if v.Value != c.Values()[i].Value {
			t.Errorf("%s: %q became %q", v.Setting.Name, c.Values()[i].Value, v.Value)
		}
	}
	data, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(data), `"hosts":{"from":"flag --hosts","value":"a,b"}`) {
		t.Errorf("JSON: %s", data)
	}
}

func FuzzFile(f *testing.F) {
	f.Add("HARMONIUM_LISTEN=:80\n# x\n")
	f.Add("=\x00")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := server.Load(server.Sources{File: file(t, text), FileMust: true})
		if err != nil && appliance.CodeOf(err) != appliance.CodeValidation {
			t.Errorf("not a sentence: %v", err)
		}
		if err == nil && len(c.Values()) != len(server.Settings()) {
			t.Error("a setting is lost")
		}
	})
}

// Whoever names another data directory must not reach the server of the one in the configuration file.
func TestTheControlSocketBelongsToTheDataDirectoryThatIsNamedWithIt(t *testing.T) {
	file := filepath.Join(t.TempDir(), "harmonium.conf")
	if err := os.WriteFile(file, []byte("HARMONIUM_DATA=/var/lib/box\nHARMONIUM_CONTROL=/run/box\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name      string
		variables []string
		flags     map[string]string
		want      string
	}{
		{"both in the file", nil, nil, "/run/box"},
		{"data by flag", nil, map[string]string{"data": "/srv/other"}, ""},
		{"data by environment", []string{"HARMONIUM_DATA=/srv/other"}, nil, ""},
		{"both by flag", nil, map[string]string{"data": "/srv/other", "control": "/run/other"}, "/run/other"},
		{"control by flag", nil, map[string]string{"control": "/run/other"}, "/run/other"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := server.Load(server.Sources{File: file, FileMust: true, Variables: tt.variables, Flags: tt.flags})
			if err != nil {
				t.Fatal(err)
			}
			if c.Control != tt.want {
				t.Errorf("control %q, want %q", c.Control, tt.want)
			}
		})
	}
}
