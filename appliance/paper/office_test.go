package paper_test

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"strings"
	"testing"
	"time"
	"unicode"

	"harmonium/appliance/paper"
)

// unpack reads the files of an archive and checks that each of them is XML, that each has a type, and that every
// relationship leads to a file.
func unpack(t testing.TB, content []byte) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = string(data)
		tokens(t, f.Name, string(data), func(xml.Token) {})
	}
	for name, data := range files {
		if !strings.HasSuffix(name, ".rels") && name != "[Content_Types].xml" && !strings.Contains(files["[Content_Types].xml"], `PartName="/`+name+`"`) {
			t.Errorf("%s has no type", name)
		}
		if !strings.HasSuffix(name, ".rels") {
			continue
		}
		tokens(t, name, data, func(token xml.Token) {
			if e, ok := token.(xml.StartElement); ok && e.Name.Local == "Relationship" {
				if target := path.Join(path.Dir(path.Dir(name)), attribute(e, "Target")); files[target] == "" {
					t.Errorf("%s leads to %s, which is not there", name, target)
				}
			}
		})
	}
	return files
}

func tokens(t testing.TB, name, data string, fn func(xml.Token)) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(data))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		fn(token)
	}
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// sheet is what a worksheet says.
type sheet struct {
	Rows []struct {
		Cells []struct {
			At      string  `xml:"r,attr"`
			Type    string  `xml:"t,attr"`
			Value   *string `xml:"v"`
			Text    *string `xml:"is>t"`
			Formula *string `xml:"f"`
			Format  string  `xml:"s,attr"`
		} `xml:"c"`
	} `xml:"sheetData>row"`
}

func readSheet(t testing.TB, data string) (s sheet) {
	t.Helper()
	if err := xml.Unmarshal([]byte(data), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAWorkbookIsReadBack(t *testing.T) {
	at := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	rows := make([]paper.Cell, 28)
	rows[27] = "last"
	content, err := paper.XLSX("T <1>", "ar", at, []paper.Table{
		{Title: "A/B: what?", Columns: []string{"Text", "n", "x", "When", "None"},
			Rows: [][]paper.Cell{{"two\nlines & <b> _x0041_", 7, 0.25, at, nil}, {"=1+1", -3, 1.0, time.Time{}, nil}}},
		{Title: "a b  what ", Columns: make([]string, 28), Rows: [][]paper.Cell{rows}},
		{Columns: []string{"empty"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	files := unpack(t, content)
	s := readSheet(t, files["xl/worksheets/sheet1.xml"])
	first := s.Rows[1].Cells
	if *first[0].Text != "two\nlines & <b> _x005F_x0041_" || *first[1].Value != "7" || *first[2].Value != "0.25" || *first[3].Value != "46356.500000" {
		t.Errorf("the first row is %+v", first)
	}
	if *s.Rows[2].Cells[0].Text != "'=1+1" || *s.Rows[2].Cells[1].Value != "-3" || len(s.Rows[2].Cells) != 3 {
		t.Errorf("the second row is %+v", s.Rows[2].Cells)
	}
	if got := readSheet(t, files["xl/worksheets/sheet2.xml"]); got.Rows[1].Cells[0].At != "AB2" {
		t.Errorf("the cell is at %s", got.Rows[1].Cells[0].At)
	}
	for _, want := range []string{`name="A B  what"`, `name="a b  what 2"`, `name="1"`} {
		if !strings.Contains(files["xl/workbook.xml"], want) {
			t.Errorf("the workbook lacks %s: %s", want, files["xl/workbook.xml"])
		}
	}
	if !strings.Contains(files["xl/worksheets/sheet1.xml"], `rightToLeft="1"`) {
		t.Error("in Arabic it does not begin at the right")
	}
}

func TestWhatIsLongerThanACellIsCutAndCounted(t *testing.T) {
	long := strings.Repeat("😀", 20_000)
	tables := []paper.Table{{Title: "T", Columns: []string{"A"}, Rows: [][]paper.Cell{{long}, {strings.Repeat("ä", 32_766)}}}}
	if n := paper.Cut(tables); n != 1 {
		t.Errorf("%d are cut", n)
	}
	content, err := paper.XLSX("T", "en", time.Now(), tables)
	if err != nil {
		t.Fatal(err)
	}
	s := readSheet(t, unpack(t, content)["xl/worksheets/sheet1.xml"])
	if got := *s.Rows[1].Cells[0].Text; got != strings.Repeat("😀", 16_383)+"…" {
		t.Errorf("%d bytes are left", len(got))
	}
	if got := *s.Rows[2].Cells[0].Text; len(got) != 2*32_766 {
		t.Errorf("%d bytes are left of what fits", len(got))
	}
}

func TestAWordFileHasTheWholeDocument(t *testing.T) {
	content, err := paper.DOCX(sample())
	if err != nil {
		t.Fatal(err)
	}
	files := unpack(t, content)
	body := files["word/document.xml"]
	var text strings.Builder
	styles := map[string]bool{}
	tokens(t, "document", body, func(token xml.Token) {
		switch token := token.(type) {
		case xml.CharData:
			text.Write(token)
		case xml.StartElement:
			if token.Name.Local == "pStyle" || token.Name.Local == "rStyle" || token.Name.Local == "tblStyle" {
				styles[attribute(token, "val")] = true
			}
		}
	})
	shown := strings.ReplaceAll(strings.ReplaceAll(hostile, "\x00", ""), "\x1b", "")
	for _, want := range []string{"Title ", "Lead ", "Heading ", "Label ", "Anna ", "Two ", "Own ", "By ", "Paraphrase ", "Notice ", "Fine ", "A ", "Cell "} {
		if !strings.Contains(text.String(), want+shown) {
			t.Errorf("the document lacks what comes after %q", want)
		}
	}
	for style := range styles {
		if !strings.Contains(files["word/styles.xml"], `w:styleId="`+style+`"`) {
			t.Errorf("there is no style %s", style)
		}
	}
	if !strings.Contains(body, `<w:bidi/>`) || !strings.Contains(body, `w:anchor="b_t1"`) || !strings.Contains(body, `w:name="b_t1"`) {
		t.Error("Arabic reads from the left, or a quotation leads nowhere")
	}
	if foot := files["word/footer1.xml"]; !strings.Contains(foot, " PAGE ") || !strings.Contains(foot, " NUMPAGES ") {
		t.Errorf("the foot is %s", foot)
	}
}

func TestTheSameDocumentGivesTheSameBytes(t *testing.T) {
	for name, write := range map[string]func() ([]byte, error){
		"docx": func() ([]byte, error) { return paper.DOCX(sample()) },
		"xlsx": func() ([]byte, error) {
			return paper.XLSX("T", "en", sample().At, []paper.Table{*sample().Blocks[len(sample().Blocks)-1].Table})
		},
	} {
		one, err := write()
		two, again := write()
		if err != nil || again != nil || !bytes.Equal(one, two) {
			t.Errorf("%s differs: %v, %v", name, err, again)
		}
	}
}

// No text, whatever it is, becomes a formula in a sheet or in a file that a spreadsheet reads, and none is lost.
func FuzzFormulas(f *testing.F) {
	for _, seed := range []string{"=1+1", "\ufeff=1", " =cmd|' /C calc'!A0", "+49 170", "-", "@x", "\t=1", "\r\n=1", "＝1", "\xff=", "plain", "_x003D_1", `"=1"`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		table := paper.Table{Title: text, Columns: []string{text}, Rows: [][]paper.Cell{{text}}}
		raw, err := paper.CSV(table)
		if err != nil {
			t.Fatal(err)
		}
		r := csv.NewReader(bytes.NewReader(raw))
		r.FieldsPerRecord = -1
		rows, err := r.ReadAll()
		if err != nil {
			t.Fatalf("%q cannot be read back: %v", raw, err)
		}
		for _, row := range rows {
			for _, cell := range row {
				isNoFormula(t, cell)
			}
		}
		content, err := paper.XLSX(text, "en", time.Unix(0, 0), []paper.Table{table})
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range readSheet(t, unpack(t, content)["xl/worksheets/sheet1.xml"]).Rows {
			for _, cell := range row.Cells {
				if cell.Type != "inlineStr" || cell.Formula != nil || cell.Value != nil {
					t.Errorf("%q became a cell of type %q", text, cell.Type)
				}
				isNoFormula(t, *cell.Text)
			}
		}
	})
}

func isNoFormula(t *testing.T, cell string) {
	t.Helper()
	plain := strings.TrimLeftFunc(cell, func(r rune) bool { return unicode.IsSpace(r) || unicode.In(r, unicode.Cf, unicode.Cc) })
	if strings.IndexAny(plain, "=@|%＝＠") == 0 {
		t.Errorf("%q is a formula", cell)
	}
	if strings.IndexAny(plain, "+-＋－") == 0 && strings.ContainsFunc(plain, func(r rune) bool { return unicode.IsLetter(r) || strings.ContainsRune("(!|'", r) }) {
		t.Errorf("%q may be a formula", cell)
	}
}
