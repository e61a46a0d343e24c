package paper

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"
	"time"
)

// DOCX and XLSX are archives of XML files (ECMA-376, Open Packaging Conventions). Of what they could hold these writers
// use what a report and its tables need.

// The beginning of every XML file, and where its names come from.
const (
	xmlHead       = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	relationships = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	contentTypes  = "application/vnd.openxmlformats-officedocument."
)

// part is one file of an archive.
type part struct {
	name    string
	kind    string // its content type; "" for one that the rest of the archive describes
	content string
}

// link is a relationship of a part to another one.
type link struct{ kind, target string }

// links gives the file of the relationships of a part, which are called rId1, rId2…
func links(list ...link) string {
	var b strings.Builder
	b.WriteString(xmlHead + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`)
	for i, l := range list {
		kind := l.kind
		if !strings.Contains(kind, "/") {
			kind = relationships + "/" + kind
		}
		fmt.Fprintf(&b, `<Relationship Id="rId%d" Type="%s" Target="%s"/>`, i+1, kind, l.target)
	}
	return b.String() + `</Relationships>`
}

// archive packs parts, of which the first is what the file is about.
func archive(title string, at time.Time, parts ...part) ([]byte, error) {
	types := xmlHead + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
		`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
		`<Default Extension="xml" ContentType="application/xml"/>`
	about := part{"docProps/core.xml", "application/vnd.openxmlformats-package.core-properties+xml", xmlHead +
		`<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" ` +
		`xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">` +
		`<dc:title>` + inXML(title) + `</dc:title><dc:creator>Harmonium</dc:creator>` +
		`<dcterms:created xsi:type="dcterms:W3CDTF">` + at.UTC().Format(time.RFC3339) + `</dcterms:created></cp:coreProperties>`}
	for _, p := range append(parts, about) {
		if p.kind != "" {
			types += fmt.Sprintf(`<Override PartName="/%s" ContentType="%s"/>`, p.name, p.kind)
		}
	}
	all := append([]part{{"[Content_Types].xml", "", types + `</Types>`}, {"_rels/.rels", "", links(
		link{"officeDocument", parts[0].name},
		link{"http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties", about.name})}}, parts...)
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, p := range append(all, about) {
		w, err := z.CreateHeader(&zip.FileHeader{Name: p.name, Method: zip.Deflate, Modified: at.UTC()})
		if err != nil {
			return nil, fmt.Errorf("write %s: %w", p.name, err)
		}
		if _, err := w.Write([]byte(p.content)); err != nil {
			return nil, fmt.Errorf("write %s: %w", p.name, err)
		}
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("write archive: %w", err)
	}
	return b.Bytes(), nil
}

// inXML gives a text as it may stand in an element or an attribute.
func inXML(s string) string {
	var b strings.Builder
	xml.EscapeText(&b, []byte(clean(s))) // a Builder takes everything
	return b.String()
}
