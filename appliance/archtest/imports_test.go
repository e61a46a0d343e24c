package archtest_test

import (
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// levels orders our packages: each imports only packages of a lower level. A new package needs a row, and with it an
// answer to the question where it stands.
var levels = map[string]int{
	"appliance": 0, // the domain: standard library only

	"appliance/audit":   1, // parts that know nothing but the domain
	"appliance/auth":    1,
	"appliance/blob":    1,
	"appliance/child":   1,
	"appliance/clock":   1,
	"appliance/egress":  1,
	"appliance/extract": 1,
	"appliance/lan":     1,
	"appliance/live":    1,
	"appliance/meter":   1,
	"appliance/ollama":  1,
	"appliance/prompt":  1,
	"appliance/quote":   1,
	"appliance/room":    1,
	"appliance/systemd": 1,
	"appliance/tabular": 1,
	"embedui":           1,
	"models":            1,

	"appliance/announce":  2, // parts that stand on those
	"appliance/audio":     2,
	"appliance/document":  2,
	"appliance/control":   2,
	"appliance/porter":    2,
	"appliance/inference": 2,
	"appliance/store":     2,
	"appliance/paper":     2,
	"appliance/privacy":   2,
	"appliance/wayout":    2,

	"appliance/capacity": 3,
	"appliance/capture":  3,
	"appliance/guide":    3,
	"appliance/trial":    3,
	"appliance/jobs":     3,
	"appliance/webhook":  3,

	"appliance/backup":    3,
	"appliance/retention": 3,

	"appliance/facilitation": 4, // use cases
	"appliance/synthesis":    4,
	"appliance/intake":       4,

	"appliance/companion": 5, // answers questions; its sentences keep to the rules of reports
	"appliance/export":    5, // hands results over
	"appliance/rehearsal": 5, // tries a session out, by the use cases
	"appliance/demo":      5, // an invented project, made by the use cases
	"appliance/mcp":       5, // the interface as tools: knows it by its addresses only
	"appliance/web":       6, // how the outside reaches them

	"appliance/server": 7, // wires all of it

	"appliance/inference/ollamatest": 8, // for tests
	"appliance/mcp/mcptest":          8,
	"appliance/capture/whispertest":  8,
	"appliance/testkit":              8,
	"appliance/archtest":             8,
	"appliance/bench":                8,
	"cmd/harmonium":                  9,

	"systemd":             1, // units, and what holds them to their promises
	"packaging/inventory": 1, // a tool of the package: knows the built program only from outside
}

// owners names the only packages that may import some others; "/..." stands for all below a path too.
var owners = map[string][]string{
	"database/sql/...":                           {"appliance/store"},
	"modernc.org/...":                            {"appliance/store"},
	"github.com/pressly/goose/...":               {"appliance/store"},
	"github.com/go-chi/...":                      {"appliance/web"},
	"github.com/danielgtaylor/huma/...":          {"appliance/web"},
	"github.com/gorilla/websocket/...":           {"appliance/web"},
	"github.com/ollama/ollama/...":               {"appliance/inference"},
	"github.com/modelcontextprotocol/go-sdk/...": {"appliance/mcp", "appliance/mcp/mcptest"},
	"github.com/coreos/go-systemd/...":           {"appliance/systemd"},
	"github.com/spf13/...":                       {"cmd/harmonium"},
	"golang.org/x/term":                          {"cmd/harmonium"},
	"rsc.io/qr":                                  {"appliance/lan"},
	"github.com/ledongthuc/pdf":                  {"appliance/document"},
	"github.com/mewkiz/...":                      {"appliance/audio"},
	"github.com/hajimehoshi/...":                 {"appliance/audio"},
	"codeberg.org/go-pdf/...":                    {"appliance/paper"},
	"filippo.io/age/...":                         {"appliance/backup"},
	"github.com/pion/...":                        {"appliance/announce"},
	"golang.org/x/net/...":                       {"appliance/announce"}, // the packets of multicast DNS
	"golang.org/x/crypto/...":                    {"appliance/auth"},
	"net/http": {"appliance/web", "appliance/mcp", "appliance/webhook", "appliance/server", "appliance/egress", "appliance/inference", "appliance/control",
		"appliance/capture", "appliance/capture/whispertest", "appliance/inference/ollamatest", "appliance/testkit"},
	"testing":                  {"appliance/capture/whispertest", "appliance/inference/ollamatest", "appliance/mcp/mcptest", "appliance/testkit"},
	"github.com/google/go-cmp": {}, // for tests
	"C":                        {}, // the program is one static file
	"unsafe":                   {},
	"plugin":                   {},
	"os/exec":                  {"appliance/child", "appliance/ollama", "appliance/wayout"},
	"net/smtp":                 {},
	"net/rpc/...":              {},
	"net/http/pprof":           {}, // nothing shows memory over the network (ASVS 13.4.2)
	"expvar":                   {},
	"log":                      {}, // log/slog, handed in
	"text/template":            {}, // package prompt: with it the linker keeps every method of every type, 2.6 MB
	"html/template":            {}, // as text/template
	"math/rand":                {}, // crypto/rand, or math/rand/v2 where chance need not be secret
}

// standard says whether an import path is of the standard library.
func standard(importPath string) bool {
	first, _, _ := strings.Cut(importPath, "/")
	return !strings.Contains(first, ".") && first != module
}

// matches says whether importPath is what pattern stands for.
func matches(importPath, pattern string) bool {
	prefix, all := strings.CutSuffix(pattern, "/...")
	return importPath == prefix || all && strings.HasPrefix(importPath, prefix+"/")
}

func checkImports(s *source) []string {
	var found []string
	own, known := levels[s.pkg()]
	if !known {
		return []string{s.at(s.file.Package, "package %s has no level in levels", s.pkg())}
	}
	for _, i := range s.file.Imports {
		p, _ := strconv.Unquote(i.Path.Value)
		switch ours, isOurs := strings.CutPrefix(p, module+"/"); {
		case isOurs && s.isTest() && ours == s.pkg():
		case isOurs && !s.isTest():
			if level, ok := levels[ours]; !ok || level >= own {
				found = append(found, s.at(i.Pos(), "%s must not import %s", s.pkg(), ours))
			}
			if ours == "appliance/server" && s.pkg() != "cmd/harmonium" && s.pkg() != "appliance/testkit" {
				found = append(found, s.at(i.Pos(), "only the program imports the wiring"))
			}
		case !isOurs && s.pkg() == "appliance" && !standard(p):
			found = append(found, s.at(i.Pos(), "the domain imports the standard library only, not %s", p))
		}
		if s.isTest() {
			continue
		}
		for what, who := range owners {
			if matches(p, what) && !slices.Contains(who, s.pkg()) {
				found = append(found, s.at(i.Pos(), "%s must not import %s", s.pkg(), p))
			}
		}
		if i.Name != nil && i.Name.Name == "." {
			found = append(found, s.at(i.Pos(), "a dot import hides where names come from"))
		}
	}
	return found
}

func TestImportsPointOneWay(t *testing.T) {
	keep(t, rule{
		name:  "imports",
		check: perFile(checkImports),
		bad: []sample{
			{"appliance/session.go", `package appliance; import "github.com/google/uuid"`},
			{"appliance/session.go", `package appliance; import "harmonium/appliance/store"`},
			{"appliance/session.go", `package appliance; import "net/http"`},
			{"appliance/store/x.go", `package store; import "harmonium/appliance/web"`},
			{"appliance/web/x.go", `package web; import "database/sql"`},
			{"appliance/web/x.go", `package web; import _ "modernc.org/sqlite"`},
			{"appliance/facilitation/x.go", `package facilitation; import "github.com/go-chi/chi/v5"`},
			{"appliance/facilitation/x.go", `package facilitation; import "harmonium/appliance/synthesis"`},
			{"appliance/web/x.go", `package web; import "harmonium/appliance/server"`},
			{"appliance/web/x.go", `package web; import "github.com/ollama/ollama/api"`},
			{"appliance/auth/x.go", `package auth; import "net/http"`},
			{"appliance/store/x.go", `package store; import "math/rand"`},
			{"appliance/web/x.go", `package web; import "database/sql/driver"`},
			{"appliance/store/x.go", `package store; import "C"`},
			{"appliance/web/x.go", `package web; import . "net/url"`},
			{"appliance/manager/x.go", `package manager`},
		},
		good: []sample{
			{"appliance/store/x.go", `package store; import ("database/sql"; "harmonium/appliance"); var _ sql.DB`},
			{"appliance/store/x_test.go", `package store_test; import ("harmonium/appliance/testkit"; "harmonium/appliance/store")`},
			{"appliance/server/x.go", `package server; import ("harmonium/appliance/web"; "net/http")`},
			{"appliance/quote/x.go", `package quote; import "math/rand/v2"`},
		},
	})
}

// Every package in the table exists, so that the table does not outlive what it is about.
func TestLevelsAreAboutPackagesThatExist(t *testing.T) {
	have := map[string]bool{}
	for _, s := range everything(t) {
		have[path.Dir(s.path)] = true
	}
	for p := range levels {
		if !have[p] {
			t.Errorf("there is no package %s", p)
		}
	}
}
