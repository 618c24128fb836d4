// Package analytics holds what tidemark computes from readings: exact mergeable moments, quantile sketches, the
// rollups stored beside chunks, the steps of a time axis, and the aggregate functions over them.
//
// One property governs it: an answer does not depend on what was compacted when. Everything that is folded here
// (Moments, Sketch, Bucket, Accumulator) gives bit-identical results for the same readings, whichever way they were
// split into rollups, chunks and blocks and in whatever order the parts were merged, on every processor. So sums are
// exact until they are rounded once (Moments), quantile bins are found without a logarithm (Sketch), and no
// multiplication feeds an addition without an explicit rounding between them, because the compiler fuses the two on
// some processors.
//
// Values of readings are finite. A value that is not is no reading: nothing here counts it.
package analytics

import "errors"

// ErrCorrupt is in the chain of every error of a decoder.
var ErrCorrupt = errors.New("corrupt encoding")
