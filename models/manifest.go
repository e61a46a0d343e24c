package models

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"harmonium/appliance"
)

// layer is one file of a model, as a manifest names it.
type layer struct {
	MediaType string `json:"mediaType"`
	Digest    string `json:"digest"` // "sha256:…"
	Size      int64  `json:"size"`
}

// manifest lists the files of a model, as Ollama writes it down.
type manifest struct {
	SchemaVersion int     `json:"schemaVersion"`
	MediaType     string  `json:"mediaType"`
	Config        layer   `json:"config"`
	Layers        []layer `json:"layers"`

	raw []byte
}

// What Ollama calls the files of a model.
const (
	typeManifest = "application/vnd.docker.distribution.manifest.v2+json"
	typeConfig   = "application/vnd.docker.container.image.v1+json"
	typeModel    = "application/vnd.ollama.image.model"
	typeTemplate = "application/vnd.ollama.image.template"
	typeParams   = "application/vnd.ollama.image.params"
	typeLicense  = "application/vnd.ollama.image.license"
)

// Bounds of what is read of a manifest and of the small files that it names.
const (
	maxManifest = 1 << 20 // bytes
	maxLayers   = 256
	maxSmall    = 1 << 20 // bytes
	maxModel    = 1 << 42 // bytes; 4 TB
)

var digestForm = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)

// parseManifest reads a manifest. The error says in half a sentence what is wrong with it.
func parseManifest(raw []byte) (manifest, error) {
	m := manifest{raw: raw}
	if len(raw) > maxManifest {
		return m, errors.New("its description is too long to be one")
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		return m, errors.New("its description is damaged")
	}
	if len(m.Layers) == 0 || len(m.Layers) > maxLayers {
		return m, fmt.Errorf("its description names %d files", len(m.Layers))
	}
	for _, l := range m.files() {
		if !digestForm.MatchString(l.Digest) || l.Size < 0 || l.Size > maxModel {
			return m, errors.New("its description is damaged")
		}
	}
	if l := m.weights(); l.Digest == "" {
		return m, errors.New("its description names no weights in the form of GGUF")
	}
	return m, nil
}

// files lists everything that belongs to the model, each file once, the weights last: what is small shows first
// whether the rest is worth copying.
func (m manifest) files() []layer {
	var list []layer
	for _, l := range append([]layer{m.Config}, m.Layers...) {
		if !slices.ContainsFunc(list, func(have layer) bool { return have.Digest == l.Digest }) {
			list = append(list, l)
		}
	}
	appliance.Sort(list, func(a, b layer) int { return int(min(a.Size, maxSmall)) - int(min(b.Size, maxSmall)) })
	return list
}

func (m manifest) size() (bytes int64) {
	for _, l := range m.files() {
		bytes += l.Size
	}
	return bytes
}

// weights is the file with the weights.
func (m manifest) weights() layer { return m.first(typeModel) }

// first gives the first file of a type.
func (m manifest) first(mediaType string) layer {
	for _, l := range m.Layers {
		if l.MediaType == mediaType {
			return l
		}
	}
	return layer{}
}

// digest is the name under which Ollama shows the model: the checksum of its manifest.
func (m manifest) digest() string { return checksum(m.raw)[len("sha256:"):] }

// checksum gives the SHA-256 of b as manifests write it.
func checksum(b []byte) string {
	sum := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// config is the file that says what kind of model it is, as far as it is of use here.
type config struct {
	ModelFormat   string   `json:"model_format"`
	ModelFamily   string   `json:"model_family"`
	ModelFamilies []string `json:"model_families"`
	ModelType     string   `json:"model_type"` // number of parameters: "4.3B"
	FileType      string   `json:"file_type"`  // quantization
	RemoteHost    string   `json:"remote_host,omitempty"`
	RemoteModel   string   `json:"remote_model,omitempty"`
	Architecture  string   `json:"architecture"`
	OS            string   `json:"os"`
	RootFS        rootFS   `json:"rootfs"`
}

type rootFS struct {
	Type    string   `json:"type"`
	DiffIDs []string `json:"diff_ids"`
}

// remote says whether the model is computed elsewhere: what it is asked leaves the box.
func (c config) remote() bool { return c.RemoteHost != "" || c.RemoteModel != "" }

// newManifest describes a model whose weights lie in a bare GGUF file, and gives the small files that go with it, by
// their checksums.
func newManifest(weights layer, f Facts, format Format) (manifest, map[string][]byte, error) {
	small := map[string][]byte{}
	add := func(mediaType string, content []byte) layer {
		l := layer{mediaType, checksum(content), int64(len(content))}
		small[l.Digest] = content
		return l
	}
	weights.MediaType = typeModel
	m := manifest{SchemaVersion: 2, MediaType: typeManifest, Layers: []layer{weights}}
	if !f.Embeds {
		stop, err := json.Marshal(map[string]any{"stop": format.Stop})
		if err != nil {
			return m, nil, err
		}
		m.Layers = append(m.Layers, add(typeTemplate, []byte(format.Template)), add(typeParams, stop))
	}
	if f.License != "" {
		m.Layers = append(m.Layers, add(typeLicense, []byte(f.License+"\n")))
	}
	c := config{ModelFormat: "gguf", ModelFamily: f.Architecture, ModelFamilies: []string{f.Architecture}, ModelType: InBillions(f.Parameters),
		FileType: f.Quantization, Architecture: "amd64", OS: "linux", RootFS: rootFS{Type: "layers"}}
	for _, l := range m.Layers {
		c.RootFS.DiffIDs = append(c.RootFS.DiffIDs, l.Digest)
	}
	raw, err := json.Marshal(c)
	if err != nil {
		return m, nil, err
	}
	m.Config = add(typeConfig, raw)
	m.raw, err = json.Marshal(m)
	return m, small, err
}

// InBillions writes a number of parameters as people do: "4.3B", "307.6M".
func InBillions(n int64) string {
	switch {
	case n >= 1e9:
		return strings.TrimSuffix(fmt.Sprintf("%.1f", float64(n)/1e9), ".0") + "B"
	case n >= 1e6:
		return fmt.Sprintf("%.0fM", float64(n)/1e6)
	case n >= 1e3:
		return fmt.Sprintf("%.0fK", float64(n)/1e3)
	}
	return fmt.Sprint(n)
}

// readSmall reads a file that is known to be small, and refuses it when it is not.
func readSmall(r io.Reader) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxSmall+1))
	if err == nil && len(b) > maxSmall {
		err = errors.New("a file of its description is too long")
	}
	return b, err
}
