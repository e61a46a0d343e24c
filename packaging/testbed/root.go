package testbed

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
)

// What the box is made of. systemd-resolved is there because it is a way out that many machines have: it asks name
// servers for whoever can reach its socket.
const (
	suite    = "bookworm"
	packages = "systemd,systemd-sysv,dbus,systemd-resolved"
)

// Root gives a minimal Debian that was never started, below the directory cache. It is made by debootstrap when it is
// not there, which takes two minutes and a network, and is only read afterwards. Whatever was cut short or changed
// since is made anew.
func Root(cache string) (string, error) {
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", err
	}
	recipe := sha256.Sum256([]byte(suite + " " + runtime.GOARCH + " " + packages))
	dir := filepath.Join(cache, "debian-"+suite+"-"+hex.EncodeToString(recipe[:4]))
	unlock, err := lock(dir + ".lock")
	if err != nil {
		return "", err
	}
	defer unlock()
	if stamp, err := os.ReadFile(dir + ".stamp"); err == nil {
		if now, err := weigh(dir); err == nil && now == string(stamp) {
			return dir, nil
		}
	}
	if err := errors.Join(os.RemoveAll(dir), os.RemoveAll(dir+".stamp")); err != nil {
		return "", err
	}
	args := []string{"--variant=minbase", "--include=" + packages, suite, dir}
	if m := mirror(); m != "" {
		args = append(args, m)
	}
	if err := run("debootstrap", args...); err != nil {
		return "", fmt.Errorf("make a Debian for the box: %w", err)
	}
	stamp, err := weigh(dir)
	if err != nil {
		return "", err
	}
	return dir, os.WriteFile(dir+".stamp", []byte(stamp), 0o644)
}

// mirror gives where this machine gets its own packages from, "" for Debian's default.
func mirror() string {
	out, err := output(exec.Command("apt-get", "indextargets", "--format", "$(REPO_URI)",
		"Created-By: Packages", "Codename: "+suite, "Component: main"))
	if err != nil {
		return ""
	}
	first, _, _ := strings.Cut(out, "\n")
	return strings.TrimSpace(first)
}

// weigh says how many files a tree has and how many bytes they hold.
func weigh(dir string) (string, error) {
	var files, bytes int64
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		files++
		if info.Mode().IsRegular() {
			bytes += info.Size()
		}
		return nil
	})
	return fmt.Sprintf("%d files, %d bytes\n", files, bytes), err
}

// lock waits until nobody else holds the file and holds it.
func lock(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		f.Close()
		return nil, err
	}
	return func() { f.Close() }, nil
}

// layer lays an empty layer over root, in which the box can write, and gives its path. The disk below dir holds what is
// written; where the file system of dir cannot be such a layer, memory does.
func layer(root, dir string) (string, error) {
	merged := filepath.Join(dir, "root")
	over := func() error {
		upper, work := filepath.Join(dir, "upper"), filepath.Join(dir, "work")
		for _, d := range []string{merged, upper, work} {
			if err := os.MkdirAll(d, 0o755); err != nil {
				return err
			}
		}
		return syscall.Mount("overlay", merged, "overlay", 0, "lowerdir="+root+",upperdir="+upper+",workdir="+work)
	}
	err := over()
	if err == nil {
		return merged, nil
	}
	if mem := syscall.Mount("tmpfs", dir, "tmpfs", 0, "mode=755"); mem != nil {
		return "", errors.Join(err, mem)
	}
	return merged, over()
}

// Unmount takes away what Open has mounted at and below dir.
func Unmount(dir string) error {
	for _, at := range []string{filepath.Join(dir, "root"), dir} {
		if err := syscall.Unmount(at, syscall.MNT_DETACH); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("unmount %s: %w", at, err)
		}
	}
	return nil
}
