package paper

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/text/unicode/norm"

	"harmonium/appliance"
)

// The page: A4, in millimetres. Sizes of letters are in points.
const (
	pageWidth, pageHeight     = 210.0, 297.0
	left, right, top, bottom  = 25.0, 25.0, 22.0, 26.0
	column                    = pageWidth - left - right
	point                     = 25.4 / 72
	textSize, fineSize        = 10.5, 8.5
	rule                      = 0.6 // the line beside people's words
	wordsIndent, cellInset    = 5.0, 1.6
	maxColumnShare, minColumn = 0.6, 14.0
)

// sign stands in the place of a character that no font of the box shows.
const sign = '\u25a1'

// Colours of ink, of what is less important, and of the accent.
var (
	ink    = [3]int{0x26, 0x22, 0x1d}
	quiet  = [3]int{0x6b, 0x64, 0x5a}
	accent = [3]int{0x0f, 0x5e, 0x5c}
	hair   = [3]int{0xd9, 0xd2, 0xc4}
)

// PDF gives a document as a PDF with its fonts inside. It fails with CodeUnprocessable where the text has letters that
// cannot be set right here: scripts that are written from right to left, and those that the fonts lack. Single signs that
// the fonts lack, such as emoji, become a box; missing, when it is not "", is then said at the end.
func PDF(d Document, missing string) ([]byte, error) {
	lacks, refused := d.printable()
	if refused != nil {
		return nil, refused
	}
	p := &printer{doc: d}
	if lacks && missing != "" {
		p.doc.Blocks = append(slices.Clone(d.Blocks), Block{Kind: Fine, Text: missing})
	}
	p.print() // to count the pages, and to know on which page each block stands
	p.pages = p.pdf.PageCount()
	p.print()
	var b bytes.Buffer
	if err := p.pdf.Output(&b); err != nil {
		return nil, fmt.Errorf("write PDF: %w", err)
	}
	return b.Bytes(), nil
}

// Printable says with CodeUnprocessable, and in words, when PDF would refuse a document.
func Printable(d Document) error {
	_, refused := d.printable()
	return refused
}

// printable says whether signs of a document are in no font, and why it cannot be set at all.
func (d Document) printable() (lacks bool, refused error) {
	d.texts(func(s string) {
		for _, r := range norm.NFC.String(plain(s)) {
			switch {
			case unicode.IsLetter(r) && isRightToLeft(r):
				refused = appliance.Errorf(appliance.CodeUnprocessable, "This result has words that are written from right to left, which "+
					"a PDF made on this box would show wrongly. Nothing was made. Export it as HTML and print that page, or save it as PDF, in a browser.")
			case shows(sans, r), unicode.IsSpace(r), refused != nil:
			case unicode.IsLetter(r):
				refused = appliance.Errorf(appliance.CodeUnprocessable, "This result has words in a script that the fonts of this box "+
					"do not have. Nothing was made. Export it as HTML and print that page, or save it as PDF, in a browser.")
			default:
				lacks = true
			}
		}
	})
	return lacks, refused
}

func shows(f face, r rune) bool {
	_, ok := f.of(r)
	return ok
}

// printer sets a document.
type printer struct {
	doc   Document
	pdf   *fpdf.Fpdf
	pages int             // of the document; 0 when it is printed for the first time
	y     float64         // of the top of the next line
	added map[string]bool // fonts
	links map[string]int  // by ID
}

func (p *printer) print() {
	p.pdf = fpdf.NewCustom(&fpdf.InitType{UnitStr: "mm", Size: fpdf.SizeType{Wd: pageWidth, Ht: pageHeight}})
	p.added, p.links = map[string]bool{}, map[string]int{}
	p.pdf.SetCreationDate(p.doc.At.UTC())
	p.pdf.SetModificationDate(p.doc.At.UTC())
	p.pdf.SetProducer("Harmonium", true)
	p.pdf.SetCatalogSort(true)
	p.pdf.SetTitle(plain(p.doc.Title), true)
	p.pdf.SetLang(string(p.doc.Language))
	p.pdf.SetAutoPageBreak(false, 0)
	p.pdf.SetFooterFunc(p.foot)
	p.newPage()
	p.y += 6
	p.paragraph(style{bold, 22, 1.2, ink}, left, column, []piece{{text: p.doc.Title}}, "")
	if p.doc.Lead != "" {
		p.y += 1
		p.paragraph(style{sans, textSize, 1.4, quiet}, left, column, []piece{{text: p.doc.Lead}}, "")
	}
	p.y += 4
	p.line(left, p.y, column, hair)
	p.y += 4
	for i, b := range p.doc.Blocks {
		p.block(b, i)
	}
}

func (p *printer) newPage() {
	p.pdf.AddPage()
	p.y = top
}

// room begins a new page when there is not so much left on this one.
func (p *printer) room(height float64) {
	if p.y+height > pageHeight-bottom {
		p.newPage()
	}
}

func (p *printer) foot() {
	small := style{sans, fineSize, 1.3, quiet}
	y := pageHeight - 16
	p.line(left, y-1.5, column, hair)
	page := strings.NewReplacer("{page}", fmt.Sprint(p.pdf.PageNo()), "{pages}", fmt.Sprint(p.pages)).Replace(p.doc.Page)
	width := p.width(small, page)
	title := p.fit(small, p.doc.Foot, column-width-8)
	p.write(small, left, y, title, "")
	p.write(small, pageWidth-right-width, y, page, "")
}

// fit shortens a text to a width.
func (p *printer) fit(s style, text string, width float64) string {
	text = strings.Join(strings.Fields(tidy(text)), " ")
	if p.width(s, text) <= width {
		return text
	}
	runes := []rune(text)
	for len(runes) > 0 && p.width(s, string(runes)+"…") > width {
		runes = runes[:len(runes)-1]
	}
	return strings.TrimSpace(string(runes)) + "…"
}

func (p *printer) line(x, y, width float64, colour [3]int) {
	p.pdf.SetDrawColor(colour[0], colour[1], colour[2])
	p.pdf.SetLineWidth(0.2)
	p.pdf.Line(x, y, x+width, y)
}

func (p *printer) block(b Block, i int) {
	var pieces []piece
	if b.Label != "" {
		pieces = append(pieces, piece{text: b.Label, face: bold})
	}
	pieces = append(pieces, piece{text: b.Text})
	switch b.Kind {
	case Heading:
		size := []float64{18, 14.5, 12}[min(max(b.Level, 1), 3)-1]
		p.y += size * 0.35
		p.room(size*point*1.3 + 3*textSize*point*1.45) // not alone at the foot of a page
		p.pdf.Bookmark(strings.Join(strings.Fields(plain(b.Text)), " "), min(max(b.Level, 1), 3)-1, p.y)
		p.paragraph(style{bold, size, 1.25, ink}, left, column, pieces, b.ID)
		p.y += 1.5
	case Label:
		p.y += 1.5
		p.room(4 * textSize * point * 1.45)
		p.paragraph(style{bold, textSize, 1.4, ink}, left, column, pieces, b.ID)
		p.y += 0.5
	case Words:
		p.words(b, pieces)
	case Notice:
		p.marked(style{sans, textSize, 1.4, ink}, pieces, b.ID, quiet)
		p.y += 2.5
	case Fine:
		p.paragraph(style{sans, fineSize, 1.4, quiet}, left, column, pieces, b.ID)
		p.y += 1.5
	case Grid:
		p.table(*b.Table)
	default:
		p.paragraph(style{sans, textSize, 1.45, ink}, left, column, pieces, b.ID)
		p.y += 2.5
	}
}

// words sets what somebody said: in the serif with a rule at its left, and below it whose words they are.
func (p *printer) words(b Block, pieces []piece) {
	said := style{sans, textSize, 1.45, ink}
	if b.Own {
		said = style{serif, textSize, 1.45, ink}
	}
	p.room(2 * textSize * point * 1.45)
	p.marked(said, pieces, b.ID, accent)
	if b.By != "" {
		p.marked(style{sans, fineSize, 1.5, quiet}, []piece{{text: b.By, link: b.To}}, "", accent)
	}
	p.y += 3
}

// marked sets a paragraph with a rule at its left, line by line, since it may go over pages.
func (p *printer) marked(s style, pieces []piece, id string, colour [3]int) {
	height := s.height()
	for i, l := range p.lines(s, column-wordsIndent, pieces) {
		p.room(height)
		if i == 0 {
			p.anchor(id)
		}
		p.pdf.SetFillColor(colour[0], colour[1], colour[2])
		p.pdf.Rect(left, p.y, rule, height, "F")
		p.set(s, left+wordsIndent, l)
		p.y += height
	}
}

func (p *printer) paragraph(s style, x, width float64, pieces []piece, id string) {
	for i, l := range p.lines(s, width, pieces) {
		p.room(s.height())
		if i == 0 {
			p.anchor(id)
		}
		p.set(s, x, l)
		p.y += s.height()
	}
}

// anchor lets links find this place.
func (p *printer) anchor(id string) {
	if id != "" {
		p.pdf.SetLink(p.link(id), p.y, -1)
	}
}

func (p *printer) link(id string) int {
	l, ok := p.links[id]
	if !ok {
		l = p.pdf.AddLink()
		p.links[id] = l
	}
	return l
}
