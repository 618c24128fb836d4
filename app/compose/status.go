package compose

import (
	"context"
	"sync/atomic"
	"time"

	"tidemark/adapters/httpapi/schema"
	"tidemark/domain/bounds"
	"tidemark/domain/fault"
	"tidemark/domain/node"
	"tidemark/domain/region"
	"tidemark/domain/tail"
	"tidemark/domain/telemetry"
	"tidemark/domain/work"
	"tidemark/ports/chunks"
	"tidemark/ports/sched"
)

// status says how the node is (httpapi.Status).
type status struct {
	version string
	region  string
	journal string // the region that the journal is in
	shards  int    // of every tenant
	front   node.Stores
	tail    *tail.Tail
	work    *work.Service
	clock   *bounds.Clock
	sched   sched.Scheduler
	ready   atomic.Bool
}

// statusPatience is how long a status waits for a storage that does not answer.
const statusPatience = 2 * time.Second

// Status asks the journal and both endpoints of the account, each once and side by side. What it says of readings and
// tasks is the tenant's own, and the journal's part of it is counted by the node: a status calls nobody for each
// shard.
func (s *status) Status(ctx context.Context, t telemetry.Tenant) (schema.Report, error) {
	ctx, cancel := s.sched.WithTimeout(ctx, statusPatience)
	defer cancel()
	var journal, primary, secondary error
	var tide region.Tidemark
	var poisoned *int
	asks := []func(context.Context){
		func(ctx context.Context) { _, journal = s.front.Directory.Now(ctx) },
		func(ctx context.Context) { tide, secondary = s.front.Rows.Tidemark(ctx) },
		func(ctx context.Context) { primary = s.askPrimary(ctx) },
		func(ctx context.Context) {
			if n, err := s.work.Poisoned(ctx, t); err == nil {
				poisoned = &n
			}
		},
	}
	_ = sched.Each(ctx, s.sched, len(asks), len(asks), func(ctx context.Context, i int) error {
		asks[i](ctx)
		return nil
	})
	r := schema.Report{Version: s.version, Region: s.region, Mode: "normal", Poisoned: poisoned,
		Tidemark: s.tidemark(ctx, tide, secondary)}
	if journal != nil {
		r.Mode = "unavailable"
	}
	s.count(&r, t, journal == nil)
	switch {
	case primary != nil:
		r.Account = "paused"
	case r.Tidemark.At == nil:
		r.Account = "growing"
	default:
		r.Account = "settling"
	}
	return r, nil
}

// count fills in what the node knows of the tenant's part of the journal.
func (s *status) count(r *schema.Report, t telemetry.Tenant, reachable bool) {
	j := schema.JournalReport{Region: s.journal, Reachable: reachable}
	if f := s.tail.Figures(t, s.shards); !f.Looked.IsZero() {
		age := max(0, s.sched.Now().Sub(f.Looked).Seconds())
		j.Blocks, j.Bytes, j.AgeSeconds, r.AtRisk = &f.Blocks, &f.Bytes, &age, &f.Readings
	}
	r.Journals = []schema.JournalReport{j}
}

// askPrimary reads a row, be it there or not. The tidemark is told by the secondary of a geo-redundant account, which
// goes on telling it while the primary is gone.
func (s *status) askPrimary(ctx context.Context) error {
	_, err := s.front.Rows.Get(ctx, chunks.HorizonKey("status"))
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

// tidemark is what the account said of its replication, or that it said nothing.
func (s *status) tidemark(ctx context.Context, tide region.Tidemark, err error) schema.TidemarkReport {
	switch {
	case err != nil:
		return schema.TidemarkReport{State: region.Unavailable.String()}
	case !tide.Known():
		return schema.TidemarkReport{State: tide.State.String()}
	}
	age := max(0, s.clock.Now(ctx).Sub(tide.At).Seconds())
	return schema.TidemarkReport{State: tide.State.String(), At: &tide.At, AgeSeconds: &age}
}

// Ready is nil from when the node listens until it begins to stop.
func (s *status) Ready(context.Context) error {
	if s.ready.Load() {
		return nil
	}
	return &fault.Error{Kind: fault.Unavailable, Op: "ready", Message: "the node is starting or stopping: ask another",
		RetryAfter: time.Second}
}
