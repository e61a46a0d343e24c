package server

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"sync"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/egress"
	"harmonium/appliance/store"
	"harmonium/appliance/wayout"
)

// guard makes the dialer for all that this configuration lets the box reach. Complaints about ways out that cannot be
// read go to trouble, which may be nil.
func (c Config) guard(trouble func(error)) *egress.Guard {
	set := c.setWays()
	folder := c.wayOuts()
	return egress.New(egress.Options{Clock: c.clock(), Ways: func() []egress.Way {
		if c.WaysOut == "" {
			return set
		}
		written, err := folder.Ways()
		if err != nil && trouble != nil {
			trouble(err)
		}
		// What leads through a socket goes before a direct way, which the kernel would refuse.
		return slices.Concat(written, slices.DeleteFunc(slices.Clone(set), func(w egress.Way) bool {
			return slices.ContainsFunc(written, func(by egress.Way) bool { return by.Address == w.Address })
		}))
	}})
}

// wayOuts is where ways out of the sealed box are written down.
func (c Config) wayOuts() wayout.Folder {
	return wayout.Folder{Files: c.WaysOut, Sockets: wayout.Sockets, Units: wayout.Units}
}

// WaysOut lists the ways out of the sealed box that were written down. What cannot be read is told in the error, beside
// the others.
func WaysOut(c Config) ([]egress.Way, error) {
	if err := c.hasWaysOut(); err != nil {
		return nil, err
	}
	return c.wayOuts().Ways()
}

// OpenWayOut opens a way out of the sealed box to one address, or leads the one of that name elsewhere. Only root can. The
// audit trail has it at once where the server runs, and with its next start where it does not.
func OpenWayOut(ctx context.Context, c Config, name, address, by string) error {
	if err := c.hasWaysOut(); err != nil {
		return err
	}
	to, err := wayout.Address(address)
	if err != nil {
		return err
	}
	now := c.clock()().UTC().Truncate(time.Second)
	if err := c.wayOuts().Open(ctx, egress.Way{Name: name, Address: to, Since: &now, By: by}); err != nil {
		return err
	}
	c.waysChanged(ctx)
	return nil
}

// CloseWayOut closes a way out at once. Only root can.
func CloseWayOut(ctx context.Context, c Config, name string) error {
	if err := c.hasWaysOut(); err != nil {
		return err
	}
	if err := c.wayOuts().Close(ctx, name); err != nil {
		return err
	}
	c.waysChanged(ctx)
	return nil
}

// waysChanged has the audit trail know at once. Where that cannot be told, the server looks by itself: within a minute, or
// at its start.
func (c Config) waysChanged(ctx context.Context) {
	_ = tellServer(ctx, c, CommandOutLook, &None{})
}

// hasWaysOut says why there are none to be opened: only the installed package has them.
func (c Config) hasWaysOut() error {
	if c.WaysOut != "" {
		return nil
	}
	return appliance.Errorf(appliance.CodeConflict, "This box is not sealed by the installed package, so there are no ways out to open. "+
		"Nothing was changed. harmonium serve --allow ADDRESS:PORT lets the server reach an address by itself.")
}

// noteWays adds to the audit trail which ways out were opened and closed since it was looked last: by harmonium out, by a
// setting, or by somebody who wrote a file by hand. The server makes none of them, so it looks.
func (s *Server) noteWays(ctx context.Context) error {
	var open []string
	for _, w := range s.guard.Ways() {
		open = append(open, fmt.Sprintf("%s to %s, by %s", w.Name, w.Address, w.By))
	}
	return s.store.NoteStanding(ctx, store.By{Actor: store.ActorSystem}, store.SettingWays, open, "way.open", "way.close")
}

// LookAtWays has the server see at once which ways out are open.
func (a *Admin) LookAtWays(ctx context.Context, _ None) (None, error) {
	if a.ways == nil {
		return None{}, nil
	}
	return None{}, a.ways(ctx)
}

// setWays are the addresses that an administrator has allowed by a setting: by allow, or by naming an Ollama that is not
// on the loopback.
func (c Config) setWays() []egress.Way {
	list := []egress.Way{}
	add := func(name, setting string, to netip.AddrPort) {
		to = netip.AddrPortFrom(to.Addr().Unmap(), to.Port())
		if to.Addr().IsLoopback() || slices.ContainsFunc(list, func(w egress.Way) bool { return w.Address == to }) {
			return
		}
		list = append(list, egress.Way{Name: name, Address: to, By: c.sourceOf(setting)})
	}
	if to, ok := addressOfURL(c.Ollama); ok {
		add("ollama", "ollama", to)
	}
	for i, to := range c.Allow {
		add(fmt.Sprintf("allow-%d", i+1), "allow", to)
	}
	return list
}

// complainOfWays gives a function that logs what is wrong with the ways out, each complaint once in a row.
func (s *Server) complainOfWays() func(error) {
	var mu sync.Mutex
	last := ""
	return func(err error) {
		mu.Lock()
		defer mu.Unlock()
		if err.Error() != last {
			last = err.Error()
			s.log.Warn("a way out that was written down is not open; the others are", "error", err)
		}
	}
}

// sourceOf says where the value of a setting comes from.
func (c Config) sourceOf(setting string) string {
	for _, v := range c.values {
		if v.Setting.Name == setting {
			return v.From
		}
	}
	return "setting " + setting
}

// addressOfURL gives the address that a base URL names by number.
func addressOfURL(base string) (netip.AddrPort, bool) {
	u, err := url.Parse(base)
	if err != nil {
		return netip.AddrPort{}, false
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	to, err := netip.ParseAddrPort(net.JoinHostPort(u.Hostname(), port))
	return to, err == nil
}

// allowed gives the addresses that an administrator has named, on the loopback too: to name one says that what answers there is
// meant to be told things.
func (s *Server) allowed() []netip.AddrPort {
	list := slices.Clone(s.cfg.Allow)
	for _, w := range s.guard.Ways() {
		list = append(list, w.Address)
	}
	for i, to := range list {
		list[i] = netip.AddrPortFrom(to.Addr().Unmap(), to.Port())
	}
	return list
}
