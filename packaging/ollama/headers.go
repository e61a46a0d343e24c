//go:build headers

// Package headers names what is needed to compile Ollama and is no part of the program: malgo carries miniaudio.h,
// which Ollama's own module leaves out. The script build takes the header from there.
package headers

import _ "github.com/gen2brain/malgo"
