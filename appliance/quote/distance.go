package quote

import "unicode/utf8"

// alphabet numbers the characters of a quotation, of which there are at most maxSnap, from 1. All others are 0: they
// never match.
type alphabet struct {
	ascii [utf8.RuneSelf]uint16
	rest  map[rune]uint16
	size  int
}

func newAlphabet(s string) alphabet {
	a := alphabet{rest: make(map[rune]uint16), size: 1}
	for _, r := range s {
		if a.code(r) != 0 {
			continue
		}
		if r < utf8.RuneSelf {
			a.ascii[r] = uint16(a.size)
		} else {
			a.rest[r] = uint16(a.size)
		}
		a.size++
	}
	return a
}

func (a *alphabet) code(r rune) uint16 {
	if r < utf8.RuneSelf {
		return a.ascii[r]
	}
	return a.rest[r]
}

func (a *alphabet) encode(s string) []uint16 {
	codes := make([]uint16, 0, len(s))
	for _, r := range s {
		codes = append(codes, a.code(r))
	}
	return codes
}

// pattern finds the passage with the least edit distance from one sequence, 64 characters at a time, after
// G. Myers, "A fast bit-vector algorithm for approximate string matching based on dynamic programming", JACM 46 (1999),
// with the blocks of H. Hyyrö, "A bit-vector algorithm for computing Levenshtein and Damerau edit distances" (2003).
//
// Both walk the table of distances column by column. A column is kept as the differences between neighbouring rows,
// which are -1, 0 or +1: two bits each.
type pattern struct {
	length int
	// equal holds, for each code and block, in which rows the pattern has that code.
	equal  [][]uint64
	blocks []block
}

// block holds 64 rows of the current column: where a row is one more, or one less, than the row above.
type block struct {
	more, less uint64
}

func newPattern(codes []uint16, size int) *pattern {
	n := (len(codes) + 63) / 64
	p := &pattern{length: len(codes), equal: make([][]uint64, size), blocks: make([]block, n)}
	rows := make([]uint64, size*n)
	for c := range p.equal {
		p.equal[c] = rows[c*n : (c+1)*n]
	}
	for i, c := range codes {
		if c != 0 {
			p.equal[c][i/64] |= 1 << (i % 64)
		}
	}
	return p
}

// nearest returns the least distance between the pattern and any passage of the text, and where the first such passage
// ends.
func (p *pattern) nearest(text []uint16) (least, end int) {
	for i := range p.blocks {
		p.blocks[i] = block{more: ^uint64(0)}
	}
	lastRow := uint(p.length-1) % 64
	distance := p.length
	least = distance
	for i, c := range text {
		equal := p.equal[c]
		carry := 0 // a passage may begin anywhere: the row above the pattern is 0 throughout
		for k := range p.blocks {
			row := uint(63)
			if k == len(p.blocks)-1 {
				row = lastRow
			}
			carry = p.blocks[k].advance(equal[k], carry, row)
		}
		distance += carry
		if distance < least {
			least, end = distance, i+1
		}
	}
	return least, end
}

// advance moves the block to the next column. Equal has a bit for each row whose character is the column's; carry is
// by how much the row above the block changed. Returns by how much the given row of the block changed.
func (b *block) advance(equal uint64, carry int, row uint) int {
	var rose, fell uint64
	switch {
	case carry > 0:
		rose = 1
	case carry < 0:
		fell = 1
	}
	vertical := equal | b.less
	equal |= fell
	horizontal := (((equal & b.more) + b.more) ^ b.more) | equal
	up := b.less | ^(horizontal | b.more)
	down := b.more & horizontal
	change := int(up>>row&1) - int(down>>row&1)
	up = up<<1 | rose
	down = down<<1 | fell
	b.more = down | ^(vertical | up)
	b.less = up & vertical
	return change
}

// align finds the passage of the text that holds most of the quotation in order and least besides: each character found
// counts 2, each one passed over in the text -1. It looks where the quotation would begin at about the given position,
// up to slack characters to either side. Returns the passage, whose ends are characters that were found, and how many
// were. This is the local alignment of T. Smith and M. Waterman (1981) within a band.
func align(quotation, text []uint16, about, slack int) (from, to, found int) {
	type cell struct {
		value, from, found int
	}
	// Column b of row i stands for the alignments of i characters that end at position about-slack+i+b of the text.
	row := make([]cell, 2*slack+1)
	best := cell{}
	for i, c := range quotation {
		origin := about - slack + i + 1
		for b := range row {
			at := origin + b - 1
			next := cell{}
			if at >= 0 && at < len(text) && text[at] == c {
				next = row[b]
				if next.found == 0 {
					next.from = at
				}
				next.value += 2
				next.found++
				if next.value > best.value {
					best, to = next, at+1
				}
			}
			if b+1 < len(row) && row[b+1].value > next.value {
				next = row[b+1]
			}
			if b > 0 && row[b-1].value-1 > next.value {
				next = row[b-1]
				next.value--
			}
			row[b] = next
		}
	}
	return best.from, to, best.found
}
