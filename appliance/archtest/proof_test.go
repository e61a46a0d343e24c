package archtest_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// proofFile has the table of promises and tests; proof.sh of make faults reads the same file.
const proofFile = "PROOF.md"

var (
	codeSpan  = regexp.MustCompile("`([^`]+)`")
	goTest    = regexp.MustCompile(`^([a-z0-9]+)\.((?:Test|Fuzz|Benchmark)\w+)(?:/(\w+))?$`)
	webTest   = regexp.MustCompile(`^(\S+\.(?:story|test)\.ts) "(.+)"$`)
	testFunc  = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Benchmark)\w+)\(`)
	notATest  = []string{"synchronous=NORMAL", "make test", "make faults", "make soak", "make bench", "make test-box", "archtest.TestProofsNameTests"}
	promises  = []string{"P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8", "P9", "P10", "P11", "P12", "P13", "P14", "P15", "P16", "P17", "P19", "P20", "P22", "P23", "P24"}
	checklist = strings.Fields(`1.2.1 1.2.4 1.2.5 1.3.1 1.3.3 1.3.6 2.2.1 2.2.2 2.3.1 2.3.3 2.4.1 3.2.1 3.2.2 3.3.1 3.3.2 3.3.3 3.3.4 3.4.1 3.4.2 3.4.3 3.4.4
		3.4.5 3.4.6 3.5.1 3.5.2 3.5.3 4.1.1 4.1.3 4.4.1 4.4.2 4.4.4 5.1.1 5.2.1 5.2.2 5.2.3 5.2.4 5.3.1 5.3.2 5.4.1 5.4.2 6.1.1 6.2.1 6.2.2 6.2.3 6.2.4 6.2.5
		6.2.7 6.2.8 6.2.9 6.2.10 6.2.12 6.3.1 6.3.2 6.3.3 6.3.8 6.4.1 6.4.2 6.4.6 6.5.1 6.5.2 6.6.3 7.1.1 7.1.2 7.2.3 7.2.4 7.3.1 7.3.2 7.4.1 7.4.2 7.4.3 7.4.5
		7.5.1 7.5.2 8.1.1 8.2.1 8.2.2 8.2.3 8.3.1 8.4.1 11.2.1 11.3.2 11.4.2 11.5.1 12.1.1 12.2.1 12.2.2 12.3.3 13.1.1 13.2.2 13.2.4 13.2.5 13.4.1 13.4.2 13.4.3
		13.4.5 14.1.1 14.1.2 14.2.1 14.2.3 14.2.7 14.2.8 14.3.1 14.3.2 14.3.3 15.1.2 15.2.2 15.3.1 15.3.3 15.3.4 16.2.5 16.3.1 16.3.2 16.4.1 16.4.2 16.4.3 16.5.1
		16.5.2 16.5.3 16.5.4`)
)

// proofs are the tests that there are.
type proofs struct {
	goTests map[string]string // "store.TestX" → the text of its file
	stories map[string]string // "faults.story.ts" → its text
}

// named says what a code span of the table names that is not there; "" when all is.
func (p proofs) named(span string) string {
	if slices.Contains(notATest, span) {
		return ""
	}
	if m := goTest.FindStringSubmatch(span); m != nil {
		text, there := p.goTests[m[1]+"."+m[2]]
		if !there || m[3] != "" && !strings.Contains(text, `"`+m[3]+`"`) {
			return "there is no test " + span
		}
		return ""
	}
	if m := webTest.FindStringSubmatch(span); m != nil {
		text, there := p.stories[m[1]]
		if !there || !strings.Contains(text, m[2]) {
			return "there is no story " + span
		}
		return ""
	}
	if _, err := os.Stat(filepath.Join(root, span)); err != nil {
		return "there is no file " + span
	}
	return ""
}

func allProofs(t *testing.T) proofs {
	t.Helper()
	p := proofs{map[string]string{}, map[string]string{}}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); path != root && (strings.HasPrefix(name, ".") || name == "node_modules" || name == "dist" || name == "bin") {
				return filepath.SkipDir
			}
			return nil
		}
		isGo, isWeb := strings.HasSuffix(path, "_test.go"), strings.HasSuffix(path, ".story.ts") || strings.HasSuffix(path, ".test.ts")
		if !isGo && !isWeb {
			return nil
		}
		text, err := os.ReadFile(path)
		if isWeb {
			p.stories[filepath.Base(path)] = string(text)
			return err
		}
		for _, m := range testFunc.FindAllSubmatch(text, -1) {
			p.goTests[filepath.Base(filepath.Dir(path))+"."+string(m[1])] = string(text)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// wrongIn says what is wrong with the table: a row without test or control, a name of nothing, a promise or an id that is missing.
func (p proofs) wrongIn(text string) (found []string) {
	firsts := map[string]bool{}
	for line := range strings.Lines(text) {
		for _, m := range codeSpan.FindAllStringSubmatch(line, -1) {
			if what := p.named(m[1]); what != "" {
				found = append(found, what)
			}
		}
		for _, id := range regexp.MustCompile(`\*\*([\d.]+)\*\*`).FindAllStringSubmatch(line, -1) {
			firsts[id[1]] = true
		}
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if !strings.HasPrefix(line, "| ") || strings.HasSuffix(strings.TrimSpace(cells[len(cells)-1]), "Control") {
			continue
		}
		for _, id := range strings.Split(cells[0], ",") {
			firsts[strings.TrimSpace(id)] = true
		}
		if test := cells[len(cells)-2]; !codeSpan.MatchString(test) {
			found = append(found, "no test: "+line)
		}
		if strings.TrimSpace(cells[len(cells)-1]) == "" {
			found = append(found, "no control: "+line)
		}
	}
	for _, id := range slices.Concat(promises, checklist) {
		if !firsts[id] {
			found = append(found, "nothing is said of "+id)
		}
	}
	return found
}

// Each promise and each line of the checklist has its tests, and these exist.
func TestProofsNameTests(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, proofFile))
	if err != nil {
		t.Fatal(err)
	}
	all := allProofs(t)
	for _, found := range all.wrongIn(string(text)) {
		t.Errorf("%s: %s", proofFile, found)
	}
	// The control: each of these is found.
	for name, change := range map[string]func(string) string{
		"a test that is gone": func(s string) string { return strings.Replace(s, "archtest.TestPackages", "archtest.TestNone", 1) },
		"a step that is gone": func(s string) string { return strings.Replace(s, "TestBox/Upgrade", "TestBox/Up", 1) },
		"a story that is gone": func(s string) string {
			return strings.Replace(s, "an acknowledgement that", "no acknowledgement that", 1)
		},
		"a promise that is gone": func(s string) string { return strings.Replace(s, "| P24 |", "| P25 |", 1) },
		"a line that is gone":    func(s string) string { return strings.Replace(s, "| 16.5.4 |", "| 16.5.5 |", 1) },
	} {
		changed := change(string(text))
		if changed == string(text) || len(all.wrongIn(changed)) <= len(all.wrongIn(string(text))) {
			t.Errorf("%s is not found", name)
		}
	}
}
