package server_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"harmonium/appliance/server"
	"harmonium/appliance/testkit"
)

// openDoor gives a door on a free port, whoever is let in, and a way to knock from an address of this machine.
func openDoor(t *testing.T, all, fromOne int) (in <-chan net.Conn, knock func(from string) net.Conn) {
	t.Helper()
	port, err := net.Listen("tcp4", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	door := server.NewDoor(port, all, fromOne)
	guests, ended := make(chan net.Conn), make(chan error, 1)
	go func() {
		for {
			c, err := door.Accept()
			if err != nil {
				ended <- err
				return
			}
			guests <- c
		}
	}()
	t.Cleanup(func() {
		door.Close()
		if err := <-ended; !errors.Is(err, net.ErrClosed) {
			t.Errorf("the door closes with %v", err)
		}
	})
	to := net.JoinHostPort("127.0.0.1", port.Addr().String()[strings.LastIndex(port.Addr().String(), ":")+1:])
	return guests, func(from string) net.Conn {
		t.Helper()
		d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
		c, err := d.DialContext(t.Context(), "tcp4", to)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return c
	}
}

func TestOneAddressDoesNotTakeAllConnections(t *testing.T) {
	in, knock := openDoor(t, 10, 2)
	knock("127.0.0.1")
	first := <-in
	knock("127.0.0.1")
	<-in
	third := knock("127.0.0.1")
	if _, err := third.Read(make([]byte, 1)); err == nil {
		t.Error("a third connection from one address is let in")
	}
	knock("127.0.0.2")
	if c := <-in; !strings.HasPrefix(c.RemoteAddr().String(), "127.0.0.2:") {
		t.Error("who is let in is not from the other address")
	}
	first.Close()
	first.Close() // harmless
	knock("127.0.0.1")
	<-in
}

func TestWhoFindsTheBoxFullWaitsForAPlace(t *testing.T) {
	in, knock := openDoor(t, 1, 1)
	knock("127.0.0.1")
	guest := <-in
	knock("127.0.0.2")
	select {
	case <-in:
		t.Fatal("there is room for one, and two were let in")
	case <-time.After(50 * time.Millisecond):
	}
	guest.Close()
	if c := <-in; !strings.HasPrefix(c.RemoteAddr().String(), "127.0.0.2:") {
		t.Error("who is let in is not who waited")
	}
}

// Without this net/http cannot leave an early answer with a client that still sends.
func TestWhoIsLetInCanBeClosedByHalf(t *testing.T) {
	in, knock := openDoor(t, 1, 1)
	client := knock("127.0.0.1")
	guest, ok := (<-in).(interface {
		net.Conn
		CloseWrite() error
	})
	if !ok {
		t.Fatal("a guest has no CloseWrite")
	}
	if err := guest.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("the client reads %v", err)
	}
	client.Write([]byte("x"))
	if _, err := guest.Read(make([]byte, 1)); err != nil {
		t.Errorf("the guest hears nothing any more: %v", err)
	}
}

func TestComplaintsOfTheWebServerAreWarningsAtMostOneASecondAndWithoutAddresses(t *testing.T) {
	var text bytes.Buffer
	clock := testkit.NewClock()
	complain := slog.NewLogLogger(server.NewComplaints(slog.New(slog.NewTextHandler(&text, nil)), clock.Now), slog.LevelWarn)
	for range 100 {
		complain.Print("http: Accept error: accept tcp 192.0.2.1:80: accept4: too many open files; retrying in 1s")
	}
	clock.Advance(time.Second)
	complain.Print("http: TLS handshake error from [2001:db8::7]:40000: read tcp 192.0.2.1:443->192.0.2.9:40000: EOF")
	clock.Advance(-time.Hour)
	complain.Print("http: after the clock was set back")
	lines := strings.Split(strings.TrimSpace(text.String()), "\n")
	if len(lines) != 3 || strings.Count(text.String(), "level=WARN") != 3 {
		t.Fatalf("%d lines, want 3 warnings: %s", len(lines), text.String())
	}
	if !strings.Contains(lines[0], "too many open files") || !strings.Contains(lines[1], "left_out=99") {
		t.Errorf("the lines do not say what happened, or how often: %s", text.String())
	}
	for _, address := range []string{"192.0.2.", "2001:db8", "40000"} {
		if strings.Contains(text.String(), address) {
			t.Errorf("an address is in the log: %s", text.String())
		}
	}
}

func TestADoorThatTakesNobodyInIsNotAlive(t *testing.T) {
	port, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	door := server.NewDoor(port, 1, 1)
	defer door.Close()
	soon, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := door.Alive(soon); err == nil {
		t.Error("alive, and nobody has called Accept")
	}

	guests := make(chan net.Conn)
	go func() {
		for {
			c, err := door.Accept()
			if err != nil {
				close(guests)
				return
			}
			guests <- c
		}
	}()
	look := func() error {
		limit, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		return door.Alive(limit)
	}
	// The question of before is answered first.
	for err := look(); err != nil; err = look() {
		if !strings.Contains(err.Error(), "since the last time") {
			t.Fatal(err)
		}
	}
	for range 2 {
		if err := look(); err != nil {
			t.Errorf("while nobody comes: %v", err)
		}
	}
	c, err := net.Dial("tcp4", port.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	defer (<-guests).Close()
	if err := look(); err != nil {
		t.Errorf("while it is full: %v", err)
	}
}
