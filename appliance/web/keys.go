package web

import (
	"context"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/auth"
)

// APIKey is a key of the own account, without its secret.
type APIKey struct {
	ID         appliance.KeyID   `json:"id"`
	Name       string            `json:"name"`
	KeyPrefix  string            `json:"key_prefix" doc:"The first 12 characters, to tell keys apart"`
	Scopes     []appliance.Scope `json:"scopes" doc:"What it may do, within what the account may do"`
	CreatedAt  Time              `json:"created_at"`
	ExpiresAt  *Time             `json:"expires_at" nullable:"true" doc:"null: never"`
	LastUsedAt *Time             `json:"last_used_at" nullable:"true" doc:"To the minute; null: never"`
}

// NewAPIKey is a key that was made just now.
type NewAPIKey struct {
	APIKey
	Key string `json:"key" doc:"The key itself. It is shown this once and cannot be shown again"`
}

func keyOf(k appliance.APIKey) APIKey {
	return APIKey{ID: k.ID, Name: k.Name, KeyPrefix: k.Prefix, Scopes: k.Scopes, CreatedAt: Time{k.CreatedAt},
		ExpiresAt: timeOrNull(k.ExpiresAt), LastUsedAt: timeOrNull(k.LastUsedAt)}
}

func (a *API) listKeys(ctx context.Context, in *Page) (*Output[List[APIKey]], error) {
	stored, err := a.Store.Keys(ctx, callerOf(ctx).Account.ID)
	if err != nil {
		return nil, err
	}
	var keys []APIKey
	for _, k := range stored {
		keys = append(keys, keyOf(k))
	}
	return &Output[List[APIKey]]{pageOf(keys, *in)}, nil
}

// APIKeyRequest says what a new key may do.
type APIKeyRequest struct {
	Name      string            `json:"name" maxLength:"100"`
	Scopes    []appliance.Scope `json:"scopes" minItems:"1" maxItems:"20" doc:"object:verb, object:* or *"`
	ExpiresAt *time.Time        `json:"expires_at,omitempty" nullable:"true" doc:"Left out or null: never"`
}

type createKeyInput struct {
	Idempotent
	Body APIKeyRequest
}

func (a *API) createKey(ctx context.Context, in *createKeyInput) (*Output[NewAPIKey], error) {
	c := callerOf(ctx)
	secret := auth.NewAPIKey()
	key := appliance.APIKey{AccountID: c.Account.ID, Name: in.Body.Name, Scopes: in.Body.Scopes,
		Prefix: auth.KeyPrefix(secret)}
	p := problemsOf(key.Validate())
	if end := in.Body.ExpiresAt; end != nil {
		key.ExpiresAt = end.UTC()
		if !key.ExpiresAt.After(a.Clock()) {
			p.Add("expires_at", "This time has passed. Please choose a later one, or leave it out.")
		}
	}
	if err := p.Err(); err != nil {
		return nil, err
	}
	key, err := a.Store.CreateKey(ctx, c.By(), in.once(ctx, "createKey", in.Body), key, secret.Hash())
	if err != nil {
		return nil, err
	}
	return &Output[NewAPIKey]{NewAPIKey{APIKey: keyOf(key), Key: string(secret)}}, nil
}

// KeyPath names an API key.
type KeyPath struct {
	ID appliance.KeyID `path:"id" doc:"Id of the key"`
}

func (a *API) revokeKey(ctx context.Context, in *KeyPath) (*None, error) {
	c := callerOf(ctx)
	return &None{}, a.Store.RevokeKey(ctx, c.By(), c.Account.ID, in.ID)
}
