package lan

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"harmonium/appliance"
)

// Findings says how the box is reached and what is in the way, in sentences that an administrator can act on.
func (n *Network) Findings() []appliance.Finding {
	n.mu.Lock()
	defer n.mu.Unlock()
	list := n.addressFindings()
	if n.Secure() {
		list = append(list, n.certificateFindings()...)
	} else if host, _, err := net.SplitHostPort(n.o.Listen); err == nil && FromPhones("http://"+net.JoinHostPort(orAll(host), "80")) {
		list = append(list, warn("https", "The box speaks plain HTTP with everybody in the building: passwords and answers can be "+
			"read on the way, and phones give it no microphone.", "Start it with: --tls self"))
	}
	return append(list, n.sheetFindings()...)
}

// orAll gives an address of others for a listener on all interfaces, so that it counts as reachable.
func orAll(host string) string {
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
		return "192.0.2.1"
	}
	return host
}

func warn(about, text, todo string) appliance.Finding {
	return appliance.Finding{About: about, Level: appliance.LevelWarn, Text: text, Todo: todo}
}

func fail(about, text, todo string) appliance.Finding {
	return appliance.Finding{About: about, Level: appliance.LevelFail, Text: text, Todo: todo}
}

func okay(about, text string) appliance.Finding {
	return appliance.Finding{About: about, Level: appliance.LevelOK, Text: text}
}

func (n *Network) addressFindings() []appliance.Finding {
	w := n.ways()
	if n.plainJoin() {
		w.listen, w.scheme, w.named, w.warns = n.o.Plain, "http", nil, nil
	}
	best := w.addresses()[0]
	if best.Phones {
		text := "Give out this address: " + best.URL
		if !slices.ContainsFunc(n.numbers(n.o.Clock()), func(ip netip.Addr) bool { return ip.Is6() }) {
			text += " (this network has no IPv6; nothing here needs it)"
		}
		return []appliance.Finding{okay("address", text)}
	}
	if host := hostOfListen(n.o.Listen); host == "localhost" || !FromPhones("http://"+net.JoinHostPort(orAll(host), "80")) {
		return []appliance.Finding{warn("address", fmt.Sprintf("The box answers at %s, which only this machine can reach.", best.URL),
			"For phones in the room start it with: --listen :8443 --tls self")}
	}
	return []appliance.Finding{warn("address", "This machine has no address that phones can reach: no network is plugged in, or no "+
		"router has given it one.", "Plug it in, or give it a fixed address; the box notices by itself.")}
}

// sheetStale is after how long without a word the announcer, who writes every minute, is taken to have stopped.
const sheetStale = 5 * time.Minute

func (n *Network) sheetFindings() []appliance.Finding {
	if n.o.Sheet == "" {
		return nil
	}
	if n.sheetErr != nil {
		todo := "Look at: systemctl status harmonium-lan.service"
		if errors.Is(n.sheetErr, fs.ErrNotExist) {
			return []appliance.Finding{warn("name", "The announcer has not told the box its addresses yet; the box knows only those at "+
				"which somebody has come in.", todo)}
		}
		return []appliance.Finding{warn("name", fmt.Sprintf("The file %s of the announcer cannot be read; what it said last still "+
			"counts.", n.o.Sheet), todo)}
	}
	var list []appliance.Finding
	if age := n.o.Clock().Sub(n.sheet.WrittenAt); age > sheetStale {
		list = append(list, warn("name", fmt.Sprintf("The announcer has said nothing since %s (UTC); the addresses may be old, and the name is "+
			"perhaps announced no more.", n.sheet.WrittenAt.UTC().Format(time.DateTime)), "Look at: systemctl status harmonium-lan.service"))
	}
	for _, i := range n.sheet.Interfaces {
		if len(i.Addresses) == 0 {
			list = append(list, warn("address", fmt.Sprintf("The network at %s is plugged in, but no router has given it an address.", i.Name),
				"Wait a moment, look at the router (DHCP), or give the machine a fixed address."))
		}
	}
	switch s := n.sheet; {
	case s.Taken != "" && s.Name != "":
		list = append(list, warn("name", fmt.Sprintf("Another machine in this building is called %s already, so this box is announced as "+
			"%s.", s.Taken, s.Name), "Give out this name, or the address by number."))
	case s.Taken != "":
		list = append(list, warn("name", fmt.Sprintf("Other machines in this building have the name %s and all that are like it; this box "+
			"is announced under none.", s.Taken), "Give out the address by number."))
	case s.Name != "":
		list = append(list, okay("name", fmt.Sprintf("The box is announced as %s.", s.Name)))
	}
	return list
}

func (n *Network) certificateFindings() []appliance.Finding {
	var list []appliance.Finding
	now := n.o.Clock()
	if n.choice.PlainJoin && n.o.Plain == "" {
		list = append(list, fail("https", "Participants are to come in over plain HTTP, but no port is open for it.",
			"Set listen-http, for example to :80, and start the box again; or choose otherwise on the page Network."))
	}
	if n.choice.Certificate == ModeFiles {
		return append(list, n.filesFindings(now)...)
	}
	if a := n.authority; a != nil {
		list = append(list, authorityFinding(a, now))
	}
	return append(list, n.uncovered(now)...)
}

func (n *Network) filesFindings(now time.Time) []appliance.Finding {
	var list []appliance.Finding
	for _, p := range n.report.Problems {
		switch {
		case p.Fault == FaultExpiring && n.report.NotAfter.Sub(now) > urgentDays*24*time.Hour, p.Fault == FaultChain:
			list = append(list, warn("https", p.Text, ""))
		case p.Fault == FaultExpiring, n.files == nil:
			list = append(list, fail("https", p.Text, ""))
		default:
			list = append(list, fail("https", "The certificate in "+n.o.Files+" cannot be used; the one before it is still in use. "+p.Text, ""))
		}
	}
	if n.files == nil {
		list = append(list, warn("https", "Until the organisation's certificate can be used, the box uses one of its own, which browsers "+
			"warn about.", ""))
	} else if len(list) == 0 {
		list = append(list, okay("https", fmt.Sprintf("The organisation's certificate for %s is in use, until %s.",
			strings.Join(subjectsOf(n.files.Leaf), ", "), n.files.Leaf.NotAfter.UTC().Format(time.DateOnly))))
	}
	return list
}

func authorityFinding(a *Authority, now time.Time) appliance.Finding {
	end := a.NotAfter().UTC().Format(time.DateOnly)
	todo := "Run: harmonium tls new-authority --yes. Then install it on the devices again."
	switch left := a.NotAfter().Sub(now); {
	case left <= 0:
		return fail("https", "The box's own certificate authority ended on "+end+"; browsers warn.", todo)
	case left <= urgentDays*24*time.Hour:
		return fail("https", "The box's own certificate authority ends on "+end+", in "+daysText(left)+".", todo)
	case left <= warnDays*24*time.Hour:
		return warn("https", "The box's own certificate authority ends on "+end+", in "+daysText(left)+".", todo)
	}
	return okay("https", "HTTPS works with the box's own certificate authority “"+a.Name()+"”. Devices without it warn; the page "+
		"/certificate shows how to install it.")
}

// uncovered warns of names and addresses that the own authority cannot vouch for.
func (n *Network) uncovered(now time.Time) []appliance.Finding {
	if n.authority == nil {
		return nil
	}
	var list []appliance.Finding
	for _, name := range n.names() {
		if !n.authority.coversName(name) {
			list = append(list, warn("https", fmt.Sprintf("The box's own authority was made before the box was called %s, and cannot vouch for "+
				"that name.", name), "Run: harmonium tls new-authority --yes. Then install it on the devices again. Or use the organisation's certificate."))
		}
	}
	for _, ip := range n.numbers(now) {
		if !n.authority.CoversAddress(ip) {
			list = append(list, warn("https", fmt.Sprintf("The address %s is a public one. The box's own authority vouches for private addresses "+
				"only, so browsers warn there.", ip), "Use a name or the organisation's certificate, or another address."))
		}
	}
	return list
}
