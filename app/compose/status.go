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

// Status asks the journal, the account and the poison queue, side by side.
func (s *status) Status(ctx context.Context) (httpapi.Report, error) {
	ctx, cancel := s.sched.WithTimeout(ctx, statusPatience)
	defer cancel()
	var journal, account error
	var tide region.Tidemark
	var poisoned int
	asks := []func(context.Context){
		func(ctx context.Context) { _, journal = s.front.Directory.Now(ctx) },
		func(ctx context.Context) { tide, account = s.front.Tide.Tidemark(ctx) },
		func(ctx context.Context) { poisoned, _ = s.work.Poisoned(ctx) },
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
		r.Mode = "read-only"
	}
	r.Account, r.Tidemark = s.account(tide, account)
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
		_, _ = s.tail.Snapshot(ctx, shards[i])
		return nil
	})
}

func (s *status) account(tide region.Tidemark, err error) (string, httpapi.TidemarkReport) {
	switch {
	case err != nil:
		return "paused", httpapi.TidemarkReport{State: region.Unavailable.String()}
	case !tide.Known():
		return "growing", httpapi.TidemarkReport{State: tide.State.String()}
	}
	age := max(0, s.sched.Now().Sub(tide.At).Seconds())
	return "settling", httpapi.TidemarkReport{State: tide.State.String(), At: &tide.At, AgeSeconds: &age}
}

// Ready is nil from when the node listens until it begins to stop.
func (s *status) Ready(context.Context) error {
	if s.ready.Load() {
		return nil
	}
	return &fault.Error{Kind: fault.Unavailable, Op: "ready", Message: "the node is starting or stopping: ask another", RetryAfter: time.Second}
}
