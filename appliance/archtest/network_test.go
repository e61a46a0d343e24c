package archtest_test

import (
	"go/ast"
	"go/token"
	"slices"
	"testing"
)

// forbidden are the ways to connect somewhere or to start another program that the standard library and the modules
// we use offer. "*" is every name of the package.
var forbidden = map[string][]string{
	"net": {"Dial", "DialTimeout", "DialTCP", "DialUDP", "DialIP", "DialUnix", "ListenPacket", "ListenUDP", "ListenIP",
		"ListenMulticastUDP", "ListenUnixgram", "FileConn", "FilePacketConn", "Dialer", "Resolver", "DefaultResolver",
		"LookupHost", "LookupIP", "LookupAddr", "LookupCNAME", "LookupMX", "LookupNS", "LookupPort", "LookupSRV", "LookupTXT",
		"ResolveTCPAddr", "ResolveUDPAddr", "ResolveIPAddr"},
	"net/http":          {"Get", "Head", "Post", "PostForm", "DefaultClient", "DefaultTransport", "ProxyFromEnvironment"},
	"crypto/tls":        {"Dial", "DialWithDialer", "Dialer"},
	"os/exec":           {"Command", "CommandContext"},
	"os":                {"StartProcess"},
	"syscall":           {"Exec", "ForkExec", "StartProcess", "Socket", "Connect", "Sendto", "Sendmsg", "RawSyscall", "Syscall", "RawSyscall6", "Syscall6"},
	"net/smtp":          {"*"},
	"net/rpc":           {"*"},
	"log/syslog":        {"*"},
	"net/http/httputil": {"ReverseProxy", "NewSingleHostReverseProxy"},

	"golang.org/x/sys/unix":        {"Socket", "Connect", "Sendto", "Sendmsg", "Exec"},
	"github.com/gorilla/websocket": {"Dialer", "DefaultDialer", "NewClient"},
	"github.com/ollama/ollama/api": {"ClientFromEnvironment"},
}

// valuesOf are types that connect when a value of them is made; a pointer to one that was handed in is harmless.
var valuesOf = map[string][]string{"net/http": {"Client", "Transport"}, "os/exec": {"Cmd"}}

// allowedTo names who may use what is forbidden to all others. Tests may speak to the servers they have started, but
// start programs only where it says so.
var allowedTo = map[string][]string{
	"appliance/egress/egress.go":            {"net.Dialer", "net.Resolver", "net/http.Client", "net/http.Transport"},
	"appliance/egress/escape.go":            {"net.Dialer", "syscall.Socket"},            // puts the seal to the test, sends nothing
	"appliance/announce/mdns.go":            {"net.ListenUDP", "net.ListenMulticastUDP"}, // multicast DNS, outside of the seal
	"appliance/announce/announce_test.go":   {"os/exec.Command"},                         // ip: networks of its own
	"appliance/ollama/ollama.go":            {"os/exec.Command"},
	"appliance/child/child.go":              {"os/exec.CommandContext"}, // itself, to read files of hosts
	"appliance/ollama/ollama_test.go":       {"os/exec.Command"},
	"appliance/testkit/server.go":           {"net/http.DefaultClient"}, // for tests
	"appliance/archtest/dependency_test.go": {"os/exec.Command"},
	"appliance/server/meeting_test.go":      {"os/exec.CommandContext"}, // espeak-ng, to have somebody speak
	"appliance/wayout/systemctl.go":         {"os/exec.CommandContext"}, // systemctl, by root and outside of the seal
	"cmd/harmonium/main_test.go":            {"os/exec.Command"},        // run the built program
	"cmd/harmonium/mcp_test.go":             {"os/exec.Command"},
	"cmd/harmonium/restore_test.go":         {"os/exec.CommandContext"},
	"cmd/harmonium/demo_test.go":            {"os/exec.Command"},
	"cmd/harmonium/systemd_test.go":         {"os/exec.Command"},
	"appliance/systemd/systemd_test.go":     {"os/exec.Command"}, // a process that is handed sockets
	"systemd/units_test.go":                 {"os/exec.Command"}, // systemd-analyze
	"cmd/harmonium/ollama_test.go":          {"os/exec.Command"}, // run the real Ollama
	"appliance/bench/box_test.go":           {"os/exec.Command"},
	"appliance/store/device_linux_test.go":  {"os/exec.CommandContext"}, // mkfs, mount: a disk of its own
	"appliance/bench/model_test.go":         {"os/exec.Command"},        // the fake Ollama has a process of its own
	"appliance/bench/queue_test.go":         {"os/exec.Command"},        // go test measures what is inside a package
}

func checkNetwork(s *source) []string {
	var found []string
	report := func(pos token.Pos, importPath, name string) {
		if s.isTest() && importPath != "os/exec" && importPath != "os" && importPath != "syscall" {
			return
		}
		if !slices.Contains(allowedTo[s.path], importPath+"."+name) {
			found = append(found, s.at(pos, "%s.%s goes round the guarded dialer, or starts a program", importPath, name))
		}
	}
	ast.Inspect(s.file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			p, name := s.qualified(n)
			if names := forbidden[p]; slices.Contains(names, name) || slices.Contains(names, "*") {
				report(n.Pos(), p, name)
			}
		case *ast.CompositeLit:
			reportValue(s, n.Type, report)
		case *ast.ValueSpec: // var c http.Client
			reportValue(s, n.Type, report)
		case *ast.Field: // struct{ http.Client }
			reportValue(s, n.Type, report)
		case *ast.CallExpr: // new(http.Client)
			if id, ok := n.Fun.(*ast.Ident); ok && id.Name == "new" && len(n.Args) == 1 {
				reportValue(s, n.Args[0], report)
			}
		}
		return true
	})
	return found
}

func reportValue(s *source, typ ast.Expr, report func(token.Pos, string, string)) {
	if p, name := s.qualified(typ); slices.Contains(valuesOf[p], name) {
		report(typ.Pos(), p, name)
	}
}

func TestNothingConnectsPastTheGuardedDialer(t *testing.T) {
	in := func(imports, body string) sample {
		return sample{"appliance/web/x.go", "package web\nimport (" + imports + ")\nfunc f() {" + body + "}"}
	}
	keep(t, rule{
		name:  "network",
		check: perFile(checkNetwork),
		bad: []sample{
			in(`"net"`, `net.Dial("tcp", "x")`),
			in(`n "net"`, `n.DialTimeout("tcp", "x", 1)`),
			in(`"net"`, `d := net.Dialer{}; _ = d`),
			in(`"net"`, `var d net.Dialer; _ = d`),
			in(`"net"`, `d := new(net.Dialer); _ = d`),
			in(`"net"`, `net.ListenPacket("udp", ":0")`),
			in(`"net"`, `net.LookupHost("x")`),
			in(`"net"`, `f := net.Dial; _ = f`),
			in(`"net/http"`, `http.Get("http://x")`),
			in(`"net/http"`, `http.DefaultClient.Get("http://x")`),
			in(`"net/http"`, `c := http.Client{}; _ = c`),
			in(`"net/http"`, `c := &http.Client{}; _ = c`),
			in(`"net/http"`, `var c http.Client; _ = c`),
			in(`"net/http"`, `c := new(http.Client); _ = c`),
			in(`"net/http"`, `var c struct{ http.Client }; _ = c`),
			in(`"net/http"`, `t := &http.Transport{}; _ = t`),
			in(`"net/http"`, `t := http.DefaultTransport; _ = t`),
			in(`"crypto/tls"`, `tls.Dial("tcp", "x", nil)`),
			in(`"os/exec"`, `exec.Command("sh")`),
			in(`"os/exec"`, `exec.CommandContext(nil, "sh")`),
			in(`"os/exec"`, `c := exec.Cmd{Path: "sh"}; _ = c`),
			in(`"os"`, `os.StartProcess("sh", nil, nil)`),
			in(`"syscall"`, `syscall.Exec("sh", nil, nil)`),
			in(`"syscall"`, `syscall.Socket(0, 0, 0)`),
			in(`"github.com/gorilla/websocket"`, `websocket.DefaultDialer.Dial("x", nil)`),
			in(`"github.com/ollama/ollama/api"`, `api.ClientFromEnvironment()`),
			{"appliance/web/x_test.go", `package web_test; import "os/exec"; func f() { exec.Command("sh") }`},
		},
		good: []sample{
			in(`"net/http"`, `var c *http.Client; c.Get("http://x")`),
			in(`"net"`, `net.Listen("tcp", ":0"); net.SplitHostPort("x")`),
			{"appliance/web/x_test.go", `package web_test; import "net/http"; func f() { http.Get("http://x") }`},
		},
	})
}
