package tabular_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"harmonium/appliance/tabular"
)

func TestWordsThatBeginLikeAFormulaStayWords(t *testing.T) {
	for _, text := range []string{
		"=1+1", "=HYPERLINK(\"http://example.org\",\"Click\")", "+cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0", "@SUM(A1:A9)",
		"  =1+1", "\u00a0=1", "\u200b=1", "\ufeff=1", "\u202e=1", "\x01=1", "\x00=1", "\t=1", "\r=1", "\n=1", "\tplain", "＝1+1", "＠x", "|calc", "%0",
		"-", "+", "- more time", "-1-1", "+1 for this", "-1,2,3",
	} {
		if got := tabular.Cell(text); !strings.HasPrefix(got, "'") {
			t.Errorf("a spreadsheet may take %q for a formula: %q", text, got)
		}
	}
}

func TestEverythingElseStaysAsItIs(t *testing.T) {
	for _, text := range []string{
		"", "plain", "Yes = no", "5", "-5", "+3.2", "-0,5", "2026-11-30", "a@b.example", "'quoted'", "“=1”", "100%", "  two blanks",
		"عربي", "one\ntwo",
	} {
		if got := tabular.Cell(text); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}

func TestACellIsUTF8WithoutNUL(t *testing.T) {
	if got := tabular.Cell("a\x00b\xff"); got != "ab\uFFFD" {
		t.Errorf("got %q", got)
	}
}

func TestARowIsItsCells(t *testing.T) {
	if got := strings.Join(tabular.Row("a", "=b", "-1"), "|"); got != "a|'=b|-1" {
		t.Errorf("got %q", got)
	}
}

func TestNumbersCanBeCountedWith(t *testing.T) {
	for want, n := range map[string]float64{"3": 3, "-0.5": -0.5, "1234567": 1234567} {
		if got := tabular.Number(n); got != want {
			t.Errorf("%v became %q", n, got)
		}
	}
}

func FuzzCell(f *testing.F) {
	f.Add("=1")
	f.Add("\u200b\xff=")
	f.Fuzz(func(t *testing.T, text string) {
		got := tabular.Cell(text)
		if !utf8.ValidString(got) {
			t.Errorf("not UTF-8: %q", got)
		}
		if got != "" && strings.ContainsAny(got[:1], "=@\t\r\n\x00") {
			t.Errorf("a formula: %q", got)
		}
		if again := tabular.Cell(got); again != got {
			t.Errorf("%q became %q", got, again)
		}
	})
}
