package paper

import (
	"bytes"
	"encoding/csv"

	"harmonium/appliance/tabular"
)

// Mark stands at the beginning of a CSV file that people open: spreadsheets take one without it for the letters of
// another century. Programs do not expect it.
const Mark = "\ufeff"

// CSV gives a table as RFC 4180 describes it, in UTF-8 without Mark, its heads first. No cell can become a formula.
func CSV(t Table) ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	w.Write(tabular.Row(t.Columns...)) // it keeps its first error for Flush
	for _, cells := range t.Rows {
		row := make([]string, len(cells))
		for i, c := range cells {
			if row[i] = show(c); !isNumber(c) {
				row[i] = tabular.Cell(row[i])
			}
		}
		w.Write(row)
	}
	w.Flush()
	return b.Bytes(), w.Error()
}
