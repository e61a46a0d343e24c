package server

import (
	"context"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/lan"
)

// Reach is how people reach the box, as the command line shows it.
type Reach struct {
	Choice    lan.Choice    `json:"choice"`
	Chosen    bool          `json:"chosen"` // by an administrator; false: as the settings have it
	Serves    lan.Mode      `json:"serves"` // whose certificate most people get
	Names     []string      `json:"names"`  // what it is for
	NotAfter  time.Time     `json:"not_after,omitzero"`
	Authority *OwnAuthority `json:"authority,omitempty"`
	Folder    string        `json:"folder"`   // of the organisation's certificate
	Problems  []lan.Problem `json:"problems"` // with what lies there
	Join      []string      `json:"join"`     // base URLs for participants, the best first
	Host      []string      `json:"host"`     // base URLs of the host pages, the best first
	Announced string        `json:"announced,omitempty"`
	Taken     string        `json:"taken,omitempty"`
}

// OwnAuthority is the box's own certificate authority, in all forms in which it is installed.
type OwnAuthority struct {
	Name        string    `json:"name"`
	Fingerprint string    `json:"fingerprint"`
	NotAfter    time.Time `json:"not_after"`
	DER         []byte    `json:"der"`
	PEM         []byte    `json:"pem"`
	Profile     []byte    `json:"mobileconfig"`
}

func ownAuthority(a *lan.Authority) *OwnAuthority {
	if a == nil {
		return nil
	}
	return &OwnAuthority{Name: a.Name(), Fingerprint: a.Fingerprint(), NotAfter: a.NotAfter(), DER: a.DER(), PEM: a.PEM(),
		Profile: a.Profile()}
}

// Reach tells how people reach the box.
func (a *Admin) Reach(ctx context.Context, _ None) (Reach, error) {
	n, err := a.network(ctx)
	if err != nil {
		return Reach{}, err
	}
	s := n.Status()
	r := Reach{Choice: s.Choice, Chosen: s.Chosen, Serves: s.Serves, Names: s.Names, NotAfter: s.NotAfter, Folder: s.Dir,
		Authority: ownAuthority(s.Authority), Problems: s.Report.Problems, Announced: s.Announced, Taken: s.Taken}
	for _, address := range n.Addresses() {
		r.Join = append(r.Join, address.URL)
	}
	for _, address := range n.HostAddresses() {
		r.Host = append(r.Host, address.URL)
	}
	return r, nil
}

// UseCertificate chooses how people reach the box.
func (a *Admin) UseCertificate(ctx context.Context, choice lan.Choice) (Reach, error) {
	n, err := a.network(ctx)
	if err != nil {
		return Reach{}, err
	}
	if err := n.Check(choice); err != nil {
		return Reach{}, err
	}
	if err := a.store.SetSetting(ctx, a.by(), lan.SettingChoice, choice); err != nil {
		return Reach{}, err
	}
	n.Choose(choice)
	return a.Reach(ctx, None{})
}

// Authority gives the box's own authority.
func (a *Admin) Authority(ctx context.Context, _ None) (OwnAuthority, error) {
	n, err := a.network(ctx)
	if err != nil {
		return OwnAuthority{}, err
	}
	own := ownAuthority(n.Authority())
	if own == nil {
		return OwnAuthority{}, appliance.Errorf(appliance.CodeNotFound, "This box runs without HTTPS and has no authority of its own. "+
			"Start it with --tls self.")
	}
	return *own, nil
}

// NewAuthority makes the box's own authority anew. Devices that trust the old one warn until they have the new one.
func (a *Admin) NewAuthority(ctx context.Context, _ None) (OwnAuthority, error) {
	n, err := a.network(ctx)
	if err != nil {
		return OwnAuthority{}, err
	}
	fresh, err := n.NewAuthority()
	if err != nil {
		return OwnAuthority{}, err
	}
	if err := a.store.SetSetting(ctx, a.by(), lan.SettingAuthority, fresh.Fingerprint()); err != nil {
		return OwnAuthority{}, err
	}
	return *ownAuthority(fresh), nil
}
