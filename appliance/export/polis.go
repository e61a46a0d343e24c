package export

import (
	"time"

	"harmonium/appliance/paper"
)

// polis gives the points as statements in the form in which Polis exports its own (comments.csv): their heads are names
// for programs and are the same in every language. Nobody has voted on them yet and nobody has moderated them, so that
// these are 0. Authors are numbers, also where names are asked for. A point that several people make in the same words
// stands there once, as the first one's.
func (h *handout) polis() ([]byte, error) { return paper.CSV(h.statements()) }

func (h *handout) statements() paper.Table {
	t := paper.Table{Columns: []string{"timestamp", "datetime", "comment-id", "author-id", "agrees", "disagrees", "moderated", "comment-body"}}
	authors := map[string]int{}
	seen := map[string]bool{}
	made := h.Results.Report.CreatedAt // one time for all: when somebody said something could tell who it was
	if made.IsZero() {
		made = h.at
	}
	for _, c := range h.Claims {
		if seen[c.Text] {
			continue
		}
		seen[c.Text] = true
		who := h.called(c.Number, c.Title)
		author, known := authors[who]
		if !known {
			author = len(authors)
			authors[who] = author
		}
		t.Rows = append(t.Rows, []paper.Cell{int(made.UnixMilli()), made.UTC().Format(time.UnixDate), len(t.Rows), author, 0, 0, 0, c.Text})
	}
	return t
}
