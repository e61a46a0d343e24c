package appliance_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"harmonium/appliance"
)

var ada = appliance.Account{Email: "ada.byron@mill-lane.example", Name: "Ada Byron"}

func passwordProblem(password string) string {
	var p appliance.Problems
	appliance.CheckPassword(&p, "password", password, ada)
	if len(p) == 0 {
		return ""
	}
	return p[0].Message
}

func TestPasswordsThatAreTriedFirstAreRefused(t *testing.T) {
	for what, list := range map[string][]string{
		"one character":      {"aaaaaaaa", "11111111", "........", "        ", "????????????????"},
		"a repetition":       {"abababab", "12341234", "xyzxyzxyz", "passpass", "adaadaada", "kjkjkjkjkj"},
		"a row of keys":      {"qwertyuiop", "asdfghjkl", "zxcvbnm123", "qwertzuiop", "azertyuiop", "poiuytrewq", "йцукенгш", "!@#$%^&*"},
		"a zigzag of keys":   {"1qaz2wsx", "1q2w3e4r", "qazwsxedc", "zaq12wsx", "q1w2e3r4", "147258369", "a1b2c3d4"},
		"a sequence":         {"12345678", "123456789012", "87654321", "abcdefgh", "abcd1234", "1234abcd", "aa123456", "11223344"},
		"a word":             {"password", "passwort", "sunshine", "football", "princess", "superman", "deutschland", "changeme"},
		"our own word":       {"harmonium", "Harmonium1", "harmonium2026!", "harmonica!"},
		"a word with digits": {"password1", "password123", "Passw0rd!", "P@$$w0rd", "qwerty123!", "welcome2026", "admin1234", "Summer2024!", "letmein!!", "trustno1", "michael1984", "dragon99", "blink182"},
		"two words":          {"iloveyou", "hellokitty", "ilovejesus", "harrypotter", "mustangs", "AdminAdmin1"},
		"a date":             {"24121984", "19841224", "12241984", "24.12.1984", "1984-12-24!"},
		"the name":           {"adabyron", "Byron1915!", "Ada Byron", "ada.byron", "nada.byron"[1:] + "1", "millLane12"},
	} {
		for _, password := range list {
			if got := passwordProblem(password); !strings.Contains(got, "tried") {
				t.Errorf("%s: %q passes, or is refused for something else: %q", what, password, got)
			}
		}
	}
}

func TestOtherPasswordsPass(t *testing.T) {
	for _, password := range []string{
		"a quiet room with a view", "correct horse battery staple", "coffee sunflower monkey", "kettle-orbit-fennel", "k3x9q2vb",
		"xkqzvjwp", "Tr0mbone%gravy", "eine lange Bahnfahrt", "密码不容易被猜到啊", "🎈🎻🥦🦔🛶🪁🧵🪴", "83650174962", "my dog ate 7 pies",
		"password of the third kind", strings.Repeat("x7", 3) + "quiet lamp", "\x00\x01\x02\x03 odd but fine",
	} {
		if got := passwordProblem(password); got != "" {
			t.Errorf("%q: %s", password, got)
		}
	}
}

func TestPasswordsHaveLimits(t *testing.T) {
	long := strings.Repeat("é ü7ß", 60)
	for password, want := range map[string]string{
		"":                         "at least 8",
		"seven77":                  "at least 8",
		long:                       "at most 256",
		"not text \xff\xfe at all": "UTF-8",
	} {
		if got := passwordProblem(password); !strings.Contains(got, want) {
			t.Errorf("%d characters: %q, want %q", len(password), got, want)
		}
	}
	if got := passwordProblem(string([]rune(long)[:256])); got != "" {
		t.Errorf("a long one: %s", got)
	}
}

func TestPasswordWordsAreSortedAndInTheFormThatIsCompared(t *testing.T) {
	text, err := os.ReadFile("password_words.txt")
	if err != nil {
		t.Fatal(err)
	}
	words := slices.DeleteFunc(strings.Split(strings.TrimSpace(string(text)), "\n"), func(line string) bool { return line[0] == '#' })
	if !slices.IsSorted(words) {
		t.Error("the words are not sorted")
	}
	for i, w := range words {
		if w != strings.ToLower(strings.TrimSpace(w)) || len(w) < 3 || i > 0 && w == words[i-1] {
			t.Errorf("%q", w)
		}
	}
}

func FuzzCheckPassword(f *testing.F) {
	f.Add("password1", "ada@example.org", "Ada")
	f.Add("äöü123\xff", "", "")
	f.Fuzz(func(t *testing.T, password, email, name string) {
		var p appliance.Problems
		appliance.CheckPassword(&p, "password", password, appliance.Account{Email: email, Name: name})
		if len(p) > 1 {
			t.Errorf("%d problems", len(p))
		}
	})
}

func BenchmarkCheckPassword(b *testing.B) {
	long := strings.Repeat("a1b2 quiet", 25)
	for b.Loop() {
		var p appliance.Problems
		appliance.CheckPassword(&p, "password", long, ada)
	}
}
