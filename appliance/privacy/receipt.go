package privacy

import (
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"time"

	"harmonium/appliance"
)

// Erasure is what a receipt tells: what was erased on a box, by whom and when, without content.
type Erasure struct {
	appliance.Receipt
	At time.Time `json:"at"` // when this was signed
	// BackupsUntil is until when, at most, encrypted backups by the plan of the box hold what was erased; nil: there is no
	// plan, and nothing is known of backups that were made by hand.
	BackupsUntil *time.Time `json:"backups_until"`
	// Replaced is when a restore has replaced a state that is still on the box and may hold it; nil: there is none.
	Replaced *time.Time `json:"replaced"`
}

// SignedReceipt is a receipt as it is handed out, with the signature of the box, as Signed.
type SignedReceipt struct {
	Erasure   json.RawMessage `json:"receipt"`
	Key       []byte          `json:"public_key"` // Ed25519
	Signature []byte          `json:"signature"`
}

// receiptDomain keeps signatures of receipts and of attestations apart.
const receiptDomain = "harmonium receipt 1\n"

// SignReceipt signs a receipt with the key of the box.
func SignReceipt(e Erasure, key ed25519.PrivateKey) (SignedReceipt, error) {
	raw, err := json.Marshal(e)
	if err != nil {
		return SignedReceipt{}, fmt.Errorf("write the receipt: %w", err)
	}
	return SignedReceipt{Erasure: raw, Key: key.Public().(ed25519.PublicKey), Signature: ed25519.Sign(key, append([]byte(receiptDomain), raw...))}, nil
}

// VerifyReceipt reads a receipt and checks its signature, as Verify does for an attestation.
func VerifyReceipt(raw []byte) (e Erasure, fingerprint string, err error) {
	var s SignedReceipt
	if err := readSigned(raw, "receipt", &s); err != nil {
		return Erasure{}, "", err
	}
	if err := checkSigned("receipt", receiptDomain, s.Erasure, s.Key, s.Signature, &e); err != nil {
		return Erasure{}, "", err
	}
	return e, Fingerprint(s.Key), nil
}
