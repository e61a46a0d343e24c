package lan_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"encoding/xml"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"harmonium/appliance/lan"
)

// stolen gives the key and certificate of a box's authority, as a thief would read them from its disk.
func stolen(t *testing.T, dir string) tls.Certificate {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "authority.pem"))
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tls.X509KeyPair(text, text)
	if err != nil {
		t.Fatal(err)
	}
	return pair
}

// forge makes a certificate with a stolen authority.
func forge(t *testing.T, by tls.Certificate, template x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template.SerialNumber, template.Subject = big.NewInt(7), pkix.Name{CommonName: "forged"}
	template.NotBefore, template.NotAfter = day.Add(-time.Hour), day.Add(time.Hour)
	if template.ExtKeyUsage == nil {
		template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, by.Leaf, &key.PublicKey, by.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c, key
}

func TestAStolenAuthorityIsWorthlessForForeignNames(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "tls")
	n := secure(t, lan.Options{Dir: dir, Hosts: []string{"box.example"}})
	thief, roots := stolen(t, dir), trust(n)
	for _, tt := range []struct {
		name  string
		host  string
		works bool
	}{
		{"the box's own name", "harmonium.local", true},
		{"a name that was set", "box.example", true},
		{"an address of a building", "10.20.30.40", true},
		{"an IPv6 address of a building", "fd00::5", true},
		{"a bank", "bank.example", false},
		{"the rest of .local", "printer.local", false},
		{"a public address", "203.0.113.9", false},
		{"a public IPv6 address", "2001:db8::9", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			template := x509.Certificate{DNSNames: []string{tt.host}}
			if ip := net.ParseIP(tt.host); ip != nil {
				template = x509.Certificate{IPAddresses: []net.IP{ip}}
			}
			c, _ := forge(t, thief, template)
			_, err := c.Verify(x509.VerifyOptions{DNSName: tt.host, Roots: roots, CurrentTime: day})
			if (err == nil) != tt.works {
				t.Errorf("a device that trusts the box says %v", err)
			}
		})
	}
	t.Run("by another authority below it", func(t *testing.T) {
		below, key := forge(t, thief, x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign})
		c, _ := forge(t, tls.Certificate{Leaf: below, PrivateKey: key}, x509.Certificate{DNSNames: []string{"harmonium.local"}})
		pool := x509.NewCertPool()
		pool.AddCert(below)
		if _, err := c.Verify(x509.VerifyOptions{Roots: roots, Intermediates: pool, CurrentTime: day}); err == nil {
			t.Error("path length 0 is not kept")
		}
	})
	t.Run("to sign mail or programs", func(t *testing.T) {
		c, _ := forge(t, thief, x509.Certificate{DNSNames: []string{"harmonium.local"}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning}})
		if _, err := c.Verify(x509.VerifyOptions{Roots: roots, CurrentTime: day, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning}}); err == nil {
			t.Error("the authority may sign programs")
		}
	})
}

func TestTheConstraintsAreCritical(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "tls")
	secure(t, lan.Options{Dir: dir})
	c := stolen(t, dir).Leaf
	critical := false
	for _, e := range c.Extensions {
		critical = critical || e.Critical && e.Id.Equal(asn1.ObjectIdentifier{2, 5, 29, 30})
	}
	if !critical {
		t.Error("a device that does not know name constraints would ignore them")
	}
	if c.MaxPathLen != 0 || !c.MaxPathLenZero || c.PublicKey.(*ecdsa.PublicKey).Curve != elliptic.P256() {
		t.Errorf("path length %d, key %T", c.MaxPathLen, c.PublicKey)
	}
}

func TestTheFingerprintIsThatOfTheInstalledFile(t *testing.T) {
	a := secure(t, lan.Options{}).Authority()
	sum := sha256.Sum256(a.DER())
	if got := strings.ReplaceAll(a.Fingerprint(), ":", ""); !strings.EqualFold(got, hex.EncodeToString(sum[:])) {
		t.Errorf("got %s", got)
	}
	if len(strings.Split(a.Fingerprint(), ":")) != 32 {
		t.Errorf("not written as devices write it: %s", a.Fingerprint())
	}
}

func TestTheProfileIsWellFormedAndStable(t *testing.T) {
	a := secure(t, lan.Options{}).Authority()
	p := a.Profile()
	for d := xml.NewDecoder(strings.NewReader(string(p))); ; {
		if _, err := d.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatalf("not well-formed: %v", err)
		}
	}
	if string(a.Profile()) != string(p) {
		t.Error("a second profile has other identifiers, so it would be installed beside the first")
	}
	if other := secure(t, lan.Options{}).Authority().Profile(); string(other) == string(p) {
		t.Error("another authority has the same profile")
	}
}

func TestAnAddressThatTheAuthorityCannotVouchForIsNamedInHealth(t *testing.T) {
	n := secure(t, lan.Options{}, "203.0.113.9")
	if found := said(n); !strings.Contains(found, "warn https.public_address address=203.0.113.9\n") {
		t.Errorf("findings:\n%s", found)
	}
}
