package blockcodec

import (
	"slices"

	"pgregory.net/rapid"

	"tidemark/domain/telemetry"
)

// Generators and builders that the tests of this package share.

const (
	second  = int64(1e9)
	minute  = 60 * second
	testDay = telemetry.Day(20780) // 2026-11-23
)

var testStart = testDay.Start().UnixNano()

var genName = rapid.OneOf(rapid.StringMatching(`[a-c]{1,3}`), rapid.StringMatching(`/site/house-0000[0-9]{1,2}`),
	rapid.StringN(1, 20, -1))

var genSeries = rapid.Custom(func(t *rapid.T) telemetry.Series {
	return telemetry.Series{Source: telemetry.Source(genName.Draw(t, "source")),
		Metric: telemetry.Metric(rapid.SampledFrom([]string{"temp", "power", "x", ""}).
			Draw(t, "metric"))}
})

var genHeader = rapid.Custom(func(t *rapid.T) Header {
	return Header{
		At: telemetry.Position{Stream: telemetry.Stream{Shard: telemetry.Shard{
			Tenant: telemetry.Tenant(genName.Draw(t, "tenant")),
			Index:  rapid.Uint16().Draw(t, "shard")},
			Day: telemetry.Day(rapid.Int32().Draw(t,
				"day")), Writer: telemetry.Writer(rapid.SampledFrom([]string{"w1", "w2"}).
				Draw(t, "writer"))},
			Number: telemetry.Number(rapid.Uint64Min(1).Draw(t, "number"))},
		Stamp: telemetry.Stamp(rapid.Uint64().Draw(t, "stamp")), Acked: telemetry.Number(rapid.Uint64().Draw(t,
			"acked")),
		AckedAs: telemetry.Durability(rapid.Uint8Range(0, 2).Draw(t, "as")),
		Whole:   telemetry.Number(rapid.SampledFrom([]uint64{0, 0, 1, 1 << 40}).Draw(t, "whole"))}
})

var genBatch = rapid.Custom(func(t *rapid.T) *telemetry.Batch {
	b := new(telemetry.Batch)
	for _, s := range rapid.SliceOfNDistinct(genSeries, 0, 6, rapid.ID).Draw(t, "series") {
		b.AddSeries(s, rapid.SampledFrom([]string{"", "C", "kWh"}).Draw(t, "unit"))
	}
	if len(b.Series) > 0 {
		for range rapid.IntRange(0, 60).Draw(t, "readings") {
			at := testStart + rapid.Int64Range(0, 40).Draw(t, "at")*second
			b.Add(uint32(rapid.IntRange(0, len(b.Series)-1).Draw(t, "of")), at,
				float64(rapid.IntRange(-99, 99).Draw(t, "value"))/10)
		}
	}
	for range rapid.IntRange(0, 2).Draw(t, "sources") {
		d := telemetry.Description{Source: telemetry.Source(genName.Draw(t, "source")),
			Replace: rapid.Bool().Draw(t, "replace")}
		for _, name := range rapid.SliceOfNDistinct(rapid.StringMatching(`[a-d]`), 0, 3, rapid.ID).Draw(t, "labels") {
			d.Labels = append(d.Labels, telemetry.Label{Name: name, Value: rapid.StringN(0, 5, -1).Draw(t, "label")})
		}
		slices.SortFunc(d.Labels, func(a, b telemetry.Label) int { return int(a.Name[0]) - int(b.Name[0]) })
		b.Sources = append(b.Sources, d)
	}
	for range rapid.IntRange(0, 2).Draw(t, "deletions") {
		from := testStart + rapid.Int64Range(0, 40).Draw(t, "from")*second
		b.Deletions = append(b.Deletions, telemetry.Deletion{Series: genSeries.Draw(t, "of"), From: from, To: from +
			rapid.Int64Range(0, 20).Draw(t, "long")*second})
	}
	return b
})

// agreeing is how many of the batches, from the first, go into one block: none says another unit of a series than one
// before it.
func agreeing(batches []*telemetry.Batch) int {
	units := map[telemetry.Series]string{}
	for n, b := range batches {
		for i, s := range b.Series {
			u := b.Units[i]
			if u != "" && units[s] != "" && units[s] != u {
				return n
			}
			if u != "" {
				units[s] = u
			}
		}
	}
	return len(batches)
}

// slowBlock is the block of batches that agree, as its documentation says it, with maps: the reference of Build.
func slowBlock(h Header, batches ...*telemetry.Batch) *telemetry.Block {
	type at struct {
		s telemetry.Series
		t int64
	}
	values, units := map[at]float64{}, map[telemetry.Series]string{}
	b := &telemetry.Block{At: h.At, Stamp: h.Stamp, Acked: h.Acked, AckedAs: h.AckedAs,
		Whole: h.Whole}
	for _, batch := range batches {
		for i, s := range batch.Series {
			if batch.Units[i] != "" {
				units[s] = batch.Units[i]
			}
		}
		for i, of := range batch.Of {
			values[at{batch.Series[of], batch.Times[i]}] = batch.Values[i]
		}
		b.Sources = append(b.Sources, batch.Sources...)
		b.Deletions = append(b.Deletions, batch.Deletions...)
	}
	keys := make([]at, 0, len(values))
	for k := range values {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b at) int {
		if c := a.s.Compare(b.s); c != 0 {
			return c
		}
		return int(min(1, max(-1, a.t-b.t)))
	})
	for _, k := range keys {
		if n := len(b.Columns); n == 0 || b.Columns[n-1].Series != k.s {
			b.Columns = append(b.Columns, telemetry.Column{Series: k.s, Unit: units[k.s]})
		}
		c := &b.Columns[len(b.Columns)-1]
		c.Times, c.Values = append(c.Times, k.t), append(c.Values, values[k])
	}
	return b
}
