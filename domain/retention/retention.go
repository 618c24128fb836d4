// Package retention takes away what is not to be kept: it carries out deletions in chunks that were made before them
// (Purge), deletes the rows of readings that a tenant's retention has passed (Retain), and gives up whole periods
// (Expire).
//
// Like compaction it may run anywhere, any number of times, on several machines at once: every change is a
// compare-and-swap on what was just read.
package retention

import (
	"context"
	"time"

	"tidemark/domain/bounds"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
	"tidemark/ports/sched"
)

// Config bounds the work.
type Config struct {
	Settling bounds.Settling
	// Keep is how long a tenant's readings are kept, 0 for ever; nil keeps everything.
	Keep func(telemetry.Tenant) time.Duration
}

// Service carries out deletions and retention. It is safe for concurrent use.
type Service struct {
	cfg       Config
	directory journal.Directory
	rows      *bounds.Accounts
	sched     sched.Scheduler
}

// New makes a service.
func New(cfg Config, d journal.Directory, rows *bounds.Accounts, s sched.Scheduler) *Service {
	cfg.Settling = cfg.Settling.WithDefaults()
	if cfg.Keep == nil {
		cfg.Keep = func(telemetry.Tenant) time.Duration { return 0 }
	}
	return &Service{cfg: cfg, directory: d, rows: rows, sched: s}
}

// now is the clock by which things expire: what is gone is gone for good.
func (s *Service) now(ctx context.Context) (time.Time, error) {
	stored, err := s.directory.Now(ctx)
	return bounds.Earlier(s.sched.Now(), stored), err
}
