package paper

import (
	"bytes"
	"compress/zlib"
	"embed"
	"encoding/binary"
	"fmt"
	"io"
	"sync"
)

// The fonts are the files that npm has as @fontsource/source-sans-3 5.3.0 and @fontsource/source-serif-4 5.3.1, as they
// are: the same families as those of the pages, cut into pieces by script. They are under the SIL Open Font License.
//
//go:embed fonts
var fontFiles embed.FS

// face is a family in one weight.
type face string

// The faces: what is read, what stands out, and people's own words.
const (
	sans  face = "source-sans-3|400"
	bold  face = "source-sans-3|600"
	serif face = "source-serif-4|400"
)

// faces lists them.
var faces = []face{sans, bold, serif}

// scripts are the pieces of each face, the most usual first.
var scripts = []string{"latin", "latin-ext", "cyrillic", "cyrillic-ext", "greek", "vietnamese"}

// font is one piece of a face.
type font struct {
	name   string // for programs
	woff   []byte
	open   func() []byte        // as TrueType
	covers func() map[rune]bool // what it can show
}

// fonts gives the pieces of a face.
func (f face) fonts() []font { return fontsByFace()[f] }

var fontsByFace = sync.OnceValue(func() map[face][]font {
	all := map[face][]font{}
	for _, f := range faces {
		for _, script := range scripts {
			var family, weight string
			for i := range f {
				if f[i] == '|' {
					family, weight = string(f[:i]), string(f[i+1:])
				}
			}
			name := fmt.Sprintf("%s-%s-%s-normal", family, script, weight)
			woff, err := fontFiles.ReadFile("fonts/" + name + ".woff")
			if err != nil {
				panic(err) // embedded
			}
			open := sync.OnceValue(func() []byte { return trueType(woff) })
			all[f] = append(all[f], font{name, woff, open, sync.OnceValue(func() map[rune]bool { return coverage(open()) })})
		}
	}
	return all
})

// of gives the place of the piece that shows r; false when none does.
func (f face) of(r rune) (int, bool) {
	for i, piece := range f.fonts() {
		if piece.covers()[r] {
			return i, true
		}
	}
	return 0, false
}

// trueType unpacks a font from WOFF 1.0 (W3C Recommendation), without the tables that neither a PDF nor its making
// reads. The files are our own, so that one that is wrong stops the program.
func trueType(woff []byte) []byte {
	type table struct {
		tag      [4]byte
		checksum uint32
		data     []byte
	}
	be := binary.BigEndian
	var tables []table
	for i := range int(be.Uint16(woff[12:])) {
		entry := woff[44+20*i:]
		t := table{tag: [4]byte(entry[:4]), checksum: be.Uint32(entry[16:])}
		offset, packed, size := be.Uint32(entry[4:]), be.Uint32(entry[8:]), be.Uint32(entry[12:])
		switch string(t.tag[:]) {
		case "BASE", "GDEF", "GPOS", "GSUB", "STAT", "gasp":
			continue
		}
		t.data = woff[offset : offset+packed]
		if packed < size {
			r, err := zlib.NewReader(bytes.NewReader(t.data))
			if err != nil {
				panic(err)
			}
			if t.data, err = io.ReadAll(r); err != nil {
				panic(err)
			}
		}
		tables = append(tables, t)
	}
	out := binary.BigEndian.AppendUint32(nil, be.Uint32(woff[4:]))
	out = be.AppendUint16(out, uint16(len(tables)))
	out = append(out, make([]byte, 6)...) // for binary searches, which nobody does here
	place := len(out) + 16*len(tables)
	for _, t := range tables {
		out = append(out, t.tag[:]...)
		out = be.AppendUint32(out, t.checksum)
		out = be.AppendUint32(out, uint32(place))
		out = be.AppendUint32(out, uint32(len(t.data)))
		place += (len(t.data) + 3) &^ 3
	}
	for _, t := range tables {
		out = append(out, t.data...)
		for len(out)%4 != 0 {
			out = append(out, 0)
		}
	}
	return out
}

// coverage reads which characters a TrueType font shows, from its table of the Basic Multilingual Plane (format 4).
func coverage(ttf []byte) map[rune]bool {
	be := binary.BigEndian
	covers := map[rune]bool{}
	for i := range int(be.Uint16(ttf[4:])) {
		entry := ttf[12+16*i:]
		if string(entry[:4]) != "cmap" {
			continue
		}
		cmap := ttf[be.Uint32(entry[8:]):]
		sub := cmap[be.Uint32(cmap[8:]):] // the first one; all are the same in these files
		segments := int(be.Uint16(sub[6:])) / 2
		for s := range segments {
			last, first := be.Uint16(sub[14+2*s:]), be.Uint16(sub[16+2*segments+2*s:])
			for r := int(first); r <= int(last) && r != 0xffff; r++ {
				covers[rune(r)] = true
			}
		}
	}
	return covers
}
