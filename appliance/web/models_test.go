package web_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"harmonium/appliance"
	"harmonium/appliance/inference"
	"harmonium/appliance/inference/ollamatest"
	"harmonium/appliance/store"
	"harmonium/appliance/web"
)

// modelDesk is hostDesk with a gateway that has found out what a fake Ollama holds.
func modelDesk(t *testing.T, fake *ollamatest.Fake, change ...func(*web.Deps)) *desk {
	t.Helper()
	d := newDesk(t, append(change, func(deps *web.Deps) { deps.Models = fake.Gateway(func(o *inference.Options) { o.Slots = 2 }) })...)
	d.person("olga", appliance.RoleAdmin)
	d.person("ada", appliance.RoleEditor)
	return d
}

func TestTheModelsOfTheBoxAreShown(t *testing.T) {
	fake := ollamatest.New(t, "gemma3:4b", "nomic-embed-text:latest", "own:latest")
	fake.AddRemoteModel("far:cloud")
	d := modelDesk(t, fake)
	if _, err := d.deps.Models.Chat(t.Context(), inference.Request{Role: appliance.ModelFacilitator, MaxTokens: 60,
		Messages: []inference.Message{{Role: "user", Content: "Ask something."}}}, nil); err != nil {
		t.Fatal(err)
	}
	var m web.Models
	d.get("ada", "GET", "/api/v1/models", nil, 200, &m)
	if !m.Usable || m.Why != "" || m.SealedByUs || m.Version != "0.17.4" || m.Refused != 1 || m.Slots != 2 || m.Running != 0 || m.Since.IsZero() {
		t.Errorf("state: %+v", m)
	}
	work := map[appliance.ModelRole]string{}
	for _, w := range m.Work {
		work[w.Role] = w.Model
		if w.Chosen != "" {
			t.Errorf("%s: %q is chosen by nobody", w.Role, w.Chosen)
		}
	}
	want := map[appliance.ModelRole]string{"facilitator": "gemma3:4b", "analyst": "gemma3:4b", "companion": "gemma3:4b",
		"transcriber": "", "embedder": "nomic-embed-text:latest"}
	if diff := cmp.Diff(want, work); diff != "" {
		t.Errorf("who does what (-want +got):\n%s", diff)
	}
	if len(m.Installed) != 3 {
		t.Fatalf("installed: %+v", m.Installed)
	}
	gemma, own := m.Installed[0], m.Installed[2]
	if gemma.License != "Gemma Terms of Use" || gemma.Size != 1<<20 || gemma.Digest == "" || gemma.Speed.Value == nil ||
		gemma.Speed.Value.Answers != 1 || len(gemma.Does) != 3 {
		t.Errorf("gemma3:4b: %+v", gemma)
	}
	if own.License != "" || own.Speed.Value != nil || len(own.Does) != 0 || len(own.GoodAt) != 3 {
		t.Errorf("own:latest: %+v", own)
	}
	var h web.Health
	d.get("ada", "GET", "/api/v1/health", nil, 200, &h)
	if h.Mode != "model" {
		t.Errorf("the mode is %q", h.Mode)
	}
}

func TestAModelIsChosenForTheBox(t *testing.T) {
	d := modelDesk(t, ollamatest.New(t, "gemma3:4b", "gemma3:1b", "nomic-embed-text:latest", "own:latest"))
	var m web.Models
	d.get("olga", "PUT", "/api/v1/models/choice", `{"facilitator":"gemma3:1b","analyst":"own","companion":""}`, 200, &m)
	if f, a := m.Work[0], m.Work[1]; f.Chosen != "gemma3:1b" || f.Model != "gemma3:1b" || a.Chosen != "own:latest" || a.Model != "own:latest" {
		t.Errorf("work: %+v", m.Work)
	}
	var kept appliance.ModelChoice
	if _, err := d.store.Setting(t.Context(), store.SettingModels, &kept); err != nil || kept["facilitator"] != "gemma3:1b" || len(kept) != 2 {
		t.Errorf("stored is %v, %v", kept, err)
	}
	d.run(
		apiCase{name: "a model that is not installed", as: "olga", method: "PUT", path: "/api/v1/models/choice",
			body: `{"facilitator":"gemma3:27b"}`, status: 400, want: []string{`"field":"facilitator"`, "No model gemma3:27b is installed"}},
		apiCase{name: "a model for other work", as: "olga", method: "PUT", path: "/api/v1/models/choice",
			body: `{"analyst":"nomic-embed-text"}`, status: 400, want: []string{`"field":"analyst"`, "made for other work"}},
		apiCase{name: "an editor", as: "ada", method: "PUT", path: "/api/v1/models/choice", body: `{}`, status: 403},
	)
	d.get("olga", "GET", "/api/v1/models", nil, 200, &m)
	if m.Work[0].Model != "gemma3:1b" {
		t.Errorf("what was refused has changed something: %+v", m.Work)
	}
}

func TestASessionChoosesModelsOfItsOwn(t *testing.T) {
	fake := ollamatest.New(t, "gemma3:4b", "gemma3:1b")
	d := modelDesk(t, fake)
	var p web.Project
	d.get("ada", "POST", "/api/v1/projects", `{"title":"Wards"}`, 201, &p)
	s := d.session("ada", `{`+wards+`,"project_id":"`+string(p.ID)+`"}`)
	var changed web.Session
	d.get("ada", "PATCH", sessionPath(s, ""), `{"models":{"facilitator":"gemma3:1b"}}`, 200, &changed)
	if changed.Models != (web.ModelChoice{Facilitator: "gemma3:1b"}) {
		t.Errorf("chosen is %+v", changed.Models)
	}
	d.get("ada", "PATCH", "/api/v1/projects/"+string(p.ID), `{"models":{"analyst":"gemma3:1b"}}`, 200, &p)
	if p.Models != (web.ModelChoice{Analyst: "gemma3:1b"}) {
		t.Errorf("the project has chosen %+v", p.Models)
	}
	choice, err := d.store.ModelChoice(t.Context(), s.ID)
	if err != nil || choice["facilitator"] != "gemma3:1b" || choice["analyst"] != "gemma3:1b" {
		t.Errorf("together that is %v, %v", choice, err)
	}
	d.run(
		apiCase{name: "not installed", as: "ada", method: "PATCH", path: sessionPath(s, ""), body: `{"models":{"facilitator":"none:1b"}}`,
			status: 400, want: []string{`"field":"models.facilitator"`}},
		apiCase{name: "not installed, for a project", as: "ada", method: "PATCH", path: "/api/v1/projects/" + string(p.ID),
			body: `{"models":{"analyst":"none:1b"}}`, status: 400, want: []string{`"field":"models.analyst"`}},
	)
	// What was chosen stays while Ollama does not hold it, and goes when it is taken back.
	fake.RemoveModels()
	d.deps.Models.Look()
	d.get("ada", "PATCH", sessionPath(s, ""), `{"models":{"facilitator":"gemma3:1b"},"host":"Ward 3"}`, 200, &changed)
	var back web.Session
	d.get("ada", "PATCH", sessionPath(s, ""), `{"models":null}`, 200, &back)
	if back.Models != (web.ModelChoice{}) {
		t.Errorf("taken back, there is %+v", back.Models)
	}
}

func TestWithoutOllamaHealthSaysGuided(t *testing.T) {
	d := hostDesk(t)
	var m web.Models
	d.get("olga", "GET", "/api/v1/models", nil, 200, &m)
	if m.Usable || m.Why != inference.Off || m.Installed == nil {
		t.Errorf("%+v", m)
	}
	answer := d.send("olga", "PUT", "/api/v1/models/choice", `{"facilitator":"gemma3:4b"}`)
	if answer.Code != 400 || !strings.Contains(answer.Body.String(), "models cannot be asked now") {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
	var h web.Health
	d.get("olga", "GET", "/api/v1/health", nil, 200, &h)
	if h.Mode != "guided" {
		t.Errorf("the mode is %q", h.Mode)
	}
}
