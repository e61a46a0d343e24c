package facilitation_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"harmonium/appliance"
)

func TestEveryLanguageHasTheSamePhrases(t *testing.T) {
	read := func(language appliance.Language) map[string]any {
		data, err := os.ReadFile("phrases/" + string(language) + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var v map[string]any
		if err := json.Unmarshal(data, &v); err != nil {
			t.Fatal(err)
		}
		for k, rule := range v["rules"].(map[string]any) {
			v["rules."+k] = rule
		}
		for k, words := range v["question"].(map[string]any) {
			v["rules.question."+k] = words
		}
		delete(v, "rules")
		delete(v, "question")
		return v
	}
	english := read(appliance.English)
	for _, language := range appliance.Languages() {
		have := read(language)
		for key, value := range english {
			if have[key] == nil {
				t.Errorf("%s lacks %s", language, key)
			}
			_, isList := value.([]any)
			list, hasList := have[key].([]any)
			if empty := isList && len(list) == 0; isList != hasList || empty && key != "rules.own" {
				t.Errorf("%s: %s is not a list as in English, or empty", language, key)
			}
			if !strings.HasPrefix(key, "rules.") && isList && len(list) != len(value.([]any)) {
				t.Errorf("%s: %s has %d entries, English has %d", language, key, len(list), len(value.([]any)))
			}
			checkPhrases(t, language, key, have[key])
		}
		for key := range have {
			if english[key] == nil {
				t.Errorf("%s has %s, which English lacks", language, key)
			}
		}
	}
}

// marks counts the question marks of a text.
func marks(text string) int { return strings.Count(text, "?") + strings.Count(text, "؟") }

// checkPhrases: only questions ask, and what the rules compare with has the form in which they compare.
func checkPhrases(t *testing.T, language appliance.Language, key string, value any) {
	var texts []string
	switch v := value.(type) {
	case string:
		texts = []string{v}
	case []any:
		for _, s := range v {
			texts = append(texts, s.(string))
		}
	}
	questions := []string{"generic", "behind", "missed", "differently", "nothing_to_read_back", "go_on", "language_offer", "idea_ask"}
	for _, text := range texts {
		if strings.HasPrefix(key, "rules.") {
			if text != strings.ToLower(text) || strings.ContainsAny(text, ".,;:!?’") || strings.TrimSpace(text) != text {
				t.Errorf("%s %s: %q can never match", language, key, text)
			}
			continue
		}
		want := 0
		if slices.Contains(questions, key) {
			want = 1
		}
		if n := marks(text); n != want {
			t.Errorf("%s %s: %d question marks in %q", language, key, n, text)
		}
		for list, value := range map[string]string{"generic": "{topic}", "behind": "{topic}", "once_more": "{question}",
			"reply_who": "{host}", "reply_long": "{minutes}"} {
			if key == list && !strings.Contains(text, value) {
				t.Errorf("%s %s: %q is without its %s", language, key, text, value)
			}
		}
	}
}
