package privacy

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// ReadKernel asks the kernel about this process. What it does not tell is left empty, and is then no ground for saying
// that the process is sealed.
func ReadKernel() Kernel {
	k := Kernel{Interfaces: []string{}}
	table := read("/proc/self/net/dev")
	for line := range strings.Lines(table) {
		if name, _, isInterface := strings.Cut(line, ":"); isInterface {
			k.Interfaces = append(k.Interfaces, strings.TrimSpace(name))
		}
	}
	k.Sealed = len(k.Interfaces) == 1 && k.Interfaces[0] == "lo"
	k.Network, _ = os.Readlink("/proc/self/ns/net")
	k.Routes = routes(read("/proc/self/net/route"), 0, 1) + routes(read("/proc/self/net/ipv6_route"), 9, 0)
	for line := range strings.Lines(read("/proc/self/status")) {
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		switch name {
		case "Uid":
			if of := strings.Fields(value); len(of) > 1 {
				k.User = of[1] // the effective one
			}
		case "NoNewPrivs":
			k.NoNewPrivs = value == "1"
		case "Seccomp":
			k.Filtered = value == "2"
		case "CapEff":
			k.Capability = value
		case "CapBnd":
			k.Bounding = value
		}
	}
	for line := range strings.Lines(read("/proc/self/cgroup")) {
		if path, found := strings.CutPrefix(strings.TrimSpace(line), "0::"); found {
			k.ControlUnit = path
		}
	}
	return k
}

// routes counts the lines of a table of routes whose column names another interface than the loopback. The first lines of
// the table are its heads.
func routes(table string, column, heads int) int {
	n := 0
	for line := range strings.Lines(table) {
		if heads > 0 {
			heads--
			continue
		}
		if of := strings.Fields(line); len(of) > column && of[column] != "lo" {
			n++
		}
	}
	return n
}

// read gives a file of the kernel, "" when it cannot be read.
func read(path string) string {
	raw, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return string(raw)
}

// HasNoCapability says whether the kernel has said that the process has no capability.
func (k Kernel) HasNoCapability() bool {
	n, err := strconv.ParseUint(k.Capability, 16, 64)
	return err == nil && n == 0
}

// Checksum gives the SHA-256 of a file.
func Checksum(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// Places tells what lies in the data directory, by its uppermost entries, and in the directory of models, when that is
// another one.
func Places(data, models string) []Place {
	list := []Place{}
	entries, err := os.ReadDir(data)
	if err != nil {
		return list
	}
	for _, e := range entries {
		list = append(list, place(kindOf(e.Name()), filepath.Join(data, e.Name())))
	}
	if inside, err := filepath.Rel(data, models); models != "" && (err != nil || inside == ".." || strings.HasPrefix(inside, "../")) {
		list = append(list, place(KindModels, models))
	}
	return list
}

// place adds up what lies at path. What vanishes meanwhile, or may not be looked at, counts as nothing.
func place(kind, path string) Place {
	p := Place{Kind: kind, Path: path}
	filepath.WalkDir(path, func(_ string, e fs.DirEntry, err error) error {
		if err != nil {
			return nil
		}
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() {
			p.Bytes += info.Size()
			p.Files++
		}
		return nil
	})
	return p
}

// kindOf tells the kind of an entry of the data directory by its name.
func kindOf(name string) string {
	switch {
	case strings.HasPrefix(name, "harmonium.db"):
		return KindDatabase
	case name == "blobs", name == "uploads":
		return KindSound
	case strings.HasPrefix(name, "before-migration-"):
		return KindCopy
	case name == "ollama":
		return KindModels
	case name == "tls":
		return KindCertificates
	case name == KeyFile, name == "factor.key":
		return KindIdentity
	case name == RefusedFile:
		return KindRefused
	case strings.HasPrefix(name, "deletions"):
		return KindDeletions
	case strings.HasPrefix(name, "before-restore-"):
		return KindReplaced
	case name == "restore", name == "backup-work":
		return KindCopy
	case name == "ballast":
		return KindReserve
	case name == "harmonium.lock", name == "control.sock", name == "io-error", name == "clock.json", name == "newest-backup.json":
		return KindRuntime
	}
	return KindOther
}
