package server

import (
	"context"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/egress"
	"harmonium/appliance/privacy"
)

// keepRefusedEvery is how long a refused connection may be known to the memory alone.
const keepRefusedEvery = 30 * time.Second

// witness knows what only the running server can tell about privacy.
type witness struct {
	signing  sync.Mutex // so that two who ask first do not make two keys
	trials   []egress.Trial
	triedAt  time.Time
	checksum func() (string, error) // of the program, counted once
}

// openWitness tries to leave the box, and takes up what was refused in earlier runs.
func (s *Server) openWitness(ctx context.Context) {
	// The file of the process as the kernel holds it open: after an update another file may stand at its path.
	s.witness.checksum = sync.OnceValues(func() (string, error) { return privacy.Checksum("/proc/self/exe") })
	s.witness.triedAt = s.clock()
	s.witness.trials = egress.Escape(ctx)
	earlier, err := privacy.LoadRefused(s.store.Dir())
	if err != nil {
		s.log.Warn("what was refused in earlier runs is not known any more; nothing else is lost", "error", err)
	}
	s.guard.Remember(earlier)
	if ways := openWays(s.witness.trials); len(ways) > 0 {
		s.log.Warn("the kernel leaves ways out of the box open; nothing was sent", "ways", strings.Join(ways, ", "))
	} else {
		s.log.Info("the box has tried to leave and could not", "ways", len(s.witness.trials))
	}
}

func openWays(trials []egress.Trial) []string {
	var ways []string
	for _, t := range trials {
		if t.Open && !slices.Contains(ways, t.Way) {
			ways = append(ways, t.Way)
		}
	}
	return ways
}

// keepRefused keeps what is refused over restarts.
func (s *Server) keepRefused(ctx context.Context) {
	kept := s.guard.Attempts()
	for done := false; !done; {
		select {
		case <-time.After(keepRefusedEvery):
		case <-ctx.Done():
			done = true
		}
		now := s.guard.Attempts()
		if slices.Equal(now, kept) {
			continue
		}
		if err := privacy.KeepRefused(s.store.Dir(), now); err != nil {
			s.log.Warn("what was refused could not be kept; it is tried again", "error", err)
			continue
		}
		kept = now
	}
}

// sealedFinding says in a sentence what the box found when it tried to leave.
func (s *Server) sealedFinding() appliance.Finding {
	ways := openWays(s.witness.trials)
	refused := len(s.guard.Attempts())
	switch {
	case refused > 0:
		return found(appliance.LevelWarn, "seal.refused", values{"count": number(refused)})
	case len(ways) > 0 && s.cfg.sealed:
		return found(appliance.LevelFail, "seal.open", values{"ways": text(strings.Join(ways, ", "))})
	case len(ways) > 0 || !s.cfg.sealed:
		return found(appliance.LevelWarn, "seal.unsealed", nil)
	}
	return found(appliance.LevelOK, "seal.tight", values{"count": number(len(s.witness.trials))})
}

// Facts gathers what is true of the box at this moment.
func (s *Server) Facts(ctx context.Context) (privacy.Facts, error) {
	f := privacy.Facts{
		At: s.clock().UTC(), Kernel: privacy.ReadKernel(), Trials: s.witness.trials, TriedAt: s.witness.triedAt.UTC(),
		Allowed: s.guard.Ways(), Refused: s.guard.Attempts(),
		Data:    privacy.Places(absolute(s.store.Dir()), absolute(s.cfg.ModelsDir())),
		Program: privacy.Program{Version: s.cfg.Version, Started: s.started.UTC()},
		Models:  []privacy.Model{},
		Serving: s.serving(),
		Source:  sourceArchive() != "",
	}
	var err error
	if f.Program.Path, err = os.Executable(); err != nil {
		s.log.Warn("attest: the path of the program is not known", "error", err)
	}
	if f.Program.SHA256, err = s.witness.checksum(); err != nil {
		s.log.Warn("attest: the program cannot be read", "error", err)
	}
	if f.Units, err = privacy.ReadUnits(s.cfg.UnitsFile); err != nil {
		s.log.Warn("attest: what systemd lets the units do is not known", "error", err)
	}
	if c := s.soundness.Load(); c != nil {
		f.Checked = c
	}
	plan, err := planOf(ctx, s.store)
	if err != nil {
		return privacy.Facts{}, err
	}
	if last := plan.State.Last; last != nil {
		f.LastBackup, f.BackupCheck = &last.At, &last.Checked
	}
	if plan.On {
		f.BackupDays = plan.Keep.Window()
	}
	if f.Models, err = s.modelFacts(ctx); err != nil {
		return privacy.Facts{}, err
	}
	return f, s.peopleFacts(ctx, &f)
}

// modelFacts puts together what Ollama holds and what models have made.
func (s *Server) modelFacts(ctx context.Context) ([]privacy.Model, error) {
	list := []privacy.Model{}
	for _, m := range s.models.State().Models {
		list = append(list, privacy.Model{Name: m.Name, Digest: m.Digest, Installed: true, Read: []privacy.Read{}})
	}
	works, err := s.store.Works(ctx)
	if err != nil {
		return nil, err
	}
	for _, w := range works {
		i := slices.IndexFunc(list, func(m privacy.Model) bool { return (m.Name == w.Model || w.Model == "") && m.Digest == w.Digest })
		if i < 0 {
			i = len(list)
			list = append(list, privacy.Model{Name: w.Model, Digest: w.Digest, Read: []privacy.Read{}})
		}
		list[i].Read = append(list[i].Read, privacy.Read{Made: w.Kind, Count: w.Count, First: w.First, Last: w.Last})
	}
	return list, nil
}

// attest gives the facts with the signature of the box.
func (s *Server) attest(ctx context.Context) (privacy.Signed, error) {
	f, err := s.Facts(ctx)
	if err != nil {
		return privacy.Signed{}, err
	}
	s.witness.signing.Lock()
	defer s.witness.signing.Unlock()
	key, err := privacy.Key(s.store.Dir())
	if err != nil {
		return privacy.Signed{}, err
	}
	return privacy.Sign(f, key)
}

// Attest gives the facts of the running box with its signature. The kernel tells them of a running server only.
func (a *Admin) Attest(ctx context.Context, _ None) (privacy.Signed, error) {
	if a.attest == nil {
		return privacy.Signed{}, appliance.Errorf(appliance.CodeConflict,
			"The server is not running, and what holds of it only the running one can tell. Nothing was changed. Start it, then ask again.")
	}
	return a.attest(ctx)
}
