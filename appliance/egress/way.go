package egress

import (
	"net/netip"
	"slices"
	"time"
)

// Way is one address beside the loopback that an administrator has allowed. Callers always name the address; the Guard
// knows by which way it is reached.
type Way struct {
	Name    string         `json:"name"`
	Address netip.AddrPort `json:"address"`
	// Socket is the path of the Unix socket behind which a process outside the seal connects to the address; "" when this
	// process connects by itself, as it does without the seal.
	Socket string     `json:"socket,omitempty"`
	Since  *time.Time `json:"since"` // nil when nobody has written it down
	By     string     `json:"by"`    // who has allowed it, or where that stands
}

// Ways gives what is allowed beside the loopback at this moment.
func (g *Guard) Ways() []Way {
	if g.ways == nil {
		return []Way{}
	}
	return append([]Way{}, g.ways()...)
}

// way gives the way to an address.
func (g *Guard) way(to netip.AddrPort) (Way, bool) {
	to = netip.AddrPortFrom(to.Addr().Unmap(), to.Port())
	ways := g.Ways()
	i := slices.IndexFunc(ways, func(w Way) bool {
		return netip.AddrPortFrom(w.Address.Addr().Unmap(), w.Address.Port()) == to
	})
	if i < 0 {
		return Way{}, false
	}
	return ways[i], true
}

// socketTo gives the Unix socket by which address is reached, "" when it is reached directly or not at all.
func (g *Guard) socketTo(address string) string {
	to, err := netip.ParseAddrPort(address)
	if err != nil || to.Addr().Unmap().IsLoopback() {
		return ""
	}
	w, _ := g.way(to)
	return w.Socket
}
