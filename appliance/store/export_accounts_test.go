package store

// RememberCallers bounds the number of log-ins and keys that are held in memory.
func (s *Store) RememberCallers(most int) {
	s.callers.mu.Lock()
	defer s.callers.mu.Unlock()
	s.callers.most = most
}
