// Package server puts the appliance together, runs it and takes it apart again. It is the only package that sees all
// others, and holds no rules of its own.
//
// Order of starting: the port is opened first, or taken from systemd, so that whoever connects meanwhile waits for
// milliseconds instead of being refused; then the data directory is locked and the database opened; then requests are served. Whatever may
// take long (answers that are owed since the last run, interrupted jobs, the check of the database) is done after.
//
// Order of stopping: new work is refused, live connections are ended, requests under way are finished, then the
// facilitator and the jobs stop at the next step that they can take up again, and last the database is closed.
// Nothing that was acknowledged depends on this order: a server that is killed loses nothing either.
package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"harmonium/appliance"
	"harmonium/appliance/auth"
	"harmonium/appliance/capacity"
	"harmonium/appliance/capture"
	"harmonium/appliance/clock"
	"harmonium/appliance/companion"
	"harmonium/appliance/egress"
	"harmonium/appliance/export"
	"harmonium/appliance/facilitation"
	"harmonium/appliance/inference"
	"harmonium/appliance/jobs"
	"harmonium/appliance/lan"
	"harmonium/appliance/live"
	"harmonium/appliance/meter"
	"harmonium/appliance/ollama"
	"harmonium/appliance/privacy"
	"harmonium/appliance/rehearsal"
	"harmonium/appliance/retention"
	"harmonium/appliance/room"
	"harmonium/appliance/store"
	"harmonium/appliance/synthesis"
	"harmonium/appliance/systemd"
	"harmonium/appliance/trial"
	"harmonium/appliance/web"
	"harmonium/appliance/webhook"
	"harmonium/embedui"
)

// Limits of HTTP. Bodies are limited where they are read, by what each is for.
const (
	readHeaderTimeout = 5 * time.Second
	idleTimeout       = 60 * time.Second
	maxHeaderBytes    = 32 << 10
)

// What stopping may take, each part for itself; together less than the 10 s after which a process is killed.
const (
	finishRequests = 4 * time.Second
	finishAnswers  = 3 * time.Second
)

// workers is how many jobs run at the same time: one in which a model reads, one in which it answers insight questions and one
// in which a recording is transcribed, each of which may take hours, and one for all others. They compete with conversations
// for the processor.
const workers = 4

// checkEvery is how often the whole database is checked while the server runs.
const checkEvery = 24 * time.Hour

// Server is one appliance.
type Server struct {
	cfg     Config
	clock   appliance.Clock // of the box: keeper.Now
	keeper  *clock.Keeper
	log     *slog.Logger
	started time.Time

	guard   *egress.Guard
	store   *store.Store
	hub     *live.Hub
	models  *inference.Gateway
	trials  *trial.Runner
	whisper *capture.Whisper // nil: none is set
	voice   *capture.Answers
	scribe  *capture.Scribe
	carries *capacity.Runner
	ollama  *ollama.Child // nil when none is bundled, or another is set
	engine  *facilitation.Engine
	asked   *companion.Companion
	jobs    *jobs.Runner
	hooks   *webhook.Sender
	expiry  *retention.Keeper
	admin   *Admin
	network *lan.Network
	room    *room.Gauge
	kept    *keptLog
	times   struct{ requests, firstWords meter.Times }
	witness witness
	backups backups

	ports   ports
	doors   []*door // to ports, while the server runs
	socket  net.Listener
	outer   *http.Server // on ports
	inner   *http.Server // on socket
	state   atomic.Int32
	anew    chan struct{}                     // closed to have the server started again
	checked atomic.Pointer[appliance.Finding] // what the last check of the database found; nil before the first
	// soundness is the same for attestations.
	soundness atomic.Pointer[privacy.Check]
}

// The states of a server.
const (
	starting int32 = iota
	serving
	stopping
)

// New opens everything that a server needs, and fails with a sentence when the port is taken or the data directory
// cannot be used. Run must follow, also when nothing is to be served: it closes what New has opened.
func New(ctx context.Context, cfg Config) (_ *Server, err error) {
	if err := refuseForeign(cfg.Data); err != nil {
		return nil, err
	}
	s := &Server{log: cfg.newLog(), anew: make(chan struct{})}
	s.keeper = cfg.keeper(s.log)
	s.clock = s.keeper.Now
	cfg.Clock = s.clock // for all that is made of the configuration from here on
	s.cfg = cfg
	s.guard = cfg.guard(s.complainOfWays())
	s.started = s.clock()
	keeper := newLogKeeper(s.log.Handler())
	s.log, s.kept = slog.New(keeper), keeper.kept
	defer func() {
		if err != nil {
			s.release()
		}
	}()
	if s.ports, err = openPorts(cfg); err != nil {
		return nil, err
	}
	s.cfg.sealed = onlyLoopback()
	s.store, err = store.Open(ctx, store.Options{Dir: cfg.Data, Clock: s.clock, Log: s.log, BallastBytes: cfg.Ballast})
	if err = offerBackup(cfg.Data, err); err != nil {
		return nil, err
	}
	if s.socket, err = listenControl(cfg); err != nil {
		return nil, err
	}
	if s.network, err = cfg.network(ctx, s.store, s.ports.main(cfg.TLS).Addr().String(), s.ports.plain(cfg.TLS)); err != nil {
		return nil, err
	}
	passwords, err := auth.NewPasswords(cfg.BcryptCost)
	if err != nil {
		return nil, err
	}
	s.room = cfg.gauge(cfg.Data)
	s.openWitness(ctx)
	if err := s.openModels(ctx); err != nil {
		return nil, err
	}
	if s.backups.box, err = s.cfg.backupBox(s.store); err != nil {
		return nil, err
	}
	s.backups.now = make(chan struct{}, 1)
	s.backups.box.Log, s.backups.restart = s.log, sync.OnceFunc(func() { close(s.anew) })
	if err := s.backups.box.Clean(); err != nil {
		return nil, err
	}
	s.wire(passwords)
	return s, nil
}

// wire makes the parts and hands each what it needs.
func (s *Server) wire(passwords *auth.Passwords) {
	s.hub = live.NewHub(s.clock)
	s.engine = facilitation.New(facilitation.Options{FirstWords: &s.times.firstWords,
		Store: s.store, Hub: s.hub, Clock: s.clock, Log: s.log, Pace: s.cfg.GuidedPace, Models: s.models})
	results := synthesis.New(synthesis.Options{Store: s.store, Hub: s.hub, Clock: s.clock, Models: s.models, Says: facilitation.Says,
		Fits: facilitation.FitsIdea})
	s.jobs = jobs.New(s.store, s.hub, s.clock, s.log)
	s.jobs.Register(appliance.JobDigest, results.Digest)
	s.jobs.Register(appliance.JobReport, results.Report)
	s.jobs.Register(appliance.JobRead, results.Read)
	s.jobs.Register(appliance.JobIdeas, results.Ideas)
	s.jobs.Register(appliance.JobInsights, results.Insights)
	played := rehearsal.New(rehearsal.Options{Store: s.store, Engine: s.engine, Models: s.models, Log: s.log})
	s.asked = companion.New(companion.Options{Store: s.store, Models: s.models, Hub: s.hub, Log: s.log})
	s.jobs.Register(appliance.JobEmbed, s.asked.Embed)
	s.jobs.Register(appliance.JobRehearse, played.Play)
	uploads := &capture.Uploads{Store: s.store, Reader: sounds(), Log: s.log, Changed: s.recordingChanged}
	s.jobs.Register(appliance.JobDecode, uploads.Decode)
	s.jobs.Register(appliance.JobScrub, s.scrub)
	s.expiry = &retention.Keeper{Store: s.store, Clock: s.clock, Log: s.log, Gone: s.engine.Gone}
	s.jobs.Register(appliance.JobErase, s.expiry.Erase)
	s.scribe = capture.NewScribe(capture.ScribeOptions{Store: s.store, Ears: s.voice.Ears, Hub: s.hub,
		Clock: s.clock, Log: s.log})
	s.jobs.Register(appliance.JobTranscribe, s.scribe.Transcribe)
	s.jobs.Sweep(s.scribe.Sweep)
	s.jobs.Sweep(s.expiry.Sweep)
	s.jobs.Sweep(results.Sweep)
	s.jobs.Sweep(results.SweepInsights)
	s.jobs.Sweep(s.store.Coarsen)
	s.jobs.Sweep(s.store.TendRecordings)
	s.jobs.Sweep(s.asked.SweepUnembedded)
	s.jobs.Sweep(s.noteWays)
	s.hooks = webhook.New(webhook.Options{Store: s.store, Client: s.guard.Client(), Allowed: s.allowed, Clock: s.clock, Log: s.log, Version: s.cfg.Version})
	s.jobs.Sweep(s.hooks.Forget)

	s.carries = s.newCapacity()
	s.admin = &Admin{store: s.store, passwords: passwords, clock: s.clock, keeper: s.keeper, doctor: s.examine, look: s.models.Look, attest: s.attest,
		support: s.support, capacity: s.carries, room: s.room, ways: s.noteWays, backups: s.backups.box, alone: s.backups.alone, restart: s.backups.restart, network: func(context.Context) (*lan.Network, error) { return s.network, nil }}
	s.outer = &http.Server{
		Handler: web.New(web.Deps{
			Store: s.store, Engine: s.engine, Hub: s.hub, Synthesis: results, Companion: s.asked, Exports: export.New(s.store, s.clock), Webhooks: s.hooks, Passwords: passwords, Models: s.models,
			Trials: s.trials, Capacity: s.carries, Support: s.support, Documents: documents(), Voice: s.voice, Scribe: s.scribe, Rehearsal: played, Folder: s.cfg.modelFolder(), Memory: memoryOfBox(), Room: s.room, Requests: &s.times.requests,
			Clock: s.clock, Times: s.keeper, Log: s.log, UI: embedui.FS(), Network: s.network, KeyRate: s.cfg.RateLimit,
			OwnOllama: s.cfg.ownOllama(), Version: s.cfg.Version, Source: sourceArchive(), Ready: s.ready, Findings: s.findings, Attest: s.attest, Backup: s.backupDeps(), Retention: s.expiry,
			Receipt: func(ctx context.Context, id appliance.ReceiptID) (privacy.SignedReceipt, error) {
				return receipt(ctx, s.store, s.clock(), id)
			}, Metrics: s.Metrics,
			Stopping: func() bool { return s.state.Load() == stopping },
		}),
		ReadHeaderTimeout: readHeaderTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes,
		ErrorLog: slog.NewLogLogger(newComplaints(s.log, s.clock), slog.LevelWarn),
	}
	inner := http.NewServeMux()
	inner.HandleFunc("POST "+commandPath, s.admin.serveCommand(s.log))
	inner.HandleFunc("GET /metrics", s.serveMetrics)
	inner.HandleFunc("/api/v1/", s.serveInterface)
	inner.HandleFunc("POST "+backupMakePath, s.serveMake)
	inner.HandleFunc("POST "+backupVerifyPath, s.serveVerify)
	inner.HandleFunc("POST "+backupRestorePath, s.serveRestore)
	s.inner = &http.Server{Handler: inner, ReadHeaderTimeout: readHeaderTimeout, IdleTimeout: idleTimeout,
		ErrorLog: slog.NewLogLogger(newComplaints(s.log, s.clock), slog.LevelWarn)}
}

// Store is the store of the running server, for tests that look at what is kept.
func (s *Server) Store() *store.Store { return s.store }

// ErrAnew ends Run when the server is to be started again, by New, on a state that was restored.
var ErrAnew = errors.New("the server is to be started again")

// Run serves until ctx ends, then stops in order and returns nil. It returns an error when it cannot go on, above all
// when the disk reports an error: the process should then end with a failure, so that it is started again and looks
// at its database.
func (s *Server) Run(ctx context.Context) error {
	defer s.release()
	work, stopWork := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWork()
	served := make(chan error, 1+len(s.ports.http)+len(s.ports.https))
	if err := s.asked.Resume(work); err != nil {
		return err
	}
	go func() { served <- s.inner.Serve(s.socket) }()
	s.openDoors(served)
	s.state.Store(serving)
	var background errgroup.Group
	background.Go(func() error { s.models.Run(work); return nil })
	background.Go(func() error { s.runOllama(work); return nil })
	background.Go(func() error { s.whisper.Run(work); return nil })
	background.Go(func() error { s.jobs.Run(work, workers); return nil })
	background.Go(func() error { s.hooks.Run(work); return nil })
	background.Go(func() error { s.network.Run(work); return nil })
	background.Go(func() error { s.checkDaily(work); return nil })
	background.Go(func() error { s.rest(work); return nil })
	background.Go(func() error { s.greet(work); return nil })
	background.Go(func() error { s.watch(work); return nil })
	background.Go(func() error { s.keepRefused(work); return nil })
	background.Go(func() error { s.keeper.Run(work); return nil })
	background.Go(func() error { s.keepJournal(work); return nil })
	background.Go(func() error { s.runBackups(work); return nil })

	var err error
	select {
	case <-ctx.Done():
		s.log.Info("stopping")
	case <-s.store.Dead():
		err = fmt.Errorf("the disk reports errors; nothing more is accepted: %w", s.store.Failed())
	case <-s.anew:
		s.log.Info("starting anew")
		err = ErrAnew
	case err = <-served:
		err = fmt.Errorf("serve: %w", err)
	}
	s.stop(stopWork, &background)
	if err == nil {
		s.log.Info("stopped")
	}
	return err
}

// greet says that the server is ready and how to reach it, and takes up the answers that are owed since the last run.
func (s *Server) greet(ctx context.Context) {
	s.log.Info("ready", "address", s.URL(), "version", s.cfg.Version, "data", s.store.Dir(),
		"ms", s.clock().Sub(s.started).Milliseconds())
	s.tell(systemd.Ready("Answers at " + s.URL()))
	s.sayModels()
	switch token, err := s.store.SetupToken(ctx); {
	case err != nil && ctx.Err() == nil:
		s.log.Error("no set-up link could be made; start the server again when this is mended", "error", err)
	case token != "":
		s.cfg.sayHow(s.log, s.URL()+"/setup#t="+string(token), s.network.Authority())
	}
	if err := s.engine.Resume(ctx); err != nil && ctx.Err() == nil {
		s.log.Error("answers that are owed were not taken up; the next message in a conversation or the next start does",
			"error", err)
	}
}

// stop ends everything in the order that the package comment gives.
func (s *Server) stop(stopWork context.CancelFunc, background *errgroup.Group) {
	s.state.Store(stopping)
	s.tell(systemd.Stopping())
	s.hub.Close()
	ctx, cancel := context.WithTimeout(context.Background(), finishRequests)
	defer cancel()
	if err := errors.Join(s.outer.Shutdown(ctx), s.inner.Shutdown(ctx)); err != nil {
		s.log.Warn("requests were cut off", "error", err)
		s.outer.Close()
		s.inner.Close()
	}
	answers, cancelAnswers := context.WithTimeout(context.Background(), finishAnswers)
	defer cancelAnswers()
	if err := s.engine.Close(answers); err != nil {
		s.log.Warn("answers were cut off; they are still owed and will be given after the next start", "error", err)
	}
	s.asked.Close()
	s.trials.Close()
	s.voice.Close()
	s.carries.Close()
	stopWork()
	if err := background.Wait(); err != nil && !errors.Is(err, context.Canceled) {
		s.log.Warn("a background worker ended", "error", err)
	}
}

// release closes what New has opened. Closing twice does no harm.
func (s *Server) release() {
	if err := s.ports.close(); err != nil {
		s.log.Warn("a port was not closed cleanly", "error", err)
	}
	if s.socket != nil {
		s.socket.Close()
	}
	if s.store != nil {
		if err := s.store.Close(); err != nil {
			s.log.Error("the database was not closed cleanly; nothing is lost", "error", err)
		}
	}
}

// ready says why the server takes no requests, nil when it does.
func (s *Server) ready() error {
	if s.state.Load() != serving {
		return errors.New("starting or stopping")
	}
	return s.store.Failed()
}

// scrub wipes what was deleted from the files of the database. It is a job, because it waits for readers and takes
// seconds on a large database. While a backup is being made or checked, a copy in the data directory may hold what was deleted:
// then no receipt says yet that no file does, and the job is asked for again when the copy has gone.
func (s *Server) scrub(ctx context.Context, _ appliance.Job, _ func(done, total int)) error {
	if s.backups.copies.Load() > 0 {
		return errors.Join(s.store.EraseBlobs(ctx), s.store.Scrub(ctx))
	}
	return s.store.Wipe(ctx)
}

// recordingChanged tells who is looking.
func (s *Server) recordingChanged(session appliance.SessionID, id appliance.ConversationID) {
	for _, topic := range []live.Topic{live.SessionTopic(session), live.ConversationTopic(session, id)} {
		s.hub.Publish(topic, live.Event{Type: appliance.EventRecordingChanged, SessionID: session, ConversationID: id})
	}
}

// checkDaily checks the whole database now and every day, beside everything else.
func (s *Server) checkDaily(ctx context.Context) {
	for {
		if err := s.store.WipeLater(); err != nil && ctx.Err() == nil { // a backup that was killed had a copy of what went
			s.log.Warn("receipts do not say yet that what they name is in no file; it is tried again", "error", err)
		}
		if err := s.store.SweepBlobs(ctx); err != nil && ctx.Err() == nil {
			s.log.Error("sound that nothing names could not be removed; it is tried again", "error", err)
		}
		began := s.clock()
		err := s.store.QuickCheck(ctx)
		if ctx.Err() != nil {
			return
		}
		f := found(appliance.LevelOK, "database.checked", values{"at": moment(began)})
		if err != nil {
			f = damaged(s.store.Dir())
			s.log.Error("the database is damaged", "error", err)
		} else {
			s.log.Info("the database is sound", "ms", s.clock().Sub(began).Milliseconds())
		}
		s.checked.Store(&f)
		s.soundness.Store(&privacy.Check{At: began.UTC(), Sound: err == nil})
		debug.FreeOSMemory() // the check has gone through the whole database; an idle box is a small box
		select {
		case <-time.After(checkEvery):
		case <-ctx.Done():
			return
		}
	}
}

// examine is the doctor while the server runs: it reads the whole database.
func (s *Server) examine(ctx context.Context) []appliance.Finding {
	d := s.checkup()
	list := []appliance.Finding{s.running(), s.sealedFinding(), d.directory(), d.disk(), d.memory(), d.database(ctx)}
	list = append(list, d.factorKey(ctx)...)
	list = append(list, backupFindings(ctx, s.store, s.clock)...)
	return append(append(list, d.surroundings(ctx)...), d.carries(ctx))
}

// findings is what the health page shows. It tells what the last check of the database found.
func (s *Server) findings(ctx context.Context) []appliance.Finding {
	d := s.checkup()
	list := []appliance.Finding{s.running(), s.sealedFinding(), d.directory(), d.disk(), d.memory()}
	if f := s.checked.Load(); f != nil {
		list = append(list, *f)
	}
	list = append(list, d.factorKey(ctx)...)
	list = append(list, backupFindings(ctx, s.store, s.clock)...)
	return append(append(list, d.surroundings(ctx)...), d.carries(ctx))
}

func (s *Server) checkup() checkup {
	cfg := s.cfg
	cfg.Data = s.store.Dir()
	return checkup{cfg: cfg, times: s.keeper, guard: s.guard, store: s.store, gateway: s.models, voice: s.voice, network: s.network}
}

func (s *Server) running() appliance.Finding {
	return found(appliance.LevelOK, "server.runs", values{"version": text(s.cfg.Version), "since": moment(s.started)})
}

func (s *Server) serveMetrics(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	if err := s.Metrics(r.Context(), w); err != nil {
		s.log.Warn("metrics", "error", err)
	}
}
