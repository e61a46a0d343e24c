package server

import "context"

// JournalFile is the journal of deletions as it lies beside backups.
type JournalFile struct {
	Name    string `json:"name"`
	Content []byte `json:"content"`
}

// BackupJournal brings the journal of deletions up to date and gives it.
func (a *Admin) BackupJournal(ctx context.Context, _ None) (j JournalFile, err error) {
	j.Name, j.Content, err = a.backups.JournalCopy(ctx)
	return j, err
}

// Ping does nothing: who gets an answer knows that the server runs.
func (a *Admin) Ping(context.Context, None) (None, error) { return None{}, nil }
