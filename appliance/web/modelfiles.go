package web

import (
	"context"
	"errors"
	"slices"

	"harmonium/appliance"
	"harmonium/appliance/inference"
	"harmonium/appliance/room"
	"harmonium/appliance/trial"
	"harmonium/models"
)

// ModelFile is what the file of a model says about it.
type ModelFile struct {
	Parameters   string `json:"parameters" doc:"Numbers that were learnt: 4.3B"`
	Quantization string `json:"quantization" doc:"How they are stored: Q4_K_M"`
	Context      int    `json:"context" doc:"Tokens that it was trained on; 0 where the file says nothing"`
	Memory       int64  `json:"memory" doc:"Bytes that it takes while it works, as far as the file tells"`
	Fits         bool   `json:"fits" doc:"That is in the memory of the box"`
	Embeds       bool   `json:"embeds" doc:"It turns text into vectors"`
	Sees         bool   `json:"sees" doc:"It takes pictures"`
	Hears        bool   `json:"hears" doc:"It takes sound"`
}

// ModelImport is how far an import is that a command on the box does.
type ModelImport struct {
	State   models.State `json:"state" enum:"copying,checking,done,failed,interrupted"`
	Model   string       `json:"model" doc:"That is copied just now"`
	Done    int64        `json:"done" doc:"Bytes, of all models of the import"`
	Total   int64        `json:"total"`
	Rate    int64        `json:"rate" doc:"Bytes a second; 0 while not known"`
	Left    int          `json:"left" doc:"Seconds; 0 while not known"`
	Message string       `json:"message" doc:"What happened, when it failed"`
	Updated Time         `json:"updated"`
}

// ModelTrial is one try-out of a model.
type ModelTrial struct {
	Model        string         `json:"model"`
	Status       trial.Status   `json:"status" enum:"running,done,stopped,failed"`
	Why          inference.Kind `json:"why" doc:"Why it failed; empty when it did not"`
	Step         int            `json:"step" doc:"That is done, of steps"`
	Steps        int            `json:"steps"`
	Began        Time           `json:"began"`
	Answer       string         `json:"answer" doc:"What it asked back when somebody told it something; it grows while it comes"`
	FirstTokenMS int64          `json:"first_token_ms" doc:"Until its first word; with the time to load it, if it was not loaded"`
	Read         float64        `json:"read" doc:"Tokens of a question a second; 0 while not measured"`
	Write        float64        `json:"write" doc:"Tokens of an answer a second; 0 while not measured"`
	Forms        int            `json:"forms" doc:"Answers that were asked for in a form"`
	Kept         int            `json:"kept" doc:"That have the form"`
	Right        int            `json:"right" doc:"That are right"`
	Quoted       int            `json:"quoted" doc:"Whose quotation is word for word in the sentence"`
}

func modelTrialOut(s trial.State) ModelTrial {
	return ModelTrial{Model: s.Model, Status: s.Status, Why: s.Why, Step: s.Step, Steps: s.Steps, Began: Time{s.Began}, Answer: s.Answer,
		FirstTokenMS: s.FirstToken.Milliseconds(), Read: s.Read, Write: s.Write, Forms: s.Forms, Kept: s.Kept, Right: s.Right, Quoted: s.Quoted}
}

// importShown is how long an import that has ended is shown, in seconds.
const importShown = 600

// files adds what the files of the models say: to each model, to each kind of work which model is advised for it, and
// how far an import is. Where the models lie elsewhere nothing is known of them but their names.
func (a *API) files(out *Models) {
	out.Memory, out.Removable = a.Memory, a.Folder != nil && a.Folder.Writable()
	installed := map[string]models.Installed{}
	if a.Folder != nil {
		out.Folder = a.Folder.Dir()
		list, err := a.Folder.Models()
		if err != nil {
			a.Log.Warn("the folder of the models cannot be read", "error", errors.Unwrap(err))
		}
		for _, m := range list {
			installed[m.Name] = m
		}
		if p, ok := a.Folder.Progress(); ok && (p.Running() || a.Clock().Sub(p.Updated).Seconds() < importShown) {
			out.Import.Value = &ModelImport{p.State, p.Model, p.Done, p.Total, p.Rate, p.Left, p.Message, Time{p.Updated}}
		}
	}
	candidates := make([]models.Candidate, 0, len(out.Installed))
	for i := range out.Installed {
		m := &out.Installed[i]
		c := models.Candidate{Name: m.Name, Size: m.Size, Memory: int64(m.MemoryMB) << 20,
			Hears: slices.Contains(m.GoodAt, appliance.ModelTranscriber)}
		if file, ok := installed[m.Name]; ok && file.Problem == "" {
			c.Memory = file.Facts.Memory(out.Slots)
			m.File.Value = &ModelFile{Parameters: models.InBillions(file.Facts.Parameters), Quantization: file.Facts.Quantization,
				Context: file.Facts.Context, Memory: c.Memory, Fits: models.Fits(c.Memory, a.Memory), Embeds: file.Facts.Embeds,
				Sees: file.Facts.Sees, Hears: file.Facts.Hears}
			if m.License == "" {
				m.License = file.License
			}
		}
		if m.Speed.Value != nil {
			c.Write = m.Speed.Value.Write
		}
		if tried, ok := a.Trials.Of(m.Digest); ok {
			shown := modelTrialOut(tried)
			m.Trial.Value = &shown
			c.Write = tried.Write
		}
		candidates = append(candidates, c)
	}
	for i := range out.Work {
		advice := models.Advise(out.Work[i].Role, candidates, a.Memory)
		out.Work[i].Advised, out.Work[i].AdvisedBy = advice.Model, advice.Why
	}
}

// TryModel names the model to try out.
type TryModel struct {
	Model string `json:"model" minLength:"1" maxLength:"200" doc:"With its tag"`
}

// tryModel begins to try a model out. One is tried at a time.
func (a *API) tryModel(ctx context.Context, in *Input[TryModel]) (*Output[ModelTrial], error) {
	if err := a.Room.Admit(room.Extra); err != nil {
		return nil, err
	}
	s, err := a.Trials.Start(in.Body.Model, callerOf(ctx).Account.Language)
	if err != nil {
		return nil, err
	}
	if err := a.Store.Note(ctx, callerOf(ctx).By(), "model.try", s.Model); err != nil {
		return nil, err
	}
	return &Output[ModelTrial]{modelTrialOut(s)}, nil
}

// getModelTrial shows the try-out that runs, or the last one.
func (a *API) getModelTrial(_ context.Context, _ *None) (*Output[OrNull[ModelTrial]], error) {
	var out Output[OrNull[ModelTrial]]
	if s, ok := a.Trials.Last(); ok {
		shown := modelTrialOut(s)
		out.Body.Value = &shown
	}
	return &out, nil
}

// stopModelTrial ends the try-out that runs. What it has found until then is shown.
func (a *API) stopModelTrial(context.Context, *None) (*None, error) {
	a.Trials.Stop()
	return nil, nil
}

// RemoveModel names the model to remove.
type RemoveModel struct {
	Model string `json:"model" minLength:"1" maxLength:"200" doc:"With its tag"`
	Force bool   `json:"force,omitempty" doc:"Also when some work then has no model and is done by rules"`
}

// removeModel removes a model from the box, where the server may do that. In the sealed package it may not: the folder
// of the models is closed to every server.
func (a *API) removeModel(ctx context.Context, in *Input[RemoveModel]) (*Output[Models], error) {
	name := in.Body.Model
	if a.Folder == nil || !a.Folder.Writable() {
		return nil, appliance.Errorf(appliance.CodeUnprocessable, "The server may not change the models of this box. Nothing was changed. On the box itself "+
			"this command does: sudo harmonium model remove %s", name)
	}
	if !in.Body.Force {
		now, err := a.getModels(ctx, nil)
		if err != nil {
			return nil, err
		}
		choice := appliance.ModelChoice{}
		var names []string
		for _, w := range now.Body.Work {
			choice[w.Role] = w.Chosen
		}
		for _, m := range now.Body.Installed {
			names = append(names, m.Name)
		}
		if lost := models.Lost(name, names, choice); len(lost) > 0 {
			return nil, appliance.Errorf(appliance.CodeConflict, "%s is the only model for some work, or the one that was chosen for it. Nothing was changed. "+
				"Choose another one for that work first.", name)
		}
	}
	if _, err := a.Folder.Remove(ctx, name); err != nil {
		return nil, err
	}
	a.Log.Info("a model was removed", "model", name)
	if err := a.Store.Note(ctx, callerOf(ctx).By(), "model.remove", name); err != nil {
		return nil, err
	}
	a.Models.Look()
	return a.getModels(ctx, nil)
}
