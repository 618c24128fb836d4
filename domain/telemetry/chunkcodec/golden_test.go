package chunkcodec

import (
	"testing"

	"tidemark/domain/column/columntest"
	"tidemark/domain/stored/storedtest"
	"tidemark/domain/telemetry"
)

const (
	second  = int64(1e9)
	minute  = 60 * second
	testDay = telemetry.Day(20780) // 2026-11-23
)

var testStart = testDay.Start().UnixNano()

func samples() []storedtest.Sample {
	const writer, other = "01JD3A0000000000000000000W", "01JD3A0000000000000000000X"
	shard := telemetry.Shard{Tenant: "ténant", Index: 3}
	at := telemetry.Position{Stream: telemetry.Stream{Shard: shard, Day: testDay, Writer: writer}, Number: 42}
	stamp := telemetry.StampAt(testDay.Start()) + 7
	window := telemetry.WindowOf(telemetry.WindowDay, testStart)
	first, second := telemetry.Origin{Stamp: stamp, Writer: writer, Number: 42}, telemetry.Origin{Stamp: stamp + 1,
		Writer: other, Number: 1}
	chunk := &telemetry.Chunk{Tenant: "ténant", Series: telemetry.Series{Source: "house/1", Metric: "power"},
		Window: window,
		Times:  columntest.Regular(testStart, minute, 200), Values: columntest.Walk(1, 200),
		Origins: []telemetry.OriginRun{{Count: 100, Origin: telemetry.Origin{}}, {Count: 50, Origin: first},
			{Count: 49, Origin: second}, {Count: 1, Origin: first}}, Floor: stamp - 1,
		Coverage: telemetry.Coverage(nil).With(0, telemetry.Covered{Stream: at.Stream, From: 42, To: 43,
			Until: stamp}, telemetry.Covered{Stream: at.Stream, From: 45, To: 45, Until: stamp + 9},
			telemetry.Covered{Stream: telemetry.Stream{Shard: shard, Day: testDay - 1, Writer: other}, From: 1, To: 1,
				Until: stamp + 1})}
	split := &telemetry.Chunk{Tenant: "ténant", Series: telemetry.Series{Source: "house/1", Metric: "power"},
		Window: telemetry.WindowOf(telemetry.WindowYear, telemetry.MinTime),
		Split:  true}
	return []storedtest.Sample{
		storedtest.Of("chunk-v1", chunk, Encode, Decode),
		storedtest.Of("chunk-split-v1", split, Encode, Decode),
	}
}

func TestGolden(t *testing.T) { storedtest.Golden(t, samples()) }

func TestDamage(t *testing.T) { storedtest.Damage(t, samples()) }

func FuzzDecode(f *testing.F) { storedtest.Fuzz(f, samples(), Decode, Encode) }
