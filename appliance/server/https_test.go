package server_test

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/lan"
	"harmonium/appliance/server"
)

// secured is a configuration with HTTPS and plain HTTP at free ports of this machine.
func secured(t *testing.T) server.Config {
	c := config(t)
	c.TLS, c.TLSFiles, c.ListenHTTP = lan.ModeSelf, t.TempDir(), "127.0.0.1:0"
	c.Machine = func() ([]netip.Addr, error) { return nil, nil }
	return c
}

// browser trusts the box's own authority and follows no redirect.
func browser(t *testing.T, c server.Config) (*http.Client, server.OwnAuthority) {
	t.Helper()
	var own server.OwnAuthority
	if err := server.Ask(t.Context(), c, server.CommandTLSAuthority, server.None{}, &own); err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(own.PEM)
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, own
}

func TestABoxWithHTTPSFromItsFirstStart(t *testing.T) {
	c := secured(t)
	s, stop := start(t, c)
	client, own := browser(t, c)
	res, err := client.Get(s.URL() + "/healthz")
	if err != nil {
		t.Fatalf("over HTTPS: %v", err)
	}
	res.Body.Close()
	if res.TLS == nil || res.StatusCode != 200 {
		t.Errorf("over HTTPS: %d, TLS %v", res.StatusCode, res.TLS != nil)
	}
	var r server.Reach
	if err := server.Ask(t.Context(), c, server.CommandTLSUse, lan.Choice{Certificate: lan.ModeSelf, PlainJoin: true}, &r); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(r.Join[0], "http://") || !strings.HasPrefix(r.Host[0], "https://") {
		t.Errorf("participants %v, hosts %v", r.Join, r.Host)
	}
	if res, err = client.Get(r.Join[0] + "/sessions"); err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if want := s.URL() + "/sessions"; res.StatusCode != http.StatusTemporaryRedirect || res.Header.Get("Location") != want {
		t.Errorf("a host page over plain HTTP: %d to %q, want %q", res.StatusCode, res.Header.Get("Location"), want)
	}
	if err := server.Ask(t.Context(), c, server.CommandTLSUse, lan.Choice{Certificate: lan.ModeFiles}, &r); appliance.CodeOf(err) != appliance.CodeValidation {
		t.Errorf("an organisation's certificate that is not there was chosen: %v", err)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}

	s, _ = start(t, c)
	if !strings.HasPrefix(s.JoinURL(), "http://") {
		t.Errorf("after a restart participants are sent to %s", s.JoinURL())
	}
	if _, again := browser(t, c); again.Fingerprint != own.Fingerprint {
		t.Error("after a restart the box has another authority")
	}
}

func TestCommandsAboutHTTPSWorkWithoutAServer(t *testing.T) {
	c := secured(t)
	_, stop := start(t, c)
	_, own := browser(t, c)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	var fresh server.OwnAuthority
	if err := server.Ask(t.Context(), c, server.CommandNewAuthority, server.None{}, &fresh); err != nil {
		t.Fatal(err)
	}
	if fresh.Fingerprint == own.Fingerprint {
		t.Error("the authority is the old one")
	}
	c.TLS = lan.ModeNone
	if err := server.Ask(t.Context(), c, server.CommandNewAuthority, server.None{}, &fresh); appliance.CodeOf(err) != appliance.CodeConflict {
		t.Errorf("a box without HTTPS: %v", err)
	}
}
