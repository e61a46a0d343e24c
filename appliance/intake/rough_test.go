package intake_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"harmonium/appliance"
	"harmonium/appliance/intake"
)

// Transcripts as people have them: with what programs leave between the lines. No word is lost, and nobody's words are taken for a
// table.
func TestRoughTranscriptsComeInWhole(t *testing.T) {
	for name, c := range map[string]struct {
		file  string
		turns []appliance.Utterance
	}{
		"SubRip with an empty line in a cue": {"1\n00:00:01,000 --> 00:00:02,000\nAda: One\n\nand two.\n\n2\n\n00:00:05,000 --> 00:00:06,000\nBo: Three.\n\n\n3\n",
			[]appliance.Utterance{turn("Ada", "One and two.", 1000, 2000), turn("Bo", "Three.", 5000, 6000)}},
		"WebVTT with an empty line in a cue": {"WEBVTT\nKind: captions\n\nname\n00:01.000 --> 00:02.000\n<v Ada>One\n\nand two.\n\nNOTE\nnot said\n",
			[]appliance.Utterance{turn("Ada", "One and two.", 1000, 2000)}},
		"lines that end as they did long ago": {"1\r00:00:01,000 --> 00:00:02,000\rAda: One.\r\r2\r00:00:09,000 --> 00:00:10,000\rBo: Two.\r",
			[]appliance.Utterance{turn("Ada", "One.", 1000, 2000), turn("Bo", "Two.", 9000, 10_000)}},
		"each speaks once": {"Ada: One.\nBo: Two.", []appliance.Utterance{turn("Ada", "One.", 0, 0), turn("Bo", "Two.", 0, 0)}},
		"marks of direction": {"\u200fأمل: نعم.\n\u2067نور\u2069: لا.\n\u200fأمل\u200f:\u200f نعم.\n",
			[]appliance.Utterance{turn("أمل", "نعم.", 0, 0), turn("نور", "لا.", 0, 0), turn("أمل", "نعم.", 0, 0)}},
		"a space before the colon, as the French have it": {"Ada\u00a0:\u00a0oui.\nBo\u202f: non.\nAda : si.\n",
			[]appliance.Utterance{turn("Ada", "oui.", 0, 0), turn("Bo", "non.", 0, 0), turn("Ada", "si.", 0, 0)}},
		"a wide colon": {"田中：はい。\n鈴木：いいえ。\n田中：そうです。\n",
			[]appliance.Utterance{turn("田中", "はい。", 0, 0), turn("鈴木", "いいえ。", 0, 0), turn("田中", "そうです。", 0, 0)}},
		"times and no names": {"[00:00:01] One.\n[00:00:05] Two.\nand a half.\n",
			[]appliance.Utterance{turn("", "One.", 1000, 1000), turn("", "Two.\nand a half.", 5000, 5000)}},
		"lines written differently": {"Ada: Zürich.\nBo: Gen\xe8ve.\nAda: Zürich.\n",
			[]appliance.Utterance{turn("Ada", "Zürich.", 0, 0), turn("Bo", "Genève.", 0, 0), turn("Ada", "Zürich.", 0, 0)}},
		"a turn a line": {`{"speaker":"Ada","text":"One."}` + "\n\n" + `{"speaker":1,"text":"Two.","time":"0:05"}`,
			[]appliance.Utterance{turn("Ada", "One.", 0, 0), turn("1", "Two.", 5000, 5000)}},
		"voices that are numbers": {`{"segments":[{"start":0,"end":1,"text":"One.","speaker":0},{"start":1,"end":2,"text":"Two.","speaker":1}]}`,
			[]appliance.Utterance{turn("0", "One.", 0, 1000), turn("1", "Two.", 1000, 2000)}},
	} {
		f, err := intake.Read([]byte(c.file), nil)
		if err != nil || f.Kind != intake.Conversations || len(f.Transcripts) != 1 {
			t.Errorf("%s: %d of kind %q, %v", name, len(f.Transcripts), f.Kind, err)
			continue
		}
		if d := cmp.Diff(c.turns, f.Transcripts[0].Utterances); d != "" {
			t.Errorf("%s: (-want +got)\n%s", name, d)
		}
	}
}

func TestWordsThatNameNobodyAreNoTable(t *testing.T) {
	for file, want := range map[string][]string{
		"We met on Monday, all of us.\nWe decided nothing.\n": {"We met on Monday, all of us.", "We decided nothing."},
		"One line\nand the next.\r\n\r\nAnother part.":        {"One line\nand the next.", "Another part."},
		"We met on Monday, all of us.\n\nWe left, early.\n":   {"We met on Monday, all of us.", "We left, early."},
		"Alone.": {"Alone."},
	} {
		f, err := intake.ReadText([]byte(file), nil)
		if err != nil || f.Kind != intake.Conversations || len(f.Transcripts) != 1 {
			t.Errorf("%q: %d of kind %q, %v", file, len(f.Transcripts), f.Kind, err)
			continue
		}
		var got []string
		for _, u := range f.Transcripts[0].Utterances {
			got = append(got, u.Text)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%q: (-want +got)\n%s", file, d)
		}
	}
	f, err := intake.ReadText([]byte("Name,Answer\nAda,\"The saws, all of them\"\n"), nil)
	if err != nil || f.Kind != intake.Table {
		t.Errorf("a table is %q, %v", f.Kind, err)
	}
}

func TestWhatCannotBeReadIsNamedByItsPart(t *testing.T) {
	for file, want := range map[string]string{
		`{"segments":[{"text":"One."},{"text":5}]}`: "meeting, segments[1], field text",
		`{"utterances":[{"speaker":"A","text":"x"}]}` + "\n" + `{"utterances":[{"speaker":"A","text":"x"},{"speaker":{},"text":"x"}]}`: "line 2, utterances[1], field speaker",
		"WEBVTT\n\n00:01.000 --> 00:02.000\nOne.\n\n200:00:00.000 --> 200:00:01.000\nTwo.\n":                                           "captions, turn 2",
	} {
		if _, err := intake.Read([]byte(file), nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", file, err)
		}
	}
	f, err := intake.Read([]byte(`{"utterances":[{"text":"One.","time":"noon"},{"text":"Two.","start":1e12},{"text":"Three.","time":null,"end":""}]}`), nil)
	if err != nil || f.Notes[intake.Untimed] != 2 {
		t.Errorf("times that cannot be read: %v, %v", f.Notes, err)
	}
}

// Who asks is told by names, which may be wrong: the host of a meeting decides along with the others.
func TestWhoAsksCanBeSaidOtherwise(t *testing.T) {
	const file = "Host: We order.\nAda: What?\nHost: Saws.\n"
	read := func(turned ...int) ([]intake.Speaker, int, error) {
		f, err := intake.Read([]byte(file), nil)
		if err != nil {
			t.Fatal(err)
		}
		list, err := f.Speakers(turned)
		return list, f.Count().Words, err
	}
	for _, c := range []struct {
		turned []int
		want   []intake.Speaker
		words  int
	}{
		{nil, []intake.Speaker{{Name: "Host", Asks: true, Turns: 2}, {Name: "Ada", Turns: 1}}, 1},
		{[]int{0, 1}, []intake.Speaker{{Name: "Host", Turns: 2}, {Name: "Ada", Asks: true, Turns: 1}}, 3},
	} {
		got, words, err := read(c.turned...)
		if d := cmp.Diff(c.want, got); d != "" || words != c.words || err != nil {
			t.Errorf("%v: %d words, %v (-want +got)\n%s", c.turned, words, err, d)
		}
	}
	for want, turned := range map[string]int{"numbered from 0": 2, "all of them only ask": 1} {
		if _, _, err := read(turned); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%d: %v", turned, err)
		}
	}
}
