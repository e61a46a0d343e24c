// Package inference is the gateway to Ollama. Nothing else in Harmonium speaks to it.
//
// A Gateway lets requests through in turn, watches over each answer, and knows for each model whether it can be asked and
// why not. What goes wrong with one model is no matter of the others.
//
// Probe asks an Ollama which version it is and which models it holds.
package inference

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/ollama/ollama/api"
)

// probeTimeout bounds a Probe. Both questions are answered from memory by an Ollama that works.
const probeTimeout = 5 * time.Second

// Status is what an Ollama says about itself.
type Status struct {
	Version string
	Models  []Model // installed, in its order
}

// Model is a model that an Ollama holds.
type Model struct {
	Name   string // with its tag: "gemma3:4b"
	Digest string
	Size   int64 // bytes on its disk
	// Remote says that the model is computed elsewhere: what it is asked leaves the box. Such a model is never used.
	Remote bool
	// Hears says that it takes sound (the capability audio of Ollama, from 0.20 on). A Gateway finds it out; Probe does not.
	Hears bool
}

// Local gives the models that are computed on the box.
func (s Status) Local() []Model {
	var local []Model
	for _, m := range s.Models {
		if !m.Remote {
			local = append(local, m)
		}
	}
	return local
}

// Probe asks the Ollama at base for its version and its models. The client must be that of a guarded dialer. An error
// says what could not be asked, in words for an administrator.
func Probe(ctx context.Context, base string, client *http.Client) (Status, error) {
	u, err := url.Parse(base)
	if err != nil {
		return Status{}, fmt.Errorf("read the address of Ollama: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	ollama := api.NewClient(u, client)
	version, err := ollama.Version(ctx)
	if err != nil {
		return Status{}, fmt.Errorf("ask Ollama for its version: %w", err)
	}
	list, err := ollama.List(ctx)
	if err != nil {
		return Status{}, fmt.Errorf("ask Ollama for its models: %w", err)
	}
	s := Status{Version: version, Models: make([]Model, 0, len(list.Models))}
	for _, m := range list.Models {
		s.Models = append(s.Models, Model{
			Name: m.Name, Digest: m.Digest, Size: m.Size, Remote: m.RemoteHost != "" || m.RemoteModel != "" || cloudTag(m.Name),
		})
	}
	return s, nil
}

// cloudTag says whether the tag of a model's name is one of those under which Ollama offers models that it computes
// elsewhere: "cloud" and "…-cloud".
func cloudTag(name string) bool {
	_, tag, _ := strings.Cut(name, ":")
	return tag == "cloud" || strings.HasSuffix(tag, "-cloud")
}
