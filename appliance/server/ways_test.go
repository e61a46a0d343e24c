package server_test

import (
	"net/netip"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"harmonium/appliance/egress"
	"harmonium/appliance/server"
	"harmonium/appliance/wayout"
)

// Whoever opens a way out does so as root, outside the server; the trail has it all the same, once, also when the server
// did not run at that moment.
func TestWaysOutAreInTheAuditTrailWhenTheyAreOpenedAndClosed(t *testing.T) {
	dir := t.TempDir()
	folder := wayout.Folder{Files: filepath.Join(dir, "out"), Sockets: wayout.Sockets, Units: filepath.Join(dir, "units")}
	c := config(t, "ways-out="+folder.Files)
	s, stop := start(t, c)
	since := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	open := func(name, address string) {
		t.Helper()
		if err := folder.Write(egress.Way{Name: name, Address: netip.MustParseAddrPort(address), Since: &since, By: "olga"}); err != nil {
			t.Fatal(err)
		}
	}
	look := func() {
		t.Helper()
		if err := server.Ask(t.Context(), c, server.CommandOutLook, server.None{}, &server.None{}); err != nil {
			t.Fatal(err)
		}
	}
	trail := func(want ...string) {
		t.Helper()
		entries, err := s.Store().AuditTrail(t.Context(), 20)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range entries {
			if e.Action == "way.open" || e.Action == "way.close" {
				got = append(got, e.Actor+" "+e.Action+" "+e.Object)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the trail, newest first (-want +got):\n%s", diff)
		}
	}
	const opened = "system way.open models to 192.0.2.7:11434, by olga"
	open("models", "192.0.2.7:11434")
	look()
	look()
	trail(opened)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if err := folder.Remove("models"); err != nil {
		t.Fatal(err)
	}
	open("hooks", "192.0.2.8:443")
	s, _ = start(t, c)
	look()
	trail("system way.open hooks to 192.0.2.8:443, by olga", "system way.close models to 192.0.2.7:11434, by olga", opened)
}
