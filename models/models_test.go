package models_test

import (
	"testing"

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
