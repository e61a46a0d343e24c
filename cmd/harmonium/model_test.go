package main_test

import (
	"encoding/binary"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// writeModel writes a sound GGUF file of eight numbers.
func writeModel(t *testing.T, path string) string {
	t.Helper()
	b := []byte("GGUF")
	for _, v := range []any{uint32(3), uint64(1), uint64(1), uint64(20), []byte("general.architecture"), uint32(8), uint64(5), []byte("llama"),
		uint64(1), []byte("w"), uint32(1), uint64(8), uint32(0), uint64(0)} {
		if text, ok := v.([]byte); ok {
			b = append(b, text...)
			continue
		}
		var err error
		if b, err = binary.Append(b, binary.LittleEndian, v); err != nil {
			t.Fatal(err)
		}
	}
	b = append(b, make([]byte, (32-len(b)%32)%32+32)...)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestModelsAreImportedListedAndRemovedByCommand(t *testing.T) {
	folder, stick := filepath.Join(t.TempDir(), "models"), t.TempDir()
	writeModel(t, filepath.Join(stick, "Small-Q8_0.gguf"))
	run := func(want int, args ...string) outcome {
		t.Helper()
		got := do(t, "", append(append([]string{"model"}, args...), "--models", folder, "--data", t.TempDir())...)
		if got.code != want {
			t.Fatalf("%v: %+v", args, got)
		}
		return got
	}
	if got := run(0, "list"); !strings.Contains(got.out, "harmonium model import") {
		t.Errorf("an empty folder: %+v", got)
	}
	if got := run(0, "import", stick, "--dry-run"); !strings.Contains(got.out, "small:q8_0") {
		t.Errorf("%+v", got)
	}
	run(0, "import", stick)
	var list struct {
		Models []struct{ Name, Problem string }
	}
	if err := json.Unmarshal([]byte(run(0, "list", "--json").out), &list); err != nil || len(list.Models) != 1 || list.Models[0].Name != "small:q8_0" || list.Models[0].Problem != "" {
		t.Errorf("%+v, %v", list, err)
	}
	run(0, "check")
	out := t.TempDir()
	packed := run(0, "pack", "small:q8_0", "--out", out)
	if got := run(0, "import", out); !strings.Contains(got.out, "here already") || !strings.Contains(got.out, strings.Fields(packed.out)[len(strings.Fields(packed.out))-1]) {
		t.Errorf("%+v", got)
	}
	if got := run(1, "remove", "small:q8_0"); !strings.Contains(got.errOut, "facilitator") {
		t.Errorf("the only one: %+v", got)
	}
	run(0, "remove", "small:q8_0", "--force")
	run(1, "remove", "small:q8_0")
	run(0, "clean")
}

func TestModelCommandsAreRefusedInWords(t *testing.T) {
	forged := filepath.Join(t.TempDir(), "forged.gguf")
	if err := os.WriteFile(forged, []byte("GGUF\x03\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff"), 0o600); err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"import"}, 2, "needs the path"},
		{[]string{"import", "/nowhere"}, 1, "stick is in"},
		{[]string{"import", t.TempDir()}, 1, "no model in"},
		{[]string{"import", forged}, 1, "unchanged. Copy the files anew"},
		{[]string{"import", writeModel(t, filepath.Join(t.TempDir(), "x.gguf")), "--name", "../x"}, 2, "name of a model"},
		{[]string{"import", writeModel(t, filepath.Join(t.TempDir(), "x.gguf")), "--name", "x:cloud"}, 1, "cannot be imported"},
		{[]string{"import", writeModel(t, filepath.Join(t.TempDir(), "x.gguf")), "--sha256", strings.Repeat("0", 64)}, 1, "checksum"},
		{[]string{"pack", "x"}, 2, "needs --out"},
		{[]string{"pack", "x", "--out", t.TempDir()}, 1, "no model x:latest"},
		{[]string{"remove"}, 2, "needs the name"},
		{[]string{"remove", "x"}, 1, "no model x:latest"},
	} {
		got := do(t, "", append(append([]string{"model"}, c.args...), "--models", folder, "--data", t.TempDir())...)
		if got.code != c.code || !strings.Contains(got.errOut, c.want) {
			t.Errorf("%v: %+v, want %d and %q", c.args, got, c.code, c.want)
		}
	}
	if got := do(t, "", "model", "import", forged, "--data", filepath.Join(t.TempDir(), "none")); got.code != 1 || !strings.Contains(got.errOut, "no data directory") {
		t.Errorf("%+v", got)
	}
}
