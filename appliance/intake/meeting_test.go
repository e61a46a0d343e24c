package intake_test

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"harmonium/appliance"
	"harmonium/appliance/intake"
	"harmonium/appliance/testkit"
)

// turn is a turn as it is expected.
func turn(speaker, text string, start, end int64) appliance.Utterance {
	return appliance.Utterance{Speaker: speaker, Asks: appliance.AsksByName(speaker), Text: text, StartMS: start, EndMS: end}
}

func TestTranscriptsOfMeetings(t *testing.T) {
	for name, c := range map[string]struct {
		file  string
		turns []appliance.Utterance
		notes map[intake.Note]int
	}{
		"text with speakers": {"Ada: The saws are blunt.\nThey have been for weeks.\n\nBo: Since May: yes.\nAda: Who orders?\n", []appliance.Utterance{
			turn("Ada", "The saws are blunt.\nThey have been for weeks.", 0, 0), turn("Bo", "Since May: yes.", 0, 0), turn("Ada", "Who orders?", 0, 0)}, nil},
		"times in front": {"[00:00:05] Dr. Ada Lov: Well.\n[00:01:10] Bo: At 12:30 we meet.\n", []appliance.Utterance{
			turn("Dr. Ada Lov", "Well.", 5000, 5000), turn("Bo", "At 12:30 we meet.", 70_000, 70_000)}, nil},
		"times behind the name": {"**Ada (0:05):** Well.\n**Bo (1:10):** Yes.\n**Ada (1:12):** So.\n", []appliance.Utterance{
			turn("Ada", "Well.", 5000, 5000), turn("Bo", "Yes.", 70_000, 70_000), turn("Ada", "So.", 72_000, 72_000)}, nil},
		"name and time above the words": {"Ada Lov  0:05\nWell.\nAnd: so on.\n\nBo  1:10\nYes.\n", []appliance.Utterance{
			turn("Ada Lov", "Well.", 5000, 5000), turn("And", "so on.", 0, 0), turn("Bo", "Yes.", 70_000, 70_000)}, nil},
		"what comes before the first speaker": {"Meeting of May\nAda: One.\nBo: Two.\nAda: Three.\n", []appliance.Utterance{
			turn("", "Meeting of May", 0, 0), turn("Ada", "One.", 0, 0), turn("Bo", "Two.", 0, 0), turn("Ada", "Three.", 0, 0)}, nil},
		"in another script": {"أمل: المناشير غير حادة.\nنور: منذ مايو.\nأمل: نعم.\n", []appliance.Utterance{
			turn("أمل", "المناشير غير حادة.", 0, 0), turn("نور", "منذ مايو.", 0, 0), turn("أمل", "نعم.", 0, 0)}, nil},
		"WebVTT with voices": {"WEBVTT\n\nNOTE\na --> b: Ada: no cue\n\n1\n00:01.000 --> 00:02.500 align:start\n<v Ada Lov>The saws <i>are</i>\nblunt &amp; old,</v>\n\n00:03.000 --> 00:04.000\n<v.loud Ada Lov>all of them.\n\n00:09.000 --> 00:10.000\n<v Bo>3 < 4 and 5 > 4</v>\n",
			[]appliance.Utterance{turn("Ada Lov", "The saws are blunt & old, all of them.", 1000, 4000), turn("Bo", "3 < 4 and 5 > 4", 9000, 10_000)}, nil},
		"WebVTT with names": {"WEBVTT\r\n\r\n00:00:01.000 --> 00:00:02.000\r\nAda: One\r\n\r\n00:00:02.000 --> 00:00:03.000\r\nand two.\r\n\r\n00:00:03.000 --> 00:00:04.000\r\nBo: Three.\r\n",
			[]appliance.Utterance{turn("Ada", "One and two.", 1000, 3000), turn("Bo", "Three.", 3000, 4000)}, nil},
		"SubRip": {"1\n00:00:01,000 --> 00:00:02,000\n{\\an8}The saws are\n\n2\n00:00:02,100 --> 00:00:03,000\n<b>blunt.</b>\n\n3\n01:00:00,000 --> 01:00:01,000\nAn hour later.\n",
			[]appliance.Utterance{turn("", "The saws are blunt.", 1000, 3000), turn("", "An hour later.", 3_600_000, 3_601_000)}, nil},
		"times that overlap and run back": {"1\n00:00:05,000 --> 00:00:03,000\nOne.\n\n2\n00:00:04,000 --> 00:00:06,000\nTwo.\n",
			[]appliance.Utterance{turn("", "One.", 5000, 5000), turn("", "Two.", 4000, 6000)}, map[intake.Note]int{intake.Times: 1}},
		"Whisper": {`{"text":" One two. Three.","language":"en","segments":[{"id":0,"start":0.5,"end":1.25,"text":" One","tokens":[1]},{"start":1.3,"end":2,"text":" two."},{"start":9,"end":10,"text":" Three."}]}`,
			[]appliance.Utterance{turn("", "One two.", 500, 2000), turn("", "Three.", 9000, 10_000)}, nil},
		"WhisperX": {`{"segments":[{"start":0.5,"end":1,"text":" One.","speaker":"SPEAKER_00","words":[{"word":"One."}]},{"start":1,"end":2,"text":" Two.","speaker":"SPEAKER_01"}],"word_segments":[]}`,
			[]appliance.Utterance{turn("SPEAKER_00", "One.", 500, 1000), turn("SPEAKER_01", "Two.", 1000, 2000)}, nil},
		"whisper.cpp": {`{"systeminfo":"x","result":{"language":"en"},"transcription":[{"timestamps":{"from":"00:00:00,000","to":"00:00:01,000"},"offsets":{"from":0,"to":1000},"text":" One."}]}`,
			[]appliance.Utterance{turn("", "One.", 0, 1000)}, nil},
		"turns with times": {`{"title":"May","utterances":[{"sequence":0,"speaker_id":null,"speaker_name":"Ada","start_ms":100,"end_ms":200,"text":"One."},{"speaker":"Bo","time":"0:01:05","text":"Two."}]}`,
			[]appliance.Utterance{turn("Ada", "One.", 100, 200), turn("Bo", "Two.", 65_000, 65_000)}, nil},
		"turns in a list alone": {`[{"sequence":0,"speaker_id":null,"speaker_name":"Ada","start_ms":100,"end_ms":200,"text":"One."},{"speaker":"Bo","time":"0:01:05","text":"Two."}]`,
			[]appliance.Utterance{turn("Ada", "One.", 100, 200), turn("Bo", "Two.", 65_000, 65_000)}, nil},
		"QMSum": {`{"topic_list":[],"meeting_transcripts":[{"speaker":"Grad C","content":"Uh , {vocalsound} okay . "},{"speaker":"PhD B","content":"Yeah ."}]}`,
			[]appliance.Utterance{turn("Grad C", "Uh , {vocalsound} okay . ", 0, 0), turn("PhD B", "Yeah .", 0, 0)}, nil},
	} {
		f, err := intake.Read([]byte(c.file), nil)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if f.Kind != intake.Conversations || len(f.Transcripts) != 1 {
			t.Errorf("%s: %d of kind %q", name, len(f.Transcripts), f.Kind)
			continue
		}
		if d := cmp.Diff(c.turns, f.Transcripts[0].Utterances); d != "" {
			t.Errorf("%s: (-want +got)\n%s", name, d)
		}
		if c.notes == nil {
			c.notes = map[intake.Note]int{}
		}
		if d := cmp.Diff(c.notes, f.Notes); d != "" {
			t.Errorf("%s: notes: (-want +got)\n%s", name, d)
		}
	}
}

func TestATableIsNoTranscript(t *testing.T) {
	for name, file := range map[string]string{
		"colons in answers":   "Name,Answer\nAda,Note: the saws\nAda,Plan: order more\nAda,Hope: soon\n",
		"a list of questions": "What holds you up?\nThe saws: they are blunt.\nNothing.\nThe noise.\nThe cold.\n",
	} {
		f, err := intake.Read([]byte(file), nil)
		if err != nil || f.Kind != intake.Table {
			t.Errorf("%s: kind %q, %v", name, f.Kind, err)
		}
	}
}

func TestCaptionsThatCannotBeReadAreNamedByTheirLine(t *testing.T) {
	_, err := intake.Read([]byte("WEBVTT\n\n00:01.000 --> 00:02.000\nOne.\n\n00:99.000 --> 00:03.000\nTwo.\n"), nil)
	if err == nil || !strings.Contains(err.Error(), "Line 6") {
		t.Errorf("%v", err)
	}
}

// Real meetings come in whole: every turn, in order, byte for byte.
func TestRealMeetingsComeInWhole(t *testing.T) {
	content, err := os.ReadFile(testkit.Data(t, "qmsum/val.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	f, err := intake.Read(content, nil)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.Split(bytes.TrimSpace(content), []byte("\n"))
	if len(f.Transcripts) != len(lines) {
		t.Fatalf("%d of %d meetings", len(f.Transcripts), len(lines))
	}
	for i, line := range lines {
		var meeting struct {
			Turns []struct{ Speaker, Content string } `json:"meeting_transcripts"`
		}
		if err := json.Unmarshal(line, &meeting); err != nil {
			t.Fatal(err)
		}
		got := f.Transcripts[i].Utterances
		if len(got) != len(meeting.Turns) {
			t.Fatalf("meeting %d: %d of %d turns", i, len(got), len(meeting.Turns))
		}
		for j, want := range meeting.Turns {
			if got[j].Text != want.Content || got[j].Speaker != strings.Join(strings.Fields(want.Speaker), " ") {
				t.Errorf("meeting %d: turn %d is not what it was", i, j)
			}
		}
	}
}

// What comes from elsewhere may be anything: it is read or refused, and no word of a turn is lost.
func FuzzTranscripts(f *testing.F) {
	for _, seed := range []string{"Ada: x\nBo: y\nAda: z", "WEBVTT\n\n00:01.000 --> 00:02.000\n<v A>x", "1\n00:00:01,000 --> 00:00:02,000\nx",
		`{"segments":[{"start":1,"end":2,"text":"x"}]}`, `{"meeting_transcripts":[{"speaker":"A","content":"x"}]}` + "\n" + `{"meeting_transcripts":[]}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		file, err := intake.Read(content, nil)
		if err != nil {
			return
		}
		for _, tr := range file.Transcripts {
			var p appliance.Problems
			if tr.Check(&p); p.Err() != nil {
				t.Fatalf("a transcript that cannot be stored: %v", p.Err())
			}
		}
	})
}
