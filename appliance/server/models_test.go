package server_test

import (
	"strings"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/inference"
	"harmonium/appliance/inference/ollamatest"
	"harmonium/appliance/room"
	"harmonium/appliance/server"
	"harmonium/appliance/store"
)

// until asks for the findings of a running server until one of them holds words; it gives that one.
func until(t *testing.T, c server.Config, about, words string) appliance.Finding {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	end := time.After(time.Minute)
	for {
		found, err := server.Doctor(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			if f.About == about && strings.Contains(f.Text, words) {
				return f
			}
		}
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("nothing says %q within a minute, but: %+v", words, found)
		}
	}
}

func TestWhoLeadsIsSaidInWords(t *testing.T) {
	fake := ollamatest.New(t, "gemma3:4b", "gemma3:1b")
	fake.AddRemoteModel("far:cloud")
	c := config(t, "ollama="+fake.URL)
	s, _ := start(t, c)
	led := until(t, c, "models", "gemma3:4b leads conversations and does the analysis")
	if led.Level != appliance.LevelOK || led.Code != "models.one" || led.Values["model"].Value != "gemma3:4b" {
		t.Errorf("%+v", led)
	}
	if f := until(t, c, "ollama", "Ollama 0.17.4"); f.Level != appliance.LevelOK || !strings.Contains(f.Text, "not sealed by us") {
		t.Errorf("%+v", f)
	}
	if f := until(t, c, "queue", "Nothing is waiting"); f.Level != appliance.LevelOK {
		t.Errorf("%+v", f)
	}
	if f := until(t, c, "remote", "computed on other machines: 1."); f.Level != appliance.LevelWarn || f.Todo == "" {
		t.Errorf("%+v", f)
	}
	if figures := metrics(t, s); !strings.Contains(figures, "\nharmonium_models_usable 1\n") ||
		!strings.Contains(figures, `harmonium_models_waiting{lane="conversations"} 0`) {
		t.Errorf("the metrics are:\n%s", figures)
	}

	fake.Stop()
	gone := until(t, c, "models", "Conversations are led by rules since")
	if gone.Level != appliance.LevelFail || !strings.HasSuffix(gone.Text, ": Ollama does not answer.") || gone.Todo == "" {
		t.Errorf("%+v", gone)
	}
	if figures := metrics(t, s); !strings.Contains(figures, "\nharmonium_models_usable 0\n") {
		t.Errorf("the metrics are:\n%s", figures)
	}

	fake.Start()
	until(t, c, "models", "gemma3:4b leads conversations")
	fake.RemoveModels()
	if f := until(t, c, "models", "holds no model"); f.Level != appliance.LevelWarn {
		t.Errorf("%+v", f)
	}
}

func metrics(t *testing.T, s *server.Server) string {
	t.Helper()
	var text strings.Builder
	if err := s.Metrics(t.Context(), &text); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

func TestTheChoiceOfModelsOutlivesTheServer(t *testing.T) {
	fake := ollamatest.New(t, "gemma3:4b", "gemma3:1b")
	c := config(t, "ollama="+fake.URL)
	s, stop := start(t, c)
	choice := appliance.ModelChoice{appliance.ModelAnalyst: "gemma3:1b"}
	if err := s.Store().SetSetting(t.Context(), store.By{Actor: store.ActorCommandLine}, store.SettingModels, choice); err != nil {
		t.Fatal(err)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	start(t, c)
	until(t, c, "models", "gemma3:4b leads conversations, and gemma3:1b does the analysis")
}

func TestEveryReasonForRulesHasWordsAndSomethingToDo(t *testing.T) {
	for _, kind := range []inference.Kind{inference.Off, inference.Absent, inference.Starting, inference.NoModel, inference.Remote,
		inference.Full, inference.TooLong, inference.Stalled, inference.Died, inference.Slow, inference.CutOff, inference.Malformed} {
		for _, own := range []bool{false, true} {
			if text, todo := server.Reason(kind, own); text == "" || todo == "" {
				t.Errorf("%s, own %v: %q, to do %q", kind, own, text, todo)
			}
		}
	}
}

// A command is no way round what the pages refuse when the box runs short.
func TestAnImportIsRefusedWhenTheBoxRunsShort(t *testing.T) {
	c := config(t)
	for _, tt := range []struct {
		name string
		room *room.Gauge
		want appliance.Code
	}{
		{"plenty", roomOf(50, room.Memory{}), ""},
		{"3 % of the disk", roomOf(3, room.Memory{}), appliance.CodeStorage},
		{"little memory", roomOf(50, room.Memory{Machine: room.Space{Free: 300 << 20, Total: 8 << 30}}), appliance.CodeBusy},
	} {
		c.Room = tt.room
		if err := server.AdmitExtra(c); appliance.CodeOf(err) != tt.want {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}
