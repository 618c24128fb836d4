package check

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"tidemark/simulator/history"
)

var zero = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// store is a service that keeps its promises: what is stored stays, and the version with the greatest stamp counts.
// Its nodes' clocks are up to a second off.
type store struct {
	*rand.Rand
	h      *history.History
	now    time.Time
	stamp  map[string]int64 // of each node, the last
	kept   []stored
	later  []stored // on their way: whoever wrote them got no answer
	value  float64
	fresh  int64 // times that nobody else writes
	claims bool  // some answers are as of a moment only
}

// stored is a value or a deletion in the store.
type stored struct {
	tenant   string
	from, to int64
	stamp    int64
	place    int
	value    float64
	gone     bool
	at       time.Time
}

const slots = 12

// generate is a history of about so many operations that nothing is wrong with.
func generate(seed uint64, n int, claims bool) *history.History {
	s := &store{Rand: rand.New(rand.NewPCG(seed, 1)), h: &history.History{}, now: zero, stamp: map[string]int64{},
		fresh: 1000, claims: claims}
	type going struct {
		op  *history.Op
		end func()
	}
	var open []going
	for len(s.h.Ops) < n {
		s.now = s.now.Add(time.Duration(s.IntN(700)) * time.Millisecond)
		s.arrive()
		if len(open) < 4 && s.IntN(2) == 0 {
			op, end := s.begin(len(open))
			open = append(open, going{op, end})
		} else if len(open) > 0 {
			i := s.IntN(len(open))
			open[i].end()
			open = slices.Delete(open, i, i+1)
		}
	}
	for _, g := range open {
		g.end()
	}
	s.h.Enter(s.now, history.Healed)
	for _, tenant := range []string{"t", "u"} { // the end: what is there
		for range 2 {
			op, end := s.read(tenant, history.Read, "end")
			op.Call.From, op.Call.To, op.Call.Limit = 0, s.fresh+1, 0
			end()
		}
	}
	s.later = nil
	s.h.Enter(s.now, history.Drained)
	for range 4 {
		for _, k := range []history.Kind{history.Ask, history.Fold, history.Read} {
			op, end := s.read("t", k, "end")
			op.Call.From, op.Call.To, op.Call.Limit = 0, s.fresh+1, 0
			if k == history.Ask {
				op.Call.Source = "quiet" // of which nothing is under way for ever
			}
			end()
		}
	}
	return s.h
}

// begin begins something; end ends it.
func (s *store) begin(client int) (*history.Op, func()) {
	tenant := []string{"t", "t", "u"}[s.IntN(3)]
	process := string(rune('a'+client)) + tenant
	switch draw := s.IntN(20); {
	case draw < 8:
		return s.write(tenant, process)
	case draw < 10:
		return s.delete(tenant, process)
	case draw < 12:
		return s.read(tenant, history.Latest, process)
	case draw < 13:
		return s.read(tenant, history.Count, process)
	case draw < 14:
		return s.read(tenant, history.Fold, process)
	case draw < 15:
		return s.read(tenant, history.Ask, process)
	}
	return s.read(tenant, history.Read, process)
}

// stampNow is a stamp of a node, by its clock.
func (s *store) stampNow() int64 {
	i := s.IntN(3)
	node := []string{"n0", "n1", "n2"}[i]
	off := []time.Duration{0, 900 * time.Millisecond, -900 * time.Millisecond}[i]
	at := max(s.now.Add(off).UnixMilli()<<8|int64(i), s.stamp[node]+8)
	s.stamp[node] = at
	return at
}

// slot is a time at which several write, or one that is new.
func (s *store) slot() int64 {
	if s.IntN(3) == 0 {
		s.fresh++
		return s.fresh
	}
	return int64(s.IntN(slots))
}

func (s *store) write(tenant, process string) (*history.Op, func()) {
	col := history.Column{Source: "s", Metric: "m"}
	var parts []stored
	for place := range 1 + s.IntN(3) {
		s.value++
		col.Times, col.Values = append(col.Times, s.slot()), append(col.Values, s.value)
		t := col.Times[place]
		parts = append(parts, stored{tenant: tenant, from: t, to: t + 1, place: place, value: s.value})
	}
	op := s.h.Begin(s.now, history.Op{Process: process, Call: history.Call{Kind: history.Write, Tenant: tenant,
		Readings: []history.Column{col}}})
	return op, func() { s.finish(op, parts) }
}

func (s *store) delete(tenant, process string) (*history.Op, func()) {
	from := int64(s.IntN(slots))
	c := history.Call{Kind: history.Delete, Tenant: tenant, Source: "s", Metric: "m", From: from,
		To: from + int64(s.IntN(4))}
	op := s.h.Begin(s.now, history.Op{Process: process, Call: c})
	return op, func() { s.finish(op, []stored{{tenant: tenant, from: c.From, to: c.To, gone: true}}) }
}

// finish stores, or does not, or only later, and says so, or says nothing.
func (s *store) finish(op *history.Op, parts []stored) {
	stamp := s.stampNow()
	for i := range parts {
		parts[i].stamp, parts[i].at = stamp, s.now
	}
	switch s.IntN(10) {
	case 0:
		s.h.End(s.now, op, history.Refused, history.Answer{}, "throttled")
		return
	case 1:
		s.h.End(s.now, op, history.Unknown, history.Answer{}, "lost")
		return
	case 2:
		s.later = append(s.later, parts...)
		s.h.End(s.now, op, history.Unknown, history.Answer{}, "late")
		return
	case 3:
		s.later = append(s.later, parts...)
		return // it never ends
	}
	s.kept = append(s.kept, parts...)
	s.h.End(s.now, op, history.Done, history.Answer{Durability: history.Durability(1 + s.IntN(2)),
		Origin: history.Origin{Stamp: history.Stamp(stamp)}}, "")
}

// arrive stores what was on its way, now and then.
func (s *store) arrive() {
	if len(s.later) > 0 && s.IntN(6) == 0 {
		i := s.IntN(len(s.later))
		p := s.later[i]
		p.at = s.now
		s.kept, s.later = append(s.kept, p), slices.Delete(s.later, i, i+1)
	}
}

// read looks at the store when it ends.
func (s *store) read(tenant string, k history.Kind, process string) (*history.Op, func()) {
	c := history.Call{Kind: k, Tenant: tenant, Source: "s", Metric: "m"}
	if k != history.Latest {
		c.From, c.To = int64(s.IntN(5)), s.fresh+1
	}
	switch k {
	case history.Fold:
		c.Step = int64(1 + s.IntN(7))
	case history.Ask:
		c.Question = "everything"
	}
	if k == history.Read && s.IntN(3) == 0 {
		c.Limit = 1 + s.IntN(5)
	}
	op := s.h.Begin(s.now, history.Op{Process: process, Call: c})
	return op, func() { s.answer(op) }
}

func (s *store) answer(op *history.Op) {
	c := op.Call
	claim := history.Claim{Complete: true}
	at := s.now
	if s.claims && s.IntN(4) == 0 && op.Process != "end" {
		at = s.now.Add(-time.Duration(s.IntN(10)) * time.Second)
		claim = history.Claim{AsOf: at, AsOfOne: at}
	} else if s.IntN(4) == 0 && op.Process != "end" {
		op.Session, claim = op.Process, history.Claim{}
	}
	a := history.Answer{Claim: claim}
	times, values := s.view(c, at)
	switch {
	case c.Kind == history.Count:
		a.Count = len(times)
		s.h.End(s.now, op, history.Done, a, "")
		return
	case c.Kind == history.Ask: // some claim nothing and lack much: they are compared with none
		a.Text = fmt.Sprint(times, values)
		s.h.End(s.now, op, history.Done, a, "")
		return
	case c.Kind == history.Fold:
		a.Buckets = buckets(times, values, c.Step)
		s.h.End(s.now, op, history.Done, a, "")
		return
	case c.Kind == history.Latest && len(times) > 0:
		times, values = times[len(times)-1:], values[len(values)-1:]
	case c.Limit > 0 && len(times) > c.Limit:
		times, values, a.More = times[:c.Limit], values[:c.Limit], true
	}
	if len(times) > 0 {
		a.Readings = []history.Column{{Source: "s", Metric: "m", Times: times, Values: values}}
	}
	s.h.End(s.now, op, history.Done, a, "")
}

func buckets(times []int64, values []float64, step int64) (out []history.Bucket) {
	for i, t := range times {
		v, n := values[i], len(out)
		if n == 0 || out[n-1].Start != t/step*step {
			out = append(out, history.Bucket{Start: t / step * step, Min: v, Max: v, First: v})
			n++
		}
		b := &out[n-1]
		b.Count, b.Sum, b.Min, b.Max, b.Last = b.Count+1, b.Sum+v, min(b.Min, v), max(b.Max, v), v
	}
	return out
}

// view is what a tenant has, as it was stored at a moment.
func (s *store) view(c history.Call, at time.Time) (times []int64, values []float64) {
	var all []stored
	for _, p := range s.kept {
		if p.tenant == c.Tenant && !p.at.After(at) {
			all = append(all, p)
		}
	}
	slices.SortFunc(all, func(a, b stored) int {
		return cmp.Or(cmp.Compare(a.stamp, b.stamp), cmp.Compare(a.place, b.place))
	})
	now := map[int64]float64{}
	for _, p := range all {
		if !p.gone {
			now[p.from] = p.value
			continue
		}
		for t := p.from; t < p.to; t++ {
			delete(now, t)
		}
	}
	for t := range now {
		if c.Kind == history.Latest || c.From <= t && t < c.To {
			times = append(times, t)
		}
	}
	slices.Sort(times)
	for _, t := range times {
		values = append(values, now[t])
	}
	return times, values
}
