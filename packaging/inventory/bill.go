package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// The parts of CycloneDX 1.6 that are used here.
type (
	bill struct {
		Format       string      `json:"bomFormat"`
		SpecVersion  string      `json:"specVersion"`
		SerialNumber string      `json:"serialNumber"`
		Version      int         `json:"version"`
		Metadata     billHead    `json:"metadata"`
		Components   []billEntry `json:"components"`
	}
	billHead struct {
		Timestamp string    `json:"timestamp"`
		Component billEntry `json:"component"`
	}
	billEntry struct {
		Type       string         `json:"type"`
		Ref        string         `json:"bom-ref"`
		Name       string         `json:"name"`
		Version    string         `json:"version"`
		Licenses   []billLicence  `json:"licenses,omitempty"`
		URL        string         `json:"purl"`
		Properties []billProperty `json:"properties,omitempty"`
	}
	billLicence struct {
		License struct {
			ID   string `json:"id,omitempty"`
			Name string `json:"name,omitempty"` // of one that SPDX does not list
		} `json:"license"`
	}
	billProperty struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
)

// billOfMaterials writes the components as CycloneDX. Its number follows from what it says.
func billOfMaterials(version string, at time.Time, all []component) (string, error) {
	b := bill{Format: "CycloneDX", SpecVersion: "1.6", Version: 1, Metadata: billHead{
		Timestamp: at.UTC().Format(time.RFC3339),
		Component: entry("application", component{kind: "generic", name: "harmonium", version: version, licences: []string{"AGPL-3.0-only"}}),
	}}
	for _, c := range all {
		b.Components = append(b.Components, entry("library", c))
	}
	plain, err := json.Marshal(b)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(plain)
	sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80 // a UUID of version 8 (RFC 9562): made by whoever makes it
	b.SerialNumber = fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", sum[0:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
	text, err := json.MarshalIndent(b, "", "  ")
	return string(text) + "\n", err
}

func entry(kind string, c component) billEntry {
	var parts []string
	for part := range strings.SplitSeq(c.name, "/") {
		parts = append(parts, url.QueryEscape(part))
	}
	at := fmt.Sprintf("pkg:%s/%s@%s", c.kind, strings.Join(parts, "/"), url.QueryEscape(c.version))
	e := billEntry{Type: kind, Ref: at, Name: c.name, Version: c.version, URL: at}
	for _, id := range c.licences {
		var l billLicence
		if strings.HasPrefix(id, ownLicence) {
			l.License.Name = id
		} else {
			l.License.ID = id
		}
		e.Licenses = append(e.Licenses, l)
	}
	if c.sum != "" {
		e.Properties = []billProperty{{Name: "harmonium:go.sum", Value: c.sum}}
	}
	return e
}
