package store

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"harmonium/appliance"
)

// makeDir makes the data directory, for its owner only, and closes one that others may look into. A directory that
// holds something else is left alone: closing it could close the machine ("--data /etc").
func makeDir(dir string, log *slog.Logger) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return dirError(dir, err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return dirError(dir, err)
	}
	if others := slices.ContainsFunc(entries, isForeign); others && !slices.ContainsFunc(entries, isOurs) {
		return appliance.Errorf(appliance.CodeConflict, "The directory %s holds other things and no data of harmonium. "+
			"Nothing was changed there. Name an empty or a new directory with --data.", dir)
	}
	fi, err := os.Stat(dir)
	if err != nil {
		return dirError(dir, err)
	}
	if fi.Mode().Perm()&0o077 != 0 {
		if err := os.Chmod(dir, 0o700); err != nil {
			log.Warn("others on this machine may read the data directory; it could not be closed to them",
				"dir", dir, "error", err)
		}
	}
	return nil
}

// isOurs says whether an entry of a directory shows that it is a data directory.
func isOurs(e fs.DirEntry) bool {
	return e.Name() == lockFile || e.Name() == ballastFile || strings.HasPrefix(e.Name(), databaseFile)
}

// isForeign says whether an entry keeps a directory from becoming a data directory. A disk of its own has lost+found.
func isForeign(e fs.DirEntry) bool { return e.Name() != "lost+found" }

func dirError(dir string, err error) error {
	what, todo := "The data directory %s cannot be used.", "Make it writable for the account that runs harmonium"
	if errors.Is(err, syscall.EROFS) {
		what, todo = "The disk of the data directory %s is read-only.", "Look at the log of the machine for errors of the disk, and mount it for writing"
	}
	return &appliance.Error{Code: appliance.CodeStorage, Err: err,
		Message: fmt.Sprintf(what, dir) + " Nothing was changed. " + todo + ", or name another one with --data."}
}

// dirLock is the lock that makes a data directory belong to one process. The kernel gives it free when the process
// ends, however it ends. Its file holds the number of the process and, while a write-ahead log belongs to the database,
// logMark: a process that ended without closing the store leaves it.
type dirLock struct {
	file *os.File
	// hadLog says that the process before this one left a write-ahead log.
	hadLog bool
}

// logMark in the lock file says that the database is not whole without its write-ahead log.
const logMark = "log"

// lockDir takes the lock of dir, or fails with CodeConflict when another process has it.
func lockDir(dir string) (*dirLock, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, dirError(dir, err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		defer f.Close()
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, dirError(dir, fmt.Errorf("lock: %w", err))
		}
		return nil, &appliance.Error{
			Code: appliance.CodeConflict,
			Message: fmt.Sprintf("Another harmonium%s is using the data directory %s. Stop that one first, or name "+
				"another directory with --data.", holder(f), dir),
		}
	}
	l := &dirLock{file: f}
	if b, err := io.ReadAll(io.LimitReader(f, 32)); err == nil {
		l.hadLog = bytes.Contains(b, []byte(logMark))
	}
	// The number is for the message above only; a lock without it is as good.
	_ = l.write(l.hadLog)
	return l, nil
}

// write writes the number of this process, and whether a write-ahead log belongs to the database.
func (l *dirLock) write(log bool) error {
	text := strconv.Itoa(os.Getpid()) + "\n"
	if log {
		text += logMark + "\n"
	}
	_, err := l.file.WriteAt([]byte(text), 0)
	return errors.Join(err, l.file.Truncate(int64(len(text))))
}

// markLog notes, durably, whether the database is whole only with its write-ahead log from now on. The log must be there.
func (l *dirLock) markLog(dir string, log bool) error {
	if l.hadLog == log {
		return nil
	}
	l.hadLog = log
	return errors.Join(l.write(log), l.file.Sync(), syncDir(dir))
}

// InUse says whether a process holds the lock of the data directory dir: a server that runs, starts or stops there, or
// a command.
func InUse(dir string) bool {
	f, err := os.Open(filepath.Join(dir, lockFile))
	if err != nil {
		return false
	}
	defer f.Close()
	// A shared lock for a moment: two that ask at the same time do not see each other.
	return errors.Is(syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB), syscall.EWOULDBLOCK)
}

// holder gives " (process N)" for the process that wrote its number into the lock file, "" when it did not.
func holder(f *os.File) string {
	b, err := io.ReadAll(io.LimitReader(f, 32))
	if err != nil {
		return ""
	}
	first, _, _ := bytes.Cut(b, []byte("\n"))
	pid, err := strconv.Atoi(string(bytes.TrimSpace(first)))
	if err != nil {
		return ""
	}
	return fmt.Sprintf(" (process %d)", pid)
}

// release gives the directory free. The file stays: removing it could take the lock from under the next process.
func (l *dirLock) release() error { return l.file.Close() }

// syncDir makes files that were made, renamed or removed in dir survive a power cut.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
