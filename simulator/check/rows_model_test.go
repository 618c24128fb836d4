package check

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"

	"tidemark/simulator/history"
)

// geo is a geo-redundant account that keeps its promises, with one table of three partitions.
type geo struct {
	*rand.Rand
	h       *history.History
	now     time.Time
	seq, id uint64
	stores  [2]map[string]table // by partition: primary, secondary
	missing []*entryOf
	failed  bool          // failed over: there is no secondary
	ahead   time.Duration // the primary's clock
	stamped map[time.Time]bool
}

// table is the rows of a partition, by key.
type table map[string]history.Row

// do does what a write does.
func (t table) do(e *entryOf) {
	for _, row := range e.op.Call.Rows {
		old := t[row.Key]
		switch row.Do {
		case history.DeleteRow:
			delete(t, row.Key)
			continue
		case history.Put:
			old.Fields = nil
		}
		fields := maps.Clone(old.Fields)
		if fields == nil {
			fields = map[string]any{}
		}
		maps.Copy(fields, row.Fields)
		t[row.Key] = history.Row{Key: row.Key, Stamp: e.At, Fields: fields}
	}
}

// entryOf is a committed write that the secondary lacks.
type entryOf struct {
	history.Entry
	op  *history.Op
	due time.Time
}

func keysOf(op *history.Op) (keys []string) {
	for _, row := range op.Call.Rows {
		keys = append(keys, row.Key)
	}
	return keys
}

func generateRows(seed uint64, n int, failover bool) *history.History {
	g := &geo{Rand: rand.New(rand.NewPCG(seed, 5)), h: &history.History{}, now: zero, stamped: map[time.Time]bool{}}
	for i := range g.stores {
		g.stores[i] = map[string]table{}
		for p := range 3 {
			g.stores[i][fmt.Sprint("p", p)] = table{}
		}
	}
	for i := range n {
		g.now = g.now.Add(time.Duration(1+g.IntN(400)) * time.Millisecond)
		g.replicate(g.now)
		switch draw := g.IntN(10); {
		case failover && i == n/2:
			g.failover()
		case seed%3 == 0 && i == n/4:
			g.change()
		case i%50 == 40:
			g.drain()
		case draw < 5:
			g.write()
		case draw < 7:
			g.read(history.Primary, fmt.Sprint("r", g.IntN(2)), fmt.Sprint("p", g.IntN(3)))
		case g.failed:
		case draw < 8:
			g.stats()
		default:
			g.read(history.Secondary, fmt.Sprint("r", g.IntN(2)), fmt.Sprint("p", g.IntN(3)))
		}
	}
	g.drain()
	return g.h
}

// drain looks at everything at rest.
func (g *geo) drain() {
	g.replicate(g.now.Add(time.Hour))
	g.h.Enter(g.now, history.Drained)
	for p := range 3 {
		g.read(history.Primary, "end", fmt.Sprint("p", p))
		if !g.failed {
			g.read(history.Secondary, "end", fmt.Sprint("p", p))
		}
	}
}

func (g *geo) tell(kind string, e *history.Entry, text string) {
	g.h.Tell(g.now, history.Event{At: g.now, Account: "geo", Kind: kind, Entry: e, Text: text})
}

// write does some rows of a partition at once; one has a key of its own.
func (g *geo) write() {
	g.id++
	key := fmt.Sprint("p", g.IntN(3))
	fields := func() map[string]any { return map[string]any{"id": float64(g.id)} }
	call := history.Call{Kind: history.WriteRows, Endpoint: history.Primary, Table: "ships", Partition: key,
		Rows: []history.Row{{Do: history.Put, Key: fmt.Sprint("own", g.id), Fields: fields()}}}
	shared := fmt.Sprint("r", g.IntN(4))
	_, there := g.stores[0][key][shared]
	alone := false
	switch {
	case there && g.IntN(4) == 0: // a deletion alone has no ETag
		call.Rows, alone = []history.Row{{Do: history.DeleteRow, Key: shared}}, true
	case g.IntN(2) == 0:
		call.Rows = append(call.Rows, history.Row{Do: history.Merge, Key: shared, Fields: fields()})
	default:
		call.Rows = append(call.Rows, history.Row{Do: history.Put, Key: shared, Fields: fields()})
	}
	for g.stamped[g.stamp()] { // the stamps of two regions are never equal
		g.now = g.now.Add(time.Millisecond)
	}
	op := g.h.Begin(g.now, history.Op{Process: fmt.Sprint("w", g.IntN(3)), Call: call})
	if g.IntN(8) == 0 {
		g.h.End(g.now, op, history.Refused, history.Answer{}, "412")
		return
	}
	stamp, unknown := g.stamp(), !alone && g.IntN(8) == 0
	if !unknown || g.IntN(2) == 0 {
		g.commit(op)
	}
	g.now = g.now.Add(time.Duration(1+g.IntN(20)) * time.Millisecond)
	switch {
	case unknown:
		g.h.End(g.now, op, history.Unknown, history.Answer{}, "no answer")
	case alone:
		g.h.End(g.now, op, history.Done, history.Answer{}, "")
	default:
		g.h.End(g.now, op, history.Done, history.Answer{Stamp: stamp}, "")
	}
}

// stamp is that of a write which begins now, and takes a millisecond.
func (g *geo) stamp() time.Time { return g.now.Add(time.Millisecond + g.ahead) }

func (g *geo) commit(op *history.Op) {
	stamp := g.stamp()
	g.now = g.now.Add(time.Millisecond)
	g.stamped[stamp] = true
	g.seq++
	key := op.Call.Partition
	e := history.Entry{Seq: g.seq, At: stamp, Rows: len(op.Call.Rows),
		Partition: history.Partition{Service: "table", Container: "ships", Key: key}}
	w := &entryOf{e, op, g.now.Add(time.Duration(g.IntN(5000)) * time.Millisecond)}
	g.stores[0][key].do(w)
	g.tell("commit", &e, "")
	if !g.failed {
		g.missing = append(g.missing, w)
	}
}

// replicate applies what is due; partitions overtake one another.
func (g *geo) replicate(now time.Time) {
	blocked := map[string]bool{}
	g.missing = slices.DeleteFunc(g.missing, func(e *entryOf) bool {
		key := e.Partition.Key
		if blocked[key] || e.due.After(now) {
			blocked[key] = true
			return false
		}
		g.stores[1][key].do(e)
		g.tell("apply", &e.Entry, "")
		return true
	})
}

func (g *geo) sync() time.Time {
	at := g.now.Add(g.ahead)
	for _, e := range g.missing {
		if e.At.Before(at) {
			at = e.At
		}
	}
	return at.Truncate(time.Second)
}

func (g *geo) stats() {
	op := g.h.Begin(g.now, history.Op{Process: "s", Call: history.Call{Kind: history.Stats, Service: "table",
		Endpoint: history.Secondary}})
	g.h.End(g.now, op, history.Done, history.Answer{State: "live", LastSync: g.sync()}, "")
}

func (g *geo) read(endpoint, process, key string) {
	op := g.h.Begin(g.now, history.Op{Process: process, Call: history.Call{Kind: history.ReadRows, Endpoint: endpoint,
		Table: "ships", Partition: key}})
	from := g.stores[0]
	if endpoint == history.Secondary {
		from = g.stores[1]
	}
	var a history.Answer
	for _, k := range slices.Sorted(maps.Keys(from[key])) {
		a.Rows = append(a.Rows, from[key][k])
	}
	g.now = g.now.Add(time.Millisecond)
	g.h.End(g.now, op, history.Done, a, "")
}

// change is a planned failover, to a region with another clock.
func (g *geo) change() {
	g.now = g.now.Add(time.Second)
	g.replicate(g.now.Add(time.Hour))
	g.tell("promoted", nil, "planned: east to west")
	g.stores[0], g.stores[1] = g.stores[1], g.stores[0]
	g.ahead = []time.Duration{0, -5 * time.Minute, -10 * time.Second, 5 * time.Minute}[g.IntN(4)]
	g.now = g.now.Add(time.Second)
}

// failover is an unplanned one.
func (g *geo) failover() {
	loss := history.Loss{At: g.now, LastSync: map[string]time.Time{"table": g.sync()}}
	g.tell("promoted", nil, "unplanned: east to west")
	for _, e := range g.missing {
		g.tell("discarded", &e.Entry, "")
		loss.Entries = append(loss.Entries, history.Lost{Entry: e.Entry, Keys: keysOf(e.op)})
	}
	g.missing, g.failed, g.stores[0] = nil, true, g.stores[1]
	g.ahead = []time.Duration{0, -5 * time.Minute, 5 * time.Minute}[g.IntN(3)]
	g.now = g.now.Add(time.Second)
	op := g.h.Begin(g.now, history.Op{Process: "o", Call: history.Call{Kind: history.Losses}})
	g.h.End(g.now, op, history.Done, history.Answer{Loss: &loss}, "")
}

// TestGoodRows: an account that keeps its promises raises no alarm, with failovers and without.
func TestGoodRows(t *testing.T) {
	lost := 0
	for _, seed := range seeds(t, 200) {
		h := generateRows(seed, 120, seed%2 == 0)
		if verdicts := All(h, Usual); len(verdicts) > 0 {
			t.Fatalf("TIDEMARK_SEED=%d: %v", seed, verdicts)
		}
		if short := Enough(h, Demand{Acked: 10, Answers: 10, Truth: map[string]int{"apply": 5}}); len(short) > 0 {
			t.Fatalf("TIDEMARK_SEED=%d: %v", seed, short)
		}
		lost += tally(h).Truth["discarded"]
	}
	if lost == 0 && os.Getenv("TIDEMARK_SEED") == "" {
		t.Error("no failover lost anything")
	}
}

// pick gives one of the operations of a kind that will do, or nil.
func pick(rng *rand.Rand, h *history.History, k history.Kind, good func(*history.Op) bool) *history.Op {
	for _, i := range rng.Perm(len(h.Ops)) {
		if op := h.Ops[i]; op.Call.Kind == k && op.Outcome == history.Done && good(op) {
			return op
		}
	}
	return nil
}

// rowFaults are planted into good histories of rows, which have a failover if it is asked for.
var rowFaults = []struct {
	name     string
	failover bool
	rule     Rule
	plant    func(*rand.Rand, *history.History) bool
}{
	{"the Last Sync Time is late", false, LastSync, func(rng *rand.Rand, h *history.History) bool {
		op := pick(rng, h, history.Stats, func(op *history.Op) bool {
			return op.Began.Sub(op.Answer.LastSync) > 2*time.Second
		})
		if op != nil {
			op.Answer.LastSync = op.Began
		}
		return op != nil
	}},
	{"entries change places", false, Order, func(rng *rand.Rand, h *history.History) bool {
		for _, i := range rng.Perm(len(h.Truth)) {
			a := &h.Truth[i].Event
			for j := i + 1; j < len(h.Truth) && a.Kind == "apply"; j++ {
				if b := &h.Truth[j].Event; b.Kind == "apply" && b.Entry.Partition == a.Entry.Partition &&
					committed(h, b.Entry.Seq) < h.Truth[i].Place {
					a.Entry, b.Entry = b.Entry, a.Entry
					return true
				}
			}
		}
		return false
	}},
	{"an entry is applied twice", false, Duplicated, func(rng *rand.Rand, h *history.History) bool {
		last := h.Truth[len(h.Truth)-1]
		h.Tell(last.At, last.Event)
		return last.Event.Kind == "apply"
	}},
	{"a row is gone", false, Lost, func(rng *rand.Rand, h *history.History) bool {
		op := pick(rng, h, history.ReadRows, func(op *history.Op) bool {
			return op.Begin > h.Phases[len(h.Phases)-1].Place && len(op.Answer.Rows) > 1 &&
				op.Call.Endpoint == history.Primary
		})
		if op != nil {
			i := rng.IntN(len(op.Answer.Rows))
			op.Answer.Rows = slices.Delete(op.Answer.Rows, i, i+1)
		}
		return op != nil
	}},
	{"a row that nobody wrote", false, Wrong, func(rng *rand.Rand, h *history.History) bool {
		op := pick(rng, h, history.ReadRows, func(op *history.Op) bool { return len(op.Answer.Rows) > 0 })
		op.Answer.Rows[0].Stamp = op.Answer.Rows[0].Stamp.Add(time.Nanosecond)
		return true
	}},
	{"a reader goes back", false, Session, func(rng *rand.Rand, h *history.History) bool {
		var next *history.Op
		op := pick(rng, h, history.ReadRows, func(op *history.Op) bool {
			next = pick(rng, h, history.ReadRows, func(o *history.Op) bool {
				return op.Before(o) && o.Process == op.Process && op.Process != "end" &&
					o.Call.Partition == op.Call.Partition &&
					o.Call.Endpoint == history.Secondary && op.Call.Endpoint == history.Secondary &&
					len(o.Answer.Rows) > len(op.Answer.Rows)
			})
			return next != nil
		})
		if op != nil {
			op.Answer, next.Answer = next.Answer, op.Answer
			h.Phases = nil // a drained secondary that lacks a write is another fault
			h.Ops = slices.DeleteFunc(h.Ops, func(o *history.Op) bool { return o.Call.Kind == history.Stats })
		}
		return op != nil
	}},
	{"the truth stream lacks a write", false, Truth, func(rng *rand.Rand, h *history.History) bool {
		i := slices.IndexFunc(h.Truth, func(t history.Told) bool {
			return t.Event.Kind == "commit" && pick(rng, h, history.WriteRows, func(op *history.Op) bool {
				return op.Answer.Stamp.Equal(t.Event.Entry.At)
			}) != nil
		})
		h.Truth = slices.Delete(h.Truth, i, i+1)
		return true
	}},
	{"a write is not listed", true, Discards, func(rng *rand.Rand, h *history.History) bool {
		op := pick(rng, h, history.Losses, func(op *history.Op) bool { return len(op.Answer.Loss.Entries) > 0 })
		if op != nil {
			op.Answer.Loss.Entries = op.Answer.Loss.Entries[1:]
		}
		return op != nil
	}},
	{"a write is listed that is there", true, Discards, func(rng *rand.Rand, h *history.History) bool {
		loss := pick(rng, h, history.Losses, func(*history.Op) bool { return true }).Answer.Loss
		op := pick(rng, h, history.WriteRows, func(op *history.Op) bool {
			return op.Ended.Before(loss.At) && !op.Answer.Stamp.IsZero() && len(op.Call.Rows) > 1 &&
				!slices.ContainsFunc(loss.Entries, func(e history.Lost) bool { return e.At.Equal(op.Answer.Stamp) })
		})
		if op != nil {
			loss.Entries = append(loss.Entries, history.Lost{Keys: keysOf(op), Entry: history.Entry{At: op.Answer.Stamp,
				Partition: history.Partition{Service: "table", Container: "ships", Key: op.Call.Partition}}})
			loss.LastSync = nil
		}
		return op != nil
	}},
	{"the failover's Last Sync Time is late", true, LastSync, func(rng *rand.Rand, h *history.History) bool {
		loss := pick(rng, h, history.Losses, func(*history.Op) bool { return true }).Answer.Loss
		if len(loss.Entries) > 0 {
			loss.LastSync["table"] = loss.Entries[0].At.Add(time.Second)
		}
		return len(loss.Entries) > 0
	}},
}

func committed(h *history.History, seq uint64) int {
	i := slices.IndexFunc(h.Truth, func(t history.Told) bool {
		return t.Event.Kind == "commit" && t.Event.Entry.Seq == seq
	})
	return h.Truth[i].Place
}

// TestPlantedRowFaults: each fault that is planted into a good history of rows is found by its rule.
func TestPlantedRowFaults(t *testing.T) {
	for _, f := range rowFaults {
		t.Run(f.name, func(t *testing.T) {
			planted := 0
			for _, seed := range seeds(t, 60) {
				h := generateRows(seed, 120, f.failover)
				if !f.plant(rand.New(rand.NewPCG(seed, 6)), h) {
					continue
				}
				planted++
				verdicts := All(h, Usual)
				if !slices.ContainsFunc(verdicts, func(v Verdict) bool { return v.Rule == f.rule }) {
					t.Fatalf("TIDEMARK_SEED=%d: not found, but %v", seed, verdicts)
				}
			}
			if planted < 10 && os.Getenv("TIDEMARK_SEED") == "" {
				t.Errorf("only %d histories had a place for it", planted)
			}
		})
	}
}
