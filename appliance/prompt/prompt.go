// Package prompt renders what models are told. A prompt is a template file with a version in its first line, so that
// everything that a model makes can say by which words it was made; the file and its version change together.
//
// In every prompt what never changes stands first (rules, guide), then the transcript, and last what is different in
// each turn: Ollama keeps what it has read of a prompt and reads on from where the next one differs.
package prompt

import (
	"fmt"
	"io/fs"
	"reflect"
	"regexp"
	"strings"
	"text/template/parse"
	"unicode"

	"harmonium/appliance"
)

// Template is one prompt. It is never changed and can be used by any number of goroutines.
type Template struct {
	version string
	text    *parse.Tree
}

// Load reads a prompt file. Its first line is "version: NAME-NUMBER"; the rest is a template such as parseTemplate
// reads, in which fence is Fence. A file that is not so is a mistake in the program, and Load panics.
func Load(files fs.FS, name string) *Template {
	file, err := fs.ReadFile(files, name)
	if err != nil {
		panic(fmt.Sprintf("prompt: %v", err))
	}
	head, body, _ := strings.Cut(string(file), "\n")
	version, ok := strings.CutPrefix(head, "version: ")
	if !ok || strings.TrimSpace(version) == "" {
		panic("prompt: " + name + " does not begin with its version")
	}
	text, err := parseTemplate(name, strings.TrimSpace(body))
	if err != nil {
		panic(fmt.Sprintf("prompt: %v", err))
	}
	return &Template{version: strings.TrimSpace(version), text: text}
}

// Version names the wording.
func (t *Template) Version() string { return t.version }

// Render fills the template. A value that the template asks for and data lacks is a mistake in the program, and Render
// panics.
func (t *Template) Render(data any) string {
	f := filler{vars: map[string]reflect.Value{}}
	f.node(t.text.Root, bare(reflect.ValueOf(data)))
	return strings.TrimSpace(f.out.String())
}

// names are the languages in which conversations can be led, as prompts name them.
var names = map[appliance.Language]string{
	appliance.English: "English", appliance.German: "German", appliance.French: "French", appliance.Spanish: "Spanish",
	appliance.Ukrainian: "Ukrainian", appliance.Arabic: "Modern Standard Arabic",
	"bg": "Bulgarian", "cs": "Czech", "da": "Danish", "el": "Greek", "fa": "Persian", "fi": "Finnish", "he": "Hebrew",
	"hi": "Hindi", "hr": "Croatian", "hu": "Hungarian", "it": "Italian", "ja": "Japanese", "ko": "Korean",
	"nb": "Norwegian Bokmål", "nl": "Dutch", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian",
	"sr": "Serbian", "sv": "Swedish", "tr": "Turkish", "vi": "Vietnamese", "zh": "Chinese",
}

// Language names a language as prompts do: in English. What it does not know is the language of the interview.
func Language(l appliance.Language) string {
	if name := names[l]; name != "" {
		return name
	}
	return "the language of the interview"
}

// The marks around what people wrote. They are of characters that Fence takes out of the text itself.
const (
	fenceOpen  = "⟦"
	fenceClose = "⟧"
)

// roleMark matches what models of Mistral's kind read as the end of a message, and what prompts put before a turn: a word
// in capitals between square brackets.
var roleMark = regexp.MustCompile(`\[(/?[A-Z][A-Z0-9_]*)\]`)

// Fence marks a text that people wrote as data, so that nothing in it reads like a part of the prompt: the marks occur
// nowhere inside, and neither do control characters or the marks by which models tell roles apart, such as <|im_end|>
// and [/INST].
func Fence(text string) string {
	var b strings.Builder
	b.Grow(len(fenceOpen) + len(text) + len(fenceClose))
	b.WriteString(fenceOpen)
	for _, r := range text {
		switch {
		case r == '⟦':
			r = '['
		case r == '⟧':
			r = ']'
		case r == '<':
			r = '‹'
		case r == '>':
			r = '›'
		case r == '|':
			r = '¦'
		case r == '\n':
		case unicode.IsControl(r):
			r = ' '
		}
		b.WriteRune(r)
	}
	b.WriteString(fenceClose)
	if fenced := b.String(); strings.Contains(fenced, "[") {
		return roleMark.ReplaceAllString(fenced, "($1)")
	}
	return b.String()
}
