package analytics

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"slices"

	"tidemark/domain/telemetry"
)

const rollupVersion = 1

// maxRollupBuckets bounds what a decoder believes: the days of a year window.
const maxRollupBuckets = 384

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// EncodeRollup appends the encoding of a rollup: a version, names, window, floor, coverage with a dictionary of
// writers, buckets, and the CRC-32C of all that. Equal rollups have equal encodings. It fails for a rollup that is
// not as its type says.
func EncodeRollup(dst []byte, r *Rollup) ([]byte, error) {
	if err := r.check(); err != nil {
		return nil, fmt.Errorf("encode rollup: %w", err)
	}
	from := len(dst)
	b := append(dst, rollupVersion)
	b = appendString(b, string(r.Tenant))
	b = appendString(b, string(r.Series.Source))
	b = appendString(b, string(r.Series.Metric))
	b = appendInt(append(b, byte(r.Window.Size)), int64(r.Window.Index))
	b = appendUint(b, uint64(r.Floor))
	b = appendCoverage(b, r.Coverage)
	b = appendUint(b, uint64(r.BucketSize))
	b = appendUint(b, uint64(len(r.Buckets)))
	for i := range r.Buckets {
		k := &r.Buckets[i]
		head := uint64(k.Start-r.Window.Start()) / uint64(r.BucketSize) << 1
		if k.Sketch != nil {
			head |= 1
		}
		b = k.Moments.append(appendUint(b, head), k.Start)
		if k.Sketch != nil {
			b = k.Sketch.append(b)
		}
	}
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b[from:], castagnoli)), nil
}

// DecodeRollup reads what EncodeRollup wrote and accepts nothing else; the error is ErrCorrupt. It does not keep p.
func DecodeRollup(p []byte) (*Rollup, error) {
	body := p[:max(len(p)-4, 0)]
	r := reader{rest: body}
	if len(p) < 4 || binary.LittleEndian.Uint32(p[len(body):]) != crc32.Checksum(body, castagnoli) {
		r.fail("checksum")
	}
	r.version(rollupVersion)
	u := r.rollup()
	if err := r.end(); err != nil {
		return nil, fmt.Errorf("decode rollup: %w", err)
	}
	if err := u.check(); err != nil {
		return nil, fmt.Errorf("decode rollup: %w: %w", ErrCorrupt, err)
	}
	return u, nil
}

func (r *reader) rollup() *Rollup {
	u := &Rollup{
		Tenant: telemetry.Tenant(r.string()),
		Series: telemetry.Series{Source: telemetry.Source(r.string()), Metric: telemetry.Metric(r.string())},
	}
	u.Window.Size = telemetry.WindowSize(r.byte())
	u.Window.Index = r.int()
	u.Floor = telemetry.Stamp(r.uint())
	u.Coverage = r.coverage(u.Tenant)
	u.BucketSize = int64(r.uint())
	n := r.below(maxRollupBuckets+1, "number of buckets")
	for range n {
		head := r.below(maxRollupBuckets<<1, "bucket")
		if r.err != nil {
			break
		}
		k := Bucket{Start: u.Window.Start() + int64(head>>1)*u.BucketSize}
		k.Moments = r.moments(k.Start)
		if head&1 == 1 {
			s := r.sketch()
			k.Sketch = &s
		}
		u.Buckets = append(u.Buckets, k)
	}
	return u
}

// check reports what is not as the type says.
func (r *Rollup) check() error {
	w := r.Window
	if !w.Size.Known() || w.End() < telemetry.MinTime || w.Start() >= telemetry.MaxTime {
		return fmt.Errorf("window %d/%d does not exist", w.Size, w.Index)
	}
	if r.BucketSize != BucketSize(w.Size) {
		return fmt.Errorf("buckets of %d ns in window %s", r.BucketSize, w)
	}
	previous := w.Start() - r.BucketSize
	for i := range r.Buckets {
		k := &r.Buckets[i]
		switch {
		case k.Start <= previous || k.Start >= w.End() || (k.Start-w.Start())%r.BucketSize != 0:
			return fmt.Errorf("bucket %d is out of place", i)
		case k.Count == 0 || k.First.Time < k.Start || k.Last.Time >= k.Start+r.BucketSize:
			return fmt.Errorf("the readings of bucket %d are not in it", i)
		case k.Sketch != nil && k.Sketch.Count() != k.Count:
			return fmt.Errorf("the sketch of bucket %d has %d values, not %d", i, k.Sketch.Count(), k.Count)
		}
		previous = k.Start
	}
	for _, c := range r.Coverage {
		if c.Stream.Shard.Tenant != r.Tenant {
			return fmt.Errorf("coverage of another tenant")
		}
	}
	if !slices.Equal(r.Coverage, telemetry.Coverage(nil).With(0, r.Coverage...)) {
		return fmt.Errorf("coverage that is not in order")
	}
	return nil
}

// appendCoverage writes the writers in order of appearance, then the ranges.
func appendCoverage(b []byte, c telemetry.Coverage) []byte {
	index := make(map[telemetry.Writer]uint64, len(c))
	var writers []telemetry.Writer
	for _, r := range c {
		if _, known := index[r.Stream.Writer]; !known {
			index[r.Stream.Writer] = uint64(len(writers))
			writers = append(writers, r.Stream.Writer)
		}
	}
	b = appendUint(b, uint64(len(writers)))
	for _, w := range writers {
		b = appendString(b, string(w))
	}
	b = appendUint(b, uint64(len(c)))
	for _, r := range c {
		b = appendUint(b, uint64(r.Stream.Shard.Index))
		b = appendInt(b, int64(r.Stream.Day))
		b = appendUint(b, index[r.Stream.Writer])
		b = appendUint(b, uint64(r.From))
		b = appendUint(b, uint64(r.To-r.From))
		b = appendUint(b, uint64(r.Until))
	}
	return b
}

func (r *reader) coverage(tenant telemetry.Tenant) telemetry.Coverage {
	writers := make([]telemetry.Writer, r.below(uint64(len(r.rest))+1, "number of writers"))
	for i := range writers {
		writers[i] = telemetry.Writer(r.string())
	}
	n := r.below(uint64(len(r.rest))/6+1, "number of ranges") // a range takes six bytes at least
	if n == 0 || r.err != nil {
		return nil
	}
	c := make(telemetry.Coverage, 0, n)
	for range n {
		s := telemetry.Stream{Shard: telemetry.Shard{Tenant: tenant, Index: uint16(r.below(1<<16, "shard"))}}
		s.Day = telemetry.Day(r.int32("day"))
		if w := r.below(uint64(len(writers)), "writer"); r.err == nil {
			s.Writer = writers[w]
		}
		from := telemetry.Number(r.uint())
		c = append(c, telemetry.Covered{Stream: s, From: from, To: from + telemetry.Number(r.uint()),
			Until: telemetry.Stamp(r.uint())})
	}
	return c
}

func (r *reader) int32(what string) int32 {
	v := r.int()
	if int64(int32(v)) != v {
		r.fail("%s %d is out of range", what, v)
		return 0
	}
	return int32(v)
}
