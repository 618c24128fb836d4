package chunkstest

import (
	"strconv"

	"tidemark/domain/telemetry"
	"tidemark/ports/chunks"
	"tidemark/ports/internal/proof"
)

func keysNeverMeet(t T, f Fixture) {
	var keys []chunks.Key
	for _, name := range proof.Names() {
		keys = append(keys, at(name), chunks.SourceKey(tenant, telemetry.Source(name)),
			chunks.TaskKey(telemetry.Tenant(name), "task"))
	}
	neverMeet(t, f, keys)
}

func partitionsNeverMeet(t T, f Fixture) {
	series := func(tenant, source, metric string) chunks.Key {
		return chunks.Key{Row: "r", Partition: chunks.Partition{Table: chunks.Chunks, Year: year,
			Tenant: telemetry.Tenant(tenant),
			Of:     telemetry.Series{Source: telemetry.Source(source), Metric: telemetry.Metric(metric)}}}
	}
	var keys []chunks.Key
	for _, name := range proof.Names() {
		keys = append(keys, series(name, "s", "m"), series("t", name, "m"), series("t", "s", name))
	}
	// The same text, cut in other places, and empty parts.
	keys = append(keys, series("", "", ""), series("t", "", ""), series("", "t", ""), series("", "", "t"),
		series("", "s", "m"),
		series("t", "", "m"), series("t", "s", ""))
	for _, sep := range []string{"|", ",", "/", "-", "~", "\x00", ""} {
		keys = append(keys, series("x"+sep+"y", "z", "w"), series("x", "y"+sep+"z", "w"), series("x", "y", "z"+sep+"w"),
			series("x"+sep+"y"+sep+"z", "w", "w"), series("x"+sep, sep+"y", "z"), series("x", sep+sep+"y", "z"))
	}
	// The same names in other years and tables.
	for _, y := range []int32{year - 1, year + 1, 0, -1, 1, 10} {
		k := series("t", "s", "m")
		k.Year = y
		keys = append(keys, k)
	}
	for _, table := range []chunks.Table{chunks.Catalogue, chunks.State, chunks.Tasks} {
		keys = append(keys, chunks.Key{Partition: chunks.Partition{Table: table, Tenant: "t"}, Row: "r"})
	}
	neverMeet(t, f, keys)
}

// neverMeet stores another value under each key and expects to find it there, and nothing else.
func neverMeet(t T, f Fixture, keys []chunks.Key) {
	ctx := proof.Context(t)
	distinct := map[chunks.Key]string{}
	inPartition := map[chunks.Partition]int{}
	years := map[int32]bool{}
	proof.OK(t, f.Store.Prepare(ctx), "prepare")
	for i, k := range keys {
		if _, twice := distinct[k]; twice {
			continue // the lists overlap
		}
		if k.Table == chunks.Chunks && !years[k.Year] {
			proof.OK(t, f.Store.Prepare(ctx, k.Year), "prepare")
			years[k.Year] = true
		}
		distinct[k] = "value " + strconv.Itoa(i)
		inPartition[k.Partition]++
		put(ctx, t, f.Store, k, distinct[k])
	}
	for k, value := range distinct {
		want(ctx, t, f.Store, k, value)
	}
	for of, n := range inPartition {
		rows, err := scan(ctx, f.Store, chunks.Range{Partition: of})
		proof.OK(t, err, "scan")
		if len(rows) != n {
			t.Errorf("partition %+v has %d rows, want %d", of, len(rows), n)
		}
		for _, row := range rows {
			if value, known := distinct[row.Key]; !known || value != string(row.Value) || row.Key.Partition != of {
				t.Errorf("partition %+v holds the row %+v = %q", of, row.Key, row.Value)
			}
		}
	}
}
