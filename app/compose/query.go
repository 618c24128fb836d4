package compose

import (
	"time"

	"go.uber.org/fx"

	"tidemark/domain/bounds"
	"tidemark/domain/query"
	"tidemark/domain/tail"
	"tidemark/domain/telemetry"
	"tidemark/ports/cache"
	"tidemark/ports/sched"
)

// tailPart follows the journal, for questions and for compaction.
func tailPart(cfg Config) fx.Option {
	return fx.Module("tail",
		fx.Provide(
			func() *stampsSeen { return new(stampsSeen) },
			func(f *foundation, s sched.Scheduler, seen *stampsSeen) *tail.Tail {
				from := f.storage.front
				if !cfg.Node.Role.Serves() {
					from = f.storage.back
				}
				return tail.New(tail.Config{Parallel: cfg.Reading.Parallel, Keep: cfg.Reading.TailKeep}, from.Journal,
					from.Directory, s, seen.observe)
			}),
		fx.Invoke(func(m *metrics, t *tail.Tail) {
			m.gauge("journal_blocks", "Blocks of the journal that are not settled yet, as far as this node follows it.",
				func() float64 { return float64(t.Held().Blocks) })
			m.gauge("journal_bytes", "Bytes of these blocks.", func() float64 { return float64(t.Held().Bytes) })
			m.gauge("journal_readings", "Readings in these blocks.",
				func() float64 { return float64(t.Held().Readings) })
		}))
}

// boundsPart gives the clock of the journal, and what is too old by it.
func boundsPart(cfg Config) fx.Option {
	return fx.Module("bounds", fx.Provide(
		func(f *foundation, s sched.Scheduler) *bounds.Clock {
			return bounds.NewClock(f.storage.back.Directory, s) // what it hears stays in the process
		},
		func(f *foundation, c *bounds.Clock, s sched.Scheduler) *bounds.Horizons {
			return bounds.NewHorizons(cfg.Work.retention, f.storage.front.Rows, c, s)
		}))
}

// queryPart gives the service that answers questions.
func queryPart(cfg Config) fx.Option {
	return fx.Module("query",
		fx.Provide(func(f *foundation, t *tail.Tail, c cache.Cache, s sched.Scheduler) *query.Service {
			return query.New(query.Config{Shards: cfg.Writing.Shards, Parallel: cfg.Reading.Parallel,
				CacheFor:  cfg.Reading.CacheFor,
				Retention: cfg.Work.retention, Region: cfg.Node.Region}, t, accountOf(f.storage.front), c, s)
		}))
}

// accountOf is the one function that says which account holds what: today all of it is in one.
func accountOf(s Stores) bounds.AccountOf {
	return func(telemetry.Tenant, telemetry.Day) bounds.Account {
		return bounds.Account{Rows: s.Rows, Tide: s.Tide}
	}
}

// retention is how long a tenant's readings are kept, 0 for ever.
func (w Work) retention(t telemetry.Tenant) time.Duration {
	if age, ok := w.TenantRetention[string(t)]; ok {
		return time.Duration(age)
	}
	return time.Duration(w.Retention)
}
