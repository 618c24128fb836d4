package traffic_test

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"tidemark/adapters/memory"
	"tidemark/simulator/check"
	"tidemark/simulator/history"
	"tidemark/simulator/traffic"
)

// model is a service that keeps what it is told in memory, and takes some time for each call. It knows one tenant.
type model struct {
	s      *memory.Sched
	rng    *rand.Rand
	stored map[traffic.Series]map[int64]float64
	number uint64
	// what goes wrong: a write is acknowledged and not stored; an answer is lost; a call is refused; none ends
	forgets, deaf, refuses, dead bool
}

func newModel(s *memory.Sched, seed uint64) *model {
	return &model{s: s, rng: rand.New(rand.NewPCG(seed, 1)), stored: map[traffic.Series]map[int64]float64{}}
}

// call is the way of a call: do is done at one instant of it.
func (m *model) call(ctx context.Context, do func() history.Answer) (a history.Answer, err error) {
	wait := func() error { return m.s.Sleep(ctx, time.Duration(m.rng.IntN(int(100*time.Millisecond)))) }
	if m.dead {
		return a, m.s.NewEvent().Wait(context.Background())
	}
	if err := wait(); err != nil {
		return a, err
	}
	if m.refuses && m.rng.IntN(5) == 0 {
		return a, &traffic.Refused{Why: "too much"}
	}
	a = do()
	if m.deaf && m.rng.IntN(5) == 0 {
		return history.Answer{}, errors.New("the answer was lost")
	}
	return a, wait()
}

func (m *model) change(ctx context.Context, do func()) (history.Answer, error) {
	return m.call(ctx, func() history.Answer {
		m.number++
		if !m.forgets || m.number%20 > 0 {
			do()
		}
		return history.Answer{Durability: history.One,
			Origin: history.Origin{Stamp: history.Stamp(m.number), Writer: "w",
				Number: m.number}}
	})
}

func (m *model) Write(ctx context.Context, c history.Call) (history.Answer, error) {
	return m.change(ctx, func() {
		for _, col := range c.Readings {
			s := traffic.Series{Source: col.Source, Metric: col.Metric}
			if m.stored[s] == nil {
				m.stored[s] = map[int64]float64{}
			}
			for i, t := range col.Times {
				m.stored[s][t] = col.Values[i]
			}
		}
	})
}

func (m *model) Delete(ctx context.Context, c history.Call) (history.Answer, error) {
	return m.change(ctx, func() {
		for _, t := range m.times(c) {
			delete(m.stored[traffic.Series{Source: c.Source, Metric: c.Metric}], t)
		}
	})
}

// times are those of the readings that a call is about.
func (m *model) times(c history.Call) (times []int64) {
	for t := range m.stored[traffic.Series{Source: c.Source, Metric: c.Metric}] {
		if c.From <= t && t < c.To {
			times = append(times, t)
		}
	}
	slices.Sort(times)
	return times
}

func (m *model) show(ctx context.Context, c history.Call, some func([]int64) []int64) (history.Answer, error) {
	return m.call(ctx, func() history.Answer {
		a := history.Answer{Claim: history.Claim{Complete: true}}
		col := history.Column{Source: c.Source, Metric: c.Metric}
		for _, t := range some(m.times(c)) {
			col.Times = append(col.Times, t)
			col.Values = append(col.Values, m.stored[traffic.Series{Source: c.Source, Metric: c.Metric}][t])
		}
		if len(col.Times) > 0 {
			a.Readings = []history.Column{col}
		}
		return a
	})
}

func (m *model) Read(ctx context.Context, c history.Call) (history.Answer, error) {
	return m.show(ctx, c, func(times []int64) []int64 { return times })
}

func (m *model) Latest(ctx context.Context, c history.Call) (history.Answer, error) {
	return m.show(ctx, c, func(times []int64) []int64 { return times[max(0, len(times)-1):] })
}

func (m *model) Ask(ctx context.Context, c history.Call) (history.Answer, error) {
	if c.Kind != history.Count {
		return history.Answer{}, &traffic.Refused{Why: "not known here"}
	}
	return m.call(ctx, func() history.Answer {
		return history.Answer{Claim: history.Claim{Complete: true}, Count: len(m.times(c))}
	})
}

// work is a little of everything on three series.
func work() *traffic.Work {
	series := []traffic.Series{{Source: "a", Metric: "m"}, {Source: "a", Metric: "n"}, {Source: "b", Metric: "m"}}
	value := 0.0
	return &traffic.Work{Series: series, From: 0, To: int64(time.Hour), Reach: 10 * time.Minute,
		Time:  func(rng *rand.Rand) int64 { return int64(rng.IntN(40)) * int64(time.Minute) },
		Value: func() float64 { value++; return value },
		Wide:  func(traffic.Series) []traffic.Series { return series },
		Mix: []traffic.Share{{Below: .1, Do: traffic.Delete}, {Below: .3, Do: traffic.Write},
			{Below: .4, Do: traffic.WriteMany}, {Below: .45, Do: traffic.WriteWide}, {Below: .6, Do: traffic.Latest},
			{Below: .75, Do: traffic.Count}}}
}

// run has four clients work with a model for a minute of virtual time, and asks for everything at the end.
func run(t *testing.T, seed uint64, spoil func(*model)) *history.History {
	t.Helper()
	s := memory.NewSched(seed)
	h := &history.History{}
	if err := s.Run(func() {
		m := newModel(s, seed)
		if spoil != nil {
			spoil(m)
		}
		w := work()
		log, rng := traffic.NewLog(h, s.Now), rand.New(rand.NewPCG(seed, 2))
		node := traffic.Node{Name: "n", Service: m}
		client := func(name string) *traffic.Client {
			return &traffic.Client{Name: name, Tenant: "t", Log: log, Sched: s, Rand: rng, Next: w.Next,
				Pick: func() traffic.Node { return node }, Patience: 5 * time.Second, Pause: 100 * time.Millisecond}
		}
		ctx := context.Background()
		crew := traffic.Start(ctx, s, client("c1"), client("c2"), client("c3"), client("c4"))
		_ = s.Sleep(ctx, time.Minute)
		crew.Dismiss()
		log.Enter(history.Healed)
		end := client("end")
		for _, of := range w.Series {
			for _, k := range []history.Kind{history.Read, history.Latest, history.Count} {
				end.Bounded(ctx, func(ctx context.Context) { end.Do(ctx, node, w.Whole(k, of)) })
			}
		}
	}); err != nil {
		t.Fatalf("seed %d: %v", seed, err)
	}
	return h
}

func text(t *testing.T, h *history.History) string {
	t.Helper()
	var out bytes.Buffer
	if err := h.Save(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestHistoryOfASeed: a good service raises no alarm, and the same seed gives the same history, byte for byte.
func TestHistoryOfASeed(t *testing.T) {
	first := rand.Uint64() >> 1
	t.Logf("seeds from %d on", first)
	before := ""
	for seed := first; seed < first+5; seed++ {
		for name, spoil := range map[string]func(*model){"whole": nil, "deaf": func(m *model) { m.deaf = true },
			"refuses": func(m *model) { m.refuses = true }} {
			h := run(t, seed, spoil)
			demand := check.Demand{Acked: 100, Answers: 200, Clients: 5}
			switch name {
			case "deaf":
				demand.Unknown = 100
			case "refuses":
				demand.Refused = 100
			}
			for _, v := range append(check.All(h, check.Options{}), check.Enough(h, demand)...) {
				t.Errorf("seed %d, %s: %s", seed, name, v)
			}
		}
		one, other := text(t, run(t, seed, nil)), text(t, run(t, seed, nil))
		if one != other {
			t.Errorf("seed %d has two histories", seed)
		}
		if one == before {
			t.Errorf("seed %d has the history of the one before", seed)
		}
		before = one
	}
}

// TestForgettingIsFound: the traffic shows a service that forgets what it has acknowledged.
func TestForgettingIsFound(t *testing.T) {
	seed := rand.Uint64() >> 1
	verdicts := check.All(run(t, seed, func(m *model) { m.forgets = true }), check.Options{})
	if !slices.ContainsFunc(verdicts, func(v check.Verdict) bool { return v.Rule == check.Lost }) {
		t.Errorf("seed %d: nothing is lost: %v", seed, verdicts)
	}
}

// TestDeadNode: clients of a node that never answers go on all the same, and are dismissed.
func TestDeadNode(t *testing.T) {
	h := run(t, 1, func(m *model) { m.dead = true })
	begun := map[string]int{}
	for _, op := range h.Ops {
		begun[op.Process]++
		if op.End > 0 {
			t.Errorf("operation %d ended", op.ID)
		}
	}
	if len(begun) != 5 || begun["c1"] < 5 {
		t.Errorf("operations by client: %v", begun)
	}
}

// TestOutcomes: what an error says of an operation.
func TestOutcomes(t *testing.T) {
	h := &history.History{}
	log := traffic.NewLog(h, time.Now)
	for want, err := range map[history.Outcome]error{history.Done: nil, history.Unknown: errors.New("gone"),
		history.Refused: errors.Join(&traffic.Refused{Why: "no"})} {
		op := log.Begin(history.Op{Call: history.Call{Kind: history.Read}})
		log.End(op, history.Answer{Count: 1}, err)
		if op.Outcome != want || (op.Answer.Count == 1) != (err == nil) || (op.Why == "") != (err == nil) {
			t.Errorf("%v: %+v", err, op)
		}
		log.End(op, history.Answer{}, errors.New("again"))
		if op.Outcome != want {
			t.Errorf("%v: it ended twice, as %v", err, op.Outcome)
		}
	}
	if n := log.Count(func(op *history.Op) int { return op.Answer.Count }); n != 1 || len(log.History().Ops) != 3 {
		t.Errorf("%d counted, %d operations in the copy", n, len(log.History().Ops))
	}
	place := log.Enter("calm")
	if after := log.Begin(history.Op{}); after.Begin <= place {
		t.Errorf("what began after place %d is at %d", place, after.Begin)
	}
}

// TestFresh: every reading is written once, in order, and asked for as a whole.
func TestFresh(t *testing.T) {
	f := &traffic.Fresh{Series: traffic.Series{Source: "s", Metric: "m"}, Most: 7,
		Time: func(k int) int64 { return int64(10 * k) }, Value: func(k int) float64 { return float64(k) / 2 }}
	rng, k := rand.New(rand.NewPCG(1, 1)), 0
	for range 50 {
		call, some := f.Next(rng)
		col := call.Readings[0]
		if !some || call.Kind != history.Write || len(col.Times) < 1 || len(col.Times) > 7 {
			t.Fatalf("%+v", call)
		}
		for i := range col.Times {
			if col.Times[i] != int64(10*k) || col.Values[i] != float64(k)/2 {
				t.Fatalf("reading %d is %v at %d", k, col.Values[i], col.Times[i])
			}
			k++
		}
	}
	if f.Taken() != k {
		t.Errorf("%d taken of %d", f.Taken(), k)
	}
}

// TestQuiet: while nobody writes the questions go on.
func TestQuiet(t *testing.T) {
	w, rng := work(), rand.New(rand.NewPCG(1, 1))
	w.Quiet = func() bool { return true }
	asked, nothing := 0, 0
	for range 500 {
		switch call, some := w.Next(rng); {
		case !some:
			nothing++
		case call.Kind == history.Write || call.Kind == history.Delete:
			t.Fatalf("%+v", call)
		default:
			asked++
		}
	}
	if asked < 100 || nothing < 100 {
		t.Errorf("%d asked, %d nothing", asked, nothing)
	}
}
