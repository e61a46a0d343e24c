package porter

import (
	"io"
	"net"
	"net/netip"
)

// Header says who came in and where.
func Header(from, to net.Addr) ([]byte, error) { return header(from, to) }

// ReadHeader reads what Header has written.
func ReadHeader(r io.Reader) (from, to netip.AddrPort, err error) { return readHeader(r) }
