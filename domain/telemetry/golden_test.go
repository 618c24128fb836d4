package telemetry

import (
	"bytes"
	"encoding/hex"
	"flag"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var rewrite = flag.Bool("rewrite", false, "write testdata anew; bytes of a released version must never change")

// sample is a stored value with its codec, so that golden files and fuzz seeds come from one list.
type sample struct {
	name   string
	value  any
	encode func() ([]byte, error)
	decode func(p []byte) (any, error)
}

func sampleOf[T any](name string, v *T, encode func([]byte, *T) ([]byte, error),
	decode func([]byte) (*T, error)) sample {
	return sample{name, v, func() ([]byte, error) { return encode(nil, v) },
		func(p []byte) (any, error) { return decode(p) }}
}

func samples() []sample {
	const writer, other = "01JD3A0000000000000000000W", "01JD3A0000000000000000000X"
	shard := Shard{Tenant: "ténant", Index: 3}
	at := Position{Stream: Stream{Shard: shard, Day: testDay, Writer: writer}, Number: 42}
	stamp := StampAt(testDay.Start()) + 7
	block := &Block{At: at, Stamp: stamp, Acked: 40, AckedAs: DurableBoth,
		Columns: []Column{
			{Series{"house/1", "power"}, "W", []int64{testStart}, []float64{230.5}},
			{Series{"house/1", "temperature"}, "C", regularTimes(testStart, minute, 5),
				[]float64{20, 20.1, 20.15, 20.1, 20}},
			{Series{"house/2", "power"}, "W", []int64{testStart, testStart + 1, testStart + second},
				[]float64{0.1, 1.0 / 3, math.Copysign(0, -1)}},
			{Series{"house/2", "state"}, "", regularTimes(testStart, second, 300), make([]float64, 300)},
			{Series{"mast", "wind"}, "m/s", []int64{MinTime, testStart, MaxTime - 1},
				[]float64{1.0 / 3, 2.0 / 3, -1e300}},
		},
		Sources:   []Description{{"house/1", []Label{{"city", "Graz"}, {"floor", ""}}, true}, {"mast", nil, false}},
		Deletions: []Deletion{{Series{"house/1", "power"}, testStart - minute, testStart + minute}}}
	window := WindowOf(WindowDay, testStart)
	first, second := Origin{stamp, writer, 42}, Origin{stamp + 1, other, 1}
	chunk := &Chunk{Tenant: "ténant", Series: Series{"house/1", "power"}, Window: window,
		Times: regularTimes(testStart, minute, 200), Values: walkValues(1, 200),
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
	return []sample{
		sampleOf("block-v1", block, EncodeBlock, DecodeBlock),
		sampleOf("chunk-v1", chunk, EncodeChunk, DecodeChunk),
		sampleOf("chunk-split-v1", split, EncodeChunk, DecodeChunk),
		sampleOf("source-v1", row, EncodeSource, DecodeSource),
		sampleOf("source-part-v2", part, EncodeSource, DecodeSource),
		sampleOf("source-units-v3", contradicted, EncodeSource, DecodeSource),
		sampleOf("source-split-v2", parts, EncodeSource, DecodeSource),
		sampleOf("shardstate-v1", &ShardState{Shard: shard, Floor: stamp}, EncodeShardState, DecodeShardState),
		sampleOf("horizon-v1", &Horizon{Tenant: "ténant", Before: testStart}, EncodeHorizon, DecodeHorizon),
	}
}

func TestGolden(t *testing.T) {
	for _, s := range samples() {
		t.Run(s.name, func(t *testing.T) {
			p, err := s.encode()
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join("testdata", s.name+".hex")
			if *rewrite {
				writeHex(t, file, p)
			}
			golden := readHex(t, file)
			if !bytes.Equal(p, golden) {
				t.Errorf("encoding changed:\n got %x\nwant %x", p, golden)
			}
			got, err := s.decode(golden)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(s.value, got); d != "" {
				t.Error(d)
			}
		})
	}
}

// TestDamage holds that no changed bit and no cut goes unnoticed.
func TestDamage(t *testing.T) {
	for _, s := range samples() {
		p, err := s.encode()
		if err != nil {
			t.Fatal(err)
		}
		for bit := range 8 * len(p) {
			bad := bytes.Clone(p)
			bad[bit/8] ^= 1 << (bit % 8)
			if _, err := s.decode(bad); err == nil {
				t.Errorf("%s: a change of bit %d went unnoticed", s.name, bit)
			}
		}
		for n := range p {
			if _, err := s.decode(p[:n]); err == nil {
				t.Errorf("%s: a cut after %d bytes went unnoticed", s.name, n)
			}
		}
	}
}

func writeHex(t *testing.T, file string, p []byte) {
	t.Helper()
	var b strings.Builder
	for len(p) > 0 {
		n := min(32, len(p))
		b.WriteString(hex.EncodeToString(p[:n]) + "\n")
		p = p[n:]
	}
	if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

func readHex(t *testing.T, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	p, err := hex.DecodeString(strings.ReplaceAll(string(text), "\n", ""))
	if err != nil {
		t.Fatal(err)
	}
	return p
}
