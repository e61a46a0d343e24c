// Package wayout keeps the ways out of the sealed box that an administrator has opened: for each one address, a file
// that names it, and the rule by which the kernel holds the process that connects there to that address alone.
//
// The server reads these files and can change none of them. They are written by root, outside the seal, with the command
// harmonium out; the units harmonium-out@.socket and harmonium-out@.service do the rest. Writing here starts nothing.
package wayout

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/egress"
)

// Where the units of the package look.
const (
	Sockets = "/run/harmonium-out"  // NAME.sock, by harmonium-out@NAME.socket
	Units   = "/etc/systemd/system" // for what the administrator adds to units
)

// Folder is where ways out are written down.
type Folder struct {
	Files   string // directory of NAME.conf
	Sockets string
	Units   string
}

const suffix = ".conf"

// maxFile bounds one file, in bytes.
const maxFile = 4 << 10

// Ways lists the ways out, by name. A file that cannot be understood opens nothing, and is told in the error beside
// the others.
func (f Folder) Ways() ([]egress.Way, error) {
	list := []egress.Way{}
	entries, err := os.ReadDir(f.Files)
	if errors.Is(err, fs.ErrNotExist) {
		return list, nil
	}
	if err != nil {
		return list, fmt.Errorf("read the ways out: %w", err)
	}
	var wrong error
	for _, e := range entries {
		name, found := strings.CutSuffix(e.Name(), suffix)
		if !found {
			continue
		}
		w, err := f.way(name)
		if err != nil {
			wrong = errors.Join(wrong, err)
			continue
		}
		list = append(list, w)
	}
	appliance.Sort(list, func(a, b egress.Way) int { return cmp.Compare(a.Name, b.Name) })
	return list, wrong
}

// way reads one file: lines NAME=VALUE, of which systemd reads ADDRESS.
func (f Folder) way(name string) (egress.Way, error) {
	path := filepath.Join(f.Files, name+suffix)
	w := egress.Way{Name: name, Socket: filepath.Join(f.Sockets, name+".sock")}
	raw, err := os.ReadFile(path)
	if err != nil {
		return w, fmt.Errorf("read the way out %s: %w", name, err)
	}
	if len(raw) > maxFile || !validName(name) {
		return w, fmt.Errorf("read the way out: %s is no file of harmonium out", path)
	}
	for lines := bufio.NewScanner(bytes.NewReader(raw)); lines.Scan(); {
		key, value, _ := strings.Cut(strings.TrimSpace(lines.Text()), "=")
		switch key {
		case "ADDRESS":
			if w.Address, err = Address(value); err != nil {
				return w, fmt.Errorf("read the way out %s: %w", path, err)
			}
		case "SINCE":
			if at, err := time.Parse(time.RFC3339, value); err == nil {
				at = at.UTC()
				w.Since = &at
			}
		case "BY":
			w.By = value
		}
	}
	if !w.Address.IsValid() {
		return w, fmt.Errorf("read the way out: %s names no ADDRESS", path)
	}
	return w, nil
}

// Write writes a way out down, in the place of an earlier one of the same name: the address, and the rule that holds
// whoever connects to that address.
func (f Folder) Write(w egress.Way) error {
	if !validName(w.Name) {
		return appliance.Invalid("name", "%q cannot be the name of a way out: it is written with small letters, digits and dashes, "+
			"at most 32 of them, and begins with a letter. Nothing was changed.", w.Name)
	}
	by := strings.Map(func(r rune) rune {
		if r < ' ' {
			return -1
		}
		return r
	}, w.By)
	text := fmt.Sprintf("# Written by harmonium out add; harmonium out remove %s takes it away.\nADDRESS=%s\nSINCE=%s\nBY=%s\n",
		w.Name, w.Address, w.Since.UTC().Format(time.RFC3339), by)
	rule := fmt.Sprintf("# The kernel compares every packet of harmonium-out@%s.service with this.\n[Service]\nIPAddressAllow=%s\n",
		w.Name, w.Address.Addr())
	// The rule first: an address without one is reached by nobody, and the other way round it would be.
	err := publish(f.rule(w.Name), rule)
	if err == nil {
		err = publish(filepath.Join(f.Files, w.Name+suffix), text)
	}
	if err != nil {
		return fmt.Errorf("write the way out %s down: %w", w.Name, err)
	}
	return nil
}

// publish writes a file for everybody to read, whole or not at all. The directory it is in is made too: what the process
// may open for others is not left to the mask of whoever runs the command.
func publish(path, content string) error {
	dir := filepath.Dir(path)
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		if err := errors.Join(os.MkdirAll(dir, 0o755), os.Chmod(dir, 0o755)); err != nil {
			return err
		}
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	_, err = f.WriteString(content)
	err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

func (f Folder) rule(name string) string {
	return filepath.Join(f.Units, "harmonium-out@"+name+".service.d", "address.conf")
}

// Remove takes a way out away. There must be one of the name.
func (f Folder) Remove(name string) error {
	path := filepath.Join(f.Files, name+suffix)
	if _, err := os.Stat(path); !validName(name) || errors.Is(err, fs.ErrNotExist) {
		return appliance.Errorf(appliance.CodeNotFound, "There is no way out with the name %q. Nothing was changed. harmonium out list names them.", name)
	}
	rule := f.rule(name)
	err := os.Remove(path)
	for _, gone := range []string{rule, filepath.Dir(rule)} { // the directory only when it is empty
		if e := os.Remove(gone); !errors.Is(e, fs.ErrNotExist) && gone == rule {
			err = errors.Join(err, e)
		}
	}
	if err != nil {
		return fmt.Errorf("remove the way out %s: %w", name, err)
	}
	return nil
}

// Address reads the address of a way out: a number with a port, of one other machine. Names would have to be looked up
// by somebody, and could come to mean something else.
func Address(text string) (netip.AddrPort, error) {
	a, err := netip.ParseAddrPort(strings.TrimSpace(text))
	ip := a.Addr().Unmap()
	if err != nil || a.Port() == 0 || ip.Zone() != "" || ip.IsUnspecified() || ip.IsLoopback() || ip.IsMulticast() {
		return netip.AddrPort{}, appliance.Invalid("address", "%.80q is no address of another machine by number with a port, such as 192.0.2.7:443 or "+
			"[2001:db8::7]:443. Nothing was changed.", text)
	}
	return netip.AddrPortFrom(ip, a.Port()), nil
}

// validName says whether systemd and file systems take a name as it is.
func validName(name string) bool {
	return name != "" && len(name) <= 32 && name[0] >= 'a' && name[0] <= 'z' &&
		strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}
