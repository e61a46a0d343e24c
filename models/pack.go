package models

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"harmonium/appliance"
)

// DefaultPart is how long the files of a bundle are at most: less than the 4 GB that the file system of many sticks
// (FAT32) can hold in one file.
const DefaultPart = 3 << 30

// Packed is a bundle that Pack has made.
type Packed struct {
	Dir         string
	Fingerprint string // checksum of its list; importing it shows the same
	Models      []string
	Size        int64 // bytes of the files of these models
}

// Pack copies the named models of a folder, all when none is named, into a bundle in out: a directory that any stick can
// carry, with the checksum and the licence of everything in it. Models that are in the bundle already stay there, and
// files that are there whole are only read. A model that is computed elsewhere is refused. Each file is checked while it
// is copied: what is damaged here is not carried further. part is DefaultPart outside tests.
func (f *Folder) Pack(ctx context.Context, names []string, out string, part int64, report func(Progress)) (Packed, error) {
	chosen, err := f.chosen(names)
	if err != nil {
		return Packed{}, err
	}
	for _, m := range chosen {
		if m.Remote {
			return Packed{}, unpackable(m.Name, remoteModel)
		}
		if m.Problem != "" {
			return Packed{}, unpackable(m.Name, m.Problem)
		}
	}
	if len(chosen) == 0 {
		return Packed{}, appliance.Errorf(appliance.CodeNotFound, "There is no model in %s. Nothing was packed. Name the folder of models "+
			"with --models; Ollama's own is .ollama/models in the home of whoever runs it.", f.dir)
	}
	dir := filepath.Join(out, BundleDir)
	if filepath.Base(filepath.Clean(out)) == BundleDir {
		dir = filepath.Clean(out)
	}
	pk := &packer{folder: f, ctx: ctx, dir: dir, part: part, report: report}
	if err := pk.prepare(chosen); err != nil {
		return Packed{}, err
	}
	for _, m := range chosen {
		if err := pk.model(m); err != nil {
			return Packed{}, err
		}
	}
	return pk.finish(chosen)
}

func unpackable(name, why string) *appliance.Error {
	return appliance.Errorf(appliance.CodeUnprocessable, "The model %s cannot be packed: %s. Nothing was packed.", name, why)
}

// packer is one bundle in the making.
type packer struct {
	folder *Folder
	ctx    context.Context
	dir    string
	part   int64
	report func(Progress)
	list   bundle
	now    Progress
}

// prepare reads the list of a bundle that is there, and sees that there is room.
func (pk *packer) prepare(chosen []Installed) error {
	b, _, err := readBundle(pk.dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return appliance.Errorf(appliance.CodeUnprocessable, "There is a bundle in %s that cannot be added to: %v. Nothing was changed. "+
			"Remove it, or choose another place.", pk.dir, err)
	}
	pk.list = b
	pk.list.Format = 1
	pk.now.State = Copying
	need := int64(0)
	counted := map[string]bool{}
	for _, m := range chosen {
		for _, l := range m.manifest.files() {
			if !counted[l.Digest] {
				counted[l.Digest] = true
				pk.now.Total += l.Size
				if !pk.there(l) {
					need += l.Size
				}
			}
		}
	}
	if err := os.MkdirAll(filepath.Join(pk.dir, "blobs"), 0o755); err != nil {
		return pk.writing(err)
	}
	var st syscall.Statfs_t
	if err := syscall.Statfs(pk.dir, &st); err == nil && int64(st.Bavail)*st.Bsize < need {
		return appliance.Errorf(appliance.CodeStorage, "%s has %s free, and the models need %s. Nothing was packed. Take a larger stick, or "+
			"name fewer models.", pk.dir, InBytes(int64(st.Bavail)*st.Bsize), InBytes(need))
	}
	return nil
}

// names gives the parts that a file of a bundle has.
func (pk *packer) names(l layer) []string {
	name := "blobs/" + strings.Replace(l.Digest, ":", "-", 1)
	if l.Size <= pk.part {
		return []string{name}
	}
	var names []string
	for i := range (l.Size + pk.part - 1) / pk.part {
		names = append(names, fmt.Sprintf("%s.%03d", name, i+1))
	}
	return names
}

// content is a file as it lies in the bundle.
func (pk *packer) content(l layer) content {
	c := content{digest: l.Digest, size: l.Size}
	for i, name := range pk.names(l) {
		c.parts = append(c.parts, part{filepath.Join(pk.dir, filepath.FromSlash(name)), min(pk.part, l.Size-int64(i)*pk.part)})
	}
	return c
}

// there says whether a file is in the bundle, as far as its size tells.
func (pk *packer) there(l layer) bool {
	return !slices.ContainsFunc(pk.content(l).parts, func(p part) bool {
		info, err := os.Stat(p.path)
		return err != nil || info.Size() != p.size
	})
}

func (pk *packer) model(m Installed) error {
	pk.now.Model = m.Name
	for _, l := range m.manifest.files() {
		known := slices.ContainsFunc(pk.list.Files, func(have bundledFile) bool { return "sha256:"+have.SHA256 == l.Digest })
		if known && pk.there(l) {
			if sum, err := pk.copy(pk.content(l), nil); err == nil && sum == l.Digest {
				continue
			} else if pk.ctx.Err() != nil {
				return pk.ctx.Err()
			}
			pk.now.Done -= l.Size
		}
		if err := pk.file(m, l); err != nil {
			return err
		}
		if !known {
			pk.list.Files = append(pk.list.Files, bundledFile{l.Digest[len("sha256:"):], l.Size, pk.names(l)})
		}
	}
	n, err := ParseName(m.Name)
	if err != nil {
		return err
	}
	// A colon in the name of a host, as before its port, cannot be in the name of a file on most sticks.
	where := path.Join("manifests", strings.ReplaceAll(n.file(), ":", "+"))
	if err := pk.write(where, m.manifest.raw); err != nil {
		return pk.writing(err)
	}
	pk.list.Models = slices.DeleteFunc(pk.list.Models, func(b bundleModel) bool { return b.Name == m.Name })
	pk.list.Models = append(pk.list.Models, bundleModel{Name: m.Name, License: m.License, Size: m.Size, Parameters: InBillions(m.Facts.Parameters),
		Quantization: m.Facts.Quantization, Manifest: where, SHA256: m.Digest})
	return nil
}

// file copies one file into the bundle and checks it.
func (pk *packer) file(m Installed, l layer) error {
	to := pk.content(l)
	from := content{l.Digest, l.Size, []part{{pk.folder.blob(l.Digest), l.Size}}}
	sum, err := pk.copy(from, to.parts)
	if err != nil {
		return err
	}
	if sum != l.Digest {
		for _, p := range to.parts {
			os.Remove(p.path)
		}
		return unpackable(m.Name, "one of its files is damaged: its content is not what its checksum says")
	}
	return nil
}

// copy reads a content and gives its digest. What it reads is written to the parts, none for only reading.
func (pk *packer) copy(from content, to []part) (digest string, err error) {
	r := from.open(0)
	defer r.Close()
	h := sha256.New()
	buffer := make([]byte, chunk)
	each := to
	if len(to) == 0 {
		each = []part{{size: from.size}}
	}
	for _, p := range each {
		var w io.WriteCloser = nopWriter{}
		if p.path != "" {
			file, err := os.OpenFile(p.path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o644)
			if err != nil {
				return "", pk.writing(err)
			}
			w = synced{file}
		}
		if err := pk.copyPart(w, io.LimitReader(r, p.size), h, buffer); err != nil {
			w.Close()
			return "", err
		}
		if err := w.Close(); err != nil {
			return "", pk.writing(err)
		}
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil)), nil
}

func (pk *packer) copyPart(to io.Writer, from io.Reader, h io.Writer, buffer []byte) error {
	for {
		if err := pk.ctx.Err(); err != nil {
			return appliance.Errorf(appliance.CodeBusy, "The packing was stopped. The bundle in %s holds what it held before; what was copied beyond "+
				"that is copied again next time.", pk.dir)
		}
		n, err := from.Read(buffer)
		if n > 0 {
			h.Write(buffer[:n])
			if _, err := to.Write(buffer[:n]); err != nil {
				return pk.writing(err)
			}
			pk.now.Done += int64(n)
			if pk.report != nil {
				pk.report(pk.now)
			}
		}
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return &appliance.Error{Code: appliance.CodeUnprocessable, Err: err, Message: fmt.Sprintf("%s could not be read to its end. It was not packed.", pk.now.Model)}
		}
	}
}

// synced is a file that is on the disk when it is closed: sticks are pulled out.
type synced struct{ *os.File }

// Close writes everything to the disk.
func (s synced) Close() error { return errors.Join(s.Sync(), s.File.Close()) }

type nopWriter struct{}

func (nopWriter) Write(b []byte) (int, error) { return len(b), nil }
func (nopWriter) Close() error                { return nil }

// write writes a small file of the bundle.
func (pk *packer) write(name string, content []byte) error {
	full := filepath.Join(pk.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		return err
	}
	file, err := os.OpenFile(full+unfinished, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err := errors.Join(err, synced{file}.Close()); err != nil {
		return err
	}
	return os.Rename(full+unfinished, full)
}

// finish writes the list, after everything that is in it.
func (pk *packer) finish(chosen []Installed) (Packed, error) {
	appliance.Sort(pk.list.Models, func(a, b bundleModel) int { return cmp.Compare(a.Name, b.Name) })
	appliance.Sort(pk.list.Files, func(a, b bundledFile) int { return cmp.Compare(a.SHA256, b.SHA256) })
	raw, err := json.MarshalIndent(pk.list, "", "  ")
	if err != nil {
		return Packed{}, err
	}
	raw = append(raw, '\n')
	if err := errors.Join(pk.write(bundleFile, raw), syncDir(pk.dir)); err != nil {
		return Packed{}, pk.writing(err)
	}
	// Whoever reads the stick may be somebody else than who has written it. Most sticks keep no permissions at all.
	filepath.WalkDir(pk.dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			os.Chmod(path, 0o755)
		} else if err == nil {
			os.Chmod(path, 0o644)
		}
		return nil
	})
	p := Packed{Dir: pk.dir, Fingerprint: checksum(raw)[len("sha256:"):], Size: pk.now.Total}
	for _, m := range chosen {
		p.Models = append(p.Models, m.Name)
	}
	return p, nil
}

// writing says what it means that the bundle could not be written.
func (pk *packer) writing(err error) error {
	what := "could not be written: was the stick pulled out, or is it write-protected?"
	switch {
	case isFull(err):
		what = "is full."
	case errors.Is(err, syscall.EFBIG):
		what = "cannot hold a file that long; format the stick as exFAT."
	}
	return &appliance.Error{Code: appliance.CodeStorage, Err: err, Message: fmt.Sprintf("%s %s The bundle is not complete; the models in %s are unchanged. "+
		"Give the same command again when that is mended.", pk.dir, what, pk.folder.dir)}
}
