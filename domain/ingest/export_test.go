package ingest

// Busy reports whether somebody works on the service's state just now, so that nobody else can.
func (s *Service) Busy() bool {
	if !s.mu.TryLock() {
		return true
	}
	s.mu.Unlock()
	return false
}
