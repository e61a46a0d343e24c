// Command tinymodel writes a language model that is no use for anything but tests: a model of the llama architecture
// with random weights that fits into half a megabyte. Ollama loads, streams, counts, limits and constrains it like
// any other.
//
// It talks nonsense, but not noise alone: its weights are set so that a question mark, the end of a JSON string and the
// end of the answer come up every few words, that a question mark mostly ends the answer, and that now and then one of a
// few questions comes out whole. So some of what it says can be used, and most cannot, bytes that are no UTF-8 among it.
// The same settings give the same file.
//
// With -asks it says those questions and nothing else, unless a schema wants another form.
//
// With -says it has learnt some texts by heart and answers with one of them, the one that the schema lets it: what
// becomes of an answer that can be used is then known from the model to the database.
//
// With greater -width and -layers it is as slow as a real model of that size, which is all that a benchmark needs.
package main

import (
	"bytes"
	"encoding/binary"
	"flag"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"

	"github.com/ollama/ollama/fs/ggml"
	"github.com/x448/float16"
)

// size is that of a model.
type size struct {
	layers, width, inner, heads, keyHeads int
	kind                                  string
	says                                  [][]string // what it knows by heart, in pieces that are tokens of their own
	asks                                  bool       // questions, and nothing else
}

func main() {
	var s size
	flag.IntVar(&s.layers, "layers", 2, "layers")
	flag.IntVar(&s.width, "width", 64, "width of the embedding; a multiple of 256 for q4_k")
	flag.IntVar(&s.inner, "inner", 128, "width of the feed-forward layers; a multiple of 256 for q4_k")
	flag.IntVar(&s.heads, "heads", 4, "attention heads")
	flag.IntVar(&s.keyHeads, "key-heads", 4, "attention heads of keys and values")
	flag.StringVar(&s.kind, "kind", "f32", "how matrices are stored: f32, f16, q8_0 or q4_k")
	flag.BoolVar(&s.asks, "asks", false, "say a question each time, and no nonsense")
	flag.Func("says", "file with a text that the model knows by heart; can be given several times", func(name string) error {
		text, err := os.ReadFile(name)
		s.says = append(s.says, strings.SplitAfter(string(text), ","))
		return err
	})
	flag.Parse()
	if flag.NArg() != 1 || encoders[s.kind].encode == nil {
		fmt.Fprintln(os.Stderr, "usage: tinymodel [flags] FILE.gguf")
		flag.PrintDefaults()
		os.Exit(2)
	}
	if err := write(flag.Arg(0), s); err != nil {
		fmt.Fprintln(os.Stderr, "tinymodel:", err)
		os.Exit(1)
	}
}

func write(name string, s size) error {
	heart := newHeart(s.says)
	if most := s.width - words - len(phrases); len(heart) > most {
		return fmt.Errorf("texts of %d pieces; with this width it can be %d", len(heart), most)
	}
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer f.Close()
	tokens, kinds, merges := vocabulary(heart)
	head := s.width / s.heads
	kv := ggml.KV{
		"general.architecture": "llama", "general.name": "tiny", "general.file_type": uint32(0),
		"llama.block_count": uint32(s.layers), "llama.context_length": uint32(8192),
		"llama.embedding_length": uint32(s.width), "llama.feed_forward_length": uint32(s.inner),
		"llama.attention.head_count": uint32(s.heads), "llama.attention.head_count_kv": uint32(s.keyHeads),
		"llama.attention.layer_norm_rms_epsilon": float32(1e-5), "llama.attention.key_length": uint32(head),
		"llama.attention.value_length": uint32(head), "llama.rope.dimension_count": uint32(head),
		"llama.rope.freq_base": float32(10000), "llama.vocab_size": uint32(len(tokens)),
		"tokenizer.ggml.model": "gpt2", "tokenizer.ggml.pre": "llama-bpe", "tokenizer.ggml.tokens": tokens,
		"tokenizer.ggml.token_type": kinds, "tokenizer.ggml.merges": merges,
		"tokenizer.ggml.bos_token_id": uint32(len(tokens) - 2), "tokenizer.ggml.eos_token_id": uint32(len(tokens) - 1),
		"tokenizer.ggml.add_bos_token": true,
	}
	m := maker{chance: rand.New(rand.NewPCG(1, 2)), kind: s.kind}
	m.matrix("token_embd.weight", s.width, len(tokens), 1, features(tokens, heart))
	for i := range s.layers {
		block := func(part string) string { return fmt.Sprintf("blk.%d.%s.weight", i, part) }
		spread := 0.5 / math.Sqrt(float64(s.width))
		m.ones(block("attn_norm"), s.width)
		m.matrix(block("attn_q"), s.width, s.width, 2*spread, nil)
		m.matrix(block("attn_k"), s.width, s.keyHeads*head, 2*spread, nil)
		m.matrix(block("attn_v"), s.width, s.keyHeads*head, spread, nil)
		m.matrix(block("attn_output"), s.width, s.width, spread, nil)
		m.ones(block("ffn_norm"), s.width)
		m.matrix(block("ffn_gate"), s.width, s.inner, spread, nil)
		m.matrix(block("ffn_up"), s.width, s.inner, spread, nil)
		m.matrix(block("ffn_down"), s.inner, s.width, spread, nil)
	}
	m.ones("output_norm.weight", s.width)
	m.matrix("output.weight", s.width, len(tokens), 1/math.Sqrt(float64(s.width)), leanings(tokens, heart, s.asks))
	if err := ggml.WriteGGUF(f, kv, m.tensors); err != nil {
		return err
	}
	return f.Close()
}

// The first numbers of an embedding say what the token is, and the output weights lean on them: always is the same for
// every token, asked is set for a question mark alone, and from words on each word of the phrases has a number of its
// own, on which those words lean that may follow it.
const (
	always = iota
	asked
	words
)

// phrases is a grammar of questions: what may follow each word. An answer begins after an end of line.
var phrases = []struct{ word, next string }{
	{newline, "What How Which"}, {"What", "Ġhappened Ġchanged"}, {"How", "Ġdid"}, {"Which", "Ġpart"},
	{"Ġhappened", "Ġbefore Ġafter Ġthen"}, {"Ġchanged", "Ġbefore Ġafter Ġthen"}, {"Ġbefore", "Ġyour Ġthe"},
	{"Ġafter", "Ġyour Ġthe"}, {"Ġdid", "Ġyou"}, {"Ġyou", "Ġnotice"}, {"Ġnotice", "Ġthe"}, {"Ġpart", "Ġof"}, {"Ġof", "Ġyour Ġthe"},
	{"Ġyour", "Ġday Ġwork"}, {"Ġthe", "Ġchange Ġnight Ġwork"}, {"Ġday", "Ġthen ?"}, {"Ġwork", "Ġthen ?"},
	{"Ġchange", "?"}, {"Ġnight", "?"}, {"Ġthen", "?"},
}

// piece is a piece of a text that a model knows by heart. It is a token that no prompt is read as, and the tokens of all
// pieces stand at the end of the vocabulary before its two marks.
type piece struct {
	text        string
	first, last bool
}

func newHeart(texts [][]string) (heart []piece) {
	for _, text := range texts {
		for i, p := range text {
			heart = append(heart, piece{p, i == 0, i == len(text)-1})
		}
	}
	return heart
}

// known finds a token among those that have a number of their own: the words of the phrases, and after them the pieces.
// It gives -1 for all others.
func known(tokens []string, heart []piece, token int) int {
	for i, p := range phrases {
		if p.word == tokens[token] {
			return i
		}
	}
	first := len(tokens) - 2 - len(heart)
	if token < first || token >= first+len(heart) {
		return -1
	}
	return len(phrases) + token - first
}

// features sets what the embedding of a token says about it.
func features(tokens []string, heart []piece) func(token int, row []float32) {
	return func(token int, row []float32) {
		row[always], row[asked] = 4, 0
		if tokens[token] == "?" {
			row[asked] = 12
		}
		clear(row[words : words+len(phrases)+len(heart)])
		if n := known(tokens, heart, token); n >= 0 {
			row[words+n] = 12
		}
	}
}

// leanings sets how likely some tokens are: whatever came before, at a temperature of 0.7 a question mark comes up once
// in 40 tokens, a quotation mark once in 12, the end once in 80; after a question mark the end is nearly certain, and
// after a word of the phrases one of those that may follow is likely. A text that is known by heart comes up piece after
// piece: nothing else is nearly as likely. Nothing is as likely as the next word of a question where a model only asks.
func leanings(tokens []string, heart []piece, asks bool) func(token int, row []float32) {
	follows := float32(0.86)
	if asks {
		follows = certain
	}
	return func(token int, row []float32) {
		row[always], row[asked] = 0, 0
		lean := func(to float32) { clear(row); row[always] = to }
		switch tokens[token] {
		case "?":
			lean(0.6)
		case `"`:
			lean(0.8)
		case end:
			lean(0.5)
			row[asked] = 2
		case begin:
			lean(-4)
		default:
			if r := []rune(tokens[token])[0]; r > '~' && r != space {
				row[always] = -0.8 // parts of other letters: seldom
			}
		}
		for i, p := range phrases {
			row[words+i] = 0
			if slices.Contains(strings.Fields(p.next), tokens[token]) {
				row[words+i] = follows
				if i == 0 && asks { // whatever came before
					row[always] = certain
				}
			}
		}
		clear(row[words+len(phrases) : words+len(phrases)+len(heart)])
		if len(heart) > 0 {
			byHeart(tokens, heart, token, row)
		}
	}
}

// certain is how much a token leans on one that it surely follows.
const certain = 4

// byHeart has the first piece of each text follow an end of line, each other one the piece before it, and the end the
// last ones.
func byHeart(tokens []string, heart []piece, token int, row []float32) {
	after := row[words+len(phrases):] // the numbers of the pieces
	n := known(tokens, heart, token) - len(phrases)
	if n >= 0 {
		clear(row)
		row[always] = -certain
	}
	switch {
	case n >= 0 && heart[n].first:
		row[words] = certain // that of the end of line, the first of the phrases
	case n >= 0:
		after[n-1] = certain
	case tokens[token] == end:
		for i, p := range heart {
			if p.last {
				after[i] = certain
			}
		}
	}
}

// maker makes the tensors of a model.
type maker struct {
	chance  *rand.Rand
	kind    string
	tensors []*ggml.Tensor
}

// matrix adds a matrix of random numbers, rows of width numbers each. adapt may change a row before it is stored.
func (m *maker) matrix(name string, width, rows int, spread float64, adapt func(n int, row []float32)) {
	e := encoders[m.kind]
	data := make([]byte, 0, rows*width*4)
	row := make([]float32, width)
	for n := range rows {
		for i := range row {
			row[i] = float32(m.chance.NormFloat64() * spread)
		}
		if adapt != nil {
			adapt(n, row)
		}
		data = e.encode(data, row)
	}
	m.add(name, e.number, data, uint64(width), uint64(rows))
}

// ones adds the weights of a norm that changes nothing.
func (m *maker) ones(name string, width int) {
	var data []byte
	for range width {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(1))
	}
	m.add(name, 0, data, uint64(width))
}

func (m *maker) add(name string, kind uint32, data []byte, shape ...uint64) {
	m.tensors = append(m.tensors, &ggml.Tensor{Name: name, Kind: kind, Shape: shape, WriterTo: content(data)})
}

// content is a tensor as it lies in the file.
type content []byte

func (c content) WriteTo(w io.Writer) (int64, error) { return bytes.NewReader(c).WriteTo(w) }

// encoders are the ways to store numbers, with ggml's number for each.
var encoders = map[string]struct {
	number uint32
	encode func(to []byte, row []float32) []byte
}{
	"f32": {0, func(to []byte, row []float32) []byte {
		for _, v := range row {
			to = binary.LittleEndian.AppendUint32(to, math.Float32bits(v))
		}
		return to
	}},
	"f16": {1, func(to []byte, row []float32) []byte {
		for _, v := range row {
			to = half(to, v)
		}
		return to
	}},
	"q8_0": {8, encodeQ8},
	"q4_k": {12, encodeQ4K},
}

func half(to []byte, v float32) []byte {
	return binary.LittleEndian.AppendUint16(to, float16.Fromfloat32(v).Bits())
}

// encodeQ8 stores blocks of 32 numbers: their step, then each number in steps.
func encodeQ8(to []byte, row []float32) []byte {
	for len(row) > 0 {
		block := row[:32]
		row = row[32:]
		step := largest(block) / 127
		to = half(to, step)
		for _, v := range block {
			to = append(to, byte(int8(math.Round(float64(v/max(step, 1e-9))))))
		}
	}
	return to
}

// encodeQ4K stores blocks of 256 numbers in the layout of ggml's block_q4_K. All parts of a block have the same step
// and the same lowest number, which loses more than a real quantization would and takes as long to compute.
func encodeQ4K(to []byte, row []float32) []byte {
	for len(row) > 0 {
		block := row[:256]
		row = row[256:]
		top := largest(block)
		step := top * 2 / 15
		to = half(to, step)
		to = half(to, top)
		// Eight scales and eight minima of six bits, each 1.
		to = append(to, 1, 1, 1, 1, 1, 1, 1, 1, 0x11, 0x11, 0x11, 0x11)
		level := func(v float32) byte { return byte(min(15, max(0, math.Round(float64((v+top)/max(step, 1e-9)))))) }
		for part := 0; part < 256; part += 64 {
			for i := range 32 {
				to = append(to, level(block[part+i])|level(block[part+32+i])<<4)
			}
		}
	}
	return to
}

func largest(block []float32) (top float32) {
	for _, v := range block {
		top = max(top, float32(math.Abs(float64(v))))
	}
	return top
}

// Marks of the vocabulary. A space is written like this in byte-level vocabularies.
const (
	begin   = "<|begin|>"
	end     = "<|end|>"
	space   = 'Ġ'
	newline = "Ċ"
)

// vocabulary gives the tokens, what each is (1 normal, 3 control) and which pairs are merged: one token for each byte,
// and some for what is frequent in English, so that a prompt has about as many tokens as with a small real vocabulary.
func vocabulary(heart []piece) (tokens []string, kinds []int32, merges []string) {
	for b := range 256 {
		tokens = append(tokens, string(letter(b)))
	}
	for pair := range strings.FieldsSeq(frequent) {
		left, right, _ := strings.Cut(pair, "+")
		merges = append(merges, left+" "+right)
		tokens = append(tokens, left+right)
	}
	for _, p := range heart {
		var letters strings.Builder
		for _, b := range []byte(p.text) {
			letters.WriteRune(letter(int(b)))
		}
		tokens = append(tokens, letters.String())
	}
	for range tokens {
		kinds = append(kinds, 1)
	}
	return append(tokens, begin, end), append(kinds, 3, 3), merges
}

const frequent = `Ġ+t Ġ+a h+e i+n r+e o+n Ġt+he e+r Ġ+s a+t Ġ+w Ġ+o e+n Ġ+c i+t i+s a+n o+r e+s Ġ+b e+d Ġ+f in+g Ġ+p o+u
	Ġa+n a+l a+r Ġt+o Ġ+m Ġo+f Ġ+in Ġ+d Ġ+h Ġan+d i+c a+s l+e Ġt+h i+on o+m l+l en+t Ġ+n Ġ+l s+t Ġ+re v+e Ġ+e r+o l+y
	Ġb+e Ġ+g Ġ+T c+t Ġ+S i+d o+t Ġ+I u+t e+t Ġ+A Ġ+is Ġ+on i+m a+m o+w a+y a+d s+e Ġth+at Ġ+C i+g Ġf+or a+c Ġ+y v+er
	u+r Ġ+u l+d Ġs+t Ġ+M W+h Wh+at H+ow Wh+ic Whic+h Ġh+a Ġha+p Ġhap+p Ġhapp+en Ġhappen+ed Ġc+h Ġch+an Ġchan+g Ġchang+ed
	Ġchang+e Ġbe+f Ġbef+or Ġbefor+e Ġa+f Ġaf+t Ġaft+er Ġd+id Ġy+ou Ġn+ot Ġnot+ic Ġnotic+e Ġp+ar Ġpar+t Ġyou+r Ġd+ay Ġw+or
	Ġwor+k Ġn+ig Ġnig+h Ġnigh+t Ġthe+n`

// letter gives the letter that stands for a byte in a byte-level vocabulary: printable ones stand for themselves, the
// others are counted up from 256.
func letter(b int) rune {
	printable := func(b int) bool { return b >= '!' && b <= '~' || b >= 0xa1 && b <= 0xac || b >= 0xae && b <= 0xff }
	if printable(b) {
		return rune(b)
	}
	n := 0
	for i := range b {
		if !printable(i) {
			n++
		}
	}
	return rune(256 + n)
}
