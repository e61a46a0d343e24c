package models_test

import (
	"bytes"
	"strings"
	"testing"
	"text/template"

	"harmonium/models"
)

// Chat templates as makers of models write them, shortened to what matters.
var chatTemplates = map[string]struct{ template, want string }{
	"chatml":         {"{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}", "chatml"},
	"chatml, double": {`{%- if messages[0]["role"] == "system" %}{{- "<|im_start|>system\n" + messages[0].content + "<|im_end|>\n" }}{%- endif %}`, "chatml"},
	"may think":      {"{{ '<|im_start|>assistant\n' }}{%- if enable_thinking is defined and enable_thinking is false %}{{ '<think>\n\n</think>\n\n' }}{% endif %}", "chatml-quiet"},
	"llama 3":        {"{% set content = '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n' + message['content'] | trim + '<|eot_id|>' %}", "llama3"},
	"llama 4":        {"{{ '<|header_start|>' + message['role'] + '<|header_end|>\n\n' + message.content + '<|eot|>' }}", "llama4"},
	"llama 2":        {"{{ bos_token + '[INST] <<SYS>>\n' + system + '\n<</SYS>>\n\n' + content + ' [/INST]' }}", "llama2"},
	"gemma":          {"{{ '<start_of_turn>' + role + '\n' + message['content'] | trim + '<end_of_turn>\n' }}", "gemma"},
	"mistral":        {"{{ '[INST] ' + message['content'] + ' [/INST]' }}", "mistral"},
	"mistral 7":      {"{{ '[SYSTEM_PROMPT]' + system_message + '[/SYSTEM_PROMPT]' }}{{ '[INST]' + message['content'] + '[/INST]' }}", "mistral-system"},
	"phi 3":          {"{{'<|user|>' + '\n' + message['content'] + '<|end|>' + '\n' + '<|assistant|>' + '\n'}}", "phi3"},
	"phi 4 mini":     {"{{ '<|' + message['role'] + '|>' + message['content'] + '<|end|>' }}{{ '<|assistant|>' }}", "phi4-mini"},
	"phi 4":          {"{{'<|im_start|>user<|im_sep|>' + message['content'] + '<|im_end|>'}}", "phi4"},
	"zephyr":         {"{{ '<|user|>\n' + message['content'] + eos_token }}{{ '<|assistant|>' }}", "zephyr"},
	"granite":        {"{{ '<|start_of_role|>user<|end_of_role|>' + content + '<|end_of_text|>\n' }}", "granite"},
	"command":        {"{{ '<|START_OF_TURN_TOKEN|><|USER_TOKEN|>' + content + '<|END_OF_TURN_TOKEN|>' }}{{ '<|CHATBOT_TOKEN|>' }}", "command"},
	"deepseek":       {"{{'<｜User｜>' + message['content'] + '<｜Assistant｜>'}}", "deepseek"},
	"deepseek r1":    {"{{'<｜User｜>' + message['content'] + '<｜Assistant｜>'}}{{ content.split('</think>')[-1] }}", "deepseek-quiet"},
	"something new":  {"{{ '[|user|]' + message['content'] }}", "plain"},
	"none":           {"", "plain"},
	"another zephyr": {"{{ '<|user|>\n' + content + '<|endoftext|>' + eos_token }}{{ '<|assistant|>' }}", "plain"},
}

func TestFormatsAreRecognised(t *testing.T) {
	for name, c := range chatTemplates {
		got, known := models.FormatOf(c.template)
		if got.Name != c.want || known != (c.want != models.Plain) {
			t.Errorf("%s is taken for %s, %v", name, got.Name, known)
		}
		if crlf, _ := models.FormatOf(strings.ReplaceAll(c.template, "\n", "\r\n")); crlf.Name != c.want {
			t.Errorf("%s with other ends of lines is taken for %s", name, crlf.Name)
		}
		if spelt, _ := models.FormatOf(strings.ReplaceAll(c.template, "\n", `\n`)); spelt.Name != c.want {
			t.Errorf("%s with spelt ends of lines is taken for %s", name, spelt.Name)
		}
	}
}

type message struct{ Role, Content string }

// What each format makes of a conversation, as the makers of the models say it must look, less the mark of the beginning,
// which Ollama adds.
func TestAConversationInEachFormat(t *testing.T) {
	for name, want := range map[string]string{
		"chatml":         "<|im_start|>system\nS<|im_end|>\n<|im_start|>user\nA<|im_end|>\n<|im_start|>assistant\nQ<|im_end|>\n<|im_start|>user\nR<|im_end|>\n<|im_start|>assistant\n",
		"chatml-quiet":   "<|im_start|>system\nS<|im_end|>\n<|im_start|>user\nA<|im_end|>\n<|im_start|>assistant\nQ<|im_end|>\n<|im_start|>user\nR<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n",
		"llama3":         "<|start_header_id|>system<|end_header_id|>\n\nS<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nA<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\nQ<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nR<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
		"llama4":         "<|header_start|>system<|header_end|>\n\nS<|eot|><|header_start|>user<|header_end|>\n\nA<|eot|><|header_start|>assistant<|header_end|>\n\nQ<|eot|><|header_start|>user<|header_end|>\n\nR<|eot|><|header_start|>assistant<|header_end|>\n\n",
		"llama2":         "[INST] <<SYS>>\nS\n<</SYS>>\n\nA [/INST] Q </s><s>[INST] R [/INST]",
		"gemma":          "<start_of_turn>user\nS\n\nA<end_of_turn>\n<start_of_turn>model\nQ<end_of_turn>\n<start_of_turn>user\nR<end_of_turn>\n<start_of_turn>model\n",
		"mistral":        "[INST] S\n\nA [/INST] Q</s>[INST] R [/INST]",
		"mistral-system": "[SYSTEM_PROMPT]S[/SYSTEM_PROMPT][INST]A[/INST]Q</s>[INST]R[/INST]",
		"phi3":           "<|system|>\nS<|end|>\n<|user|>\nA<|end|>\n<|assistant|>\nQ<|end|>\n<|user|>\nR<|end|>\n<|assistant|>\n",
		"phi4-mini":      "<|system|>S<|end|><|user|>A<|end|><|assistant|>Q<|end|><|user|>R<|end|><|assistant|>",
		"phi4":           "<|im_start|>system<|im_sep|>S<|im_end|><|im_start|>user<|im_sep|>A<|im_end|><|im_start|>assistant<|im_sep|>Q<|im_end|><|im_start|>user<|im_sep|>R<|im_end|><|im_start|>assistant<|im_sep|>",
		"zephyr":         "<|system|>\nS</s>\n<|user|>\nA</s>\n<|assistant|>\nQ</s>\n<|user|>\nR</s>\n<|assistant|>\n",
		"granite":        "<|start_of_role|>system<|end_of_role|>S<|end_of_text|>\n<|start_of_role|>user<|end_of_role|>A<|end_of_text|>\n<|start_of_role|>assistant<|end_of_role|>Q<|end_of_text|>\n<|start_of_role|>user<|end_of_role|>R<|end_of_text|>\n<|start_of_role|>assistant<|end_of_role|>",
		"command":        "<|START_OF_TURN_TOKEN|><|SYSTEM_TOKEN|>S<|END_OF_TURN_TOKEN|><|START_OF_TURN_TOKEN|><|USER_TOKEN|>A<|END_OF_TURN_TOKEN|><|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>Q<|END_OF_TURN_TOKEN|><|START_OF_TURN_TOKEN|><|USER_TOKEN|>R<|END_OF_TURN_TOKEN|><|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>",
		"deepseek":       "S<｜User｜>A<｜Assistant｜>Q<｜end▁of▁sentence｜><｜User｜>R<｜Assistant｜>",
		"deepseek-quiet": "S<｜User｜>A<｜Assistant｜>Q<｜end▁of▁sentence｜><｜User｜>R<｜Assistant｜><think>\n\n</think>\n\n",
		"plain":          "S\n\nPerson: A\n\nAssistant: Q\n\nPerson: R\n\nAssistant:",
	} {
		said := map[string]any{"System": "S", "Messages": []message{{"system", "S"}, {"user", "A"}, {"assistant", "Q"}, {"user", "R"}}}
		f := formatNamed(t, name)
		var got bytes.Buffer
		if err := template.Must(template.New("").Parse(f.Template)).Execute(&got, said); err != nil {
			t.Fatal(err)
		}
		if got.String() != want {
			t.Errorf("%s:\n%q\n%q", name, got.String(), want)
		}
		if len(f.Stop) == 0 {
			t.Errorf("%s never stops", name)
		}
	}
}

func formatNamed(t *testing.T, name string) models.Format {
	t.Helper()
	for _, c := range chatTemplates {
		if f, _ := models.FormatOf(c.template); f.Name == name {
			return f
		}
	}
	t.Fatalf("no template is recognised as %s", name)
	return models.Format{}
}
