package overhttp

import (
	"context"
	"strconv"
	"time"

	"tidemark/simulator/history"
)

// pageful is how many readings a page has at most.
const pageful = 50_000

// readings is a page of them.
type readings struct {
	Readings []struct {
		Time  time.Time
		Value float64
	}
	Next string
}

// Read reads page after page, up to the limit of the call. What the first page claims holds for all: what is
// acknowledged between two pages is not promised to be in the later ones.
func (s Service) Read(ctx context.Context, c history.Call) (a history.Answer, err error) {
	v, col := span(c), history.Column{Source: c.Source, Metric: c.Metric}
	for {
		most := pageful
		if c.Limit > 0 {
			most = min(most, c.Limit-len(col.Times))
		}
		v.Set("limit", strconv.Itoa(most))
		var page readings
		r, err := s.get(ctx, path("/v1/readings", v), &page)
		if err != nil {
			return a, err
		}
		if len(col.Times) == 0 {
			a.Claim = r.claim()
		}
		for _, p := range page.Readings {
			col.Times, col.Values = append(col.Times, p.Time.UnixNano()), append(col.Values, p.Value)
		}
		a.More = page.Next != ""
		v.Set("cursor", page.Next)
		if !a.More || c.Limit > 0 && len(col.Times) >= c.Limit {
			break
		}
	}
	if len(col.Times) > 0 {
		a.Readings = []history.Column{col}
	}
	return a, nil
}
