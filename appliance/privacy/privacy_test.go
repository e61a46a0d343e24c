package privacy_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"harmonium/appliance"
	"harmonium/appliance/egress"
	"harmonium/appliance/privacy"
)

var noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

func sample() privacy.Facts {
	return privacy.Facts{At: noon, TriedAt: noon, Trials: []egress.Trial{{Way: "udp", To: "192.0.2.1:443", Cause: "network is unreachable"}},
		Program: privacy.Program{Version: "1 <b>", SHA256: "ab"}, Kernel: privacy.Kernel{Interfaces: []string{"lo"}, Sealed: true, Capability: "0"},
		Accounts: []privacy.Account{{Email: "ruth@example.org", Name: "Ruth [*]", Role: "owner", Since: noon}}, FactorRule: appliance.FactorForAdmins}
}

// kept is sample with periods, holds and deletions.
func kept() privacy.Facts {
	f := sample()
	later := noon.AddDate(0, 0, 30)
	f.BackupDays, f.Source = 30, true
	f.Accounts = append(f.Accounts, privacy.Account{Email: "ben@example.org", Role: "viewer", Factor: true, Keys: 2, Since: noon},
		privacy.Account{Email: "gone@example.org", Role: "admin", Disabled: true, Factor: true, Keys: 1, Since: noon})
	f.Hooks = []privacy.Hook{{To: "http://192.0.2.8", Events: []appliance.EventType{"report.ready"}, Enabled: true}}
	f.Serving = []privacy.Serving{{Role: appliance.ModelFacilitator, Model: "m", Digest: "d"}, {Role: appliance.ModelEmbedder}}
	f.Keeping = privacy.Keeping{Retention: appliance.Retention{Days: 90, RecordingDays: 7}, Own: []appliance.OwnPeriod{
		{Level: "project", Retention: appliance.Retention{Days: 10, RecordingDays: 3}, Count: 2},
		{Level: "session", Retention: appliance.Retention{Days: 11, RecordingDays: 4}, Count: 5}}}
	for _, kind := range []appliance.HoldKind{appliance.HoldBox, appliance.HoldProject, appliance.HoldSession, appliance.HoldConversation} {
		f.Holds = append(f.Holds, privacy.Hold{ID: "hld_1", Kind: kind, Object: "obj_" + string(kind), By: "ruth@example.org", Since: noon, Until: &later})
	}
	f.Deleted = privacy.Deleted{Total: 300, BackupsUntil: &later, Replaced: &noon, Waiting: 1}
	for i, kind := range []appliance.ErasureKind{appliance.EraseConversation, appliance.EraseWithdrawal, appliance.EraseSession, appliance.EraseSessions,
		appliance.EraseProject, appliance.ErasePerson, appliance.EraseOwn, appliance.EraseEverything, appliance.EraseByAge, appliance.EraseAgain, appliance.EraseSound} {
		by := []string{"participant", "retention", "restore", "ruth@example.org"}[i%4]
		f.Deleted.Last = append(f.Deleted.Last, privacy.Deletion{ID: appliance.ReceiptID("rct_" + string(kind)), Kind: kind, By: by, Began: noon, Wiped: &noon,
			Counts: appliance.ErasedCounts{Projects: 1, Sessions: 2, Conversations: 3, Participants: 4, Turns: 5, Sounds: 1, Claims: 6, Threads: 7, Templates: 8, Background: 9}})
	}
	f.Deleted.Last = append(f.Deleted.Last, privacy.Deletion{ID: "rct_ruled", Kind: appliance.EraseSound, Rule: appliance.RuleTranscript,
		By: "retention", Began: noon, Counts: appliance.ErasedCounts{Sounds: 1}})
	return f
}

// The sheet answers what an auditor asks about keeping and deleting, and tells no reason of a hold and no path of a hook.
func TestSheetTellsWhatIsKeptAndWhatIsGone(t *testing.T) {
	sheet := kept().Sheet("0000", "en")
	for _, want := range []string{
		"Sessions are deleted after 90 days.", "The sound of recordings is deleted 7 days after it was recorded",
		"Projects that set 10 days for themselves: 2", "Sessions that set 4 days for the sound of recordings: 5",
		"The session obj\\_session: by ruth@example.org, since 2026-11-02 12:00:00 (UTC), until 2026-12-02 12:00:00 (UTC)",
		"Receipts: 300, of which the last 12 are told here.",
		"2026-11-02 12:00:00 (UTC): One person in all sessions, by the rule",
		"The sound of a meeting, by the rule (it was written down). sounds of meetings 1; its files are being wiped", "until 2026-12-02 12:00:00 (UTC), at most, encrypted backups by the plan hold what was deleted last (30 days)",
		"owner 1, administrator 0, editor 0, viewer 1; 1 of them with a second factor (required of owners and administrators). API keys: 2.",
		"http://192.0.2.8 (report.ready)", "Interviews; reads the brief, the guide, the handbook and the conversation so far: m, digest d",
		"Search; reads passages of conversations: no model", "offered to everybody who uses the box, at the path /source",
	} {
		if !strings.Contains(sheet, want) {
			t.Errorf("%q is missing in:\n%s", want, sheet)
		}
	}
	f := kept()
	f.Source, f.Keeping, f.Holds, f.Deleted, f.BackupDays = false, privacy.Keeping{}, nil, privacy.Deleted{}, 0
	sheet = f.Sheet("0000", "en")
	for _, want := range []string{"The archive of the source does not lie on the box", "No period of retention is set", "- None.", "Nothing was deleted yet."} {
		if !strings.Contains(sheet, want) {
			t.Errorf("%q is missing in:\n%s", want, sheet)
		}
	}
}

func signed(t *testing.T, dir string) []byte {
	t.Helper()
	key, err := privacy.Key(dir)
	if err != nil {
		t.Fatal(err)
	}
	s, err := privacy.Sign(sample(), key)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := s.JSON()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestAttestationIsVerifiedAlsoAfterItWasIndented(t *testing.T) {
	dir := t.TempDir()
	raw := signed(t, dir)
	_, first, err := privacy.Verify(raw)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := json.Indent(&b, raw, "", "  "); err != nil {
		t.Fatal(err)
	}
	got, fingerprint, err := privacy.Verify(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sample(), got); diff != "" {
		t.Errorf("facts (-signed +read):\n%s", diff)
	}
	if _, again, err := privacy.Verify(signed(t, dir)); err != nil || again != fingerprint || first != fingerprint {
		t.Errorf("the box has changed its key: %s, then %s (%v)", fingerprint, again, err)
	}
	if info, err := os.Stat(filepath.Join(dir, privacy.KeyFile)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key is open to others: %v %v", info.Mode(), err)
	}
}

func TestChangedAttestationIsRefused(t *testing.T) {
	raw := signed(t, t.TempDir())
	other := signed(t, t.TempDir())
	var a, b map[string]json.RawMessage
	json.Unmarshal(raw, &a)
	json.Unmarshal(other, &b)
	a["public_key"] = b["public_key"]
	exchanged, _ := json.Marshal(a)
	for name, forged := range map[string][]byte{
		"a word changed":      bytes.Replace(raw, []byte("unreachable"), []byte("reachable!!"), 1),
		"a member added":      bytes.Replace(raw, []byte(`"sealed":true`), []byte(`"sealed":true,"sealed":true`), 1),
		"another key":         exchanged,
		"a second part":       append(bytes.Clone(raw), raw...),
		"cut off":             raw[:len(raw)-9],
		"nothing":             nil,
		"an empty object":     []byte(`{}`),
		"something besides":   bytes.Replace(raw, []byte(`{"attestation"`), []byte(`{"x":1,"attestation"`), 1),
		"a signature of zero": []byte(`{"attestation":{},"public_key":"","signature":""}`),
	} {
		if bytes.Equal(forged, raw) {
			t.Fatalf("%s: the test changes nothing", name)
		}
		if _, _, err := privacy.Verify(forged); err == nil {
			t.Errorf("%s: was taken for genuine", name)
		}
	}
}

func FuzzVerify(f *testing.F) {
	f.Add([]byte(`{"attestation":{},"public_key":"","signature":""}`))
	f.Add([]byte(`{"attestation":`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if _, _, err := privacy.Verify(raw); err == nil {
			t.Error("a text that no box signed was taken for genuine")
		}
	})
}

func TestDamagedKeyIsNotReplaced(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, privacy.KeyFile)
	if err := os.WriteFile(path, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := privacy.Key(dir); err == nil {
		t.Error("a damaged key was taken")
	}
	if raw, _ := os.ReadFile(path); string(raw) != "half" {
		t.Error("the damaged key was replaced")
	}
}

func TestKernelSaysWhatTheSystemSays(t *testing.T) {
	k := privacy.ReadKernel()
	interfaces, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, i := range interfaces {
		want = append(want, i.Name)
	}
	slices.Sort(want)
	slices.Sort(k.Interfaces)
	if diff := cmp.Diff(want, k.Interfaces); diff != "" {
		t.Errorf("interfaces (-kernel +told):\n%s", diff)
	}
	if k.Sealed != (len(want) == 1 && want[0] == "lo") || !strings.HasPrefix(k.Network, "net:[") || k.User == "" || k.Capability == "" {
		t.Errorf("told %+v", k)
	}
}

func TestPlacesAddUpWhatLiesThere(t *testing.T) {
	dir, models := t.TempDir(), t.TempDir()
	for path, size := range map[string]int{
		"harmonium.db": 30, "harmonium.db-wal": 7, "ollama/a/b": 5, "tls/key": 3, "notes": 1, "before-migration-1.db": 2, "blobs/ab/cd": 13, "uploads/cnv_1": 17} {
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(models, "m"), make([]byte, 11), 0o600); err != nil {
		t.Fatal(err)
	}
	got := map[string]int64{}
	for _, p := range privacy.Places(dir, models) {
		got[p.Kind] += p.Bytes
	}
	want := map[string]int64{privacy.KindDatabase: 37, privacy.KindModels: 16, privacy.KindCertificates: 3, privacy.KindOther: 1, privacy.KindCopy: 2, privacy.KindSound: 30}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("bytes by kind (-there +told):\n%s", diff)
	}
	if n := len(privacy.Places(dir, filepath.Join(dir, "ollama"))); n != 8 {
		t.Errorf("models in the data directory are told twice: %d places", n)
	}
}

func TestChecksumIsThatOfTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(path, []byte("program"), 0o600); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte("program"))
	if got, err := privacy.Checksum(path); err != nil || got != hex.EncodeToString(sum[:]) {
		t.Errorf("got %s, %v", got, err)
	}
}

func TestRefusedIsKept(t *testing.T) {
	dir := t.TempDir()
	if got, err := privacy.LoadRefused(dir); len(got) != 0 || err != nil {
		t.Fatalf("new directory: %v, %v", got, err)
	}
	want := []egress.Attempt{{Class: egress.Public, To: "192.0.2.1:443", First: noon, Last: noon.Add(time.Hour), Count: 3}}
	if err := privacy.KeepRefused(dir, want); err != nil {
		t.Fatal(err)
	}
	got, err := privacy.LoadRefused(dir)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-kept +read):\n%s", err, diff)
	}
}

func TestTextSaysWhereTheSealIsMissing(t *testing.T) {
	f := sample()
	if text := f.Text(); !strings.Contains(text, "ends at the machine itself") || !strings.Contains(text, "1 ways out were tried") {
		t.Errorf("sealed box:\n%s", text)
	}
	f.Kernel.Sealed, f.Trials[0].Open = false, true
	f.Allowed = []egress.Way{{Name: "models", Address: netip.MustParseAddrPort("198.51.100.7:11434"), Since: &noon, By: "ruth"}}
	text := f.Text()
	for _, want := range []string{"Not sealed by the kernel", "Open: udp to 192.0.2.1:443", "198.51.100.7:11434 (models), since 2026-11-02 12:00:00 (UTC), by ruth."} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in:\n%s", want, text)
		}
	}
}

func TestSheetTakesNamesForText(t *testing.T) {
	sheet := sample().Sheet("0000", "en")
	for _, want := range []string{"Sub-processors: none", "Training: none", "Sound of spoken answers: kept nowhere.", `Ruth \[\*]`, `1 \<b>`} {
		if !strings.Contains(sheet, want) {
			t.Errorf("%q is missing in:\n%s", want, sheet)
		}
	}
	page := sample().SheetHTML("0000", "en")
	if !strings.Contains(page, "Ruth [*] &lt;ruth@example.org&gt;") || strings.Contains(page, "1 <b>") {
		t.Error(page)
	}
}

// The sheet is filed and printed far from the box: the page runs nothing and fetches nothing.
func TestSheetAsAPageStandsAlone(t *testing.T) {
	page := sample().SheetHTML("0000", "de")
	for _, bad := range []string{"<script", "<link", "<img", "url(", "http:", "https:", "src=", "href="} {
		if strings.Contains(strings.ReplaceAll(page, "http-equiv", ""), bad) {
			t.Errorf("it holds %s:\n%s", bad, page)
		}
	}
	for _, want := range []string{`<html lang="de" dir="ltr">`, "Auftragsverarbeiter: keine", "@media print"} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is missing in:\n%s", want, page)
		}
	}
}

// Each language says the same: the same texts, with the same values in them.
func TestTextsAreTheSameInEachLanguage(t *testing.T) {
	files, err := filepath.Glob("texts/*.json")
	if err != nil || len(files) < 2 {
		t.Fatal(files, err)
	}
	value := regexp.MustCompile(`\{[a-z]+\}`)
	load := func(path string) map[string][]string {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var texts map[string]string
		if err := json.Unmarshal(raw, &texts); err != nil {
			t.Fatal(err)
		}
		values := map[string][]string{}
		for key, text := range texts {
			if strings.TrimSpace(text) == "" {
				t.Errorf("%s: %s is empty", path, key)
			}
			values[key] = value.FindAllString(text, -1)
			slices.Sort(values[key])
		}
		return values
	}
	english := load("texts/en.json")
	for _, path := range files {
		if diff := cmp.Diff(english, load(path)); diff != "" {
			t.Errorf("%s (-English +there):\n%s", path, diff)
		}
	}
	// No sentence is left without its values, or without a text at all.
	f := kept()
	f.Units = []privacy.Unit{{Name: "x.service", Private: true, Joins: []string{"y"}, Allow: []string{"z"}}}
	f.Data = []privacy.Place{{Kind: privacy.KindDatabase, Path: "/x"}}
	f.Models = []privacy.Model{{Name: "m", Digest: "d", Read: []privacy.Read{{Made: "turns", Count: 1}}}}
	f.Allowed = []egress.Way{{Name: "hooks", Address: netip.MustParseAddrPort("192.0.2.7:443"), Since: &noon, By: "ruth", Socket: "/run/s"}}
	f.Refused = []egress.Attempt{{To: "192.0.2.9:80", Class: egress.Public, Count: 2}}
	for _, language := range append(appliance.Languages(), "xx") {
		sheet := f.Sheet("0000", language)
		if left := value.FindString(sheet); left != "" {
			t.Errorf("%s: %s has no value:\n%s", language, left, sheet)
		}
		for key := range english {
			if strings.Contains(key, ".") && strings.Contains(sheet, key) {
				t.Errorf("%s: %s has no text", language, key)
			}
		}
	}
}

// As systemctl show prints it: one unit that joins the network of another, and one that is held to an address.
func TestUnitsAreReadAsSystemdTellsThem(t *testing.T) {
	path := filepath.Join(t.TempDir(), "units")
	text := "PrivateNetwork=yes\nRestrictAddressFamilies=AF_UNIX AF_INET\nIPAddressAllow=127.0.0.0/8 ::1/128\nIPAddressDeny=::/0 0.0.0.0/0\n" +
		"Id=harmonium-ollama.service\nActiveState=active\nJoinsNamespaceOf=harmonium.service\n\n" +
		"PrivateNetwork=no\nIPAddressAllow=192.0.2.7/32\nId=harmonium-out@hooks.service\nActiveState=inactive\nSocketBindDeny=any\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	none := []string{}
	want := []privacy.Unit{
		{Name: "harmonium-ollama.service", Active: true, Private: true, Joins: []string{"harmonium.service"}, Families: []string{"AF_UNIX", "AF_INET"},
			Allow: []string{"127.0.0.0/8", "::1/128"}, Deny: []string{"::/0", "0.0.0.0/0"}, Bind: none, NoBind: none},
		{Name: "harmonium-out@hooks.service", Joins: none, Families: none, Allow: []string{"192.0.2.7/32"}, Deny: none, Bind: none, NoBind: []string{"any"}},
	}
	got, err := privacy.ReadUnits(path)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-told +read):\n%s", err, diff)
	}
	for _, missing := range []string{"", filepath.Join(t.TempDir(), "none")} {
		if got, err := privacy.ReadUnits(missing); len(got) != 0 || err != nil {
			t.Errorf("%q: %v, %v", missing, got, err)
		}
	}
}
