package web

import (
	"context"
	"net/http"
	"path"

	"harmonium/appliance"
	"harmonium/appliance/lan"
)

// Network is how people reach the box, and what an administrator can choose about it.
type Network struct {
	Secure      bool                   `json:"secure" doc:"The box speaks HTTPS; false on a box for its own machine only, where nothing can be chosen"`
	Choice      NetworkChoice          `json:"choice"`
	Chosen      bool                   `json:"chosen" doc:"An administrator has chosen; false while the settings of the box hold"`
	PlainPort   bool                   `json:"plain_port" doc:"A port for plain HTTP is open, so that plain_join can be chosen"`
	Serves      lan.Mode               `json:"serves" enum:"none,self,files" doc:"Whose certificate most people get at this moment"`
	Names       []string               `json:"names" doc:"What that certificate is for"`
	ValidUntil  *Time                  `json:"valid_until" nullable:"true" doc:"Until when it is valid"`
	Authority   OrNull[BoxCertificate] `json:"authority" doc:"The box's own certificate authority; null without HTTPS"`
	Files       CertificateFiles       `json:"files"`
	Join        []LaunchAddress        `json:"join" doc:"Where people take part, the best address first"`
	Host        []LaunchAddress        `json:"host" doc:"Where hosts work, the best address first"`
	Announced   string                 `json:"announced" doc:"The name that the box is announced under; empty for none"`
	TakenByElse string                 `json:"taken" doc:"The name that it should have, which another machine in the building has; empty for none"`
}

// NetworkChoice is what an administrator chooses.
type NetworkChoice struct {
	Certificate lan.Mode `json:"certificate" enum:"none,self,files" doc:"self: the box's own authority; files: the organisation's; none cannot be chosen"`
	PlainJoin   bool     `json:"plain_join" doc:"Participants come over plain HTTP, without a microphone; hosts never do"`
}

// BoxCertificate is the certificate of the box's own authority, as a device shows it before it is installed.
type BoxCertificate struct {
	Name        string `json:"name"`
	Fingerprint string `json:"fingerprint" doc:"SHA-256 with colons, to be compared with what the device shows"`
	ValidUntil  Time   `json:"valid_until"`
}

// CertificateToInstall is the authority's certificate with where to go when it is installed.
type CertificateToInstall struct {
	BoxCertificate
	Addresses []string `json:"addresses" doc:"Of the host pages, the best first"`
}

// CertificateFiles is what was found in the folder for the organisation's certificate.
type CertificateFiles struct {
	Folder     string               `json:"folder"`
	Usable     bool                 `json:"usable"`
	Names      []string             `json:"names"`
	Issuer     string               `json:"issuer"`
	ValidUntil *Time                `json:"valid_until" nullable:"true"`
	Problems   []CertificateProblem `json:"problems"`
}

// CertificateProblem is one thing that is wrong with a certificate.
type CertificateProblem struct {
	Fault lan.Fault `json:"fault" enum:"missing,unreadable,key_mismatch,expired,not_yet_valid,name_mismatch,chain_broken,weak,chain_incomplete,expiring"`
	Text  string    `json:"text" doc:"What is wrong and what to do"`
}

func (a *API) getNetwork(_ context.Context, _ *None) (*Output[Network], error) {
	s := a.Network.Status()
	out := Network{Secure: s.Secure, Choice: NetworkChoice(s.Choice), Chosen: s.Chosen, PlainPort: s.PlainPort, Serves: s.Serves,
		Names: notNull(s.Names), ValidUntil: timeOrNull(s.NotAfter), Announced: s.Announced, TakenByElse: s.Taken,
		Authority: OrNull[BoxCertificate]{certificateOut(s.Authority)}, Join: addressesOut(a.Network.Addresses()), Host: addressesOut(a.Network.HostAddresses())}
	out.Files = CertificateFiles{Folder: s.Dir, Usable: s.Report.Usable, Names: notNull(s.Report.Names), Issuer: s.Report.Issuer,
		ValidUntil: timeOrNull(s.Report.NotAfter), Problems: []CertificateProblem{}}
	for _, p := range s.Report.Problems {
		out.Files.Problems = append(out.Files.Problems, CertificateProblem(p))
	}
	return &Output[Network]{out}, nil
}

func certificateOut(a *lan.Authority) *BoxCertificate {
	if a == nil {
		return nil
	}
	return &BoxCertificate{Name: a.Name(), Fingerprint: a.Fingerprint(), ValidUntil: Time{a.NotAfter()}}
}

func addressesOut(list []lan.Address) []LaunchAddress {
	out := []LaunchAddress{}
	for _, a := range list {
		out = append(out, LaunchAddress{a.URL, a.Phones, a.Warns})
	}
	return out
}

// chooseNetwork takes effect for whoever connects from now on; the connection that asks for it is answered first.
func (a *API) chooseNetwork(ctx context.Context, in *Input[NetworkChoice]) (*Output[Network], error) {
	choice := lan.Choice(in.Body)
	if err := a.Network.Check(choice); err != nil {
		return nil, err
	}
	if err := a.Store.SetSetting(ctx, callerOf(ctx).By(), lan.SettingChoice, choice); err != nil {
		return nil, err
	}
	a.Network.Choose(choice)
	return a.getNetwork(ctx, nil)
}

// getCertificate is for devices that are to trust the box: anybody may ask, over plain HTTP too. What it tells is to be
// compared with what the box says elsewhere.
func (a *API) getCertificate(_ context.Context, _ *None) (*Output[CertificateToInstall], error) {
	own := certificateOut(a.Network.Authority())
	if own == nil {
		return nil, appliance.Errorf(appliance.CodeNotFound, "This box has no certificate of its own to install.")
	}
	out := CertificateToInstall{BoxCertificate: *own, Addresses: []string{}}
	for _, address := range a.Network.HostAddresses() {
		if address.Phones {
			out.Addresses = append(out.Addresses, address.URL)
		}
	}
	return &Output[CertificateToInstall]{out}, nil
}

// certificateFiles are the forms in which the authority's certificate is installed, by file name.
var certificateFiles = map[string]struct {
	contentType string
	content     func(*lan.Authority) []byte
}{
	"harmonium.crt":          {"application/x-x509-ca-cert", (*lan.Authority).DER},
	"harmonium.pem":          {"application/x-pem-file", (*lan.Authority).PEM},
	"harmonium.mobileconfig": {"application/x-apple-aspen-config", (*lan.Authority).Profile},
}

// certificateFile serves one of them.
func (a *API) certificateFile(w http.ResponseWriter, r *http.Request) {
	name := path.Base(r.URL.Path)
	form, ok := certificateFiles[name]
	authority := a.Network.Authority()
	if !ok || authority == nil {
		a.writeProblem(w, r, appliance.Errorf(appliance.CodeNotFound, "There is no such certificate on this box."))
		return
	}
	w.Header().Set("Content-Type", form.contentType)
	w.Header().Set("Content-Disposition", `inline; filename="`+name+`"`)
	w.Write(form.content(authority))
}
