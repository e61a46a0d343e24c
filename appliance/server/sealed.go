package server

import (
	"net/netip"
	"net/url"
	"os"
	"strings"
)

// onlyLoopback says whether the only network interface of this process is a loopback: it was given a network of its own.
// What cannot be found out is no.
func onlyLoopback() bool {
	raw, err := os.ReadFile("/proc/self/net/dev")
	return err == nil && listsLoopback(string(raw))
}

// listsLoopback says whether a table of interfaces as the kernel writes it (proc_pid_net(5)) has a loopback and nothing
// else.
func listsLoopback(table string) bool {
	interfaces := 0
	for line := range strings.Lines(table) {
		name, _, isInterface := strings.Cut(line, ":")
		if !isInterface { // one of the two lines of heads
			continue
		}
		if strings.TrimSpace(name) != "lo" {
			return false
		}
		interfaces++
	}
	return interfaces == 1
}

// ownOllama says whether the Ollama that is set came with the box: it is a child of the server, or it answers on a
// loopback that nobody but the units of the package share.
func (c Config) ownOllama() bool {
	if c.Ollama == OllamaAuto {
		return true
	}
	u, err := url.Parse(c.Ollama)
	if err != nil || !c.sealed {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return err == nil && ip.IsLoopback()
}
