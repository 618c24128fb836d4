package query

import (
	"context"

	"tidemark/domain/readpath"
	"tidemark/domain/telemetry"
)

// matches reports whether a source with these labels fits the selector.
func (sel Selector) matches(labels []telemetry.Label) bool {
	for _, m := range sel.Labels {
		value := ""
		for _, l := range labels {
			if l.Name == m.Name {
				value = l.Value
			}
		}
		if (value == m.Value) == m.Not {
			return false
		}
	}
	return true
}

// selected is one series that a selector picked.
type selected struct {
	readpath.Series
	labels []telemetry.Label
}

// MaxSelected is the most series one question may pick.
const MaxSelected = 10_000

// selection is a page of what a selector picks, with the question that found it.
type selection struct {
	*readpath.Question
	picked []selected
	next   *telemetry.Series // to continue after; nil on the last page
}

// pick opens a question and lists the series that a selector picks behind after, at most limit, rising.
func (s asking) pick(ctx context.Context, t telemetry.Tenant, sel Selector, after telemetry.Series,
	limit int) (selection, error) {
	q, err := s.reader.Open(ctx, t, sel.Source)
	if err != nil {
		return selection{}, err
	}
	p := picking{sel: sel, after: after, limit: limit}
	if err := p.all(ctx, q); err != nil {
		return selection{}, err
	}
	out := selection{Question: q, picked: p.out}
	if p.more {
		next := p.out[len(p.out)-1].Series.Series
		out.next = &next
	}
	return out, nil
}

// picking gathers series, one source after another.
type picking struct {
	sel   Selector
	after telemetry.Series
	limit int
	out   []selected
	more  bool // there are others
}

// all adds the series of every source that may have some, or of the one that the selector names.
func (p *picking) all(ctx context.Context, q *readpath.Question) error {
	if p.sel.Source != "" {
		s, err := q.Source(ctx, p.sel.Source)
		if err != nil {
			return err
		}
		return p.source(ctx, s)
	}
	for s, err := range q.Sources(ctx, p.after.Source) {
		if err == nil {
			err = p.source(ctx, s)
		}
		if err != nil || p.more {
			return err
		}
	}
	return nil
}

// source adds the series of a source.
func (p *picking) source(ctx context.Context, s *readpath.Source) error {
	if s.Name() < p.after.Source {
		return nil
	}
	labels, err := s.Labels(ctx)
	if err != nil || !p.sel.matches(labels) {
		return err
	}
	if p.sel.Metric != "" {
		of, known, err := s.Series(ctx, p.sel.Metric)
		if known {
			p.add(of, labels)
		}
		return err
	}
	after := telemetry.Metric("")
	if s.Name() == p.after.Source {
		after = p.after.Metric
	}
	for of, err := range s.AllSeries(ctx, after) {
		if err != nil {
			return err
		}
		if p.add(of, labels); p.more {
			break
		}
	}
	return nil
}

func (p *picking) add(of readpath.Series, labels []telemetry.Label) {
	if of.Compare(p.after) <= 0 {
		return
	}
	if p.more = len(p.out) == p.limit; !p.more {
		p.out = append(p.out, selected{of, labels})
	}
}
