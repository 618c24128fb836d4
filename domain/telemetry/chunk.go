package telemetry

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
