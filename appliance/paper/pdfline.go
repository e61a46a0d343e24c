package paper

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// style is how letters are set.
type style struct {
	face   face
	size   float64 // in points
	lead   float64 // height of a line, in sizes
	colour [3]int
}

func (s style) height() float64 { return s.size * s.lead * point }

// piece is a part of a paragraph.
type piece struct {
	text string
	face face   // "" is that of the paragraph
	link string // to an ID
}

// span is a part of a line.
type span struct {
	piece
	x float64
}

// tidy gives a text as it is set: composed, without what only steers, and with a box for what no font shows.
func tidy(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\u00a0', r == '\u202f':
			return '\u00a0' // keeps words together; a narrow one may not be in the fonts
		case unicode.IsSpace(r):
			return ' '
		case !shows(sans, r):
			return sign
		}
		return r
	}, norm.NFC.String(plain(s)))
}

// lines breaks a paragraph into lines of at most a width. A word that is longer than a line is cut.
func (p *printer) lines(s style, width float64, pieces []piece) [][]span {
	var all [][]span
	var line []span
	x := 0.0
	end := func() {
		all, line, x = append(all, line), nil, 0
	}
	blank := p.width(s, " ")
	for i, part := range pieces {
		t := s
		if part.face != "" {
			t.face = part.face
		}
		for j, text := range strings.Split(tidy(part.text), "\n") {
			if j > 0 {
				end()
			}
			for k, word := range strings.Fields(breakable(text)) {
				before := 0.0
				if x > 0 && (i > 0 || j > 0 || k > 0) {
					before = blank
				}
				w := p.width(t, word)
				if x > 0 && x+before+w > width {
					end()
					before = 0
				}
				for w > width { // longer than a line
					n := p.fitting(t, word, width)
					line = append(line, span{piece{string([]rune(word)[:n]), t.face, part.link}, 0})
					end()
					word = string([]rune(word)[n:])
					w = p.width(t, word)
				}
				line = append(line, span{piece{word, t.face, part.link}, x + before})
				x += before + w
			}
		}
	}
	end()
	return all
}

// breakable turns non-breaking blanks into what strings.Fields does not break at.
func breakable(s string) string { return strings.ReplaceAll(s, "\u00a0", keep) }

// keep stands for a non-breaking blank while lines are broken. No font has it and tidy lets nothing like it through.
const keep = "\ue000"

// fitting gives how many characters of a word fit into a width, at least one.
func (p *printer) fitting(s style, word string, width float64) int {
	x, n := 0.0, 0
	for _, r := range word {
		if x += p.width(s, string(r)); x > width && n > 0 {
			break
		}
		n++
	}
	return max(n, 1)
}

// set writes a line whose top is at y. Words that stand side by side in one style are written at once, so that what is
// copied out of the file has its blanks.
func (p *printer) set(s style, x float64, line []span) {
	for i := 0; i < len(line); {
		j := i + 1
		text := line[i].text
		for j < len(line) && line[j].face == line[i].face && line[j].link == line[i].link {
			text += " " + line[j].text
			j++
		}
		if j < len(line) {
			text += " "
		}
		t := s
		t.face = line[i].face
		p.write(t, x+line[i].x, p.y, text, line[i].link)
		i = j
	}
}

// write sets a text whose top is at y.
func (p *printer) write(s style, x, y float64, text, link string) {
	colour := s.colour
	if link != "" {
		colour = accent
	}
	p.pdf.SetTextColor(colour[0], colour[1], colour[2])
	baseline := y + s.height()/2 + s.size*point*0.33
	begin := x
	for _, run := range runs(s.face, text) {
		p.use(s, run.font)
		p.pdf.Text(x, baseline, run.text)
		x += p.pdf.GetStringWidth(run.text)
	}
	if link != "" {
		p.pdf.Link(begin, y, x-begin, s.height(), p.link(link))
	}
}

// run is a part of a text that one font shows.
type run struct {
	font int
	text string
}

func runs(f face, text string) []run {
	var list []run
	text = strings.ReplaceAll(text, keep, " ")
	from, last := 0, -1
	for i, r := range text {
		at, ok := f.of(r)
		if r == ' ' && last >= 0 {
			at, ok = last, f.fonts()[last].covers()[' ']
		}
		if !ok {
			at = 0
		}
		if last >= 0 && at != last {
			list = append(list, run{last, text[from:i]})
			from = i
		}
		last = at
	}
	if last >= 0 {
		list = append(list, run{last, text[from:]})
	}
	return list
}

// width measures a text.
func (p *printer) width(s style, text string) float64 {
	w := 0.0
	for _, run := range runs(s.face, text) {
		p.use(s, run.font)
		w += p.pdf.GetStringWidth(run.text)
	}
	return w
}

// use chooses the font of what is written or measured next.
func (p *printer) use(s style, font int) {
	f := s.face.fonts()[font]
	if !p.added[f.name] {
		p.pdf.AddUTF8FontFromBytes(f.name, "", f.open())
		p.added[f.name] = true
	}
	p.pdf.SetFont(f.name, "", s.size)
}
