package query

import (
	"context"

	"tidemark/domain/readpath"
	"tidemark/domain/telemetry"
)

// LatestPage is a page of last readings by series. Next is the series to continue after, nil on the last page.
type LatestPage struct {
	Latest []Latest
	Next   *telemetry.Series
	Claim  readpath.Claim
}

func (s asking) latest(ctx context.Context, t telemetry.Tenant, sel Selector, after telemetry.Series,
	limit int) (LatestPage, error) {
	selected, err := s.pick(ctx, t, sel, after, limit)
	if err != nil {
		return LatestPage{}, err
	}
	page := LatestPage{Next: selected.next, Claim: selected.Claim()}
	got := make([]Latest, len(selected.picked))
	found := make([]bool, len(selected.picked))
	err = selected.Each(ctx, len(selected.picked), func(ctx context.Context, i int) error {
		var err error
		got[i], found[i], err = last(ctx, selected.picked[i].Series)
		return err
	})
	for i := range got {
		if found[i] {
			page.Latest = append(page.Latest, got[i])
		}
	}
	return page, err
}

// last is the last reading of a series, false if it has none left.
func last(ctx context.Context, s readpath.Series) (Latest, bool, error) {
	out := Latest{Series: s.Series, Unit: s.Row.Unit, Others: s.Row.OtherUnits()}
	all := readpath.Span{From: telemetry.MinTime, To: telemetry.MaxTime, Backwards: true}
	for l, err := range s.Leaves(ctx, all) {
		if err != nil {
			return out, false, err
		}
		if n := len(l.Times); n > 0 {
			out.Time, out.Value = l.Times[n-1], l.Values[n-1]
			return out, true, nil
		}
	}
	return out, false, nil
}
