package paper

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"harmonium/appliance"
	"harmonium/appliance/tabular"
)

// What a sheet takes at most (the specifications of Excel).
const (
	maxRows     = 1_048_576
	maxCellText = 32_767 // UTF-16 units
	maxSheet    = 31     // characters of its name
)

// The formats of cells, by their place in styles.
const (
	formatPlain = iota // wraps
	formatHead
	formatTime
)

const xlsxStyles = xmlHead + `<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">` +
	`<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd\ hh:mm"/></numFmts>` +
	`<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>` +
	`<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>` +
	`<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>` +
	`<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="3">` +
	`<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0" applyAlignment="1"><alignment vertical="top" wrapText="1"/></xf>` +
	`<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1" applyAlignment="1"><alignment vertical="top" wrapText="1"/></xf>` +
	`<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyAlignment="1"><alignment vertical="top"/></xf>` +
	`</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`

// Cut counts the texts of tables that are longer than a cell of a spreadsheet takes, which XLSX cuts.
func Cut(tables []Table) int {
	n := 0
	for _, t := range tables {
		for _, row := range t.Rows {
			for _, c := range row {
				if s, ok := c.(string); ok && units(s) > maxCellText-1 { // an apostrophe may come before it
					n++
				}
			}
		}
	}
	return n
}

// XLSX gives tables as the sheets of a workbook, their heads fixed and with filters. No cell can become a formula: texts
// are stored as texts, and go through tabular.Cell besides, since a sheet may be saved as CSV later. It fails with
// CodeUnprocessable when a table has more rows than a sheet takes.
func XLSX(title string, language appliance.Language, at time.Time, tables []Table) ([]byte, error) {
	book := xmlHead + `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="` + relationships + `"><sheets>`
	var sheets []part
	var targets []link
	names := map[string]bool{}
	filters := ""
	for i, t := range tables {
		if len(t.Rows)+1 > maxRows {
			return nil, appliance.Errorf(appliance.CodeUnprocessable,
				"A sheet of a spreadsheet takes %d rows, and this has more. Nothing was made. Export it as CSV.", maxRows)
		}
		name := sheetName(t.Title, names)
		file := fmt.Sprintf("worksheets/sheet%d.xml", i+1)
		book += fmt.Sprintf(`<sheet name="%s" sheetId="%d" r:id="rId%[2]d"/>`, inXML(name), i+1)
		if len(t.Rows) > 0 {
			filters += fmt.Sprintf(`<definedName name="_xlnm._FilterDatabase" localSheetId="%d" hidden="1">%s!$A$1:$%s$%d</definedName>`,
				i, inXML("'"+strings.ReplaceAll(name, "'", "''")+"'"), columnName(len(t.Columns)-1), len(t.Rows)+1)
		}
		targets = append(targets, link{"worksheet", file})
		sheets = append(sheets, part{"xl/" + file, contentTypes + "spreadsheetml.worksheet+xml", t.sheet(readsRightToLeft(language))})
	}
	targets = append(targets, link{"styles", "styles.xml"})
	if filters != "" {
		filters = `<definedNames>` + filters + `</definedNames>`
	}
	parts := append([]part{
		{"xl/workbook.xml", contentTypes + "spreadsheetml.sheet.main+xml", book + `</sheets>` + filters + `</workbook>`},
		{"xl/_rels/workbook.xml.rels", "", links(targets...)},
		{"xl/styles.xml", contentTypes + "spreadsheetml.styles+xml", xlsxStyles},
	}, sheets...)
	return archive(title, at, parts...)
}

func (t Table) sheet(rightToLeft bool) string {
	var b strings.Builder
	b.WriteString(xmlHead + `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetViews><sheetView workbookViewId="0"`)
	if rightToLeft {
		b.WriteString(` rightToLeft="1"`)
	}
	b.WriteString(`><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols>`)
	for i := range t.Columns {
		fmt.Fprintf(&b, `<col min="%d" max="%[1]d" width="%d" customWidth="1"/>`, i+1, t.width(i))
	}
	b.WriteString(`</cols><sheetData>`)
	head := make([]Cell, len(t.Columns))
	for i, c := range t.Columns {
		head[i] = c
	}
	row(&b, 1, head, formatHead)
	for n, cells := range t.Rows {
		row(&b, n+2, cells, formatPlain)
	}
	b.WriteString(`</sheetData>`)
	if len(t.Rows) > 0 {
		fmt.Fprintf(&b, `<autoFilter ref="A1:%s%d"/>`, columnName(len(t.Columns)-1), len(t.Rows)+1)
	}
	return b.String() + `</worksheet>`
}

func row(b *strings.Builder, n int, cells []Cell, format int) {
	fmt.Fprintf(b, `<row r="%d">`, n)
	for i, c := range cells {
		at := columnName(i) + strconv.Itoa(n)
		switch v := c.(type) {
		case nil:
		case int, float64:
			fmt.Fprintf(b, `<c r="%s" s="%d"><v>%s</v></c>`, at, format, show(c))
		case time.Time:
			if !v.IsZero() {
				fmt.Fprintf(b, `<c r="%s" s="%d"><v>%s</v></c>`, at, formatTime, strconv.FormatFloat(serial(v), 'f', 6, 64))
			}
		default:
			text := coded.ReplaceAllString(cut(tabular.Cell(show(c))), "_x005F_${1}")
			fmt.Fprintf(b, `<c r="%s" s="%d" t="inlineStr"><is><t xml:space="preserve">%s</t></is></c>`, at, format, inXML(text))
		}
	}
	b.WriteString(`</row>`)
}

// coded is what spreadsheets read as the code of a character (ECMA-376, ST_Xstring).
var coded = regexp.MustCompile(`_(x[0-9A-Fa-f]{4}_)`)

// serial is a time as spreadsheets count it: in days since the end of 1899.
func serial(t time.Time) float64 {
	return t.UTC().Sub(time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)).Hours() / 24
}

// cut gives as much of a text as a cell takes.
func cut(s string) string {
	if units(s) <= maxCellText {
		return s
	}
	n := 0
	for i, r := range s {
		if n += utf16.RuneLen(r); n > maxCellText-1 {
			return s[:i] + "…"
		}
	}
	return s
}

func units(s string) int {
	if len(s) <= maxCellText {
		return len(s) // no text has more UTF-16 units than bytes
	}
	n := 0
	for _, r := range s {
		n += utf16.RuneLen(r)
	}
	return n
}

// width is about how wide a column has to be, in characters.
func (t Table) width(i int) int {
	w := length(t.Columns[i]) + 4 // and the arrow of its filter
	for n, row := range t.Rows {
		if n == 200 {
			break
		}
		w = max(w, length(show(row[i]))+1)
	}
	return min(max(w, 8), 60)
}

// columnName gives A, B … Z, AA … for 0, 1 … 25, 26 …
func columnName(i int) string {
	if i < 26 {
		return string(rune('A' + i))
	}
	return columnName(i/26-1) + string(rune('A'+i%26))
}

// sheetName gives a title as the name of a sheet, which has no signs of formulas in it, is short and there once.
func sheetName(title string, taken map[string]bool) string {
	name := strings.Trim(strings.Map(func(r rune) rune {
		if strings.ContainsRune(`[]:*?/\`+"\n\t", r) {
			return ' '
		}
		return r
	}, clean(title)), " '")
	if runes := []rune(name); len(runes) > maxSheet-4 {
		name = string(runes[:maxSheet-4])
	}
	if name == "" {
		name = "1"
	}
	unique := name
	for n := 2; taken[strings.ToLower(unique)]; n++ {
		unique = fmt.Sprintf("%s %d", name, n)
	}
	taken[strings.ToLower(unique)] = true
	return unique
}
