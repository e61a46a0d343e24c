package server

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"harmonium/appliance"
)

// owner gives the user and the group that a directory belongs to; false when it is not there.
func owner(dir string) (uid, gid int, ok bool) {
	var st syscall.Stat_t
	if err := syscall.Stat(dir, &st); err != nil {
		return 0, 0, false
	}
	return int(st.Uid), int(st.Gid), true
}

// refuseForeign keeps a server from leaving files in the data directory of somebody else, above all root's, which the
// right server could not write afterwards.
func refuseForeign(dir string) error {
	uid, _, ok := owner(dir)
	if !ok || uid == os.Geteuid() {
		return nil
	}
	return appliance.Errorf(appliance.CodeConflict, "The data directory %s belongs to another user of this machine (number %d). "+
		"Nothing was changed. Start the server as that user, or name another directory with --data.", dir, uid)
}

// becomeOwner makes a process of root that of the owner of dir, so that a command leaves no file there that the server
// could not write. For anybody else, and for a directory that is not there yet, it does nothing.
func becomeOwner(dir string) error {
	uid, gid, ok := owner(dir)
	if !ok || os.Geteuid() != 0 || uid == 0 {
		return nil
	}
	if err := errors.Join(syscall.Setgroups([]int{gid}), syscall.Setgid(gid), syscall.Setuid(uid)); err != nil {
		return fmt.Errorf("become the owner of %s: %w", dir, err)
	}
	return nil
}
