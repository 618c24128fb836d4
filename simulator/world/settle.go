package world

import (
	"context"
	"fmt"
	"time"

	"tidemark/adapters/memory"
	"tidemark/domain/query"
	"tidemark/domain/telemetry"
	"tidemark/simulator/history"
	"tidemark/simulator/world/internal/succession"
)

// heal ends everything that goes wrong: every node runs, every way is open, and the account is geo-redundant and live.
func (r *run) heal(ctx context.Context) error {
	if err := r.calm(); err != nil {
		return err
	}
	for _, a := range r.w.replicated() {
		if err := r.w.redundant(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

// settle lets the world come to rest without faults, and looks at the end: no block in the journal, and every node,
// old or new, with a cache or without, answers the same.
func (r *run) settle(ctx context.Context) error {
	w := r.w
	if r.wiped != nil && r.wiped.End == succession.Unfilled {
		return r.speechless(ctx)
	}
	if r.gone != "" {
		return r.outlive(ctx)
	}
	if err := r.heal(ctx); err != nil {
		return err
	}
	r.rec.h.Enter(w.Sched.Now(), history.Healed)
	r.rec.lost(w)
	for i := 0; ; i++ {
		_ = w.Sched.Sleep(ctx, 10*time.Second)
		blocks, streams, err := r.journal(ctx)
		if err != nil {
			return err
		}
		r.rec.h.Note(w.Sched.Now(), history.Left{What: "blocks in the journal", Count: blocks})
		r.rec.h.Note(w.Sched.Now(), history.Left{What: "streams that are not finished", Count: streams})
		if stuck := int(promised(r.plan).Patience / (10 * time.Second)); blocks+streams == 0 && i > 12 || i > stuck {
			break // also past every held append
		}
	}
	r.settleClerks(ctx)
	fresh := []*Node{r.start("east/fresh")}
	if w.West != nil {
		fresh = append(fresh, r.start("west/fresh"))
	}
	for _, n := range append(r.nodes[:len(r.nodes):len(r.nodes)], fresh...) {
		for s := range r.plan.Sources {
			r.read(ctx, "end", n, r.series(s))
			r.latest(ctx, "end", n, r.series(s))
		}
		if err := r.agree(ctx, n); err != nil {
			return err
		}
	}
	for _, s := range w.sites() {
		if n, err := s.Queue.Length(ctx); err != nil || n > 40 {
			return fmt.Errorf("after the peace a queue holds %d messages (%v)", n, err)
		}
	}
	return nil
}

// agree compares what a node says of series and sources with their readings and with what was acknowledged.
func (r *run) agree(ctx context.Context, n *Node) error {
	series, err := n.Query.Series(ctx, tenant, query.Selector{}, telemetry.Series{}, 1000)
	if err != nil {
		return err
	}
	listed := map[telemetry.Series]bool{}
	for _, s := range series.Series {
		listed[s.Series] = true
		page, err := n.Query.Readings(ctx, tenant, query.ReadingsQuery{Series: s.Series, From: telemetry.MinTime,
			To: telemetry.MaxTime, Limit: 1 << 20})
		if err != nil {
			return err
		}
		count := len(page.Times)
		if int(s.Count) != count || count > 0 && (s.First != page.Times[0] || s.Last != page.Times[count-1]) {
			return fmt.Errorf("series %v: %d readings of %d..%d, read were %d", s.Series, s.Count, s.First, s.Last,
				count)
		}
	}
	sources, err := n.Query.Sources(ctx, tenant, query.Selector{}, nil, 1000)
	if err != nil {
		return err
	}
	labelled := map[telemetry.Source]bool{}
	for _, s := range sources.Sources {
		labelled[s.Source] = len(s.Labels) == 1 && s.Labels[0] == labelOf(s.Source)
	}
	for _, op := range r.rec.h.Ops {
		if op.Outcome != history.Done {
			continue
		}
		for _, c := range op.Call.Readings {
			s := telemetry.Series{Source: telemetry.Source(c.Source), Metric: telemetry.Metric(c.Metric)}
			if !listed[s] {
				return fmt.Errorf("series %v is not listed, which operation %d brought", s, op.ID)
			}
			if !labelled[s.Source] {
				return fmt.Errorf("source %q lacks the label that operation %d brought", s.Source, op.ID)
			}
		}
	}
	return nil
}

// journal counts what the journals hold: blocks above dropped marks, and streams that are not finished.
func (r *run) journal(ctx context.Context) (blocks, streams int, err error) {
	for _, s := range r.w.sites() {
		b, open, err := r.held(ctx, s.Journal.Another())
		if err != nil {
			return 0, 0, err
		}
		blocks, streams = blocks+b, streams+open
	}
	return blocks, streams, nil
}

// held counts what one journal holds.
func (r *run) held(ctx context.Context, j *memory.Journal) (blocks, streams int, err error) {
	for reg, err := range j.Shards(ctx) {
		if err != nil {
			return 0, 0, err
		}
		for day := reg.First; day <= telemetry.DayOf(r.w.Sched.Now())+1; day++ {
			idx, err := j.Index(ctx, reg.Shard, day)
			if err != nil {
				return 0, 0, err
			}
			streams += len(idx.Streams)
			for _, st := range idx.Streams {
				for _, err := range j.Read(ctx, st.Stream, st.Mark) {
					if err != nil {
						return 0, 0, err
					}
					blocks++
				}
			}
		}
	}
	return blocks, streams, nil
}
