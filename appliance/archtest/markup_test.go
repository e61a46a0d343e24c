package archtest_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// asMarkup are the ways in which a page could read a text as markup or as a program.
var asMarkup = regexp.MustCompile(`\{@html|\.(inner|outer)HTML\s*=[^=]|\.insertAdjacentHTML|document\.write|\beval\(|new Function\(|\bsrcdoc\b|javascript:`)

// What people and models write is shown as text: no page reads it as markup (ASVS 1.2.1, 1.3.1, 3.2.2).
func TestTextIsNeverReadAsMarkup(t *testing.T) {
	for text, found := range map[string]bool{
		"<p>{@html said}</p>":                          true,
		"element.innerHTML = said;":                    true,
		"element.insertAdjacentHTML('beforeend', s)":   true,
		"const f = new Function(said);":                true,
		"<p>{said}</p>":                                false,
		"element.textContent = said;":                  false,
		"const plain = new Option(title).innerHTML;":   false,
		"if (element.innerHTML === '') element.remove": false,
	} {
		if asMarkup.MatchString(text) != found {
			t.Errorf("%s: found %t", text, !found)
		}
	}
	seen := 0
	for _, app := range []string{"host", "participant", "shared"} {
		err := filepath.WalkDir(filepath.Join(root, "embedui", app), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || strings.HasSuffix(path, ".test.ts") || !strings.HasSuffix(path, ".ts") && !strings.HasSuffix(path, ".svelte") {
				return err
			}
			seen++
			text, err := os.ReadFile(path)
			for n, line := range strings.Split(string(text), "\n") {
				if asMarkup.MatchString(line) {
					t.Errorf("%s:%d reads a text as markup: %s", path, n+1, strings.TrimSpace(line))
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if seen < 50 {
		t.Errorf("only %d files were looked at", seen)
	}
}

// weakCryptography are packages whose ciphers, hashes or numbers keep nothing secret.
var weakCryptography = []string{"crypto/md5", "crypto/sha1", "crypto/des", "crypto/rc4", "crypto/dsa", "math/rand", "math/rand/v2"}

// weakFor names who may use them, and for what.
var weakFor = map[string]string{
	"appliance/synthesis/cluster.go": "math/rand/v2", // the same order each time, from a seed
	"appliance/synthesis/naming.go":  "math/rand/v2",
}

// ASVS 11.2.1, 11.5.1: what is secret is made by the standard library's strong algorithms, and by chance that nobody can guess.
func TestWeakCryptographyIsNotUsed(t *testing.T) {
	keep(t, rule{
		name: "weak cryptography",
		check: perFile(func(s *source) (found []string) {
			if s.isTest() || strings.HasPrefix(s.path, "appliance/testkit/") || strings.HasPrefix(s.path, "appliance/demo/") {
				return nil
			}
			for _, i := range s.file.Imports {
				for _, weak := range weakCryptography {
					if i.Path.Value == `"`+weak+`"` && weakFor[s.path] != weak {
						found = append(found, s.at(i.Pos(), "uses %s", weak))
					}
				}
			}
			return found
		}),
		bad:  []sample{{"appliance/auth/x.go", "package auth\nimport _ \"math/rand/v2\""}, {"appliance/lan/x.go", "package lan\nimport _ \"crypto/sha1\""}},
		good: []sample{{"appliance/auth/x.go", "package auth\nimport _ \"crypto/rand\""}, {"appliance/auth/x_test.go", "package auth\nimport _ \"math/rand/v2\""}},
	})
}
