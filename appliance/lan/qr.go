package lan

import (
	"bytes"
	"fmt"

	"rsc.io/qr"
)

// quietZone is the white margin that a scanner needs around the code, in modules (ISO/IEC 18004, 6.3.8).
const quietZone = 4

// QRSVG draws url as a QR code: an SVG image without a size of its own, one unit to a module, black on white whatever
// the page around it looks like, because many scanners do not read the inverse. It fails when url is too long for a
// code (about 2,300 bytes).
func QRSVG(url string) ([]byte, error) {
	// Level M stands 15 % of damage and keeps the modules large enough for a projector at the end of the room.
	code, err := qr.Encode(url, qr.M)
	if err != nil {
		return nil, fmt.Errorf("draw QR code: %w", err)
	}
	side := code.Size + 2*quietZone
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" shape-rendering="crispEdges">`, side, side)
	fmt.Fprintf(&b, `<path fill="#fff" d="M0 0h%dv%dH0z"/><path fill="#000" d="`, side, side)
	for y := range code.Size {
		for x := 0; x < code.Size; {
			run := 0
			for code.Black(x+run, y) { // white beyond the edge
				run++
			}
			if run > 0 {
				fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", x+quietZone, y+quietZone, run, run)
			}
			x += run + 1
		}
	}
	b.WriteString(`"/></svg>`)
	return b.Bytes(), nil
}
