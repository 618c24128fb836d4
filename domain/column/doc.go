// Package column compresses the readings of one series: times that rise strictly, and their values, bit by bit exact.
// A column's count, least and greatest time are its Span, which stands apart, in the directory of a block or the head
// of a chunk.
//
// It is pure: no clock, no I/O, no randomness. Its bytes are stored and frozen: golden bytes of the blocks and chunks
// that hold columns keep them.
package column
