package server_test

import (
	"testing"

	"harmonium/appliance/server"
)

func TestANetworkIsPrivateWhenItsOnlyInterfaceIsALoopback(t *testing.T) {
	const head = "Inter-|   Receive                            |  Transmit\n face |bytes    packets errs drop|bytes    packets\n"
	for _, tt := range []struct {
		name, table string
		want        bool
	}{
		{"sealed", head + "    lo:     100       2    0    0      100       2\n", true},
		{"a card", head + "    lo: 100 2 0 0\n  eth0: 100 2 0 0\n", false},
		{"a card that is named to deceive", head + "    lo: 100 2 0 0\n   lo0: 0 0 0 0\n", false},
		{"nothing", head, false},
		{"empty", "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := server.ListsLoopback(tt.table); got != tt.want {
				t.Errorf("got %t", got)
			}
		})
	}
}
