package paper_test

import (
	"encoding/xml"
	"io"
	"strings"
	"testing"
	"time"

	"harmonium/appliance/paper"
)

// hostile is what somebody may write to be read as something else.
const hostile = "</p><script>alert(1)</script>&lt;\x00\x1b'\"=1+1"

// sample is a document with every kind of block, each of them hostile.
func sample() paper.Document {
	at := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	return paper.Document{Language: "en", Title: "Title " + hostile, Lead: "Lead " + hostile, Foot: "Foot " + hostile, Page: "Page {page} of {pages}",
		At: at, Blocks: []paper.Block{
			{Kind: paper.Heading, Level: 2, Text: "Heading " + hostile},
			{Kind: paper.Heading, Level: 9, Text: "Deep"},
			{Kind: paper.Label, Text: "Label " + hostile},
			{Text: "One\nTwo " + hostile, Label: "Anna " + hostile, ID: "t1"},
			{Kind: paper.Words, Own: true, Text: "Own " + hostile, By: "By " + hostile, To: "t1"},
			{Kind: paper.Words, Text: "Paraphrase " + hostile, By: "By"},
			{Text: "قالت إن الورشة مليئة بالغبار."},
			{Kind: paper.Notice, Text: "Notice " + hostile},
			{Kind: paper.Fine, Text: "Fine " + hostile},
			{Kind: paper.Grid, Table: &paper.Table{Title: "Table", Columns: []string{"A " + hostile, "B", "C"},
				Rows: [][]paper.Cell{{"Cell " + hostile, 1234, at}, {nil, 0.5, time.Time{}}}}},
		}}
}

func TestAPageShowsWhatPeopleWroteAndRunsNothing(t *testing.T) {
	page := string(paper.HTML(sample()))
	for _, want := range []string{"default-src 'none'", `<html lang="en" dir="ltr">`, "Own &lt;/p&gt;&lt;script&gt;", "&amp;lt;", `<p dir="auto">قالت`,
		`href="#t1"`, `id="t1"`, "One<br />\nTwo", `<td class="number">1234</td>`, "2026-11-30 12:00", "<h4"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	for _, bad := range []string{"<script", "\x00", "\x1b", "http://", "https://", "src="} {
		if strings.Contains(strings.ReplaceAll(page, "default-src", ""), bad) {
			t.Errorf("the page has %q", bad)
		}
	}
	// Every element that is opened is closed, in order.
	d := xml.NewDecoder(strings.NewReader(strings.TrimPrefix(page, "<!doctype html>\n")))
	d.Entity = xml.HTMLEntity
	for {
		if _, err := d.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

func TestAPageInArabicReadsFromTheRight(t *testing.T) {
	if page := string(paper.HTML(paper.Document{Language: "ar", Title: "النتائج"})); !strings.Contains(page, `<html lang="ar" dir="rtl">`) {
		t.Error("it reads from the left")
	}
}
