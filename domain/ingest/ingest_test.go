package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/adapters/memory"
	"tidemark/domain/fault"
	"tidemark/domain/ingest"
	"tidemark/domain/stream"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/blockcodec"
	"tidemark/ports/journal"
	"tidemark/ports/sched"
)

const day0 = "2026-01-01T00:00:00Z" // where memory.Sched starts

// house is a service over a journal on virtual time.
type house struct {
	*testing.T
	sched   *memory.Sched
	j       *memory.Journal
	svc     *ingest.Service
	fault   memory.FaultFunc
	writers int
	calls   map[string]int
	fenced  int
}

func in(t *testing.T, cfg ingest.Config, body func(ctx context.Context, h *house)) {
	t.Helper()
	h := &house{T: t, sched: memory.NewSched(7), calls: map[string]int{}}
	h.j = memory.NewJournal(h.sched, memory.WithFault(func(op string) memory.Fault {
		h.calls[op]++
		if h.fault != nil {
			return h.fault(op)
		}
		return memory.FaultNone
	}))
	h.svc = ingest.New(cfg, ingest.One("east", h.j, h.j), h.sched, func() telemetry.Writer {
		h.writers++
		return telemetry.Writer(fmt.Sprintf("%026d", h.writers))
	}, nil, ingest.Observer{Fenced: func() { h.fenced++ }})
	if err := h.sched.Run(func() { body(context.Background(), h) }); err != nil {
		t.Fatal(err)
	}
}

func batch(value float64) *telemetry.Batch {
	var b telemetry.Batch
	b.Add(b.AddSeries(telemetry.Series{Source: "s", Metric: "m"}, ""), 1, value)
	return &b
}

func (h *house) write(ctx context.Context, value float64) ingest.Receipt {
	h.Helper()
	r, err := h.svc.Write(ctx, "t", batch(value), ingest.Options{})
	if err != nil {
		h.Fatalf("write: %v", err)
	}
	return r
}

// stored lists the values in the journal by stream number, over all streams.
func (h *house) stored(ctx context.Context) (values []float64, streams []journal.State) {
	h.Helper()
	for d := telemetry.DayOf(h.sched.Now()) - 3; d <= telemetry.DayOf(h.sched.Now())+1; d++ {
		idx, err := h.j.Index(ctx, telemetry.Shard{Tenant: "t"}, d)
		if err != nil {
			h.Fatal(err)
		}
		for _, st := range idx.Streams {
			streams = append(streams, st)
			for e, err := range h.j.Read(ctx, st.Stream, st.Mark) {
				if err != nil {
					h.Fatal(err)
				}
				b, err := blockcodec.Decode(e.Block)
				if err != nil {
					h.Fatal(err)
				}
				if e.Stamp != b.Stamp {
					h.Errorf("the journal was told the stamp %v of a block of %v", e.Stamp, b.Stamp)
				}
				for _, c := range b.Columns {
					values = append(values, c.Values...)
				}
			}
		}
	}
	return values, streams
}

func TestConcurrentRequestsShareABlock(t *testing.T) {
	in(t, ingest.Config{}, func(ctx context.Context, h *house) {
		h.write(ctx, 0) // birth
		left := 50
		for i := range 50 {
			h.sched.Go("client", func() {
				h.write(ctx, float64(i+1))
				left--
			})
		}
		for left > 0 {
			_ = h.sched.Sleep(ctx, time.Millisecond)
		}
		if n := h.calls["journal.append"]; n > 6 {
			t.Fatalf("%d appends for 51 requests: they do not share blocks", n)
		}
	})
}

func TestReceiptNamesBlockAndRisesWithinAStream(t *testing.T) {
	in(t, ingest.Config{}, func(ctx context.Context, h *house) {
		a, b := h.write(ctx, 1), h.write(ctx, 2)
		if len(a.Blocks) != 1 || a.Blocks[0].Number != 1 || b.Blocks[0].Number != 2 ||
			a.Blocks[0].Stream != b.Blocks[0].Stream {
			t.Fatalf("blocks %v, %v", a.Blocks, b.Blocks)
		}
		if b.Stamp <= a.Stamp || a.Durability != telemetry.DurableOne || a.Regions[0] != "east" {
			t.Fatalf("receipts %+v, %+v", a, b)
		}
	})
}

func TestUnknownOutcomeIsRetriedUnderTheSameNumber(t *testing.T) {
	for _, f := range []memory.Fault{memory.FaultFail, memory.FaultApplied, memory.FaultLost} {
		in(t, ingest.Config{}, func(ctx context.Context, h *house) {
			h.write(ctx, 1)
			bad := 3
			h.fault = func(op string) memory.Fault {
				if op == "journal.append" && bad > 0 {
					bad--
					return f
				}
				return memory.FaultNone
			}
			r := h.write(ctx, 2)
			if r.Blocks[0].Number != 2 {
				t.Fatalf("%v: number %d, want 2", f, r.Blocks[0].Number)
			}
			if values, _ := h.stored(ctx); fmt.Sprint(values) != "[1 2]" {
				t.Fatalf("%v: stored %v", f, values)
			}
		})
	}
}

func TestFencedWriterSendsAgainUnderANewStreamWithTheFirstStamp(t *testing.T) {
	in(t, ingest.Config{}, func(ctx context.Context, h *house) {
		first := h.write(ctx, 1)
		if _, err := h.j.End(ctx, first.Blocks[0].Stream); err != nil {
			t.Fatal(err)
		}
		before := telemetry.StampAt(h.sched.Now())
		second := h.write(ctx, 2)
		if h.fenced != 1 || second.Blocks[0].Stream == first.Blocks[0].Stream || second.Blocks[0].Number != 1 {
			t.Fatalf("fenced %d times, %v after %v", h.fenced, second.Blocks, first.Blocks)
		}
		if second.Stamp < before {
			t.Fatalf("stamp %v from before the request at %v", second.Stamp, before)
		}
		_, streams := h.stored(ctx)
		for _, st := range streams {
			if st.Stream == second.Blocks[0].Stream && st.Continues != first.Blocks[0].Stream {
				t.Fatalf("the new stream continues %v, want %v", st.Continues, first.Blocks[0].Stream)
			}
		}
	})
}

func TestAppendOverTheBoundIsIndeterminate(t *testing.T) {
	in(t, ingest.Config{Bound: 10 * time.Second}, func(ctx context.Context, h *house) {
		h.write(ctx, 1)
		down := true
		h.fault = func(op string) memory.Fault {
			if down && op == "journal.append" {
				return memory.FaultFail
			}
			return memory.FaultNone
		}
		h.sched.AfterFunc(30*time.Second, func() { down = false })
		_, err := h.svc.Write(ctx, "t", batch(2), ingest.Options{})
		if !fault.Is(err, fault.Indeterminate) {
			t.Fatalf("got %v, want indeterminate", err)
		}
		for h.sched.Now().Sub(mustTime(day0)) < 40*time.Second {
			_ = h.sched.Sleep(ctx, time.Second)
		}
		h.write(ctx, 3)
	})
}

func mustTime(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t
}

func TestCancelledRequest(t *testing.T) {
	in(t, ingest.Config{Linger: time.Second}, func(ctx context.Context, h *house) {
		short, cancel := h.sched.WithTimeout(ctx, 100*time.Millisecond)
		defer cancel()
		_, err := h.svc.Write(short, "t", batch(1), ingest.Options{})
		if !fault.Is(err, fault.Canceled) {
			t.Fatalf("in the queue: got %v, want canceled", err)
		}
		h.fault = func(op string) memory.Fault {
			if op == "journal.append" {
				return memory.FaultFail
			}
			return memory.FaultNone
		}
		longer, cancel := h.sched.WithTimeout(ctx, 3*time.Second)
		defer cancel()
		_, err = h.svc.Write(longer, "t", batch(2), ingest.Options{})
		if !fault.Is(err, fault.Indeterminate) {
			t.Fatalf("under way: got %v, want indeterminate", err)
		}
		h.fault = nil
		if err := h.svc.Close(ctx); err != nil {
			t.Fatal(err)
		}
		if values, _ := h.stored(ctx); fmt.Sprint(values) != "[2]" {
			t.Fatalf("stored %v: the first was never sent, the second goes on", values)
		}
	})
}

func TestRefusals(t *testing.T) {
	in(t, ingest.Config{MaxInFlight: 1}, func(ctx context.Context, h *house) {
		_, err := h.svc.Write(ctx, "t", batch(1), ingest.Options{Require: telemetry.DurableBoth})
		if !fault.Is(err, fault.Invalid) || !errors.Is(err, ingest.ErrOneJournal) ||
			!strings.Contains(fault.Message(err), `"east"`) {
			t.Fatalf("both: %v", err)
		}
		ahead := telemetry.StampAt(h.sched.Now().Add(time.Hour))
		if _, err := h.svc.Write(ctx, "t", batch(1), ingest.Options{After: ahead}); !fault.Is(err, fault.Invalid) {
			t.Fatalf("a stamp an hour ahead: %v", err)
		}
		near := telemetry.StampAt(h.sched.Now().Add(30 * time.Second))
		r, err := h.svc.Write(ctx, "t", batch(1), ingest.Options{After: near})
		if err != nil || r.Stamp <= near {
			t.Fatalf("after %v: %v, %v", near, r.Stamp, err)
		}
		throttled := 0
		left := 5
		for range 5 {
			h.sched.Go("client", func() {
				if _, err := h.svc.Write(ctx, "t", batch(1), ingest.Options{}); fault.Is(err, fault.Throttled) {
					throttled++
				}
				left--
			})
		}
		for left > 0 {
			_ = h.sched.Sleep(ctx, time.Millisecond)
		}
		if throttled != 4 {
			t.Fatalf("%d of 5 refused, want 4: one request is always let in", throttled)
		}
	})
}

func TestIdleAndClosedStreamsAreEndedWithTheirLastNumber(t *testing.T) {
	in(t, ingest.Config{Idle: 5 * time.Second}, func(ctx context.Context, h *house) {
		h.write(ctx, 1)
		_ = h.sched.Sleep(ctx, 10*time.Second)
		h.write(ctx, 2)
		if err := h.svc.Close(ctx); err != nil {
			t.Fatal(err)
		}
		if _, err := h.svc.Write(ctx, "t", batch(3), ingest.Options{}); !fault.Is(err, fault.Unavailable) {
			t.Fatalf("after Close: %v", err)
		}
		_, streams := h.stored(ctx)
		if len(streams) != 2 {
			t.Fatalf("%d streams, want 2", len(streams))
		}
		for _, st := range streams {
			if last, sealed := st.End(); !sealed || last != 1 {
				t.Fatalf("stream %+v, want sealed at 1", st)
			}
		}
	})
}

func TestANewDayIsANewStream(t *testing.T) {
	in(t, ingest.Config{Idle: 48 * time.Hour}, func(ctx context.Context, h *house) {
		a := h.write(ctx, 1)
		_ = h.sched.Sleep(ctx, 25*time.Hour)
		b := h.write(ctx, 2)
		if b.Blocks[0].Stream.Day != a.Blocks[0].Stream.Day+1 || b.Blocks[0].Number != 1 {
			t.Fatalf("%v after %v", b.Blocks, a.Blocks)
		}
		_, streams := h.stored(ctx)
		if len(streams) != 2 || streams[0].Life < stream.Sealed {
			t.Fatalf("streams %+v: the old one has to be sealed before the new one is born", streams)
		}
	})
}

// TestAcknowledgedInOrder lets the first of two flights hang while the second lands: the second is answered only
// after the first.
func TestAcknowledgedInOrder(t *testing.T) {
	in(t, ingest.Config{RetryDelay: 500 * time.Millisecond}, func(ctx context.Context, h *house) {
		h.write(ctx, 1)
		appends := 0
		h.fault = func(op string) memory.Fault {
			if op == "journal.append" {
				if appends++; appends == 1 {
					return memory.FaultFail
				}
			}
			return memory.FaultNone
		}
		var order []float64
		for i, delay := range []time.Duration{0, 20 * time.Millisecond} {
			h.sched.AfterFunc(delay, func() {
				h.write(ctx, float64(i+2))
				order = append(order, float64(i+2))
			})
		}
		_ = h.sched.Sleep(ctx, 200*time.Millisecond)
		if len(order) != 0 {
			t.Fatalf("answered %v while number 2 was still on its way", order)
		}
		_ = h.sched.Sleep(ctx, 2*time.Second)
		if len(order) != 2 {
			t.Fatalf("answered %v, want both", order)
		}
	})
}

// TestAJournalThatTakesNothing answers clients after a while, with what it says: the one whose block is under way
// that it is perhaps stored, the others that they are not. What is under way lands when it can.
func TestAJournalThatTakesNothing(t *testing.T) {
	in(t, ingest.Config{Flights: 1}, func(ctx context.Context, h *house) {
		full := false
		a := h.node(ingest.Config{Flights: 1}, h.sched,
			func(_ context.Context, _ journal.Append, next func() (journal.Stored, error)) (journal.Stored, error) {
				if full {
					return journal.Stored{}, fault.New(fault.Unavailable, "test", "the disk is full: make room")
				}
				return next()
			})
		must(t, a, ctx, batch(0), ingest.Options{})
		full = true
		began := h.sched.Now()
		kinds := map[fault.Kind]int{}
		left := 3
		for i := range left {
			h.sched.Go("client", func() {
				_ = h.sched.Sleep(ctx, time.Duration(i)*100*time.Millisecond)
				_, err := a.Write(ctx, "t", batch(float64(i+1)), ingest.Options{})
				kinds[fault.KindOf(err)]++
				if !strings.Contains(fault.Message(err), "the disk is full: make room") {
					t.Errorf("got %q", fault.Message(err))
				}
				left--
			})
		}
		for left > 0 {
			_ = h.sched.Sleep(ctx, 100*time.Millisecond)
		}
		if took := h.sched.Now().Sub(began); took > 11*time.Second || kinds[fault.Indeterminate] != 1 ||
			kinds[fault.Unavailable] != 2 {
			t.Errorf("after %v: %v", took, kinds)
		}
		full = false
		_ = h.sched.Sleep(ctx, 5*time.Second)
		if values, _ := h.stored(ctx); !slices.Equal(values, []float64{0, 1}) {
			t.Errorf("stored are %v", values)
		}
	})
}

// TestABlockHoldsNotTooManySeries sends more of them at once than compaction could look at in one pass on a slow
// storage.
func TestABlockHoldsNotTooManySeries(t *testing.T) {
	in(t, ingest.Config{}, func(ctx context.Context, h *house) {
		h.write(ctx, 0)
		const clients, each = 30, 1000
		left := clients
		for i := range clients {
			h.sched.Go("client", func() {
				var b telemetry.Batch
				for k := range each {
					b.Add(b.AddSeries(telemetry.Series{Source: telemetry.Source(fmt.Sprintf("%d-%d", i, k)),
						Metric: "m"}, ""), 1, 1)
				}
				must(t, h.svc, ctx, &b, ingest.Options{})
				left--
			})
		}
		for left > 0 {
			_ = h.sched.Sleep(ctx, 10*time.Millisecond)
		}
		blocks, most := h.blocks(ctx), 0
		for _, b := range blocks {
			most = max(most, len(b.Columns))
		}
		if most < 5000 || most > 10_000 {
			t.Errorf("of %d blocks the widest has %d series, want 5,000 to 10,000", len(blocks), most)
		}
	})
}

// TestWholeBlocksFillALongWay: over a journal that is 60 ms away small blocks gather while two are under way, and whole
// ones, for which nothing is gathered any more, do not wait for them.
func TestWholeBlocksFillALongWay(t *testing.T) {
	for name, c := range map[string]struct{ series, most int }{"small": {1, 2}, "whole": {1 << 16, 8}} {
		in(t, ingest.Config{}, func(ctx context.Context, h *house) {
			under, most := 0, 0
			h.fault = func(op string) memory.Fault {
				if op == "journal.append" {
					under++
					most = max(most, under)
					_ = h.sched.Sleep(ctx, 60*time.Millisecond)
					under--
				}
				return memory.FaultNone
			}
			h.write(ctx, 0) // the stream is born
			done := sched.NewGroup(ctx, h.sched, 0)
			for i := range 40 {
				done.Go(func(ctx context.Context) error {
					_ = h.sched.Sleep(ctx, time.Duration(i)*time.Millisecond)
					var b telemetry.Batch
					for k := range c.series {
						b.Add(b.AddSeries(telemetry.Series{Source: "s", Metric: telemetry.Metric(fmt.Sprint(i, ",",
							k))}, ""), 1, 1)
					}
					_, err := h.svc.Write(ctx, "t", &b, ingest.Options{})
					return err
				})
			}
			if err := done.Wait(); err != nil {
				t.Fatal(err)
			}
			if most != c.most {
				t.Errorf("%s blocks: %d appends were under way at once, want %d", name, most, c.most)
			}
		})
	}
}
