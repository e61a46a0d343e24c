package inference_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"harmonium/appliance/egress"
	"harmonium/appliance/inference"
)

func ollama(t *testing.T, tags string) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/version", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{"version":"0.17.4"}`) })
	mux.HandleFunc("GET /api/tags", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, tags) })
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	return srv.URL
}

func TestProbeTellsLocalModelsFromRemoteOnes(t *testing.T) {
	url := ollama(t, `{"models":[
		{"name":"gemma3:4b","size":3300000000,"digest":"aa"},
		{"name":"big:latest","remote_host":"https://ollama.com:443","remote_model":"big"},
		{"name":"gpt-oss:120b-cloud"},
		{"name":"kimi:cloud"},
		{"name":"cloudy:1b"}]}`)
	got, err := inference.Probe(t.Context(), url, egress.New(egress.Options{}).Client())
	if err != nil {
		t.Fatal(err)
	}
	want := inference.Status{Version: "0.17.4", Models: []inference.Model{
		{Name: "gemma3:4b", Digest: "aa", Size: 3_300_000_000},
		{Name: "big:latest", Remote: true},
		{Name: "gpt-oss:120b-cloud", Remote: true},
		{Name: "kimi:cloud", Remote: true},
		{Name: "cloudy:1b"},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if n := len(got.Local()); n != 2 {
		t.Errorf("%d local models, want 2", n)
	}
}

func TestProbeSaysWhatCouldNotBeAsked(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	for name, tt := range map[string]struct{ url, want string }{
		"nobody there":      {gone.URL, "version"},
		"outside the box":   {"http://192.0.2.1:11434", "refused to connect"},
		"not Ollama":        {ollama(t, "<html>"), "models"},
		"not an address":    {"http://[", "address"},
		"something without": {httptest.NewServer(http.NotFoundHandler()).URL, "version"},
	} {
		_, err := inference.Probe(t.Context(), tt.url, egress.New(egress.Options{}).Client())
		if err == nil || !strings.Contains(fmt.Sprint(err), tt.want) {
			t.Errorf("%s: got %v, want an error about %q", name, err, tt.want)
		}
	}
}
