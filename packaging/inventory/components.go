package main

import (
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"unicode"
)

// webComponents reads what the web apps hold from elsewhere: components.json and licences.txt of their build.
func webComponents(dir string) ([]component, error) {
	raw, err := os.ReadFile(filepath.Join(dir, "components.json"))
	if err != nil {
		return nil, fmt.Errorf("the web apps are not built (make ui): %w", err)
	}
	var list []struct{ Name, Version, License string }
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, fmt.Errorf("components.json: %w", err)
	}
	texts, err := os.ReadFile(filepath.Join(dir, "licences.txt"))
	if err != nil {
		return nil, err
	}
	byName := map[string]string{}
	for part := range strings.SplitSeq(string(texts), "\n"+strings.Repeat("-", 80)+"\n\n") {
		name, text, _ := strings.Cut(part, "\n")
		byName[name] = text
	}
	var all []component
	for _, l := range list {
		if byName[l.Name] == "" || l.License == "" {
			return nil, fmt.Errorf("%s has no licence", l.Name)
		}
		all = append(all, component{kind: "npm", name: l.Name, version: l.Version, licences: []string{l.License},
			texts: []notice{{"licence", byName[l.Name]}}})
	}
	return all, nil
}

// goComponents reads from a program which modules it is made of, and their licences: those of Go from its root,
// those of modules from the module cache.
func goComponents(program, root, cache string) ([]component, error) {
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		return nil, err
	}
	library, err := readLicences(root)
	if err != nil {
		return nil, err
	}
	all := []component{{kind: "golang", name: "std", version: strings.TrimPrefix(info.GoVersion, "go"), licences: library.ids,
		texts: library.texts}}
	if info.Main.Path != "harmonium" && !strings.HasPrefix(info.Main.Path, "harmonium/") {
		others, err := otherComponent(info.Main.Path, info.Main.Version, filepath.Join(filepath.Dir(program), ".."))
		if err != nil {
			return nil, err
		}
		cards, err := cardLibraries(others, filepath.Join(filepath.Dir(program), "..", "lib", "ollama"))
		if err != nil {
			return nil, err
		}
		all = append(append(all, others), cards...)
	}
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		found, err := readLicences(filepath.Join(cache, escaped(m)))
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", m.Path, m.Version, err)
		}
		all = append(all, component{kind: "golang", name: m.Path, version: m.Version, licences: found.ids, texts: found.texts, sum: m.Sum})
	}
	return all, nil
}

// otherComponent is a program of others that was handed in as a directory, which must hold its licence.
func otherComponent(name, version, dir string) (component, error) {
	found, err := readLicences(dir)
	if err != nil {
		return component{}, fmt.Errorf("%s in %s: %w", name, dir, err)
	}
	return component{kind: "generic", name: name, version: version, licences: found.ids, texts: found.texts}, nil
}

// cardLibraries are what an Ollama brings for graphics cards, one component for each directory below lib/ollama. Its own
// libraries there, libggml-*, are under its own licence; where the makers of cards have libraries there too, theirs must
// lie beside them.
func cardLibraries(ollama component, dir string) (all []component, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		c := component{kind: "generic", name: ollama.name + "/" + e.Name(), version: ollama.version, licences: ollama.licences}
		at := filepath.Join(dir, e.Name())
		files, err := filepath.Glob(filepath.Join(at, "*.so*"))
		if err != nil {
			return nil, err
		}
		if i := slices.IndexFunc(files, func(f string) bool { return !strings.HasPrefix(filepath.Base(f), "libggml-") }); i >= 0 {
			theirs, err := readLicences(at)
			if err != nil {
				return nil, fmt.Errorf("%s is not of Ollama's makers, and its licence must lie beside it (NVIDIA calls theirs EULA.txt): %w", files[i], err)
			}
			c.licences, c.texts = slices.Concat(ollama.licences, theirs.ids), theirs.texts
		}
		all = append(all, c)
	}
	return all, nil
}

// escaped gives the directory of a module in the cache: capital letters are written as ! and the small one.
func escaped(m *debug.Module) string {
	var b strings.Builder
	for _, r := range m.Path + "@" + m.Version {
		if unicode.IsUpper(r) {
			b.WriteByte('!')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

type licences struct {
	ids   []string
	texts []notice
}

// licenceFile matches the names of files that hold a licence, or what must be passed on with one.
var licenceFile = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|eula|unlicense|patents|third[-_]party)`)

// notOurs are directories of a module that are not part of a program that uses it.
var notOurs = []string{"testdata", "examples", "_examples", "example", "node_modules", "docs", "test", "app", "cmd", "src", "misc", "doc"}

// readLicences collects the licences in a directory and below it: libraries in C lie in modules with their own.
func readLicences(dir string) (found licences, err error) {
	err = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && path != dir && slices.Contains(notOurs, e.Name()):
			return fs.SkipDir
		case e.IsDir() || !licenceFile.MatchString(e.Name()) || slices.Contains([]string{".go", ".js", ".html"}, filepath.Ext(path)):
			return nil
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		found.texts = append(found.texts, notice{file: name, text: string(raw)})
		if id := identify(string(raw)); id != "" && !slices.Contains(found.ids, id) {
			found.ids = append(found.ids, id)
		}
		return nil
	})
	if err == nil && len(found.ids) == 0 {
		err = errors.New("no licence that is known here; look at it, and add it to identify")
	}
	return found, err
}

// ownLicence begins the names of licences that have no SPDX identifier.
const ownLicence = "LicenseRef-"

// phrases tell licences apart: the first whose words are all there is the one.
var phrases = []struct {
	id    string
	words []string
}{
	{"OFL-1.1", []string{"SIL OPEN FONT LICENSE"}},
	{"Apache-2.0", []string{"Apache License", "Version 2.0"}},
	{"MPL-2.0", []string{"Mozilla Public License", "2.0"}},
	{"Unlicense", []string{"This is free and unencumbered software"}},
	{"CC0-1.0", []string{"CC0 1.0 Universal"}},
	{"BSD-3-Clause", []string{"Redistribution and use in source and binary forms", "Neither the name"}},
	{"BSD-3-Clause", []string{"Redistribution and use in source and binary forms", "names of its contributors may not"}},
	{"BSD-3-Clause", []string{"Redistribution and use in source and binary forms", "may not be used to endorse"}},
	{"BSD-2-Clause", []string{"Redistribution and use in source and binary forms"}},
	{"ISC", []string{"Permission to use, copy, modify, and/or distribute this software for any purpose"}},
	{"ISC", []string{"Permission to use, copy, modify, and distribute this software for any purpose"}},
	{"MIT", []string{"Permission is hereby granted, free of charge, to any person obtaining a copy"}},
	{ownLicence + "NVIDIA", []string{"NVIDIA", "License Agreement"}},
	{"blessing", []string{"The author disclaims copyright to this source code"}},
	{"blessing", []string{"dedicated to the public domain"}},
}

// identify gives the SPDX identifier of a licence; "" for a text that is none that is known here.
func identify(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	for _, p := range phrases {
		if !slices.ContainsFunc(p.words, func(w string) bool { return !strings.Contains(text, w) }) {
			return p.id
		}
	}
	return ""
}
