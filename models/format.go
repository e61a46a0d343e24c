package models

import (
	"embed"
	"slices"
	"strings"
)

// Format is a way in which a conversation is written down for a model: which marks stand before and after what each
// side says. A model answers well only in the format that it was trained on.
type Format struct {
	Name     string   // "chatml"
	Template string   // in the language of Ollama's templates
	Stop     []string // what the model writes when its answer has ended
}

// Plain is the format for a model of which nobody knows a better one.
const Plain = "plain"

//go:embed formats/*.tmpl
var formatFiles embed.FS

// formats lists the known ones, in the order in which they are looked for. A format is recognised by marks in the chat
// template that the makers of a model put into its file: all of marks and none of without, in the template less its
// blanks, quotation marks and plus signs, with \n for every end of line.
var formats = []struct {
	name           string
	marks, without []string
	stop           []string
}{
	{"llama3", []string{"<|start_header_id|>", "<|eot_id|>"}, nil, []string{"<|eot_id|>", "<|start_header_id|>"}},
	{"llama4", []string{"<|header_start|>", "<|eot|>"}, nil, []string{"<|eot|>", "<|header_start|>"}},
	{"gemma", []string{"<start_of_turn>", "<end_of_turn>"}, nil, []string{"<end_of_turn>", "<start_of_turn>"}},
	{"phi4", []string{"<|im_start|>", "<|im_sep|>"}, nil, []string{"<|im_end|>", "<|im_start|>"}},
	{"chatml-quiet", []string{"<|im_start|>", "enable_thinking"}, nil, []string{"<|im_end|>", "<|im_start|>"}},
	{"chatml", []string{"<|im_start|>"}, nil, []string{"<|im_end|>", "<|im_start|>"}},
	{"granite", []string{"<|start_of_role|>", "<|end_of_role|>"}, nil, []string{"<|end_of_text|>", "<|start_of_role|>"}},
	{"command", []string{"<|START_OF_TURN_TOKEN|>", "<|CHATBOT_TOKEN|>"}, nil, []string{"<|END_OF_TURN_TOKEN|>", "<|START_OF_TURN_TOKEN|>"}},
	{"deepseek-quiet", []string{"<｜User｜>", "</think>"}, nil, []string{"<｜end▁of▁sentence｜>", "<｜User｜>"}},
	{"deepseek", []string{"<｜User｜>", "<｜Assistant｜>"}, nil, []string{"<｜end▁of▁sentence｜>", "<｜User｜>"}},
	{"mistral-system", []string{"[SYSTEM_PROMPT]", "[INST]"}, nil, []string{"</s>", "[INST]"}},
	{"llama2", []string{"[INST]", "<<SYS>>"}, nil, []string{"</s>", "[INST]"}},
	{"mistral", []string{"[INST]"}, nil, []string{"</s>", "[INST]"}},
	{"phi3", []string{"<|end|>", "<|assistant|>", `|>\nmessage[content]`}, nil, []string{"<|end|>", "<|user|>"}},
	{"phi4-mini", []string{"<|end|>", "<|assistant|>", `|>message[content]`}, nil, []string{"<|end|>", "<|user|>"}},
	{"zephyr", []string{"<|assistant|>", "<|user|>", "eos_token"}, []string{"<|end|>", "[gMASK]", "<|endoftext|>"}, []string{"</s>", "<|user|>"}},
}

// FormatOf recognises the format of a model by the chat template in its file. For one that it does not know, or for
// none, it gives Plain and false.
func FormatOf(chatTemplate string) (Format, bool) {
	flat := strings.NewReplacer(" ", "", "\t", "", "'", "", `"`, "", "+", "", "\r", "", "\n", `\n`).Replace(chatTemplate)
	has := func(mark string) bool { return strings.Contains(flat, mark) }
	hasNot := func(mark string) bool { return !has(mark) }
	for _, f := range formats {
		if !slices.ContainsFunc(f.marks, hasNot) && !slices.ContainsFunc(f.without, has) {
			return Format{f.name, template(f.name), f.stop}, true
		}
	}
	return Format{Plain, template(Plain), []string{"\nPerson:", "\nAssistant:"}}, false
}

func template(name string) string {
	text, err := formatFiles.ReadFile("formats/" + name + ".tmpl")
	if err != nil {
		panic(err) // a test reads every one
	}
	return string(text)
}
