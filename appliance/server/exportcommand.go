package server

import (
	"context"

	"harmonium/appliance"
	"harmonium/appliance/export"
)

// SessionExport asks for the results of a session as a file.
type SessionExport struct {
	Session       appliance.SessionID `json:"session"`
	Format        export.Format       `json:"format"`
	Table         export.Table        `json:"table"`
	Names         bool                `json:"names"`
	Conversations bool                `json:"conversations"`
}

// SessionFile is such a file.
type SessionFile struct {
	Name    string `json:"name"`
	Content []byte `json:"content"`
}

// ExportSession makes the file. Who can use the command line of the box may see names; that they were asked for is noted.
func (a *Admin) ExportSession(ctx context.Context, in SessionExport) (SessionFile, error) {
	f, err := export.New(a.store, a.clock).Make(ctx, a.by(), export.Request{Session: in.Session, Format: in.Format, Table: in.Table,
		Names: in.Names, Conversations: in.Conversations})
	return SessionFile{f.Name, f.Content}, err
}
