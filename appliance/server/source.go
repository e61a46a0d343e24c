package server

import (
	"os"
	"path/filepath"

	"harmonium/appliance/audio"
	"harmonium/appliance/document"
)

// sourceArchive finds the archive of the source that this program was built from: beside it, as a build lays it, or
// where the package has it. It is "" when there is none.
func sourceArchive() string {
	program, err := os.Executable()
	if err != nil {
		return ""
	}
	if resolved, err := filepath.EvalSymlinks(program); err == nil {
		program = resolved
	}
	dir := filepath.Dir(program)
	for _, candidate := range []string{
		filepath.Join(dir, "source.tar.xz"),
		filepath.Join(dir, "..", "..", "share", "harmonium", "source.tar.xz"),
	} {
		if info, err := os.Stat(candidate); err == nil && info.Mode().IsRegular() {
			return candidate
		}
	}
	return ""
}

// documents reads the files of hosts, in child processes of this program.
func documents() *document.Reader { return document.NewReader(ownProgram()) }

// sounds reads the files of sound that are sent up, in the same way.
func sounds() *audio.Reader { return audio.NewReader(ownProgram()) }

func ownProgram() string {
	program, err := os.Executable()
	if err != nil {
		return os.Args[0]
	}
	return program
}
