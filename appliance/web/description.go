package web

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
)

// describe serves the OpenAPI document, with an example for every body in JSON. It is written when it is first asked for.
func describe(doc *huma.OpenAPI) http.HandlerFunc {
	text := sync.OnceValue(func() []byte {
		e := exampler{doc.Components.Schemas}
		tagged := map[string]bool{}
		for _, item := range doc.Paths {
			for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
				if op != nil {
					e.illustrate(op)
					tagged[op.Tags[0]] = true
				}
			}
		}
		for _, name := range slices.Sorted(maps.Keys(tagged)) {
			doc.Tags = append(doc.Tags, &huma.Tag{Name: name, Description: "Everything under /" + name})
		}
		for _, s := range doc.Components.Schemas.Map() {
			for _, p := range s.Properties {
				p.PatternDescription = "" // no word of OpenAPI; the messages that hold it are made already
			}
		}
		out, err := json.Marshal(doc)
		if err != nil {
			panic("web: the description has no JSON form: " + err.Error())
		}
		return out
	})
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/openapi+json")
		w.Write(text())
	}
}

// exampler makes examples from schemas: what the schema says of a value, and words that fit its name.
type exampler struct{ schemas huma.Registry }

func (e exampler) illustrate(op *huma.Operation) {
	if op.RequestBody != nil {
		e.illustrateBodies(op.RequestBody.Content, true)
	}
	for status, answer := range op.Responses {
		if status < "300" {
			e.illustrateBodies(answer.Content, false)
		}
	}
}

func (e exampler) illustrateBodies(content map[string]*huma.MediaType, sent bool) {
	for kind, m := range content {
		if text, known := texts[kind]; known {
			m.Example = text
		} else if kind == "application/json" && m.Schema != nil {
			m.Example = e.of(m.Schema, "", sent, 0)
		}
	}
}

// texts are examples of bodies that are text other than JSON. Of what is no text none can be written down.
var texts = map[string]string{
	"text/csv":      "name,email,role\nAda,ada@example.org,editor\n",
	"text/markdown": "# Handover between wards\n\nThe night shift leaves its notes on paper.\n",
	"image/svg+xml": `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"></svg>`,
}

// deepest is where an example of a schema that holds itself ends.
const deepest = 8

// of gives an example of a value that is called name. Of an object that is sent it has what must be sent, and the first parts
// where nothing must.
func (e exampler) of(s *huma.Schema, name string, sent bool, depth int) any {
	if s.Ref != "" {
		s = e.schemas.SchemaFromRef(s.Ref)
	}
	for _, choice := range [][]*huma.Schema{s.OneOf, s.AnyOf} {
		if len(choice) > 0 {
			return e.of(choice[0], name, sent, depth)
		}
	}
	switch {
	case len(s.Examples) > 0:
		return s.Examples[0]
	case len(s.Enum) > 0:
		return s.Enum[0]
	}
	switch s.Type {
	case huma.TypeObject:
		return e.object(s, sent, depth)
	case huma.TypeArray:
		if depth >= deepest || s.Items == nil {
			return []any{}
		}
		least := 1
		if s.MinItems != nil {
			least = max(least, *s.MinItems)
		}
		return slices.Repeat([]any{e.of(s.Items, strings.TrimSuffix(name, "s"), sent, depth+1)}, least)
	case huma.TypeBoolean:
		return true
	case huma.TypeInteger, huma.TypeNumber:
		if s.Minimum != nil && *s.Minimum > 1 {
			return *s.Minimum
		}
		return 1
	case huma.TypeString:
		return wordFor(s, name)
	}
	return nil
}

func (e exampler) object(s *huma.Schema, sent bool, depth int) any {
	names := slices.Clone(s.Required)
	if sent && len(names) == 0 {
		const few = 3
		for name := range s.Properties {
			names = append(names, name)
		}
		slices.Sort(names)
		names = names[:min(few, len(names))]
	}
	out := make(map[string]any, len(names))
	for _, name := range names {
		if p := s.Properties[name]; p != nil && depth < deepest {
			out[name] = e.of(p, name, sent, depth+1)
		}
	}
	return out
}

// words are what fields hold in examples, by their name.
var words = map[string]string{
	"topic": "Handover between wards", "goal": "Find out what gets lost", "title": "Wards", "name": "Ada", "email": "ada@example.org",
	"content": "The night shift leaves its notes on paper.", "text": "Which ward do you work in?", "description": "All wards of the house",
	"language": "en", "join_url": "http://192.168.1.20:8080/chat?s=hst_7m3k2v9c0qpx4d1n", "request_id": "83d70a63ae31b881",
	"participant_id": "person-1", "participant_name": "Ada", "answer": "B", "question": "What gets lost at night?", "scope": "sessions:read",
	"session_id": "hst_7m3k2v9c0qpx4d1n", "project_id": "prj_9c0qpx4d1n7m3k2v", "id": "hst_7m3k2v9c0qpx4d1n", "key_prefix": "hm_live_4f1c",
}

func wordFor(s *huma.Schema, name string) string {
	switch s.Format {
	case "date-time":
		return "2026-03-31T09:00:00.000Z"
	case "date":
		return "2026-03-31"
	}
	word, known := words[name]
	if !known {
		word = "text"
	}
	if s.MinLength != nil && len(word) < *s.MinLength {
		word = strings.Repeat(word, *s.MinLength/len(word)+1)
	}
	if s.MaxLength != nil && len(word) > *s.MaxLength {
		word = word[:*s.MaxLength]
	}
	return word
}
