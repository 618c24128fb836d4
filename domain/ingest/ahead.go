package ingest

import (
	"context"
	"time"

	"tidemark/domain/telemetry"
)

// ahead is how long before midnight, by the storage's clock, a process that writes prepares the next day: no write at
// midnight waits for its tables.
const ahead = time.Hour

// lookAhead prepares the next day when it is near. Failing is harmless: the next block tries again, and in the end
// the day's first stream does it.
func (l *lane) lookAhead(ctx context.Context) {
	s := l.s
	s.mu.Lock()
	day := telemetry.DayOf(s.clock.now(s.sched.Now()).Add(ahead))
	if st := l.stream; !s.clock.steady(s.sched.Steps()) || st == nil || st.id.Day >= day ||
		s.known.prepared[day] || s.preparing {
		s.mu.Unlock()
		return
	}
	s.preparing = true
	s.live++
	s.mu.Unlock()
	s.sched.Go("ingest ahead", func() {
		ctx, cancel := s.sched.WithTimeout(ctx, s.cfg.BirthTimeout)
		defer cancel()
		err := s.log.Directory.Prepare(ctx, day)
		s.mu.Lock()
		defer s.mu.Unlock()
		if err == nil {
			s.known.prepared[day] = true
		}
		s.preparing = false
		s.ends()
	})
}
