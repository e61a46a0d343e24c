package models

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"harmonium/appliance"
)

// Facts is what the head of a GGUF file says about its model.
type Facts struct {
	Architecture string `json:"architecture"` // "llama", "gemma3"
	Title        string `json:"title"`        // as its makers call it; "" where the file says nothing
	License      string `json:"license"`      // as the file names it, "" where it says nothing
	Parameters   int64  `json:"parameters"`   // numbers that were learnt
	Quantization string `json:"quantization"` // "Q4_K_M"
	Context      int    `json:"context"`      // tokens that it was trained on, 0 where the file says nothing
	Tokenizer    string `json:"tokenizer"`    // kind of its vocabulary, as ggml names it
	Embeds       bool   `json:"embeds"`       // it turns text into vectors, and cannot speak
	Sees         bool   `json:"sees"`         // it takes pictures
	Hears        bool   `json:"hears"`        // it takes sound
	Weights      int64  `json:"weights"`      // bytes
	PerToken     int64  `json:"per_token"`    // bytes of memory for each token of a conversation; 0 where it cannot be told

	// ChatTemplate is how a conversation is written for it, in the language of templates that its makers use; "" where
	// the file says nothing.
	ChatTemplate string `json:"-"`

	// Unfit says why the file is sound and yet no model that can be used by itself; "" when it is one.
	Unfit string `json:"-"`
}

// Bounds of the head of a GGUF file. Those of real models are far below: 60 entries, 3,000 tensors, 20 MB with the
// vocabulary.
const (
	maxHead       = 256 << 20 // bytes
	maxEntries    = 4096
	maxTensors    = 1 << 16
	maxDimensions = 4        // as ggml has it
	maxKey        = 1 << 10  // bytes
	maxTensorName = 256      // bytes; ggml has 64
	maxKept       = 1 << 20  // bytes of one text that is kept, such as a chat template
	maxElements   = 16 << 20 // of an array: vocabularies have up to 300,000
	maxAlignment  = 1 << 16
	maxDepth      = 3 // of arrays in arrays
)

// ReadGGUF reads the head of a GGUF file (version 2 or 3, little endian) of size bytes, and checks that everything it
// promises lies within the file: nothing is taken from it on trust, and it needs no more than a few megabytes whatever
// the file says. The error says in half a sentence what is wrong with the file.
func ReadGGUF(r io.Reader, size int64) (Facts, error) {
	g := ggufReader{in: bufio.NewReaderSize(r, 64<<10), size: size, left: min(size, maxHead), numbers: map[string]int64{}, texts: map[string]string{}}
	if err := g.read(); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return Facts{}, errors.New("it is cut off in its head")
		}
		return Facts{}, err
	}
	return g.facts(), nil
}

// Types of values in the head.
const (
	typeUint8 uint32 = iota
	typeInt8
	typeUint16
	typeInt16
	typeUint32
	typeInt32
	typeFloat32
	typeBool
	typeString
	typeArray
	typeUint64
	typeInt64
	typeFloat64
)

// valueBytes is how long values of a type are; those that are not in it have no fixed length.
var valueBytes = map[uint32]int64{typeUint8: 1, typeInt8: 1, typeBool: 1, typeUint16: 2, typeInt16: 2, typeUint32: 4, typeInt32: 4,
	typeFloat32: 4, typeUint64: 8, typeInt64: 8, typeFloat64: 8}

// keptTexts are the texts of a head that are of use here.
var keptTexts = []string{"general.architecture", "general.name", "general.type", "general.license", "general.license.name",
	"tokenizer.ggml.model", "tokenizer.chat_template"}

type ggufReader struct {
	in   *bufio.Reader
	size int64 // of the file
	left int64 // bytes that the head may still have
	at   int64

	numbers map[string]int64 // whole numbers; of an array of them, the greatest
	texts   map[string]string
	tensors []tensor
	weights int64
}

type tensor struct {
	kind       uint32
	at, bytes  int64 // in the part behind the head; bytes is 0 where the kind is not known
	parameters int64
}

func (g *ggufReader) read() error {
	tensors, entries, err := g.preamble()
	if err != nil {
		return err
	}
	for range entries {
		if err := g.entry(); err != nil {
			return err
		}
	}
	if g.texts["general.architecture"] == "" {
		return errors.New("it does not say of which architecture the model is")
	}
	names := make(map[string]struct{}, min(tensors, 4096))
	for range tensors {
		if err := g.tensor(names); err != nil {
			return err
		}
	}
	return g.layout()
}

// preamble reads what a file begins with, and how many tensors and entries follow.
func (g *ggufReader) preamble() (tensors, entries uint64, err error) {
	magic, err := g.take(4)
	if err != nil {
		return 0, 0, err
	}
	if string(magic) != "GGUF" {
		return 0, 0, errors.New("it is no GGUF file")
	}
	version, err := g.uint32()
	switch {
	case err != nil:
		return 0, 0, err
	case version == 1:
		return 0, 0, errors.New("it is a GGUF file of version 1, which nobody writes any more; version 2 or 3 is needed")
	case version&0xffff == 0:
		return 0, 0, errors.New("it was written for machines of the other byte order")
	case version > 3:
		return 0, 0, fmt.Errorf("it is a GGUF file of version %d, which is newer than this program", version)
	}
	if tensors, err = g.uint64(); err != nil {
		return 0, 0, err
	}
	if entries, err = g.uint64(); err != nil {
		return 0, 0, err
	}
	switch {
	case tensors == 0:
		return 0, 0, errors.New("it holds no weights")
	case tensors > maxTensors:
		return 0, 0, fmt.Errorf("it claims to hold %d tensors", tensors)
	case entries > maxEntries:
		return 0, 0, fmt.Errorf("it claims to hold %d entries about itself", entries)
	}
	return tensors, entries, nil
}

// entry reads one entry of the head, and keeps it where it is of use.
func (g *ggufReader) entry() error {
	key, err := g.text(maxKey, "the name of an entry")
	if err != nil {
		return err
	}
	_, number := g.numbers[key]
	if _, text := g.texts[key]; number || text {
		return errors.New("it says the same thing twice")
	}
	kind, err := g.uint32()
	if err != nil {
		return err
	}
	switch {
	case kind == typeString && slices.Contains(keptTexts, key):
		g.texts[key], err = g.text(maxKept, "one of its texts")
		return err
	case kind == typeString:
		return g.skipText()
	case kind == typeArray:
		greatest, whole, err := g.array(1)
		if whole {
			g.numbers[key] = greatest
		}
		return err
	case valueBytes[kind] == 0:
		return errors.New("it holds a value of a kind that does not exist")
	}
	value, err := g.take(valueBytes[kind])
	if err == nil && kind != typeFloat32 && kind != typeFloat64 {
		g.numbers[key] = wholeNumber(kind, value)
	}
	return err
}

// array passes over an array. Of whole numbers it gives the greatest.
func (g *ggufReader) array(depth int) (greatest int64, whole bool, err error) {
	kind, err := g.uint32()
	if err != nil {
		return 0, false, err
	}
	count, err := g.uint64()
	if err != nil {
		return 0, false, err
	}
	if count > maxElements {
		return 0, false, fmt.Errorf("it claims to hold a list of %d values", count)
	}
	switch {
	case kind == typeString:
		for range count {
			if err := g.skipText(); err != nil {
				return 0, false, err
			}
		}
		return 0, false, nil
	case kind == typeArray:
		if depth >= maxDepth {
			return 0, false, errors.New("it holds lists in lists in lists")
		}
		for range count {
			if _, _, err := g.array(depth + 1); err != nil {
				return 0, false, err
			}
		}
		return 0, false, nil
	case valueBytes[kind] == 0:
		return 0, false, errors.New("it holds a value of a kind that does not exist")
	case kind == typeFloat32 || kind == typeFloat64 || kind == typeBool || count > maxEntries:
		return 0, false, g.skip(uint64(valueBytes[kind]) * count)
	}
	for range count {
		value, err := g.take(valueBytes[kind])
		if err != nil {
			return 0, false, err
		}
		greatest = max(greatest, wholeNumber(kind, value))
	}
	return greatest, count > 0, nil
}

// wholeNumber reads a whole number or a truth value; one that is too great for 63 bits counts as the greatest.
func wholeNumber(kind uint32, b []byte) int64 {
	switch kind {
	case typeInt8:
		return int64(int8(b[0]))
	case typeUint16:
		return int64(binary.LittleEndian.Uint16(b))
	case typeInt16:
		return int64(int16(binary.LittleEndian.Uint16(b)))
	case typeUint32:
		return int64(binary.LittleEndian.Uint32(b))
	case typeInt32:
		return int64(int32(binary.LittleEndian.Uint32(b)))
	case typeUint64:
		return int64(min(binary.LittleEndian.Uint64(b), math.MaxInt64))
	case typeInt64:
		return int64(binary.LittleEndian.Uint64(b))
	}
	return int64(b[0])
}

// tensor reads where a tensor lies and how large it is.
func (g *ggufReader) tensor(names map[string]struct{}) error {
	name, err := g.text(maxTensorName, "the name of a tensor")
	if err != nil {
		return err
	}
	if _, twice := names[name]; twice {
		return errors.New("it holds the same tensor twice")
	}
	names[name] = struct{}{}
	dimensions, err := g.uint32()
	if err != nil {
		return err
	}
	if dimensions > maxDimensions {
		return fmt.Errorf("it claims to hold a tensor of %d dimensions", dimensions)
	}
	t := tensor{parameters: 1}
	row := int64(1)
	for i := range dimensions {
		n, err := g.uint64()
		if err != nil {
			return err
		}
		if n == 0 || n > math.MaxInt64 || t.parameters > math.MaxInt64/int64(n) {
			return errors.New("it claims to hold a tensor of an impossible size")
		}
		if t.parameters *= int64(n); i == 0 {
			row = int64(n)
		}
	}
	if t.kind, err = g.uint32(); err != nil {
		return err
	}
	at, err := g.uint64()
	if err != nil {
		return err
	}
	if at > uint64(g.size) {
		return errors.New("it is cut off: a tensor lies beyond its end")
	}
	t.at = int64(at)
	if k, known := tensorKinds[t.kind]; known {
		if row%k.block != 0 || t.parameters/k.block > math.MaxInt64/k.bytes {
			return errors.New("it claims to hold a tensor of an impossible size")
		}
		t.bytes = t.parameters / k.block * k.bytes
	}
	g.tensors = append(g.tensors, t)
	return nil
}

// layout checks that the tensors lie in the file, one behind another.
func (g *ggufReader) layout() error {
	alignment, said := g.numbers["general.alignment"]
	if !said {
		alignment = 32
	}
	if alignment <= 0 || alignment > maxAlignment || alignment&(alignment-1) != 0 {
		return errors.New("it names an impossible alignment")
	}
	begin := (g.at + alignment - 1) / alignment * alignment
	appliance.Sort(g.tensors, func(a, b tensor) int { return cmp.Compare(a.at, b.at) })
	end := int64(0)
	for _, t := range g.tensors {
		switch {
		case t.at%alignment != 0:
			return errors.New("a tensor lies at an impossible place")
		case t.at < end:
			return errors.New("its tensors overlap")
		case t.bytes > math.MaxInt64-t.at:
			return errors.New("it claims to hold a tensor of an impossible size")
		}
		end = t.at + t.bytes
	}
	if g.size < begin || end > g.size-begin {
		return fmt.Errorf("it is cut off: of %d bytes of weights there are %d", end, max(0, g.size-begin))
	}
	g.weights = end
	return nil
}

// facts puts together what was read.
func (g *ggufReader) facts() Facts {
	arch := g.texts["general.architecture"]
	of := func(key string) int64 { return max(0, g.numbers[arch+"."+key]) }
	has := func(key string) bool { _, ok := g.numbers[arch+"."+key]; return ok }
	f := Facts{
		Architecture: line(arch), Title: line(g.texts["general.name"]), Tokenizer: line(g.texts["tokenizer.ggml.model"]),
		License: line(cmp.Or(g.texts["general.license.name"], g.texts["general.license"])), Quantization: g.quantization(),
		Context: int(min(of("context_length"), math.MaxInt32)), ChatTemplate: g.texts["tokenizer.chat_template"], Weights: g.weights,
		Unfit: g.unfit(), Embeds: has("pooling_type"), Sees: of("vision.block_count") > 0, Hears: of("audio.block_count") > 0,
		PerToken: perToken(of),
	}
	for _, t := range g.tensors {
		f.Parameters += min(t.parameters, math.MaxInt64-f.Parameters)
	}
	return f
}

// perToken is how much memory a token takes: in each layer a key and a value of two bytes a number for each head. Of
// figures that no model has, nothing is concluded.
func perToken(of func(string) int64) int64 {
	layers, heads := of("block_count"), of("attention.head_count")
	keyHeads, key := cmp.Or(of("attention.head_count_kv"), heads), of("attention.key_length")
	if key == 0 && heads > 0 {
		key = of("embedding_length") / heads
	}
	value := cmp.Or(of("attention.value_length"), key)
	if max(layers, keyHeads, key, value) > 1<<12 {
		return 0
	}
	return layers * keyHeads * (key + value) * 2
}

// unfit gives Facts.Unfit.
func (g *ggufReader) unfit() string {
	switch kind := g.texts["general.type"]; {
	case g.numbers["split.count"] > 1:
		return "it is one of several parts of a model; put them together first (llama-gguf-split --merge)"
	case kind == "adapter" || kind == "mmproj" || kind == "vocab" || g.texts["general.architecture"] == "clip":
		return "it is an addition to a model (" + line(cmp.Or(kind, "clip")) + "), and not a model"
	}
	return ""
}

// quantization is what the file calls itself, else the kind that most of its weights have.
func (g *ggufReader) quantization() string {
	if n, said := g.numbers["general.file_type"]; said && fileTypes[n] != "" {
		return fileTypes[n]
	}
	bytes := map[string]int64{}
	most := ""
	for _, t := range g.tensors {
		name := tensorKinds[t.kind].name
		bytes[name] += t.bytes
		if name != "" && (most == "" || bytes[name] > bytes[most]) {
			most = name
		}
	}
	return most
}

// line is a text of a file as it can be shown: one line, printable, short.
func line(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r >= 0x2028 && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > 120 {
		s = string(r[:120]) + "…"
	}
	return s
}

// take reads n bytes, which are good until the next one is read.
func (g *ggufReader) take(n int64) ([]byte, error) {
	if err := g.spend(uint64(n)); err != nil {
		return nil, err
	}
	b, err := g.in.Peek(int(n))
	if err != nil {
		return nil, err
	}
	_, err = g.in.Discard(int(n))
	return b, err
}

func (g *ggufReader) skip(n uint64) error {
	if err := g.spend(n); err != nil {
		return err
	}
	_, err := io.CopyN(io.Discard, g.in, int64(n))
	return err
}

// spend counts n bytes of the head before they are read.
func (g *ggufReader) spend(n uint64) error {
	if n > uint64(g.left) {
		if g.size > maxHead {
			return errors.New("its head is larger than any head is")
		}
		return io.ErrUnexpectedEOF
	}
	g.left -= int64(n)
	g.at += int64(n)
	return nil
}

func (g *ggufReader) uint32() (uint32, error) {
	b, err := g.take(4)
	if err != nil {
		return 0, err
	}
	return binary.LittleEndian.Uint32(b), nil
}

func (g *ggufReader) uint64() (uint64, error) {
	b, err := g.take(8)
	if err != nil {
		return 0, err
	}
	return binary.LittleEndian.Uint64(b), nil
}

// text reads a text of at most so many bytes; what names it in the error.
func (g *ggufReader) text(most int64, what string) (string, error) {
	n, err := g.uint64()
	if err != nil {
		return "", err
	}
	if n > uint64(most) {
		return "", fmt.Errorf("%s claims to be %d bytes long", what, n)
	}
	if err := g.spend(n); err != nil {
		return "", err
	}
	b := make([]byte, n)
	_, err = io.ReadFull(g.in, b)
	return string(b), err
}

func (g *ggufReader) skipText() error {
	n, err := g.uint64()
	if err != nil {
		return err
	}
	return g.skip(n)
}
