package synthesis

import (
	"harmonium/appliance"
	"harmonium/appliance/paper"
	"harmonium/appliance/store"
)

// Write makes the body of a report.
func Write(m store.ReportMaterial) appliance.ReportBody { return newWriter(m, composed{}).body() }

// Escape keeps a text from being read as Markdown.
func Escape(s string) string { return paper.Escape(s) }

// Texts gives the sentences of a language by key and form.
func Texts(language appliance.Language) map[string]map[string]string {
	out := map[string]map[string]string{}
	for key, f := range textsFor(language).Sentences {
		out[key] = map[string]string{"zero": f.Zero, "one": f.One, "singular": f.Singular, "two": f.Two, "few": f.Few, "many": f.Many, "other": f.Other}
	}
	return out
}
