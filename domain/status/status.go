// Package status tells how the service is, as one process sees it, and how much of it is a tenant's own.
package status

import (
	"context"
	"time"

	"tidemark/domain/bounds"
	"tidemark/domain/fault"
	"tidemark/domain/reach"
	"tidemark/domain/region"
	"tidemark/domain/tail"
	"tidemark/domain/telemetry"
	"tidemark/domain/work"
	"tidemark/ports/chunks"
	"tidemark/ports/journal"
	"tidemark/ports/sched"
)

// Config is what a process knows of itself.
type Config struct {
	Version string      // of the program
	Region  region.Name // that it runs in
	Journal region.Name // that its journal is in
	Shards  int         // of every tenant; 0 is 1
}

// Stores are the ports that are asked whether they answer.
type Stores struct {
	Directory journal.Directory
	Accounts  *bounds.Accounts
	Watch     *reach.Watch // knows it already: nobody is asked; nil is nobody
}

// Uses are the use cases that know figures.
type Uses struct {
	Tail  *tail.Tail
	Work  *work.Service
	Clock *bounds.Clock
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
	Journal  Journal
	Away     []string // of several accounts, the names of those whose primary endpoint is out of reach
	Poisoned *int     // tasks that failed too often; nil while the account does not say
}

// Journal is a tenant's part of a journal.
type Journal struct {
	Region  region.Name
	Answers bool          // it does, to this process
	Held    *tail.Held    // nil while the process has not looked
	Age     time.Duration // how long ago it has, where it has
}

// patience is how long a status waits for a storage that does not answer.
const patience = 2 * time.Second

// Status asks the journal and both endpoints of the account, each once and side by side, unless a watch knows how they
// are. The tenant's part of the journal is counted by the process: a status calls nobody for each shard. What does not
// answer is a part of the report and no error.
func (s *Service) Status(ctx context.Context, t telemetry.Tenant) (Report, error) {
	ctx, cancel := s.sched.WithTimeout(ctx, patience)
	defer cancel()
	r := Report{Version: s.cfg.Version, Region: s.cfg.Region}
	poisoned := func(ctx context.Context) {
		if n, err := s.uses.Work.Poisoned(ctx, t); err == nil {
			r.Poisoned = &n
		}
	}
	now := s.asked
	if s.at.Watch != nil {
		now = s.watched
	}
	found := now(ctx, poisoned)
	if r.Tidemark = found.Least(); r.Tidemark.Known() {
		r.Behind = max(0, s.uses.Clock.Now(ctx).Sub(r.Tidemark.At))
	}
	r.Journal = s.journal(t)
	r.Journal.Answers = found.Health(region.JournalOf(s.cfg.Journal)).Answers()
	r.Mode, r.Flow, r.Away = found.Mode(), found.Flow(), s.away(found)
	return r, nil
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

// watched is what the watch knows. The tasks are asked for where home answers.
func (s *Service) watched(ctx context.Context, tasks func(context.Context)) region.Reach {
	now := s.at.Watch.Reach()
	if now.Health(region.PrimaryOf(s.at.Accounts.At(0).Name)).Answers() {
		tasks(ctx)
	}
	return now
}

// asked is what answers just now, and nothing else: it remembers nothing.
func (s *Service) asked(ctx context.Context, tasks func(context.Context)) region.Reach {
	var answers bool
	var tide region.Tidemark
	var primaries []bool
	asks := []func(context.Context){
		func(ctx context.Context) {
			_, err := s.at.Directory.Now(ctx)
			answers = err == nil
		},
		func(ctx context.Context) {
			if told, err := s.at.Accounts.Tidemark(ctx); err == nil {
				tide = told
			}
		},
		func(ctx context.Context) { primaries = s.primariesAnswer(ctx) },
		tasks,
	}
	_ = sched.Each(ctx, s.sched, len(asks), len(asks), func(ctx context.Context, i int) error {
		asks[i](ctx)
		return nil
	})
	return s.found(answers, primaries, tide)
}

// found is what follows from answers.
func (s *Service) found(journal bool, primaries []bool, tide region.Tidemark) region.Reach {
	var accounts []region.Account
	for i := range primaries {
		accounts = append(accounts, region.Account{Name: s.at.Accounts.At(i).Name})
	}
	out, now := region.New(region.Policy{}, []region.Name{s.cfg.Journal}, accounts...), s.sched.Now()
	called := func(at region.Endpoint, answers bool) {
		outcome := region.Failed
		if answers {
			outcome = region.Answered
		}
		out, _ = out.Step(region.Called{At: at, Outcome: outcome, Began: now}, now)
	}
	called(region.JournalOf(s.cfg.Journal), journal)
	for i, a := range accounts {
		called(region.PrimaryOf(a.Name), primaries[i])
		out, _ = out.Step(region.Told{Account: a.Name, Tide: tide}, now)
	}
	return out
}

// journal is what the process knows of the tenant's part.
func (s *Service) journal(t telemetry.Tenant) Journal {
	j := Journal{Region: s.cfg.Journal}
	if f := s.uses.Tail.Figures(t, s.cfg.Shards); !f.Looked.IsZero() {
		j.Held, j.Age = &f.Held, max(0, s.sched.Now().Sub(f.Looked))
	}
	return j
}

// primariesAnswer reads a row of each account, be it there or not, side by side.
func (s *Service) primariesAnswer(ctx context.Context) []bool {
	answers := make([]bool, s.at.Accounts.Len())
	_ = sched.Each(ctx, s.sched, len(answers), len(answers), func(ctx context.Context, i int) error {
		_, err := s.at.Accounts.At(i).Rows.Get(ctx, chunks.HorizonKey("status"))
		answers[i] = err == nil || fault.Is(err, fault.NotFound)
		return nil
	})
	return answers
}
