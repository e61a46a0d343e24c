package privacy

import (
	_ "embed"
	"fmt"
	"html"
	"strings"

	"harmonium/appliance"
)

// sheet is the sheet on data processing before it is written in one of its forms.
type sheet struct {
	Language  appliance.Language
	Direction string // ltr or rtl
	Title     string
	Lead      string
	Sections  []section
}

// sheet puts together what holds of every box of this program, with the reasons, and then the facts of this one.
func (f Facts) sheet(fingerprint string, language appliance.Language) sheet {
	w, language := wordsOf(language)
	own := []section{
		{w.say("sheet.purpose"), []string{w.say("sheet.purpose.text")}},
		{w.say("sheet.processors"), []string{w.say("sheet.processors.where"), w.say("sheet.processors.none")}},
		{w.say("sheet.training"), []string{w.say("sheet.training.files"), w.say("sheet.training.remote")}},
		{w.say("sheet.transfer"), []string{w.say("sheet.transfer." + f.transfer())}},
	}
	own = append(own, f.sections(w)...)
	own = append(own, section{w.say("sheet.check"), []string{w.say("sheet.check.verify"), w.say("sheet.check.compare")}})
	return sheet{language, w.say("direction"), w.say("sheet.title"), w.say("sheet.lead", "at", at(f.At), "key", fingerprint), own}
}

// transfer says which sentence on transfers is true.
func (f Facts) transfer() string {
	switch {
	case len(f.Allowed) > 0:
		return "allowed"
	case f.Kernel.Sealed:
		return "sealed"
	}
	return "rules"
}

// Sheet is the sheet on data processing that an auditor files, as Markdown.
func (f Facts) Sheet(fingerprint string, language appliance.Language) string {
	s := f.sheet(fingerprint, language)
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n%s\n", s.Title, markdown(s.Lead))
	for _, part := range s.Sections {
		fmt.Fprintf(&b, "\n## %s\n\n", part.Title)
		for _, line := range part.Lines {
			fmt.Fprintf(&b, "- %s\n", markdown(line))
		}
	}
	return b.String()
}

// markdown keeps what others have named, such as accounts and paths, from being read as markup.
func markdown(line string) string {
	return strings.NewReplacer(`\`, `\\`, "<", `\<`, "[", `\[`, "*", `\*`, "_", `\_`, "`", "\\`", "|", `\|`, "\n", " ").Replace(line)
}

// sheetStyle is how the sheet looks, on a screen and on paper.
//
//go:embed sheet.css
var sheetStyle string

// SheetHTML is the same as one page of HTML that prints well: without a script, and with nothing that it would have to
// fetch.
func (f Facts) SheetHTML(fingerprint string, language appliance.Language) string {
	s := f.sheet(fingerprint, language)
	var b strings.Builder
	add := func(before, text, after string) { b.WriteString(before + html.EscapeString(text) + after + "\n") }
	fmt.Fprintf(&b, "<!doctype html>\n<html lang=%q dir=%q>\n<head>\n<meta charset=\"utf-8\">\n", s.Language, s.Direction)
	b.WriteString(`<meta name="viewport" content="width=device-width, initial-scale=1">` + "\n" +
		`<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">` + "\n")
	add("<title>", s.Title, "</title>\n<style>\n"+sheetStyle+"</style>\n</head>\n<body>")
	add("<h1>", s.Title, "</h1>")
	add("<p>", s.Lead, "</p>")
	for _, part := range s.Sections {
		add("<section>\n<h2>", part.Title, "</h2>\n<ul>")
		for _, line := range part.Lines {
			add("<li>", line, "</li>")
		}
		b.WriteString("</ul>\n</section>\n")
	}
	b.WriteString("</body>\n</html>\n")
	return b.String()
}
