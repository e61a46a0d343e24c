package paper

import (
	_ "embed"
	"fmt"
	"html"
	"strings"
)

// look is how a page is shown and printed.
//
//go:embed look.css
var look string

// HTML gives a document as one page that needs nothing else: no script, no picture, no font from elsewhere, and a policy
// that lets a browser fetch none. Each paragraph reads in the direction of its own words.
func HTML(d Document) []byte {
	var b strings.Builder
	direction := "ltr"
	if readsRightToLeft(d.Language) {
		direction = "rtl"
	}
	fmt.Fprintf(&b, "<!doctype html>\n<html lang=\"%s\" dir=\"%s\">\n<head>\n<meta charset=\"utf-8\" />\n"+
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\" />\n"+
		"<meta name=\"viewport\" content=\"width=device-width\" />\n<title>%s</title>\n<style>\n%s</style>\n</head>\n<body>\n",
		escaped(string(d.Language)), direction, escaped(d.Title), look)
	fmt.Fprintf(&b, "<header>\n<h1 dir=\"auto\">%s</h1>\n", escaped(d.Title))
	if d.Lead != "" {
		fmt.Fprintf(&b, "<p dir=\"auto\">%s</p>\n", escaped(d.Lead))
	}
	b.WriteString("</header>\n<main>\n")
	for _, block := range d.Blocks {
		block.html(&b)
	}
	b.WriteString("</main>\n</body>\n</html>\n")
	return []byte(b.String())
}

// escaped gives a text as it may stand in an element or an attribute.
func escaped(s string) string { return html.EscapeString(clean(s)) }

func (block Block) html(b *strings.Builder) {
	id := ""
	if block.ID != "" {
		id = ` id="` + escaped(block.ID) + `"`
	}
	text := strings.ReplaceAll(escaped(block.Text), "\n", "<br />\n")
	if block.Label != "" {
		text = "<b>" + escaped(block.Label) + "</b> " + text
	}
	switch block.Kind {
	case Heading:
		level := min(max(block.Level, 1), 3) + 1 // the title is the first one
		fmt.Fprintf(b, "<h%d%s dir=\"auto\">%s</h%[1]d>\n", level, id, text)
	case Words:
		who := escaped(block.By)
		if block.To != "" {
			who = `<a href="#` + escaped(block.To) + `">` + who + "</a>"
		}
		class := ""
		if block.Own {
			class = ` class="own"`
		}
		fmt.Fprintf(b, "<blockquote%s>\n<p%s dir=\"auto\">%s</p>\n<footer dir=\"auto\">%s</footer>\n</blockquote>\n", id, class, text, who)
	case Grid:
		block.Table.html(b, id)
	default:
		class := map[Kind]string{Label: "label", Notice: "notice", Fine: "fine"}[block.Kind]
		if class != "" {
			class = ` class="` + class + `"`
		}
		fmt.Fprintf(b, "<p%s%s dir=\"auto\">%s</p>\n", id, class, text)
	}
}

func (t Table) html(b *strings.Builder, id string) {
	fmt.Fprintf(b, "<table%s>\n<thead><tr>", id)
	for _, head := range t.Columns {
		fmt.Fprintf(b, "<th scope=\"col\" dir=\"auto\">%s</th>", escaped(head))
	}
	b.WriteString("</tr></thead>\n<tbody>\n")
	for _, row := range t.Rows {
		b.WriteString("<tr>")
		for _, c := range row {
			class := ` dir="auto"`
			if isNumber(c) {
				class = ` class="number"`
			}
			fmt.Fprintf(b, "<td%s>%s</td>", class, strings.ReplaceAll(escaped(show(c)), "\n", "<br />"))
		}
		b.WriteString("</tr>\n")
	}
	b.WriteString("</tbody>\n</table>\n")
}
