package models_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/models"
)

// write puts a file into a directory and gives its path.
func write(t testing.TB, path string, content []byte) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func digestOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// large is a sound model whose weights take n bytes.
func large(n int, seed byte) file {
	f := small(entry{"tokenizer.chat_template", "{{ '<|im_start|>' }}"})
	f.seed = seed
	f.tensors = []tensor{{"token_embd.weight", []uint64{uint64(n / 4)}, 0, 0}}
	return f
}

// install puts a model into a folder as Ollama would, and gives its manifest.
func install(t testing.TB, dir, name string, weights []byte, config string) []byte {
	t.Helper()
	blob := func(kind string, b []byte) map[string]any {
		write(t, filepath.Join(dir, "blobs", "sha256-"+digestOf(b)), b)
		return map[string]any{"mediaType": kind, "digest": "sha256:" + digestOf(b), "size": len(b)}
	}
	m, err := json.Marshal(map[string]any{"schemaVersion": 2, "config": blob("application/vnd.docker.container.image.v1+json", []byte(config)),
		"layers": []any{blob("application/vnd.ollama.image.model", weights), blob("application/vnd.ollama.image.license", []byte("\nMade-up Licence 1\nText\n"))}})
	if err != nil {
		t.Fatal(err)
	}
	model, tag, _ := strings.Cut(name, ":")
	write(t, filepath.Join(dir, "manifests", "registry.ollama.ai", "library", model, tag), m)
	return m
}

func plan(t testing.TB, f *models.Folder, path string, sel models.Selection) models.Plan {
	t.Helper()
	s, err := models.OpenSource(path)
	if err != nil {
		t.Fatal(err)
	}
	p, err := f.Plan(s, sel)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// bring imports everything at path.
func bring(t testing.TB, f *models.Folder, path string, sel models.Selection) {
	t.Helper()
	if err := f.Import(t.Context(), plan(t, f, path, sel), appliance.SystemClock, nil); err != nil {
		t.Fatal(err)
	}
}

func names(t testing.TB, f *models.Folder) string {
	t.Helper()
	list, err := f.Models()
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, m := range list {
		if m.Problem != "" {
			t.Errorf("%s: %s", m.Name, m.Problem)
		}
		all = append(all, m.Name)
	}
	return strings.Join(all, " ")
}

func sound(t testing.TB, f *models.Folder) {
	t.Helper()
	_, damage, err := f.Check(t.Context(), nil, nil)
	if err != nil || len(damage) > 0 {
		t.Errorf("damaged: %+v, %v", damage, err)
	}
}

// leftovers lists unfinished files.
func leftovers(t testing.TB, f *models.Folder) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(f.Dir(), "importing", "*.unfinished"))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestABareFileIsImported(t *testing.T) {
	stick, f := t.TempDir(), models.Open(filepath.Join(t.TempDir(), "models"))
	b := large(5_000_000, 1).bytes()
	path := write(t, filepath.Join(stick, "Small-Talk 2B-it-Q4_K_M.gguf"), b)
	p := plan(t, f, path, models.Selection{})
	if m := p.Models[0]; m.Name != "small-talk-2b-it:q4_k_m" || m.Size != int64(len(b)) || m.Copy != m.Size || m.License != "apache-2.0" || m.Format != "chatml" || m.Guessed || m.Refused != "" {
		t.Errorf("planned: %+v", m)
	}
	var last models.Progress
	if err := f.Import(t.Context(), p, appliance.SystemClock, func(p models.Progress) { last = p }); err != nil {
		t.Fatal(err)
	}
	if last.State != models.Done || last.Done != last.Total || last.Total != int64(len(b)) {
		t.Errorf("at the end: %+v", last)
	}
	m, err := f.Model("small-talk-2b-it:q4_k_m")
	if err != nil || m.Problem != "" || m.License != "apache-2.0" || m.Facts.Context != 8192 || m.Remote {
		t.Errorf("imported: %+v, %v", m, err)
	}
	got, err := os.ReadFile(filepath.Join(f.Dir(), "blobs", "sha256-"+digestOf(b)))
	if err != nil || !bytes.Equal(got, b) {
		t.Errorf("the weights differ, %v", err)
	}
	sound(t, f)
	if l := leftovers(t, f); len(l) > 0 {
		t.Errorf("left over: %v", l)
	}
	filepath.Walk(f.Dir(), func(path string, info os.FileInfo, err error) error {
		if want := os.FileMode(0o644); err != nil || !info.IsDir() && info.Mode().Perm() != want || info.IsDir() && info.Mode().Perm() != 0o755 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return nil
	})
	bring(t, f, path, models.Selection{As: "own:one", SHA256: digestOf(b)})
	if got := names(t, f); got != "own:one small-talk-2b-it:q4_k_m" {
		t.Errorf("there is %s", got)
	}
	if p := plan(t, f, path, models.Selection{As: "own:one", SHA256: digestOf(b)}); !p.Models[0].Present || p.Copy != 0 {
		t.Errorf("it is there already: %+v", p.Models[0])
	}
}

// Of most files nobody names the checksum: the same one under another name is told by what is in it.
func TestABareFileThatIsHereAlreadyIsNotCopiedAgain(t *testing.T) {
	stick, f := t.TempDir(), models.Open(filepath.Join(t.TempDir(), "models"))
	b := large(3_000_000, 1).bytes()
	bring(t, f, write(t, filepath.Join(stick, "first.gguf"), b), models.Selection{})
	blob := filepath.Join(f.Dir(), "blobs", "sha256-"+digestOf(b))
	before, err := os.Stat(blob)
	if err != nil {
		t.Fatal(err)
	}
	other := large(3_000_000, 2).bytes() // as long, and not the same
	for _, file := range []struct {
		name    string
		content []byte
	}{{"second.gguf", b}, {"third.gguf", other}} {
		var last models.Progress
		p := plan(t, f, write(t, filepath.Join(stick, file.name), file.content), models.Selection{})
		if err := f.Import(t.Context(), p, appliance.SystemClock, func(p models.Progress) { last = p }); err != nil {
			t.Fatal(err)
		}
		if last.State != models.Done || last.Done != last.Total {
			t.Errorf("%s, at the end: %+v", file.name, last)
		}
	}
	if after, err := os.Stat(blob); err != nil || !os.SameFile(before, after) {
		t.Errorf("it was written again: %v", err)
	}
	if got := names(t, f); strings.Count(got, " ") != 2 {
		t.Errorf("there is %s", got)
	}
	sound(t, f)
}

func TestAFileThatSaysNothingOfItsFormatGetsAPlainOne(t *testing.T) {
	f := models.Open(t.TempDir())
	path := write(t, filepath.Join(t.TempDir(), "x.gguf"), small().bytes())
	if m := plan(t, f, path, models.Selection{}).Models[0]; m.Format != models.Plain || !m.Guessed || m.Name != "x:latest" {
		t.Errorf("%+v", m)
	}
	embedder := write(t, filepath.Join(t.TempDir(), "bge.gguf"), small(entry{"llama.pooling_type", uint32(1)}).bytes())
	if m := plan(t, f, embedder, models.Selection{}).Models[0]; m.Format != "" || m.Name != "bge-embed:latest" {
		t.Errorf("%+v", m)
	}
}

func TestAFolderOfOllamaIsImported(t *testing.T) {
	stick, f := t.TempDir(), models.Open(t.TempDir())
	from := filepath.Join(stick, ".ollama", "models")
	shared := large(2_000_000, 7).bytes()
	kept := install(t, from, "talk:2b", shared, `{"model_format":"gguf"}`)
	install(t, from, "talk:again", shared, `{"model_format":"gguf","model_type":"2B"}`)
	install(t, from, "far:cloud", shared, `{}`)
	install(t, from, "far:away", shared, `{"remote_host":"https://elsewhere.example"}`)
	install(t, from, "forged:1b", append(large(1_000_000, 1).bytes()[:5000], 0), `{}`)
	p := plan(t, f, stick, models.Selection{})
	refused := 0
	for _, m := range p.Models {
		if m.Refused != "" {
			refused++
		}
	}
	if refused != 3 || p.Copy >= int64(2*len(shared)) || p.Copy <= int64(len(shared)) {
		t.Errorf("planned: %d of %d refused, %d bytes of twice %d", refused, len(p.Models), p.Copy, len(shared))
	}
	bring(t, f, stick, models.Selection{})
	if got := names(t, f); got != "talk:2b talk:again" {
		t.Errorf("there is %s", got)
	}
	sound(t, f)
	if m, err := f.Model("talk:2b"); err != nil || m.Digest != digestOf(kept) || m.License != "Made-up Licence 1" {
		t.Errorf("%+v, %v", m, err)
	}
	one := models.Open(t.TempDir())
	bring(t, one, from, models.Selection{Names: []string{"talk:again"}})
	if got := names(t, one); got != "talk:again" {
		t.Errorf("there is %s", got)
	}
	s, err := models.OpenSource(stick)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := one.Plan(s, models.Selection{Names: []string{"talk:again", "nobody:1b"}}); appliance.CodeOf(err) != appliance.CodeNotFound || !strings.Contains(err.Error(), "talk:2b") {
		t.Errorf("a model that is not there: %v", err)
	}
}

func TestABundleGoesFromOneBoxToAnother(t *testing.T) {
	there, stick, here := models.Open(t.TempDir()), t.TempDir(), models.Open(t.TempDir())
	install(t, there.Dir(), "talk:2b", large(5_000_000, 7).bytes(), `{}`)
	install(t, there.Dir(), "think:1b", large(1_000_000, 8).bytes(), `{}`)
	install(t, there.Dir(), "far:away", large(1_000_000, 8).bytes(), `{"remote_model":"x"}`)
	if _, err := there.Pack(t.Context(), nil, stick, 2_000_000, nil); appliance.CodeOf(err) != appliance.CodeUnprocessable {
		t.Errorf("a model that is computed elsewhere was packed: %v", err)
	}
	for _, name := range []string{"talk:2b", "think:1b"} {
		if _, err := there.Pack(t.Context(), []string{name}, stick, 2_000_000, nil); err != nil {
			t.Fatal(err)
		}
	}
	packed, err := there.Pack(t.Context(), []string{"talk:2b"}, stick, 2_000_000, nil)
	if err != nil {
		t.Fatal(err)
	}
	parts, _ := filepath.Glob(filepath.Join(stick, models.BundleDir, "blobs", "*.003"))
	if len(parts) != 1 {
		t.Errorf("the long file has %d third parts", len(parts))
	}
	s, err := models.OpenSource(stick)
	if err != nil {
		t.Fatal(err)
	}
	if s.Kind != models.KindBundle || s.Fingerprint != packed.Fingerprint {
		t.Errorf("%s, %s, packed as %s", s.Kind, s.Fingerprint, packed.Fingerprint)
	}
	bring(t, here, stick, models.Selection{})
	if got := names(t, here); got != "talk:2b think:1b" {
		t.Errorf("there is %s", got)
	}
	sound(t, here)
	a, _ := there.Model("talk:2b")
	if b, err := here.Model("talk:2b"); err != nil || a.Digest != b.Digest {
		t.Errorf("the digests are %s and %s, %v", a.Digest, b.Digest, err)
	}
}

// flip changes one byte of a file.
func flip(t testing.TB, path string, at int64) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b := []byte{0}
	if _, err := f.ReadAt(b, at); err != nil {
		t.Fatal(err)
	}
	b[0] ^= 1
	if _, err := f.WriteAt(b, at); err != nil {
		t.Fatal(err)
	}
}

func TestADamagedFileOnTheStickIsNotImported(t *testing.T) {
	weights := large(5_000_000, 7).bytes()
	there, stick := models.Open(t.TempDir()), t.TempDir()
	install(t, there.Dir(), "talk:2b", weights, `{}`)
	if _, err := there.Pack(t.Context(), nil, stick, models.DefaultPart, nil); err != nil {
		t.Fatal(err)
	}
	flip(t, filepath.Join(stick, models.BundleDir, "blobs", "sha256-"+digestOf(weights)), 3_000_000)
	bare := write(t, filepath.Join(t.TempDir(), "x.gguf"), weights)
	for name, c := range map[string]struct {
		path string
		sel  models.Selection
	}{
		"a bundle": {stick, models.Selection{}},
		"a file with a checksum of something else": {bare, models.Selection{SHA256: strings.Repeat("ab", 32)}},
	} {
		here := models.Open(t.TempDir())
		err := here.Import(t.Context(), plan(t, here, c.path, c.sel), appliance.SystemClock, nil)
		if appliance.CodeOf(err) != appliance.CodeUnprocessable || !strings.Contains(err.Error(), "checksum") {
			t.Errorf("%s: %v", name, err)
		}
		if got := names(t, here); got != "" {
			t.Errorf("%s: there is %s", name, got)
		}
		if p, ok := here.Progress(); !ok || p.State != models.Failed || !strings.Contains(p.Message, "checksum") {
			t.Errorf("%s: progress is %+v", name, p)
		}
		if l := leftovers(t, here); len(l) > 0 {
			t.Errorf("%s: left over: %v", name, l)
		}
	}
	// The same with what makers of models put beside their files.
	write(t, bare+".sha256", []byte(digestOf(weights)+"  x.gguf\n"))
	here := models.Open(t.TempDir())
	bring(t, here, bare, models.Selection{})
	flip(t, bare, 4_000_000)
	if err := here.Import(t.Context(), plan(t, here, bare, models.Selection{As: "y"}), appliance.SystemClock, nil); err != nil {
		t.Errorf("files that are there are not read again: %v", err)
	}
	if err := models.Open(t.TempDir()).Import(t.Context(), plan(t, models.Open(t.TempDir()), bare, models.Selection{}), appliance.SystemClock, nil); err == nil {
		t.Error("a file that is not what the checksum beside it says was imported")
	}
}

// stopAfter imports until so many bytes are done.
func stopAfter(t testing.TB, f *models.Folder, p models.Plan, bytes int64) error {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	return f.Import(ctx, p, appliance.SystemClock, func(p models.Progress) {
		if p.Done >= bytes {
			cancel()
		}
	})
}

func TestAnInterruptedImportGoesOn(t *testing.T) {
	weights := large(20*models.Chunk, 7).bytes()
	from, bare := models.Open(t.TempDir()), write(t, filepath.Join(t.TempDir(), "x.gguf"), weights)
	install(t, from.Dir(), "talk:2b", weights, `{}`)
	for name, path := range map[string]string{"a folder": from.Dir(), "a bare file": bare} {
		f := models.Open(t.TempDir())
		err := stopAfter(t, f, plan(t, f, path, models.Selection{}), 5*models.Chunk)
		if appliance.CodeOf(err) != appliance.CodeBusy || !strings.Contains(err.Error(), "are kept") {
			t.Errorf("%s: %v", name, err)
		}
		if got := names(t, f); got != "" || len(leftovers(t, f)) != 1 {
			t.Errorf("%s: there is %q, unfinished %v", name, got, leftovers(t, f))
		}
		if p, ok := f.Progress(); !ok || p.State != models.Failed || p.Done < 5*models.Chunk {
			t.Errorf("%s: progress is %+v", name, p)
		}
		first := int64(-1)
		if err := f.Import(t.Context(), plan(t, f, path, models.Selection{}), appliance.SystemClock, func(p models.Progress) {
			if first < 0 && p.State == models.Copying {
				first = p.Done
			}
		}); err != nil {
			t.Fatal(err)
		}
		if first < 5*models.Chunk {
			t.Errorf("%s: it went on at %d", name, first)
		}
		sound(t, f)
		if len(names(t, f)) == 0 || len(leftovers(t, f)) > 0 {
			t.Errorf("%s: there is %q, unfinished %v", name, names(t, f), leftovers(t, f))
		}
	}
}

func TestWhatWasKeptAndWentBadIsCopiedAgain(t *testing.T) {
	weights := large(20*models.Chunk, 7).bytes()
	from, f := models.Open(t.TempDir()), models.Open(t.TempDir())
	install(t, from.Dir(), "talk:2b", weights, `{}`)
	if err := stopAfter(t, f, plan(t, f, from.Dir(), models.Selection{}), 3*models.Chunk); err == nil {
		t.Fatal("it did not stop")
	}
	flip(t, leftovers(t, f)[0], models.Chunk)
	bring(t, f, from.Dir(), models.Selection{})
	sound(t, f)
}

func TestAnotherFileInThePlaceOfAHalfCopiedOneIsNotMixedWithIt(t *testing.T) {
	path, f := filepath.Join(t.TempDir(), "x.gguf"), models.Open(t.TempDir())
	write(t, path, large(20*models.Chunk, 7).bytes())
	if err := stopAfter(t, f, plan(t, f, path, models.Selection{}), 3*models.Chunk); err == nil {
		t.Fatal("it did not stop")
	}
	other := large(20*models.Chunk, 8).bytes()
	write(t, path, other)
	bring(t, f, path, models.Selection{})
	if got, err := os.ReadFile(filepath.Join(f.Dir(), "blobs", "sha256-"+digestOf(other))); err != nil || !bytes.Equal(got, other) {
		t.Errorf("the weights differ, %v", err)
	}
}

func TestAStickThatIsPulledOutIsNamed(t *testing.T) {
	weights := large(20*models.Chunk, 7).bytes()
	for name, pull := range map[string]func(path string) error{
		"the file becomes shorter": func(path string) error { return os.Truncate(path, 10*models.Chunk) },
		"the file goes":            os.Remove,
	} {
		path, f := write(t, filepath.Join(t.TempDir(), "x.gguf"), weights), models.Open(t.TempDir())
		p := plan(t, f, path, models.Selection{})
		if err := pull(path); err != nil {
			t.Fatal(err)
		}
		err := f.Import(t.Context(), p, appliance.SystemClock, nil)
		if appliance.CodeOf(err) != appliance.CodeUnprocessable || !strings.Contains(err.Error(), "pulled out") || !strings.Contains(err.Error(), "goes on where it stopped") {
			t.Errorf("%s: %v", name, err)
		}
		write(t, path, weights)
		bring(t, f, path, models.Selection{})
		sound(t, f)
	}
}

func TestAnImportLeavesRoomOnTheDisk(t *testing.T) {
	path, f := write(t, filepath.Join(t.TempDir(), "x.gguf"), large(5_000_000, 7).bytes()), models.Open(t.TempDir())
	f.SetSpace(9_000_000, 100_000_000) // five million of it are not for models
	err := f.Import(t.Context(), plan(t, f, path, models.Selection{}), appliance.SystemClock, nil)
	if appliance.CodeOf(err) != appliance.CodeStorage || !strings.Contains(err.Error(), "9 MB") {
		t.Errorf("%v", err)
	}
	f.SetSpace(11_000_000, 100_000_000)
	bring(t, f, path, models.Selection{})
}

func TestTwoImportsAtATimeAreRefused(t *testing.T) {
	path, f := write(t, filepath.Join(t.TempDir(), "x.gguf"), large(5*models.Chunk, 7).bytes()), models.Open(t.TempDir())
	var second error
	var seen models.Progress
	if err := f.Import(t.Context(), plan(t, f, path, models.Selection{}), appliance.SystemClock, func(p models.Progress) {
		if p.Done == models.Chunk {
			other := models.Open(f.Dir())
			seen, _ = other.Progress()
			_, second = other.Clean(t.Context())
		}
	}); err != nil {
		t.Fatal(err)
	}
	if appliance.CodeOf(second) != appliance.CodeConflict {
		t.Errorf("the second: %v", second)
	}
	if !seen.Running() || seen.Total == 0 || seen.Model != "x:latest" {
		t.Errorf("from outside it looks like %+v", seen)
	}
}

func TestAnImportWhoseProcessIsGoneIsInterrupted(t *testing.T) {
	f := models.Open(t.TempDir())
	if _, ok := f.Progress(); ok {
		t.Error("there is progress without an import")
	}
	raw, err := json.Marshal(models.Progress{State: models.Copying, Model: "x", Done: 1, Total: 2, Updated: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(f.Dir(), "importing", "state.json"), raw)
	write(t, filepath.Join(f.Dir(), "importing", "lock"), nil)
	if p, ok := f.Progress(); !ok || p.State != models.Interrupted || p.Done != 1 {
		t.Errorf("%+v", p)
	}
}

func TestCleaningRemovesWhatNoModelHas(t *testing.T) {
	weights := large(20*models.Chunk, 7).bytes()
	from, f := models.Open(t.TempDir()), models.Open(t.TempDir())
	install(t, from.Dir(), "talk:2b", weights, `{}`)
	install(t, f.Dir(), "stays:1b", large(1_000_000, 1).bytes(), `{}`)
	if err := stopAfter(t, f, plan(t, f, from.Dir(), models.Selection{}), 3*models.Chunk); err == nil {
		t.Fatal("it did not stop")
	}
	freed, err := f.Clean(t.Context())
	if err != nil || freed < 3*models.Chunk || len(leftovers(t, f)) > 0 {
		t.Errorf("%d bytes became free, %v", freed, err)
	}
	sound(t, f)
	if got := names(t, f); got != "stays:1b" {
		t.Errorf("there is %s", got)
	}
}

func TestAModelOfTheSameNameIsReplaced(t *testing.T) {
	f := models.Open(t.TempDir())
	old, young := large(1_000_000, 1).bytes(), large(2_000_000, 2).bytes()
	for _, b := range [][]byte{old, young} {
		bring(t, f, write(t, filepath.Join(t.TempDir(), "x.gguf"), b), models.Selection{})
	}
	if got := names(t, f); got != "x:latest" {
		t.Errorf("there is %s", got)
	}
	if _, err := os.Stat(filepath.Join(f.Dir(), "blobs", "sha256-"+digestOf(old))); err == nil {
		t.Error("the files of the old one are still there")
	}
	sound(t, f)
}

func TestWhatIsNoSourceIsNamed(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "bad", models.BundleDir, "harmonium-models.json"), []byte(`{"format":1,"models":[{"name":"x","manifest":"../../secret"}]}`))
	write(t, filepath.Join(dir, "out", models.BundleDir, "harmonium-models.json"), []byte(`{"format":1,"files":[{"sha256":"x","parts":["/etc/passwd"]}]}`))
	write(t, filepath.Join(dir, "new", models.BundleDir, "harmonium-models.json"), []byte(`{"format":9}`))
	for path, code := range map[string]appliance.Code{"nothing": appliance.CodeNotFound, ".": appliance.CodeNotFound, "out": appliance.CodeUnprocessable, "new": appliance.CodeUnprocessable} {
		if _, err := models.OpenSource(filepath.Join(dir, path)); appliance.CodeOf(err) != code {
			t.Errorf("%s: %v", path, err)
		}
	}
	if m := plan(t, models.Open(t.TempDir()), filepath.Join(dir, "bad"), models.Selection{}).Models[0]; m.Refused == "" {
		t.Errorf("a manifest outside of the bundle: %+v", m)
	}
}

// BenchmarkImport compares an import with nothing but reading, writing and syncing the same file: what it adds is the
// checksum. See "ratio"; 1 is as fast.
func BenchmarkImport(b *testing.B) {
	const size = 512 << 20
	path := write(b, filepath.Join(b.TempDir(), "x.gguf"), large(size, 7).bytes())
	b.SetBytes(size)
	var plain, imported time.Duration
	for i := range b.N {
		began := time.Now()
		copyPlainly(b, path, filepath.Join(b.TempDir(), fmt.Sprint("copy", i)))
		plain += time.Since(began)
		f := models.Open(b.TempDir())
		began = time.Now()
		bring(b, f, path, models.Selection{})
		imported += time.Since(began)
		os.RemoveAll(f.Dir())
	}
	b.ReportMetric(float64(plain)/float64(imported), "ratio")
}

func copyPlainly(b *testing.B, from, to string) {
	b.Helper()
	in, err := os.Open(from)
	if err != nil {
		b.Fatal(err)
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		b.Fatal(err)
	}
	defer os.Remove(to)
	defer out.Close()
	buffer := make([]byte, 256<<10)
	for {
		n, _ := in.Read(buffer)
		if n == 0 {
			break
		}
		if _, err := out.Write(buffer[:n]); err != nil {
			b.Fatal(err)
		}
	}
	if err := out.Sync(); err != nil {
		b.Fatal(err)
	}
}
