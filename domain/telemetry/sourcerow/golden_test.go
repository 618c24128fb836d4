package sourcerow

import (
	"testing"

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
	stamp := telemetry.StampAt(testDay.Start()) + 7
	first, second := telemetry.Origin{Stamp: stamp, Writer: writer, Number: 42}, telemetry.Origin{Stamp: stamp + 1,
		Writer: other, Number: 1}
	row := &Row{Tenant: "ténant", Source: "house/1", Replaced: first,
		Labels: []LabelAt{{telemetry.Label{Name: "city", Value: "Graz"}, first},
			{telemetry.Label{Name: "floor", Value: ""}, second}},
		Metrics: []MetricRow{{Metric: "power", Unit: "W", UnitFrom: first, Years: []int32{-1, 54, 55},
			Purged: stamp - 5,
			Deletions: []telemetry.DeletionAt{{From: testStart, To: testStart + minute, Origin: first},
				{From: telemetry.MinTime, To: telemetry.MaxTime, Origin: second}}},
			{Metric: "state"}}}
	part := &Row{Tenant: "ténant", Source: "house/1", Form: Part,
		From: Place{"power", telemetry.DeletionAt{From: testStart, To: testStart + minute,
			Origin: first}}, To: PlaceOf("sta"),
		Metrics: []MetricRow{{Metric: "power", Deletions: row.Metrics[0].Deletions, Purged: stamp - 5},
			{Metric: "powers", Unit: "W", UnitFrom: second, Years: []int32{55}}}}
	contradicted := &Row{Tenant: "ténant", Source: "house/1",
		Metrics: []MetricRow{{Metric: "power"}, {Metric: "temp", Unit: "C", UnitFrom: first,
			Others: []UnitAt{{"F", second}, {"K", telemetry.Origin{Stamp: stamp + 2, Writer: writer,
				Number: 43}}}, Years: []int32{55}}}}
	parts := &Row{Tenant: "ténant", Source: "house/1", Form: Split, Parts: []Place{part.From, part.To}}
	return []storedtest.Sample{
		storedtest.Of("source-v1", row, Encode, Decode),
		storedtest.Of("source-part-v2", part, Encode, Decode),
		storedtest.Of("source-units-v3", contradicted, Encode, Decode),
		storedtest.Of("source-split-v2", parts, Encode, Decode),
	}
}

func TestGolden(t *testing.T) { storedtest.Golden(t, samples()) }

func TestDamage(t *testing.T) { storedtest.Damage(t, samples()) }

func FuzzDecode(f *testing.F) { storedtest.Fuzz(f, samples(), Decode, Encode) }
