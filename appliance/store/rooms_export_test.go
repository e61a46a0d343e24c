package store

import "harmonium/appliance"

// CloseConversations is what closing a session does to its conversations.
func (s *Store) CloseConversations(tx *Tx, id appliance.SessionID) error {
	return s.closeConversations(tx, id)
}

// ReopenConversations is what opening it again does.
func ReopenConversations(tx *Tx, id appliance.SessionID) error { return reopenConversations(tx, id) }
