package server_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"harmonium/appliance"
	"harmonium/appliance/capture/whispertest"
	"harmonium/appliance/privacy"
	"harmonium/appliance/room"
	"harmonium/appliance/server"
)

// levels gives the level of each finding by what it is about.
func levels(t *testing.T, c server.Config) map[string]appliance.Level {
	t.Helper()
	found, err := server.Doctor(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]appliance.Level{}
	for _, f := range found {
		got[f.About] = f.Level
		if f.Text == "" || !strings.HasSuffix(strings.TrimSpace(f.Text), ".") && f.About != "address" {
			t.Errorf("%s: %q is no sentence", f.About, f.Text)
		}
		if f.Level == appliance.LevelOK && f.Todo != "" {
			t.Errorf("%s is well and asks for something", f.About)
		}
	}
	return got
}

func TestDoctorFindsAHealthyBoxHealthy(t *testing.T) {
	c := config(t, "public-url=http://box.example")
	c.Room = roomOf(50, room.Memory{Machine: room.Space{Free: 4 << 30, Total: 8 << 30}}) // whatever this machine has
	_, stop := start(t, c)
	want := map[string]appliance.Level{"server": "ok", "data": "ok", "disk": "ok", "memory": "ok", "database": "ok", "models": "ok",
		"clock": "ok", "address": "ok", "capacity": "ok", "speech": "ok", "backup": "warn"} // a new box has none
	if !privacy.ReadKernel().Sealed {
		want["seal"] = "warn" // a process of this machine, as here, has a network
	} else {
		want["seal"] = "ok"
	}
	if diff := cmp.Diff(want, levels(t, c)); diff != "" {
		t.Errorf("running (-want +got):\n%s", diff)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	delete(want, "speech")   // shows when the server runs
	delete(want, "seal")     // only a running server has tried to leave
	delete(want, "capacity") // and knows the model
	delete(want, "backup")
	want["server"] = "warn"
	if diff := cmp.Diff(want, levels(t, c)); diff != "" {
		t.Errorf("not running (-want +got):\n%s", diff)
	}
}

// The whisper-server is named by its address, and whether it answers.
func TestDoctorNamesTheWhisperServer(t *testing.T) {
	fake := whispertest.New(t)
	for address, want := range map[string]string{fake.URL: "speech.whisper", "http://127.0.0.1:1": "speech.absent"} {
		c := config(t, "whisper="+address)
		_, stop := start(t, c)
		waitFor(t, func() bool { // it is looked at once the server runs
			found, err := server.Doctor(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range found {
				if f.Code == want && f.Values["address"].Value == address && strings.Contains(f.Text, address) {
					return true
				}
			}
			return false
		})
		if err := stop(); err != nil {
			t.Fatal(err)
		}
	}
}

// roomOf is the gauge of a box with so much of its disk free, in percent, and such memory.
func roomOf(percent int64, m room.Memory) *room.Gauge {
	return &room.Gauge{Disk: func() (int64, int64, error) { return percent, 100, nil }, Memory: func() room.Memory { return m }}
}

func TestDoctorMakesNothing(t *testing.T) {
	c := config(t)
	c.Data = filepath.Join(c.Data, "none")
	if got := levels(t, c)["data"]; got != "warn" {
		t.Errorf("a data directory that is not there is %q", got)
	}
	if _, err := os.Stat(c.Data); !os.IsNotExist(err) {
		t.Errorf("the directory is there now: %v", err)
	}
	if err := os.Mkdir(c.Data, 0o700); err != nil {
		t.Fatal(err)
	}
	levels(t, c)
	for _, name := range []string{"harmonium.db", "ballast"} {
		if _, err := os.Stat(filepath.Join(c.Data, name)); !os.IsNotExist(err) {
			t.Errorf("the doctor made %s: %v", name, err)
		}
	}
}

func TestDoctorFindsWhatIsWrong(t *testing.T) {
	ollama := func(tags string) string {
		mux := http.NewServeMux()
		mux.HandleFunc("GET /api/version", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(`{"version":"0.17.4"}`)) })
		mux.HandleFunc("GET /api/tags", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(tags)) })
		srv := httptest.NewServer(mux)
		t.Cleanup(srv.Close)
		return "ollama=" + srv.URL
	}
	for _, tt := range []struct {
		name, about string
		settings    []string
		harm        func(t *testing.T, c *server.Config)
		want        appliance.Level
	}{
		{"no Ollama in this program", "models", []string{"ollama=auto"}, nil, "warn"},
		{"an Ollama that does not answer", "models", []string{"ollama=http://127.0.0.1:1"}, nil, "fail"},
		{"an Ollama without models", "models", []string{ollama(`{"models":[]}`)}, nil, "warn"},
		{"an Ollama with remote models", "remote", []string{ollama(`{"models":[{"name":"a:1b"},{"name":"b:cloud"}]}`)}, nil, "warn"},
		{"an Ollama that is well", "models", []string{ollama(`{"models":[{"name":"a:1b"}]}`)}, nil, "ok"},
		{"only this machine reaches the box", "address", nil, nil, "warn"},
		{"a clock before our time", "clock", nil, func(_ *testing.T, c *server.Config) {
			c.Clock = func() time.Time { return time.Unix(0, 0).UTC() }
		}, "fail"},
		{"a clock that was set back by an hour", "clock", nil, func(_ *testing.T, c *server.Config) {
			c.Clock = func() time.Time { return time.Now().Add(-time.Hour).UTC() }
		}, "warn"},
		{"a clock that was set back by a week", "clock", nil, func(_ *testing.T, c *server.Config) {
			c.Clock = func() time.Time { return time.Now().AddDate(0, 0, -7).UTC() }
		}, "fail"},
		{"a clock that is ten years ahead", "clock", nil, func(_ *testing.T, c *server.Config) {
			c.Clock = func() time.Time { return time.Now().AddDate(10, 0, 0).UTC() }
		}, "fail"},
		{"a disk with 3 % free", "disk", nil, func(_ *testing.T, c *server.Config) { c.Room = roomOf(3, room.Memory{}) }, "warn"},
		{"a disk with 1 % free", "disk", nil, func(_ *testing.T, c *server.Config) { c.Room = roomOf(1, room.Memory{}) }, "fail"},
		{"little memory", "memory", nil, func(_ *testing.T, c *server.Config) {
			c.Room = roomOf(50, room.Memory{Machine: room.Space{Free: 300 << 20, Total: 8 << 30}})
		}, "warn"},
		{"a limit of the kernel that is reached", "memory", nil, func(_ *testing.T, c *server.Config) {
			c.Room = roomOf(50, room.Memory{Machine: room.Space{Free: 4 << 30, Total: 8 << 30}, Own: room.Space{Free: 1 << 20, Total: 1 << 30}})
		}, "fail"},
		{"processes that the kernel has ended", "memory", nil, func(_ *testing.T, c *server.Config) {
			c.Room = roomOf(50, room.Memory{Machine: room.Space{Free: 4 << 30, Total: 8 << 30}, Killed: 2})
		}, "warn"},
		{"a port that is taken", "port", nil, func(t *testing.T, c *server.Config) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { l.Close() })
			c.Listen = l.Addr().String()
		}, "fail"},
		{"an address of another machine", "port", nil, func(_ *testing.T, c *server.Config) { c.Listen = "192.0.2.1:0" }, "fail"},
		{"a data directory that is a file", "data", nil, func(t *testing.T, c *server.Config) {
			c.Data = filepath.Join(c.Data, "harmonium.db")
		}, "fail"},
		{"a data directory that has lost its database", "database", nil, func(t *testing.T, c *server.Config) {
			if err := os.WriteFile(filepath.Join(c.Data, "ballast"), []byte("x"), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Remove(filepath.Join(c.Data, "harmonium.db")); err != nil {
				t.Fatal(err)
			}
		}, "fail"},
		{"an empty data directory", "database", nil, func(t *testing.T, c *server.Config) { c.Data = t.TempDir() }, "warn"},
		{"a damaged database", "database", nil, func(t *testing.T, c *server.Config) {
			f, err := os.OpenFile(filepath.Join(c.Data, "harmonium.db"), os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if _, err := f.WriteAt(make([]byte, 6000), 8192); err != nil {
				t.Fatal(err)
			}
		}, "fail"},
		{"a file of somebody else", "database", nil, func(t *testing.T, c *server.Config) {
			if err := os.WriteFile(filepath.Join(c.Data, "harmonium.db"), []byte("not a database, but long enough to be read as one"), 0o600); err != nil {
				t.Fatal(err)
			}
		}, "fail"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := config(t, tt.settings...)
			_, stop := start(t, c)
			if err := stop(); err != nil {
				t.Fatal(err)
			}
			if tt.harm != nil {
				tt.harm(t, &c)
			}
			if got := levels(t, c)[tt.about]; got != tt.want {
				t.Errorf("%s is %q, want %q", tt.about, got, tt.want)
			}
		})
	}
}
