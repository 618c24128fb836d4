package ingest

import (
	"context"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
)

// known is what the process knows of the journal, so that only the first stream of a shard and day costs more than
// its append: the days that have tables, and of each shard the day that it was registered for. It is forgotten when
// an append finds nothing there.
type known struct {
	prepared   map[telemetry.Day]bool
	registered map[telemetry.Shard]telemetry.Day
}

func newKnown() known {
	return known{prepared: map[telemetry.Day]bool{}, registered: map[telemetry.Shard]telemetry.Day{}}
}

// prepare makes the shard known to the journal before the stream is born: whoever is referred to is committed before
// whoever refers. What was done stays done, also if the time does not suffice for the rest.
func (s *Service) prepare(ctx context.Context, id telemetry.Stream) error {
	s.mu.Lock()
	prepared := s.known.prepared[id.Day]
	day, registered := s.known.registered[id.Shard]
	s.mu.Unlock()
	if !prepared {
		if err := late(s.log.Directory.Prepare(ctx, id.Day)); err != nil {
			return err
		}
		s.mu.Lock()
		s.known.prepared[id.Day] = true
		s.mu.Unlock()
	}
	if registered && day <= id.Day { // for its later days too: the first day never passes the storage's yesterday
		return nil
	}
	if err := late(s.log.Directory.Register(ctx, id.Shard, id.Day)); err != nil {
		return err
	}
	s.mu.Lock()
	s.known.registered[id.Shard] = id.Day
	s.mu.Unlock()
	return nil
}

// late says of a day that is over what it means: our clock is behind, and is corrected by and by.
func late(err error) error {
	if fault.Is(err, fault.Conflict) {
		return fault.Wrap(fault.Unavailable, "ingest.prepare", err)
	}
	return err
}

// unprepare forgets what is known of a stream's shard and day.
func (s *Service) unprepare(id telemetry.Stream) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.known.prepared, id.Day)
	delete(s.known.registered, id.Shard)
}
