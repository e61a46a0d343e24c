package server

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"harmonium/appliance"
	"harmonium/appliance/announce"
)

// DefaultAddressesFile is where the announcer writes when no other file is set.
const DefaultAddressesFile = "/run/harmonium-lan/addresses.json"

// Announce tells the building where the box is, and the sealed server what its addresses are, until ctx ends.
func Announce(ctx context.Context, cfg Config) error {
	path := cfg.AddressesFile
	if path == "" {
		path = DefaultAddressesFile
	}
	if info, err := os.Stat(filepath.Dir(path)); err != nil || !info.IsDir() {
		return &appliance.Error{Code: appliance.CodeNotFound, Err: err, Message: fmt.Sprintf("There is no directory %s to write the "+
			"addresses to. Make it, or name another file with --addresses-file.", filepath.Dir(path))}
	}
	a := announce.Announcer{Path: path, Clock: cfg.clock(), Log: cfg.newLog()}
	return a.Run(ctx)
}
