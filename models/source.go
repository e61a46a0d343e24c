package models

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"harmonium/appliance"
)

// Source is something that models can be imported from: a GGUF file, a models folder of an Ollama, or a bundle that
// Pack has made. It is only looked at; what is in it is trusted for nothing.
type Source struct {
	Path string // of what was found, which may lie below the path that was named
	Kind Kind
	// Fingerprint is the checksum of a bundle's list, to be compared with the one that packing it has shown; "" for others.
	Fingerprint string
	items       []item
}

// Kind is what kind of source it is.
type Kind string

// The kinds of sources.
const (
	KindGGUF   Kind = "gguf"
	KindFolder Kind = "folder"
	KindBundle Kind = "bundle"
)

// item is one model of a source.
type item struct {
	name    Name
	raw     []byte             // its manifest; nil for a bare GGUF file
	content map[string]content // its files, by digest
	gguf    content            // a bare GGUF file; its digest is "" where nobody has named it
	refused string             // why it is not imported, in half a sentence; "" when it is
}

// content is where the bytes of a file come from: one file, or several that follow one another.
type content struct {
	digest string
	size   int64
	parts  []part
}

type part struct {
	path string
	size int64
}

// OpenSource finds out what lies at path: a file, or a directory that holds models itself or in one of the directories
// that they are usually put into.
func OpenSource(path string) (*Source, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, &appliance.Error{Code: appliance.CodeNotFound, Err: err, Message: fmt.Sprintf("%s cannot be opened. Nothing was "+
			"changed. See that the stick is in, and that the path is right.", path)}
	}
	if !info.IsDir() {
		return ggufSource(path, []string{path})
	}
	for _, dir := range []string{path, filepath.Join(path, BundleDir), filepath.Join(path, "models"), filepath.Join(path, ".ollama", "models"),
		filepath.Join(path, "ollama", "models")} {
		if _, err := os.Stat(filepath.Join(dir, bundleFile)); err == nil {
			return bundleSource(dir)
		}
		if isDir(filepath.Join(dir, "manifests")) && isDir(filepath.Join(dir, "blobs")) {
			return folderSource(dir)
		}
		if files := ggufFiles(dir); len(files) > 0 {
			return ggufSource(dir, files)
		}
	}
	return nil, appliance.Errorf(appliance.CodeNotFound, "There is no model in %s: no file that ends in .gguf, no models folder of an Ollama "+
		"(with manifests and blobs in it), and no %s that harmonium model pack has made. Nothing was changed.", path, BundleDir)
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

func ggufFiles(dir string) []string {
	entries, _ := os.ReadDir(dir)
	var files []string
	for _, e := range entries {
		// ._name is what another system leaves on sticks beside each file.
		if strings.EqualFold(filepath.Ext(e.Name()), ".gguf") && !strings.HasPrefix(e.Name(), ".") && !e.IsDir() {
			files = append(files, filepath.Join(dir, e.Name()))
		}
	}
	return files
}

func ggufSource(path string, files []string) (*Source, error) {
	s := &Source{Path: path, Kind: KindGGUF}
	for _, file := range files {
		info, err := os.Stat(file)
		if err != nil || !info.Mode().IsRegular() {
			return nil, &appliance.Error{Code: appliance.CodeNotFound, Err: err,
				Message: fmt.Sprintf("%s is no file that can be read. Nothing was changed.", file)}
		}
		s.items = append(s.items, item{gguf: content{digest: namedChecksum(file), size: info.Size(), parts: []part{{file, info.Size()}}}})
	}
	return s, nil
}

// namedChecksum is what a file beside another says of its checksum, "" where there is none: FILE.sha256, or SHA256SUMS.
func namedChecksum(file string) string {
	for _, beside := range []string{file + ".sha256", filepath.Join(filepath.Dir(file), "SHA256SUMS")} {
		f, err := os.Open(beside)
		if err != nil {
			continue
		}
		defer f.Close()
		lines := bufio.NewScanner(io.LimitReader(f, maxSmall))
		for lines.Scan() {
			words := strings.Fields(lines.Text())
			if len(words) == 0 || len(words) == 1 && !strings.HasSuffix(beside, ".sha256") {
				continue
			}
			name := strings.TrimPrefix(words[len(words)-1], "*")
			if digest := "sha256:" + strings.ToLower(words[0]); digestForm.MatchString(digest) &&
				(len(words) == 1 || filepath.Base(name) == filepath.Base(file)) {
				return digest
			}
		}
	}
	return ""
}

func folderSource(dir string) (*Source, error) {
	from := Open(dir)
	list, err := from.Models()
	if err != nil {
		return nil, err
	}
	s := &Source{Path: dir, Kind: KindFolder}
	for _, m := range list {
		n, err := ParseName(m.Name)
		if err != nil {
			return nil, err
		}
		it := item{name: n, raw: m.manifest.raw, refused: m.Problem, content: map[string]content{}}
		if m.Remote {
			it.refused = remoteModel
		}
		if it.refused == "" {
			for _, l := range m.manifest.files() {
				it.content[l.Digest] = content{l.Digest, l.Size, []part{{from.blob(l.Digest), l.Size}}}
			}
		}
		s.items = append(s.items, it)
	}
	return s, nil
}

const remoteModel = "it is computed on other machines, and what it is asked would leave the box"

// BundleDir is the name of the directory that Pack makes, bundleFile that of the list in it.
const (
	BundleDir  = "harmonium-models"
	bundleFile = "harmonium-models.json"
)

// bundle is the list in a bundle. Paths are relative to its directory, with slashes.
type bundle struct {
	Format int           `json:"format"` // 1
	Models []bundleModel `json:"models"`
	Files  []bundledFile `json:"files"`
}

type bundleModel struct {
	Name         string `json:"name"`
	License      string `json:"license"`
	Size         int64  `json:"size"` // bytes of all its files
	Parameters   string `json:"parameters"`
	Quantization string `json:"quantization"`
	Manifest     string `json:"manifest"` // path
	SHA256       string `json:"sha256"`   // of its manifest
}

// bundledFile is a file of a model, in parts that every file system of a stick can hold.
type bundledFile struct {
	SHA256 string   `json:"sha256"`
	Size   int64    `json:"size"`
	Parts  []string `json:"parts"` // paths, in their order
}

func readBundle(dir string) (bundle, []byte, error) {
	var b bundle
	raw, err := readFile(filepath.Join(dir, bundleFile))
	if err != nil {
		return b, nil, err
	}
	if err := json.Unmarshal(raw, &b); err != nil {
		return b, nil, errors.New("its list is damaged")
	}
	if b.Format != 1 {
		return b, nil, fmt.Errorf("its list is of form %d, which this version of Harmonium does not know", b.Format)
	}
	return b, raw, nil
}

func bundleSource(dir string) (*Source, error) {
	bad := func(err error) error {
		return &appliance.Error{Code: appliance.CodeUnprocessable, Err: err, Message: fmt.Sprintf("The bundle in %s cannot be used: %v. "+
			"Nothing was changed. Pack it anew.", dir, err)}
	}
	b, raw, err := readBundle(dir)
	if err != nil {
		return nil, bad(err)
	}
	s := &Source{Path: dir, Kind: KindBundle, Fingerprint: checksum(raw)[len("sha256:"):]}
	files := map[string]content{}
	for _, f := range b.Files {
		c := content{digest: "sha256:" + f.SHA256, size: f.Size}
		left := f.Size
		for _, p := range f.Parts {
			if !filepath.IsLocal(filepath.FromSlash(p)) {
				return nil, bad(errors.New("its list names a file outside of it"))
			}
			path := filepath.Join(dir, filepath.FromSlash(p))
			info, err := os.Stat(path)
			if err != nil || !info.Mode().IsRegular() {
				continue // the size tells
			}
			c.parts = append(c.parts, part{path, info.Size()})
			left -= info.Size()
		}
		if left == 0 {
			files[c.digest] = c
		}
	}
	for _, m := range b.Models {
		n, err := ParseName(m.Name)
		if err != nil {
			return nil, err
		}
		it, err := bundleItem(dir, n, m, files)
		if err != nil {
			it.refused = err.Error()
		}
		s.items = append(s.items, it)
	}
	return s, nil
}

func bundleItem(dir string, n Name, m bundleModel, files map[string]content) (item, error) {
	it := item{name: n, content: map[string]content{}}
	if !filepath.IsLocal(filepath.FromSlash(m.Manifest)) {
		return it, errors.New("its list names a file outside of it")
	}
	raw, err := readFile(filepath.Join(dir, filepath.FromSlash(m.Manifest)))
	if err != nil {
		return it, errors.New("its description is missing")
	}
	if checksum(raw) != "sha256:"+m.SHA256 {
		return it, errors.New("its description is not the one that was packed")
	}
	described, err := parseManifest(raw)
	if err != nil {
		return it, err
	}
	for _, l := range described.files() {
		c, there := files[l.Digest]
		if !there || c.size != l.Size {
			return it, errors.New("one of its files is missing or cut off")
		}
		it.content[l.Digest] = c
	}
	it.raw = raw
	return it, nil
}

// contentReader reads a content from an offset on. It fails with io.ErrUnexpectedEOF where a part is shorter than it was.
type contentReader struct {
	parts []part
	skip  int64 // in the first part
	file  *os.File
	left  int64 // of the part that is open
}

func (c content) open(offset int64) *contentReader {
	r := &contentReader{parts: c.parts, skip: offset}
	for len(r.parts) > 0 && r.skip >= r.parts[0].size {
		r.skip -= r.parts[0].size
		r.parts = r.parts[1:]
	}
	return r
}

// Read reads on, in the next part where one ends.
func (r *contentReader) Read(b []byte) (int, error) {
	for r.left == 0 {
		r.Close()
		if len(r.parts) == 0 {
			return 0, io.EOF
		}
		p := r.parts[0]
		file, err := os.Open(p.path)
		if err != nil {
			return 0, err
		}
		r.file, r.left, r.parts = file, p.size-r.skip, r.parts[1:]
		if _, err := file.Seek(r.skip, io.SeekStart); err != nil {
			return 0, err
		}
		r.skip = 0
	}
	n, err := r.file.Read(b[:min(int64(len(b)), r.left)])
	r.left -= int64(n)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// atEnd tells the last piece, which is shorter than a buffer, from a file that has become shorter than it was.
func (r *contentReader) atEnd() bool { return r.left == 0 && len(r.parts) == 0 }

// Close closes the file that is open. It may be called twice.
func (r *contentReader) Close() {
	if r.file != nil {
		r.file.Close()
		r.file = nil
	}
}

// readAll reads a small content, and checks it.
func (c content) readAll() ([]byte, error) {
	r := c.open(0)
	defer r.Close()
	b, err := readSmall(r)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, errors.New("one of its files is missing")
	case err != nil:
		return nil, errors.New("one of its files cannot be read")
	case checksum(b) != c.digest:
		return nil, errors.New("one of its files is not what its checksum says")
	}
	return b, nil
}

// facts reads the head of weights.
func (c content) facts() (Facts, error) {
	r := c.open(0)
	defer r.Close()
	return ReadGGUF(r, c.size)
}

// config reads the file that says what kind of model it is.
func (it item) config(m manifest) (config, error) {
	var c config
	if m.Config.Size > maxSmall {
		return c, errors.New("its description is too long to be one")
	}
	raw, err := it.content[m.Config.Digest].readAll()
	if err == nil && json.Unmarshal(raw, &c) != nil {
		err = errors.New("its description is damaged")
	}
	return c, err
}

// license is the first line of the licence that lies with the model.
func (it item) license(m manifest) string {
	if l := m.first(typeLicense); l.Digest != "" && l.Size <= maxSmall {
		if raw, err := it.content[l.Digest].readAll(); err == nil {
			return firstLine(raw)
		}
	}
	return ""
}

// mentions says whether any of the names is that of the item.
func (it item) mentions(names []Name) bool { return len(names) == 0 || slices.Contains(names, it.name) }
