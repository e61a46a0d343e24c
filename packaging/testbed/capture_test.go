package testbed_test

import (
	"encoding/hex"
	"strings"
	"testing"

	"harmonium/packaging/testbed"
)

// frame makes a frame of the box: the type in hexadecimal, and what it carries.
func frame(t testing.TB, kind string, payload ...string) []byte {
	t.Helper()
	b, err := hex.DecodeString("020000000002" + "020000000001" + kind + strings.ReplaceAll(strings.Join(payload, ""), " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Addresses of the box, the client and the sink, and what is made of them.
const (
	fromBox, toClient, toSink = "c0a84d01", "c0a84d02", "c0a84d03"

	ip4  = "45000000 00000000 40" // then protocol, checksum, from, to
	tcp4 = "00000000 00000000 50" // then flags and the rest; before it the ports
	rest = "0000 00000000"        // window, checksum, urgent pointer
	ip6  = "60000000 0000"        // then next header, hops, from, to
	ula  = "fd770000000000000000000000000001"
	all  = "ff0200000000000000000000000000fb"
)

func TestFramesAreToldApart(t *testing.T) {
	for name, tt := range map[string]struct {
		frame []byte
		kind  string
		way   string
	}{
		"an answer by HTTPS":                         {frame(t, "0800", ip4, "060000", fromBox, toClient, "01bb c001", tcp4, "18", rest), testbed.Answer, ""},
		"a hand shaken":                              {frame(t, "0800", ip4, "060000", fromBox, toClient, "01bb c001", tcp4, "12", rest), testbed.Answer, ""},
		"a connection opened":                        {frame(t, "0800", ip4, "060000", fromBox, toClient, "c001 01bb", tcp4, "02", rest), testbed.WayOut, ""},
		"one opened from the port of ours":           {frame(t, "0800", ip4, "060000", fromBox, toSink, "01bb 2390", tcp4, "02", rest), testbed.WayOut, "9104"},
		"an answer from another port":                {frame(t, "0800", ip4, "060000", fromBox, toClient, "1f90 c001", tcp4, "18", rest), testbed.WayOut, ""},
		"the name of the box":                        {frame(t, "0800", ip4, "110000", fromBox, "e00000fb", "14e9 14e9 0008 0000"), testbed.Announce, ""},
		"the name, to the client that asked":         {frame(t, "0800", ip4, "110000", fromBox, toClient, "14e9 c001 0008 0000"), testbed.Announce, ""},
		"the name, to the sink":                      {frame(t, "0800", ip4, "110000", fromBox, toSink, "14e9 c001 0008 0000"), testbed.WayOut, ""},
		"multicast DNS with a mark":                  {frame(t, "0800", ip4, "110000", fromBox, "e00000fb", "14e9 14e9 0008 0000", hex.EncodeToString([]byte("way-out.x"))), testbed.WayOut, "x"},
		"a DNS query with a mark":                    {frame(t, "0800", ip4, "110000", fromBox, toSink, "c001 0035 0008 0000", hex.EncodeToString([]byte("\x07way-out\x0cdns-resolved\x00"))), testbed.WayOut, "dns-resolved"},
		"a protocol nobody knows":                    {frame(t, "0800", ip4, "fd0000", fromBox, toClient), testbed.WayOut, ""},
		"a frame nobody knows":                       {frame(t, "88b5", "00"), testbed.WayOut, ""},
		"looking for the client":                     {frame(t, "0806", "0001 0800 06 04 0001 020000000001", fromBox, "000000000000", toClient), testbed.Link, ""},
		"looking for the sink":                       {frame(t, "0806", "0001 0800 06 04 0001 020000000001", fromBox, "000000000000", toSink), testbed.WayOut, ""},
		"answering the sink that looked for the box": {frame(t, "0806", "0001 0800 06 04 0002 020000000001", fromBox, "020000000003", toSink), testbed.Link, ""},
		"joining a group, IPv6":                      {frame(t, "86dd", ip6, "00 01", ula, all, "3a00 0502 0000 0100", "8f000000 00000000"), testbed.Link, ""},
		"a ping, IPv6":                               {frame(t, "86dd", ip6, "3a 40", ula, all, "80000000 00000000"), testbed.WayOut, ""},
		"half a header":                              {frame(t, "0800", "4500"), testbed.WayOut, ""},
		"nothing":                                    {nil, testbed.WayOut, ""},
	} {
		got := testbed.Dissect(tt.frame)
		if got.Kind != tt.kind || got.Way != tt.way || got.Text == "" {
			t.Errorf("%s: %+v, want %q by way %q", name, got, tt.kind, tt.way)
		}
	}
}

func FuzzFramesAreToldApart(f *testing.F) {
	f.Add(frame(f, "0800", ip4, "060000", fromBox, toClient, "01bb c001", tcp4, "18", rest))
	f.Add(frame(f, "86dd", ip6, "00 01", ula, all, "3a00 0502 0000 0100", "8f000000 00000000"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if got := testbed.Dissect(b); got.Kind == "" || got.Text == "" {
			t.Errorf("%+v", got)
		}
	})
}
