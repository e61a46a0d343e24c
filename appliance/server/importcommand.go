package server

import (
	"context"

	"harmonium/appliance"
	"harmonium/appliance/intake"
	"harmonium/appliance/store"
)

// SessionImport asks for a session to be made of a file.
type SessionImport struct {
	Name    string `json:"name"` // of the file
	Topic   string `json:"topic"`
	Email   string `json:"email"` // of the account that it is to belong to; "" where there is only one
	Content []byte `json:"content"`
}

// SessionImported is what was made.
type SessionImported struct {
	Session       appliance.SessionID `json:"session"`
	Conversations int                 `json:"conversations"`
	People        int                 `json:"people"`
	Turns         int                 `json:"turns"`
}

// ImportSession makes a session of a file, which belongs to an account.
func (a *Admin) ImportSession(ctx context.Context, in SessionImport) (SessionImported, error) {
	account, err := a.accountOrOnly(ctx, in.Email)
	if err != nil {
		return SessionImported{}, err
	}
	f, err := intake.Read(in.Content, nil)
	if err != nil {
		return SessionImported{}, err
	}
	m, err := f.NewSession(intake.New{Name: in.Name, Topic: in.Topic, Else: account.Language})
	if err != nil {
		return SessionImported{}, err
	}
	id, err := a.store.Import(ctx, store.By{Actor: store.ActorCommandLine, Account: account.ID}, store.Once{}, m)
	n := f.Count()
	return SessionImported{id, n.Conversations, n.People, n.Turns}, err
}
