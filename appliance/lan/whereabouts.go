package lan

import (
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"time"

	"harmonium/appliance"
)

// Sheet is what the announcer, who sees the networks of the machine, writes down for the server, who does not.
type Sheet struct {
	WrittenAt  time.Time   `json:"written_at"`
	Name       string      `json:"name"`            // under which the box is announced; "": it is not
	Taken      string      `json:"taken,omitempty"` // the name that it should have, which another machine has
	By         string      `json:"by,omitempty"`    // who answers for the name: "avahi" or "harmonium"
	Interfaces []Interface `json:"interfaces"`
}

// Interface is one network of the machine that is up, with the addresses at which others can reach it. It may have
// none: a cable is plugged in, and no router has given an address.
type Interface struct {
	Name      string       `json:"name"`
	Addresses []netip.Addr `json:"addresses"`
}

// addresses gives those of all interfaces.
func (s Sheet) addresses() []netip.Addr {
	var list []netip.Addr
	for _, i := range s.Interfaces {
		list = append(list, i.Addresses...)
	}
	return list
}

// maxSheet bounds the file of the announcer, in bytes.
const maxSheet = 64 << 10

// ReadSheet reads the file of the announcer.
func ReadSheet(path string) (Sheet, error) {
	f, err := os.Open(path)
	if err != nil {
		return Sheet{}, fmt.Errorf("read addresses: %w", err)
	}
	defer f.Close()
	var s Sheet
	if err := json.NewDecoder(io.LimitReader(f, maxSheet)).Decode(&s); err != nil {
		return Sheet{}, fmt.Errorf("read addresses: %w", err)
	}
	return s, nil
}

// Write puts the sheet in the place of path, for everybody on the machine to read.
func (s Sheet) Write(path string) error {
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("write addresses: %w", err)
	}
	return writeFile(path, append(b, '\n'), 0o644)
}

// learnt remembers at which addresses of the machine connections have come in, and when the last one did.
type learnt map[netip.Addr]time.Time

// maxLearnt bounds how many are remembered; a machine has a handful, IPv6 privacy addresses included.
const maxLearnt = 64

// forgetAfter is how long an address is remembered at which nobody has come in any more.
const forgetAfter = 24 * time.Hour

// add notes a connection and says whether the address is new. Addresses that mean the machine to itself only are not
// noted.
func (l learnt) add(ip netip.Addr, now time.Time) bool {
	ip = ip.Unmap().WithZone("")
	if !ip.IsGlobalUnicast() {
		return false
	}
	_, known := l[ip]
	if !known && len(l) >= maxLearnt {
		return false
	}
	l[ip] = now
	return !known
}

// since gives the addresses that are still good: a sheet that was written after the last connection, and does not
// have the address, knows better.
func (l learnt) since(sheet Sheet, now time.Time) []netip.Addr {
	var list []netip.Addr
	have := sheet.addresses()
	for ip, last := range l {
		gone := !sheet.WrittenAt.IsZero() && sheet.WrittenAt.After(last) && !slices.Contains(have, ip)
		if gone || now.Sub(last) > forgetAfter {
			delete(l, ip)
			continue
		}
		list = append(list, ip)
	}
	appliance.Sort(list, netip.Addr.Compare)
	return list
}
