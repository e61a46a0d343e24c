package lan_test

import (
	"encoding/xml"
	"errors"
	"io"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"rsc.io/qr"

	"harmonium/appliance/lan"
)

func TestAddressesToGiveOut(t *testing.T) {
	machine := func() ([]netip.Addr, error) {
		return []netip.Addr{
			netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("::1"), netip.MustParseAddr("fe80::1%lo"),
			netip.MustParseAddr("2001:db8::5"), netip.MustParseAddr("203.0.113.9"), netip.MustParseAddr("192.168.1.20"),
		}, nil
	}
	blind := func() ([]netip.Addr, error) { return nil, errors.New("only lo is here") }
	for _, tt := range []struct {
		name, public, listen string
		machine              func() ([]netip.Addr, error)
		want                 []lan.Address
	}{
		{"this machine only", "", "127.0.0.1:8080", machine, []lan.Address{{URL: "http://127.0.0.1:8080"}}},
		{"IPv6 loopback", "", "[::1]:8080", machine, []lan.Address{{URL: "http://[::1]:8080"}}},
		{"localhost by name", "", "localhost:8080", machine, []lan.Address{{URL: "http://localhost:8080"}}},
		{"one interface", "", "192.168.1.20:80", machine, []lan.Address{{URL: "http://192.168.1.20", Phones: true}}},
		{"all interfaces, typed most easily first", "", ":8080", machine, []lan.Address{
			{URL: "http://192.168.1.20:8080", Phones: true}, {URL: "http://203.0.113.9:8080", Phones: true},
			{URL: "http://[2001:db8::5]:8080", Phones: true}, {URL: "http://127.0.0.1:8080"},
		}},
		{"all interfaces of IPv4", "", "0.0.0.0:80", machine, []lan.Address{
			{URL: "http://192.168.1.20", Phones: true}, {URL: "http://203.0.113.9", Phones: true}, {URL: "http://127.0.0.1"},
		}},
		{"all interfaces that cannot be seen", "", ":8080", blind, []lan.Address{{URL: "http://127.0.0.1:8080"}}},
		{"given by the administrator", "https://box.example/", "127.0.0.1:8080", machine, []lan.Address{
			{URL: "https://box.example", Phones: true}, {URL: "http://127.0.0.1:8080"},
		}},
		{"given and the same", "http://127.0.0.1:8080", "127.0.0.1:8080", machine, []lan.Address{{URL: "http://127.0.0.1:8080"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n := open(t, lan.Options{Mode: lan.ModeNone, Public: tt.public, Listen: tt.listen, Local: tt.machine})
			if diff := cmp.Diff(tt.want, n.Addresses()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// The drawing holds exactly the modules of the code, inside a white margin, and is well-formed.
func TestQRIsDrawnModuleByModule(t *testing.T) {
	for _, url := range []string{"http://127.0.0.1:8080/chat?s=hst_0123456789abcdef", "HTTPS://BOX/JOIN", strings.Repeat("a", 2000)} {
		svg, err := lan.QRSVG(url)
		if err != nil {
			t.Fatal(err)
		}
		for d := xml.NewDecoder(strings.NewReader(string(svg))); ; {
			if _, err := d.Token(); err == io.EOF {
				break
			} else if err != nil {
				t.Fatalf("not well-formed: %v", err)
			}
		}
		code, err := qr.Encode(url, qr.M)
		if err != nil {
			t.Fatal(err)
		}
		side := code.Size + 8
		if want := `viewBox="0 0 ` + strconv.Itoa(side) + " " + strconv.Itoa(side) + `"`; !strings.Contains(string(svg), want) {
			t.Errorf("no %s", want)
		}
		black := map[[2]int]bool{}
		for _, m := range regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1h-\d+z`).FindAllStringSubmatch(string(svg), -1) {
			x, _ := strconv.Atoi(m[1])
			y, _ := strconv.Atoi(m[2])
			n, _ := strconv.Atoi(m[3])
			for i := range n {
				black[[2]int{x + i, y}] = true
			}
		}
		for y := range side {
			for x := range side {
				if black[[2]int{x, y}] != code.Black(x-4, y-4) {
					t.Fatalf("module %d,%d is drawn wrong", x, y)
				}
			}
		}
	}
}

func TestQRRefusesWhatDoesNotFit(t *testing.T) {
	if _, err := lan.QRSVG(strings.Repeat("a", 5000)); err == nil {
		t.Error("5,000 bytes were drawn")
	}
}
