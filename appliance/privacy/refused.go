package privacy

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"harmonium/appliance/egress"
)

// RefusedFile is the name of the file in the data directory that keeps which connections were refused, over restarts.
const RefusedFile = "refused.json"

// maxRefused bounds that file, in bytes.
const maxRefused = 1 << 20

// LoadRefused gives what was refused in earlier runs; nothing when there is no file.
func LoadRefused(dir string) ([]egress.Attempt, error) {
	f, err := os.Open(filepath.Join(dir, RefusedFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read what was refused: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || info.Size() > maxRefused {
		return nil, errors.Join(err, fmt.Errorf("read what was refused: %s is no list of ours", RefusedFile))
	}
	var list []egress.Attempt
	if err := json.NewDecoder(f).Decode(&list); err != nil {
		return nil, fmt.Errorf("read what was refused: %w", err)
	}
	return list, nil
}

// KeepRefused keeps what was refused.
func KeepRefused(dir string, list []egress.Attempt) error {
	raw, err := json.Marshal(list)
	if err != nil {
		return err
	}
	return replaceFile(filepath.Join(dir, RefusedFile), append(raw, '\n'))
}
