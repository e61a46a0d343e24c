package web_test

import (
	"strings"
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

func TestATranscriptIsGivenAsCaptions(t *testing.T) {
	d := newDesk(t)
	d.person("owner", appliance.RoleOwner)
	s := d.open(func(*appliance.Session, *appliance.Form) {})
	id, err := d.store.AddTranscript(t.Context(), store.By{Actor: "test"}, s.ID, appliance.Transcript{Title: "Round", Utterances: []appliance.Utterance{
		{Speaker: "Ada", Text: "The saws --> are blunt.", StartMS: 1_500, EndMS: 3_000}, {Speaker: "Bo", Text: "Since May.", StartMS: 3_661_000, EndMS: 3_662_250}}}, store.Once{})
	if err != nil {
		t.Fatal(err)
	}
	for format, want := range map[string]string{"srt": "00:00:01,500 --> 00:00:03,000", "vtt": "01:01:01.000 --> 01:01:02.250"} {
		answer := d.send("owner", "GET", "/api/v1/meetings/"+string(id)+"/captions?format="+format, nil)
		text := answer.Body.String()
		if answer.Code != 200 || !strings.Contains(text, want) || !strings.Contains(text, "Since May.") || strings.HasPrefix(text, "WEBVTT") != (format == "vtt") ||
			strings.Count(text, "-->") != 2 {
			t.Errorf("%s: status %d, %q", format, answer.Code, text)
		}
	}
}
