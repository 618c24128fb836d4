package telemetry

import (
	"tidemark/domain/column"
	"tidemark/domain/stored"
)

// Chunk is the readings of one series in one window, made from blocks.
//
// Times rise strictly; Values runs parallel. Origins is the run-length list of where the readings came from: the
// counts add up to len(Times); at or below the floor the origin is zero. A Split chunk holds no readings: its window
// was divided and the children (windows of the next smaller size in the same year) hold them; it never becomes whole
// again. Coverage and floor say which blocks are included: those whose stamp is at or below Floor, and those that
// Coverage lists.
type Chunk struct {
	Tenant  Tenant
	Series  Series
	Window  Window
	Split   bool
	Times   []int64
	Values  []float64
	Origins []OriginRun

	Floor    Stamp
	Coverage Coverage
}

// OriginRun is Count consecutive readings of one origin.
type OriginRun struct {
	Count  int
	Origin Origin
}

// Includes reports whether the chunk includes the block at a position with a stamp.
func (c *Chunk) Includes(at Position, stamp Stamp) bool {
	return stamp <= c.Floor || c.Coverage.Contains(at)
}

// Check reports what keeps c from being what Chunk describes, as a stored.ErrInvalid: times that do not rise or lie
// outside the window, runs that do not add up, a split chunk with readings, coverage that is not sorted or of another
// tenant.
func (c *Chunk) Check() error {
	if err := column.Check(c.Times, c.Values); err != nil {
		return err
	}
	n := len(c.Times)
	switch {
	case n > column.MaxReadings:
		return stored.Invalid("%d readings, at most %d", n, column.MaxReadings)
	case !c.Window.Size.Known():
		return stored.Invalid("window size %d is unknown", c.Window.Size)
	case n > 0 && c.Split:
		return stored.Invalid("a split chunk holds %d readings", n)
	case n > 0 && !(c.Window.Contains(c.Times[0]) && c.Window.Contains(c.Times[n-1])):
		return stored.Invalid("times %d..%d lie outside the window %v", c.Times[0], c.Times[n-1], c.Window)
	}
	for _, r := range c.Origins {
		if r.Count <= 0 || r.Count > n {
			return stored.Invalid("the runs of origins do not add up to %d readings", len(c.Times))
		}
		n -= r.Count
	}
	if n != 0 {
		return stored.Invalid("the runs of origins do not add up to %d readings", len(c.Times))
	}
	return c.Coverage.check(c.Tenant)
}
