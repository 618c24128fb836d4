package continuity

import (
	"context"
	"sync"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/blockcodec"
	"tidemark/ports/journal"
	"tidemark/ports/sched"
)

// Elsewhere is the other region's journal, as compaction needs it (compaction.Elsewhere): its clock, the oldest stamp
// in it, and the marks that move there too. It is safe for concurrent use.
type Elsewhere struct {
	site     journal.Site
	sched    sched.Scheduler
	parallel int

	mu     sync.Mutex
	oldest map[telemetry.Stream]aged
}

// aged is the oldest stamp of a stream, as of a version and a mark, and the highest number that it held.
type aged struct {
	version string
	mark    telemetry.Number
	oldest  telemetry.Stamp
	highest telemetry.Number
}

// of is the oldest stamp of the stream as it is listed now; known is false where that has to be read.
func (a aged) of(st journal.State) (oldest telemetry.Stamp, known bool) {
	switch {
	case a.version == "" || a.version != st.Version:
		return 0, false
	case st.Mark >= a.highest: // everything it held was dropped, and nothing came
		return never, true
	}
	return a.oldest, a.mark == st.Mark
}

// NewElsewhere makes it.
func NewElsewhere(far journal.Site, s sched.Scheduler) *Elsewhere {
	return &Elsewhere{site: far, sched: s, parallel: 8, oldest: map[telemetry.Stream]aged{}}
}

// never is later than every stamp.
const never = telemetry.Stamp(1<<64 - 1)

// Now is the journal's clock.
func (e *Elsewhere) Now(ctx context.Context) (time.Time, error) { return e.site.Directory.Now(ctx) }

// Oldest is the oldest stamp of a shard's blocks above the marks, of everything that was stored before it was called;
// later than every stamp if there is none. Bodies are not read, and of a stream that is as it was not even heads.
func (e *Elsewhere) Oldest(ctx context.Context, of telemetry.Shard) (telemetry.Stamp, error) {
	first, err := e.site.Directory.First(ctx, of)
	if fault.Is(err, fault.NotFound) {
		return never, nil
	}
	if err != nil {
		return 0, err
	}
	var streams []journal.State
	last := first
	for day := first; day <= last; day++ {
		idx, err := e.site.Journal.Index(ctx, of, day)
		if err != nil {
			return 0, err
		}
		streams = append(streams, idx.Streams...)
		last = max(last, telemetry.DayOf(idx.At)+1)
	}
	stamps := make([]telemetry.Stamp, len(streams))
	err = sched.Each(ctx, e.sched, len(streams), e.parallel, func(ctx context.Context, i int) (err error) {
		stamps[i], err = e.ofStream(ctx, streams[i])
		return err
	})
	if err != nil {
		return 0, err
	}
	e.keep(of, streams)
	oldest := never
	for _, s := range stamps {
		oldest = min(oldest, s)
	}
	return oldest, nil
}

// ofStream is the oldest stamp of a stream.
func (e *Elsewhere) ofStream(ctx context.Context, st journal.State) (telemetry.Stamp, error) {
	e.mu.Lock()
	was := e.oldest[st.Stream]
	e.mu.Unlock()
	if oldest, known := was.of(st); known {
		return oldest, nil
	}
	now := aged{version: st.Version, mark: st.Mark, oldest: never}
	for h, err := range e.site.Journal.Heads(ctx, st.Stream, st.Mark) {
		if err != nil {
			return 0, err
		}
		stamp := h.Stamp
		now.highest = max(now.highest, h.Number)
		switch {
		case h.Void:
			continue
		case stamp == 0:
			if stamp, err = e.read(ctx, st.Stream, h.Number); err != nil {
				return 0, err
			}
		}
		now.oldest = min(now.oldest, stamp)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.oldest[st.Stream] = now
	return now.oldest, nil
}

// read is the stamp of a block that was stored without one; the greatest if it is gone.
func (e *Elsewhere) read(ctx context.Context, s telemetry.Stream, n telemetry.Number) (telemetry.Stamp, error) {
	for entry, err := range e.site.Journal.Read(ctx, s, n-1) {
		if err != nil {
			return 0, err
		}
		if entry.Number != n || entry.Void {
			break
		}
		v, err := blockcodec.Open(entry.Block)
		if err != nil {
			return 0, fault.Wrap(fault.Corrupt, "continuity.oldest", err)
		}
		return v.Header().Stamp, nil
	}
	return never, nil
}

// keep forgets streams of a shard that are not listed any more.
func (e *Elsewhere) keep(of telemetry.Shard, streams []journal.State) {
	listed := map[telemetry.Stream]bool{}
	for _, st := range streams {
		listed[st.Stream] = true
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for s := range e.oldest {
		if s.Shard == of && !listed[s] {
			delete(e.oldest, s)
		}
	}
}

// Drop moves a mark there, too. A stream that never came there is none.
func (e *Elsewhere) Drop(ctx context.Context, s telemetry.Stream, through telemetry.Number) error {
	err := e.site.Journal.Drop(ctx, s, through)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}
