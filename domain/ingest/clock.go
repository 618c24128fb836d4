package ingest

import (
	"context"
	"time"

	"tidemark/domain/telemetry"
)

// hybrid is the node's clock corrected by the storage's, and the stamps made of it. Answers of the storage carry its clock to the
// second: an answer that says By means that the storage's clock stood in [By, By+1s] when it answered.
type hybrid struct {
	stamps telemetry.Clock
	offset time.Duration // added to the node's clock
	tuned  bool          // the storage answered at least once
}

func (h *hybrid) now(node time.Time) time.Time { return node.Add(h.offset) }

// correct takes an answer of the storage that arrived just now. Only what the answer disproves is corrected.
func (h *hybrid) correct(node, by time.Time) {
	if by.IsZero() {
		return
	}
	h.tuned = true
	now := h.now(node)
	const resolution, travel = time.Second, time.Second
	switch {
	case now.Before(by):
		h.offset += by.Sub(now)
	case now.After(by.Add(resolution + travel)):
		h.offset -= now.Sub(by.Add(resolution + travel))
	}
}

// tune asks the storage for its clock before the first block of the process gets its stamp and its day: a stream of a day that has not come is not
// followed by readers, and a stamp far ahead would beat every correction for as long. A journal that does not answer is asked again with the next
// block; this one will not land either.
func (s *Service) tune(ctx context.Context) {
	s.mu.Lock()
	tuned := s.clock.tuned
	s.mu.Unlock()
	if tuned {
		return
	}
	ctx, cancel := s.sched.WithTimeout(ctx, s.cfg.AppendTimeout)
	defer cancel()
	at, err := s.log.Directory.Now(ctx)
	if err != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clock.correct(s.sched.Now(), at)
}
