package document_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/quick"

	"github.com/google/go-cmp/cmp"

	"harmonium/appliance"
	"harmonium/appliance/document"
)

// word makes a Word file with the given body, in a zip with more entries than it needs.
func word(t testing.TB, body string, entries int) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	write := func(name, content string) {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write([]byte(content))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for range entries {
		write("word/other.xml", "")
	}
	write("word/document.xml", `<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" `+
		`xmlns:x="urn:x"><w:body>`+body+`</w:body></w:document>`)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func pdf(t testing.TB) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", "handbook.pdf")) // printed by Chromium from a page of our own
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func TestTextOfEachFormat(t *testing.T) {
	for _, c := range []struct {
		name    string
		format  document.Format
		content []byte
		want    string
	}{
		{"plain", document.Plain, []byte("One\r\n\r\n\r\n\r\nTwo \x07\n"), "One\n\nTwo"},
		{"with a mark of UTF-8", document.Markdown, []byte("\xef\xbb\xbf# Größe"), "# Größe"},
		{"UTF-16 of Windows", document.Plain, []byte("\xff\xfeH\x00\xfc\x00"), "Hü"},
		{"UTF-16, the other way", document.Plain, []byte("\xfe\xff\x00H\x04\x20"), "HР"},
		{"Windows-1252", document.Plain, []byte("\x84Gr\xfc\xdfe\x93 \x80 5"), "„Grüße“ € 5"},
		{"Word", document.Word, word(t, `<w:p><w:r><w:t>Hand</w:t></w:r><w:r><w:t>over</w:t></w:r></w:p><w:p><w:r><w:tab/>`+
			`<w:t xml:space="preserve"> at six</w:t><w:br/><w:t>sharp</w:t></w:r><w:del><w:delText>not this</w:delText></w:del><x:t>nor this</x:t></w:p>`, 0),
			"Handover\n\t at six\nsharp"},
		{"PDF", document.PDF, pdf(t), "Ward handbook\n\nHandover takes place at 6:30 and 14:00 in the quiet room. Nobody answers bells during\n" +
			"handover, except the runner whose name stands on the board.\n\nÜbergabe dauert fünfzehn Minuten. Передача зміни. نقل المناوبة\n\nFirst item\nSecond item"},
	} {
		got, err := document.Text(c.format, c.content)
		if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", c.name, err, diff)
		}
	}
}

func TestWhatCannotBeReadIsRefusedInWords(t *testing.T) {
	for name, c := range map[string]struct {
		file    string
		content []byte
		want    string
	}{
		"another kind":              {"plan.xlsx", []byte("PK\x03\x04"), "kind of file"},
		"no ending":                 {"plan", []byte("x"), "kind of file"},
		"nothing in it":             {"plan.txt", nil, "empty"},
		"only spaces":               {"plan.txt", []byte(" \n\t\n"), "no text"},
		"a zip named as text":       {"plan.txt", word(t, "", 0), "not what its name says"},
		"text named as PDF":         {"plan.pdf", []byte("Hello"), "not what its name says"},
		"a zip that is no Word":     {"plan.docx", otherZip(t), "not what its name says"},
		"bytes that are no text":    {"plan.md", []byte("a\x00b"), "not text"},
		"a PDF that is cut":         {"plan.pdf", pdf(t)[:9000], "damaged"},
		"a Word file that is cut":   {"plan.docx", word(t, "<w:p/>", 0)[:80], "damaged"},
		"a Word file of 2001":       {"plan.docx", word(t, "<w:p/>", 2001), "damaged"},
		"XML without an end":        {"plan.docx", word(t, "<w:p>", 0), "damaged"},
		"XML that is deep":          {"plan.docx", word(t, strings.Repeat("<w:p>", 300)+strings.Repeat("</w:p>", 300), 0), "damaged"},
		"a bomb":                    {"plan.docx", word(t, "<w:p><w:t>"+strings.Repeat("bomb ", 4<<20)+"</w:t></w:p>", 0), "1,000,000 characters"},
		"a text that is too long":   {"plan.txt", bytes.Repeat([]byte("long "), 200_001), "1,000,000 characters"},
		"a PDF of pictures":         {"plan.pdf", pageOf("0 0 m 10 10 l S"), "pictures of pages"},
		"more bytes than we take":   {"plan.txt", bytes.Repeat([]byte("\n"), document.MaxBytes+1), "10 MB"},
		"a PDF of nothing but head": {"plan.pdf", []byte("%PDF-1.7\n"), "damaged"},
	} {
		format, err := document.FormatOf(c.file, c.content)
		if err == nil {
			_, err = document.Text(format, c.content)
		}
		code := appliance.CodeOf(err)
		if err == nil || !strings.Contains(err.Error(), c.want) || code != appliance.CodeUnprocessable && code != appliance.CodeTooLarge {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// pageOf makes a PDF of one page with the given content.
func pageOf(content string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n")
	var places []int
	for i, object := range []string{"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 4 0 R>>",
		fmt.Sprintf("<</Length %d>>stream\n%s\nendstream", len(content), content)} {
		places = append(places, b.Len())
		fmt.Fprintf(&b, "%d 0 obj%s endobj\n", i+1, object)
	}
	start := b.Len()
	b.WriteString("xref\n0 5\n0000000000 65535 f \n")
	for _, at := range places {
		fmt.Fprintf(&b, "%010d 00000 n \n", at)
	}
	fmt.Fprintf(&b, "trailer<</Size 5/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", start)
	return b.Bytes()
}

func otherZip(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	if _, err := z.Create("other.txt"); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Whatever is handed in, there is a text or a refusal in words: no panic, no control characters.
func FuzzText(f *testing.F) {
	f.Add("a.docx", word(f, "<w:p><w:t>x</w:t></w:p>", 1))
	f.Add("a.md", []byte("# x"))
	f.Fuzz(func(t *testing.T, name string, content []byte) {
		format, err := document.FormatOf(name, content)
		if err != nil || format == document.PDF {
			return // the library for PDF can take for ever: that is what the child is for
		}
		text, err := document.Text(format, content)
		switch {
		case err != nil && appliance.CodeOf(err) == appliance.CodeInternal:
			t.Errorf("an error that is not for people: %v", err)
		case err == nil && (text == "" || strings.ContainsAny(text, "\r\x00\x02\x03")):
			t.Errorf("the text has %d bytes", len(text))
		}
	})
}

func TestPassagesJoinedAreTheText(t *testing.T) {
	whole := func(text string) bool {
		text = strings.ToValidUTF8(strings.Repeat(text, 40), "")
		list := document.Passages(text)
		for _, p := range list {
			if p == "" || len(p) > 700 {
				return false
			}
		}
		return strings.Join(list, "") == text
	}
	if err := quick.Check(whole, nil); err != nil {
		t.Error(err)
	}
	paragraph := strings.Repeat("A sentence of the ward. ", 18)
	got := document.Passages(paragraph + "\n\n" + paragraph)
	if len(got) != 2 || got[1] != paragraph {
		t.Errorf("two paragraphs became %d passages", len(got))
	}
}

// The test program is the child too.
func TestMain(m *testing.M) {
	if len(os.Args) == 4 && os.Args[1] == "read-document" {
		if err := document.Child(document.Format(os.Args[3]), os.Stdin, os.Stdout, func() { os.Exit(1) }); err != nil {
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func TestAChildReadsTheFile(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	r := document.NewReader(program)
	format, text, err := r.Text(t.Context(), "Handbook.PDF", pdf(t))
	if err != nil || format != document.PDF || !strings.HasPrefix(text, "Ward handbook\n") {
		t.Errorf("%s, %d bytes, %v", format, len(text), err)
	}
	_, _, err = r.Text(t.Context(), "a.pdf", []byte("%PDF-secret"))
	if appliance.CodeOf(err) != appliance.CodeUnprocessable || strings.Contains(err.Error(), "secret") {
		t.Errorf("a damaged file: %v", err)
	}
	if _, _, err := r.Text(t.Context(), "a.bin", []byte("x")); appliance.CodeOf(err) != appliance.CodeUnprocessable {
		t.Errorf("another kind: %v", err)
	}
	_, _, err = document.NewReader("/nonexistent").Text(t.Context(), "a.txt", []byte("x"))
	if appliance.CodeOf(err) != appliance.CodeUnprocessable || !strings.Contains(err.Error(), "Nothing was saved") {
		t.Errorf("a child that cannot be started: %v", err)
	}
}
