package server

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"runtime"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/control"
	"harmonium/appliance/privacy"
	"harmonium/appliance/room"
	"harmonium/appliance/store"
)

// A support bundle is a zip archive of what helps somebody far away to see what is wrong with a box. It is put together from
// what cannot hold content, and not by taking content out: sentences, settings, numbers, counts of rows, and of the log
// what logKeeper keeps. It holds no name, no e-mail address, no title, no word that somebody said.

// bundleReadme stands in every bundle.
const bundleReadme = `This bundle tells how a Harmonium box is. It was made on the box by somebody who administers it, and sent by nobody but them.

about.json     versions, the machine, what the kernel says of the program
settings.json  every setting, its value and where it comes from; passwords in addresses are left out
findings.json  what harmonium doctor finds
tables.json    how many rows each table of the database has      (only from a running box)
metrics.txt    the figures of the box                            (only from a running box)
capacity.json  what was measured of the box last                 (only from a running box)
log.jsonl      the newest lines of the log since the start: messages and numbers, no texts (only from a running box)

It holds nothing that somebody said, and no names of people, e-mail addresses, titles, keys or passwords. The settings name
directories and addresses of the box. It is plain text: look through it before you hand it on.
`

// aboutBox is the beginning of a bundle.
type aboutBox struct {
	Made    time.Time      `json:"made"`
	Version string         `json:"version"`
	Runs    bool           `json:"runs"`
	Since   *time.Time     `json:"since"`
	Schema  int64          `json:"schema"` // that this program makes
	Go      string         `json:"go"`
	System  string         `json:"system"`
	CPUs    int            `json:"cpus"`
	Room    room.State     `json:"room"`
	Kernel  privacy.Kernel `json:"kernel"`
}

// bundle collects the files of one.
type bundle struct {
	buf  bytes.Buffer
	zip  *zip.Writer
	at   time.Time
	errs []error
}

func newBundle(at time.Time) *bundle {
	b := &bundle{at: at}
	b.zip = zip.NewWriter(&b.buf)
	b.add("README.txt", []byte(bundleReadme), nil)
	return b
}

// add adds a file, or notes why it could not be made: the others are of use all the same.
func (b *bundle) add(name string, content []byte, err error) {
	if err != nil {
		content = []byte("This part could not be made; the log of the box says why.\n")
	}
	w, err := b.zip.CreateHeader(&zip.FileHeader{Name: "harmonium-support/" + name, Method: zip.Deflate, Modified: b.at})
	if err == nil {
		_, err = w.Write(content)
	}
	b.errs = append(b.errs, err)
}

func (b *bundle) addJSON(name string, v any, err error) {
	content, marshalErr := json.MarshalIndent(v, "", "  ")
	b.add(name, content, errors.Join(err, marshalErr))
}

func (b *bundle) close() ([]byte, error) {
	err := errors.Join(append(b.errs, b.zip.Close())...)
	return b.buf.Bytes(), err
}

func about(cfg Config, at time.Time) aboutBox {
	schema, _ := store.SchemaVersion()
	return aboutBox{Made: at.UTC(), Version: cfg.Version, Schema: schema, Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH,
		CPUs: runtime.NumCPU(), Room: cfg.gauge(cfg.Data).State(), Kernel: privacy.ReadKernel()}
}

// withoutSecrets gives the settings as they are shown: a password in an address is left out.
func withoutSecrets(c Config) map[string]map[string]string {
	out := map[string]map[string]string{}
	for _, v := range c.values {
		value := v.Value
		if u, err := url.Parse(value); err == nil && u.User != nil {
			u.User = nil
			value = u.String()
		}
		out[v.Setting.Name] = map[string]string{"value": value, "from": v.From}
	}
	return out
}

// support makes the bundle of the running server.
func (s *Server) support(ctx context.Context) ([]byte, error) {
	b := newBundle(s.clock())
	a := about(s.cfg, b.at)
	since := s.started.UTC()
	a.Runs, a.Since = true, &since
	b.addJSON("about.json", a, nil)
	b.addJSON("settings.json", withoutSecrets(s.cfg), nil)
	b.addJSON("findings.json", s.examine(ctx), nil)
	rows, err := s.store.TableRows(ctx)
	b.addJSON("tables.json", rows, err)
	var figures bytes.Buffer
	err = s.Metrics(ctx, &figures)
	b.add("metrics.txt", figures.Bytes(), err)
	carries, err := s.admin.Capacity(ctx, None{})
	b.addJSON("capacity.json", carries, err)
	lines, err := s.kept.text()
	b.add("log.jsonl", lines, err)
	s.log.Info("a support bundle was made")
	return b.close()
}

// Support gives a support bundle of the box that keeps its data in cfg.Data: from the server that runs there, or, where none
// answers, what can be seen without it.
func Support(ctx context.Context, cfg Config) (file []byte, err error) {
	raw, err := askServer(ctx, cfg, CommandSupport, json.RawMessage("{}"))
	if err == nil {
		err = json.Unmarshal(raw, &file)
		return file, err
	}
	if e := (*appliance.Error)(nil); errors.As(err, &e) && !control.IsAbsent(err) && e.Code != appliance.CodeBusy {
		return nil, err
	}
	findings, err := Doctor(ctx, cfg)
	if err != nil {
		return nil, err
	}
	b := newBundle(cfg.clock()())
	b.addJSON("about.json", about(cfg, b.at), nil)
	b.addJSON("settings.json", withoutSecrets(cfg), nil)
	b.addJSON("findings.json", findings, nil)
	return b.close()
}

// Support gives the bundle of the running server.
func (a *Admin) Support(ctx context.Context, _ None) ([]byte, error) {
	if a.support == nil {
		return nil, appliance.Errorf(appliance.CodeConflict, "The server is not running. Nothing was changed.")
	}
	return a.support(ctx)
}
