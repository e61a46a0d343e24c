package appliance_test

import (
	"strings"
	"testing"

	"harmonium/appliance"
)

func problemOf(text string, required bool) string {
	var p appliance.Problems
	appliance.CheckText(&p, "field", text, 100, required)
	if len(p) == 0 {
		return ""
	}
	return p[0].Message
}

func TestTextThatNobodySeesIsEmpty(t *testing.T) {
	for _, text := range []string{"\u200b", "\u2060", "\u00ad", " \u200b\u00a0\n", "\u200d\u200c", "\u2800", "\u3164", "\ufe0f", "\u034f"} {
		if got := problemOf(text, true); got != "Please fill this in." {
			t.Errorf("%+q where text is required: %q", text, got)
		}
		if got := problemOf(text, false); !strings.Contains(got, "cannot be seen") {
			t.Errorf("%+q where text is possible: %q", text, got)
		}
	}
	for _, text := range []string{"", " ", "\n\t"} {
		if got := problemOf(text, false); got != "" {
			t.Errorf("%+q where text is possible: %q", text, got)
		}
		if problemOf(text, true) == "" {
			t.Errorf("%+q passes where text is required", text)
		}
	}
}

func TestCharactersThatHideOrReorderAreRefused(t *testing.T) {
	for _, r := range []rune{0, 0x07, 0x85, 0x2028, 0x2029, 0x202e, 0x2066, 0x206a, 0xfeff, 0xfff9, 0xfffe, 0xfdd0, 0x1fffe,
		0x1d173, 0xe0001, 0xe0041, 0xe007f} {
		if got := problemOf("be"+string(r)+"fore", false); !strings.Contains(got, "invisible control character") {
			t.Errorf("U+%04X: %q", r, got)
		}
	}
	flag := "\U0001F3F4\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F"
	for _, text := range []string{"two\r\nlines\tand a tab", "e\u0301 \u200emark", "co\u00adoperate", "👩‍👩‍👧", "❤️", flag + " " + flag,
		"می\u200cخواهم", "葛\U000E0100城"} {
		if got := problemOf(text, true); got != "" {
			t.Errorf("%+q: %q", text, got)
		}
	}
	if problemOf(flag+"\U000E0041", false) == "" {
		t.Error("a flag may be followed by hidden letters")
	}
}

func TestALineHasNoLineBreakOfAnyKind(t *testing.T) {
	for _, text := range []string{"a\nb", "a\rb", "a\u2028b", "a\u2029b", "a\u0085b"} {
		var p appliance.Problems
		appliance.CheckLine(&p, "field", text, 100, true)
		if len(p) != 1 {
			t.Errorf("%+q: %d problems", text, len(p))
		}
	}
}
