package auth

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"net/url"
	"strings"
	"time"

	"github.com/pquerna/otp/hotp"

	"harmonium/appliance"
)

// Time-based one-time passwords (RFC 6238) as every authenticator app makes them: SHA-1, six digits, a new one every 30 s.
const (
	factorStep   = 30 * time.Second
	factorSecret = 20 // bytes: as long as SHA-1, as RFC 4226 asks
	factorDrift  = 1  // steps by which the clock of a phone may be ahead or behind
)

// FactorGuesses limits wrong codes of one account, whoever sends them: a code has a million values, so that somebody who
// knows the password would need about eight months of it for an even chance. Whoever does not know the password never
// gets as far, and cannot keep the account's person out.
var FactorGuesses = Limit{Window: 15 * time.Minute, Max: 10, Free: 3}

// NewFactorSecret makes the secret of a second factor, in the base32 that authenticator apps take.
func NewFactorSecret() string {
	b := make([]byte, factorSecret)
	rand.Read(b) // never fails (crypto/rand, Go 1.24)
	return base32.StdEncoding.EncodeToString(b)
}

// FactorURI is what the QR code of a secret says: the box and the account that the app shows beside its codes.
func FactorURI(secret, box, email string) string {
	q := url.Values{"secret": {secret}, "issuer": {box}}
	return "otpauth://totp/" + url.PathEscape(box+":"+email) + "?" + strings.ReplaceAll(q.Encode(), "+", "%20")
}

// FactorStep says whether code is the one of secret at about now, and of which time step it is. Whoever uses a code must
// see to it that no code of that step or an earlier one is used again. It takes the same time for every code.
func FactorStep(secret, code string, now time.Time) (step int64, right bool) {
	at := now.Unix() / int64(factorStep/time.Second)
	if secret == "" {
		return 0, false
	}
	for drift := int64(-factorDrift); drift <= factorDrift; drift++ {
		want, err := hotp.GenerateCode(secret, uint64(at+drift))
		if err != nil {
			return 0, false
		}
		same := subtle.ConstantTimeCompare([]byte(want), []byte(code))
		step += int64(subtle.ConstantTimeSelect(same, 1, 0)) * (at + drift - step)
		right = right || same == 1
	}
	return step, right
}

// IsFactorCode says whether what was typed is written like a code of an app, spaces left out, and gives it.
func IsFactorCode(typed string) (code string, is bool) {
	code = strings.Join(strings.Fields(typed), "")
	if len(code) != 6 {
		return "", false
	}
	return code, strings.Trim(code, "0123456789") == ""
}

const (
	recoveryBytes = 15 // 120 random bits, so that a fast hash is enough for them (ASVS 6.5.2)
	recoveryGroup = 4
)

// NewRecoveryCodes makes the recovery codes of an account: groups of small letters and digits, of which none is read as
// another.
func NewRecoveryCodes() []string {
	codes := make([]string, appliance.RecoveryCodes)
	for i := range codes {
		b := make([]byte, recoveryBytes)
		rand.Read(b)
		text := recoveryEncoding.EncodeToString(b)
		var groups []string
		for ; len(text) > 0; text = text[recoveryGroup:] {
			groups = append(groups, text[:recoveryGroup])
		}
		codes[i] = strings.Join(groups, "-")
	}
	return codes
}

var recoveryEncoding = base32.NewEncoding("abcdefghjkmnpqrstvwxyz0123456789").WithPadding(base32.NoPadding)

// HashRecoveryCode gives what is kept of a recovery code, also of one that was typed with capitals, spaces or other dashes.
func HashRecoveryCode(typed string) []byte {
	clean := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(typed))
	return appliance.Secret("recovery " + clean).Hash()
}
