package paper

import (
	"fmt"
	"strconv"
	"time"
)

// show gives a cell as people read it.
func show(c Cell) string {
	switch v := c.(type) {
	case nil:
		return ""
	case string:
		return clean(v)
	case int:
		return strconv.Itoa(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case time.Time:
		if v.IsZero() {
			return ""
		}
		return v.UTC().Format("2006-01-02 15:04")
	}
	panic(fmt.Sprintf("paper: a cell of type %T", c))
}

// Texts gives the cells of a table as people read them.
func (t Table) Texts() [][]string {
	rows := make([][]string, len(t.Rows))
	for i, row := range t.Rows {
		rows[i] = make([]string, len(row))
		for j, c := range row {
			rows[i][j] = show(c)
		}
	}
	return rows
}
