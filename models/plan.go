package models

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"harmonium/appliance"
)

// Plan is what an import would do.
type Plan struct {
	Source *Source
	Models []Planned
	Copy   int64 // bytes to be copied; what is there already is not copied again
	// Free is what the disk has free, Reserve what is kept free of it for everything else on the box. Bytes.
	Free, Reserve int64
}

// Planned is a model that would be imported, or is refused.
type Planned struct {
	Name    string
	Size    int64 // bytes of all its files
	Copy    int64 // bytes of them that are not there yet
	License string
	Facts   Facts
	Format  string // in which conversations are written down for it; "" where that comes with the model
	Guessed bool   // the format is the plain one, because the file names none that is known
	Present bool   // it is there already, whole
	Replace bool   // another model of that name is there and would go
	Refused string // why it is not imported, in half a sentence; "" when it is

	item     item
	name     Name
	manifest manifest
}

// Selection says what of a source is wanted.
type Selection struct {
	Names  []string // of an Ollama folder or a bundle: these only; none: all
	As     string   // the name for the model of a GGUF file; "": by its file
	SHA256 string   // of a GGUF file, as its makers name it; "": what lies beside the file says, or nothing
}

// Plan works out what an import would do, without changing anything. It reads the head of each model's weights: what is
// damaged or forged is refused before gigabytes of it are copied.
func (f *Folder) Plan(s *Source, sel Selection) (Plan, error) {
	p := Plan{Source: s}
	items, err := s.selected(sel)
	if err != nil {
		return p, err
	}
	counted := map[string]bool{}
	names := map[Name]bool{}
	for _, it := range items {
		m := f.planned(it)
		if m.Refused == "" && names[m.name] {
			m.Refused = "another one here would have the same name; import it by itself, with --name"
		}
		names[m.name] = true
		if m.Refused == "" && !m.Present {
			m.Copy = f.toCopy(m, counted)
			p.Copy += m.Copy
		}
		p.Models = append(p.Models, m)
	}
	p.Free, p.Reserve, err = f.space()
	return p, err
}

// selected gives the items of a source that are wanted, with their names.
func (s *Source) selected(sel Selection) ([]item, error) {
	if s.Kind == KindGGUF {
		return s.selectedFiles(sel)
	}
	if sel.As != "" || sel.SHA256 != "" {
		return nil, appliance.Errorf(appliance.CodeValidation, "A name and a checksum can be given for one GGUF file; what lies in %s has its own. "+
			"Nothing was changed.", s.Path)
	}
	var names []Name
	for _, name := range sel.Names {
		n, err := ParseName(name)
		if err != nil {
			return nil, err
		}
		names = append(names, n)
	}
	var list []item
	for _, it := range s.items {
		if it.mentions(names) {
			list = append(list, it)
		}
	}
	if len(list) < max(1, len(names)) {
		var have []string
		for _, it := range s.items {
			have = append(have, it.name.String())
		}
		return nil, appliance.Errorf(appliance.CodeNotFound, "Not all of these models are in %s. Nothing was changed. There are: %s.",
			s.Path, cmp.Or(strings.Join(have, ", "), "none"))
	}
	return list, nil
}

func (s *Source) selectedFiles(sel Selection) ([]item, error) {
	if len(sel.Names) > 0 {
		return nil, appliance.Errorf(appliance.CodeValidation, "A GGUF file holds one model, which is given a name with --name. Nothing was changed.")
	}
	if len(s.items) > 1 && (sel.As != "" || sel.SHA256 != "") {
		return nil, appliance.Errorf(appliance.CodeValidation, "There are %d GGUF files in %s; a name and a checksum can be given for one. "+
			"Nothing was changed. Name that file.", len(s.items), s.Path)
	}
	list := make([]item, 0, len(s.items))
	for _, it := range s.items {
		if sel.SHA256 != "" {
			if it.gguf.digest = "sha256:" + strings.ToLower(sel.SHA256); !digestForm.MatchString(it.gguf.digest) {
				return nil, appliance.Errorf(appliance.CodeValidation, "A checksum (SHA-256) is 64 digits from 0 to f. Nothing was changed.")
			}
		}
		if sel.As != "" {
			n, err := ParseName(sel.As)
			if err != nil {
				return nil, err
			}
			it.name = n
		}
		list = append(list, it)
	}
	return list, nil
}

// planned looks at one model, and says what is wrong with it in Refused.
func (f *Folder) planned(it item) Planned {
	p := Planned{item: it, name: it.name, Refused: it.refused}
	if it.gguf.parts != nil {
		f.plannedFile(&p)
	} else if p.Refused == "" {
		if err := f.plannedModel(&p); err != nil {
			p.Refused = err.Error()
		}
	}
	p.Name = p.name.String()
	if p.Refused == "" && p.name.far() {
		p.Refused = remoteModel
	}
	if p.Refused == "" {
		p.Refused = p.Facts.Unfit
	}
	if p.Refused != "" {
		return p
	}
	if there, err := f.Model(p.Name); err == nil {
		p.Present = there.Problem == "" && (p.manifest.raw != nil && there.Digest == p.manifest.digest() ||
			p.item.gguf.digest != "" && there.manifest.weights().Digest == p.item.gguf.digest)
		p.Replace = !p.Present && there.Problem == "" && p.manifest.raw != nil
	}
	return p
}

// plannedFile looks at a bare GGUF file. Its manifest is written when its checksum is known.
func (f *Folder) plannedFile(p *Planned) {
	file := p.item.gguf
	p.Size = file.size
	facts, err := file.facts()
	p.Facts, p.License = facts, facts.License
	if p.name == (Name{}) {
		p.name = nameOfFile(file.parts[0].path, facts)
	}
	if err != nil {
		p.Refused = err.Error()
		return
	}
	if !facts.Embeds {
		format, known := FormatOf(facts.ChatTemplate)
		p.Format, p.Guessed = format.Name, !known
	}
}

// plannedModel looks at a model with a manifest.
func (f *Folder) plannedModel(p *Planned) error {
	m, err := parseManifest(p.item.raw)
	if err != nil {
		return err
	}
	p.manifest, p.Size = m, m.size()
	c, err := p.item.config(m)
	if err != nil {
		return err
	}
	if c.remote() {
		return errors.New(remoteModel)
	}
	if p.Facts, err = p.item.content[m.weights().Digest].facts(); err != nil {
		return fmt.Errorf("its weights cannot be used: %w", err)
	}
	p.License = cmp.Or(p.item.license(m), p.Facts.License)
	return nil
}

// toCopy is how many bytes of a model are not in the folder, and not counted for another model.
func (f *Folder) toCopy(p Planned, counted map[string]bool) (bytes int64) {
	if file := p.item.gguf; file.parts != nil {
		if file.digest != "" && f.has(layer{Digest: file.digest, Size: file.size}) {
			return 0
		}
		return file.size
	}
	for _, l := range p.manifest.files() {
		if !counted[l.Digest] && !f.has(l) {
			counted[l.Digest] = true
			bytes += l.Size
		}
	}
	return bytes
}

// has says whether a file lies in the folder, as far as its size tells.
func (f *Folder) has(l layer) bool {
	info, err := os.Stat(f.blob(l.Digest))
	return err == nil && info.Size() == l.Size
}

// reserve is the part of the disk that an import leaves free: below it recordings and uploads would be refused.
const reserve = 20

// space says how much the disk of the folder has free, and how much of that is not for models.
func (f *Folder) space() (free, kept int64, err error) {
	for dir := f.dir; ; dir = filepath.Dir(dir) {
		free, all, err := f.statfs(dir)
		if err == nil {
			return free, all / reserve, nil
		}
		if !errors.Is(err, fs.ErrNotExist) || dir == filepath.Dir(dir) {
			return 0, 0, unreadableFolder(f.dir, err)
		}
	}
}

func statfs(dir string) (free, all int64, err error) {
	var st syscall.Statfs_t
	err = syscall.Statfs(dir, &st)
	return int64(st.Bavail) * st.Bsize, int64(st.Blocks) * st.Bsize, err
}

// fits fails when the disk has not room for what is to be copied. kept is what an earlier import left, bytes.
func (p Plan) fits(dir string, kept int64) error {
	if need := p.Copy - kept; need > 0 && need > p.Free-p.Reserve {
		return appliance.Errorf(appliance.CodeStorage, "The disk that holds %s has %s free, and %s of that are kept for conversations; "+
			"the import needs %s. Nothing was changed. Remove a model with harmonium model remove, or import fewer.",
			dir, InBytes(p.Free), InBytes(p.Reserve), InBytes(need))
	}
	return nil
}

// InBytes writes a number of bytes as people read it: "3.3 GB".
func InBytes(n int64) string {
	switch {
	case n >= 1e9:
		return fmt.Sprintf("%.1f GB", float64(n)/1e9)
	case n >= 1e6:
		return fmt.Sprintf("%.0f MB", float64(n)/1e6)
	case n >= 1e3:
		return fmt.Sprintf("%.0f kB", float64(n)/1e3)
	}
	return fmt.Sprintf("%d bytes", n)
}
