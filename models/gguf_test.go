package models_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"harmonium/models"
)

// file is a GGUF file that tests write.
type file struct {
	version uint32
	entries []entry
	tensors []tensor
	data    int // bytes of weights; -1: as many as the tensors need, which are all F32
	seed    byte
}

type entry struct {
	key   string
	value any
}

type tensor struct {
	name  string
	shape []uint64
	kind  uint32
	at    uint64
}

// small is a sound model of 64 numbers.
func small(more ...entry) file {
	return file{version: 3, data: -1, entries: append([]entry{
		{"general.architecture", "llama"}, {"general.name", "Small\tmodel"}, {"general.license", "apache-2.0"}, {"general.file_type", uint32(15)},
		{"llama.context_length", uint32(8192)}, {"llama.block_count", uint32(2)}, {"llama.embedding_length", uint32(64)},
		{"llama.attention.head_count", uint32(4)}, {"llama.attention.head_count_kv", []uint32{1, 2, 2}},
		{"tokenizer.ggml.model", "gpt2"}, {"tokenizer.ggml.tokens", []string{"a", "b", "c"}}, {"tokenizer.ggml.scores", []float32{1, 2, 3}},
	}, more...), tensors: []tensor{{"token_embd.weight", []uint64{8, 4}, 0, 0}, {"output.weight", []uint64{32}, 0, 128}}}
}

func (f file) bytes() []byte {
	var b bytes.Buffer
	put := func(v any) { binary.Write(&b, binary.LittleEndian, v) }
	text := func(s string) { put(uint64(len(s))); b.WriteString(s) }
	b.WriteString("GGUF")
	put(f.version)
	put(uint64(len(f.tensors)))
	put(uint64(len(f.entries)))
	for _, e := range f.entries {
		text(e.key)
		switch v := e.value.(type) {
		case string:
			put(uint32(8))
			text(v)
		case []string:
			put(uint32(9))
			put(uint32(8))
			put(uint64(len(v)))
			for _, s := range v {
				text(s)
			}
		case []uint32:
			put(uint32(9))
			put(uint32(4))
			put(uint64(len(v)))
			put(v)
		case []float32:
			put(uint32(9))
			put(uint32(6))
			put(uint64(len(v)))
			put(v)
		case uint32:
			put(uint32(4))
			put(v)
		case bool:
			put(uint32(7))
			put(v)
		case raw:
			b.Write(v)
		default:
			panic(fmt.Sprintf("%T", v))
		}
	}
	end := uint64(0)
	for _, t := range f.tensors {
		text(t.name)
		put(uint32(len(t.shape)))
		n := uint64(4)
		for _, d := range t.shape {
			put(d)
			n *= d
		}
		put(t.kind)
		put(t.at)
		end = max(end, t.at+n)
	}
	if f.data < 0 {
		f.data = int(end)
	}
	for b.Len()%32 != 0 {
		b.WriteByte(0)
	}
	b.Write(bytes.Repeat([]byte{f.seed}, f.data))
	return b.Bytes()
}

// raw is what follows the name of an entry, byte for byte.
type raw []byte

func read(b []byte) (models.Facts, error) { return models.ReadGGUF(bytes.NewReader(b), int64(len(b))) }

func TestTheHeadOfAModelIsRead(t *testing.T) {
	f := small(entry{"tokenizer.chat_template", "{{ '<|im_start|>' }}"}, entry{"llama.vision.block_count", uint32(3)})
	for _, f.version = range []uint32{2, 3} {
		got, err := read(f.bytes())
		if err != nil {
			t.Fatal(err)
		}
		want := models.Facts{Architecture: "llama", Title: "Small model", License: "apache-2.0", Parameters: 64, Quantization: "Q4_K_M", Context: 8192,
			Tokenizer: "gpt2", Sees: true, Weights: 256, PerToken: 256, ChatTemplate: "{{ '<|im_start|>' }}"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("version %d (-want +got):\n%s", f.version, diff)
		}
	}
	embedder, err := read(small(entry{"llama.pooling_type", uint32(1)}).bytes())
	if err != nil || !embedder.Embeds {
		t.Errorf("a model that pools embeds: %+v, %v", embedder, err)
	}
}

func TestDamagedAndForgedFilesAreRefused(t *testing.T) {
	sound := small().bytes()
	with := func(change func(f *file)) []byte {
		f := small()
		change(&f)
		return f.bytes()
	}
	long := func(n uint64) raw { return binary.LittleEndian.AppendUint64(raw{8, 0, 0, 0}, n) }
	list := func(kind byte, n uint64) raw {
		return binary.LittleEndian.AppendUint64(raw{9, 0, 0, 0, kind, 0, 0, 0}, n)
	}
	deep := raw{9, 0, 0, 0, 9, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0}
	patched := func(at int, b ...byte) []byte {
		c := bytes.Clone(sound)
		copy(c[at:], b)
		return c
	}
	for _, c := range []struct {
		name string
		file []byte
		want string
	}{
		{"nothing", nil, "cut off in its head"},
		{"another file", []byte("PK\x03\x04 and so on and on and on"), "no GGUF file"},
		{"version 1", patched(4, 1), "version 1"},
		{"version 4", patched(4, 4), "newer"},
		{"the other byte order", patched(4, 0, 0, 0, 3), "byte order"},
		{"no tensors", patched(8, 0), "no weights"},
		{"2^63 tensors", patched(8, 0, 0, 0, 0, 0, 0, 0, 0x80), "tensors"},
		{"2^32 entries", patched(16, 0, 0, 0, 0, 1), "entries"},
		{"cut off in the head", sound[:100], "cut off in its head"},
		{"cut off in the weights", sound[:len(sound)-1], "cut off"},
		{"no architecture", with(func(f *file) { f.entries = f.entries[1:] }), "architecture"},
		{"an endless name of an entry", with(func(f *file) { f.entries = append(f.entries, entry{strings.Repeat("x", 2000), uint32(1)}) }), "name of an entry"},
		{"a text of 2^62 bytes", with(func(f *file) { f.entries = append(f.entries, entry{"x", long(1 << 62)}) }), "cut off"},
		{"a template of 2^62 bytes", with(func(f *file) { f.entries = append(f.entries, entry{"tokenizer.chat_template", long(1 << 62)}) }), "bytes long"},
		{"a list of 2^60 texts", with(func(f *file) { f.entries = append(f.entries, entry{"x", list(8, 1<<60)}) }), "list of"},
		{"a list of 10 million numbers", with(func(f *file) { f.entries = append(f.entries, entry{"x", list(10, 10_000_000)}) }), "cut off"},
		{"a list in a list in a list in a list", with(func(f *file) { f.entries = append(f.entries, entry{"x", deep}) }), "lists in lists"},
		{"a list of nothing known", with(func(f *file) { f.entries = append(f.entries, entry{"x", list(77, 1)}) }), "does not exist"},
		{"a value of nothing known", with(func(f *file) { f.entries = append(f.entries, entry{"x", raw{77, 0, 0, 0}}) }), "does not exist"},
		{"the same entry twice", with(func(f *file) { f.entries = append(f.entries, f.entries[0]) }), "twice"},
		{"the same tensor twice", with(func(f *file) { f.tensors[1].name = f.tensors[0].name }), "same tensor twice"},
		{"a tensor of five dimensions", with(func(f *file) { f.tensors[0].shape = []uint64{1, 1, 1, 1, 1} }), "dimensions"},
		{"a tensor of 2^80 numbers", with(func(f *file) { f.tensors[0].shape = []uint64{1 << 40, 1 << 40}; f.data = 10 }), "impossible size"},
		{"a tensor of no numbers", with(func(f *file) { f.tensors[0].shape = []uint64{0} }), "impossible size"},
		{"a tensor of half a block", with(func(f *file) { f.tensors[0].kind, f.tensors[0].shape = 12, []uint64{100} }), "impossible size"},
		{"a tensor of 2^63 bytes", with(func(f *file) { f.tensors[0].shape = []uint64{1 << 61}; f.tensors[0].kind = 1; f.data = 10 }), "overlap"},
		{"a tensor beyond the end", with(func(f *file) { f.tensors[1].at = 1 << 40; f.data = 256 }), "beyond its end"},
		{"overlapping tensors", with(func(f *file) { f.tensors[1].at = 96 }), "overlap"},
		{"a tensor at an odd place", with(func(f *file) { f.tensors[1].at = 129 }), "impossible place"},
		{"alignment 0", with(func(f *file) { f.entries = append(f.entries, entry{"general.alignment", uint32(0)}) }), "alignment"},
		{"alignment 3", with(func(f *file) { f.entries = append(f.entries, entry{"general.alignment", uint32(3)}) }), "alignment"},
	} {
		if _, err := read(c.file); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	if _, err := read(sound); err != nil {
		t.Errorf("the file that all of these were made from: %v", err)
	}
}

func TestAdditionsToModelsAreNoModels(t *testing.T) {
	for name, more := range map[string]entry{
		"a part of several": {"split.count", uint32(3)}, "an adapter": {"general.type", "adapter"}, "eyes": {"general.type", "mmproj"},
	} {
		if f, err := read(small(more).bytes()); err != nil || f.Unfit == "" {
			t.Errorf("%s: %+v, %v", name, f, err)
		}
	}
	if f, err := read(small(entry{"general.type", "model"}).bytes()); err != nil || f.Unfit != "" {
		t.Errorf("a model: %+v, %v", f, err)
	}
}

// A head that claims as much as it may takes little memory.
func TestReadingTheHeadTakesLittleMemory(t *testing.T) {
	f := small()
	for i := range 4000 {
		f.entries = append(f.entries, entry{fmt.Sprintf("%s%d", strings.Repeat("k", 1000), i), uint32(1)})
	}
	f.tensors = nil
	for i := range 60_000 {
		f.tensors = append(f.tensors, tensor{fmt.Sprintf("%s%d", strings.Repeat("t", 240), i), []uint64{8}, 0, uint64(i * 32)})
	}
	b := f.bytes()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	if _, err := read(b); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > 64<<20 {
		t.Errorf("%d bytes were allocated", took)
	}
}

func FuzzReadGGUF(f *testing.F) {
	f.Add(small().bytes())
	f.Add(small(entry{"tokenizer.chat_template", "x"}, entry{"general.alignment", uint32(64)}).bytes())
	f.Add(small().bytes()[:90])
	if b, err := os.ReadFile("../.cache/tiny.gguf"); err == nil {
		f.Add(b[:min(len(b), 16<<10)])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		facts, err := read(b)
		if err != nil {
			if err.Error() == "" || strings.ContainsAny(err.Error(), "\n\x00") {
				t.Errorf("the reason is %q", err)
			}
			return
		}
		if facts.Weights > int64(len(b)) || facts.Weights < 0 || facts.Parameters < 0 || facts.Context < 0 || strings.Contains(facts.Title, "\n") {
			t.Errorf("%+v of %d bytes", facts, len(b))
		}
		models.FormatOf(facts.ChatTemplate)
	})
}
