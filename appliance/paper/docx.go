package paper

import (
	"fmt"
	"strings"
)

const wordNames = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="` + relationships + `"`

// DOCX gives a document as a file of word processors: headings that make an outline, quotations and tables in styles of
// their own, page numbers in the foot. Each paragraph reads in the direction of its own words.
func DOCX(d Document) ([]byte, error) {
	w := word{ids: map[string]int{}}
	w.paragraph("Title", "", w.run("", d.Title), d.Title)
	if d.Lead != "" {
		w.paragraph("Subtitle", "", w.run("", d.Lead), d.Lead)
	}
	for _, block := range d.Blocks {
		w.block(block)
	}
	w.b.WriteString(`<w:sectPr><w:footerReference w:type="default" r:id="rId2"/><w:pgSz w:w="11906" w:h="16838"/>` +
		`<w:pgMar w:top="1247" w:right="1417" w:bottom="1247" w:left="1417" w:header="708" w:footer="567" w:gutter="0"/></w:sectPr>`)
	body := xmlHead + `<w:document ` + wordNames + `><w:body>` + w.b.String() + `</w:body></w:document>`
	const kind = contentTypes + "wordprocessingml."
	return archive(d.Title, d.At,
		part{"word/document.xml", kind + "document.main+xml", body},
		part{"word/_rels/document.xml.rels", "", links(link{"styles", "styles.xml"}, link{"footer", "footer1.xml"})},
		part{"word/styles.xml", kind + "styles+xml", wordStyles(string(d.Language))},
		part{"word/footer1.xml", kind + "footer+xml", footer(d)},
	)
}

// word writes the body of a document.
type word struct {
	b   strings.Builder
	ids map[string]int // of bookmarks
}

func (w *word) block(b Block) {
	if b.Kind == Grid {
		w.table(*b.Table)
		return
	}
	style := ""
	switch b.Kind {
	case Heading:
		style = fmt.Sprintf("Heading%d", min(max(b.Level, 1), 3))
	case Label:
		style = "Label"
	case Words:
		if style = "Paraphrase"; b.Own {
			style = "Quote"
		}
	case Notice:
		style = "Notice"
	case Fine:
		style = "Fine"
	}
	runs := w.run("", b.Text)
	if b.Label != "" {
		runs = w.run(`<w:b/><w:bCs/>`, b.Label+" ") + runs
	}
	w.paragraph(style, b.ID, runs, b.Label+b.Text)
	if b.Kind == Words && b.By != "" {
		who := w.run("", b.By)
		if b.To != "" {
			who = `<w:hyperlink w:anchor="` + inXML(bookmark(b.To)) + `">` + w.run(`<w:rStyle w:val="Hyperlink"/>`, b.By) + `</w:hyperlink>`
		}
		w.paragraph("Source", "", who, b.By)
	}
}

// paragraph writes runs; text is what they say, by which the direction is chosen.
func (w *word) paragraph(style, id, runs, text string) {
	w.b.WriteString(`<w:p>`)
	properties := ""
	if style != "" {
		properties = `<w:pStyle w:val="` + style + `"/>`
	}
	if rightToLeft(text) {
		properties += `<w:bidi/>`
	}
	if properties != "" {
		w.b.WriteString(`<w:pPr>` + properties + `</w:pPr>`)
	}
	if id != "" {
		n := len(w.ids)
		w.ids[id] = n
		fmt.Fprintf(&w.b, `<w:bookmarkStart w:id="%d" w:name="%s"/><w:bookmarkEnd w:id="%[1]d"/>`, n, inXML(bookmark(id)))
	}
	w.b.WriteString(runs + `</w:p>`)
}

// bookmark gives the name of a bookmark for an ID: it begins with a letter and has at most 40 characters.
func bookmark(id string) string { return "b_" + id }

// run gives a text with line breaks as runs, with properties.
func (w *word) run(properties, text string) string {
	if rightToLeft(text) {
		properties += `<w:rtl/>`
	}
	if properties != "" {
		properties = `<w:rPr>` + properties + `</w:rPr>`
	}
	var b strings.Builder
	for i, line := range strings.Split(clean(text), "\n") {
		b.WriteString(`<w:r>` + properties)
		if i > 0 {
			b.WriteString(`<w:br/>`)
		}
		b.WriteString(`<w:t xml:space="preserve">` + inXML(line) + `</w:t></w:r>`)
	}
	return b.String()
}

func (w *word) table(t Table) {
	w.b.WriteString(`<w:tbl><w:tblPr><w:tblStyle w:val="Grid"/><w:tblW w:w="5000" w:type="pct"/><w:tblLook w:firstRow="1"/></w:tblPr><w:tblGrid>`)
	for range t.Columns {
		w.b.WriteString(`<w:gridCol/>`)
	}
	w.b.WriteString(`</w:tblGrid>`)
	head := make([]Cell, len(t.Columns))
	for i, c := range t.Columns {
		head[i] = c
	}
	w.row(head, `<w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>`, `<w:b/><w:bCs/>`)
	for _, cells := range t.Rows {
		w.row(cells, `<w:trPr><w:cantSplit/></w:trPr>`, "")
	}
	w.b.WriteString(`</w:tbl><w:p/>`) // two tables without a paragraph between them would become one
}

func (w *word) row(cells []Cell, properties, look string) {
	w.b.WriteString(`<w:tr>` + properties)
	for _, c := range cells {
		w.b.WriteString(`<w:tc><w:tcPr><w:tcW w:w="0" w:type="auto"/></w:tcPr>`)
		style := "Cell"
		if isNumber(c) {
			style = "Figure"
		}
		w.paragraph(style, "", w.run(look, show(c)), show(c))
		w.b.WriteString(`</w:tc>`)
	}
	w.b.WriteString(`</w:tr>`)
}

// footer gives the foot of every page: what the document is, and which page of how many.
func footer(d Document) string {
	field := func(name string) string {
		return `</w:t></w:r><w:fldSimple w:instr=" ` + name + ` "><w:r><w:t>1</w:t></w:r></w:fldSimple><w:r><w:t xml:space="preserve">`
	}
	page := strings.NewReplacer("{page}", field("PAGE"), "{pages}", field("NUMPAGES")).Replace(inXML(d.Page))
	return xmlHead + `<w:ftr ` + wordNames + `><w:p><w:pPr><w:pStyle w:val="Footer"/></w:pPr><w:r><w:t xml:space="preserve">` +
		inXML(d.Foot) + `</w:t></w:r><w:r><w:tab/></w:r><w:r><w:t xml:space="preserve">` + page + `</w:t></w:r></w:p></w:ftr>`
}

// wordStyles are the styles of a document in a language.
func wordStyles(language string) string {
	const (
		quiet  = `<w:color w:val="6B645A"/>`
		beside = `<w:pBdr><w:left w:val="single" w:sz="12" w:space="10" w:color="0F5E5C"/></w:pBdr>`
		indent = `<w:ind w:left="284"/>`
		bold   = `<w:b/><w:bCs/>`
		next   = `<w:keepNext/>`
	)
	size := func(halfPoints int) string {
		return fmt.Sprintf(`<w:sz w:val="%d"/><w:szCs w:val="%[1]d"/>`, halfPoints)
	}
	space := func(before, after int) string {
		return fmt.Sprintf(`<w:spacing w:before="%d" w:after="%d"/>`, before, after)
	}
	style := func(id, name, paragraph, run string) string {
		return `<w:style w:type="paragraph" w:styleId="` + id + `"><w:name w:val="` + name + `"/><w:basedOn w:val="Normal"/><w:qFormat/>` +
			`<w:pPr>` + paragraph + `</w:pPr><w:rPr>` + run + `</w:rPr></w:style>`
	}
	heading := func(level, halfPoints int) string {
		return style(fmt.Sprintf("Heading%d", level), fmt.Sprintf("heading %d", level),
			next+`<w:keepLines/>`+space(320-60*level, 100)+fmt.Sprintf(`<w:outlineLvl w:val="%d"/>`, level-1), bold+size(halfPoints))
	}
	return xmlHead + `<w:styles ` + wordNames + `><w:docDefaults><w:rPrDefault><w:rPr>` +
		`<w:rFonts w:ascii="Calibri" w:hAnsi="Calibri" w:eastAsia="Calibri" w:cs="Arial"/>` + size(22) +
		`<w:lang w:val="` + inXML(language) + `" w:bidi="` + inXML(language) + `"/></w:rPr></w:rPrDefault>` +
		`<w:pPrDefault><w:pPr><w:spacing w:after="140" w:line="276" w:lineRule="auto"/></w:pPr></w:pPrDefault></w:docDefaults>` +
		`<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/><w:qFormat/></w:style>` +
		style("Title", "Title", next+space(0, 80), bold+size(44)) +
		style("Subtitle", "Subtitle", space(0, 320), quiet) +
		heading(1, 36) + heading(2, 29) + heading(3, 24) +
		style("Label", "Label", next+space(120, 40), bold) +
		style("Quote", "Quote", next+beside+space(60, 0)+indent, `<w:rFonts w:ascii="Cambria" w:hAnsi="Cambria" w:cs="Times New Roman"/>`) +
		style("Paraphrase", "Paraphrase", next+beside+space(60, 0)+indent, "") +
		style("Source", "Source", beside+space(0, 200)+indent, quiet+size(18)) +
		style("Notice", "Notice", `<w:pBdr><w:left w:val="single" w:sz="12" w:space="10" w:color="6B645A"/></w:pBdr>`+indent, "") +
		style("Fine", "Fine", space(0, 80), quiet+size(18)) +
		style("Cell", "Cell", space(30, 30), size(19)) +
		style("Figure", "Figure", space(30, 30)+`<w:jc w:val="right"/>`, size(19)) +
		style("Footer", "footer", `<w:tabs><w:tab w:val="right" w:pos="9072"/></w:tabs>`+space(0, 0), quiet+size(17)) +
		`<w:style w:type="character" w:styleId="Hyperlink"><w:name w:val="Hyperlink"/><w:rPr><w:color w:val="0F5E5C"/></w:rPr></w:style>` +
		`<w:style w:type="table" w:styleId="Grid"><w:name w:val="Grid"/><w:tblPr><w:tblBorders>` +
		`<w:top w:val="single" w:sz="4" w:space="0" w:color="D9D2C4"/><w:bottom w:val="single" w:sz="4" w:space="0" w:color="D9D2C4"/>` +
		`<w:insideH w:val="single" w:sz="4" w:space="0" w:color="D9D2C4"/></w:tblBorders></w:tblPr></w:style></w:styles>`
}
