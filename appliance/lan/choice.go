package lan

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"harmonium/appliance"
)

// Check says why something cannot be chosen; nil when it can.
func (n *Network) Check(c Choice) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch {
	case !n.Secure():
		return appliance.Errorf(appliance.CodeConflict, "This box runs without HTTPS, for this machine only. Nothing was changed. "+
			"Start it with --tls self, and choose again.")
	case c.Certificate != ModeSelf && c.Certificate != ModeFiles:
		return appliance.Invalid("certificate", "The certificate must be self (the box's own authority) or files (the organisation's).")
	case c.PlainJoin && n.o.Plain == "":
		return appliance.Invalid("plain_join", "No port for plain HTTP is open on this box. Nothing was changed. Set listen-http, "+
			"for example to :80, and start the box again.")
	case c.Certificate == ModeSelf:
		return nil
	}
	var p appliance.Problems
	n.readFiles()
	for _, problem := range n.report.Problems {
		if problem.unusable() {
			p.Add("certificate", "%s", problem.Text)
		}
	}
	return p.Err()
}

// Choose makes the choice take effect for everybody who comes from now on. The caller keeps it in the store.
func (n *Network) Choose(c Choice) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.choice = c
	n.o.Choice = &c
}

// NewAuthority makes a new authority in place of the present one. Devices that have installed the old one warn until
// they have the new one.
func (n *Network) NewAuthority() (*Authority, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.Secure() {
		return nil, appliance.Errorf(appliance.CodeConflict, "This box runs without HTTPS and has no authority. Nothing was changed.")
	}
	a, err := newAuthority(n.authorityNames(), n.o.Clock())
	if err != nil {
		return nil, fmt.Errorf("make authority: %w", err)
	}
	if err := os.MkdirAll(n.o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make authority: %w", err)
	}
	if err := writePair(filepath.Join(n.o.Dir, authorityFile), a.key, a.certificate); err != nil {
		return nil, err
	}
	n.authority, n.own = a, nil
	n.renew()
	return a, nil
}

// Status is how the box is reached, for people who decide about it.
type Status struct {
	Secure    bool
	Choice    Choice
	Chosen    bool // by an administrator
	PlainPort bool // a port for plain HTTP is open
	Authority *Authority
	Dir       string // where the organisation's certificate is to be put
	Report    Report // on what lies there
	Serves    Mode   // which certificate most clients get
	Names     []string
	NotAfter  time.Time // of that certificate
	Announced string    // name, "" for none
	Taken     string    // name that another machine has
}

// Status tells everything at once.
func (n *Network) Status() Status {
	n.mu.Lock()
	defer n.mu.Unlock()
	s := Status{Secure: n.Secure(), Choice: n.choice, Chosen: n.o.Choice != nil, PlainPort: n.o.Plain != "",
		Authority: n.authority, Dir: n.o.Files, Report: n.report, Announced: n.sheet.Name, Taken: n.sheet.Taken, Serves: ModeNone}
	inUse := n.own
	if n.choice.Certificate == ModeFiles && n.files != nil {
		inUse, s.Serves = n.files, ModeFiles
	} else if inUse != nil {
		s.Serves = ModeSelf
	}
	if inUse != nil {
		s.Names, s.NotAfter = subjectsOf(inUse.Leaf), inUse.Leaf.NotAfter
	}
	return s
}
