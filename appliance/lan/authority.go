package lan

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"harmonium/appliance"
)

const (
	authorityFile = "authority.pem" // key and certificate of the box's own authority
	serverFile    = "server.pem"    // the certificate made with it that is in use, and its key

	authorityYears = 10
	// certificateLife is how long a certificate of the box is valid in all. Apple's devices refuse more than 825 days
	// of a private authority, and other browsers go towards 398.
	certificateLife = 390 * 24 * time.Hour
	// backdate lets devices in whose clock is up to two days behind.
	backdate = 48 * time.Hour
)

// firstDay is the earliest day that a certificate is made for. A box without a battery starts in 1970; what it makes
// then is still valid for the devices around it, whose clocks are right.
var firstDay = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// privateRanges are the only addresses that an authority of ours can vouch for: those of buildings (RFC 1918, 3927,
// 4193, 6598), and the machine itself.
var privateRanges = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16"),
	netip.MustParsePrefix("169.254.0.0/16"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("127.0.0.0/8"),
	netip.MustParsePrefix("fc00::/7"), netip.MustParsePrefix("fe80::/10"), netip.MustParsePrefix("::1/128"),
}

// Authority is the box's own certificate authority. Whoever installs its certificate on a device trusts it for the
// box's own names and for private addresses, and for nothing else: that is written into it as critical name
// constraints (RFC 5280, 4.2.1.10), so that a stolen box cannot pass for a bank. Its key never leaves its file.
type Authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// openAuthority reads the authority in dir, or makes one for names when there is none and create is set; nil when
// there is none. A file that cannot be read is an error: devices trust the authority, so it is not replaced in silence.
func openAuthority(dir string, names []string, now time.Time, create bool) (*Authority, error) {
	path := filepath.Join(dir, authorityFile)
	key, certificate, err := readPair(path)
	switch {
	case err == nil && certificate.IsCA:
		return &Authority{certificate, key}, nil
	case !errors.Is(err, fs.ErrNotExist):
		return nil, &appliance.Error{Code: appliance.CodeConflict, Err: err, Message: fmt.Sprintf("The file %s of the box's own "+
			"certificate authority cannot be read. Nothing was changed. Bring it back from a backup; or remove it, and the "+
			"box makes a new authority, which must then be installed on the devices again.", path)}
	case !create:
		return nil, nil
	}
	a, err := newAuthority(names, now)
	if err != nil {
		return nil, fmt.Errorf("make authority: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make authority: %w", err)
	}
	return a, writePair(path, a.key, a.certificate)
}

func newAuthority(names []string, now time.Time) (*Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	if now.Before(firstDay) {
		now = firstDay
	}
	var ranges []*net.IPNet
	for _, p := range privateRanges {
		ranges = append(ranges, &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())})
	}
	serial := serialNumber()
	template := &x509.Certificate{
		SerialNumber: serial,
		// Two boxes in one building must look different in the list of a device.
		Subject:   pkix.Name{Organization: []string{"Harmonium"}, CommonName: fmt.Sprintf("Harmonium box %X", serial.Bytes()[:3])},
		NotBefore: now.Add(-backdate), NotAfter: now.AddDate(authorityYears, 0, 0),
		BasicConstraintsValid: true, IsCA: true, MaxPathLenZero: true,
		KeyUsage:    x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},

		PermittedDNSDomainsCritical: true, PermittedDNSDomains: names, PermittedIPRanges: ranges,
	}
	return sign(template, key, nil)
}

// sign makes a certificate of key, signed by the authority, or by itself when that is nil.
func sign(template *x509.Certificate, key *ecdsa.PrivateKey, by *Authority) (*Authority, error) {
	if by == nil {
		by = &Authority{template, key}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, by.certificate, &key.PublicKey, by.key)
	if err != nil {
		return nil, err
	}
	certificate, err := x509.ParseCertificate(der)
	return &Authority{certificate, key}, err
}

// serialNumber gives 16 random bytes, positive and never short (RFC 5280, 4.1.2.2).
func serialNumber() *big.Int {
	var b [16]byte
	rand.Read(b[:])
	b[0] = b[0]&0x7f | 0x40
	return new(big.Int).SetBytes(b[:])
}

// issue makes a certificate for names and addresses, of which it leaves out those that the authority cannot vouch for.
func (a *Authority) issue(names []string, addresses []netip.Addr, now time.Time) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	if now.Before(firstDay) {
		now = firstDay
	}
	template := &x509.Certificate{
		SerialNumber: serialNumber(), NotBefore: now.Add(-backdate), NotAfter: now.Add(certificateLife - backdate),
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if template.NotAfter.After(a.certificate.NotAfter) {
		template.NotAfter = a.certificate.NotAfter
	}
	template.DNSNames, template.IPAddresses = a.subjects(names, addresses)
	if len(template.DNSNames) > 0 {
		template.Subject.CommonName = template.DNSNames[0]
	}
	leaf, err := sign(template, key, a)
	if err != nil {
		return nil, err
	}
	return a.pair(leaf), nil
}

// pair is a certificate with the authority behind it, as a server sends it.
func (a *Authority) pair(leaf *Authority) *tls.Certificate {
	return &tls.Certificate{Certificate: [][]byte{leaf.certificate.Raw, a.certificate.Raw}, PrivateKey: leaf.key,
		Leaf: leaf.certificate}
}

// subjects gives what the authority can vouch for, without repetitions and in a fixed order.
func (a *Authority) subjects(names []string, addresses []netip.Addr) ([]string, []net.IP) {
	var dns []string
	for _, name := range names {
		if a.coversName(name) {
			dns = append(dns, name)
		}
	}
	var numbers []netip.Addr
	for _, ip := range addresses {
		if a.CoversAddress(ip) {
			numbers = append(numbers, ip.Unmap().WithZone(""))
		}
	}
	slices.Sort(dns)
	appliance.Sort(numbers, netip.Addr.Compare)
	var ips []net.IP
	for _, ip := range slices.Compact(numbers) {
		ips = append(ips, ip.AsSlice())
	}
	return slices.Compact(dns), ips
}

func (a *Authority) coversName(name string) bool {
	return slices.ContainsFunc(a.certificate.PermittedDNSDomains, func(domain string) bool {
		return name == domain || strings.HasSuffix(name, "."+domain)
	})
}

// CoversAddress says whether the authority can vouch for an address: it cannot for public ones.
func (a *Authority) CoversAddress(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	return slices.ContainsFunc(privateRanges, func(p netip.Prefix) bool { return p.Contains(ip) })
}

// stored gives the certificate that was made last, when it is still the right one.
func (a *Authority) stored(dir string, names []string, addresses []netip.Addr, now time.Time) *tls.Certificate {
	key, certificate, err := readPair(filepath.Join(dir, serverFile))
	if err != nil || certificate.CheckSignatureFrom(a.certificate) != nil {
		return nil
	}
	c := a.pair(&Authority{certificate, key})
	if !a.fits(c, names, addresses) || due(certificate, now) {
		return nil
	}
	return c
}

// fits says whether a certificate is for exactly these names and addresses, as far as the authority covers them.
func (a *Authority) fits(c *tls.Certificate, names []string, addresses []netip.Addr) bool {
	dns, ips := a.subjects(names, addresses)
	return slices.Equal(dns, c.Leaf.DNSNames) && slices.EqualFunc(ips, c.Leaf.IPAddresses, net.IP.Equal)
}

// due says whether a certificate is to be made anew: two thirds of its time are over, or the clock was wrong when it
// was made.
func due(c *x509.Certificate, now time.Time) bool {
	if now.Before(firstDay) {
		return false // the clock is wrong now, and another certificate would be no better
	}
	return now.Before(c.NotBefore) || now.After(c.NotBefore.Add(c.NotAfter.Sub(c.NotBefore)*2/3))
}

// Fingerprint is the SHA-256 of the authority's certificate as devices show it: "AB:CD:…".
func (a *Authority) Fingerprint() string {
	sum := sha256.Sum256(a.certificate.Raw)
	var parts []string
	for _, b := range sum {
		parts = append(parts, strings.ToUpper(hex.EncodeToString([]byte{b})))
	}
	return strings.Join(parts, ":")
}

// Name is what devices call the authority in their lists.
func (a *Authority) Name() string { return a.certificate.Subject.CommonName }

// NotAfter is when the authority ends.
func (a *Authority) NotAfter() time.Time { return a.certificate.NotAfter }

// DER is the authority's certificate as devices install it (.crt, .cer).
func (a *Authority) DER() []byte { return a.certificate.Raw }

// PEM is the authority's certificate as text.
func (a *Authority) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.certificate.Raw})
}

// readPair reads a file with an ECDSA key and its certificate.
func readPair(path string) (*ecdsa.PrivateKey, *x509.Certificate, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, err
	}
	pair, err := tls.X509KeyPair(text, text)
	if err != nil {
		return nil, nil, err
	}
	key, ok := pair.PrivateKey.(*ecdsa.PrivateKey)
	if !ok {
		return nil, nil, errors.New("the key is of another kind than the box makes")
	}
	return key, pair.Leaf, nil
}

// writePair writes a file that readPair reads, for its owner only.
func writePair(path string, key *ecdsa.PrivateKey, c *x509.Certificate) error {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return fmt.Errorf("write certificate: %w", err)
	}
	var b bytes.Buffer
	pem.Encode(&b, &pem.Block{Type: "PRIVATE KEY", Bytes: der})
	pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
	return writeFile(path, b.Bytes(), 0o600)
}

// writeFile puts a whole file in the place of path; nobody ever reads half of it.
func writeFile(path string, content []byte, mode os.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	_, err = f.Write(content)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	return nil
}
