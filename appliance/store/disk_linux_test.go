package store_test

import (
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// disk stands between SQLite and the files of one directory: it keeps what SQLite does with them, from which the files
// can be made as they were at any moment, and fails, or lies, when it is told to.
type disk struct {
	dir string

	mu      sync.Mutex
	done    []operation
	acks    []ack
	at      int       // the number of the next operation
	fault   fault     // what happens to operation number `when`
	when    int       // -1 for never
	forever bool      // and to all after it
	hit     operation // the operation that the fault met
}

// operation is one thing that SQLite did with a file.
type operation struct {
	kind string // "write", "truncate", "sync", "delete"; "" for none
	file string // its name in the directory
	at   int64  // of a write; the length that is left, of a truncate
	data []byte // of a write
}

// ack is a write of the store that was acknowledged when so many operations were done.
type ack struct {
	id   string
	done int
}

// fault is what a disk does in place of an operation.
type fault struct {
	kinds string // the operations that it meets, "write sync truncate"
	code  int32  // SQLite's code for the error; SQLITE_OK: it is said to be done, and is not
}

// watch puts a disk between SQLite and dir, until the test ends.
func watch(t testing.TB, dir string) *disk {
	t.Helper()
	wrapSQLite()
	d := &disk{dir: dir, when: -1}
	disks.Store(dir, d)
	t.Cleanup(func() { disks.Delete(dir) })
	return d
}

// failAt has the operation number n that the fault can meet fail, counted from now, and if forever all after it.
func (d *disk) failAt(n int, f fault, forever bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.at, d.when, d.fault, d.forever, d.hit = 0, n, f, forever, operation{}
}

// repair ends the faults, and says which operation was met by one.
func (d *disk) repair() operation {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.when = -1
	return d.hit
}

// acknowledge notes that the store said of a write that it is kept.
func (d *disk) acknowledge(id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.acks = append(d.acks, ack{id, len(d.done)})
}

// acknowledged gives the ids that were acknowledged before so many operations were done.
func (d *disk) acknowledged(done int) (list []string) {
	for _, a := range d.acks {
		if a.done <= done {
			list = append(list, a.id)
		}
	}
	return list
}

// meets says whether an operation is done, and with what code it ends otherwise.
func (d *disk) meets(o operation) (done bool, code int32) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.when >= 0 && strings.Contains(d.fault.kinds, o.kind) {
		n := d.at
		d.at++
		if n == d.when || d.forever && n > d.when {
			d.hit = operation{kind: o.kind, file: o.file, at: o.at}
			return false, d.fault.code
		}
	}
	d.done = append(d.done, o)
	return true, sqlite3.SQLITE_OK
}

// killed writes the files into dir as a process that is killed after so many operations leaves them: all of these are
// there, since the kernel lives on.
func (d *disk) killed(t testing.TB, done int, dir string) {
	t.Helper()
	d.replay(t, done, dir, func(o operation, _ bool) (int, bool) { return len(o.data), true })
}

// powerCut writes the files into dir as a power cut after so many operations leaves them. What was synchronised is
// there; each operation since then is there, or is not, or the first sectors of it are.
func (d *disk) powerCut(t testing.TB, done int, dir string, chance *rand.Rand) {
	t.Helper()
	const sector = 512
	d.replay(t, done, dir, func(o operation, synced bool) (int, bool) {
		switch chance.IntN(3) {
		case 0:
			return len(o.data), synced
		case 1:
			if !synced && len(o.data) > sector {
				return chance.IntN(len(o.data)/sector) * sector, true
			}
		}
		return len(o.data), true
	})
}

// replay makes the files out of the first operations; keep says how many bytes of each there are, or that it is not there.
func (d *disk) replay(t testing.TB, done int, dir string, keep func(o operation, synced bool) (int, bool)) {
	t.Helper()
	lastSync := map[string]int{}
	for i, o := range d.done[:done] {
		if o.kind == "sync" {
			lastSync[o.file] = i
		}
	}
	files := map[string][]byte{}
	for i, o := range d.done[:done] {
		if o.kind == "delete" {
			delete(files, o.file)
			continue
		}
		n, there := keep(o, i < lastSync[o.file])
		content := files[o.file]
		switch {
		case !there || o.kind == "sync":
		case o.kind == "truncate":
			content = content[:min(int64(len(content)), o.at)]
		default:
			if end := int(o.at) + n; end > len(content) {
				content = append(content, make([]byte, end-len(content))...)
			}
			copy(content[o.at:], o.data[:n])
		}
		files[o.file] = content
	}
	for name, content := range files {
		if strings.HasPrefix(name, "harmonium.db") {
			write(t, filepath.Join(dir, name), string(content))
		}
	}
}

// disks has the disks by the directories that they stand before.
var disks sync.Map

// wrapSQLite has SQLite open files through open below. Files in directories without a disk are left alone.
var wrapSQLite = sync.OnceFunc(func() {
	tls := libc.NewTLS()
	system := sqlite3.Xsqlite3_vfs_find(tls, 0)
	vfs := libc.Xmalloc(tls, libc.Tsize_t(unsafe.Sizeof(sqlite3.Tsqlite3_vfs{})))
	*vfsAt(vfs) = *vfsAt(system)
	openSystem = *(*openFunc)(unsafe.Pointer(&struct{ uintptr }{vfsAt(system).FxOpen}))
	deleteSystem = *(*deleteFunc)(unsafe.Pointer(&struct{ uintptr }{vfsAt(system).FxDelete}))
	vfsAt(vfs).FxOpen, vfsAt(vfs).FxDelete = pointerTo(openWatched), pointerTo(deleteWatched)
	name, err := libc.CString("watched")
	if err != nil {
		panic(err)
	}
	vfsAt(vfs).FzName = name
	if rc := sqlite3.Xsqlite3_vfs_register(tls, vfs, 1); rc != sqlite3.SQLITE_OK {
		panic(rc)
	}
})

type (
	deleteFunc   = func(tls *libc.TLS, vfs, name uintptr, sync int32) int32
	openFunc     = func(tls *libc.TLS, vfs, name, file uintptr, flags int32, out uintptr) int32
	writeFunc    = func(tls *libc.TLS, file, data uintptr, n int32, at int64) int32
	truncateFunc = func(tls *libc.TLS, file uintptr, size int64) int32
	syncFunc     = func(tls *libc.TLS, file uintptr, flags int32) int32
)

var (
	openSystem   openFunc
	deleteSystem deleteFunc
)

// watched is what is known of a file that SQLite has open, by its address.
type watched struct {
	disk     *disk
	name     string
	write    writeFunc
	truncate truncateFunc
	sync     syncFunc
}

var open sync.Map

// openWatched opens a file as the system does, and puts its disk behind its methods.
func openWatched(tls *libc.TLS, vfs, name, file uintptr, flags int32, out uintptr) int32 {
	rc := openSystem(tls, vfs, name, file, flags, out)
	if rc != sqlite3.SQLITE_OK || name == 0 {
		return rc
	}
	path := libc.GoString(name)
	d, ok := disks.Load(filepath.Dir(path))
	if !ok {
		return rc
	}
	f := (*sqlite3.Tsqlite3_file)(at(file))
	own := (*sqlite3.Tsqlite3_io_methods)(at(f.FpMethods))
	open.Store(file, watched{d.(*disk), filepath.Base(path),
		*(*writeFunc)(unsafe.Pointer(&struct{ uintptr }{own.FxWrite})),
		*(*truncateFunc)(unsafe.Pointer(&struct{ uintptr }{own.FxTruncate})),
		*(*syncFunc)(unsafe.Pointer(&struct{ uintptr }{own.FxSync}))})
	methods := libc.Xmalloc(tls, libc.Tsize_t(unsafe.Sizeof(*own))) // a few hundred bytes for each file that a test opens
	m := (*sqlite3.Tsqlite3_io_methods)(at(methods))
	*m = *own
	m.FxWrite, m.FxTruncate, m.FxSync = pointerTo(writeWatched), pointerTo(truncateWatched), pointerTo(syncWatched)
	f.FpMethods = methods
	return rc
}

// deleteWatched deletes a file as the system does. A directory is taken to be on the disk at once.
func deleteWatched(tls *libc.TLS, vfs, name uintptr, sync int32) int32 {
	path := libc.GoString(name)
	if d, ok := disks.Load(filepath.Dir(path)); ok {
		d.(*disk).meets(operation{kind: "delete", file: filepath.Base(path)})
	}
	return deleteSystem(tls, vfs, name, sync)
}

func writeWatched(tls *libc.TLS, file, data uintptr, n int32, offset int64) int32 {
	w := opened(file)
	o := operation{"write", w.name, offset, slices.Clone(unsafe.Slice((*byte)(at(data)), n))}
	if done, code := w.disk.meets(o); !done {
		return code
	}
	return w.write(tls, file, data, n, offset)
}

func truncateWatched(tls *libc.TLS, file uintptr, size int64) int32 {
	w := opened(file)
	if done, code := w.disk.meets(operation{kind: "truncate", file: w.name, at: size}); !done {
		return code
	}
	return w.truncate(tls, file, size)
}

func syncWatched(tls *libc.TLS, file uintptr, flags int32) int32 {
	w := opened(file)
	if done, code := w.disk.meets(operation{kind: "sync", file: w.name}); !done {
		return code
	}
	return w.sync(tls, file, flags)
}

func opened(file uintptr) watched {
	w, ok := open.Load(file)
	if !ok {
		panic("a file that was not opened")
	}
	return w.(watched)
}

// pointerTo gives a function the form in which SQLite, which was C once, keeps it.
func pointerTo(f any) uintptr {
	return (*[2]uintptr)(unsafe.Pointer(&f))[1]
}

// at is the memory at an address that SQLite gave, which is none of Go's.
func at(address uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&address)) }

func vfsAt(address uintptr) *sqlite3.Tsqlite3_vfs { return (*sqlite3.Tsqlite3_vfs)(at(address)) }
