package export_test

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"io"
	"slices"
	"strings"
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/export"
	"harmonium/appliance/facilitation"
	"harmonium/appliance/live"
	"harmonium/appliance/paper"
	"harmonium/appliance/store"
	"harmonium/appliance/synthesis"
	"harmonium/appliance/testkit"
)

// desk is a store with an open session, its results and their exports.
type desk struct {
	*store.Store
	t       testing.TB
	made    *synthesis.Synthesis
	exports *export.Exporter
	session appliance.Session
}

func newDesk(t testing.TB, change ...func(*appliance.Session)) *desk {
	t.Helper()
	clock := testkit.NewClock()
	d := &desk{Store: testkit.Store(t, clock.Now), t: t}
	d.made = synthesis.New(synthesis.Options{Store: d.Store, Hub: live.NewHub(clock.Now), Clock: clock.Now, Says: facilitation.Says})
	d.exports = export.New(d.Store, clock.Now)
	s := appliance.Session{Brief: appliance.Brief{Topic: "The workshop: dust?", Goal: "Learn what to mend."}, Status: appliance.SessionOpen,
		Language: appliance.English, ResultsVisibility: appliance.ResultsHost}
	for _, c := range change {
		c(&s)
	}
	guide := appliance.Guide{Opening: "Hello.", Closing: "Thanks.", Topics: []appliance.Topic{{ID: "t1", Title: "Work", Question: "How is work?", Minutes: 1}}}
	var err error
	d.session, err = d.CreateSession(t.Context(), store.By{Actor: "test"}, store.Once{}, s,
		appliance.GuideVersion{Guide: guide, Maker: appliance.Maker{By: appliance.MadeByHand}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// says has somebody take part who says this, and finishes.
func (d *desk) says(name, words string, answers ...appliance.FormAnswer) appliance.ConversationID {
	d.t.Helper()
	j, err := d.Join(d.t.Context(), store.Joining{Participant: appliance.Participant{SessionID: d.session.ID, Name: name, Email: name + "@example.org",
		Language: d.session.Language, Origin: appliance.OriginLink, Answers: answers}})
	if err != nil {
		d.t.Fatal(err)
	}
	if _, _, err := d.AppendTurn(d.t.Context(), store.Message{ConversationID: j.ConversationID, Content: words}); err != nil {
		d.t.Fatal(err)
	}
	if _, err := d.FinishConversation(d.t.Context(), j.ConversationID, appliance.EndedComplete); err != nil {
		d.t.Fatal(err)
	}
	return j.ConversationID
}

func (d *desk) report() {
	d.t.Helper()
	if err := d.made.Now(d.t.Context(), d.session.ID); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) make(r export.Request) export.File {
	d.t.Helper()
	r.Session = d.session.ID
	f, err := d.exports.Make(d.t.Context(), store.By{Actor: "host"}, r)
	if err != nil {
		d.t.Fatalf("%s: %v", r.Format, err)
	}
	return f
}

// text gives all that a file says, whatever its format.
func text(t testing.TB, f export.File) string {
	t.Helper()
	if !bytes.HasPrefix(f.Content, []byte("PK")) {
		return string(f.Content)
	}
	z, err := zip.NewReader(bytes.NewReader(f.Content), int64(len(f.Content)))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, file := range z.File {
		r, err := file.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(&all, r); err != nil {
			t.Fatal(err)
		}
	}
	return all.String()
}

func rows(t testing.TB, f export.File) [][]string {
	t.Helper()
	list, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(f.Content), paper.Mark))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// everything is a request for each format with all that it can hold.
func everything() []export.Request {
	list := []export.Request{{Format: export.XLSX}, {Format: export.JSON}, {Format: export.Polis}}
	for _, f := range []export.Format{export.Markdown, export.HTML, export.DOCX} {
		list = append(list, export.Request{Format: f, Conversations: true})
	}
	for _, table := range export.Tables() {
		list = append(list, export.Request{Format: export.CSV, Table: table})
	}
	return list
}

const (
	sawdust = "The sawdust makes us cough all day, because nobody has repaired the extractor since spring."
	labels  = "The labels are always late, so we guess what is in the boxes and guess wrong twice a week."
	lamp    = "The lamp over the saw flickers so much that I stop working when it gets dark outside."
)

func TestExportsShowWhatMayBeShownAndNothingElse(t *testing.T) {
	d := newDesk(t)
	mail := appliance.FormAnswer{FieldID: "f1", Text: "Where may we write?", Type: appliance.FieldEmail, Values: []string{"ada@example.org"}}
	d.says("Ada", sawdust, mail)
	counted := d.says("Grace", labels, appliance.FormAnswer{FieldID: "f2", Text: "Your trade?", Type: appliance.FieldShort, Values: []string{"Coppersmith"}})
	out := d.says("Joan", lamp)
	if _, err := d.Review(t.Context(), counted, appliance.Review{Use: appliance.UseCount}); err != nil {
		t.Fatal(err)
	}
	d.report()
	if err := d.SetIncluded(t.Context(), store.By{Actor: "host"}, out, false); err != nil { // the report is not made anew
		t.Fatal(err)
	}
	for _, r := range everything() {
		for _, names := range []bool{false, true} {
			r.Names = names
			got := text(t, d.make(r))
			for _, bad := range []string{"labels are always", "Coppersmith", "lamp over", "Joan"} {
				if strings.Contains(got, bad) {
					t.Errorf("%s %s shows %q", r.Format, r.Table, bad)
				}
			}
			if !names && (strings.Contains(got, "Ada") || strings.Contains(got, "example.org")) {
				t.Errorf("%s %s names somebody", r.Format, r.Table)
			}
			if r.Format != export.CSV && r.Format != export.Polis && r.Format != export.JSON && !strings.Contains(got, "One conversation was left out") {
				t.Errorf("%s says nothing of what is not in it", r.Format)
			}
			if r.Table == "" && !strings.Contains(got, "sawdust makes us cough") {
				t.Errorf("%s lacks what was said", r.Format)
			}
		}
	}
	if got := text(t, d.make(export.Request{Format: export.HTML, Names: true, Conversations: true})); !strings.Contains(got, "Ada (Participant 1)") {
		t.Error("a name that was asked for is not there")
	}
}

func TestAnAnonymousSessionGivesNeitherNamesNorTimes(t *testing.T) {
	d := newDesk(t, func(s *appliance.Session) { s.Anonymous = true })
	d.says("Ada", sawdust)
	d.report()
	for _, r := range everything() {
		r.Names = true
		if got := text(t, d.make(r)); strings.Contains(got, "Ada") || strings.Contains(got, "names that participants gave") {
			t.Errorf("%s %s names somebody", r.Format, r.Table)
		}
	}
	for _, table := range []export.Table{export.Answers, export.People} {
		if got := text(t, d.make(export.Request{Format: export.CSV, Table: table})); strings.Contains(got, "2026-03") {
			t.Errorf("%s tells when somebody spoke", table)
		}
	}
}

func TestEveryExportIsInTheAuditTrail(t *testing.T) {
	d := newDesk(t)
	d.says("Ada", sawdust)
	d.make(export.Request{Format: export.HTML})
	d.make(export.Request{Format: export.XLSX, Names: true})
	trail, err := d.AuditTrail(t.Context(), 2)
	if err != nil {
		t.Fatal(err)
	}
	if trail[0].Action != "session.export.xlsx.names" || trail[1].Action != "session.export.html" || trail[0].Object != string(d.session.ID) || trail[0].Actor != "host" {
		t.Errorf("the trail says %+v", trail)
	}
	if _, err := d.exports.Make(t.Context(), store.By{Actor: "host"}, export.Request{Session: d.session.ID, Format: "exe"}); appliance.CodeOf(err) != appliance.CodeValidation {
		t.Errorf("an unknown format: %v", err)
	}
	if _, err := d.exports.Make(t.Context(), store.By{Actor: "host"}, export.Request{Session: "hst_none", Format: export.HTML}); appliance.CodeOf(err) != appliance.CodeNotFound {
		t.Errorf("an unknown session: %v", err)
	}
}

func TestTablesHaveWhatWasSaidAndAnswered(t *testing.T) {
	d := newDesk(t)
	age := appliance.FormAnswer{FieldID: "f1", Text: "=Years here?", Type: appliance.FieldNumber, Values: []string{"3,5"}}
	both := appliance.FormAnswer{FieldID: "f2", Text: "Tools?", Type: appliance.FieldMultiple, Values: []string{"Saw", "Drill"}}
	d.says("Ada", sawdust, age, both)
	d.says("Grace", "=HYPERLINK(\"x\")\nsecond line", both)
	d.report()
	people := rows(t, d.make(export.Request{Format: export.CSV, Table: export.People}))
	if head := people[0]; !slices.Equal(head[7:], []string{"'=Years here?", "Tools?"}) {
		t.Errorf("the head is %q", head)
	}
	if row := people[1]; row[0] != "Participant 1" || row[2] != "yes" || row[3] != "1" || row[7] != "3.5" || row[8] != "Saw; Drill" {
		t.Errorf("the first one is %q", row)
	}
	if row := people[2]; row[7] != "" || row[8] != "Saw; Drill" {
		t.Errorf("the second one is %q", row)
	}
	answers := rows(t, d.make(export.Request{Format: export.CSV}))
	if row := answers[2]; row[4] != "'=HYPERLINK(\"x\")\nsecond line" || row[5] != "2026-03-02 09:00" {
		t.Errorf("what was said is %q", row)
	}
	points := rows(t, d.make(export.Request{Format: export.CSV, Table: export.Points}))
	if len(points) < 2 || points[1][0] != "Participant 1" || !strings.Contains(sawdust, points[1][3]) || points[1][4] != "1" || points[1][5] != "rules" {
		t.Errorf("the points are %q", points)
	}
	f := d.make(export.Request{Format: export.CSV})
	if f.Name != "the-workshop-dust-answers.csv" || f.Type != "text/csv; charset=utf-8" || !strings.HasPrefix(string(f.Content), paper.Mark) {
		t.Errorf("the file is %q of type %q", f.Name, f.Type)
	}
}

func TestStatementsAreInTheFormOfPolis(t *testing.T) {
	d := newDesk(t)
	d.says("Ada", sawdust)
	d.says("Grace", labels)
	d.says("Joan", labels)
	d.report()
	list := rows(t, d.make(export.Request{Format: export.Polis, Names: true}))
	if got := strings.Join(list[0], ","); got != "timestamp,datetime,comment-id,author-id,agrees,disagrees,moderated,comment-body" {
		t.Errorf("the head is %s", got)
	}
	var bodies []string
	for _, row := range list[1:] {
		bodies = append(bodies, row[7])
	}
	slices.Sort(bodies)
	if len(slices.Compact(bodies)) != len(list)-1 || len(list) < 3 {
		t.Errorf("the statements are %q", list)
	}
	if row := list[1]; row[2] != "0" || row[3] != "0" || row[4] != "0" || row[7] == "" {
		t.Errorf("the first one is %q", row)
	}
}

func TestAnExportBeforeTheFirstReportSaysSo(t *testing.T) {
	d := newDesk(t)
	for _, r := range everything() {
		got := text(t, d.make(r))
		if (r.Format == export.HTML || r.Format == export.DOCX || r.Format == export.Markdown) && !strings.Contains(got, "There is no summary yet.") {
			t.Errorf("%s does not say that there is no report", r.Format)
		}
	}
}

func TestAPDFIsMadeOrRefusedInWords(t *testing.T) {
	d := newDesk(t)
	d.says("Ada", sawdust)
	d.report()
	if f := d.make(export.Request{Format: export.PDF, Conversations: true}); !bytes.HasPrefix(f.Content, []byte("%PDF-")) || f.Type != "application/pdf" {
		t.Errorf("it is of type %s and begins with %.8q", f.Type, f.Content)
	}
	d.says("Grace", "الملصقات متأخرة دائما")
	_, err := d.exports.Make(t.Context(), store.By{Actor: "host"}, export.Request{Session: d.session.ID, Format: export.PDF, Conversations: true})
	if appliance.CodeOf(err) != appliance.CodeUnprocessable {
		t.Errorf("Arabic: %v", err)
	}
}

func TestAQuotationLeadsToItsPlaceInTheConversation(t *testing.T) {
	d := newDesk(t)
	d.says("Ada", sawdust)
	d.report()
	page := text(t, d.make(export.Request{Format: export.HTML, Conversations: true}))
	_, rest, found := strings.Cut(page, `<a href="#`)
	if id, _, _ := strings.Cut(rest, `"`); !found || !strings.Contains(page, `<p id="`+id+`"`) {
		t.Error("it leads nowhere")
	}
	if strings.Contains(text(t, d.make(export.Request{Format: export.HTML})), "<a href") {
		t.Error("without the conversations it leads somewhere")
	}
}

func TestEachSpeakerOfATranscriptIsSomebody(t *testing.T) {
	d := newDesk(t)
	_, err := d.AddTranscript(t.Context(), store.By{Actor: "host"}, d.session.ID, appliance.Transcript{Title: "Circle", Utterances: []appliance.Utterance{
		{Speaker: "Ms Hopper", Text: "How is work?", Asks: true}, {Speaker: "Ada", Text: sawdust}, {Speaker: "Grace", Text: labels}, {Speaker: "Ada", Text: lamp},
	}}, store.Once{})
	if err != nil {
		t.Fatal(err)
	}
	d.report()
	people := rows(t, d.make(export.Request{Format: export.CSV, Table: export.People}))
	if len(people) != 3 || people[1][0] != "Participant 1" || people[1][3] != "2" || people[2][0] != "Participant 2" || people[2][3] != "1" {
		t.Errorf("the people are %q", people)
	}
	answers := rows(t, d.make(export.Request{Format: export.CSV}))
	if answers[1][2] != "Facilitator" || answers[2][2] != "Participant 1" || answers[3][2] != "Participant 2" {
		t.Errorf("who speaks: %q", answers)
	}
	named := rows(t, d.make(export.Request{Format: export.CSV, Names: true}))
	if named[1][2] != "Ms Hopper" || named[3][2] != "Grace (Participant 2)" {
		t.Errorf("who speaks, with names: %q", named)
	}
	if points := text(t, d.make(export.Request{Format: export.CSV, Table: export.Points})); !strings.Contains(points, "Participant 2") || strings.Contains(points, "Circle,") {
		t.Errorf("the points are %s", points)
	}
}

const decided = "We decided to buy a new extractor before the summer."

func TestWhatWasDecidedAndPromisedIsInEveryDocumentAndTable(t *testing.T) {
	d := newDesk(t)
	d.says("Ada", decided)
	d.says("Grace", "I will ask the electrician about the lamp by Friday.")
	d.report()
	for _, r := range everything() {
		got := text(t, d.make(r))
		switch {
		case r.Format == export.Markdown, r.Format == export.HTML, r.Format == export.DOCX, r.Format == export.XLSX:
			for _, want := range []string{"What was decided", "Participant 2", "by Friday"} {
				if r.Format != export.XLSX && !strings.Contains(got, want) {
					t.Errorf("%s lacks %q", r.Format, want)
				}
			}
			if !strings.Contains(got, "a new extractor") || r.Format == export.XLSX && !strings.Contains(got, "by Friday") {
				t.Errorf("%s lacks a decision or an action", r.Format)
			}
		case r.Table == export.Knowledge:
			list := rows(t, d.make(r))
			if len(list) < 3 || list[1][0] != "Decision" || list[1][4] != decided || list[1][5] != "Participant 1" || list[2][0] != "Action" ||
				list[2][2] != "Participant 2" || list[2][3] != "by Friday" {
				t.Errorf("the table is %q", list)
			}
		}
	}
	named := rows(t, d.make(export.Request{Format: export.CSV, Table: export.Knowledge, Names: true}))
	if named[2][2] != "Grace (Participant 2)" {
		t.Errorf("with names the owner is %q", named[2][2])
	}
}

func TestTheFormIsCountedInDocumentsAndTables(t *testing.T) {
	d := newDesk(t)
	form := appliance.Form{{Text: "Years here?", Type: appliance.FieldNumber}, {Text: "May we call?", Type: appliance.FieldConsent}, {Text: "Since?", Type: appliance.FieldDate}}
	set, err := d.SetForm(t.Context(), store.By{Actor: "host"}, d.session.ID, form)
	if err != nil {
		t.Fatal(err)
	}
	for i, years := range []string{"3", "3", "7"} {
		d.says([]string{"Ada", "Grace", "Joan"}[i], sawdust, appliance.FormAnswer{FieldID: set[0].ID, Text: "Years here?", Type: appliance.FieldNumber, Values: []string{years}},
			appliance.FormAnswer{FieldID: set[1].ID, Type: appliance.FieldConsent, Values: []string{"true"}},
			appliance.FormAnswer{FieldID: set[2].ID, Type: appliance.FieldDate, Values: []string{"2026-01-02"}})
	}
	list := rows(t, d.make(export.Request{Format: export.CSV, Table: export.Form}))
	want := [][]string{{"Years here?", "3", "2", "3"}, {"Years here?", "7", "1", "3"}, {"May we call?", "yes", "3", "3"}, {"May we call?", "no", "0", "3"}, {"Since?", "2026-01-02", "3", "3"}}
	for i, row := range want {
		if i+1 >= len(list) || !slices.Equal(list[i+1], row) {
			t.Errorf("row %d is not %q: %q", i+1, row, list)
		}
	}
	if page := text(t, d.make(export.Request{Format: export.Markdown})); !strings.Contains(page, "Mean 4.3, median 3.") {
		t.Error("a document does not tell the middle of the numbers")
	}
}

func TestPartsThatSomebodyDoesNotSeeAreLeftOutAndNamed(t *testing.T) {
	d := newDesk(t)
	d.says("Ada", decided)
	d.report()
	open := []appliance.Tab{appliance.TabSummary, appliance.TabThemes, appliance.TabResponses, appliance.TabExport}
	got := text(t, d.make(export.Request{Format: export.Markdown, Open: open}))
	if strings.Contains(got, "What was decided") || !strings.Contains(got, "does not see these parts of the results: Insights") {
		t.Errorf("it is not left out, or not said: %s", got)
	}
	p, err := d.exports.Preview(t.Context(), store.By{Actor: "host"}, export.Request{Session: d.session.ID, Format: export.Markdown, Open: open})
	if err != nil || p.Conversations != 1 || p.Quotations == 0 || len(p.Blocks) == 0 || !slices.Equal(p.Closed, []appliance.Tab{appliance.TabInsights}) {
		t.Errorf("the preview tells %+v, %v", p, err)
	}
}

func TestAProjectIsOneDocumentOrAnArchiveOfFiles(t *testing.T) {
	d := newDesk(t)
	d.says("Ada", sawdust)
	d.report()
	request := export.ProjectRequest{Project: appliance.Project{ID: "prj_1", Title: "All workshops"}, Language: appliance.English,
		Sessions: []export.Request{{Session: d.session.ID}}, Without: []string{"The yard"}}
	for format, want := range map[export.Format]string{export.Markdown: "The workshop: dust?", export.CSV: "sawdust", export.JSON: "harmonium.session"} {
		request.Format = format
		f, err := d.exports.MakeProject(t.Context(), store.By{Actor: "host"}, request)
		if err != nil {
			t.Fatal(err)
		}
		got := text(t, f)
		if !strings.Contains(got, want) || strings.Contains(got, "Ada") || format == export.Markdown && !strings.Contains(got, "“The yard”") {
			t.Errorf("%s, %s: %.300s", format, f.Name, got)
		}
	}
}
