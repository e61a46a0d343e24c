package main

import (
	"errors"
	"os/exec"
	"runtime"
	"strconv"
	"syscall"
	"unsafe"
)

// elsewhere calls enter and then connects, on a thread that ends afterwards.
func elsewhere(t target, name string, port uint16, enter func() error) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread is in another namespace now
		if err := enter(); err != nil {
			done <- err
			return
		}
		done <- tcp(t, name, port)
	}()
	return <-done
}

// namespaceOfOne joins the network of process 1.
func namespaceOfOne(t target, name string, port uint16) error {
	return elsewhere(t, name, port, func() error {
		fd, err := syscall.Open("/proc/1/ns/net", syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
		if err != nil {
			return err
		}
		defer syscall.Close(fd)
		if _, _, errno := syscall.RawSyscall(sysSetns, uintptr(fd), syscall.CLONE_NEWNET, 0); errno != 0 {
			return errno
		}
		return nil
	})
}

// namespaceUnshared becomes root of a user namespace of its own first, which lends every right inside it. A program of
// many threads cannot, so a child does.
func namespaceUnshared(t target, name string, port uint16) error {
	cmd := exec.Command("/proc/self/exe", "-v4", t.v4.String(), "-v6", t.v6.String(), "-mac", t.mac.String(), "-only", "namespace-of-1")
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: syscall.Getuid(), Size: 1}},
	}
	out, err := cmd.CombinedOutput()
	if err == nil {
		err = errors.New("a user namespace was made; from there: " + string(out))
	}
	return err
}

// askSystemd asks the service manager to start a program that connects.
func askSystemd(t target, name string, port uint16) error {
	out, err := exec.Command("systemd-run", "--quiet", "--wait", "--collect", "bash", "-c",
		"echo > /dev/tcp/"+t.v4.String()+"/"+strconv.Itoa(int(port))).CombinedOutput()
	if err != nil {
		return errors.New(err.Error() + ": " + string(out))
	}
	return nil
}

// disconnect takes away what a socket is connected to, or that it listens. What it is bound to stays.
func disconnect(fd int) error {
	nowhere := syscall.RawSockaddr{Family: syscall.AF_UNSPEC}
	_, _, errno := syscall.Syscall(syscall.SYS_CONNECT, uintptr(fd), uintptr(unsafe.Pointer(&nowhere)), unsafe.Sizeof(nowhere))
	if errno != 0 {
		return errno
	}
	return nil
}
