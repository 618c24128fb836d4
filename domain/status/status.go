// Package status tells how the service is, as one process sees it, and how much of it is a tenant's own.
package status

import (
	"context"
	"time"

	"tidemark/domain/bounds"
	"tidemark/domain/region"
	"tidemark/domain/tail"
	"tidemark/domain/telemetry"
	"tidemark/domain/work"
	"tidemark/ports/sched"
)

// Config is what a process knows of itself.
type Config struct {
	Version string      // of the program
	Region  region.Name // that it runs in
	Journal region.Name // that its journal is in
	Shards  int         // of every tenant; 0 is 1
}

// Uses are the use cases that know figures.
type Uses struct {
	Tail  *tail.Tail
	Work  *work.Service
	Clock *bounds.Clock
	Pair  *Pair // nil where there is one journal
}

// Service tells the status. It is safe for concurrent use.
type Service struct {
	cfg   Config
	at    Stores
	uses  Uses
	sched sched.Scheduler
}

// New makes a service.
func New(cfg Config, at Stores, uses Uses, s sched.Scheduler) *Service {
	cfg.Shards = max(1, cfg.Shards)
	return &Service{cfg: cfg, at: at, uses: uses, sched: s}
}

// Report is how the service is. What it says of readings, blocks and tasks is a tenant's own.
type Report struct {
	Version  string
	Region   region.Name
	Mode     region.Mode
	Flow     region.Flow
	Tidemark region.Tidemark // zero where the account does not tell it
	Behind   time.Duration   // how far the tidemark is behind, where it is known
	Journals []Journal       // the nearest first
	Pair     *PairReport     // nil where there is one journal
	// AtRisk is how many readings were acknowledged and lie in one region: with one journal those that it holds, nil
	// while the process has not looked; with two those that this process acknowledged as one since it started and has
	// not found in both yet.
	AtRisk   *int64
	Away     []string // of several accounts, the names of those whose primary endpoint is out of reach
	Poisoned *int     // tasks that failed too often; nil while the account does not say
}

// Journal is a tenant's part of a journal, and how that is.
type Journal struct {
	Region region.Name
	Health region.Health // as this process finds it
	Held   *tail.Held    // nil while the process has not looked, and of a journal that it does not follow
	Age    time.Duration // how long ago it has, where it has
}

// patience is how long a status waits for a storage that does not answer.
const patience = 2 * time.Second

// Status asks the journal and both endpoints of the account, each once and side by side, unless a watch knows how they
// are. The tenant's part of the near journal is counted by the process: a status calls nobody for each shard. What does
// not answer is a part of the report and no error.
func (s *Service) Status(ctx context.Context, t telemetry.Tenant) (Report, error) {
	ctx, cancel := s.sched.WithTimeout(ctx, patience)
	defer cancel()
	r := Report{Version: s.cfg.Version, Region: s.cfg.Region}
	poisoned := func(ctx context.Context) {
		if n, err := s.uses.Work.Poisoned(ctx, t); err == nil {
			r.Poisoned = &n
		}
	}
	journals, accounts := s.at.found(ctx, s.sched, s.cfg.Journal, poisoned)
	if r.Tidemark = accounts.Least(); r.Tidemark.Known() {
		r.Behind = s.behind(ctx, r.Tidemark.At)
	}
	r.Journals = s.journals(t, journals)
	r.AtRisk = s.atRisk(t, r.Journals[0])
	if s.uses.Pair != nil {
		r.Pair = s.uses.Pair.report(func(at time.Time) time.Duration { return s.behind(ctx, at) })
	}
	r.Mode, r.Flow, r.Away = journals.Mode(), accounts.Flow(), s.away(accounts)
	return r, nil
}

// behind is how long ago a time is, by the journal's clock.
func (s *Service) behind(ctx context.Context, at time.Time) time.Duration {
	return max(0, s.uses.Clock.Now(ctx).Sub(at))
}

// journals are those of this process, and what it knows of the tenant's part.
func (s *Service) journals(t telemetry.Tenant, found region.Reach) []Journal {
	near := Journal{Region: s.cfg.Journal}
	if f := s.uses.Tail.Figures(t, s.cfg.Shards); !f.Looked.IsZero() {
		near.Held, near.Age = &f.Held, max(0, s.sched.Now().Sub(f.Looked))
	}
	all := []Journal{near}
	if s.uses.Pair != nil {
		all = append(all, Journal{Region: s.uses.Pair.Far})
	}
	for i := range all {
		all[i].Health = found.Health(region.JournalOf(all[i].Region))
	}
	return all
}

// atRisk is how many readings of a tenant are.
func (s *Service) atRisk(t telemetry.Tenant, near Journal) *int64 {
	if p := s.uses.Pair; p != nil {
		n := p.Risk.Of(t)
		return &n
	}
	if near.Held == nil {
		return nil
	}
	return &near.Held.Readings
}

// away is the names of several accounts that do not answer.
func (s *Service) away(found region.Reach) (names []string) {
	for _, i := range s.at.Accounts.All() {
		name := s.at.Accounts.At(i).Name
		if s.at.Accounts.Len() > 1 && !found.Health(region.PrimaryOf(name)).Answers() {
			names = append(names, name)
		}
	}
	return names
}
