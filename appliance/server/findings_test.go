package server_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"harmonium/appliance/server"
)

// The pages say what the command says, in each language: their catalogues have the sentences of every code.
func TestEveryFindingHasItsSentencesInTheCataloguesOfThePages(t *testing.T) {
	want := map[string]string{}
	for code, s := range server.Sentences() {
		want["finding."+code] = s[0]
		if s[1] != "" {
			want["finding."+code+".todo"] = s[1]
		}
	}
	got := catalogue(t, "en")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("en.json (-the command +the catalogue):\n%s", diff)
	}
	named := regexp.MustCompile(`\{\w+\}`)
	for key, german := range catalogue(t, "de") {
		if diff := cmp.Diff(sorted(named.FindAllString(want[key], -1)), sorted(named.FindAllString(german, -1))); diff != "" {
			t.Errorf("de.json, %s, names other values:\n%s", key, diff)
		}
	}
}

// catalogue gives the sentences of findings that the host app has in a language.
func catalogue(t *testing.T, language string) map[string]string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "embedui", "host", "i18n", language+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]any
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	findings := map[string]string{}
	for key, message := range all {
		if text, ok := message.(string); ok && strings.HasPrefix(key, "finding.") {
			findings[key] = text
		}
	}
	return findings
}

func sorted(words []string) []string { return slices.Sorted(slices.Values(words)) }

// A code that is misspelt where it is used would say nothing.
func TestEveryCodeThatIsUsedHasSentences(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	quoted := regexp.MustCompile(`"((?:server|data|disk|database|clock|address|models|ollama|remote|speed|trouble|queue)\.[a-z_]+)"`)
	unused := server.Sentences()
	for _, name := range files {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range quoted.FindAllStringSubmatch(string(source), -1) {
			if _, ok := server.Sentences()[match[1]]; !ok {
				t.Errorf("%s names %s, which has no sentences", name, match[1])
			}
			if name != "findings.go" {
				delete(unused, match[1])
			}
		}
	}
	for code := range server.ReasonCodes() {
		delete(unused, code)
	}
	if len(unused) > 0 {
		t.Errorf("sentences that nothing says: %v", slices.Sorted(maps.Keys(unused)))
	}
}
