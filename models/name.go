package models

import (
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"harmonium/appliance"
)

// Name is the name of a model, in the parts that Ollama gives it.
type Name struct{ Host, Namespace, Model, Tag string }

// What Ollama adds to a name that leaves parts out.
const (
	usualHost      = "registry.ollama.ai"
	usualNamespace = "library"
	usualTag       = "latest"
)

var (
	hostPart      = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.:-]{0,349}$`)
	namespacePart = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_-]{0,79}$`)
	namePart      = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}$`)
)

// ParseName reads a name such as "gemma3:4b", or one with a namespace and a host before it. What is not a name that
// Ollama takes is refused: every part of it becomes the name of a directory.
func ParseName(s string) (Name, error) {
	n := Name{Host: usualHost, Namespace: usualNamespace, Model: s, Tag: usualTag}
	if i := strings.LastIndexByte(s, ':'); i > strings.LastIndexByte(s, '/') {
		n.Model, n.Tag = s[:i], s[i+1:]
	}
	parts := strings.Split(n.Model, "/")
	switch len(parts) {
	case 3:
		n.Host, n.Namespace, n.Model = parts[0], parts[1], parts[2]
	case 2:
		n.Namespace, n.Model = parts[0], parts[1]
	}
	if !n.valid() {
		return Name{}, appliance.Errorf(appliance.CodeValidation, "%q cannot be the name of a model. A name is letters, digits, "+
			"dots and hyphens, with a tag behind a colon where it has one: gemma3:4b. Nothing was changed.", line(s))
	}
	return n, nil
}

func (n Name) valid() bool {
	return hostPart.MatchString(n.Host) && namespacePart.MatchString(n.Namespace) && namePart.MatchString(n.Model) && namePart.MatchString(n.Tag)
}

// String gives the name as Ollama shows it: as short as it can be, always with its tag.
func (n Name) String() string {
	name := n.Model + ":" + n.Tag
	switch {
	case n.Host != usualHost:
		return n.Host + "/" + n.Namespace + "/" + name
	case n.Namespace != usualNamespace:
		return n.Namespace + "/" + name
	}
	return name
}

// file is the path of its manifest below the directory of manifests.
func (n Name) file() string { return path.Join(n.Host, n.Namespace, n.Model, n.Tag) }

// far says whether the tag is one of those under which Ollama offers models that it computes elsewhere.
func (n Name) far() bool { return n.Tag == "cloud" || strings.HasSuffix(n.Tag, "-cloud") }

// quantTail is how the kind of quantization ends the names of GGUF files.
var quantTail = regexp.MustCompile(`[-_.]((?:ud-)?(?:i?q[0-9]+(?:_[0-9a-z]+)*|f16|f32|bf16|tq[12]_0|mxfp4))$`)

// nameOfFile makes a name for the model in a GGUF file: the name of the file, and its quantization for a tag. A model
// that embeds says so in its name, since nothing else shows it to whoever only sees the name.
func nameOfFile(file string, f Facts) Name {
	stem := strings.ToLower(strings.TrimSuffix(filepath.Base(file), filepath.Ext(file)))
	tag := usualTag
	if m := quantTail.FindStringSubmatchIndex(stem); m != nil && m[0] > 0 {
		stem, tag = stem[:m[0]], stem[m[2]:m[3]]
	}
	stem = strings.Trim(strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '.' || r == '_' || r == '-' {
			return r
		}
		return '-'
	}, stem), "-._")
	if len(stem) > 60 {
		stem = strings.Trim(stem[:60], "-._")
	}
	if stem == "" {
		stem = "model"
	}
	if f.Embeds && !namesEmbedder(stem) {
		stem += "-embed"
	}
	return Name{Host: usualHost, Namespace: usualNamespace, Model: stem, Tag: tag}
}

// namesEmbedder says whether a name says that the model turns text into vectors.
func namesEmbedder(name string) bool { return strings.Contains(strings.ToLower(name), "embed") }
