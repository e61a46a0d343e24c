package server

import (
	"context"
	"encoding/json"

	"harmonium/appliance"
	"harmonium/appliance/control"
	"harmonium/appliance/room"
	"harmonium/appliance/store"
)

// ModelState is what the command line has to know of the models in use before it changes the folder that they lie in.
type ModelState struct {
	Choice appliance.ModelChoice `json:"choice"` // of the box
}

// ModelState gives the box's choice of models.
func (a *Admin) ModelState(ctx context.Context, _ None) (ModelState, error) {
	var s ModelState
	_, err := a.store.Setting(ctx, store.SettingModels, &s.Choice)
	return s, err
}

// LookAtModels has the gateway see at once which models Ollama holds now.
func (a *Admin) LookAtModels(context.Context, None) (None, error) {
	if a.look != nil {
		a.look()
	}
	return None{}, nil
}

// ModelsInUse asks the server that runs on the data directory which models were chosen. Where none runs it gives an empty
// state: commands on models touch no data directory, so that they can be run by whoever may read the stick.
func ModelsInUse(ctx context.Context, cfg Config) (ModelState, error) {
	var s ModelState
	err := tellServer(ctx, cfg, CommandModelState, &s)
	return s, err
}

// ModelsChanged tells the server that runs on the data directory that the folder of its models was changed. Where none
// runs there is nobody to tell.
func ModelsChanged(ctx context.Context, cfg Config) error {
	return tellServer(ctx, cfg, CommandModelLook, &None{})
}

// AdmitExtra returns nil when the disk of the data and the memory of the machine have room for work that can be done later
// as well, such as an import; else why not. Every command that begins such work asks, as the pages do.
func AdmitExtra(cfg Config) error { return cfg.gauge(cfg.Data).Admit(room.Extra) }

// tellServer asks the server that runs, if one does.
func tellServer(ctx context.Context, cfg Config, c Command, output any) error {
	got, err := askServer(ctx, cfg, c, json.RawMessage("{}"))
	if control.IsAbsent(err) {
		return nil
	}
	if err != nil {
		return err
	}
	return json.Unmarshal(got, output)
}
