package compose

import (
	"log/slog"
	"sync/atomic"
	"time"

	"go.uber.org/fx"

	"tidemark/domain/ingest"
	"tidemark/domain/region"
	"tidemark/domain/telemetry"
	"tidemark/domain/work"
	"tidemark/ports/sched"
)

// ingestPart gives the writer. It stops by answering what it accepted and ending its streams.
func ingestPart(cfg Writing, try time.Duration) fx.Option {
	return fx.Module("ingest",
		fx.Provide(func(f *foundation, s sched.Scheduler, w *work.Service, m *metrics, l *slog.Logger,
			seen *stampsSeen) *ingest.Service {
			log := ingest.Log{Region: region.Name(f.place.Region), Journal: f.storage.front.Journal,
				Directory: f.storage.front.Directory}
			writers := func() telemetry.Writer { return telemetry.Writer(newULID(s.Now())) }
			in := ingest.New(ingest.Config{Shards: cfg.Shards, Flights: cfg.Flights, Linger: cfg.Linger,
				MaxInFlight:   cfg.MaxInFlight,
				AppendTimeout: try, Idle: cfg.Idle, Bound: cfg.Bound}, log, s, writers, w.Hint, m.ingest(l))
			seen.writer.Store(in)
			return in
		}),
		fx.Invoke(func(lc fx.Lifecycle, in *ingest.Service) {
			lc.Append(stopHook("the writer", writerDeadline, in.Close))
		}))
}

// stampsSeen hands the stamps that the tail sees to the writer. The writer hints at work, work reads the tail, and
// the tail tells the writer: this is where the circle is closed.
type stampsSeen struct {
	writer atomic.Pointer[ingest.Service]
}

func (s *stampsSeen) observe(stamp telemetry.Stamp) {
	if in := s.writer.Load(); in != nil {
		in.Observe(stamp)
	}
}
