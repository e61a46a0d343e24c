package paper_test

import (
	"testing"

	"harmonium/appliance/paper"
)

func TestADocumentAsMarkdown(t *testing.T) {
	got := paper.Markdown([]paper.Block{
		{Kind: paper.Notice, Text: "One *thing*\nis missing."},
		{Kind: paper.Heading, Level: 2, Text: "At a\nglance", ID: "top"},
		{Text: "One.\nTwo."},
		{Kind: paper.Label, Text: "Goal"},
		{Label: "Anna:", Text: "1. no list"},
		{Kind: paper.Words, Text: "“# well”", By: "Participant 3", To: "top"},
		{Kind: paper.Grid, Table: &paper.Table{Columns: []string{"a|b", "n"}, Rows: [][]paper.Cell{{"=1\n2", 1234}, {nil, 0.5}}}},
		{Kind: paper.Fine, Text: "The end.\x00"},
	})
	const want = "> One \\*thing\\* is missing.\n\n" +
		"## <a id=\"top\"></a>At a glance\n\n" +
		"One.  \nTwo.\n\n" +
		"**Goal**\n\n" +
		"**Anna:** 1\\. no list\n\n" +
		"> “\\# well”\n>\n> — [Participant 3](#top)\n\n" +
		"| a\\|b | n |\n|---|---|\n| \\=1 2 | 1234 |\n|  | 0.5 |\n\n" +
		"*The end.*\n"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
