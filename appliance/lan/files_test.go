package lan_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"harmonium/appliance"
	"harmonium/appliance/lan"
)

// organisation is the authority of an invented mill: a root and, below it, one that signs.
type organisation struct{ root, middle pair }

type pair struct {
	c   *x509.Certificate
	key crypto.Signer
}

func (p pair) pem() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.c.Raw})
}

func (p pair) keyPEM(t testing.TB) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(p.key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

// certify makes a certificate; by nil signs itself.
func certify(t testing.TB, by *pair, key crypto.Signer, change func(*x509.Certificate)) pair {
	t.Helper()
	if key == nil {
		var err error
		if key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
			t.Fatal(err)
		}
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "box"},
		NotBefore: day.AddDate(0, -1, 0), NotAfter: day.AddDate(1, 0, 0), BasicConstraintsValid: true,
		DNSNames: []string{"box.mill.example"}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	change(template)
	if by == nil {
		by = &pair{template, key}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, by.c, key.Public(), by.key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return pair{c, key}
}

func authority(name string) func(*x509.Certificate) {
	return func(c *x509.Certificate) {
		c.Subject.CommonName, c.IsCA, c.DNSNames, c.ExtKeyUsage = name, true, nil, nil
		c.KeyUsage = x509.KeyUsageCertSign
	}
}

func newOrganisation(t testing.TB) organisation {
	root := certify(t, nil, nil, authority("Mill root"))
	return organisation{root, certify(t, &root, nil, authority("Mill servers"))}
}

// leaf makes a certificate for the box.
func (o organisation) leaf(t testing.TB, change func(*x509.Certificate)) pair {
	return certify(t, &o.middle, nil, change)
}

func nothing(*x509.Certificate) {}

func TestCertificatesAreJudgedInWords(t *testing.T) {
	o := newOrganisation(t)
	good := o.leaf(t, nothing)
	other := o.leaf(t, nothing)
	stranger := newOrganisation(t)
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	short := certify(t, &o.middle, weak, nothing)
	all := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	for _, tt := range []struct {
		name   string
		cert   []byte
		key    []byte
		want   []string // names that the box has
		faults []lan.Fault
		words  string // in the sentence
	}{
		{"good", all(good.pem(), o.middle.pem()), good.keyPEM(t), nil, nil, ""},
		{"good with the root", all(good.pem(), o.middle.pem(), o.root.pem()), good.keyPEM(t), nil, nil, ""},
		{"good in another order", all(good.pem(), o.root.pem(), o.middle.pem()), good.keyPEM(t), nil, nil, ""},
		{"good for the name given out", all(good.pem(), o.middle.pem()), good.keyPEM(t), []string{"box.mill.example"}, nil, ""},
		{"expired", all(o.leaf(t, func(c *x509.Certificate) { c.NotAfter = day.AddDate(0, 0, -1) }).pem(), o.middle.pem()), nil, nil,
			[]lan.Fault{lan.FaultExpired}, "ended on 22 November 2026"},
		{"not yet valid", all(o.leaf(t, func(c *x509.Certificate) { c.NotBefore = day.AddDate(0, 0, 2) }).pem(), o.middle.pem()), nil, nil,
			[]lan.Fault{lan.FaultNotYet}, "valid from 25 November 2026"},
		{"ends in 20 days", all(o.leaf(t, func(c *x509.Certificate) { c.NotAfter = day.AddDate(0, 0, 20) }).pem(), o.middle.pem()), nil, nil,
			[]lan.Fault{lan.FaultExpiring}, "in 20 days"},
		{"for another name", all(good.pem(), o.middle.pem()), good.keyPEM(t), []string{"talk.mill.example"},
			[]lan.Fault{lan.FaultName}, "for box.mill.example, and not for talk.mill.example"},
		{"for no name", all(o.leaf(t, func(c *x509.Certificate) { c.DNSNames = nil }).pem(), o.middle.pem()), nil, nil,
			[]lan.Fault{lan.FaultName}, "names no host"},
		{"for mail", all(o.leaf(t, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection} }).pem(), o.middle.pem()), nil, nil,
			[]lan.Fault{lan.FaultName}, "not for a web server"},
		{"an authority in its place", o.middle.pem(), o.middle.keyPEM(t), nil, []lan.Fault{lan.FaultName, lan.FaultChain}, "certificate of an authority"},
		{"another key", all(good.pem(), o.middle.pem()), other.keyPEM(t), nil, []lan.Fault{lan.FaultKey}, "does not belong"},
		{"alone", good.pem(), good.keyPEM(t), nil, []lan.Fault{lan.FaultChain}, "only the certificate of the box"},
		{"with another's chain", all(good.pem(), stranger.root.pem()), good.keyPEM(t), nil, []lan.Fault{lan.FaultChainBroken}, "signed none of the others"},
		{"with a chain of the same name", all(good.pem(), stranger.middle.pem()), good.keyPEM(t), nil, []lan.Fault{lan.FaultChainBroken}, "has not signed"},
		{"a short key", all(short.pem(), o.middle.pem()), short.keyPEM(t), nil, []lan.Fault{lan.FaultWeak}, "too short"},
		{"no certificate", []byte("hello"), good.keyPEM(t), nil, []lan.Fault{lan.FaultUnreadable}, "no certificate in cert.pem"},
		{"no key", all(good.pem(), o.middle.pem()), []byte("hello"), nil, []lan.Fault{lan.FaultUnreadable}, "no key in key.pem"},
		{"a locked key", all(good.pem(), o.middle.pem()), pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: []byte{1}}), nil,
			[]lan.Fault{lan.FaultUnreadable}, "passphrase"},
		{"a damaged certificate", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: good.c.Raw[:99]}), good.keyPEM(t), nil,
			[]lan.Fault{lan.FaultUnreadable}, "first certificate in cert.pem is damaged"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			key := tt.key
			usable := !slices.ContainsFunc(tt.faults, func(f lan.Fault) bool { return f != lan.FaultChain && f != lan.FaultExpiring })
			if key == nil { // any fitting key: the faults of time and name are independent of it
				key = other.keyPEM(t)
				tt.faults = append([]lan.Fault{lan.FaultKey}, tt.faults...)
				usable = false
			}
			c, r := lan.CheckCertificate(tt.cert, key, tt.want, day)
			var faults []lan.Fault
			text := ""
			for _, p := range r.Problems {
				faults = append(faults, p.Fault)
				text += p.Text + "\n"
			}
			if diff := cmp.Diff(tt.faults, faults); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
			if !strings.Contains(text, tt.words) {
				t.Errorf("the words are\n%swant %q", text, tt.words)
			}
			if r.Usable != usable || (c != nil) != usable {
				t.Errorf("usable %v, certificate %v; want %v", r.Usable, c != nil, usable)
			}
		})
	}
}

// drop puts a certificate and its chain where the box looks for it.
func drop(t testing.TB, dir string, p pair, chain ...pair) {
	t.Helper()
	text := p.pem()
	for _, c := range chain {
		text = append(text, c.pem()...)
	}
	for name, content := range map[string][]byte{lan.CertificateFile: text, lan.KeyFile: p.keyPEM(t)} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// The organisation's certificate is taken when it is dropped in, replaced when it is replaced, and a bad one in its
// place changes nothing for those who come.
func TestTheOrganisationsCertificateIsReloaded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, files := newOrganisation(t), t.TempDir()
		n := secure(t, lan.Options{Files: files}, "192.168.1.20")
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		go n.Run(ctx)
		serves := func() *x509.Certificate {
			t.Helper()
			time.Sleep(6 * time.Second) // of the bubble
			synctest.Wait()
			c, err := n.TLSConfig().GetCertificate(&tls.ClientHelloInfo{ServerName: "box.mill.example"})
			if err != nil {
				t.Fatal(err)
			}
			return c.Leaf
		}
		choice := lan.Choice{Certificate: lan.ModeFiles}
		if err := n.Check(choice); appliance.CodeOf(err) != appliance.CodeValidation {
			t.Errorf("chosen before it was there: %v", err)
		}
		first, second := o.leaf(t, nothing), o.leaf(t, nothing)
		drop(t, files, first, o.middle)
		if err := n.Check(choice); err != nil {
			t.Fatal(err)
		}
		n.Choose(choice)
		if !serves().Equal(first.c) {
			t.Error("the first is not in use")
		}
		if got := n.Addresses()[0]; got.URL != "https://box.mill.example" || got.Warns {
			t.Errorf("given out: %+v", got)
		}
		if got := n.Addresses()[1]; got.URL != "https://192.168.1.20" || !got.Warns {
			t.Errorf("the number, for which there is no certificate: %+v", got)
		}
		if !n.Knows("box.mill.example") || n.Knows("other.mill.example") {
			t.Error("the names of the certificate are not those of the box")
		}
		drop(t, files, second, o.middle)
		if !serves().Equal(second.c) {
			t.Error("the second was not taken")
		}
		drop(t, files, o.leaf(t, func(c *x509.Certificate) { c.NotAfter = day.Add(-time.Hour) }), o.middle)
		if !serves().Equal(second.c) {
			t.Error("an expired one has taken the place of a good one")
		}
		if s := n.Status(); s.Report.Usable || s.Serves != lan.ModeFiles {
			t.Errorf("status: %+v", s.Report)
		}
		if err := os.Remove(filepath.Join(files, lan.KeyFile)); err != nil {
			t.Fatal(err)
		}
		if !serves().Equal(second.c) {
			t.Error("a missing key has ended HTTPS")
		}
	})
}

// An organisation's certificate that is about to end is a warning at 30 days and a failure at 7.
func TestTheEndOfACertificateIsSaidAhead(t *testing.T) {
	o, files := newOrganisation(t), t.TempDir()
	drop(t, files, o.leaf(t, func(c *x509.Certificate) { c.NotAfter = day.AddDate(0, 0, 60) }), o.middle)
	for days, want := range map[int]appliance.Level{0: appliance.LevelOK, 29: appliance.LevelOK, 31: appliance.LevelWarn,
		54: appliance.LevelFail, 61: appliance.LevelFail} {
		n := secure(t, lan.Options{Mode: lan.ModeFiles, Files: files, Clock: func() time.Time { return day.AddDate(0, 0, days) }})
		worst := appliance.LevelOK
		for _, f := range n.Findings() {
			if f.About == "https" && (f.Level == appliance.LevelFail || worst == appliance.LevelOK) {
				worst = f.Level
			}
		}
		if worst != want {
			t.Errorf("%d days before its end: %s, want %s: %+v", 60-days, worst, want, n.Findings())
		}
	}
}

// What comes as a certificate is looked at, whatever it is.
func FuzzCheckCertificate(f *testing.F) {
	o := newOrganisation(f)
	leaf := o.leaf(f, nothing)
	f.Add(append(leaf.pem(), o.middle.pem()...), leaf.keyPEM(f))
	f.Add([]byte("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----"), []byte("-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----"))
	f.Fuzz(func(t *testing.T, certificate, key []byte) {
		c, r := lan.CheckCertificate(certificate, key, []string{"box.example"}, day)
		if r.Usable != (c != nil) || !r.Usable && len(r.Problems) == 0 {
			t.Errorf("usable %v, certificate %v, problems %v", r.Usable, c != nil, r.Problems)
		}
	})
}
