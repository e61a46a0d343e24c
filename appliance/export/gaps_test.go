package export_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/ledongthuc/pdf"

	"harmonium/appliance"
	"harmonium/appliance/export"
	"harmonium/appliance/store"
	"harmonium/appliance/synthesis"
)

// meeting puts a recorded meeting into the session of which nothing but its first ten seconds was understood, and one minute of
// which never came.
func (d *desk) meeting(title string) appliance.ConversationID {
	d.t.Helper()
	ctx := d.t.Context()
	by := store.By{Actor: "host"}
	id, err := d.CreateRecording(ctx, by, store.Once{}, store.NewRecording{Session: d.session.ID, Title: title,
		Recording: appliance.Recording{Provider: appliance.ProvidedBrowser, Keep: appliance.KeepWithText}})
	if err != nil {
		d.t.Fatal(err)
	}
	if err := d.CloseRecording(ctx, by, id); err != nil {
		d.t.Fatal(err)
	}
	w, ok, err := d.OpenWriting(ctx, id)
	if !ok || err != nil {
		d.t.Fatal(ok, err)
	}
	if going, err := d.RunWriting(ctx, id, w.Version, appliance.WritingRunning); !going || err != nil {
		d.t.Fatal(going, err)
	}
	segments := []appliance.Segment{{EndMS: 10_000, State: appliance.SegmentWaiting},
		{Position: 1, StartMS: 10_000, EndMS: 35_000, State: appliance.SegmentWaiting},
		{Position: 2, StartMS: 35_000, EndMS: 50_000, State: appliance.SegmentWaiting},
		{Position: 3, StartMS: 3_600_000, EndMS: 3_660_000, State: appliance.SegmentMissing}}
	if _, err := d.PlanSegments(ctx, id, w.Version, segments); err != nil {
		d.t.Fatal(err)
	}
	for i, g := range segments[:3] {
		if g.State = appliance.SegmentInaudible; i == 0 {
			g.State, g.Text, g.Language = appliance.SegmentHeard, sawdust, "en"
		}
		if _, err := d.SaveSegment(ctx, id, w.Version, g); err != nil {
			d.t.Fatal(err)
		}
	}
	if done, _, err := d.FinishWriting(ctx, id, w.Version); !done || err != nil {
		d.t.Fatal(done, err)
	}
	return id
}

// signs gives what stands on a page of a PDF, without spaces.
func signs(c pdf.Content) (all string) {
	for _, sign := range c.Text {
		all += strings.TrimSpace(sign.S)
	}
	return all
}

func TestTheHeadOfTheReportNamesTheGapsOfMeetings(t *testing.T) {
	d := newDesk(t)
	id := d.meeting("Handover")
	d.report()
	const want = "Of the meeting “Handover”, 2 parts are not in the transcript: 0:10–0:50 (not understood), 1:00:00–1:01:00 (no sound)."
	r, err := d.Results(t.Context(), d.session.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{want}, synthesis.Missing(r)); diff != "" {
		t.Error(diff)
	}
	for _, f := range []export.Format{export.Markdown, export.HTML, export.DOCX, export.JSON} {
		told := text(t, d.make(export.Request{Format: f}))
		if at := strings.Index(told, want); at < 0 || at > strings.Index(told, "At a glance") && f != export.JSON {
			t.Errorf("%s says so at %d", f, at)
		}
	}
	content := d.make(export.Request{Format: export.PDF}).Content
	file, err := pdf.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	if printed := file.Page(1).Content(); !strings.Contains(signs(printed), "0:50(notunderstood)") {
		t.Errorf("the printed report says %q", signs(printed))
	}

	forbid := appliance.NoExport
	if _, err := d.Restrict(t.Context(), store.By{Actor: "host"}, id, appliance.RestrictionChange{Set: &forbid}, store.Once{}); err != nil {
		t.Fatal(err)
	}
	for _, f := range []export.Format{export.Markdown, export.JSON} {
		if told := text(t, d.make(export.Request{Format: f})); strings.Contains(told, "Handover") || strings.Contains(told, "0:10") {
			t.Errorf("%s tells of a meeting that must not be handed out", f)
		}
	}
	if r, err = d.Results(t.Context(), d.session.ID); err != nil || !slices.Contains(synthesis.Missing(r), want) {
		t.Errorf("on the box it is still named: %q, %v", synthesis.Missing(r), err)
	}
	forbid = appliance.NoSynthesis
	if _, err := d.Restrict(t.Context(), store.By{Actor: "host"}, id, appliance.RestrictionChange{Set: &forbid}, store.Once{}); err != nil {
		t.Fatal(err)
	}
	if r, err = d.Results(t.Context(), d.session.ID); err != nil || strings.Contains(strings.Join(synthesis.Missing(r), ""), "Handover") {
		t.Errorf("what must not be in results is named in them: %q, %v", synthesis.Missing(r), err)
	}
}

func TestOfManyGapsTheFirstAreNamedAndTheOthersCounted(t *testing.T) {
	var gaps []appliance.Segment
	for i := range int64(23) {
		gaps = append(gaps, appliance.Segment{StartMS: i * 10_000, EndMS: i*10_000 + 5_000, State: appliance.SegmentMissing})
	}
	told := synthesis.GapsOf("en", "Handover", gaps)
	if strings.Count(told, "no sound") != 20 || !strings.HasSuffix(told, fmt.Sprintf("%d more.", 3)) || !strings.Contains(told, "23 parts") {
		t.Errorf("%q", told)
	}
}
