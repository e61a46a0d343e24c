package web

import (
	"context"
	"slices"

	"harmonium/appliance"
	"harmonium/appliance/capture"
	"harmonium/appliance/inference"
	"harmonium/appliance/store"
	"harmonium/models"
)

// Models says which models the box has, what they do and how they are.
type Models struct {
	Usable       bool                 `json:"usable" doc:"The model that leads conversations by the choice of the box can be asked; otherwise conversations for which nothing else was chosen go on by rules. With why slow only those do: what nobody waits for, such as the analysis, is done by the model all the same"`
	Why          inference.Kind       `json:"why" enum:",off,absent,starting,no_model,remote,full,too_long,stalled,died,cut_off,malformed,slow" doc:"Why they cannot be asked; empty when they can"`
	Since        Time                 `json:"since" doc:"When this began"`
	SealedByUs   bool                 `json:"sealed_by_us" doc:"The Ollama came with this box and is kept from the network by it; false for one that was named by its address"`
	Version      string               `json:"version" doc:"Of Ollama, as it was reached last; empty before that"`
	Installed    []InstalledModel     `json:"installed"`
	Refused      int                  `json:"refused" doc:"Models that Ollama offers and that are computed elsewhere: they are never asked"`
	Work         []ModelWork          `json:"work" doc:"What there is to do, and which model does it"`
	Slots        int                  `json:"slots" doc:"So many requests are worked on at the same time"`
	Running      int                  `json:"running" doc:"Requests that are being worked on"`
	Conversation int                  `json:"waiting_in_conversations" doc:"Requests of conversations that wait"`
	Hosts        int                  `json:"waiting_for_hosts" doc:"Drafts, changes of guides and answers that were spoken that wait; one slot at least is left to conversations where there are more"`
	Whisper      capture.WhisperState `json:"whisper" enum:"off,absent,loading,ready" doc:"The whisper-server of the box, which can be chosen to transcribe under the name whisper-server"`
	Background   int                  `json:"waiting_in_background" doc:"Requests of other work that wait"`
	Yours        OrNull[Wait]         `json:"yours" doc:"How the draft or change of a guide stands for which you wait; null while none of yours waits"`

	Folder    string              `json:"folder" doc:"Where the models lie on the box; empty where that is not known"`
	Memory    int64               `json:"memory" doc:"Bytes of memory that the box has; 0 where that is not known"`
	Removable bool                `json:"removable" doc:"Whether the server may remove models; otherwise a command on the box does"`
	Import    OrNull[ModelImport] `json:"import" doc:"How far an import is that a command on the box does; null when there was none lately"`
}

// Wait is how a request stands that waits for its turn.
type Wait struct {
	Ahead    int `json:"ahead" doc:"Requests that will be begun before it"`
	ExpectMS int `json:"expect_ms" doc:"Until it is begun, from how long requests took lately; 0 when none was measured yet"`
}

// waiterOf is under which name a caller waits for a model.
func waiterOf(ctx context.Context) string { return "host " + callerOf(ctx).By().Actor }

// InstalledModel is a model that is computed on the box.
type InstalledModel struct {
	Name     string                `json:"name" doc:"With its tag"`
	Digest   string                `json:"digest" doc:"Of its files"`
	Size     int64                 `json:"size" doc:"Bytes on the disk"`
	License  string                `json:"license" doc:"Empty when this box does not know the model"`
	MemoryMB int                   `json:"memory_mb" doc:"That it needs while it works; 0 when this box does not know the model"`
	Does     []appliance.ModelRole `json:"does" enum:"facilitator,analyst,companion,transcriber,embedder" doc:"What it does on this box"`
	GoodAt   []appliance.ModelRole `json:"good_at" enum:"facilitator,analyst,companion,transcriber,embedder" doc:"What it can be chosen for"`
	Speed    OrNull[ModelSpeed]    `json:"speed" doc:"null before its first answer"`
	File     OrNull[ModelFile]     `json:"file" doc:"What its file says; null where it lies elsewhere"`
	Trial    OrNull[ModelTrial]    `json:"trial" doc:"Its last whole try-out since the start of the box; null for none"`
	Trouble  OrNull[ModelTrouble]  `json:"trouble" doc:"Why it is not asked for now, with slow in conversations only; null when it can be asked"`
}

// ModelTrouble is why a model is not asked for now, although it is installed. Whatever it was chosen for goes on by
// rules; with slow only conversations do.
type ModelTrouble struct {
	Why     inference.Kind `json:"why" enum:"starting,stalled,died,slow"`
	Since   Time           `json:"since" doc:"When it was asked in vain"`
	FirstMS int64          `json:"first_ms" doc:"With slow: how long its first word took, or was waited for in vain; else 0"`
}

// ModelSpeed is how fast a model has been lately.
type ModelSpeed struct {
	FirstTokenMS int64   `json:"first_token_ms" doc:"From its turn to the first token"`
	Read         float64 `json:"read" doc:"Tokens of a question a second, without what it still knew; 0 while not measured"`
	Write        float64 `json:"write" doc:"Tokens of an answer a second, in one slot; 0 while not measured"`
	Answers      int     `json:"answers" doc:"So many were measured since the start"`
}

// ModelWork is one kind of work and who does it.
type ModelWork struct {
	Role   appliance.ModelRole `json:"role" enum:"facilitator,analyst,companion,transcriber,embedder"`
	Chosen string              `json:"chosen" doc:"What was chosen for the box; empty leaves it to the box"`
	Model  string              `json:"model" doc:"What does it; empty when nothing can now"`
	Why    inference.Kind      `json:"why" enum:",off,absent,starting,no_model,remote,full,too_long,stalled,died,cut_off,malformed,slow" doc:"Why nothing does it; empty when a model does"`

	Advised   string        `json:"advised" doc:"The model that should do it, by memory and by speed; empty for none"`
	AdvisedBy models.Reason `json:"advised_by" enum:"fits_and_fast,fits_not_tried,largest_that_fits,fastest_of_slow,none_fits,none_installed" doc:"Why that one, or none"`
}

// ModelChoice says which model does which work, by name with its tag. What is left out or empty is not chosen here.
type ModelChoice struct {
	Facilitator string `json:"facilitator,omitempty" maxLength:"200" doc:"Speaks in conversations"`
	Analyst     string `json:"analyst,omitempty" maxLength:"200" doc:"Drafts guides, draws claims, writes reports"`
	Companion   string `json:"companion,omitempty" maxLength:"200" doc:"Answers questions about conversations"`
	Transcriber string `json:"transcriber,omitempty" maxLength:"200" doc:"Writes down what is heard"`
	Embedder    string `json:"embedder,omitempty" maxLength:"200" doc:"Finds what is alike"`
}

func (c ModelChoice) domain() appliance.ModelChoice {
	return appliance.ModelChoice{appliance.ModelFacilitator: c.Facilitator, appliance.ModelAnalyst: c.Analyst,
		appliance.ModelCompanion: c.Companion, appliance.ModelTranscriber: c.Transcriber,
		appliance.ModelEmbedder: c.Embedder}.Clean()
}

func modelChoiceOut(c appliance.ModelChoice) ModelChoice {
	return ModelChoice{c[appliance.ModelFacilitator], c[appliance.ModelAnalyst], c[appliance.ModelCompanion],
		c[appliance.ModelTranscriber], c[appliance.ModelEmbedder]}
}

func (a *API) getModels(ctx context.Context, _ *None) (*Output[Models], error) {
	var chosen appliance.ModelChoice
	if _, err := a.Store.Setting(ctx, store.SettingModels, &chosen); err != nil {
		return nil, err
	}
	s, load := a.Models.State(), a.Models.Load()
	out := Models{Usable: s.Usable(), Why: s.Why, Since: Time{s.Since}, SealedByUs: a.OwnOllama, Version: s.Version,
		Installed: []InstalledModel{}, Refused: s.Refused, Slots: load.Slots, Running: load.Running,
		Conversation: load.Interactive, Hosts: load.Host, Background: load.Background, Whisper: a.Voice.Whisper()}
	if p, waits := a.Models.Place(inference.Host, waiterOf(ctx)); waits {
		out.Yours.Value = &Wait{p.Ahead, int(p.Expect.Milliseconds())}
	}
	does := map[string][]appliance.ModelRole{}
	for _, role := range appliance.ModelRoles() {
		work := ModelWork{Role: role, Chosen: chosen[role]}
		if m, err := a.Models.Model(role, nil); err != nil {
			work.Why = inference.KindOf(err)
		} else {
			work.Model = m.Name
			does[m.Name] = append(does[m.Name], role)
		}
		if role == appliance.ModelTranscriber && a.Voice.By(nil) == capture.WhisperServer {
			work.Model, work.Why = capture.WhisperServer, ""
		}
		out.Work = append(out.Work, work)
	}
	for _, m := range s.Models {
		item := InstalledModel{Name: m.Name, Digest: m.Digest, Size: m.Size, Does: notNull(does[m.Name]),
			GoodAt: goodAt(m)}
		if known, ok := models.Find(m.Name); ok {
			item.License, item.MemoryMB = known.License, known.MemoryMB
		}
		if speed, ok := a.Models.Speed(m); ok {
			item.Speed.Value = &ModelSpeed{speed.FirstToken.Milliseconds(), speed.Read, speed.Write, speed.Answers}
		}
		if t, ok := s.Trouble(m); ok {
			item.Trouble.Value = &ModelTrouble{t.Why, Time{t.Since}, t.First.Milliseconds()}
		}
		out.Installed = append(out.Installed, item)
	}
	a.files(&out)
	return &Output[Models]{out}, nil
}

// goodAt says what an installed model can be chosen for.
func goodAt(m inference.Model) []appliance.ModelRole {
	roles := models.Roles(m.Name)
	if m.Hears && !slices.Contains(roles, appliance.ModelTranscriber) {
		roles = append(slices.Clone(roles), appliance.ModelTranscriber)
	}
	return roles
}

// chooseModels replaces the box's choice. It holds for the next thing that is asked.
func (a *API) chooseModels(ctx context.Context, in *Input[ModelChoice]) (*Output[Models], error) {
	var before appliance.ModelChoice
	if _, err := a.Store.Setting(ctx, store.SettingModels, &before); err != nil {
		return nil, err
	}
	choice, err := a.installed(in.Body.domain(), before, "")
	if err != nil {
		return nil, err
	}
	if err := a.Store.SetSetting(ctx, callerOf(ctx).By(), store.SettingModels, choice); err != nil {
		return nil, err
	}
	a.Models.SetChoice(choice)
	return a.getModels(ctx, nil)
}

// installed gives a choice with the names under which Ollama holds the models, and refuses one of a model that it does
// not hold, or that cannot do the work. What was chosen before may stay: Ollama may be away, or be filled later. at is
// put before the names of the fields.
func (a *API) installed(choice, before appliance.ModelChoice, at string) (appliance.ModelChoice, error) {
	var p appliance.Problems
	state := a.Models.State()
	for role, name := range choice {
		if name == before[role] {
			continue
		}
		if name == capture.WhisperServer && role == appliance.ModelTranscriber && a.Voice.Whisper() != capture.WhisperOff {
			continue
		}
		i := slices.IndexFunc(state.Models, func(m inference.Model) bool { return m.Name == name || m.Name == name+":latest" })
		switch {
		case i >= 0 && slices.Contains(goodAt(state.Models[i]), role):
			choice[role] = state.Models[i].Name
		case i >= 0:
			p.Add(at+string(role), "The model %s is made for other work. Nothing was changed; choose another one.", name)
		case state.Up():
			p.Add(at+string(role), "No model %s is installed that is computed on this box. Nothing was changed; choose one of "+
				"those that are installed, or install it first.", name)
		default:
			p.Add(at+string(role), "Whether there is a model %s cannot be said: models cannot be asked now. Nothing was "+
				"changed; the health page says what is wrong.", name)
		}
	}
	return choice, p.Err()
}

// facilitatedBy says who leads the conversations of a session at this moment: the name of a model, or rules.
func (a *API) facilitatedBy(ctx context.Context, id appliance.SessionID) (string, error) {
	choice, err := a.Store.ModelChoice(ctx, id)
	if err != nil {
		return "", err
	}
	m, err := a.Models.Model(appliance.ModelFacilitator, choice)
	if err != nil {
		return appliance.MadeByRules, nil
	}
	return m.Name, nil
}

// mode says what leads conversations for which no other model was chosen.
func (a *API) mode() string {
	if _, err := a.Models.Model(appliance.ModelFacilitator, nil); err != nil {
		return "guided"
	}
	return "model"
}
