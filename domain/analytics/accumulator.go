package analytics

// Accumulator folds the readings and rollups of one series into the buckets of a plan; Group joins the accumulators
// of several. It is not safe for concurrent use.
//
// A reading must be given once, raw or in a rollup. Without Rate parts may come in any order; with it readings come
// in the order of time. Buckets without readings cost a pointer.
type Accumulator struct {
	plan  *Plan
	cells []*cell
	prev  Point // the latest reading, for rates
	any   bool
}

// cell is a bucket of the answer.
type cell struct {
	Bucket
	counter *counter // with Rate
}

// counter is the state of Rate in a bucket: of one series the increase and over which time, of a group the sum of its
// series' rates.
type counter struct {
	increase dyadic
	elapsed  int64 // nanoseconds
	rates    dyadic
	series   int // how many rates were summed
}
