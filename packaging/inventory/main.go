// Command inventory writes down what a package of Harmonium is made of, for those who must know: the bill of materials
// (CycloneDX 1.6), the licences of everything inside, and which libraries of the system its programs need.
//
// What is in a Go program is read from the program itself, what is in the web pages from the list that their build
// leaves. Licences are read from the module cache, which must hold the modules. A component without a licence, or with
// one that is not known here, is an error: somebody must look at it. The same input gives the same bytes.
//
//	inventory -out DIR -version VERSION -date DATE -web embedui/dist -goroot DIR -modules DIR [-other NAME=DIR] PROGRAM…
package main

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// component is one thing that somebody else has made and that is in the package.
type component struct {
	kind     string // of the package URL: "golang", "npm", "generic"
	name     string
	version  string
	licences []string // SPDX identifiers
	texts    []notice
	sum      string // "h1:…" of a Go module; "" for others
}

// notice is the text of a licence or of a notice.
type notice struct{ file, text string }

func main() {
	out := flag.String("out", "", "`directory` to write to")
	version := flag.String("version", "", "of the package")
	date := flag.String("date", "", "of what it is built from, RFC 3339")
	web := flag.String("web", "", "`directory` of the built web apps")
	root := flag.String("goroot", "", "where Go lies (`directory`)")
	modules := flag.String("modules", "", "Go's module cache (`directory`)")
	other := flag.String("other", "", "a program of others, `NAME=DIR`")
	flag.Parse()
	if err := write(*out, *version, *date, *web, *root, *modules, *other, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "inventory:", err)
		os.Exit(1)
	}
}

func write(out, version, date, web, root, modules, other string, programs []string) error {
	at, err := time.Parse(time.RFC3339, date)
	if err != nil {
		return fmt.Errorf("-date: %w", err)
	}
	all, err := webComponents(web)
	if err != nil {
		return err
	}
	for _, program := range programs {
		of, err := goComponents(program, root, modules)
		if err != nil {
			return err
		}
		all = append(all, of...)
	}
	if name, dir, ok := strings.Cut(other, "="); ok {
		c, err := otherComponent(name, "unknown", dir)
		if err != nil {
			return err
		}
		all = append(all, c)
		theirs, err := programsIn(dir)
		if err != nil {
			return err
		}
		programs = append(programs, theirs...)
	}
	all = unique(all)
	needs, err := needs(programs)
	if err != nil {
		return err
	}
	bill, err := billOfMaterials(version, at, all)
	if err != nil {
		return err
	}
	for name, content := range map[string]string{
		"sbom.cdx.json": bill, "notices.txt": notices(all), "copyright-others": copyrightOf(all), "depends": needs,
	} {
		if err := os.WriteFile(filepath.Join(out, name), []byte(content), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// unique sorts components and leaves each out that was there already.
func unique(all []component) []component {
	slices.SortFunc(all, func(a, b component) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.name, b.name), cmp.Compare(a.version, b.version))
	})
	return slices.CompactFunc(all, func(a, b component) bool {
		return a.kind == b.kind && a.name == b.name && a.version == b.version
	})
}

// notices gives the licences of all components as one text.
func notices(all []component) string {
	var b strings.Builder
	b.WriteString("What is in this package besides Harmonium itself, and under which licence.\n")
	for _, c := range all {
		fmt.Fprintf(&b, "\n%s\n%s %s (%s)\n", strings.Repeat("=", 80), c.name, c.version, strings.Join(c.licences, ", "))
		for _, t := range c.texts {
			fmt.Fprintf(&b, "\n--- %s\n\n%s\n", t.file, strings.TrimSpace(strings.ReplaceAll(t.text, "\r\n", "\n")))
		}
	}
	return b.String()
}

// copyrightOf lists the components for debian/copyright, one line for each.
func copyrightOf(all []component) string {
	var b strings.Builder
	for _, c := range all {
		fmt.Fprintf(&b, "  %s %s: %s\n", c.name, c.version, strings.Join(c.licences, ", "))
	}
	return b.String()
}
