package web_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"harmonium/appliance/inference/ollamatest"
	"harmonium/appliance/trial"
	"harmonium/appliance/web"
	"harmonium/models"
)

// gguf is a sound model of eight numbers.
func gguf() []byte {
	b := []byte("GGUF\x03\x00\x00\x00" + "\x01\x00\x00\x00\x00\x00\x00\x00" + "\x01\x00\x00\x00\x00\x00\x00\x00")
	b = append(b, "\x14\x00\x00\x00\x00\x00\x00\x00general.architecture\x08\x00\x00\x00\x05\x00\x00\x00\x00\x00\x00\x00llama"...)
	b = append(b, "\x01\x00\x00\x00\x00\x00\x00\x00w\x01\x00\x00\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"...)
	b = append(b, make([]byte, (32-len(b)%32)%32)...)
	return append(b, make([]byte, 32)...)
}

// folderWith is a folder with models of these names.
func folderWith(t *testing.T, names ...string) *models.Folder {
	t.Helper()
	dir := t.TempDir()
	put := func(path string, b []byte) {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	layer := func(kind string, b []byte) map[string]any {
		sum := sha256.Sum256(b)
		put(filepath.Join(dir, "blobs", "sha256-"+hex.EncodeToString(sum[:])), b)
		return map[string]any{"mediaType": kind, "digest": "sha256:" + hex.EncodeToString(sum[:]), "size": len(b)}
	}
	for _, name := range names {
		m, err := json.Marshal(map[string]any{"config": layer("", []byte("{}")), "layers": []any{layer("application/vnd.ollama.image.model", gguf())}})
		if err != nil {
			t.Fatal(err)
		}
		put(filepath.Join(dir, "manifests", "registry.ollama.ai", "library", name, "latest"), m)
	}
	return models.Open(dir)
}

func TestTheModelsOfTheBoxSayWhatTheirFilesSay(t *testing.T) {
	folder := folderWith(t, "own")
	d := modelDesk(t, ollamatest.New(t, "own:latest", "gemma3:4b"), func(deps *web.Deps) { deps.Folder, deps.Memory = folder, 8<<30 })
	state, err := json.Marshal(models.Progress{State: models.Copying, Model: "next:1b", Done: 5, Total: 10, Updated: d.clock.Now()})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(folder.Dir(), "importing"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder.Dir(), "importing", "state.json"), state, 0o644); err != nil {
		t.Fatal(err)
	}
	var m web.Models
	d.get("ada", "GET", "/api/v1/models", nil, 200, &m)
	if m.Folder != folder.Dir() || m.Memory != 8<<30 || !m.Removable {
		t.Errorf("%+v", m)
	}
	if i := m.Import.Value; i == nil || i.State != models.Interrupted || i.Model != "next:1b" || i.Done != 5 {
		t.Errorf("an import whose process is gone: %+v", i)
	}
	for _, model := range m.Installed {
		switch file := model.File.Value; {
		case model.Name == "own:latest" && (file == nil || file.Parameters != "8" || file.Quantization != "F32" || !file.Fits || file.Memory == 0):
			t.Errorf("own:latest: %+v", file)
		case model.Name == "gemma3:4b" && file != nil:
			t.Errorf("of a model that lies elsewhere something is known: %+v", file)
		}
	}
	if w := m.Work[0]; w.Advised != "gemma3:4b" || w.AdvisedBy != models.FitsUnmeasured {
		t.Errorf("advised is %+v", w)
	}
	if w := m.Work[4]; w.Advised != "" || w.AdvisedBy != models.NoneInstalled {
		t.Errorf("advised is %+v", w)
	}
}

func TestAModelIsTriedOut(t *testing.T) {
	fake := ollamatest.New(t, "own:latest")
	fake.Rule(func(r ollamatest.Request) ollamatest.Script {
		if r.Format != nil {
			return ollamatest.Text(`{"about":"pay","quote":"wages"}`)
		}
		return ollamatest.Text("What is forgotten most often?")
	})
	d := modelDesk(t, fake)
	d.run(
		apiCase{name: "an editor", as: "ada", method: "POST", path: "/api/v1/models/trial", body: `{"model":"own:latest"}`, status: 403},
		apiCase{name: "one that is not there", as: "olga", method: "POST", path: "/api/v1/models/trial", body: `{"model":"none"}`, status: 400},
		apiCase{name: "none so far", as: "ada", method: "GET", path: "/api/v1/models/trial", status: 200, want: []string{"null"}},
	)
	var s web.ModelTrial
	d.get("olga", "POST", "/api/v1/models/trial", `{"model":"own:latest"}`, 202, &s)
	deadline := time.After(time.Minute)
	for s.Status == trial.Running {
		select {
		case <-time.After(5 * time.Millisecond):
		case <-deadline:
			t.Fatal("the trial has not ended within a minute")
		}
		d.get("ada", "GET", "/api/v1/models/trial", nil, 200, &s)
	}
	if s.Status != trial.Done || s.Answer != "What is forgotten most often?" || s.Forms != 6 || s.Kept != 6 || s.Right != 1 || s.Quoted != 1 {
		t.Errorf("%+v", s)
	}
	var m web.Models
	d.get("ada", "GET", "/api/v1/models", nil, 200, &m)
	if tried := m.Installed[0].Trial.Value; tried == nil || tried.Kept != 6 {
		t.Errorf("%+v", tried)
	}
	d.get("olga", "DELETE", "/api/v1/models/trial", nil, 204, nil)
	d.audited("model.try")
}

func TestAModelIsRemoved(t *testing.T) {
	folder := folderWith(t, "own", "other")
	d := modelDesk(t, ollamatest.New(t, "own:latest", "other:latest"), func(deps *web.Deps) { deps.Folder = folder })
	d.run(
		apiCase{name: "an editor", as: "ada", method: "POST", path: "/api/v1/models/remove", body: `{"model":"own:latest"}`, status: 403},
		apiCase{name: "one that is not there", as: "olga", method: "POST", path: "/api/v1/models/remove", body: `{"model":"none:1b"}`, status: 404},
	)
	d.get("olga", "PUT", "/api/v1/models/choice", `{"analyst":"own:latest"}`, 200, nil)
	d.run(apiCase{name: "the chosen one", as: "olga", method: "POST", path: "/api/v1/models/remove", body: `{"model":"own:latest"}`, status: 409, want: []string{"Choose another one"}})
	d.get("olga", "POST", "/api/v1/models/remove", `{"model":"other:latest"}`, 200, nil)
	d.audited("model.remove")
	if _, err := folder.Model("other"); err == nil {
		t.Error("it is still there")
	}
	if _, err := folder.Model("own"); err != nil {
		t.Error(err)
	}
	closed := modelDesk(t, ollamatest.New(t, "own:latest"))
	closed.run(apiCase{name: "where the server may not", as: "olga", method: "POST", path: "/api/v1/models/remove", body: `{"model":"own:latest","force":true}`,
		status: 422, want: []string{"harmonium model remove own:latest"}})
}
