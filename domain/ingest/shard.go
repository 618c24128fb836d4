package ingest

import "tidemark/domain/telemetry"

// splitShards cuts a batch by the shard of its sources into n batches, some of them empty. Dictionaries are kept
// small: each part has only its own series.
func splitShards(b *telemetry.Batch, n int) []*telemetry.Batch {
	parts := make([]*telemetry.Batch, n)
	for i := range parts {
		parts[i] = new(telemetry.Batch)
	}
	shards := make([]uint16, len(b.Series))
	index := make([]uint32, len(b.Series))
	for i, s := range b.Series {
		shards[i] = telemetry.ShardOf(s.Source, n)
		index[i] = parts[shards[i]].AddSeries(s, b.Units[i])
	}
	for i, of := range b.Of {
		parts[shards[of]].Add(index[of], b.Times[i], b.Values[i])
	}
	for _, d := range b.Sources {
		p := parts[telemetry.ShardOf(d.Source, n)]
		p.Sources = append(p.Sources, d)
	}
	for _, d := range b.Deletions {
		p := parts[telemetry.ShardOf(d.Series.Source, n)]
		p.Deletions = append(p.Deletions, d)
	}
	return parts
}
