package loss

import (
	"context"
	"slices"
	"time"

	"tidemark/domain/bounds"
	"tidemark/domain/fault"
	"tidemark/domain/sweep"
	"tidemark/domain/telemetry"
	"tidemark/ports/chunks"
	"tidemark/ports/journal"
)

// Survey is what a certificate is computed from.
type Survey struct {
	Survivor, Gone journal.Peer
	Journal        journal.Journal
	Directory      journal.Directory
	// Rows are the account's, for the floors of the shards; nil: it is not asked.
	Rows chunks.Store
	// LastAck is when the lost journal acknowledged for the last time at the latest, as somebody says; zero: when the
	// survivor was read.
	LastAck time.Time
	// Even is a time of which somebody knows that both journals had whatever was stored before it, as nodes tell it
	// (continuity.Service.Even); zero: what the last sweep of the two wrote into the survivor.
	Even time.Time
}

// Certify says what is lost. Of a journal that somebody writes to meanwhile it says what it was when each stream was
// read. The second result is the greatest stamp that it saw.
func (s Survey) Certify(ctx context.Context) (c Certificate, newest telemetry.Stamp, err error) {
	c = Certificate{Version: Version, Survivor: Journal(s.Survivor), Gone: Journal(s.Gone), Rows: AskedNone,
		Floors: AskedNone, Shards: []Shard{}}
	now, err := s.Directory.Now(ctx)
	if err != nil {
		return c, 0, err
	}
	c.ReadAt = now.UTC()
	c.LastAck = Moment{c.ReadAt, ByStorage}
	if !s.LastAck.IsZero() {
		c.LastAck = Moment{s.LastAck.UTC(), ByOperator}
	}
	if c.Even, err = s.even(ctx); err != nil {
		return c, 0, err
	}
	registered, err := bounds.Registered(ctx, s.Directory)
	if err != nil {
		return c, 0, err
	}
	slices.SortFunc(registered, func(a, b journal.Registered) int {
		return a.Shard.Compare(b.Shard)
	})
	for _, r := range registered {
		shard, latest, err := s.shard(ctx, r, telemetry.DayOf(now)+1)
		if err != nil {
			return c, 0, err
		}
		newest = max(newest, latest)
		c.Shards = append(c.Shards, shard)
		c.Totals.add(shard)
	}
	return c, newest, s.floors(ctx, &c)
}

// even is up to when both journals are known to have been the same; nil: nobody knows. What sweeps wrote of the
// survivor and another journal than the one that is gone says nothing of this one.
func (s Survey) even(ctx context.Context) (*Moment, error) {
	if !s.Even.IsZero() {
		return &Moment{s.Even.UTC(), ByOperator}, nil
	}
	row, err := s.Directory.Even(ctx, s.Gone)
	if fault.Is(err, fault.NotFound) || err == nil && !row.Sound() {
		return nil, nil
	}
	return &Moment{row.Time.UTC(), ByRow}, err
}

func (t *Totals) add(s Shard) {
	t.Streams += len(s.Streams)
	for _, st := range s.Streams {
		for _, r := range st.Lost {
			t.Lost += uint64(r.Last-r.First) + 1
		}
		for _, r := range st.Unknown {
			if r.Last == 0 {
				t.Open++
				continue
			}
			t.Unknown += uint64(r.Last-r.First) + 1
		}
	}
}

// shard goes over the days of a shard.
func (s Survey) shard(ctx context.Context, r journal.Registered, last telemetry.Day) (out Shard, newest telemetry.Stamp,
	err error) {
	out = Shard{Tenant: r.Shard.Tenant, Index: r.Shard.Index, Streams: []Stream{}}
	for day := r.First; day <= last; day++ {
		idx, err := s.Journal.Index(ctx, r.Shard, day)
		if err != nil {
			return out, 0, err
		}
		for _, st := range idx.Streams {
			stream, stamp, err := s.stream(ctx, st)
			if err != nil {
				return out, 0, err
			}
			newest = max(newest, stamp)
			out.Streams = append(out.Streams, stream)
		}
	}
	return out, newest, nil
}

// stream says what is left of a stream. Its numbers are read first and its mark after them: what was dropped meanwhile
// is not missing.
func (s Survey) stream(ctx context.Context, st journal.State) (out Stream, newest telemetry.Stamp, err error) {
	have := map[telemetry.Number]bool{}
	var highest, block telemetry.Number
	for h, err := range s.Journal.Heads(ctx, st.Stream, st.Mark) {
		if err != nil {
			return out, 0, err
		}
		have[h.Number], highest, newest = true, max(highest, h.Number), max(newest, h.Stamp)
		if !h.Void {
			block = max(block, h.Number)
		}
	}
	st, err = s.Journal.State(ctx, st.Stream)
	if err != nil {
		return out, 0, err
	}
	out = Stream{Day: st.Stream.Day.String(), Writer: st.Stream.Writer, Life: st.Told(), Dropped: st.Mark,
		Last: max(highest, st.Mark)}
	said, err := sweep.Said(ctx, s.Journal, st.Stream, block)
	switch {
	case fault.Is(err, fault.Corrupt):
		out.Unreadable = block
	case err != nil:
		return out, 0, err
	}
	out.Acked, out.Whole, newest = said.Acked, said.Whole, max(newest, said.Stamp)
	out.missing(have)
	if _, known := st.End(); !known {
		out.Unknown = append(out.Unknown, Range{First: out.Last + 1})
	}
	return out, newest, nil
}

// missing says of each hole what it is: up to what is known to have been acknowledged it is lost.
func (st *Stream) missing(have map[telemetry.Number]bool) {
	st.Lost, st.Unknown = []Range{}, []Range{}
	for n := st.Dropped + 1; n <= st.Last; n++ {
		switch {
		case have[n]:
		case n <= st.Acked:
			st.Lost = with(st.Lost, n)
		default:
			st.Unknown = with(st.Unknown, n)
		}
	}
}

// with adds a number above all that are there.
func with(ranges []Range, n telemetry.Number) []Range {
	if i := len(ranges) - 1; i >= 0 && ranges[i].Last == n-1 {
		ranges[i].Last = n
		return ranges
	}
	return append(ranges, Range{n, n})
}

// floors has each shard say since when streams may have been born in the lost journal alone: what is stamped at or
// before a shard's floor was in neither journal when it was raised, and is in rows. An account that does not answer is
// told.
func (s Survey) floors(ctx context.Context, c *Certificate) error {
	if s.Rows == nil {
		return nil
	}
	for i := range c.Shards {
		of := &c.Shards[i]
		floor, _, err := bounds.Floor(ctx, s.Rows, telemetry.Shard{Tenant: of.Tenant, Index: of.Index})
		switch {
		case fault.Is(err, fault.Unavailable), fault.Is(err, fault.Canceled) && ctx.Err() == nil:
			for i := range c.Shards {
				c.Shards[i].Unheard = nil
			}
			c.Floors = NoAnswer
			return nil
		case err != nil:
			return err
		case floor > 0:
			of.Unheard = &Moment{floor.Time(), ByStamps}
		}
	}
	c.Floors = AskedAll
	return nil
}
