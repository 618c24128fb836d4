package metered_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"tidemark/adapters/goruntime"
	"tidemark/adapters/memory"
	"tidemark/adapters/metered"
	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/cache"
	"tidemark/ports/cache/cachetest"
	"tidemark/ports/chunks"
	"tidemark/ports/chunks/chunkstest"
	"tidemark/ports/journal"
	"tidemark/ports/journal/journaltest"
	"tidemark/ports/queue/queuetest"
)

// heard is what a meter was told.
type heard struct {
	mu    sync.Mutex
	now   time.Time
	calls []string
	rows  map[chunks.Table]int
}

func (h *heard) meter() metered.Meter {
	h.rows = map[chunks.Table]int{}
	return metered.Meter{
		Now: func() time.Time {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.now = h.now.Add(time.Second)
			return h.now
		},
		Called: func(op string, took time.Duration, err error) {
			h.mu.Lock()
			defer h.mu.Unlock()
			result := "ok"
			if err != nil {
				result = fault.KindOf(err).String()
			}
			h.calls = append(h.calls, fmt.Sprintf("%s %s %s", op, took, result))
		},
		Changed: func(in chunks.Table, rows int) {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.rows[in] += rows
		}}
}

func TestMeteredPortsPassTheProofs(t *testing.T) {
	t.Run("journal", func(t *testing.T) {
		journaltest.Run(t, journaltest.Harness{Second: true, New: func(journaltest.T) journaltest.Fixture {
			inner, h := memory.NewJournal(goruntime.New()), &heard{}
			j, d := metered.Journal(inner, h.meter()), metered.Directory(inner, h.meter())
			return journaltest.Fixture{Journal: j, Directory: d, SecondJournal: j, SecondDirectory: d}
		}})
	})
	t.Run("rows", func(t *testing.T) {
		chunkstest.Run(t, chunkstest.Harness{Second: true, New: func(chunkstest.T) chunkstest.Fixture {
			s := metered.Rows(memory.NewRows(goruntime.New()), (&heard{}).meter())
			return chunkstest.Fixture{Store: s, Second: s}
		}})
	})
	t.Run("secondary", func(t *testing.T) {
		chunkstest.RunSecondary(t, func(chunkstest.T) chunkstest.Replicated {
			s := goruntime.New()
			rows := memory.NewRows(s)
			rows.KeepHistory(time.Hour)
			var arrived time.Time
			second := rows.Secondary(func(chunks.Partition) time.Time { return arrived })
			return chunkstest.Replicated{Store: rows, Secondary: metered.Secondary(second, (&heard{}).meter()),
				Arrive: func() { arrived = s.Now().Add(1) }}
		})
	})
	t.Run("queue", func(t *testing.T) {
		queuetest.Run(t, queuetest.Harness{Second: true, New: func(queuetest.T) queuetest.Fixture {
			q := memory.NewQueue(goruntime.New())
			var skew time.Duration
			m := metered.Queue(q, (&heard{}).meter())
			return queuetest.Fixture{Queue: m, Second: m, Pass: func(d time.Duration) { skew += d; q.SetSkew(skew) }}
		}})
	})
	t.Run("cache", func(t *testing.T) {
		cachetest.Run(t, cachetest.Harness{Second: true, New: func(cachetest.T) cachetest.Fixture {
			inner := memory.NewCache(goruntime.New(), 16<<20)
			var skew time.Duration
			c := metered.Cache(inner, func(metered.Lookup, int) {})
			return cachetest.Fixture{Cache: c, Second: c,
				Pass: func(d time.Duration) { skew += d; inner.SetSkew(skew) }}
		}})
	})
}

// TestEveryCallIsCountedOnce, with its name, its outcome and how long it took: between two looks at a clock that goes
// on by a second at each.
func TestEveryCallIsCountedOnce(t *testing.T) {
	ctx, h := t.Context(), &heard{}
	inner, rows := memory.NewJournal(goruntime.New()), memory.NewRows(goruntime.New())
	j, d := metered.Journal(inner, h.meter()), metered.Directory(inner, h.meter())
	r, q := metered.Rows(rows, h.meter()), metered.Queue(memory.NewQueue(goruntime.New()), h.meter())
	second := metered.Secondary(rows.Secondary(func(chunks.Partition) time.Time { return time.Time{} }), h.meter())
	shard, day := telemetry.Shard{Tenant: "t"}, telemetry.Day(20000)
	stream := telemetry.Stream{Shard: shard, Day: day, Writer: "w"}
	if err := inner.Init(ctx, journal.Place{Region: "east", Generation: "g", Bound: time.Minute}); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		call func() error
		want string
	}{
		{func() error { return d.Prepare(ctx, day) }, "journal.prepare 1s ok"},
		{func() error { return d.Register(ctx, shard, day) }, "journal.register 1s ok"},
		{func() error { _, err := d.First(ctx, shard); return err }, "journal.first 1s ok"},
		{func() error { _, err := j.Index(ctx, shard, day); return err }, "journal.index 1s ok"},
		{func() error { _, err := j.End(ctx, stream); return err }, "journal.end 1s ok"},
		{func() error {
			for range j.Read(ctx, stream, 0) {
				break
			}
			return nil
		}, "journal.read 1s ok"},
		{func() error { return rows.Prepare(ctx) }, ""},
		{func() error { _, err := r.Get(ctx, chunks.HorizonKey("t")); return err }, "rows.get 1s not-found"},
		{func() error { return r.Apply(ctx, chunks.Change{Key: chunks.HorizonKey("t"), Value: []byte{1}}) },
			"rows.apply 1s ok"},
		{func() error { return r.Apply(ctx, chunks.Change{Key: chunks.HorizonKey("t"), Value: []byte{1}}) },
			"rows.apply 1s conflict"},
		{func() error { _, err := second.Get(ctx, chunks.TaskKey("t", "x")); return err },
			"secondary.get 1s not-found"},
		{func() error {
			for range second.Scan(ctx, chunks.Sources("t", "")) {
			}
			return nil
		}, "secondary.scan 1s ok"},
		{func() error { return q.Send(ctx, []byte("{}"), 0) }, "queue.send 1s ok"},
		{func() error { _, err := q.Receive(ctx, 1, time.Minute); return err }, "queue.receive 1s ok"},
	} {
		h.calls = nil
		err := step.call()
		if got := strings.Join(h.calls, ", "); got != step.want {
			t.Errorf("counted %q, want %q: %v", got, step.want, err)
		}
	}
	if h.rows[chunks.State] != 1 || len(h.rows) != 1 {
		t.Errorf("rows that changed: %v", h.rows)
	}
}

// TestLookupsAreCountedByOutcome, each value once.
func TestLookupsAreCountedByOutcome(t *testing.T) {
	ctx, inner := t.Context(), memory.NewCache(goruntime.New(), 1<<20)
	got := map[metered.Lookup]int{}
	c := metered.Cache(inner, func(l metered.Lookup, values int) { got[l] += values })
	has, lacks := cache.Key{Tenant: "t", Name: "has"}, cache.Key{Tenant: "t", Name: "lacks"}
	if err := c.Set(ctx, has, []byte{1}, time.Hour); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Get(ctx, has, lacks, has, lacks, lacks); err != nil {
		t.Fatal(err)
	}
	inner.SetDown(true)
	if _, err := c.Get(ctx, has, lacks); err == nil {
		t.Error("a cache that is down answers")
	}
	if got[metered.Hit] != 2 || got[metered.Miss] != 3 || got[metered.Failed] != 2 {
		t.Errorf("%v", got)
	}
}
