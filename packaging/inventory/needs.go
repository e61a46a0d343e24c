package main

import (
	"debug/elf"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// packagesOf names the Debian package of each library of the system that programs here may need.
var packagesOf = map[string]string{
	"libc.so.6": "libc6", "libm.so.6": "libc6", "libdl.so.2": "libc6", "libpthread.so.0": "libc6", "librt.so.1": "libc6",
	"libresolv.so.2": "libc6", "ld-linux-x86-64.so.2": "libc6", "ld-linux-aarch64.so.1": "libc6",
	"libstdc++.so.6": "libstdc++6", "libgcc_s.so.1": "libgcc-s1", "libgomp.so.1": "libgomp1",
}

// compilers names the version of libstdc++6 that brought each version of its symbols.
var compilers = map[string]string{"3.4.29": "11", "3.4.30": "12", "3.4.31": "13.1", "3.4.32": "13.2", "3.4.33": "14", "3.4.34": "15"}

// needs gives what a package with these programs depends on, in the form of Debian's Depends: one entry a line. For a
// program that comes with libraries in ../lib/ollama these count too, unless they belong to a graphics card: those are used
// only where its driver is.
func needs(programs []string) (string, error) {
	versions := map[string]string{} // of packages, as the newest symbol wants it
	for _, program := range programs {
		files := []string{program}
		beside, err := filepath.Glob(filepath.Join(filepath.Dir(program), "..", "lib", "ollama", "libggml-*"))
		if err != nil {
			return "", err
		}
		files = append(files, beside...)
		for _, file := range files {
			if err := addNeeds(versions, file); err != nil {
				return "", fmt.Errorf("%s: %w", file, err)
			}
		}
	}
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(versions)) {
		b.WriteString(name)
		if v := versions[name]; v != "" {
			fmt.Fprintf(&b, " (>= %s)", v)
		}
		b.WriteByte('\n')
	}
	return b.String(), nil
}

// programsIn finds the programs and libraries in a directory.
func programsIn(dir string) (files []string, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if f, err := elf.Open(path); err == nil {
			f.Close()
			files = append(files, path)
		}
	}
	return files, nil
}

func addNeeds(versions map[string]string, file string) error {
	f, err := elf.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	libraries, err := f.ImportedLibraries()
	if err != nil && !errors.Is(err, elf.ErrNoSymbols) {
		return err
	}
	for _, l := range libraries {
		if name, ok := packagesOf[l]; ok && versions[name] == "" {
			versions[name] = ""
		} else if !ok && !strings.HasPrefix(l, "libggml-") && !lies(filepath.Join(filepath.Dir(file), l)) {
			return fmt.Errorf("it needs %s, and no package is known that holds it", l)
		}
	}
	symbols, err := f.ImportedSymbols()
	if err != nil && !errors.Is(err, elf.ErrNoSymbols) {
		return err
	}
	for _, s := range symbols {
		version := ""
		switch {
		case strings.HasPrefix(s.Version, "GLIBC_"):
			version = strings.TrimPrefix(s.Version, "GLIBC_")
		case strings.HasPrefix(s.Version, "GLIBCXX_"):
			version = compilers[strings.TrimPrefix(s.Version, "GLIBCXX_")] // older ones are everywhere
		}
		if name := packagesOf[s.Library]; version != "" && less(versions[name], version) {
			versions[name] = version
		}
	}
	return nil
}

func lies(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// less says whether a version is before another one, number by number.
func less(a, b string) bool { return slices.Compare(numbers(a), numbers(b)) < 0 }

func numbers(version string) (list []int) {
	for part := range strings.SplitSeq(version, ".") {
		n, _ := strconv.Atoi(part)
		list = append(list, n)
	}
	return list
}
