package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/backup"
	"harmonium/appliance/capture"
	"harmonium/appliance/clock"
	"harmonium/appliance/control"
	"harmonium/appliance/egress"
	"harmonium/appliance/inference"
	"harmonium/appliance/lan"
	"harmonium/appliance/room"
	"harmonium/appliance/store"
)

// checkupLimit bounds the check of the whole database by the doctor.
const checkupLimit = 2 * time.Minute

// Doctor looks at everything that can be wrong with the box that keeps its data in cfg.Data: through the server that
// runs there, or by itself. It changes nothing.
func Doctor(ctx context.Context, cfg Config) ([]appliance.Finding, error) {
	cfg.Data = absolute(cfg.Data)
	raw, err := askServer(ctx, cfg, CommandDoctor, json.RawMessage("{}"))
	if err == nil {
		var findings []appliance.Finding
		err = json.Unmarshal(raw, &findings)
		return findings, err
	}
	list := []appliance.Finding{warn("server", "The server is not running.", "Start it with: harmonium serve --data "+cfg.Data)}
	if !control.IsAbsent(err) {
		list[0] = fail("server", "The server has the data directory but does not answer.", "Look at its log, or start it again.")
	}
	d := checkup{cfg: cfg, times: cfg.keeper(slog.New(slog.DiscardHandler)), guard: cfg.guard(nil)}
	switch {
	case errors.Is(err, fs.ErrPermission):
		list[0] = fail("data", sentenceOf(notYours(cfg.Data, err)), "")
		return append(list, d.surroundings(ctx)...), nil
	case control.IsAbsent(err):
		list = append(list, d.port()...)
	}
	if _, err := os.Stat(cfg.Data); errors.Is(err, fs.ErrNotExist) {
		list = append(list, warn("data", fmt.Sprintf("There is no data directory %s yet.", cfg.Data),
			"The first start of the server makes it; or name another one with --data."))
		return append(list, d.surroundings(ctx)...), nil
	}
	if err := becomeOwner(cfg.Data); err != nil {
		return nil, err
	}
	data := d.directory()
	list = append(list, data, d.disk(), d.memory())
	if data.Level != appliance.LevelFail {
		list = append(list, d.databaseAtRest(ctx))
	}
	return append(list, d.surroundings(ctx)...), nil
}

func sentenceOf(err error) string {
	var e *appliance.Error
	if errors.As(err, &e) {
		return e.Message
	}
	return "The database cannot be opened: " + err.Error() + "."
}

// checkup looks at one part of the box after the other.
type checkup struct {
	cfg   Config
	times *clock.Keeper
	guard *egress.Guard
	store *store.Store
	// gateway is that of the running server, nil when it does not run: Ollama is then asked by the doctor itself.
	gateway *inference.Gateway
	voice   *capture.Answers // nil when the server does not run
	network *lan.Network     // nil when the server does not run
}

// surroundings is what can be looked at without a database.
func (d checkup) surroundings(ctx context.Context) []appliance.Finding {
	return append(append(append(d.models(ctx), d.speech()...), d.time()), d.reached(ctx)...)
}

// directory says whether the data directory can be written to, by trying.
func (d checkup) directory() appliance.Finding {
	dir := d.cfg.Data
	at := values{"path": text(dir)}
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return found(appliance.LevelFail, "data.file", at)
	}
	f, err := os.CreateTemp(dir, "doctor-*")
	if err == nil {
		_, err = f.WriteString("x")
		err = errors.Join(err, f.Sync(), f.Close(), os.Remove(f.Name()))
	}
	if errors.Is(err, syscall.ENOSPC) {
		return found(appliance.LevelFail, "data.full", at)
	}
	if errors.Is(err, syscall.EROFS) {
		return found(appliance.LevelFail, "data.read_only", at)
	}
	if err != nil {
		return found(appliance.LevelFail, "data.refused", at)
	}
	if info, err := os.Stat(dir); err == nil && info.Mode().Perm()&0o077 != 0 {
		return found(appliance.LevelWarn, "data.open", at)
	}
	return found(appliance.LevelOK, "data.good", at)
}

func (d checkup) disk() appliance.Finding {
	s := d.cfg.gauge(d.cfg.Data).State()
	if s.Disk.Total <= 0 {
		return found(appliance.LevelWarn, "disk.unknown", nil)
	}
	left := values{"free": sizeOf(s.Disk.Free), "percent": number(s.Disk.Percent())}
	switch s.DiskLevel() {
	case room.Short:
		return found(appliance.LevelFail, "disk.short", left)
	case room.Tight:
		return found(appliance.LevelWarn, "disk.low", left)
	}
	return found(appliance.LevelOK, "disk.free", left)
}

// memory says how much memory is left: of the machine, or of what the kernel allows the program where that is less.
func (d checkup) memory() appliance.Finding {
	s := d.cfg.gauge(d.cfg.Data).State()
	least := s.Memory.Machine
	if own := s.Memory.Own; own.Total > 0 && (least.Total == 0 || own.Free < least.Free) {
		least = own
	}
	if least.Total == 0 {
		return found(appliance.LevelOK, "memory.unknown", nil)
	}
	left := values{"free": sizeOf(least.Free), "percent": number(least.Percent())}
	switch s.MemoryLevel() {
	case room.Short:
		return found(appliance.LevelFail, "memory.short", left)
	case room.Tight:
		return found(appliance.LevelWarn, "memory.low", left)
	}
	if s.Memory.Killed > 0 {
		return found(appliance.LevelWarn, "memory.killed", values{"count": number(s.Memory.Killed)})
	}
	return found(appliance.LevelOK, "memory.free", left)
}

func (d checkup) database(ctx context.Context) appliance.Finding {
	if err := d.store.Failed(); err != nil {
		return found(appliance.LevelFail, "database.failing", nil)
	}
	ctx, cancel := context.WithTimeout(ctx, checkupLimit)
	defer cancel()
	err := d.store.QuickCheck(ctx)
	switch {
	case ctx.Err() != nil:
		return found(appliance.LevelWarn, "database.unfinished", nil)
	case err != nil:
		return damaged(d.cfg.Data)
	}
	return found(appliance.LevelOK, "database.sound", nil)
}

// factorKey says when the second factors of the accounts cannot be checked; nothing when they can.
func (d checkup) factorKey(ctx context.Context) []appliance.Finding {
	if fits, err := d.store.FactorKeyFits(ctx); err != nil || fits {
		return nil // an error is that of the database, which is looked at by itself
	}
	return []appliance.Finding{found(appliance.LevelFail, "data.factor_key", values{"path": text(filepath.Join(d.cfg.Data, store.FactorKeyFile))})}
}

// damaged says that the database in dir is, and which backup there is.
func damaged(dir string) appliance.Finding {
	if m, known := backup.Newest(dir); known {
		return found(appliance.LevelFail, "database.damaged_restore", values{"path": text(dir), "at": moment(m.At), "where": text(m.Where)})
	}
	return found(appliance.LevelFail, "database.damaged", values{"path": text(dir)})
}

// offerBackup adds to an error that says that the database in dir is damaged or not whole which backup there is.
func offerBackup(dir string, err error) error {
	m, known := backup.Newest(dir)
	var e *appliance.Error
	if !known || !errors.Is(err, store.ErrDamaged) || !errors.As(err, &e) {
		return err
	}
	return &appliance.Error{Code: e.Code, Err: err, Message: fmt.Sprintf("%s The newest backup that was checked holds the state of %s: harmonium restore %s",
		e.Message, m.At.Format("2006-01-02 15:04:05 MST"), m.Where)}
}

// databaseAtRest looks at the database while no server runs.
func (d checkup) databaseAtRest(ctx context.Context) appliance.Finding {
	ctx, cancel := context.WithTimeout(ctx, checkupLimit)
	defer cancel()
	exists, err := store.Examine(ctx, store.Options{Dir: d.cfg.Data, Clock: d.times.Now})
	switch {
	case ctx.Err() != nil:
		return found(appliance.LevelWarn, "database.unfinished", nil)
	case err != nil:
		return fail("database", sentenceOf(offerBackup(d.cfg.Data, err)), "")
	case !exists:
		return warn("database", "There is no database yet.", "The first start of the server makes it.")
	}
	return found(appliance.LevelOK, "database.sound", nil)
}

// port says, while no server runs, why one could not listen where it is set to; nothing when it could.
func (d checkup) port() []appliance.Finding {
	l, err := net.Listen("tcp", d.cfg.Listen)
	if err == nil {
		l.Close()
		return nil
	}
	what, todo := unheard(d.cfg.Listen, "listen", err)
	return []appliance.Finding{fail("port", what, todo)}
}

// time says how the clock of the machine and the time of the box are.
func (d checkup) time() appliance.Finding {
	s := d.times.State()
	both := values{"now": moment(s.Box), "machine": moment(s.Machine)}
	switch {
	case s.Apart && s.Alone:
		return found(appliance.LevelWarn, "clock.moved", both)
	case s.Apart && s.Machine.After(s.Box):
		return found(appliance.LevelFail, "clock.ahead", both)
	case s.Apart:
		return found(appliance.LevelFail, "clock.behind", both)
	case s.Box.Before(clock.Earliest()) || s.Box.After(clock.Latest()):
		return found(appliance.LevelFail, "clock.wrong", values{"now": moment(s.Box)})
	}
	return found(appliance.LevelOK, "clock.right", values{"now": moment(s.Box)})
}

// reached says how people reach the box.
func (d checkup) reached(ctx context.Context) []appliance.Finding {
	n := d.network
	if n == nil {
		var err error
		if n, err = d.cfg.network(ctx, nil, d.cfg.Listen, d.cfg.ListenHTTP); err != nil {
			return []appliance.Finding{fail("https", sentenceOf(err), "")}
		}
	}
	list := n.Findings()
	for i := range list {
		list[i] = worded(list[i])
	}
	return list
}
