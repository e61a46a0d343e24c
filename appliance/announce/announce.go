// Package announce tells the building where the box is. It runs in a process of its own, outside of the seal and
// without access to any data (harmonium lan announce): it looks at the networks of the machine, writes their addresses
// down for the sealed server (lan.Sheet), and answers for the name harmonium.local by multicast DNS (RFC 6762).
//
// When another machine has that name already, the box takes harmonium-2.local and so on, and says so. When both come
// to have the same name, as after two networks were joined, the one with the lower address keeps it.
package announce

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/lan"
)

const (
	lookEvery    = 5 * time.Second // at the networks of the machine
	confirmEvery = time.Minute     // that nobody else has the name, and that the file is there
	askFor       = time.Second     // how long to wait for others who have a name (RFC 6762, 8.1: 750 ms)
)

// Announcer announces one box.
type Announcer struct {
	Path  string // of the file for the server
	Clock appliance.Clock
	Log   *slog.Logger

	sheet     lan.Sheet
	responder *responder
	confirmed time.Time // when the sheet was written last
}

// Run announces until ctx ends. It fails when the file cannot be written; what the network refuses is put into the
// log, and tried again.
func (a *Announcer) Run(ctx context.Context) error {
	defer a.hush()
	every := time.NewTicker(lookEvery)
	defer every.Stop()
	for {
		if err := a.look(ctx); err != nil {
			return err
		}
		select {
		case <-every.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// look brings name and file up to date.
func (a *Announcer) look(ctx context.Context) error {
	interfaces, err := networks()
	if err != nil {
		a.Log.Warn("the networks of this machine cannot be listed; what was said last still counts", "error", err)
		return nil
	}
	seen := sheetOf(interfaces)
	changed := a.confirmed.IsZero() || !sameInterfaces(seen, a.sheet.Interfaces)
	if !changed && a.Clock().Sub(a.confirmed) < confirmEvery && !a.Clock().Before(a.confirmed) {
		return nil
	}
	before := a.sheet
	if changed || a.sheet.Name == "" || a.lost(ctx, interfaces) {
		a.hush()
		a.sheet = lan.Sheet{Interfaces: seen}
		a.takeName(ctx, interfaces)
	}
	if ctx.Err() != nil {
		return nil
	}
	a.confirmed = a.Clock()
	a.sheet.WrittenAt = a.confirmed
	if err := a.sheet.Write(a.Path); err != nil {
		return &appliance.Error{Code: appliance.CodeForbidden, Err: err, Message: fmt.Sprintf("The file %s cannot be written, so the "+
			"server does not learn the addresses of this machine. Let the account that runs the announcer write there, or name "+
			"another file with --addresses-file.", a.Path)}
	}
	a.say(before)
	return nil
}

// say puts what has changed into the log.
func (a *Announcer) say(before lan.Sheet) {
	s := a.sheet
	if s.Name == before.Name && s.Taken == before.Taken && sameInterfaces(s.Interfaces, before.Interfaces) && !before.WrittenAt.IsZero() {
		return
	}
	var list []string
	for _, i := range s.Interfaces {
		for _, ip := range i.Addresses {
			list = append(list, ip.String())
		}
		if len(i.Addresses) == 0 {
			a.Log.Warn("a network is plugged in, but no router has given it an address", "interface", i.Name)
		}
	}
	if s.Taken != "" {
		a.Log.Warn("another machine in the building has the name already", "taken", s.Taken, "instead", s.Name)
	}
	a.Log.Info("announced", "name", s.Name, "by", s.By, "addresses", strings.Join(list, " "))
}

// takeName finds a name that nobody else has and answers for it.
func (a *Announcer) takeName(ctx context.Context, interfaces []network) {
	own := addressesOf(interfaces)
	if len(own) == 0 {
		return // nobody is there to be told
	}
	for _, name := range lan.Names() {
		others, mine := split(ask(ctx, interfaces, name, askFor), own)
		if ctx.Err() != nil {
			return
		}
		if len(others) > 0 {
			if a.sheet.Taken == "" {
				a.sheet.Taken = name
			}
			continue
		}
		if len(mine) > 0 { // Avahi, on a machine that is called so
			a.sheet.Name, a.sheet.By = name, "avahi"
			return
		}
		r, err := answer(interfaces, name)
		if err != nil {
			a.Log.Warn("the name cannot be announced; the box is reached by number", "name", name, "error", err)
			return
		}
		a.responder, a.sheet.Name, a.sheet.By = r, name, "harmonium"
		return
	}
}

// lost says whether the name has to be given up: another machine answers for it too, and has the lower address; or
// whoever has answered for it on this machine does so no more.
func (a *Announcer) lost(ctx context.Context, interfaces []network) bool {
	own := addressesOf(interfaces)
	others, mine := split(ask(ctx, interfaces, a.sheet.Name, askFor), own)
	if len(others) > 0 {
		return slices.MinFunc(others, netip.Addr.Compare).Less(slices.MinFunc(own, netip.Addr.Compare))
	}
	return len(mine) == 0 && a.responder == nil
}

// hush ends the answering.
func (a *Announcer) hush() {
	if a.responder != nil {
		a.responder.close()
		a.responder = nil
	}
}

// split parts addresses into those of others and our own.
func split(all, own []netip.Addr) (others, mine []netip.Addr) {
	for _, ip := range all {
		if slices.Contains(own, ip) {
			mine = append(mine, ip)
		} else {
			others = append(others, ip)
		}
	}
	return others, mine
}

// network is one interface of the machine that others can reach it by.
type network struct {
	net.Interface
	addresses []netip.Addr // that others can reach
}

// inside are the beginnings of the names of interfaces that lead to containers and virtual machines on this machine,
// not to the building.
var inside = []string{"docker", "veth", "virbr", "br-", "lxcbr", "lxdbr", "cni", "podman", "vnet", "tap"}

// networks lists the interfaces that are plugged in, in the order of the kernel.
func networks() ([]network, error) {
	all, err := net.Interfaces()
	if err != nil {
		return nil, err
	}
	var list []network
	for _, i := range all {
		if i.Flags&net.FlagLoopback != 0 || i.Flags&net.FlagUp == 0 || i.Flags&net.FlagRunning == 0 ||
			slices.ContainsFunc(inside, func(p string) bool { return strings.HasPrefix(i.Name, p) }) {
			continue
		}
		n := network{Interface: i}
		nets, err := i.Addrs()
		if err != nil {
			continue // it has just gone
		}
		for _, a := range nets {
			if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr().Unmap().IsGlobalUnicast() {
				n.addresses = append(n.addresses, p.Addr().Unmap())
			}
		}
		list = append(list, n)
	}
	return list, nil
}

func addressesOf(list []network) []netip.Addr {
	var all []netip.Addr
	for _, n := range list {
		all = append(all, n.addresses...)
	}
	return all
}

func sheetOf(list []network) []lan.Interface {
	out := []lan.Interface{}
	for _, n := range list {
		out = append(out, lan.Interface{Name: n.Name, Addresses: n.addresses})
	}
	return out
}

func sameInterfaces(a, b []lan.Interface) bool {
	return slices.EqualFunc(a, b, func(a, b lan.Interface) bool {
		return a.Name == b.Name && slices.Equal(a.Addresses, b.Addresses)
	})
}
