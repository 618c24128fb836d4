package compose

import (
	"context"
	"sync/atomic"
	"time"

	"tidemark/adapters/httpapi"
	"tidemark/domain/fault"
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
	front   Stores
	tail    *tail.Tail
	work    *work.Service
	sched   sched.Scheduler
	ready   atomic.Bool
}

// statusPatience is how long a status waits for a storage that does not answer.
const statusPatience = 2 * time.Second

// Status asks the journal, both endpoints of the account and the poison queue, side by side.
func (s *status) Status(ctx context.Context) (httpapi.Report, error) {
	ctx, cancel := s.sched.WithTimeout(ctx, statusPatience)
	defer cancel()
	var journal, primary, secondary error
	var tide region.Tidemark
	var poisoned *int
	asks := []func(context.Context){
		func(ctx context.Context) { _, journal = s.front.Directory.Now(ctx) },
		func(ctx context.Context) { tide, secondary = s.front.Tide.Tidemark(ctx) },
		func(ctx context.Context) { primary = s.askPrimary(ctx) },
		func(ctx context.Context) {
			if n, err := s.work.Poisoned(ctx); err == nil {
				poisoned = &n
			}
		},
		s.look,
	}
	_ = sched.Each(ctx, s.sched, len(asks), len(asks), func(ctx context.Context, i int) error {
		asks[i](ctx)
		return nil
	})
	held := s.tail.Held()
	r := httpapi.Report{Version: s.version, Region: s.region, Mode: "normal", Poisoned: poisoned, AtRisk: held.Readings,
		Journals: []httpapi.JournalReport{{Region: s.journal, Reachable: journal == nil, Blocks: held.Blocks, Bytes: held.Bytes}}}
	if journal != nil {
		r.Mode = "unavailable"
	}
	r.Tidemark = s.tidemark(tide, secondary)
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

// mostShards bounds what one status looks at: beyond it blocks are counted as this node's questions last saw them.
const mostShards = 200

// look follows the journal anew, so that what the tail holds is what is there now, also on a node that nobody asks. What does not answer is
// counted as it was last seen.
func (s *status) look(ctx context.Context) {
	var shards []telemetry.Shard
	for r, err := range s.front.Directory.Shards(ctx) {
		if err != nil || len(shards) == mostShards {
			break
		}
		shards = append(shards, r.Shard)
	}
	_ = sched.Each(ctx, s.sched, len(shards), 8, func(ctx context.Context, i int) error {
		_, _ = s.tail.Part(ctx, shards[i], 0) // counted, whether there is room for it in memory or not
		return nil
	})
}

// askPrimary reads a row, be it there or not. The tidemark is told by the secondary of a geo-redundant account, which goes on telling it while the
// primary is gone.
func (s *status) askPrimary(ctx context.Context) error {
	_, err := s.front.Rows.Get(ctx, chunks.HorizonKey("status"))
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

// tidemark is what the account said of its replication, or that it said nothing.
func (s *status) tidemark(tide region.Tidemark, err error) httpapi.TidemarkReport {
	switch {
	case err != nil:
		return httpapi.TidemarkReport{State: region.Unavailable.String()}
	case !tide.Known():
		return httpapi.TidemarkReport{State: tide.State.String()}
	}
	age := max(0, s.sched.Now().Sub(tide.At).Seconds())
	return httpapi.TidemarkReport{State: tide.State.String(), At: &tide.At, AgeSeconds: &age}
}

// Ready is nil from when the node listens until it begins to stop.
func (s *status) Ready(context.Context) error {
	if s.ready.Load() {
		return nil
	}
	return &fault.Error{Kind: fault.Unavailable, Op: "ready", Message: "the node is starting or stopping: ask another", RetryAfter: time.Second}
}
