package prompt_test

import (
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/prompt"
)

func TestEveryLanguageOfConversationsHasAName(t *testing.T) {
	languages := appliance.ConversationLanguages()
	if len(languages) != 30 {
		t.Errorf("%d languages, want 30", len(languages))
	}
	seen := map[string]bool{}
	for _, l := range languages {
		name := prompt.Language(l)
		if name == prompt.Language("xx") || seen[name] {
			t.Errorf("%s has no name of its own: %s", l, name)
		}
		seen[name] = true
	}
}
