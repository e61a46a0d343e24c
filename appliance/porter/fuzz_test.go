package porter_test

import (
	"bytes"
	"net"
	"testing"

	"harmonium/appliance/porter"
)

// What is read from a header can be written again and means the same; what follows the header is left alone.
func FuzzHeader(f *testing.F) {
	for _, a := range []string{"192.0.2.1:5000", "[2001:db8::1]:5000"} {
		at, _ := net.ResolveTCPAddr("tcp", a)
		head, err := porter.Header(at, at)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(head)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		r := bytes.NewReader(raw)
		from, to, err := porter.ReadHeader(r)
		if err != nil {
			return
		}
		if length := 16 + int(raw[14])<<8 + int(raw[15]); len(raw)-r.Len() != length {
			t.Fatalf("%d bytes were read of a header of %d", len(raw)-r.Len(), length)
		}
		head, err := porter.Header(net.TCPAddrFromAddrPort(from), net.TCPAddrFromAddrPort(to))
		if err != nil {
			t.Fatal(err)
		}
		from2, to2, err := porter.ReadHeader(bytes.NewReader(head))
		if err != nil || from2 != from || to2 != to {
			t.Fatalf("%v, %v became %v, %v, %v", from, to, from2, to2, err)
		}
	})
}
