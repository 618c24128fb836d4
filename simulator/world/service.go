package world

import (
	"context"
	"errors"

	"tidemark/domain/bounds"
	"tidemark/domain/fault"
	"tidemark/domain/ingest"
	"tidemark/domain/query"
	"tidemark/domain/readpath"
	"tidemark/domain/telemetry"
	"tidemark/simulator/history"
	"tidemark/simulator/traffic"
	"tidemark/simulator/world/phases"
)

// service is a node's use cases, as clients ask them. A process that is dead takes and answers nothing, and a frozen
// one later.
type service struct {
	r *run
	n *Node
}

// Write has the node take readings in. Each source comes with its label.
func (s service) Write(ctx context.Context, c history.Call) (history.Answer, error) {
	var b telemetry.Batch
	for _, col := range c.Readings {
		series := telemetry.Series{Source: telemetry.Source(col.Source), Metric: telemetry.Metric(col.Metric)}
		of := b.AddSeries(series, "")
		b.Sources = append(b.Sources, telemetry.Description{Source: series.Source,
			Labels: []telemetry.Label{labelOf(series.Source)}})
		for i, t := range col.Times {
			b.Add(of, t, col.Values[i])
		}
	}
	return s.submit(ctx, &b, c.After)
}

// Delete has it take a deletion in.
func (s service) Delete(ctx context.Context, c history.Call) (history.Answer, error) {
	b := telemetry.Batch{Deletions: []telemetry.Deletion{{Series: seriesIn(c), From: c.From, To: c.To}}}
	return s.submit(ctx, &b, c.After)
}

func (s service) submit(ctx context.Context, b *telemetry.Batch, after history.Stamp) (history.Answer, error) {
	s.n.Pass()
	rec, err := s.n.Ingest.Write(ctx, tenant, b, ingest.Options{After: telemetry.Stamp(after), Require: s.require()})
	s.n.Pass()
	return acknowledged(rec), said(err)
}

// require is what a write wants to reach: where there are two journals now one, now both, mostly what it gets.
func (s service) require() telemetry.Durability {
	if s.r.w.West == nil {
		return telemetry.DurableNone
	}
	return []telemetry.Durability{telemetry.DurableNone, telemetry.DurableNone, telemetry.DurableOne,
		telemetry.DurableBoth}[s.r.west.IntN(4)]
}

// Read asks for readings of a series.
func (s service) Read(ctx context.Context, c history.Call) (history.Answer, error) {
	gone := s.gone()
	s.n.Pass()
	defer s.n.doing.At(phases.Asking)()
	page, err := s.n.Query.Readings(ctx, tenant, query.ReadingsQuery{Series: seriesIn(c), From: c.From, To: c.To,
		Limit: 1 << 20})
	if fault.Is(err, fault.NotFound) {
		err = nil
	}
	s.n.Pass()
	return s.complete(gone, page.Claim, shown(c, page.Times, page.Values)), said(err)
}

// Latest asks for the last reading of a series.
func (s service) Latest(ctx context.Context, c history.Call) (history.Answer, error) {
	gone := s.gone()
	s.n.Pass()
	defer s.n.doing.At(phases.Asking)()
	page, err := s.n.Query.Latest(ctx, tenant, query.Selector{Source: telemetry.Source(c.Source),
		Metric: telemetry.Metric(c.Metric)}, telemetry.Series{}, 10)
	var times []int64
	var values []float64
	for _, l := range page.Latest {
		times, values = append(times, l.Time), append(values, l.Value)
	}
	s.n.Pass()
	return s.complete(gone, page.Claim, shown(c, times, values)), said(err)
}

// Ask asks how many readings a series has: rollups say it where no reading has to be looked at.
func (s service) Ask(ctx context.Context, c history.Call) (history.Answer, error) {
	if c.Kind != history.Count {
		return history.Answer{}, &traffic.Refused{Why: "clients of the world ask only how many there are"}
	}
	gone := s.gone()
	s.n.Pass()
	defer s.n.doing.At(phases.Asking)()
	page, err := s.n.Query.Series(ctx, tenant, query.Selector{Source: telemetry.Source(c.Source),
		Metric: telemetry.Metric(c.Metric)}, telemetry.Series{}, 10)
	s.n.Pass()
	counted := 0
	for _, listed := range page.Series {
		counted += int(listed.Count)
	}
	return s.complete(gone, page.Claim, history.Answer{Count: counted}), said(err)
}

// gone is the time before which everything has expired now.
func (s service) gone() int64 { return bounds.Expiry(s.r.plan.Keep, s.r.w.earliest()) }

// complete is an answer with its claim, what had expired when it was asked for, and what may have by now. With one
// journal what the program answers is always complete; with two it says itself how far it is.
func (s service) complete(gone int64, c readpath.Claim, a history.Answer) history.Answer {
	if s.r.w.West == nil {
		a.Claim = history.Claim{Complete: true}
	} else {
		a.Claim = history.Claim{AsOf: c.AsOf, AsOfOne: c.AsOfOne, Mode: c.Mode, From: c.Region}
		if c.Region != "" && c.Region != string(s.n.in) {
			s.r.far++
		}
		if s.n.idle && !c.AsOfOne.IsZero() {
			s.r.told++
		}
		if c.Secondary {
			s.r.secondary++
		}
		if c.Secondary && s.r.gone != "" {
			s.r.outlived++
		}
	}
	a.Expiry = &history.Expiry{Gone: gone, Going: bounds.Expiry(s.r.plan.Keep, s.r.w.expires())}
	return a
}

func seriesIn(c history.Call) telemetry.Series {
	return telemetry.Series{Source: telemetry.Source(c.Source), Metric: telemetry.Metric(c.Metric)}
}

func labelOf(s telemetry.Source) telemetry.Label {
	return telemetry.Label{Name: "is", Value: string(s)}
}

// said is an error in the words of clients: what an outcome is called refused for was certainly not done.
func said(err error) error {
	switch {
	case err == nil:
		return nil
	case outcome(err) == history.Refused:
		return &traffic.Refused{Why: why(err)}
	}
	return errors.New(why(err))
}
