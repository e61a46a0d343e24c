package backup

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
)

// newestFile in the data directory tells of the newest backup that was read back and found whole. It is needed when the
// database cannot be read, which knows the same.
const newestFile = "newest-backup.json"

// KeepNewest notes a backup that was checked, in the data directory dir.
func KeepNewest(dir string, m Made) error {
	raw, err := json.Marshal(m)
	if err != nil {
		return err
	}
	at := filepath.Join(dir, newestFile)
	f, err := os.OpenFile(at+".part", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(raw)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(at+".part", at)
}

// Newest gives the backup that was noted last, false when none is known.
func Newest(dir string) (m Made, known bool) {
	raw, err := os.ReadFile(filepath.Join(dir, newestFile))
	return m, err == nil && json.Unmarshal(raw, &m) == nil && m.Where != ""
}
