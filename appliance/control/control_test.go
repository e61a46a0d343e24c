package control_test

import (
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"harmonium/appliance/control"
)

// serve answers on the control socket in dir until the test ends, or until the returned function is called.
func serve(t *testing.T, dir string, allow func(uint32) bool) (stop func()) {
	t.Helper()
	l, err := control.Listen(dir, allow)
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.URL.Path) })}
	go srv.Serve(l)
	stop = func() { srv.Close(); l.Close() }
	t.Cleanup(stop)
	return stop
}

func get(t *testing.T, dir string) (string, error) {
	t.Helper()
	c, done, err := control.Client(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	res, err := c.Get("http://box/hello")
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return string(body), err
}

func TestSameUserIsAnswered(t *testing.T) {
	for name, dir := range map[string]string{
		"short path":                       t.TempDir(),
		"path too long for a socket":       filepath.Join(t.TempDir(), strings.Repeat("long", 40)),
		"path of exactly the kernel's 108": pad(t.TempDir(), 108-len("/"+control.Name)),
	} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		serve(t, dir, control.SameUser)
		if got, err := get(t, dir); err != nil || got != "/hello" {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
		info, err := os.Stat(filepath.Join(dir, control.Name))
		if err != nil || info.Mode().Perm() != 0o600 || info.Mode().Type() != fs.ModeSocket {
			t.Errorf("%s: the socket is %v, %v; want mode 0600", name, info.Mode(), err)
		}
	}
}

// pad gives a directory below dir whose path is length bytes long.
func pad(dir string, length int) string {
	return filepath.Join(dir, strings.Repeat("x", length-len(dir)-1))
}

func TestOtherUsersAreTurnedAway(t *testing.T) {
	dir := t.TempDir()
	asked := make(chan uint32, 1)
	serve(t, dir, func(uid uint32) bool { asked <- uid; return false })
	if got, err := get(t, dir); err == nil {
		t.Errorf("answered %q to somebody who is not allowed", got)
	}
	if uid := <-asked; uid != uint32(os.Geteuid()) {
		t.Errorf("the kernel named user %d, we are %d", uid, os.Geteuid())
	}
}

func TestSameUserIsOneselfOrRoot(t *testing.T) {
	me := uint32(os.Geteuid())
	if !control.SameUser(me) || !control.SameUser(0) || control.SameUser(me+1) {
		t.Error("somebody is treated wrongly")
	}
}

func TestServerThatStopsLeavesNoSocket(t *testing.T) {
	dir := t.TempDir()
	serve(t, dir, control.SameUser)()
	if _, err := os.Stat(filepath.Join(dir, control.Name)); !os.IsNotExist(err) {
		t.Errorf("it is still there: %v", err)
	}
	if _, err := get(t, dir); !control.IsAbsent(err) {
		t.Errorf("got %v, want absent", err)
	}
}

func TestSocketOfAKilledServerIsReplaced(t *testing.T) {
	dir := t.TempDir()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(dir, control.Name), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	l.Close()
	if _, err := get(t, dir); !control.IsAbsent(err) {
		t.Errorf("got %v, want absent", err)
	}
	serve(t, dir, control.SameUser)
	if got, err := get(t, dir); err != nil || got != "/hello" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestSocketForAGroupIsOpenToTheGroupOnly(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	l, err := control.ListenGroup(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if info, err := os.Stat(filepath.Join(dir, control.Name)); err != nil || info.Mode().Perm() != 0o660 {
		t.Errorf("the socket is %v, %v; want mode 0660", info.Mode(), err)
	}
}

func TestSocketForAGroupIsNotOpenedWhereEverybodyMayEnter(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o751); err != nil {
		t.Fatal(err)
	}
	if l, err := control.ListenGroup(dir); err == nil {
		l.Close()
		t.Error("opened")
	}
}
