package privacy_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"harmonium/appliance"
	"harmonium/appliance/privacy"
)

func erased() privacy.Erasure {
	until := noon.AddDate(0, 0, 14)
	return privacy.Erasure{Receipt: appliance.Receipt{ID: "rcp_1", Kind: appliance.EraseConversation, Actor: "acc_ruth",
		Objects: []appliance.Erased{{Kind: "conversation", ID: "cnv_1"}}, Counts: appliance.ErasedCounts{Conversations: 1, Turns: 12},
		SHA256: bytes.Repeat([]byte{7}, 32), BeganAt: noon, DeletedAt: noon.Add(time.Second), WipedAt: noon.Add(time.Minute)},
		At: noon.Add(time.Hour), BackupsUntil: &until}
}

func signedReceipt(t *testing.T, dir string) []byte {
	t.Helper()
	key, err := privacy.Key(dir)
	if err != nil {
		t.Fatal(err)
	}
	s, err := privacy.SignReceipt(erased(), key)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestReceiptIsVerifiedAlsoAfterItWasIndented(t *testing.T) {
	dir := t.TempDir()
	var b bytes.Buffer
	if err := json.Indent(&b, signedReceipt(t, dir), "", "  "); err != nil {
		t.Fatal(err)
	}
	got, fingerprint, err := privacy.VerifyReceipt(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(erased(), got); diff != "" {
		t.Errorf("the receipt (-signed +read):\n%s", diff)
	}
	if _, attested, err := privacy.Verify(signed(t, dir)); err != nil || attested != fingerprint {
		t.Errorf("signed by %s, the attestation of the same box by %s (%v)", fingerprint, attested, err)
	}
}

func TestChangedReceiptIsRefused(t *testing.T) {
	dir := t.TempDir()
	raw := signedReceipt(t, dir)
	var own, foreign, attestation map[string]json.RawMessage
	for into, text := range map[*map[string]json.RawMessage][]byte{&own: raw, &foreign: signedReceipt(t, t.TempDir()), &attestation: signed(t, dir)} {
		if err := json.Unmarshal(text, into); err != nil {
			t.Fatal(err)
		}
	}
	with := func(receipt, key, signature json.RawMessage) []byte {
		forged, err := json.Marshal(map[string]json.RawMessage{"receipt": receipt, "public_key": key, "signature": signature})
		if err != nil {
			t.Fatal(err)
		}
		return forged
	}
	for name, forged := range map[string][]byte{
		"fewer turns":                bytes.Replace(raw, []byte(`"turns":12`), []byte(`"turns":11`), 1),
		"another conversation":       bytes.Replace(raw, []byte("cnv_1"), []byte("cnv_2"), 1),
		"another time":               bytes.Replace(raw, []byte("12:01:00Z"), []byte("12:00:30Z"), 1),
		"somebody else":              bytes.Replace(raw, []byte("acc_ruth"), []byte("acc_anna"), 1),
		"a member added":             bytes.Replace(raw, []byte(`"turns":12`), []byte(`"turns":12,"turns":12`), 1),
		"the key of another box":     with(own["receipt"], foreign["public_key"], own["signature"]),
		"what attests, as a receipt": with(attestation["attestation"], attestation["public_key"], attestation["signature"]),
		"an attestation":             signed(t, dir),
		"cut off":                    raw[:len(raw)-9],
		"nothing":                    nil,
	} {
		if bytes.Equal(forged, raw) {
			t.Fatalf("%s: the test changes nothing", name)
		}
		if _, _, err := privacy.VerifyReceipt(forged); appliance.CodeOf(err) != appliance.CodeValidation {
			t.Errorf("%s: was taken for genuine, or refused without words: %v", name, err)
		}
	}
	if _, _, err := privacy.VerifyReceipt(with(own["receipt"], own["public_key"], own["signature"])); err != nil {
		t.Errorf("what was only put together anew is refused: %v", err)
	}
}
