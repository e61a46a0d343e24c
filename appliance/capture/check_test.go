package capture_test

import (
	"strings"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/capture"
)

func TestLoopsAreTold(t *testing.T) {
	for _, c := range []struct {
		text  string
		loops bool
	}{
		{"", false},
		{"No, no, no, no. That was not it.", false},
		{"It was late, it was late, and nobody came.", false},
		{"We ask and we ask and we ask and then the shift is over.", false},
		{strings.Repeat("Thank you. ", 9), true},
		{"The night shift " + strings.Repeat("and then we wait ", 5), true},
		{strings.Repeat("the the ", 5), true},
		{"夜班交接的时候信息丢了", false},
		{"夜班" + strings.Repeat("谢谢大家", 6), true},
		{"Das ist sehr, sehr, sehr, sehr wichtig.", false},
	} {
		if got := capture.Loops(c.text); got != c.loops {
			t.Errorf("%.40q: loops is %v", c.text, got)
		}
	}
}

func TestForeignLettersAreTold(t *testing.T) {
	for _, c := range []struct {
		text     string
		language appliance.Language
		foreign  bool
	}{
		{"", "de", false},
		{"Die Übergabe dauert zu lange.", "de", false},
		{"Передача зміни триває надто довго.", "uk", false},
		{"Передача зміни триває надто довго.", "de", true},
		{"التسليم يستغرق وقتا طويلا", "ar", false},
		{"Thank you for watching", "ar", true},
		{"Примопредаја traje predugo", "sr", false},
		{"引き継ぎに時間がかかる", "ja", false},
		{"OK", "ar", false}, // too short to tell
		{"12:30, 14:45", "hi", false},
	} {
		if got := capture.Foreign(c.text, c.language); got != c.foreign {
			t.Errorf("%q in %s: foreign is %v", c.text, c.language, got)
		}
	}
}

func TestWhatNobodyCouldSayInTheTimeIsTold(t *testing.T) {
	sentence := "The handover takes too long and half of it is lost. " // 41 letters, two seconds when said fast
	for _, c := range []struct {
		text   string
		within time.Duration
		fast   bool
	}{
		{"", 0, false},
		{"Yes, of course.", 300 * time.Millisecond, false},
		{sentence, 2 * time.Second, false},
		{strings.Repeat(sentence, 10), 20 * time.Second, false},
		{strings.Repeat(sentence, 10), 5 * time.Second, true},
		{sentence + sentence, time.Second / 2, true},
		{strings.Repeat("夜班交接", 6), 4 * time.Second, false},
		{strings.Repeat("夜班交接", 30), 4 * time.Second, true},
	} {
		if got := capture.TooFast(c.text, c.within); got != c.fast {
			t.Errorf("%.40q in %v: too fast is %v", c.text, c.within, got)
		}
	}
}

func TestPiecesAreJoined(t *testing.T) {
	u := func(text string) capture.Utterance { return capture.Utterance{Text: text} }
	over := func(text string) capture.Utterance {
		return capture.Utterance{Text: text, Span: capture.Span{Overlaps: true}}
	}
	gap := capture.Utterance{Inaudible: true}
	for _, c := range []struct {
		list []capture.Utterance
		want string
	}{
		{nil, ""},
		{[]capture.Utterance{u("One."), u(""), u("Two.")}, "One. Two."},
		{[]capture.Utterance{u("We went to the ward,"), over("The ward was empty.")}, "We went to the ward, was empty."},
		{[]capture.Utterance{u("We went to the ward."), u("The ward was empty.")}, "We went to the ward. The ward was empty."},
		{[]capture.Utterance{u("One."), gap, over("Two.")}, "One. […] Two."},
		{[]capture.Utterance{gap}, "[…]"},
		{[]capture.Utterance{u("One."), over("one.")}, "One."},
	} {
		if got := capture.Join(c.list); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
