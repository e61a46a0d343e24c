package server

import (
	"context"
	"net/netip"
	"path/filepath"

	"harmonium/appliance/lan"
	"harmonium/appliance/store"
)

// network looks at how the box is reached when it listens at listen, and at plain without HTTPS ("": nowhere). What
// the administrator has chosen is read from st, which is nil while the server does not run; nothing is then made or
// changed.
func (c Config) network(ctx context.Context, st *store.Store, listen, plain string) (*lan.Network, error) {
	o := lan.Options{Mode: c.TLS, Dir: filepath.Join(c.Data, "tls"), Files: c.TLSFiles, Listen: listen, Plain: plain,
		Public: c.PublicURL, Hosts: c.Hosts, Sheet: c.AddressesFile, Look: st == nil, Clock: c.clock()}
	if st != nil {
		o.Log = c.newLog()
		var choice lan.Choice
		found, err := st.Setting(ctx, lan.SettingChoice, &choice)
		if err != nil {
			return nil, err
		}
		if found {
			o.Choice = &choice
		}
	}
	if c.AddressesFile == "" { // else the server may be sealed, and must not look by itself
		o.Local = c.local()
	}
	return lan.Open(o)
}

// local gives the function that finds the addresses of this machine.
func (c Config) local() func() ([]netip.Addr, error) {
	if c.Machine != nil {
		return c.Machine
	}
	return lan.Interfaces
}

// URL is the best address of the host pages.
func (s *Server) URL() string { return s.network.HostAddresses()[0].URL }

// JoinURL is the best address to give out to participants.
func (s *Server) JoinURL() string { return s.network.Addresses()[0].URL }
