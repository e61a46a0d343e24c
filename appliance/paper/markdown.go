package paper

import (
	"fmt"
	"strings"
)

// Markdown gives blocks as Markdown, in the dialect that GitHub reads.
func Markdown(blocks []Block) string {
	var b strings.Builder
	for _, block := range blocks {
		text := EscapeLines(clean(block.Text))
		if block.Label != "" {
			text = "**" + Escape(clean(block.Label)) + "** " + text
		}
		if block.ID != "" {
			text = `<a id="` + block.ID + `"></a>` + text
		}
		by := Escape(clean(block.By))
		if block.To != "" {
			by = fmt.Sprintf("[%s](#%s)", by, block.To)
		}
		switch block.Kind {
		case Text:
			b.WriteString(text + "\n\n")
		case Heading:
			fmt.Fprintf(&b, "%s %s\n\n", strings.Repeat("#", block.Level), oneLine(text))
		case Label:
			fmt.Fprintf(&b, "**%s**\n\n", oneLine(text))
		case Words:
			fmt.Fprintf(&b, "> %s\n>\n> — %s\n\n", strings.ReplaceAll(text, "\n", "\n> "), by)
		case Notice:
			fmt.Fprintf(&b, "> %s\n\n", oneLine(text))
		case Fine:
			fmt.Fprintf(&b, "*%s*\n\n", oneLine(text))
		case Grid:
			markdownTable(&b, *block.Table)
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func markdownTable(b *strings.Builder, t Table) {
	row := func(n int, cell func(i int) string) {
		b.WriteByte('|')
		for i := range n {
			b.WriteString(" " + cell(i) + " |")
		}
		b.WriteByte('\n')
	}
	row(len(t.Columns), func(i int) string { return Escape(clean(t.Columns[i])) })
	b.WriteString("|" + strings.Repeat("---|", len(t.Columns)) + "\n")
	for _, cells := range t.Rows {
		row(len(cells), func(i int) string {
			if text, ok := cells[i].(string); ok {
				return Escape(clean(text))
			}
			return show(cells[i])
		})
	}
	b.WriteByte('\n')
}

func oneLine(s string) string { return strings.ReplaceAll(s, "  \n", " ") }

var escaper = strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "#", `\#`,
	"<", "&lt;", ">", "&gt;", "&", "&amp;", "|", `\|`, "~", `\~`, "\r", " ", "\n", " ")

// Escape keeps what people wrote from being read as Markdown or HTML. It gives one line.
func Escape(s string) string {
	s = escaper.Replace(strings.TrimSpace(s))
	// At the beginning of a line these make a list, a rule or a heading.
	mark := strings.TrimLeft(s, "0123456789")
	switch {
	case mark == "" || !strings.ContainsRune("-+=.)", rune(mark[0])):
		return s
	case len(mark) < len(s) == (mark[0] == '.' || mark[0] == ')'):
		return s[:len(s)-len(mark)] + `\` + mark
	}
	return s
}

// EscapeLines is Escape for a text of several lines, which stay lines (two spaces at their end do that in Markdown).
func EscapeLines(s string) string {
	var lines []string
	for line := range strings.Lines(s) {
		lines = append(lines, Escape(line))
	}
	return strings.Join(lines, "  \n")
}
