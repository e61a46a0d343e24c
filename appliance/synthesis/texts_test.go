package synthesis_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"harmonium/appliance"
	"harmonium/appliance/synthesis"
)

var placeholder = regexp.MustCompile(`\{[a-z]+\}`)

func TestEveryLanguageSaysTheSame(t *testing.T) {
	english := synthesis.Texts(appliance.English)
	for _, language := range appliance.Languages() {
		texts := synthesis.Texts(language)
		for key, forms := range english {
			have, ok := texts[key]
			if !ok {
				t.Errorf("%s lacks %s", language, key)
				continue
			}
			for _, form := range []string{"zero", "one", "other"} {
				if (forms[form] == "") != (have[form] == "") {
					t.Errorf("%s: %s has no form %s, or only it has", language, key, form)
				}
				if diff := cmp.Diff(used(forms[form]), used(have[form])); diff != "" {
					t.Errorf("%s: placeholders of %s, %s:\n%s", language, key, form, diff)
				}
			}
			for form, text := range have {
				for _, name := range used(text) {
					if !slices.Contains(used(forms["other"]), name) {
						t.Errorf("%s: %s, %s has %s, which the other forms lack", language, key, form, name)
					}
				}
			}
		}
		for key := range texts {
			if english[key] == nil {
				t.Errorf("%s has %s, which English lacks", language, key)
			}
		}
	}
}

// used gives the placeholders of a text.
func used(text string) []string {
	list := placeholder.FindAllString(text, -1)
	slices.Sort(list)
	return list
}

var saying = regexp.MustCompile(`say\("([a-z_]+)"|(?:add\(|key := |key = )"([a-z_]+)"|\{"([a-z_]+)", [a-z]+\.`)

func TestEverythingThatIsSaidIsInTheTexts(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	exports, err := filepath.Glob("../export/*.go") // says these sentences too
	if err != nil {
		t.Fatal(err)
	}
	files = append(files, exports...)
	english := synthesis.Texts(appliance.English)
	said := map[string]bool{}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range saying.FindAllStringSubmatch(string(source), -1) {
			said[m[1]+m[2]+m[3]] = true
		}
	}
	for key := range said {
		if english[key] == nil {
			t.Errorf("there is no text %s", key)
		}
	}
	for key := range english {
		if !said[key] {
			t.Errorf("nothing says %s", key)
		}
	}
}
