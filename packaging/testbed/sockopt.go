package testbed

import (
	"syscall"
	"time"
	"unsafe"
)

// Monotonic gives the time by the clock with which systemd stamps what happens to units.
func Monotonic() time.Duration {
	const monotonic = 1
	var now syscall.Timespec
	syscall.Syscall(syscall.SYS_CLOCK_GETTIME, monotonic, uintptr(unsafe.Pointer(&now)), 0)
	return time.Duration(now.Nano())
}

// getsockopt reads an option that is more than a number, which package syscall offers for a few only.
func getsockopt(fd uintptr, level, name int, value []byte, size *uint32) syscall.Errno {
	_, _, errno := syscall.Syscall6(syscall.SYS_GETSOCKOPT, fd, uintptr(level), uintptr(name),
		uintptr(unsafe.Pointer(&value[0])), uintptr(unsafe.Pointer(size)), 0)
	return errno
}
