package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/control"
	"harmonium/appliance/egress"
	"harmonium/appliance/inference"
	"harmonium/appliance/lan"
	"harmonium/appliance/store"
)

// Shares of the disk below which the box takes on less, in percent (reliability: uploads, then new conversations).
const (
	diskWarn = 5
	diskFail = 2
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
	found := []appliance.Finding{warn("server", "The server is not running.", "Start it with: harmonium serve --data "+cfg.Data)}
	if !control.IsAbsent(err) {
		found[0] = fail("server", "The server has the data directory but does not answer.", "Look at its log, or start it again.")
	}
	d := checkup{cfg: cfg, clock: cfg.clock(), guard: cfg.guard()}
	switch {
	case errors.Is(err, fs.ErrPermission):
		found[0] = fail("data", sentenceOf(notYours(cfg.Data, err)), "")
		return append(found, d.surroundings(ctx)...), nil
	case control.IsAbsent(err):
		found = append(found, d.port()...)
	}
	if _, err := os.Stat(cfg.Data); errors.Is(err, fs.ErrNotExist) {
		found = append(found, warn("data", fmt.Sprintf("There is no data directory %s yet.", cfg.Data),
			"The first start of the server makes it; or name another one with --data."))
		return append(found, d.surroundings(ctx)...), nil
	}
	if err := becomeOwner(cfg.Data); err != nil {
		return nil, err
	}
	data := d.directory()
	found = append(found, data, d.disk())
	if data.Level != appliance.LevelFail {
		found = append(found, d.databaseAtRest(ctx))
	}
	return append(found, d.surroundings(ctx)...), nil
}

func sentenceOf(err error) string {
	var e *appliance.Error
	if errors.As(err, &e) {
		return e.Message
	}
	return "The database cannot be opened: " + err.Error() + "."
}

func okay(about, text string) appliance.Finding {
	return appliance.Finding{About: about, Level: appliance.LevelOK, Text: text}
}

func warn(about, text, todo string) appliance.Finding {
	return appliance.Finding{About: about, Level: appliance.LevelWarn, Text: text, Todo: todo}
}

func fail(about, text, todo string) appliance.Finding {
	return appliance.Finding{About: about, Level: appliance.LevelFail, Text: text, Todo: todo}
}

// checkup looks at one part of the box after the other.
type checkup struct {
	cfg   Config
	clock appliance.Clock
	guard *egress.Guard
	store *store.Store
	// gateway is that of the running server, nil when it does not run: Ollama is then asked by the doctor itself.
	gateway *inference.Gateway
	network *lan.Network // nil when the server does not run
}

// surroundings is what can be looked at without a database.
func (d checkup) surroundings(ctx context.Context) []appliance.Finding {
	return append(append(d.models(ctx), d.time()), d.reached(ctx)...)
}

// directory says whether the data directory can be written to, by trying.
func (d checkup) directory() appliance.Finding {
	dir := d.cfg.Data
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return fail("data", fmt.Sprintf("%s is not a directory.", dir), "Name the data directory with --data.")
	}
	f, err := os.CreateTemp(dir, "doctor-*")
	if err == nil {
		_, err = f.WriteString("x")
		err = errors.Join(err, f.Sync(), f.Close(), os.Remove(f.Name()))
	}
	if errors.Is(err, syscall.ENOSPC) {
		return fail("data", fmt.Sprintf("The disk of the data directory %s is full.", dir), "Delete sessions that are no longer "+
			"needed, or give the disk more room.")
	}
	if errors.Is(err, syscall.EROFS) {
		return fail("data", fmt.Sprintf("The disk of the data directory %s is read-only.", dir),
			"Look at the log of the machine for errors of the disk, and mount it for writing.")
	}
	if err != nil {
		return fail("data", fmt.Sprintf("The data directory %s cannot be written to.", dir),
			"Make it writable for the account that runs harmonium.")
	}
	if info, err := os.Stat(dir); err == nil && info.Mode().Perm()&0o077 != 0 {
		return warn("data", fmt.Sprintf("Others on this machine may look into the data directory %s.", dir), "Run: chmod 700 "+dir)
	}
	return okay("data", fmt.Sprintf("The data directory %s can be written to, and only by its owner.", dir))
}

func (d checkup) disk() appliance.Finding {
	free, total, err := store.DiskSpace(d.cfg.Data)
	if err != nil || total <= 0 {
		return warn("disk", "How much room the disk has cannot be found out.", "")
	}
	share := 100 * free / total
	text := fmt.Sprintf("%s of the disk are free (%d %%).", bytesText(free), share)
	switch todo := "Delete sessions that are no longer needed, or give the disk more room."; {
	case share < diskFail:
		return fail("disk", text, todo)
	case share < diskWarn:
		return warn("disk", text, todo)
	}
	return okay("disk", text)
}

// bytesText writes a number of bytes for people.
func bytesText(n int64) string {
	switch {
	case n >= 10e9:
		return fmt.Sprintf("%d GB", n/1e9)
	case n >= 1e9:
		return fmt.Sprintf("%.1f GB", float64(n)/1e9)
	}
	return fmt.Sprintf("%d MB", n/1e6)
}

func (d checkup) database(ctx context.Context) appliance.Finding {
	if err := d.store.Failed(); err != nil {
		return fail("database", "The disk has reported errors. Nothing is accepted until the server has been started again.",
			"Start the server again, and look at the disk.")
	}
	ctx, cancel := context.WithTimeout(ctx, checkupLimit)
	defer cancel()
	err := d.store.QuickCheck(ctx)
	switch {
	case ctx.Err() != nil:
		return warn("database", "The check of the database was not finished in time.", "Try again when less is going on.")
	case err != nil:
		return fail("database", sentenceOf(err), "")
	}
	return okay("database", "The database is sound.")
}

// databaseAtRest looks at the database while no server runs.
func (d checkup) databaseAtRest(ctx context.Context) appliance.Finding {
	ctx, cancel := context.WithTimeout(ctx, checkupLimit)
	defer cancel()
	found, err := store.Examine(ctx, store.Options{Dir: d.cfg.Data, Clock: d.clock})
	switch {
	case ctx.Err() != nil:
		return warn("database", "The check of the database was not finished in time.", "Try again when less is going on.")
	case err != nil:
		return fail("database", sentenceOf(err), "")
	case !found:
		return warn("database", "There is no database yet.", "The first start of the server makes it.")
	}
	return okay("database", "The database is sound.")
}

// port says, while no server runs, why one could not listen where it is set to; nothing when it could.
func (d checkup) port() []appliance.Finding {
	l, err := net.Listen("tcp", d.cfg.Listen)
	if err == nil {
		l.Close()
		return nil
	}
	text := fmt.Sprintf("The address %s cannot be listened at: %s.", d.cfg.Listen, causeText(err))
	switch another := "choose another address with --listen."; {
	case errors.Is(err, syscall.EADDRINUSE):
		return []appliance.Finding{fail("port", text, "Stop that program, or "+another)}
	case errors.Is(err, syscall.EACCES):
		return []appliance.Finding{fail("port", text, "Take a port from 1024 on, or "+another)}
	default:
		return []appliance.Finding{fail("port", text, "Correct the setting listen, or "+another)}
	}
}

func causeText(err error) string {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return "another program has it"
	case errors.Is(err, syscall.EACCES):
		return "this account may not use that port"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return "this machine does not have it"
	}
	return err.Error()
}

// clockSlack is how far files may seem to come from the future: clocks are corrected by a little all the time.
const clockSlack = 5 * time.Minute

// time says whether the clock can be right: not before this program was written, and not before what the box has
// written last.
func (d checkup) time() appliance.Finding {
	now := d.clock()
	todo := "Set the clock of the machine, and start the server again."
	if now.Year() < 2026 || now.Year() > 2125 {
		return fail("clock", fmt.Sprintf("The clock says %s, which cannot be.", now.Format(time.DateTime)), todo)
	}
	for _, name := range []string{"harmonium.db", "harmonium.db-wal"} {
		info, err := os.Stat(filepath.Join(d.cfg.Data, name))
		if err == nil && info.ModTime().After(now.Add(clockSlack)) {
			return fail("clock", fmt.Sprintf("The clock says %s, but the database was written at %s: the clock was set back.",
				now.Format(time.DateTime), info.ModTime().UTC().Format(time.DateTime)), todo)
		}
	}
	return okay("clock", fmt.Sprintf("The clock says %s (UTC).", now.Format(time.DateTime)))
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
	return n.Findings()
}
