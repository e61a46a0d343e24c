package guide

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"harmonium/appliance"
)

// The templates of the box are files as they are exported and imported: templates/<name>/<language>.json. A further
// language of a template is one more file; it must have the same parts in the same order, which a test sees to.
//
//go:embed templates
var templateFiles embed.FS

// The form of template files.
const (
	templateFormat  = "harmonium-template"
	templateVersion = 1
	// MaxTemplateFile bounds a file that is imported, in bytes.
	MaxTemplateFile = 200 << 10
)

// templateFile is a template as a file.
type templateFile struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
	appliance.TemplateContent
}

// builtIn is a template of the box in all its languages.
type builtIn struct {
	id       appliance.TemplateID
	language map[appliance.Language]appliance.TemplateContent
}

// order is how the templates of the box stand in lists.
var order = [...]appliance.TemplateID{"retrospective", "weekly-pulse", "appreciative-inquiry", "customer-discovery",
	"community-deliberation", "focused-conversation", "swot", "brainstorming", "six-hats", "three-horizons", "action-planning",
	"okr", "theory-of-change", "risk-assessment", "policy-proposal", "consent-decision"}

// builtIns reads the embedded files once. They are checked by a test, so that what fails here cannot be shipped.
var builtIns = sync.OnceValue(func() []builtIn {
	all := make([]builtIn, len(order))
	for i, id := range order {
		all[i] = builtIn{id, map[appliance.Language]appliance.TemplateContent{}}
		files, err := fs.Glob(templateFiles, path.Join("templates", string(id), "*.json"))
		if err != nil {
			panic(err)
		}
		for _, name := range files {
			data, err := appliance.ReadCarried(templateFiles, name)
			if err != nil {
				panic(err)
			}
			c, err := ReadTemplate(data)
			if err != nil {
				panic(fmt.Errorf("%s: %w", name, err))
			}
			all[i].language[c.Language] = c
		}
	}
	return all
})

func (b builtIn) in(lang appliance.Language) appliance.Template {
	c, ok := b.language[lang]
	if !ok {
		c = b.language[appliance.English]
	}
	return appliance.Template{ID: b.id, Public: true, TemplateContent: c}
}

// Templates gives the templates of the box in a language, English where one is not written in it. Nobody may change what
// they hold.
func Templates(lang appliance.Language) []appliance.Template {
	var list []appliance.Template
	for _, b := range builtIns() {
		list = append(list, b.in(lang))
	}
	return list
}

// Template gives a template of the box in a language, English where it is not written in it; false when there is none.
func Template(id appliance.TemplateID, lang appliance.Language) (appliance.Template, bool) {
	for _, b := range builtIns() {
		if b.id == id {
			return b.in(lang), true
		}
	}
	return appliance.Template{}, false
}

// GuideFrom gives the guide of a template for a session with a brief: with ids of its own, and the topic of the session
// where the template names it as {topic}. What a template leaves out of the opening and the closing is said by rules. It
// gives false when the template has no guide, so that one is drafted.
func GuideFrom(c appliance.TemplateContent, b appliance.Brief) (appliance.Guide, bool) {
	if len(c.Guide.Topics) == 0 {
		return appliance.Guide{}, false
	}
	l := languageOf(c.Language)
	topic := l.inner(l.bare(b.Topic))
	g := c.Guide
	g.Topics = slices.Clone(g.Topics)
	for i := range g.Topics {
		g.Topics[i].ID = appliance.NewTopicID()
		g.Topics[i].Probes = slices.Clone(g.Topics[i].Probes)
	}
	if g.Opening == "" {
		g.Opening = l.Guide.Opening
	}
	if g.Closing == "" {
		g.Closing = l.Guide.Closing
	}
	g.Opening = clip(strings.ReplaceAll(g.Opening, "{topic}", topic), appliance.MaxWelcome)
	return g, true
}

// WriteTemplate gives a template as a file, to be read by ReadTemplate on this box or another.
func WriteTemplate(c appliance.TemplateContent) ([]byte, error) {
	for i := range c.Guide.Topics {
		if c.Guide.Topics[i].ID != "" {
			c.Guide.Topics = withoutIDs(c.Guide.Topics)
			break
		}
	}
	return json.MarshalIndent(templateFile{templateFormat, templateVersion, c}, "", "  ")
}

func withoutIDs(topics []appliance.Topic) []appliance.Topic {
	out := slices.Clone(topics)
	for i := range out {
		out[i].ID = ""
	}
	return out
}

// ReadTemplate reads a file of WriteTemplate. What cannot be read is refused in words for whoever brought the file.
func ReadTemplate(data []byte) (appliance.TemplateContent, error) {
	var f templateFile
	if len(data) > MaxTemplateFile {
		return f.TemplateContent, tooLarge()
	}
	if !utf8.Valid(data) {
		return f.TemplateContent, unreadable(errors.New("not UTF-8"), "It is not text (UTF-8).")
	}
	var head struct {
		Format  string `json:"format"`
		Version int    `json:"version"`
	}
	switch err := json.Unmarshal(data, &head); {
	case err != nil:
		return f.TemplateContent, unreadable(err, "It is not whole, or no file of this kind.")
	case head.Format != templateFormat:
		return f.TemplateContent, unreadable(nil, "It is no template of Harmonium.")
	case head.Version < 1 || head.Version > templateVersion:
		return f.TemplateContent, unreadable(nil, fmt.Sprintf("It is of version %d of its kind, and this box reads version %d.",
			head.Version, templateVersion))
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return f.TemplateContent, unreadable(err, "It holds something that a template does not have.")
	}
	if _, err := d.Token(); err != io.EOF {
		return f.TemplateContent, unreadable(err, "Something follows after its end.")
	}
	f.Guide.Topics = withoutIDs(f.Guide.Topics)
	return f.TemplateContent, f.Validate()
}

func tooLarge() error {
	return appliance.Errorf(appliance.CodeUnprocessable, "This file has more than %d bytes, which is more than a template can have. "+
		"Nothing was saved.", MaxTemplateFile)
}

// unreadable refuses a file in words. err is for the log and does not hold what is in the file.
func unreadable(err error, why string) error {
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) {
		err = nil // other errors quote what they could not read
	}
	return &appliance.Error{Code: appliance.CodeUnprocessable, Err: err, Message: "This file cannot be read as a template. " + why +
		" Nothing was saved."}
}
