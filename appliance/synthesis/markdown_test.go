package synthesis_test

import (
	"strings"
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/store"
	"harmonium/appliance/synthesis"
)

func TestWhatPeopleWroteIsNotReadAsMarkdown(t *testing.T) {
	for said, want := range map[string]string{
		"plain words, don't change":        "plain words, don't change",
		"a*b*c and _d_ `e` ~f~":            "a\\*b\\*c and \\_d\\_ \\`e\\` \\~f\\~",
		"[link](http://x.example) ![i](u)": `\[link\](http://x.example) !\[i\](u)`,
		"<b>1 & 2 &lt; 3</b>":              "&lt;b&gt;1 &amp; 2 &amp;lt; 3&lt;/b&gt;",
		"# no heading":                     `\# no heading`,
		"> no quotation":                   "&gt; no quotation",
		"- no list":                        `\- no list`,
		"+ no list":                        `\+ no list`,
		"---":                              `\---`,
		"===":                              `\===`,
		"1. no list":                       `1\. no list`,
		"12) no list":                      `12\) no list`,
		"2-3 people":                       "2-3 people",
		"15 minutes":                       "15 minutes",
		"15":                               "15",
		"":                                 "",
		"two\nlines\r\nand | a table":      `two lines  and \| a table`,
		`back\slash`:                       `back\\slash`,
	} {
		if got := synthesis.Escape(said); got != want {
			t.Errorf("%q became %q, want %q", said, got, want)
		}
	}
}

func TestAQuotationStandsInTheSummaryOnce(t *testing.T) {
	d := tell(t, handover(t))
	r := d.results()
	text := synthesis.Markdown(r)
	for _, c := range r.Claims {
		if n := strings.Count(text, "> “"+synthesis.Escape(c.Text)+"”"); n > 1 {
			t.Errorf("a quotation of participant %d stands there %d times", c.Number, n)
		}
	}
	for line := range strings.Lines(text) {
		if who, ok := strings.CutPrefix(line, "> — "); ok && !strings.HasPrefix(who, "Participant ") {
			t.Errorf("somebody is named: %q", who)
		}
	}
}

func TestDiscardedQuotationsAreCounted(t *testing.T) {
	for discarded, want := range map[int]string{
		0: "*Made by rules, without a model. Every quotation was found in its source.*\n",
		1: "*Made by rules, without a model. Every quotation was found in its source; one that was not found is not shown.*\n",
		4: "*Made by rules, without a model. Every quotation was found in its source; 4 that were not found are not shown.*\n",
	} {
		r := store.Results{Language: "en", Report: appliance.Report{Counts: appliance.ReportCounts{Discarded: discarded}}}
		if got := synthesis.Markdown(r); got != want {
			t.Errorf("%d: %q", discarded, got)
		}
	}
}

func TestASessionIsADocument(t *testing.T) {
	s := appliance.Session{Language: "en", Brief: appliance.Brief{Topic: "A *new* rota", Goal: "Learn.", Critical: "one\n- two"}}
	want := `# A \*new\* rota

**Goal**

Learn.

**What must be learnt**

one  
\- two

# Guide

## Opening

# Summary

There is no summary yet.
`
	if got := synthesis.Document(s, "## Opening\n", ""); got != want {
		t.Errorf("got\n%s", got)
	}
	if got := synthesis.Document(s, "", "## At a glance\n"); !strings.HasSuffix(got, "# Summary\n\n## At a glance\n") {
		t.Errorf("got\n%s", got)
	}
}
