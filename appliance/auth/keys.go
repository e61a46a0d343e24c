package auth

import (
	"crypto/rand"
	"encoding/hex"
	"strings"

	"harmonium/appliance"
)

const (
	keyStart  = "hm_live_"
	keyLength = len(keyStart) + 32
	keyPrefix = 12 // characters that are kept to tell keys apart: 16 bits of the secret, 112 stay unknown
)

// NewAPIKey makes an API key: "hm_live_" and 128 random bits in hexadecimal.
func NewAPIKey() appliance.Secret {
	b := make([]byte, 16)
	rand.Read(b) // never fails (crypto/rand, Go 1.24)
	return appliance.Secret(keyStart + hex.EncodeToString(b))
}

// IsAPIKey says whether s is written like an API key. It says nothing about whether there is such a key.
func IsAPIKey(s string) bool {
	if len(s) != keyLength || !strings.HasPrefix(s, keyStart) {
		return false
	}
	for _, c := range []byte(s[len(keyStart):]) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// KeyPrefix gives the part of a key that is kept and shown in lists.
func KeyPrefix(key appliance.Secret) string { return string(key)[:keyPrefix] }
