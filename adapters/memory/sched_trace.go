package memory

// Trace is the end of the schedule, at most 4,096 scheduling points: when, who, and from which point it went on.
func (s *Sched) Trace() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.trace.Lines()
}

// Hash stands for the whole schedule since NewSched: equal histories have equal hashes.
func (s *Sched) Hash() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.trace.Hash()
}
