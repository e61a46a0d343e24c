package paper_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/ledongthuc/pdf"

	"harmonium/appliance"
	"harmonium/appliance/paper"
)

// leftToRight is sample without its paragraph in Arabic.
func leftToRight() paper.Document {
	d := sample()
	var blocks []paper.Block
	for _, b := range d.Blocks {
		if !strings.Contains(b.Text, "قالت") {
			blocks = append(blocks, b)
		}
	}
	d.Blocks = append(blocks, paper.Block{Text: "Їжак, ґрунт, Łódź, naïve, Ελλάδα, Tiếng Việt"}, paper.Block{Text: strings.Repeat("Wort", 3000)})
	return d
}

func TestAPDFIsReadBack(t *testing.T) {
	content, err := paper.PDF(leftToRight(), "A sign is missing.")
	if err != nil {
		t.Fatal(err)
	}
	if again, err := paper.PDF(leftToRight(), "A sign is missing."); err != nil || !bytes.Equal(content, again) {
		t.Errorf("the same document gives other bytes: %v", err)
	}
	if path := os.Getenv("HARMONIUM_TEST_PDF"); path != "" { // to look at it
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r, err := pdf.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	if r.NumPage() < 3 {
		t.Errorf("it has %d pages", r.NumPage())
	}
}

func TestWhatAPDFWouldShowWronglyIsRefused(t *testing.T) {
	for _, text := range []string{"قالت إن الورشة مليئة", "She said קודם", "会議は長い"} {
		_, err := paper.PDF(paper.Document{Title: "T", Blocks: []paper.Block{{Text: text}}}, "")
		if appliance.CodeOf(err) != appliance.CodeUnprocessable || !strings.Contains(err.Error(), "Export it as HTML") {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := paper.PDF(paper.Document{Title: "T 😀", Blocks: []paper.Block{{Text: "fine ✓ 😀"}}}, "A box"); err != nil {
		t.Errorf("a sign that the fonts lack: %v", err)
	}
}
