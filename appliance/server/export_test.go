package server

import (
	"context"
	"log/slog"
	"net"

	"harmonium/appliance"
	"harmonium/appliance/inference"
)

// Door lets a limited number of connections in.
type Door = door

// NewDoor lets so many connections in, and so many from one address.
func NewDoor(l net.Listener, all, fromOne int) *Door {
	return newDoor(l.(*net.TCPListener), newCrowd(all, fromOne))
}

// Alive says whether connections are being taken in.
func (d *Door) Alive(ctx context.Context) error { return d.alive(ctx) }

// NewComplaints takes the complaints of net/http into a log.
func NewComplaints(l *slog.Logger, clock appliance.Clock) slog.Handler {
	return newComplaints(l, clock)
}

// Reason gives why rules lead, and what to do about it, for one kind of failure.
func Reason(kind inference.Kind, own bool) (text, todo string) {
	r := reasons(own)[kind]
	return r.text, r.todo
}

// ListsLoopback says whether a table of network interfaces has a loopback and nothing else.
func ListsLoopback(table string) bool { return listsLoopback(table) }

// Sentences gives what each code of a finding says in English, and what to do about it.
func Sentences() map[string][2]string {
	all := map[string][2]string{}
	for code, s := range sentences() {
		all[code] = [2]string{s.text, s.todo}
	}
	return all
}

// ReasonCodes gives the codes of the findings that rules lead.
func ReasonCodes() map[string]bool {
	codes := map[string]bool{}
	for _, own := range []bool{false, true} {
		for kind := range reasons(own) {
			codes[rulesCode(kind, own)] = true
		}
	}
	return codes
}
