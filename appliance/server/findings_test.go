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

	"harmonium/appliance/lan"
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
	german := catalogue(t, "de")
	if diff := cmp.Diff(slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(german))); diff != "" {
		t.Errorf("de.json (-the command +the catalogue):\n%s", diff)
	}
	for key, german := range german {
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
	network, err := filepath.Glob(filepath.Join("..", "lan", "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	quoted := regexp.MustCompile(`"((?:server|data|disk|memory|database|clock|address|name|https|seal|models|ollama|remote|speed|trouble|queue|speech|capacity|backup)\.[a-z0-9_]+)"`)
	unused := server.Sentences()
	for _, name := range append(files, network...) {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range quoted.FindAllStringSubmatch(string(source), -1) {
			if ext := filepath.Ext(match[1]); ext == ".pem" || ext == ".sock" || ext == ".json" { // a file, not a code
				continue
			}
			if _, ok := server.Sentences()[match[1]]; !ok {
				t.Errorf("%s names %s, which has no sentences", name, match[1])
			}
			if name != "findings.go" { // that of this package has the sentences
				delete(unused, match[1])
			}
		}
	}
	for _, fault := range []lan.Fault{lan.FaultMissing, lan.FaultUnreadable, lan.FaultKey, lan.FaultExpired, lan.FaultNotYet, lan.FaultName,
		lan.FaultChainBroken, lan.FaultWeak, lan.FaultChain, lan.FaultExpiring} {
		code := "https." + string(fault)
		if _, ok := unused[code]; !ok {
			t.Errorf("the fault %s has no sentences", fault)
		}
		delete(unused, code)
	}
	for code := range server.ReasonCodes() {
		delete(unused, code)
	}
	if len(unused) > 0 {
		t.Errorf("sentences that nothing says: %v", slices.Sorted(maps.Keys(unused)))
	}
}
