//go:build headers

// Package headers names what is needed to compile Ollama and is no part of the program: malgo carries miniaudio.h,
// which Ollama's own module leaves out. Makefile takes the header from there.
package headers

import _ "github.com/gen2brain/malgo"
