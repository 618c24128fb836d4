package analytics

import (
	"bytes"
	"encoding/hex"
	"errors"
	"flag"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tidemark/domain/telemetry"
)

var rewrite = flag.Bool("rewrite", false, "write the golden bytes anew: only for a new version of a format")

// goldenRollup has everything a rollup can have: a negative day, two writers, one reading in a bucket and many, a
// bucket without a sketch.
func goldenRollup() *Rollup {
	const hour = int64(time.Hour)
	stream := telemetry.Stream{Shard: telemetry.Shard{Tenant: "acme", Index: 3}, Day: -5,
		Writer: "01JDBZ0000000000000000000A"}
	other := stream
	other.Day, other.Writer = 20780, "01JDBZ0000000000000000000B"
	w := telemetry.Window{Size: telemetry.WindowDay, Index: 20780}
	r := RollupOf(&telemetry.Chunk{
		Tenant: "acme", Series: telemetry.Series{Source: "meter 7", Metric: "power"}, Window: w,
		Floor: 0x0123456789abcdef,
		Coverage: telemetry.Coverage{
			{Stream: stream, From: 1, To: 9, Until: 0x0123456789abcdff},
			{Stream: other, From: 300, To: 300, Until: 0x0123456789abce00},
		},
		Times: []int64{w.Start(), w.Start() + 1, w.Start() + hour - 1, w.Start() + 2*hour, w.Start() + 23*hour,
			w.End() - 1},
		Values: []float64{0.1, -2.5, 1e300, 42, math.SmallestNonzeroFloat64, 0},
	})
	r.Buckets[2].Sketch = nil
	return r
}

func goldenValues() []float64 {
	return []float64{0.1, 0.2, 0.2, -7, 0, math.Copysign(0, -1), 1e300, -1e-300, math.MaxFloat64,
		math.SmallestNonzeroFloat64, 1 << 53}
}

// The bytes that stood in storage yesterday are read today, and written the same.
func TestGolden(t *testing.T) {
	moments := momentsOf(goldenValues())
	moments.Merge(func() *Moments { m := new(Moments); m.Add(-1e18, 3); return m }())
	for name, c := range map[string]struct {
		bytes  []byte
		reread func([]byte) ([]byte, error)
	}{
		"sketch.v1": {sketchBytes(t, sketchOf(goldenValues())), func(p []byte) ([]byte, error) {
			var s Sketch
			return s.appendAfter(s.UnmarshalBinary(p))
		}},
		"moments.v1": {momentBytes(moments), func(p []byte) ([]byte, error) {
			var m Moments
			err := m.UnmarshalBinary(p)
			return momentBytes(&m), err
		}},
		"rollup.v1": {must(EncodeRollup(nil, goldenRollup())), func(p []byte) ([]byte, error) {
			r, err := DecodeRollup(p)
			if err != nil {
				return nil, err
			}
			return EncodeRollup(nil, r)
		}},
	} {
		file := filepath.Join("testdata", name+".hex")
		if *rewrite {
			if err := errors.Join(os.MkdirAll("testdata", 0o755),
				os.WriteFile(file, []byte(hex.EncodeToString(c.bytes)+"\n"), 0o644)); err != nil {
				t.Fatal(err)
			}
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		golden, err := hex.DecodeString(strings.TrimSpace(string(text)))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(c.bytes, golden) {
			t.Errorf("%s: %x, golden %x", name, c.bytes, golden)
		}
		if again, err := c.reread(golden); err != nil || !bytes.Equal(again, golden) {
			t.Errorf("%s read and written: %x, %v", name, again, err)
		}
	}
}

func (s *Sketch) appendAfter(err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	return s.AppendBinary(nil)
}
