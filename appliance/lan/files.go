package lan

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// The names of the files that an organisation's certificate is dropped in as. The certificate file holds the
// certificate first and those of the authorities between it and the root after it, as text (PEM).
const (
	CertificateFile = "cert.pem"
	KeyFile         = "key.pem"
)

// maxFile bounds a certificate or key file, in bytes.
const maxFile = 256 << 10

// Fault says what is wrong with a certificate.
type Fault string

// The faults. All but the last two make a certificate unusable.
const (
	FaultMissing     Fault = "missing"       // no files there
	FaultUnreadable  Fault = "unreadable"    // not what they should be, or closed to the server
	FaultKey         Fault = "key_mismatch"  // the key does not fit
	FaultExpired     Fault = "expired"       //
	FaultNotYet      Fault = "not_yet_valid" //
	FaultName        Fault = "name_mismatch" // for another name, or for no server
	FaultChainBroken Fault = "chain_broken"  // a certificate in the file has not signed the one before
	FaultWeak        Fault = "weak"          // browsers refuse it: a short key, an old signature

	FaultChain    Fault = "chain_incomplete" // devices may not find the way to an authority that they know
	FaultExpiring Fault = "expiring"         // within 30 days
)

// Problem is one thing that is wrong with a certificate.
type Problem struct {
	Fault Fault  `json:"fault"`
	Text  string `json:"text"` // what is wrong and what to do, for a person
}

// unusable says whether a certificate with this problem is not served.
func (p Problem) unusable() bool { return p.Fault != FaultChain && p.Fault != FaultExpiring }

// Report is what is known about an organisation's certificate. The zero value is about none.
type Report struct {
	Usable   bool
	Problems []Problem
	Names    []string // that the certificate is for, names before addresses
	Issuer   string
	NotAfter time.Time
}

func (r *Report) add(f Fault, format string, args ...any) {
	r.Problems = append(r.Problems, Problem{f, fmt.Sprintf(format, args...)})
}

// ReadFiles reads and checks the organisation's certificate in dir, for use at now. Want are names that the box is
// given out under and that the certificate must be for; none when the certificate itself says what the box is called.
// The certificate is nil unless the report says that it is usable.
func ReadFiles(dir string, want []string, now time.Time) (*tls.Certificate, Report) {
	certificate, errC := readBounded(filepath.Join(dir, CertificateFile))
	key, errK := readBounded(filepath.Join(dir, KeyFile))
	if errors.Is(errC, fs.ErrNotExist) && errors.Is(errK, fs.ErrNotExist) {
		var r Report
		r.add(FaultMissing, "There is no certificate in %s. Put it there as %s (with the certificates between it and the root "+
			"after it) and its key as %s.", dir, CertificateFile, KeyFile)
		return nil, r
	}
	for _, f := range []struct {
		name string
		err  error
	}{{CertificateFile, errC}, {KeyFile, errK}} {
		if f.err != nil {
			return nil, unreadable(filepath.Join(dir, f.name), f.err)
		}
	}
	return CheckCertificate(certificate, key, want, now)
}

func unreadable(path string, err error) Report {
	var r Report
	switch {
	case errors.Is(err, fs.ErrNotExist):
		r.add(FaultMissing, "The file %s is not there; certificate and key belong together.", path)
	case errors.Is(err, fs.ErrPermission):
		r.add(FaultUnreadable, "The server may not read %s. Let the group of the account that runs it read the file (mode 0640).", path)
	default:
		r.add(FaultUnreadable, "The file %s cannot be read, or is larger than %d KiB.", path, maxFile>>10)
	}
	return r
}

func readBounded(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(b) > maxFile {
		err = errors.New("too large")
	}
	return b, err
}

// CheckCertificate says whether a server can use a certificate and its key, both as text (PEM), at now.
func CheckCertificate(certificate, key []byte, want []string, now time.Time) (*tls.Certificate, Report) {
	var r Report
	chain := parseChain(certificate, &r)
	private := parseKey(key, &r)
	if chain == nil || private == nil {
		return nil, r
	}
	leaf := chain[0]
	r.NotAfter, r.Issuer, r.Names = leaf.NotAfter, nameOf(leaf.Issuer.CommonName, leaf.Issuer.Organization), subjectsOf(leaf)
	if public, ok := private.Public().(interface{ Equal(crypto.PublicKey) bool }); !ok || !public.Equal(leaf.PublicKey) {
		r.add(FaultKey, "The key in %s does not belong to the certificate in %s. Put the key there that the certificate was "+
			"asked for with.", KeyFile, CertificateFile)
	}
	checkTime(leaf, now, &r)
	checkName(leaf, want, &r)
	checkStrength(leaf, &r)
	sent := checkChain(chain, now, &r)
	if slices.ContainsFunc(r.Problems, Problem.unusable) {
		return nil, r
	}
	r.Usable = true
	return &tls.Certificate{Certificate: sent, PrivateKey: private, Leaf: leaf}, r
}

func parseChain(text []byte, r *Report) []*x509.Certificate {
	var chain []*x509.Certificate
	for rest := text; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			r.add(FaultUnreadable, "The %s certificate in %s is damaged. Export it again from where it was made.",
				ordinal(len(chain)+1), CertificateFile)
			return nil
		}
		chain = append(chain, c)
	}
	if len(chain) == 0 {
		r.add(FaultUnreadable, "There is no certificate in %s. It must be text that begins with -----BEGIN CERTIFICATE-----; "+
			"a .pfx or .der file has to be converted first.", CertificateFile)
		return nil
	}
	return chain
}

func ordinal(n int) string {
	if names := []string{"first", "second", "third"}; n <= len(names) {
		return names[n-1]
	}
	return fmt.Sprintf("%dth", n)
}

func parseKey(text []byte, r *Report) crypto.Signer {
	for rest := text; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			r.add(FaultUnreadable, "There is no key in %s. It must be text that begins with -----BEGIN PRIVATE KEY-----.", KeyFile)
			return nil
		}
		if block.Type == "ENCRYPTED PRIVATE KEY" || strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED") {
			r.add(FaultUnreadable, "The key in %s is locked with a passphrase, and nobody is there to type it when the box starts. "+
				"Save it without one.", KeyFile)
			return nil
		}
		if !strings.HasSuffix(block.Type, "PRIVATE KEY") {
			continue
		}
		if key := keyOf(block.Bytes); key != nil {
			return key
		}
		r.add(FaultUnreadable, "The key in %s is damaged or of a kind that servers do not use.", KeyFile)
		return nil
	}
}

func keyOf(der []byte) crypto.Signer {
	if k, err := x509.ParsePKCS8PrivateKey(der); err == nil {
		signer, _ := k.(crypto.Signer)
		return signer
	}
	if k, err := x509.ParseECPrivateKey(der); err == nil {
		return k
	}
	if k, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return k
	}
	return nil
}

// The days before its end from which a certificate is warned about, and from which it is urgent.
const (
	warnDays   = 30
	urgentDays = 7
)

func checkTime(c *x509.Certificate, now time.Time, r *Report) {
	const day = "2 January 2006"
	switch left := c.NotAfter.Sub(now); {
	case now.Before(c.NotBefore):
		r.add(FaultNotYet, "The certificate is valid from %s, and the clock of this machine says %s. Wait until then, or set the "+
			"clock.", c.NotBefore.UTC().Format(day), now.UTC().Format(day))
	case left <= 0:
		r.add(FaultExpired, "The certificate ended on %s. Ask whoever made it for a new one, and put it in the place of this one.",
			c.NotAfter.UTC().Format(day))
	case left <= warnDays*24*time.Hour:
		r.add(FaultExpiring, "The certificate ends on %s, in %s. Put a new one in its place; the box takes it without a restart.",
			c.NotAfter.UTC().Format(day), daysText(left))
	}
}

func daysText(d time.Duration) string {
	switch n := int(d / (24 * time.Hour)); n {
	case 0:
		return "less than a day"
	case 1:
		return "1 day"
	default:
		return fmt.Sprintf("%d days", n)
	}
}

func checkName(c *x509.Certificate, want []string, r *Report) {
	if c.IsCA {
		r.add(FaultName, "This is the certificate of an authority. The first one in %s must be that of the box.", CertificateFile)
		return
	}
	if len(c.ExtKeyUsage) > 0 && !slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageServerAuth) &&
		!slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageAny) {
		r.add(FaultName, "The certificate is not for a web server. Ask for one with the usage “server authentication”.")
		return
	}
	if len(c.DNSNames) == 0 && len(c.IPAddresses) == 0 {
		r.add(FaultName, "The certificate names no host (browsers read the field “subject alternative name” only). Ask for one "+
			"that names the box.")
		return
	}
	for _, host := range want {
		if c.VerifyHostname(host) != nil {
			r.add(FaultName, "The certificate is for %s, and not for %s, which the box is given out as. Ask for one with this name, "+
				"or change the setting public-url.", strings.Join(subjectsOf(c), ", "), host)
		}
	}
}

func checkStrength(c *x509.Certificate, r *Report) {
	short := false
	switch k := c.PublicKey.(type) {
	case *rsa.PublicKey:
		short = k.N.BitLen() < 2048
	case *ecdsa.PublicKey:
		short = k.Curve.Params().BitSize < 256
	case ed25519.PublicKey:
	}
	if short {
		r.add(FaultWeak, "The key of the certificate is too short; browsers refuse it. Ask for one with at least 2048 bits (RSA) "+
			"or 256 bits (ECDSA).")
	}
	if a := c.SignatureAlgorithm; a == x509.MD5WithRSA || a == x509.SHA1WithRSA || a == x509.ECDSAWithSHA1 || a == x509.DSAWithSHA1 {
		r.add(FaultWeak, "The certificate is signed in a way (SHA-1 or MD5) that browsers refuse. Ask for a new one.")
	}
}

// checkChain puts the certificates into the order in which one is signed by the next, and gives what is to be sent.
func checkChain(chain []*x509.Certificate, now time.Time, r *Report) [][]byte {
	sent := [][]byte{chain[0].Raw}
	last, rest := chain[0], slices.Clone(chain[1:])
	for len(rest) > 0 {
		i := slices.IndexFunc(rest, func(c *x509.Certificate) bool { return bytes.Equal(c.RawSubject, last.RawIssuer) })
		if i < 0 {
			r.add(FaultChainBroken, "The certificate file holds %s, which has signed none of the others. Put the certificates there "+
				"that lead from the box to its authority, and no others.", nameOf(rest[0].Subject.CommonName, rest[0].Subject.Organization))
			return sent
		}
		next := rest[i]
		rest = slices.Delete(rest, i, i+1)
		if last.CheckSignatureFrom(next) != nil {
			r.add(FaultChainBroken, "%s has not signed the certificate before it, though it has the right name. The authority may have "+
				"a new certificate; ask for the one that belongs to this one.", nameOf(next.Subject.CommonName, next.Subject.Organization))
			return sent
		}
		if now.After(next.NotAfter) {
			r.add(FaultExpired, "%s, which has signed the certificate, ended itself. Ask the authority for its new one.",
				nameOf(next.Subject.CommonName, next.Subject.Organization))
		}
		sent, last = append(sent, next.Raw), next
	}
	if len(chain) == 1 && !bytes.Equal(last.RawSubject, last.RawIssuer) && !knownRoot(last, now) {
		r.add(FaultChain, "The file holds only the certificate of the box. Unless %s is installed on the devices itself, add the "+
			"certificates between the two after it; phones do not fetch them.", nameOf(last.Issuer.CommonName, last.Issuer.Organization))
	}
	return sent
}

// knownRoot says whether this machine knows an authority that has signed c itself.
func knownRoot(c *x509.Certificate, now time.Time) bool {
	_, err := c.Verify(x509.VerifyOptions{CurrentTime: now, Intermediates: x509.NewCertPool()})
	return err == nil
}

func nameOf(common string, organisation []string) string {
	switch {
	case common != "":
		return "“" + common + "”"
	case len(organisation) > 0:
		return "“" + organisation[0] + "”"
	}
	return "an authority without a name"
}

// subjectsOf lists what a certificate is for, names before addresses.
func subjectsOf(c *x509.Certificate) []string {
	var list []string
	for _, name := range c.DNSNames {
		list = append(list, strings.ToLower(name))
	}
	for _, ip := range c.IPAddresses {
		if a, ok := netip.AddrFromSlice(ip); ok {
			list = append(list, a.Unmap().String())
		}
	}
	return list
}
