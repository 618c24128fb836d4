package blockcodec

import (
	"math"
	"testing"

	"tidemark/domain/column/columntest"
	"tidemark/domain/stored/storedtest"
	"tidemark/domain/telemetry"
)

func samples() []storedtest.Sample {
	const writer = "01JD3A0000000000000000000W"
	shard := telemetry.Shard{Tenant: "ténant", Index: 3}
	at := telemetry.Position{Stream: telemetry.Stream{Shard: shard, Day: testDay, Writer: writer}, Number: 42}
	stamp := telemetry.StampAt(testDay.Start()) + 7
	block := &telemetry.Block{At: at, Stamp: stamp, Acked: 40, AckedAs: telemetry.DurableBoth,
		Columns: []telemetry.Column{
			{Series: telemetry.Series{Source: "house/1", Metric: "power"}, Unit: "W", Times: []int64{testStart},
				Values: []float64{230.5}},
			{Series: telemetry.Series{Source: "house/1", Metric: "temperature"}, Unit: "C",
				Times:  columntest.Regular(testStart, minute, 5),
				Values: []float64{20, 20.1, 20.15, 20.1, 20}},
			{Series: telemetry.Series{Source: "house/2", Metric: "power"}, Unit: "W",
				Times:  []int64{testStart, testStart + 1, testStart + second},
				Values: []float64{0.1, 1.0 / 3, math.Copysign(0, -1)}},
			{Series: telemetry.Series{Source: "house/2", Metric: "state"}, Unit: "",
				Times: columntest.Regular(testStart, second, 300), Values: make([]float64, 300)},
			{Series: telemetry.Series{Source: "mast", Metric: "wind"}, Unit: "m/s",
				Times:  []int64{telemetry.MinTime, testStart, telemetry.MaxTime - 1},
				Values: []float64{1.0 / 3, 2.0 / 3, -1e300}},
		},
		Sources: []telemetry.Description{{Source: "house/1",
			Labels: []telemetry.Label{{Name: "city", Value: "Graz"},
				{Name: "floor", Value: ""}}, Replace: true}, {Source: "mast", Labels: nil, Replace: false}},
		Deletions: []telemetry.Deletion{{Series: telemetry.Series{Source: "house/1", Metric: "power"},
			From: testStart - minute, To: testStart + minute}}}
	whole := *block
	whole.Whole = 39
	return []storedtest.Sample{
		storedtest.Of("block-v1", block, Encode, Decode),
		storedtest.Of("block-v2", &whole, Encode, Decode),
	}
}

func TestGolden(t *testing.T) { storedtest.Golden(t, samples()) }

func TestDamage(t *testing.T) { storedtest.Damage(t, samples()) }

func FuzzDecode(f *testing.F) { storedtest.Fuzz(f, samples(), Decode, Encode) }
