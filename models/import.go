package models

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"harmonium/appliance"
)

// chunk is how much is read at once, and chunks how many of them are under way: together all the memory that a copy takes.
// A chunk fits into the cache of a processor: with four times as much, what was read has to be fetched anew to be hashed
// and written, and an import takes twice as long (BENCHMARKS.md).
const (
	chunk  = 256 << 10
	chunks = 8
)

// unfinished ends the names of files that are not whole yet.
const unfinished = ".unfinished"

// Import copies the models of a plan into the folder. Each appears there all at once, when all its files are on the disk
// and their checksums are right. An import that ends early, however it ends, goes on where it stopped when it is asked
// for again. report, which may be nil, hears of the progress about as often as there is any; what it hears also stands
// in the folder, for Progress.
func (f *Folder) Import(ctx context.Context, p Plan, clock appliance.Clock, report func(Progress)) (err error) {
	var wanted []Planned
	for _, m := range p.Models {
		if m.Refused == "" && !m.Present {
			wanted = append(wanted, m)
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	unlock, err := f.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if p.Free, p.Reserve, err = f.space(); err != nil {
		return err
	}
	if err := p.fits(f.dir, f.keptOf(wanted)); err != nil {
		return err
	}
	im := &importer{folder: f, ctx: ctx, told: newTeller(f, clock, report, p.Copy)}
	defer func() { im.told.end(err) }()
	for _, m := range wanted {
		if err := im.model(m); err != nil {
			return err
		}
	}
	return nil
}

// importer is one import under way.
type importer struct {
	folder *Folder
	ctx    context.Context
	told   *teller
}

func (im *importer) model(m Planned) error {
	f := im.folder
	im.told.now.Model = m.Name
	small := map[string][]byte{}
	if m.item.gguf.parts != nil {
		digest, err := im.file(m, m.item.gguf)
		if err != nil {
			return err
		}
		format, _ := FormatOf(m.Facts.ChatTemplate)
		if m.manifest, small, err = newManifest(layer{Digest: digest, Size: m.item.gguf.size}, m.Facts, format); err != nil {
			return fmt.Errorf("describe the model: %w", err)
		}
	}
	for _, l := range m.manifest.files() {
		if content, ours := small[l.Digest]; ours {
			if err := f.write(f.blob(l.Digest), content); err != nil {
				return unwritableFolder(f.dir, err)
			}
		} else if c, ok := m.item.content[l.Digest]; ok && !f.has(l) {
			if _, err := im.file(m, c); err != nil {
				return err
			}
		}
	}
	before, _ := f.Model(m.Name)
	if err := f.write(f.manifestPath(m.name), m.manifest.raw); err != nil {
		return unwritableFolder(f.dir, err)
	}
	if before.manifest.Layers != nil {
		if _, err := f.prune(before.manifest.files()); err != nil {
			return err
		}
	}
	return nil
}

// partial is where a file lies until it is whole. A bare GGUF file is known again by its name and its size.
func (f *Folder) partial(m Planned, c content) string {
	name := strings.Replace(c.digest, ":", "-", 1)
	if name == "" {
		name = fmt.Sprintf("%s-%s-%d.gguf", m.name.Model, m.name.Tag, c.size)
	}
	return filepath.Join(f.importing(), name+unfinished)
}

// keptOf is how many bytes of what is wanted an earlier import has left.
func (f *Folder) keptOf(wanted []Planned) (bytes int64) {
	for _, m := range wanted {
		files := []content{m.item.gguf}
		for _, c := range m.item.content {
			files = append(files, c)
		}
		for _, c := range files {
			if info, err := os.Stat(f.partial(m, c)); err == nil {
				bytes += min(info.Size(), c.size)
			}
		}
	}
	return bytes
}

// file copies one file to its place, or what is missing of it, and gives its digest.
func (im *importer) file(m Planned, c content) (digest string, err error) {
	f := im.folder
	if c.digest != "" && f.has(layer{Digest: c.digest, Size: c.size}) {
		return c.digest, nil
	}
	if c.digest == "" {
		if digest, err := im.twin(c); digest != "" || err != nil {
			return digest, err
		}
	}
	path := f.partial(m, c)
	before := im.told.now.Done
	for again := false; ; again = true {
		im.told.now.Done = before
		sum, kept, err := im.fill(path, c)
		if err != nil {
			return "", err
		}
		digest = "sha256:" + hex.EncodeToString(sum)
		if c.digest == "" || c.digest == digest {
			break
		}
		if err := os.Remove(path); err != nil {
			return "", unwritableFolder(f.dir, err)
		}
		// What was kept may be what was bad: the disk may have lost it with the power.
		if again || kept == 0 {
			return "", appliance.Errorf(appliance.CodeUnprocessable, "The checksum of %s is wrong: the file at %s is not the one that was meant, or it is "+
				"damaged. Nothing of it was kept, and models that were there are unchanged. Copy it to the stick anew.", m.Name, c.parts[0].path)
		}
	}
	if err := f.place(path, f.blob(digest)); err != nil {
		return "", unwritableFolder(f.dir, err)
	}
	return digest, nil
}

// twin gives the digest of a file whose checksum nobody has named, when the folder has it already; "" when it has not. The
// file is read to its end, so this is only done where another one has its size.
func (im *importer) twin(c content) (digest string, err error) {
	blobs, err := os.ReadDir(filepath.Join(im.folder.dir, "blobs"))
	if err != nil {
		return "", nil // there is none yet, or what follows says what is wrong
	}
	if !slices.ContainsFunc(blobs, func(e fs.DirEntry) bool {
		info, err := e.Info()
		return err == nil && info.Size() == c.size
	}) {
		return "", nil
	}
	h, from := sha256.New(), c.open(0)
	defer from.Close()
	if err := im.hash(h, from, c.size); err != nil {
		return "", im.reading(err)
	}
	digest = "sha256:" + hex.EncodeToString(h.Sum(nil))
	if !im.folder.has(layer{Digest: digest, Size: c.size}) {
		return "", nil
	}
	im.told.begin(c.size)
	return digest, nil
}

// fill brings the unfinished file at path to its full length, and gives its checksum and how much was there before.
func (im *importer) fill(path string, c content) (sum []byte, kept int64, err error) {
	f := im.folder
	to, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, 0, unwritableFolder(f.dir, err)
	}
	defer to.Close()
	f.own(to)
	h := sha256.New()
	if kept, err = im.kept(to, c, h); err != nil {
		return nil, 0, err
	}
	im.told.begin(kept)
	from := c.open(kept)
	defer from.Close()
	if err := im.stream(to, from, h); err != nil {
		to.Sync() // what was copied until then is worth keeping
		return nil, kept, err
	}
	if err := to.Sync(); err != nil {
		return nil, kept, im.writing(err)
	}
	return h.Sum(nil), kept, nil
}

// kept reads what an earlier import has left of a file into h. Where nobody has named the checksum of the whole, it must
// be how the source begins: somebody may have put another file in its place.
func (im *importer) kept(to *os.File, c content, h hash.Hash) (int64, error) {
	info, err := to.Stat()
	if err != nil {
		return 0, im.writing(err)
	}
	kept := info.Size()
	if kept > 0 && kept <= c.size {
		if err := im.hash(h, to, kept); err != nil {
			return 0, im.writing(err)
		}
		if c.digest != "" {
			return kept, nil
		}
		from, source := c.open(0), sha256.New()
		defer from.Close()
		if err := im.hash(source, from, kept); err != nil {
			return 0, im.reading(err)
		}
		if string(source.Sum(nil)) == string(h.Sum(nil)) {
			return kept, nil
		}
	}
	h.Reset()
	if err := to.Truncate(0); err != nil {
		return 0, im.writing(err)
	}
	_, err = to.Seek(0, io.SeekStart)
	return 0, err
}

func (im *importer) hash(h hash.Hash, from io.Reader, n int64) error {
	buffer := make([]byte, chunk)
	for n > 0 {
		if err := im.ctx.Err(); err != nil {
			return err
		}
		got, err := io.ReadFull(from, buffer[:min(n, chunk)])
		h.Write(buffer[:got])
		if err != nil {
			return err
		}
		n -= int64(got)
		im.told.checked()
	}
	return nil
}

// stream copies the rest of a file. One goroutine reads and one computes the checksum while this one writes, so that the
// copy is as slow as the slowest of the three and not as all of them together.
func (im *importer) stream(to io.Writer, from *contentReader, h hash.Hash) error {
	ctx, cancel := context.WithCancel(im.ctx)
	defer cancel()
	empty, read, toHash := make(chan []byte, chunks), make(chan []byte, chunks), make(chan []byte, chunks)
	for range chunks {
		empty <- make([]byte, chunk)
	}
	failed := make(chan error, 1)
	go func() {
		defer close(read)
		failed <- readChunks(ctx, from, empty, read)
	}()
	hashed := make(chan struct{})
	go func() {
		defer close(hashed)
		for b := range toHash {
			h.Write(b)
			empty <- b[:chunk]
		}
	}()
	var wrote error
	for b := range read {
		if wrote == nil {
			if _, wrote = to.Write(b); wrote != nil {
				cancel()
			} else {
				im.told.copied(int64(len(b)))
			}
		}
		toHash <- b
	}
	close(toHash)
	<-hashed
	err := <-failed
	switch {
	case wrote != nil:
		return im.writing(wrote)
	case err != nil:
		return im.reading(err)
	}
	return nil
}

// readChunks reads to the end, into the buffers that come from empty.
func readChunks(ctx context.Context, from *contentReader, empty <-chan []byte, read chan<- []byte) error {
	for {
		var b []byte
		select {
		case b = <-empty:
		case <-ctx.Done():
			return ctx.Err()
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := io.ReadFull(from, b)
		if n > 0 {
			read <- b[:n]
		}
		switch {
		case err == io.EOF || err == io.ErrUnexpectedEOF && n > 0 && from.atEnd():
			return nil
		case err != nil:
			return err
		}
	}
}

// reading says what it means that the source could not be read any more.
func (im *importer) reading(err error) error {
	if im.ctx.Err() != nil {
		return appliance.Errorf(appliance.CodeBusy, "The import of %s was stopped. %s", im.told.now.Model, im.goesOn())
	}
	return &appliance.Error{Code: appliance.CodeUnprocessable, Err: err, Message: fmt.Sprintf("%s could not be read to its end: was the "+
		"stick pulled out? %s", im.told.now.Model, im.goesOn())}
}

// writing says what it means that the folder could not be written.
func (im *importer) writing(err error) error {
	switch {
	case im.ctx.Err() != nil:
		return im.reading(err)
	case isFull(err):
		return full(im.folder.dir, err)
	}
	return &appliance.Error{Code: appliance.CodeInternal, Err: err, Message: fmt.Sprintf("The disk that holds %s reports an error. %s",
		im.folder.dir, im.goesOn())}
}

func (im *importer) goesOn() string {
	return fmt.Sprintf("%s of %s are kept, and models that were there are unchanged. Give the same command again: it goes on where it stopped.",
		InBytes(im.told.now.Done), InBytes(im.told.now.Total))
}

// place makes an unfinished file visible under its name, for good.
func (f *Folder) place(from, to string) error {
	if err := f.mkdir(filepath.Dir(to)); err != nil {
		return err
	}
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return syncDir(filepath.Dir(to))
}

// write writes a small file, all at once.
func (f *Folder) write(path string, content []byte) error {
	tmp, err := os.CreateTemp(f.importing(), "small-*"+unfinished)
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	defer tmp.Close()
	f.own(tmp)
	if _, err := tmp.Write(content); err != nil {
		return err
	}
	if err := tmp.Sync(); err != nil {
		return err
	}
	return f.place(tmp.Name(), path)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

func isFull(err error) bool { return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) }

func full(dir string, err error) *appliance.Error {
	return &appliance.Error{Code: appliance.CodeStorage, Err: err, Message: fmt.Sprintf("The disk that holds %s is full. What was copied is kept, and "+
		"models that were there are unchanged. Make room, then give the same command again: it goes on where it stopped.", dir)}
}
