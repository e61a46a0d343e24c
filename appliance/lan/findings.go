package lan

import (
	"errors"
	"io/fs"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"harmonium/appliance"
)

// Findings says how the box is reached and what is in the way, by codes whose sentences the server has. Text is filled in
// only where there is a more exact one than that of the code: what is wrong with an organisation's certificate.
func (n *Network) Findings() []appliance.Finding {
	n.mu.Lock()
	defer n.mu.Unlock()
	list := n.addressFindings()
	if n.Secure() {
		list = append(list, n.certificateFindings()...)
	} else if host, _, err := net.SplitHostPort(n.o.Listen); err == nil && FromPhones("http://"+net.JoinHostPort(orAll(host), "80")) {
		list = append(list, found(appliance.LevelWarn, "https.plain", nil))
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

// found makes a finding with no sentence yet. What it is about stands before the dot of the code.
func found(level appliance.Level, code string, with values) appliance.Finding {
	about, _, _ := strings.Cut(code, ".")
	return appliance.Finding{About: about, Level: level, Code: code, Values: with}
}

// values are what the sentences of a code speak of.
type values map[string]appliance.Value

func text(s string) appliance.Value { return appliance.Value{Kind: appliance.ValueText, Value: s} }

func moment(t time.Time) appliance.Value {
	return appliance.Value{Kind: appliance.ValueTime, Value: t.UTC().Format(time.RFC3339)}
}

func (n *Network) addressFindings() []appliance.Finding {
	w := n.ways()
	if n.plainJoin() {
		w.listen, w.scheme, w.named, w.warns = n.o.Plain, "http", nil, nil
	}
	best := w.addresses()[0]
	at := values{"address": text(best.URL)}
	if best.Phones {
		if !slices.ContainsFunc(n.numbers(n.o.Clock()), func(ip netip.Addr) bool { return ip.Is6() }) {
			return []appliance.Finding{found(appliance.LevelOK, "address.no_ipv6", at)}
		}
		return []appliance.Finding{found(appliance.LevelOK, "address.phone", at)}
	}
	if host := hostOfListen(n.o.Listen); host == "localhost" || !FromPhones("http://"+net.JoinHostPort(orAll(host), "80")) {
		return []appliance.Finding{found(appliance.LevelWarn, "address.local", at)}
	}
	return []appliance.Finding{found(appliance.LevelWarn, "address.none", nil)}
}

// sheetStale is after how long without a word the announcer, who writes every minute, is taken to have stopped.
const sheetStale = 5 * time.Minute

func (n *Network) sheetFindings() []appliance.Finding {
	if n.o.Sheet == "" {
		return nil
	}
	if n.sheetErr != nil {
		if errors.Is(n.sheetErr, fs.ErrNotExist) {
			return []appliance.Finding{found(appliance.LevelWarn, "name.silent", nil)}
		}
		return []appliance.Finding{found(appliance.LevelWarn, "name.unreadable", values{"path": text(n.o.Sheet)})}
	}
	var list []appliance.Finding
	if age := n.o.Clock().Sub(n.sheet.WrittenAt); age > sheetStale {
		list = append(list, found(appliance.LevelWarn, "name.old", values{"since": moment(n.sheet.WrittenAt)}))
	}
	for _, i := range n.sheet.Interfaces {
		if len(i.Addresses) == 0 {
			list = append(list, found(appliance.LevelWarn, "address.unassigned", values{"interface": text(i.Name)}))
		}
	}
	switch s := n.sheet; {
	case s.Taken != "" && s.Name != "":
		list = append(list, found(appliance.LevelWarn, "name.second", values{"taken": text(s.Taken), "name": text(s.Name)}))
	case s.Taken != "":
		list = append(list, found(appliance.LevelWarn, "name.taken", values{"taken": text(s.Taken)}))
	case s.Name != "":
		list = append(list, found(appliance.LevelOK, "name.announced", values{"name": text(s.Name)}))
	}
	return list
}

func (n *Network) certificateFindings() []appliance.Finding {
	var list []appliance.Finding
	now := n.o.Clock()
	if n.choice.PlainJoin && n.o.Plain == "" {
		list = append(list, found(appliance.LevelFail, "https.no_port", nil))
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
	if n.files != nil && slices.ContainsFunc(n.report.Problems, Problem.unusable) {
		list = append(list, found(appliance.LevelFail, "https.kept", values{"path": text(n.o.Files)}))
	}
	for _, p := range n.report.Problems {
		level := appliance.LevelFail
		if p.Fault == FaultExpiring && n.report.NotAfter.Sub(now) > urgentDays*24*time.Hour || p.Fault == FaultChain {
			level = appliance.LevelWarn
		}
		f := found(level, "https."+string(p.Fault), n.faultValues(p.Fault))
		f.Text = p.Text
		list = append(list, f)
	}
	if n.files == nil {
		list = append(list, found(appliance.LevelWarn, "https.stand_in", nil))
	} else if len(list) == 0 {
		list = append(list, found(appliance.LevelOK, "https.organisation", values{
			"names": text(strings.Join(subjectsOf(n.files.Leaf), ", ")), "until": moment(n.files.Leaf.NotAfter)}))
	}
	return list
}

// faultValues gives what the sentence of a fault speaks of.
func (n *Network) faultValues(f Fault) values {
	switch f {
	case FaultMissing, FaultUnreadable:
		return values{"path": text(n.o.Files)}
	case FaultExpiring:
		return values{"until": moment(n.report.NotAfter)}
	case FaultName:
		names := "–"
		if len(n.report.Names) > 0 {
			names = strings.Join(n.report.Names, ", ")
		}
		return values{"names": text(names)}
	}
	return nil
}

func authorityFinding(a *Authority, now time.Time) appliance.Finding {
	until := values{"until": moment(a.NotAfter())}
	switch left := a.NotAfter().Sub(now); {
	case left <= 0:
		return found(appliance.LevelFail, "https.own_ended", until)
	case left <= urgentDays*24*time.Hour:
		return found(appliance.LevelFail, "https.own_ending", until)
	case left <= warnDays*24*time.Hour:
		return found(appliance.LevelWarn, "https.own_ending", until)
	}
	return found(appliance.LevelOK, "https.own", values{"name": text(a.Name())})
}

// uncovered warns of names and addresses that the own authority cannot vouch for.
func (n *Network) uncovered(now time.Time) []appliance.Finding {
	if n.authority == nil {
		return nil
	}
	var list []appliance.Finding
	for _, name := range n.names() {
		if !n.authority.coversName(name) {
			list = append(list, found(appliance.LevelWarn, "https.other_name", values{"name": text(name)}))
		}
	}
	for _, ip := range n.numbers(now) {
		if !n.authority.CoversAddress(ip) {
			list = append(list, found(appliance.LevelWarn, "https.public_address", values{"address": text(ip.String())}))
		}
	}
	return list
}
