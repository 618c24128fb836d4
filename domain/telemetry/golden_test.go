package telemetry

import (
	"math"
	"testing"

	"tidemark/domain/column/columntest"
	"tidemark/domain/stored/storedtest"
)

func samples() []storedtest.Sample {
	const writer, other = "01JD3A0000000000000000000W", "01JD3A0000000000000000000X"
	shard := Shard{Tenant: "ténant", Index: 3}
	at := Position{Stream: Stream{Shard: shard, Day: testDay, Writer: writer}, Number: 42}
	stamp := StampAt(testDay.Start()) + 7
	block := &Block{At: at, Stamp: stamp, Acked: 40, AckedAs: DurableBoth,
		Columns: []Column{
			{Series{"house/1", "power"}, "W", []int64{testStart}, []float64{230.5}},
			{Series{"house/1", "temperature"}, "C", columntest.Regular(testStart, minute, 5),
				[]float64{20, 20.1, 20.15, 20.1, 20}},
			{Series{"house/2", "power"}, "W", []int64{testStart, testStart + 1, testStart + second},
				[]float64{0.1, 1.0 / 3, math.Copysign(0, -1)}},
			{Series{"house/2", "state"}, "", columntest.Regular(testStart, second, 300), make([]float64, 300)},
			{Series{"mast", "wind"}, "m/s", []int64{MinTime, testStart, MaxTime - 1},
				[]float64{1.0 / 3, 2.0 / 3, -1e300}},
		},
		Sources:   []Description{{"house/1", []Label{{"city", "Graz"}, {"floor", ""}}, true}, {"mast", nil, false}},
		Deletions: []Deletion{{Series{"house/1", "power"}, testStart - minute, testStart + minute}}}
	window := WindowOf(WindowDay, testStart)
	first, second := Origin{stamp, writer, 42}, Origin{stamp + 1, other, 1}
	chunk := &Chunk{Tenant: "ténant", Series: Series{"house/1", "power"}, Window: window,
		Times: columntest.Regular(testStart, minute, 200), Values: columntest.Walk(1, 200),
		Origins: []OriginRun{{100, Origin{}}, {50, first}, {49, second}, {1, first}}, Floor: stamp - 1,
		Coverage: Coverage(nil).With(0, Covered{at.Stream, 42, 43, stamp}, Covered{at.Stream, 45, 45, stamp + 9},
			Covered{Stream{shard, testDay - 1, other}, 1, 1, stamp + 1})}
	split := &Chunk{Tenant: "ténant", Series: Series{"house/1", "power"}, Window: WindowOf(WindowYear, MinTime),
		Split: true}
	row := &SourceRow{Tenant: "ténant", Source: "house/1", Replaced: first,
		Labels: []LabelAt{{Label{"city", "Graz"}, first}, {Label{"floor", ""}, second}},
		Metrics: []MetricRow{{Metric: "power", Unit: "W", UnitFrom: first, Years: []int32{-1, 54, 55},
			Purged:    stamp - 5,
			Deletions: []DeletionAt{{testStart, testStart + minute, first}, {MinTime, MaxTime, second}}},
			{Metric: "state"}}}
	part := &SourceRow{Tenant: "ténant", Source: "house/1", Form: SourcePart,
		From: Place{"power", DeletionAt{testStart, testStart + minute, first}}, To: PlaceOf("sta"),
		Metrics: []MetricRow{{Metric: "power", Deletions: row.Metrics[0].Deletions, Purged: stamp - 5},
			{Metric: "powers", Unit: "W", UnitFrom: second, Years: []int32{55}}}}
	contradicted := &SourceRow{Tenant: "ténant", Source: "house/1",
		Metrics: []MetricRow{{Metric: "power"}, {Metric: "temp", Unit: "C", UnitFrom: first,
			Others: []UnitAt{{"F", second}, {"K", Origin{stamp + 2, writer, 43}}}, Years: []int32{55}}}}
	parts := &SourceRow{Tenant: "ténant", Source: "house/1", Form: SourceSplit, Parts: []Place{part.From, part.To}}
	return []storedtest.Sample{
		storedtest.Of("block-v1", block, EncodeBlock, DecodeBlock),
		storedtest.Of("chunk-v1", chunk, EncodeChunk, DecodeChunk),
		storedtest.Of("chunk-split-v1", split, EncodeChunk, DecodeChunk),
		storedtest.Of("source-v1", row, EncodeSource, DecodeSource),
		storedtest.Of("source-part-v2", part, EncodeSource, DecodeSource),
		storedtest.Of("source-units-v3", contradicted, EncodeSource, DecodeSource),
		storedtest.Of("source-split-v2", parts, EncodeSource, DecodeSource),
		storedtest.Of("shardstate-v1", &ShardState{Shard: shard, Floor: stamp}, EncodeShardState, DecodeShardState),
		storedtest.Of("horizon-v1", &Horizon{Tenant: "ténant", Before: testStart}, EncodeHorizon, DecodeHorizon),
	}
}

func TestGolden(t *testing.T) { storedtest.Golden(t, samples()) }

func TestDamage(t *testing.T) { storedtest.Damage(t, samples()) }

func FuzzDecodeBlock(f *testing.F)  { storedtest.Fuzz(f, samples(), DecodeBlock, EncodeBlock) }
func FuzzDecodeChunk(f *testing.F)  { storedtest.Fuzz(f, samples(), DecodeChunk, EncodeChunk) }
func FuzzDecodeSource(f *testing.F) { storedtest.Fuzz(f, samples(), DecodeSource, EncodeSource) }
func FuzzDecodeShardState(f *testing.F) {
	storedtest.Fuzz(f, samples(), DecodeShardState, EncodeShardState)
}
func FuzzDecodeHorizon(f *testing.F) { storedtest.Fuzz(f, samples(), DecodeHorizon, EncodeHorizon) }
