package overhttp

import (
	"context"
	"fmt"
	"time"

	"tidemark/simulator/history"
)

// groups is an answer of aggregates.
type groups struct {
	Groups []struct {
		Starts []time.Time
		Values map[string][]*float64
	}
}

// fold asks for aggregates of a series: for a Count by years, which are added.
func (s Service) fold(ctx context.Context, c history.Call) (a history.Answer, err error) {
	v := span(c)
	v.Set("step", "1y")
	v.Set("fn", "count")
	if c.Kind == history.Fold {
		v.Set("step", time.Duration(c.Step).String())
		v.Set("fn", "count,sum,min,max,first,last")
	}
	var body groups
	r, err := s.get(ctx, path("/v1/aggregates", v), &body)
	if err != nil {
		return a, err
	}
	if len(body.Groups) > 1 {
		return a, fmt.Errorf("the aggregates of one series have %d groups", len(body.Groups))
	}
	a.Claim = r.claim()
	for _, b := range body.buckets() {
		if c.Kind == history.Count {
			a.Count += b.Count
		} else if b.Count > 0 {
			a.Buckets = append(a.Buckets, b)
		}
	}
	return a, nil
}

func (g groups) buckets() (out []history.Bucket) {
	for _, of := range g.Groups {
		for i, start := range of.Starts {
			number := func(fn string) float64 {
				if list := of.Values[fn]; i < len(list) && list[i] != nil {
					return *list[i]
				}
				return 0
			}
			out = append(out, history.Bucket{Start: start.UnixNano(), Count: int(number("count")),
				Sum: number("sum"), Min: number("min"), Max: number("max"), First: number("first"),
				Last: number("last")})
		}
	}
	return out
}
