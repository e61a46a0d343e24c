// Package control is the Unix socket through which the commands of the same machine reach the server that is running.
// It stands in the data directory, or in a directory of its own. It speaks HTTP.
//
// Three things keep others out: the socket is readable and writable by its owner only, it stands in a directory that
// only the owner enters, and the kernel names the user at the other end, whom the server checks for each connection.
//
// A socket for a group (ListenGroup) is for those whom the administrator of the machine has put into that group: the
// kernel checks that for each connection by the modes of the socket and its directory. They administer the box.
package control

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"syscall"

	"harmonium/appliance/egress"
)

// Name is the file name of the socket in its directory.
const Name = "control.sock"

// maxPath is how long the path of a Unix socket may be for the kernel (sun_path, less its final zero).
const maxPath = 107

// SameUser allows who runs the process, and root.
func SameUser(uid uint32) bool { return uid == 0 || uid == uint32(os.Geteuid()) }

// Listen opens the socket in dir, in place of one that a killed server left behind. The caller must hold the lock on
// dir, so that no living server is cut off. Connections of users whom allow refuses are closed before a byte of them
// is read. Closing the listener removes the socket.
func Listen(dir string, allow func(uid uint32) bool) (net.Listener, error) {
	return listen(dir, 0o600, allow)
}

// ListenGroup is Listen for the owner of the process, root, and the members of the group of the process. It fails
// when others than these may enter dir.
func ListenGroup(dir string) (net.Listener, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return nil, fmt.Errorf("look at the directory of the control socket: %w", err)
	}
	if info.Mode().Perm()&0o007 != 0 {
		return nil, fmt.Errorf("the directory %s of the control socket is open to everybody", dir)
	}
	return listen(dir, 0o660, func(uint32) bool { return true })
}

func listen(dir string, mode fs.FileMode, allow func(uid uint32) bool) (net.Listener, error) {
	path := filepath.Join(dir, Name)
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("remove old control socket: %w", err)
	}
	at, done, err := address(dir)
	if err != nil {
		return nil, err
	}
	defer done()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: at, Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("open control socket: %w", err)
	}
	l.SetUnlinkOnClose(false) // at may be gone by then
	if err := os.Chmod(path, mode); err != nil {
		l.Close()
		return nil, fmt.Errorf("protect control socket: %w", err)
	}
	return &listener{UnixListener: l, path: path, allow: allow}, nil
}

// listener accepts the connections of allowed users.
type listener struct {
	*net.UnixListener
	path  string
	allow func(uid uint32) bool
}

// Accept waits for the next connection of an allowed user.
func (l *listener) Accept() (net.Conn, error) {
	for {
		c, err := l.AcceptUnix()
		if err != nil {
			return nil, err
		}
		if uid, err := peer(c); err == nil && l.allow(uid) {
			return c, nil
		}
		c.Close()
	}
}

// Close closes the listener and removes the socket.
func (l *listener) Close() error {
	err := l.UnixListener.Close()
	os.Remove(l.path)
	return err
}

// peer gives the user at the other end, as the kernel noted when the connection was made.
func peer(c *net.UnixConn) (uint32, error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return 0, err
	}
	var cred *syscall.Ucred
	var credErr error
	if err := raw.Control(func(fd uintptr) {
		cred, credErr = syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED)
	}); err != nil {
		return 0, err
	}
	if credErr != nil {
		return 0, credErr
	}
	return cred.Uid, nil
}

// Client gives an HTTP client whose requests go to the server that runs on dir, whatever host they name, and a
// function that ends its use. Requests fail with IsAbsent when no server is there.
func Client(dir string) (*http.Client, func(), error) {
	at, done, err := address(dir)
	if err != nil {
		return nil, nil, err
	}
	c := egress.New(egress.Options{Sockets: []string{at}}).SocketClient(at)
	return c, func() { c.CloseIdleConnections(); done() }, nil
}

// IsAbsent says whether err means that no server listens on the socket.
func IsAbsent(err error) bool {
	return errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED)
}

// address gives a path of the socket in dir that is short enough for the kernel, and a function to call when it is no
// longer needed: a long one is written by way of an open directory.
func address(dir string) (string, func(), error) {
	if path := filepath.Join(dir, Name); len(path) <= maxPath {
		return path, func() {}, nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return "", nil, fmt.Errorf("open directory of control socket: %w", err)
	}
	return fmt.Sprintf("/proc/self/fd/%d/%s", d.Fd(), Name), func() { d.Close() }, nil
}
