package appliance

import (
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
)

// ReadCarried reads a text that the program carries. In the built program the large ones are packed (packaging/compile),
// which makes it half a megabyte smaller; wherever else the code is compiled they are as they stand in the repository.
func ReadCarried(files fs.FS, name string) ([]byte, error) {
	data, err := fs.ReadFile(files, name)
	if err != nil || !bytes.HasPrefix(data, []byte("\x1f\x8b")) {
		return data, err
	}
	packed, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(packed)
}
