//go:build !linux

package store

import (
	"errors"
	"os"
)

// reserve is for Linux only; elsewhere the ballast is written byte by byte.
func reserve(*os.File, int64) error { return errors.ErrUnsupported }
