package analytics

import (
	"time"

	"tidemark/domain/telemetry"
)

// Bucket is what is known of the readings of [Start, Start+size), Unix nanoseconds; the size is the holder's. Sketch
// is nil where quantiles are not asked for. A Bucket must not be copied by assignment, unless the original is given
// up.
type Bucket struct {
	Start int64
	Moments
	Sketch *Sketch
}

// Rollup summarizes a chunk: it lies in the chunk's partition and is written with it, so that the two never disagree.
// Floor and Coverage are the chunk's. Buckets rise by Start and hold at least one reading each; their Starts are
// multiples of BucketSize, which counts nanoseconds. The rollup of a chunk that was split has no buckets.
type Rollup struct {
	Tenant     telemetry.Tenant
	Series     telemetry.Series
	Window     telemetry.Window
	Floor      telemetry.Stamp
	Coverage   telemetry.Coverage
	BucketSize int64
	Buckets    []Bucket
}

// BucketSize is the size in nanoseconds of the buckets of a window's rollup: a day (UTC) for windows of months and
// years, an hour for those of days and hours, the window itself for smaller ones.
func BucketSize(size telemetry.WindowSize) int64 {
	if size == telemetry.WindowYear || size == telemetry.WindowMonth {
		return 24 * int64(time.Hour)
	}
	return min(int64(time.Hour), size.Nanos())
}

// Includes reports whether the rollup includes the block at a position with a stamp: what its chunk includes.
func (r *Rollup) Includes(at telemetry.Position, stamp telemetry.Stamp) bool {
	return stamp <= r.Floor || r.Coverage.Contains(at)
}

// RollupOf makes the rollup of a chunk. Floor and coverage are shared with the chunk, which must not change them.
func RollupOf(c *telemetry.Chunk) *Rollup {
	r := &Rollup{
		Tenant: c.Tenant, Series: c.Series, Window: c.Window, Floor: c.Floor, Coverage: c.Coverage,
		BucketSize: BucketSize(c.Window.Size),
	}
	for i := 0; i < len(c.Times); {
		start := floorTo(c.Times[i], r.BucketSize)
		n := countBefore(c.Times[i:], start+r.BucketSize)
		r.Buckets = append(r.Buckets, Bucket{Start: start, Sketch: new(Sketch)})
		r.Buckets[len(r.Buckets)-1].addRun(c.Times[i:i+n], c.Values[i:i+n])
		i += n
	}
	return r
}

// addRun adds readings that all lie in the bucket.
func (b *Bucket) addRun(times []int64, values []float64) {
	values = values[:len(times)]
	for i, t := range times {
		b.Moments.Add(t, values[i])
	}
	if b.Sketch != nil {
		for _, v := range values {
			b.Sketch.Add(v)
		}
	}
}

// merge adds the readings of o, which stays as it is. The sketch of o must exist if that of b does.
func (b *Bucket) merge(o *Bucket) {
	b.Moments.Merge(&o.Moments)
	if b.Sketch != nil {
		b.Sketch.Merge(o.Sketch)
	}
}

// floorTo is the greatest multiple of size that is not above t.
func floorTo(t, size int64) int64 {
	rest := t % size
	if rest < 0 {
		rest += size
	}
	return t - rest
}

// countBefore is how many of the rising times lie before the end: a run is short against what follows it, so it
// gallops.
func countBefore(times []int64, end int64) int {
	n := 1
	for n < len(times) && times[n] < end {
		n *= 2
	}
	low, high := n/2, min(n, len(times))
	for low < high {
		if mid := (low + high) / 2; times[mid] < end {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low
}
