package server

import (
	"context"
	"log/slog"
	"net"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/inference"
)

// InWords says how long something has lasted.
func InWords(d time.Duration) string { return inWords(d) }

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
