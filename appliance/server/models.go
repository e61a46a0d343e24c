package server

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/capture"
	"harmonium/appliance/inference"
	"harmonium/appliance/ollama"
	"harmonium/appliance/store"
	"harmonium/appliance/trial"
	"harmonium/models"
)

// openModels makes the gateway to Ollama, with the choice of models that is stored: to the one that is named by its
// address, or to the one that comes with the program, which is then made ready to be started.
func (s *Server) openModels(ctx context.Context) error {
	o := inference.Options{Client: s.guard.Client(), Clock: s.clock, Log: s.log, Slots: s.cfg.Slots(), Hangs: s.startOllamaAnew}
	if s.cfg.Ollama != OllamaNone && s.cfg.Ollama != OllamaAuto {
		o.Base = s.cfg.Ollama
	}
	if _, err := s.store.Setting(ctx, store.SettingModels, &o.Choice); err != nil {
		return err
	}
	s.models = inference.New(o)
	s.trials = trial.New(s.models, s.clock, s.log)
	s.whisper = capture.NewWhisper(capture.WhisperOptions{Base: s.cfg.Whisper, Client: s.guard.Client(), Gateway: s.models, Log: s.log})
	s.voice = capture.NewAnswers(capture.AnswerOptions{Ears: &capture.Ears{Models: s.models, Whisper: s.whisper}, Clock: s.clock, Log: s.log})
	if s.cfg.Ollama != OllamaAuto {
		return nil
	}
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program, to see whether an Ollama lies beside it: %w", err)
	}
	if path, found := ollama.Bundled(program); found {
		s.ollama = ollama.New(ollama.Options{
			Path: path, Dir: filepath.Join(s.cfg.Data, "ollama"), Models: s.cfg.ModelsDir(), Slots: s.cfg.Slots(), Started: s.models.SetBase,
			Clock: s.clock, Log: s.log,
		})
	}
	return nil
}

// modelFolder is the folder that Ollama reads its models from, where that is known: nil when Ollama is somebody else's.
func (c Config) modelFolder() *models.Folder {
	if c.Ollama != OllamaAuto && c.Models == "" {
		return nil
	}
	return models.Open(c.ModelsDir())
}

// memoryOfBox gives the memory of the machine in bytes, 0 where it cannot be told.
func memoryOfBox() int64 {
	var info syscall.Sysinfo_t
	if syscall.Sysinfo(&info) != nil {
		return 0
	}
	return int64(info.Totalram) * int64(info.Unit)
}

// runOllama runs the Ollama that comes with the program, if one does.
func (s *Server) runOllama(ctx context.Context) {
	if s.ollama != nil {
		s.ollama.Run(ctx)
	}
}

// hangs is the file in the directory of the control socket at which systemd looks: when it is written to, the Ollama of
// the package is started anew (harmonium-ollama-anew.path).
const hangs = "models-hang"

// startOllamaAnew ends an Ollama that hangs, if it is ours.
func (s *Server) startOllamaAnew() {
	const text = "the model is loaded and says nothing to anybody: Ollama is ended, to be started anew"
	switch {
	case s.ollama != nil:
		s.log.Warn(text)
		s.ollama.Restart()
	case s.cfg.sealed && s.cfg.Control != "":
		s.log.Warn(text)
		if err := os.WriteFile(filepath.Join(s.cfg.Control, hangs), []byte{'\n'}, 0o600); err != nil {
			s.log.Error("systemd could not be asked to start the models anew; an administrator can: "+
				"systemctl restart harmonium-ollama.service", "error", err)
		}
	}
}

// sayModels says at the start where models run.
func (s *Server) sayModels() {
	switch {
	case s.ollama != nil:
		s.log.Info("models run in the Ollama that is bundled with this program", "slots", s.cfg.Slots())
	case s.cfg.Ollama == OllamaAuto:
		s.log.Info("no Ollama is bundled with this program: conversations are led by rules (guided mode)")
	case s.cfg.Ollama == OllamaNone:
		s.log.Info("conversations are led by rules (guided mode), as it is set")
	case s.cfg.ownOllama():
		s.log.Info("models run in the Ollama of the package, in the private network of this server", "slots", s.cfg.Slots())
	default:
		s.log.Info("models run in an Ollama that is not ours", "ollama", s.cfg.Ollama, "slots", s.cfg.Slots())
	}
}

// models says what leads conversations and does the analysis, how fast, and if it is rules, why.
func (d checkup) models(ctx context.Context) []appliance.Finding {
	switch {
	case d.cfg.Ollama == OllamaNone:
		return []appliance.Finding{found(appliance.LevelOK, "models.guided", nil)}
	case d.gateway == nil && d.cfg.Ollama == OllamaAuto:
		return []appliance.Finding{warn("models",
			"What leads conversations shows when the server runs: it starts the Ollama that came with it.", "")}
	case d.gateway == nil:
		return d.probed(ctx)
	}
	s := d.gateway.State()
	var list []appliance.Finding
	facilitator, err := d.gateway.Model(appliance.ModelFacilitator, nil)
	if err != nil {
		t, _ := s.Trouble(facilitator)
		list = append(list, d.byRules(s, inference.KindOf(err), t))
	} else {
		list = append(list, d.byModel(s, facilitator), d.whose(s.Version))
		list = append(list, d.speed(facilitator)...)
		list = append(list, d.waiting())
	}
	for _, t := range s.Troubles {
		if t.Model != facilitator {
			list = append(list, d.resting(t))
		}
	}
	if s.Refused > 0 {
		list = append(list, elsewhere(s.Refused))
	}
	return list
}

// probed asks the Ollama that is set what it holds.
func (d checkup) probed(ctx context.Context) []appliance.Finding {
	status, err := inference.Probe(ctx, d.cfg.Ollama, d.guard.Client())
	s := inference.State{Base: d.cfg.Ollama, Version: status.Version, Models: status.Local()}
	switch {
	case err != nil:
		return []appliance.Finding{wouldLead(inference.Absent)}
	case len(s.Models) == 0:
		return []appliance.Finding{wouldLead(inference.NoModel)}
	}
	list := []appliance.Finding{okay("models", fmt.Sprintf("Ollama answers and holds %s.", count(len(s.Models), "model"))),
		d.whose(s.Version)}
	if refused := len(status.Models) - len(s.Models); refused > 0 {
		list = append(list, elsewhere(refused))
	}
	return list
}

func elsewhere(n int) appliance.Finding {
	return found(appliance.LevelWarn, "remote.offered", values{"count": number(n)})
}

// whose says who answers for it that Ollama lets nothing out.
func (d checkup) whose(version string) appliance.Finding {
	if d.cfg.ownOllama() {
		return found(appliance.LevelOK, "ollama.own", values{"version": text(version)})
	}
	return found(appliance.LevelOK, "ollama.other", values{"version": text(version), "address": text(d.cfg.Ollama)})
}

func (d checkup) byModel(s inference.State, facilitator inference.Model) appliance.Finding {
	with := values{"model": text(facilitator.Name), "since": moment(s.Since)}
	switch analyst, err := d.gateway.Model(appliance.ModelAnalyst, nil); {
	case err != nil:
		return found(appliance.LevelOK, "models.talks", with)
	case analyst.Name != facilitator.Name:
		with["analyst"] = text(analyst.Name)
		return found(appliance.LevelOK, "models.two", with)
	}
	return found(appliance.LevelOK, "models.one", with)
}

// speed says how long people wait for a model.
func (d checkup) speed(m inference.Model) []appliance.Finding {
	speed, measured := d.gateway.Speed(m)
	with := values{"model": text(m.Name)}
	if !measured {
		return []appliance.Finding{found(appliance.LevelOK, "speed.unknown", with)}
	}
	code := "speed.first"
	with["first"] = seconds(speed.FirstToken)
	if speed.Write > 0 {
		code, with["write"] = "speed.writes", number(speed.Write)
	}
	if speed.Write > 0 && speed.Read > 0 {
		code, with["read"] = "speed.reads", number(speed.Read)
	}
	list := []appliance.Finding{found(appliance.LevelOK, code, with)}
	if speed.FirstToken > slowFirstToken || speed.Write > 0 && speed.Write < slowWrite {
		list = append(list, found(appliance.LevelWarn, "speed.slow", values{"model": text(m.Name)}))
	}
	return list
}

// Beyond these, people in a conversation wait longer than they like to.
const (
	slowFirstToken = 10 * time.Second
	slowWrite      = 3.0 // tokens a second, slower than anybody reads
)

// waiting says what the models are busy with.
func (d checkup) waiting() appliance.Finding {
	load := d.gateway.Load()
	if load.Running+load.Interactive+load.Host+load.Background == 0 {
		return found(appliance.LevelOK, "queue.idle", values{"slots": number(load.Slots)})
	}
	return found(appliance.LevelOK, "queue.busy", values{"slots": number(load.Slots), "running": number(load.Running),
		"talks": number(load.Interactive), "hosts": number(load.Host), "other": number(load.Background)})
}

// byRules says that rules lead, since when, why, and what can be done. t is what ails the model that would lead.
func (d checkup) byRules(s inference.State, why inference.Kind, t inference.Trouble) appliance.Finding {
	own, with := d.cfg.Ollama == OllamaAuto, values{"since": moment(s.Since)}
	if why == inference.Slow {
		with["first"] = seconds(t.First)
	}
	return found(reasons(own)[why].level, rulesCode(why, own), with)
}

// resting says that a model is not asked for now which does not lead by the box's choice.
func (d checkup) resting(t inference.Trouble) appliance.Finding {
	with := values{"model": text(t.Model.Name), "since": moment(t.Since)}
	if t.Why == inference.Slow {
		with["first"] = seconds(t.First)
	}
	code := map[inference.Kind]string{inference.Starting: "trouble.starting", inference.Stalled: "trouble.stalled",
		inference.Died: "trouble.died", inference.Slow: "trouble.slow"}[t.Why]
	return found(appliance.LevelWarn, code, with)
}

// wouldLead says that rules will lead when the server is started, and why.
func wouldLead(why inference.Kind) appliance.Finding {
	r := reasons(false)[why]
	return appliance.Finding{About: "models", Level: r.level, Text: ledByRules + ": " + r.text + ".", Todo: r.todo}
}

// reason is why rules lead, after a colon, and what to do about it.
type reason struct {
	level      appliance.Level
	text, todo string
}

// reasons gives the words for each kind of failure, for the Ollama of the box or for one that was named by its address.
func reasons(own bool) map[inference.Kind]reason {
	start, more := "Start Ollama, or correct the setting ollama.", "Look at Ollama's own log."
	if own {
		start, more = "It is started again by itself; if this stays so, restart the box.", "If this stays so, restart the box."
	}
	return map[inference.Kind]reason{
		inference.Off: {appliance.LevelWarn, "no Ollama came with this program, and none is set",
			"Nothing needs to be done; to use an Ollama of your own name its address with --ollama."},
		inference.Absent:   {appliance.LevelFail, "Ollama does not answer", start},
		inference.Starting: {appliance.LevelWarn, "Ollama is loading its model", "Wait; large models take minutes."},
		inference.NoModel: {appliance.LevelWarn, "Ollama holds no model that can lead conversations on this box",
			"Bring one with harmonium model import, or choose another one for this work."},
		inference.Remote: {appliance.LevelFail, "the chosen model is computed on another machine, and such models are never asked",
			"Choose a model that is computed on this box."},
		inference.Full:    {appliance.LevelWarn, "more requests are waiting than Ollama takes", "Wait, or invite fewer people at a time."},
		inference.TooLong: {appliance.LevelWarn, "what is to be read does not fit into the model", "Choose a model that takes in more."},
		inference.Stalled: {appliance.LevelFail, "the model stopped in the middle of an answer and says nothing more", more},
		inference.Died: {appliance.LevelFail, "the model broke off or could not be loaded",
			"Look whether the machine has enough memory for it, or choose a smaller model."},
		inference.Slow: {appliance.LevelWarn, "the model is too slow, with its first word after {first}",
			"The analysis is still done by a model. For conversations it is tried again by itself, every five minutes at most. For faster answers choose a smaller model, or run the box on a faster machine."},
		inference.CutOff:    {appliance.LevelWarn, "the model does not come to an end", "Choose another model."},
		inference.Malformed: {appliance.LevelWarn, "the model does not answer in the form that is asked for", "Choose another model."},
	}
}

func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// modelMetrics gives the figures of the models. Their names are those that Ollama gives, not content.
func (s *Server) modelMetrics() []metric {
	state, load := s.models.State(), s.models.Load()
	usable := 0.0
	if state.Usable() {
		usable = 1
	}
	list := []metric{
		{"harmonium_models_usable", "gauge", "1 while models can be asked, else 0.", usable},
		{fmt.Sprintf("harmonium_models_state{why=%q}", cmp.Or(string(state.Why), "well")), "gauge", "Always 1: why rules lead conversations, or well.", 1},
		{"harmonium_models_slots", "gauge", "Requests that are worked on at the same time at most.", float64(load.Slots)},
		{"harmonium_models_running", "gauge", "Requests that are being worked on.", float64(load.Running)},
		{`harmonium_models_waiting{lane="conversations"}`, "gauge", "Requests that wait.", float64(load.Interactive)},
		{`harmonium_models_waiting{lane="hosts"}`, "gauge", "Requests that wait.", float64(load.Host)},
		{`harmonium_models_waiting{lane="background"}`, "gauge", "Requests that wait.", float64(load.Background)},
	}
	var first, write, read []metric
	for _, m := range state.Models {
		speed, measured := s.models.Speed(m)
		if !measured {
			continue
		}
		of := fmt.Sprintf("{model=%q}", strings.ToValidUTF8(m.Name, "?"))
		first = append(first, metric{"harmonium_models_first_token_seconds" + of, "gauge",
			"From the turn of a request to its first token, lately.", speed.FirstToken.Seconds()})
		write = append(write, metric{"harmonium_models_write_tokens_per_second" + of, "gauge", "Tokens of answers, in one slot, lately.",
			speed.Write})
		read = append(read, metric{"harmonium_models_read_tokens_per_second" + of, "gauge", "Tokens of questions, lately.", speed.Read})
	}
	list = append(append(append(list, first...), write...), read...)
	var failures []metric
	for kind, n := range s.models.Failures() {
		failures = append(failures, metric{fmt.Sprintf("harmonium_models_failures_total{kind=%q}", string(kind)), "counter",
			"Requests to models that gave nothing of use.", float64(n)})
	}
	return append(list, sorted(failures)...)
}
