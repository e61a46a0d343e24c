package export_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/export"
	"harmonium/appliance/store"
	"harmonium/appliance/synthesis"
)

// round brings a meeting in, of which somebody decides and promises something, with times.
func (d *desk) round(said ...string) appliance.ConversationID {
	d.t.Helper()
	t := appliance.Transcript{Title: "Handover"}
	for i, text := range said {
		t.Utterances = append(t.Utterances, appliance.Utterance{Speaker: []string{"Ada", "Grace"}[i%2], Text: text,
			StartMS: int64(i) * 61_000, EndMS: int64(i+1) * 61_000})
	}
	id, err := d.AddTranscript(d.t.Context(), store.By{Actor: "host"}, d.session.ID, t, store.Once{})
	if err != nil {
		d.t.Fatal(err)
	}
	d.report()
	return id
}

func (d *desk) minutes(id appliance.ConversationID, f export.Format, names bool) (export.File, error) {
	d.t.Helper()
	return d.exports.Minutes(d.t.Context(), store.By{Actor: "host"}, export.MinutesRequest{Meeting: id, Format: f, Names: names,
		JSON: func(_ store.MeetingMaterial, k synthesis.Minutes) ([]byte, error) { return json.Marshal(k) }})
}

const (
	agreed = "We have decided that the broken lamps in the corridor are replaced before the winter."
	orders = "I will order the new lamps for the corridor by Friday."
)

func TestMinutesAreHandedOutWithTheTimesOfTheirWords(t *testing.T) {
	d := newDesk(t)
	id := d.round(agreed, orders)
	for _, f := range []export.Format{export.Markdown, export.HTML, export.DOCX, export.PDF, export.JSON} {
		file, err := d.minutes(id, f, false)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(file.Name, "handover.") || len(file.Content) == 0 || file.Type == "" {
			t.Errorf("%s is %s (%s), %d bytes", f, file.Name, file.Type, len(file.Content))
		}
		if f == export.PDF {
			continue // its letters are found in TestTheHeadOfTheReportNamesTheGapsOfMeetings
		}
		told := text(t, file)
		for _, want := range []string{agreed, orders, "by Friday"} {
			if !strings.Contains(told, want) {
				t.Errorf("%s lacks %q", f, want)
			}
		}
		if f != export.JSON && (!strings.Contains(told, "Participant 2 · 1:01") || !strings.Contains(told, "What was decided")) {
			t.Errorf("%s does not say who said it and when:\n%s", f, told)
		}
		if strings.Contains(told, "Grace") {
			t.Errorf("%s names who speaks, unasked", f)
		}
	}
	file, err := d.minutes(id, export.Markdown, true)
	if err != nil || !strings.Contains(text(t, file), "Grace (Participant 2) · 1:01") {
		t.Errorf("with names: %s, %v", file.Content, err)
	}
	if _, err := d.minutes(id, export.XLSX, false); appliance.CodeOf(err) != appliance.CodeValidation {
		t.Errorf("a workbook of minutes: %v", err)
	}
}

func TestGapsStandAtTheHeadOfMinutes(t *testing.T) {
	d := newDesk(t)
	id := d.meeting("Handover")
	d.report()
	file, err := d.minutes(id, export.Markdown, false)
	if err != nil {
		t.Fatal(err)
	}
	told := text(t, file)
	at := strings.Index(told, "0:10–0:50 (not understood), 1:00:00–1:01:00 (no sound)")
	if at < 0 || at > strings.Index(told, "\n## ") {
		t.Errorf("the gaps are told at %d:\n%s", at, told)
	}
}

func TestMinutesOfAMeetingThatMustNotBeHandedOutAreNone(t *testing.T) {
	d := newDesk(t)
	id := d.round(agreed, orders)
	for _, forbid := range []appliance.Restrictions{appliance.NoExport, appliance.NoSynthesis, appliance.NoUse} {
		if _, err := d.Restrict(t.Context(), store.By{Actor: "host"}, id, appliance.RestrictionChange{Set: &forbid}, store.Once{}); err != nil {
			t.Fatal(err)
		}
		if file, err := d.minutes(id, export.Markdown, false); appliance.CodeOf(err) != appliance.CodeForbidden || len(file.Content) > 0 {
			t.Errorf("%v: %v", forbid.Scopes(), err)
		}
	}
}

// A recording that was never written down is named in every file, with why and how much sound it is.
func TestARecordingWithoutATranscriptIsNamedAtTheHeadOfTheReport(t *testing.T) {
	d := newDesk(t)
	id, err := d.CreateRecording(t.Context(), store.By{Actor: "host"}, store.Once{}, store.NewRecording{Session: d.session.ID, Title: "Circle",
		Recording: appliance.Recording{Provider: appliance.ProvidedBrowser, Keep: appliance.KeepWithText}})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := d.BeginTake(t.Context(), id, 0, "device"); err != nil {
		t.Fatal(err)
	}
	if err := d.AddPiece(t.Context(), store.TakePath{ID: id}, 0, 43*60*16_000-8, make([]byte, 16)); err != nil {
		t.Fatal(err)
	}
	d.report()
	named := func(why string) {
		t.Helper()
		want := "Not in this report: “Circle”, 43 min of sound without a transcript (" + why + ")."
		for _, f := range []export.Format{export.Markdown, export.HTML, export.JSON} {
			if told := text(t, d.make(export.Request{Format: f})); !strings.Contains(told, want) {
				t.Errorf("%s does not say %q", f, want)
			}
		}
		if told := text(t, d.make(export.Request{Format: export.CSV, Table: export.Report})); !strings.Contains(told, want) {
			t.Errorf("the table of the report does not say %q:\n%s", want, told)
		}
	}
	named("it is still being recorded")
	if err := d.CloseRecording(t.Context(), store.By{Actor: "host"}, id); err != nil {
		t.Fatal(err)
	}
	named("it waits to be transcribed")
	if err := d.CancelWriting(t.Context(), store.By{Actor: "host"}, id); err != nil {
		t.Fatal(err)
	}
	named("its transcription was stopped")
	other, err := d.CreateRecording(t.Context(), store.By{Actor: "host"}, store.Once{}, store.NewRecording{Session: d.session.ID, Title: "Gone",
		Recording: appliance.Recording{Provider: appliance.ProvidedBrowser, Keep: appliance.KeepWithText}})
	if err != nil {
		t.Fatal(err)
	}
	_, _, begun := d.BeginTake(t.Context(), other, 0, "device")
	added := d.AddPiece(t.Context(), store.TakePath{ID: other}, 0, 0, make([]byte, 60*2*16_000))
	closed := d.CloseRecording(t.Context(), store.By{Actor: "host"}, other)
	erased := d.EraseSound(t.Context(), store.By{Actor: "host"}, other, "")
	if err := errors.Join(begun, added, closed, erased); err != nil {
		t.Fatal(err)
	}
	want := "Not in this report: “Gone”, 1 min of sound without a transcript (its sound was erased before that)."
	for _, f := range []export.Format{export.Markdown, export.JSON} {
		if told := text(t, d.make(export.Request{Format: f})); !strings.Contains(told, want) {
			t.Errorf("%s does not say %q", f, want)
		}
	}
	for _, forbid := range []appliance.Restrictions{appliance.NoExport, appliance.NoSynthesis} {
		if _, err := d.Restrict(t.Context(), store.By{Actor: "host"}, id, appliance.RestrictionChange{Set: &forbid}, store.Once{}); err != nil {
			t.Fatal(err)
		}
		if told := text(t, d.make(export.Request{Format: export.Markdown})); strings.Contains(told, "Circle") {
			t.Errorf("%v: it is named all the same", forbid.Scopes())
		}
	}
}
