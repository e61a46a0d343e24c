package auth_test

import (
	"encoding/base32"
	"strings"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/auth"
)

// The test values of RFC 6238, appendix B, for SHA-1, of which apps show the last six digits.
func TestCodesAreThoseOfTheStandard(t *testing.T) {
	secret := base32.StdEncoding.EncodeToString([]byte("12345678901234567890"))
	for at, code := range map[int64]string{59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037"} {
		if step, right := auth.FactorStep(secret, code, time.Unix(at, 0)); !right || step != at/30 {
			t.Errorf("at %d: step %d, %v", at, step, right)
		}
	}
}

func TestACodeIsGoodForItsStepAndTheOnesBesideIt(t *testing.T) {
	secret := base32.StdEncoding.EncodeToString([]byte("12345678901234567890"))
	const code, made = "005924", 1234567890 / 30
	for seconds, want := range map[int64]bool{-61: false, -30: true, 0: true, 30: true, 61: false} {
		step, right := auth.FactorStep(secret, code, time.Unix(1234567890+seconds, 0))
		if right != want || right && step != made {
			t.Errorf("%d s later: step %d, %v", seconds, step, right)
		}
	}
	for _, wrong := range []string{"", "005925", "5924", "0059240", "００５９２４"} {
		if _, right := auth.FactorStep(secret, wrong, time.Unix(1234567890, 0)); right {
			t.Errorf("%q is taken", wrong)
		}
	}
	if _, right := auth.FactorStep("", code, time.Unix(1234567890, 0)); right {
		t.Error("without a secret every code is right")
	}
}

func TestSecretsAreNewEachTimeAndLongEnough(t *testing.T) {
	a, b := auth.NewFactorSecret(), auth.NewFactorSecret()
	raw, err := base32.StdEncoding.DecodeString(a)
	if err != nil || len(raw) < 20 || a == b {
		t.Errorf("%d bytes, %v, the same twice %v", len(raw), err, a == b)
	}
}

func TestTheURIOfASecretIsReadByApps(t *testing.T) {
	got := auth.FactorURI("ABC", "Harmonium box", "ada+x@example.org")
	if want := "otpauth://totp/Harmonium%20box:ada+x@example.org?issuer=Harmonium%20box&secret=ABC"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestRecoveryCodesAreTypedInAnyWay(t *testing.T) {
	codes := auth.NewRecoveryCodes()
	if len(codes) != appliance.RecoveryCodes {
		t.Fatalf("%d codes", len(codes))
	}
	seen := map[string]bool{}
	for _, code := range codes {
		if seen[code] || len(code) != 29 || strings.ContainsAny(code, "ilou") {
			t.Errorf("%q", code)
		}
		seen[code] = true
		hash := string(auth.HashRecoveryCode(code))
		for _, typed := range []string{strings.ToUpper(code), strings.ReplaceAll(code, "-", " "), strings.ReplaceAll(code, "-", ""), " " + code + "\n"} {
			if string(auth.HashRecoveryCode(typed)) != hash {
				t.Errorf("%q is not %q", typed, code)
			}
		}
	}
	if string(auth.HashRecoveryCode(codes[0])) == string(auth.HashRecoveryCode(codes[1])) {
		t.Error("two codes have one hash")
	}
}

func TestWhatIsACodeOfAnApp(t *testing.T) {
	for typed, want := range map[string]string{"123456": "123456", " 123 456 ": "123456", "12345": "", "abcdef": "", "1234567": "", "": ""} {
		if code, is := auth.IsFactorCode(typed); is != (want != "") || is && code != want {
			t.Errorf("%q: %q, %v", typed, code, is)
		}
	}
}
