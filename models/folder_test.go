package models_test

import (
	"os"
	"path/filepath"
	"testing"

	"harmonium/appliance"
	"harmonium/models"
)

func TestRemovingAModelKeepsTheFilesOfOthers(t *testing.T) {
	f := models.Open(t.TempDir())
	shared := large(1_000_000, 7).bytes()
	install(t, f.Dir(), "a:1", shared, `{}`)
	install(t, f.Dir(), "b:1", shared, `{"model_type":"1B"}`)
	freed, err := f.Remove(t.Context(), "a:1")
	if err != nil || freed != int64(len(`{}`)) {
		t.Errorf("%d bytes became free, %v", freed, err)
	}
	sound(t, f)
	if freed, err = f.Remove(t.Context(), "b:1"); err != nil || freed < int64(len(shared)) {
		t.Errorf("%d bytes became free, %v", freed, err)
	}
	if blobs, err := os.ReadDir(filepath.Join(f.Dir(), "blobs")); err != nil || len(blobs) > 0 {
		t.Errorf("left are %v, %v", blobs, err)
	}
	if _, err := f.Remove(t.Context(), "b:1"); appliance.CodeOf(err) != appliance.CodeNotFound {
		t.Errorf("removed twice: %v", err)
	}
}

func TestWhileADescriptionIsDamagedNoFileIsRemoved(t *testing.T) {
	f := models.Open(t.TempDir())
	install(t, f.Dir(), "a:1", large(1_000_000, 7).bytes(), `{}`)
	write(t, filepath.Join(f.Dir(), "manifests", "registry.ollama.ai", "library", "b", "1"), []byte("{"))
	if freed, err := f.Remove(t.Context(), "a:1"); err != nil || freed != 0 {
		t.Errorf("%d bytes became free, %v", freed, err)
	}
}

func TestDamageIsFound(t *testing.T) {
	f := models.Open(t.TempDir())
	a, b, c := large(3_000_000, 1).bytes(), large(1_000_000, 2).bytes(), large(1_000_000, 3).bytes()
	install(t, f.Dir(), "a:1", a, `{}`)
	install(t, f.Dir(), "b:1", b, `{}`)
	install(t, f.Dir(), "c:1", c, `{}`)
	install(t, f.Dir(), "fine:1", large(1_000_000, 4).bytes(), `{}`)
	flip(t, filepath.Join(f.Dir(), "blobs", "sha256-"+digestOf(a)), 2_000_000)
	if err := os.Truncate(filepath.Join(f.Dir(), "blobs", "sha256-"+digestOf(b)), 500_000); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(f.Dir(), "blobs", "sha256-"+digestOf(c))); err != nil {
		t.Fatal(err)
	}
	_, damage, err := f.Check(t.Context(), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, d := range damage {
		got[d.Models[0]] = d.Reason
	}
	if len(got) != 3 || got["a:1"] != "its content has changed" || got["b:1"] != "it is cut off" || got["c:1"] != "it is missing" {
		t.Errorf("%v", got)
	}
	list, err := f.Models()
	if err != nil || len(list) != 4 || list[0].Problem != "" || list[1].Problem == "" || list[2].Problem == "" || list[3].Problem != "" {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestNamesThatWouldLeaveTheFolderAreRefused(t *testing.T) {
	for _, name := range []string{"", ":", "..", "../x", "a/../b", "x:..", "a/b/c/d", "x:a/b", "a b", "x\n", ".hidden", "x:", "ä"} {
		if n, err := models.ParseName(name); err == nil {
			t.Errorf("%q was taken for %v", name, n)
		}
	}
	for given, want := range map[string]string{"gemma3": "gemma3:latest", "gemma3:4b": "gemma3:4b", "own/x": "own/x:latest",
		"hub.example:5000/a/b:c": "hub.example:5000/a/b:c", "registry.ollama.ai/library/x:y": "x:y"} {
		if n, err := models.ParseName(given); err != nil || n.String() != want {
			t.Errorf("%q gives %v, %v", given, n, err)
		}
	}
}

func FuzzAFolderFromOutside(f *testing.F) {
	f.Add([]byte(`{"schemaVersion":2,"config":{"digest":"sha256:00"},"layers":[]}`), []byte(`{"remote_host":"x"}`))
	f.Add([]byte(`{"format":1,"models":[{"name":"a:b","manifest":"m"}],"files":[{"sha256":"x","size":1,"parts":["../x"]}]}`), []byte(nil))
	f.Fuzz(func(t *testing.T, manifest, other []byte) {
		stick := t.TempDir()
		write(t, filepath.Join(stick, "manifests", "h", "n", "m", "t"), manifest)
		write(t, filepath.Join(stick, "blobs", "sha256-"+digestOf(other)), other)
		here := models.Open(t.TempDir())
		if s, err := models.OpenSource(stick); err == nil {
			here.Plan(s, models.Selection{})
		}
		write(t, filepath.Join(stick, "harmonium-models.json"), manifest)
		write(t, filepath.Join(stick, "m"), other)
		if s, err := models.OpenSource(stick); err == nil {
			here.Plan(s, models.Selection{})
		}
	})
}
