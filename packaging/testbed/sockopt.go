package testbed

import (
	"syscall"
	"unsafe"
)

// getsockopt reads an option that is more than a number, which package syscall offers for a few only.
func getsockopt(fd uintptr, level, name int, value []byte, size *uint32) syscall.Errno {
	_, _, errno := syscall.Syscall6(syscall.SYS_GETSOCKOPT, fd, uintptr(level), uintptr(name),
		uintptr(unsafe.Pointer(&value[0])), uintptr(unsafe.Pointer(size)), 0)
	return errno
}
