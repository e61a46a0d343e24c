package paper

// table sets a table: its head again on every page, numbers at the end of their column, no row over two pages unless it
// is longer than one.
func (p *printer) table(t Table) {
	widths := p.columns(t)
	head := make([]Cell, len(t.Columns))
	for i, c := range t.Columns {
		head[i] = c
	}
	numbers := make([]bool, len(t.Columns))
	for i := range numbers {
		numbers[i] = len(t.Rows) > 0 && isNumber(t.Rows[0][i])
	}
	title := style{bold, fineSize + 0.5, 1.35, ink}
	p.row(title, widths, numbers, head, nil)
	for _, cells := range t.Rows {
		p.row(style{sans, fineSize + 0.5, 1.35, ink}, widths, numbers, cells, func() { p.row(title, widths, numbers, head, nil) })
	}
	p.y += 4
}

// row sets one row; again is what is set first when it begins a page.
func (p *printer) row(s style, widths []float64, numbers []bool, cells []Cell, again func()) {
	lines, n := make([][][]span, len(widths)), 1
	for i := range widths {
		lines[i] = p.lines(s, widths[i]-2*cellInset, []piece{{text: show(cells[i])}})
		n = max(n, len(lines[i]))
	}
	const inset = 0.9
	if height := float64(n)*s.height() + 2*inset; p.y+height > pageHeight-bottom && p.y > top {
		p.newPage()
		if again != nil {
			again()
		}
	}
	p.y += inset
	for k := range n {
		p.room(s.height())
		x := left
		for i, w := range widths {
			if k < len(lines[i]) && len(lines[i][k]) > 0 {
				at := x + cellInset
				if numbers[i] {
					last := lines[i][k][len(lines[i][k])-1]
					at = x + w - cellInset - last.x - p.width(s, last.text)
				}
				p.set(s, at, lines[i][k])
			}
			x += w
		}
		p.y += s.height()
	}
	p.y += inset
	p.line(left, p.y, column, hair)
}

// columns divides the width among the columns by what stands in them: each gets what its longest cell needs, as far as
// there is room, and long ones share what is left.
func (p *printer) columns(t Table) []float64 {
	s := style{bold, fineSize + 0.5, 1.35, ink}
	widths, sum := make([]float64, len(t.Columns)), 0.0
	for i, c := range t.Columns {
		widths[i] = p.width(s, tidy(c))
		for n, row := range t.Rows {
			if n < 200 {
				widths[i] = max(widths[i], min(p.width(s, tidy(show(row[i]))), column*maxColumnShare))
			}
		}
		widths[i] = min(max(widths[i]+2*cellInset, minColumn), column*maxColumnShare)
		sum += widths[i]
	}
	for i := range widths {
		widths[i] *= column / sum
	}
	return widths
}
