//go:build ollama

package main_test

import (
	"path/filepath"
	"strings"
	"testing"

	"harmonium/appliance/web"
	"harmonium/models"
)

// A model comes as a bare file and as a bundle, while the server runs: the real Ollama lists it, answers with it and
// keeps its schemas, and forgets it when it is removed.
func TestOllamaAnswersWithImportedModels(t *testing.T) {
	b := openBox(t)
	run := func(want int, args ...string) outcome {
		t.Helper()
		got := do(t, "", append(args, "--data", b.dir)...)
		if got.code != want {
			t.Fatalf("%v: %+v", args, got)
		}
		return got
	}
	run(0, "model", "import", *modelFile, "--name", "bare:tiny")
	stick := t.TempDir()
	run(0, "model", "pack", "bare:tiny", "--out", stick)
	run(0, "model", "remove", "bare:tiny")
	run(0, "model", "import", filepath.Join(stick, models.BundleDir))
	run(0, "model", "check")

	installed := func(name string) (found web.InstalledModel) {
		var m web.Models
		b.call(b.key, "GET", "/models", nil, &m)
		for _, i := range m.Installed {
			if i.Name == name {
				found = i
			}
		}
		return found
	}
	b.waitFor("Ollama holds the imported model", func() bool { return installed("bare:tiny").Name != "" })
	if file := installed("bare:tiny").File.Value; file == nil || file.Parameters != "130K" || !file.Fits {
		t.Errorf("of its file is known: %+v", file)
	}
	var s web.ModelTrial
	b.call(b.key, "POST", "/models/trial", map[string]string{"model": "bare:tiny"}, &s)
	b.waitFor("it was tried out", func() bool {
		b.call(b.key, "GET", "/models/trial", nil, &s)
		return s.Status != "running"
	})
	if s.Status != "done" || s.Answer == "" || s.Forms != 6 || s.FirstTokenMS < 0 {
		t.Errorf("tried out: %+v", s)
	}
	t.Logf("first word after %d ms, %.0f tokens a second, forms kept %d of %d", s.FirstTokenMS, s.Write, s.Kept, s.Forms)

	run(0, "model", "remove", "bare:tiny", "--force")
	b.waitFor("Ollama has forgotten it", func() bool { return installed("bare:tiny").Name == "" })
	if got := run(1, "model", "remove", "bare:tiny"); !strings.Contains(got.errOut, "no model bare:tiny") {
		t.Errorf("%+v", got)
	}
}
