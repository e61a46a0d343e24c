package models_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"harmonium/appliance"
	"harmonium/models"
)

func TestCatalogueIsWhole(t *testing.T) {
	for _, m := range models.Catalogue() {
		if m.Name == "" || len(m.Roles) == 0 || m.SizeMB <= 0 || m.MemoryMB < m.SizeMB || m.License == "" {
			t.Errorf("%q lacks something: %+v", m.Name, m)
		}
	}
}

func TestDefault(t *testing.T) {
	for _, c := range []struct {
		name      string
		role      appliance.ModelRole
		installed []string
		want      string
	}{
		{"nothing installed", appliance.ModelFacilitator, nil, ""},
		{"the preferred one of the catalogue", appliance.ModelFacilitator, []string{"own:latest", "gemma3:1b", "gemma3:4b"}, "gemma3:4b"},
		{"an unknown one before none", appliance.ModelAnalyst, []string{"own:latest"}, "own:latest"},
		{"a known one of other work never", appliance.ModelAnalyst, []string{"nomic-embed-text:latest"}, ""},
		{"an unknown one never embeds", appliance.ModelEmbedder, []string{"own:latest"}, ""},
		{"an unknown one never listens", appliance.ModelTranscriber, []string{"own:latest"}, ""},
	} {
		if got := models.Default(c.role, c.installed); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestWhatWouldHaveNoModelWithoutOne(t *testing.T) {
	own := appliance.ModelChoice{appliance.ModelAnalyst: "b:1"}
	for _, c := range []struct {
		name      string
		remove    string
		installed []string
		choice    appliance.ModelChoice
		want      []appliance.ModelRole
	}{
		{"the only one", "a:1", []string{"a:1"}, nil, []appliance.ModelRole{"facilitator", "analyst", "companion"}},
		{"one of two", "a:1", []string{"a:1", "b:1"}, nil, nil},
		{"the chosen one", "b:1", []string{"a:1", "b:1"}, own, []appliance.ModelRole{"analyst"}},
		{"one beside the chosen one", "a:1", []string{"a:1", "b:1"}, own, nil},
		{"the only one that embeds", "my-embed:1", []string{"a:1", "my-embed:1"}, nil, []appliance.ModelRole{"embedder"}},
	} {
		if diff := cmp.Diff(c.want, models.Lost(c.remove, c.installed, c.choice)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestAdvice(t *testing.T) {
	const gb = 1 << 30
	tiny := models.Candidate{Name: "t:1b", Size: 1 * gb, Memory: 2 * gb, Write: 60}
	middle := models.Candidate{Name: "m:4b", Size: 3 * gb, Memory: 6 * gb, Write: 12}
	big := models.Candidate{Name: "b:12b", Size: 8 * gb, Memory: 12 * gb, Write: 4}
	unmeasured := func(c models.Candidate) models.Candidate { c.Write = 0; return c }
	slow := func(c models.Candidate, speed float64) models.Candidate { c.Write = speed; return c }
	embedder := models.Candidate{Name: "my-embed:1", Size: gb}
	for _, c := range []struct {
		name      string
		role      appliance.ModelRole
		installed []models.Candidate
		memory    int64
		want      models.Advice
	}{
		{"people wait: the largest that is fast", appliance.ModelFacilitator, []models.Candidate{tiny, middle, big}, 32 * gb, models.Advice{Model: "m:4b", Why: models.FitsAndFast}},
		{"nobody waits: the largest that fits", appliance.ModelAnalyst, []models.Candidate{tiny, middle, big}, 32 * gb, models.Advice{Model: "b:12b", Why: models.LargestFitting}},
		{"the largest does not fit", appliance.ModelAnalyst, []models.Candidate{tiny, middle, big}, 8 * gb, models.Advice{Model: "m:4b", Why: models.LargestFitting}},
		{"nothing fits", appliance.ModelAnalyst, []models.Candidate{middle, big}, 4 * gb, models.Advice{Why: models.NoneFits}},
		{"not measured", appliance.ModelFacilitator, []models.Candidate{unmeasured(middle), slow(tiny, 3)}, 32 * gb, models.Advice{Model: "m:4b", Why: models.FitsUnmeasured}},
		{"all are slow", appliance.ModelFacilitator, []models.Candidate{slow(middle, 1), slow(tiny, 3)}, 32 * gb, models.Advice{Model: "t:1b", Why: models.FastestOfSlow}},
		{"nothing that embeds", appliance.ModelEmbedder, []models.Candidate{middle}, 32 * gb, models.Advice{Why: models.NoneInstalled}},
		{"what embeds", appliance.ModelEmbedder, []models.Candidate{middle, embedder}, 0, models.Advice{Model: "my-embed:1", Why: models.FitsUnmeasured}},
		{"what embeds does not speak", appliance.ModelFacilitator, []models.Candidate{embedder}, 0, models.Advice{Why: models.NoneInstalled}},
	} {
		if diff := cmp.Diff(c.want, models.Advise(c.role, c.installed, c.memory)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}
