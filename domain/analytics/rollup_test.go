package analytics

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tidemark/domain/telemetry"
)

var windowSizes = []telemetry.WindowSize{
	telemetry.WindowYear, telemetry.WindowMonth, telemetry.WindowDay, telemetry.WindowHour, telemetry.WindowMinutes,
	telemetry.WindowSeconds, telemetry.Window250ms, telemetry.Window10ms, telemetry.Window250us, telemetry.Window10us,
}

func anyChunk(t *rapid.T) *telemetry.Chunk {
	size := rapid.SampledFrom(windowSizes).Draw(t, "size")
	c := &telemetry.Chunk{
		Tenant: telemetry.Tenant(rapid.String().Draw(t, "tenant")),
		Series: telemetry.Series{Source: telemetry.Source(rapid.String().Draw(t, "source")),
			Metric: telemetry.Metric(rapid.String().Draw(t, "metric"))},
		Window: telemetry.WindowOf(size, rapid.Int64Range(telemetry.MinTime, telemetry.MaxTime-1).Draw(t, "time")),
		Floor:  telemetry.Stamp(rapid.Uint64Range(0, 1<<60).Draw(t, "floor")),
	}
	times := rapid.SliceOfNDistinct(rapid.Int64Range(c.Window.Start(), c.Window.End()-1), 0, 30, rapid.ID[int64]).
		Draw(t, "times")
	m := make(map[int64]bool)
	for _, at := range times {
		m[at] = true
	}
	for len(m) > 0 {
		least := int64(math.MaxInt64)
		for at := range m {
			least = min(least, at)
		}
		delete(m, least)
		c.Times, c.Values = append(c.Times, least), append(c.Values, anyFloat().Draw(t, "value"))
	}
	var ranges []telemetry.Covered
	for range rapid.IntRange(0, 5).Draw(t, "ranges") {
		from := telemetry.Number(rapid.Uint64Range(1, 50).Draw(t, "from"))
		ranges = append(ranges, telemetry.Covered{
			Stream: telemetry.Stream{
				Shard:  telemetry.Shard{Tenant: c.Tenant, Index: rapid.Uint16().Draw(t, "shard")},
				Day:    telemetry.Day(rapid.Int32().Draw(t, "day")),
				Writer: telemetry.Writer(rapid.SampledFrom([]string{"w1", "w2", ""}).Draw(t, "writer")),
			},
			From: from, To: from + telemetry.Number(rapid.Uint64Range(0, 50).Draw(t, "more")),
			Until: c.Floor + telemetry.Stamp(rapid.Uint64Range(1, 1<<40).Draw(t, "until")),
		})
	}
	if len(ranges) > 0 {
		c.Coverage = telemetry.Coverage(nil).With(0, ranges...)
	}
	return c
}

func TestRollupRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := anyChunk(t)
		r := RollupOf(c)
		b, err := EncodeRollup([]byte("prefix"), r)
		if err != nil {
			t.Fatal(err)
		}
		d, err := DecodeRollup(b[6:])
		if err != nil {
			t.Fatal(err)
		}
		again, err := EncodeRollup(nil, d)
		if err != nil || !bytes.Equal(again, b[6:]) {
			t.Fatalf("%x, %v, want %x", again, err, b[6:])
		}
		for _, rollup := range []*Rollup{r, d} {
			checkRollup(t, c, rollup)
		}
	})
}

// checkRollup: the buckets are those of the readings, and the rest is the chunk's.
func checkRollup(t *rapid.T, c *telemetry.Chunk, r *Rollup) {
	if r.Tenant != c.Tenant || r.Series != c.Series || r.Window != c.Window || r.Floor != c.Floor ||
		!cmp.Equal(r.Coverage, c.Coverage) {
		t.Fatalf("%+v is not of the chunk", r)
	}
	i := 0
	for _, b := range r.Buckets {
		want := Bucket{Sketch: new(Sketch)}
		for ; i < len(c.Times) && c.Times[i] < b.Start+r.BucketSize; i++ {
			if c.Times[i] < b.Start {
				t.Fatalf("reading at %d is in no bucket", c.Times[i])
			}
			want.Moments.Add(c.Times[i], c.Values[i])
			want.Sketch.Add(c.Values[i])
		}
		if b.Start%r.BucketSize != 0 || b.Count == 0 ||
			!bytes.Equal(momentBytes(&b.Moments), momentBytes(&want.Moments)) {
			t.Fatalf("bucket at %d has the wrong moments", b.Start)
		}
		if got, _ := b.Sketch.AppendBinary(nil); !bytes.Equal(got, must(want.Sketch.AppendBinary(nil))) {
			t.Fatalf("bucket at %d has the wrong sketch", b.Start)
		}
	}
	if i != len(c.Times) {
		t.Fatalf("%d of %d readings are in buckets", i, len(c.Times))
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestRollupIncludesWhatItsChunkIncludes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := anyChunk(t)
		r := RollupOf(c)
		at := telemetry.Position{Number: telemetry.Number(rapid.Uint64Range(1, 110).Draw(t, "number"))}
		if len(c.Coverage) > 0 {
			at.Stream = rapid.SampledFrom(c.Coverage).Draw(t, "stream").Stream
		}
		stamp := c.Floor + telemetry.Stamp(rapid.Uint64Range(0, 2).Draw(t, "above"))
		if r.Includes(at, stamp) != c.Includes(at, stamp) {
			t.Fatalf("%s at %s: %v", at, stamp, r.Includes(at, stamp))
		}
	})
}

func TestBucketSizes(t *testing.T) {
	want := []time.Duration{24 * time.Hour, 24 * time.Hour, time.Hour, time.Hour, 5 * time.Minute, 10 * time.Second,
		250 * time.Millisecond, 10 * time.Millisecond, 250 * time.Microsecond, 10 * time.Microsecond}
	for i, s := range windowSizes {
		if got := time.Duration(BucketSize(s)); got != want[i] || s.Nanos()%int64(got) != 0 ||
			s.Nanos()/int64(got) > maxRollupBuckets {
			t.Errorf("window size %d: %s, want %s", s, got, want[i])
		}
	}
}

func TestEncodeRollupRefuses(t *testing.T) {
	for name, spoil := range map[string]func(*Rollup){
		"no window":            func(r *Rollup) { r.Window.Size = 0 },
		"a window long ago":    func(r *Rollup) { r.Window.Index = -1 << 31 },
		"another size":         func(r *Rollup) { r.BucketSize++ },
		"buckets out of order": func(r *Rollup) { r.Buckets[0], r.Buckets[1] = r.Buckets[1], r.Buckets[0] },
		"a bucket elsewhere":   func(r *Rollup) { r.Buckets[1].Start += r.BucketSize },
		"an empty bucket":      func(r *Rollup) { r.Buckets[1].Moments = Moments{} },
		"another sketch":       func(r *Rollup) { r.Buckets[0].Sketch.Add(1) },
		"another tenant":       func(r *Rollup) { r.Tenant = "u" },
		"coverage twice":       func(r *Rollup) { r.Coverage = append(r.Coverage, r.Coverage[0]) },
	} {
		r := goldenRollup()
		if _, err := EncodeRollup(nil, r); err != nil {
			t.Fatal(err)
		}
		if spoil(r); errors.Is(errOf(EncodeRollup(nil, r)), nil) {
			t.Errorf("%s was encoded", name)
		}
	}
}

func errOf[T any](_ T, err error) error { return err }

// Every single damaged byte is noticed, and every truncation.
func TestDamagedRollups(t *testing.T) {
	b := must(EncodeRollup(nil, goldenRollup()))
	for i := range b {
		damaged := bytes.Clone(b)
		damaged[i] ^= 0x10
		if _, err := DecodeRollup(damaged); !errors.Is(err, ErrCorrupt) {
			t.Errorf("byte %d damaged: %v", i, err)
		}
		if _, err := DecodeRollup(b[:i]); !errors.Is(err, ErrCorrupt) {
			t.Errorf("cut to %d: %v", i, err)
		}
	}
	future := append([]byte{2}, b[1:len(b)-4]...)
	_, err := DecodeRollup(sealed(future))
	if !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "version 2") {
		t.Errorf("another version: %v", err)
	}
}

// sealed appends the checksum, so that a decoder looks further than that.
func sealed(b []byte) []byte {
	return binary.LittleEndian.AppendUint32(bytes.Clone(b), crc32.Checksum(b, castagnoli))
}
