package guide_test

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"harmonium/appliance"
)

type languageFile struct {
	Sets   map[string]string
	Shapes []struct{ Match, When, Title, Ask, Kind, Listen string }
	Asks   map[string][]string
	Listen map[string]string
	Probes map[string]map[string][]string
	Guide  map[string]any
}

func readFile(t *testing.T, lang appliance.Language) []byte {
	t.Helper()
	data, err := os.ReadFile("texts/" + string(lang) + ".json")
	if err != nil {
		t.Fatalf("a language is offered without its texts: %v", err)
	}
	return data
}

// How a sentence is read and asked differs from language to language; everything else must be there in all of them.
var ownOfEachLanguage = []string{".sets.", ".asks.", ".fold."}

func TestEveryLanguageHasTheSameKeys(t *testing.T) {
	want := keysOf(t, appliance.English)
	for _, lang := range appliance.Languages() {
		if diff := cmp.Diff(want, keysOf(t, lang)); diff != "" {
			t.Errorf("%s has other keys than English:\n%s", lang, diff)
		}
	}
}

func keysOf(t *testing.T, lang appliance.Language) []string {
	t.Helper()
	var whole map[string]any
	if err := json.Unmarshal(readFile(t, lang), &whole); err != nil {
		t.Fatal(err)
	}
	var keys []string
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for k, inner := range v {
				walk(path+"."+k, inner)
			}
			if len(v) == 0 {
				keys = append(keys, path+".")
			}
		case []any:
			if path == ".shapes" || path == ".lead" || path == ".trail" {
				return
			}
			for i, inner := range v {
				if _, text := inner.(string); !text {
					walk(fmt.Sprintf("%s[%d]", path, i), inner)
				}
			}
			keys = append(keys, path)
		default:
			keys = append(keys, path)
		}
	}
	walk("", whole)
	keys = slices.DeleteFunc(keys, func(k string) bool {
		return slices.ContainsFunc(ownOfEachLanguage, func(own string) bool { return strings.HasPrefix(k, own) })
	})
	sort.Strings(keys)
	return keys
}

func TestEveryShapeOfALanguageCanBeAsked(t *testing.T) {
	group := regexp.MustCompile(`\(\?P<(\w+)>`)
	name := regexp.MustCompile(`\{[~^]?(\w+)\}`)
	for _, lang := range appliance.Languages() {
		var f languageFile
		if err := json.Unmarshal(readFile(t, lang), &f); err != nil {
			t.Fatal(err)
		}
		used := map[string]bool{}
		for i, s := range f.Shapes {
			known := []string{"0", "q"}
			for _, m := range group.FindAllStringSubmatch(s.Match, -1) {
				known = append(known, m[1])
			}
			used[s.Ask] = true
			if s.Ask == "" {
				continue
			}
			if len(f.Asks[s.Ask]) == 0 {
				t.Errorf("%s: shape %d asks %q, which is not there", lang, i, s.Ask)
			}
			for _, template := range append([]string{s.Title}, f.Asks[s.Ask]...) {
				for _, m := range name.FindAllStringSubmatch(template, -1) {
					if !slices.Contains(known, m[1]) {
						t.Errorf("%s: shape %d (%s) has no group for %s in %q", lang, i, s.Match, m[0], template)
					}
				}
			}
			if f.Listen[s.Listen] == "" {
				t.Errorf("%s: shape %d listens for %q, which is not there", lang, i, s.Listen)
			}
			if s.Kind != "fact" && s.Kind != "coming" {
				t.Errorf("%s: shape %d is of kind %q", lang, i, s.Kind)
			}
			if !slices.Contains([]string{"", "question", "statement", "bare", "bare first"}, s.When) {
				t.Errorf("%s: shape %d holds when %q", lang, i, s.When)
			}
		}
		for ask := range f.Asks {
			if !used[ask] {
				t.Errorf("%s: nothing asks %q", lang, ask)
			}
		}
		if last := f.Shapes[len(f.Shapes)-1]; last.Match != "(?P<x>.+)" || last.When != "" || last.Ask != "quoted" {
			t.Errorf("%s: the last shape must quote whatever is left", lang)
		}
	}
}

func TestEveryPhraseOfALanguageIsOneOpenQuestion(t *testing.T) {
	for _, lang := range appliance.Languages() {
		var f languageFile
		if err := json.Unmarshal(readFile(t, lang), &f); err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for kind, lists := range f.Probes {
			for list, phrases := range lists {
				// As many as there can be topics of the kind, so that nobody is asked the same twice.
				if want := map[string]int{"fact": 8, "coming": 6}[kind]; len(phrases) < want {
					t.Errorf("%s: %d probes %s %s, want %d", lang, len(phrases), kind, list, want)
				}
				for _, p := range phrases {
					if marks(p) != 1 || closedOpeners[lang].MatchString(p) || seen[p] || praise.MatchString(p) {
						t.Errorf("%s: not one open question, or there twice: %s", lang, p)
					}
					seen[p] = true
				}
			}
		}
		for ask, phrases := range f.Asks {
			for _, p := range phrases {
				if marks(p) != 1 || closedOpeners[lang].MatchString(p) {
					t.Errorf("%s: %s: not one open question: %s", lang, ask, p)
				}
			}
		}
	}
}
