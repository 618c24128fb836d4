// Package pages gives memory straight from the system, for buffers that are large and short-lived: only what is
// written to counts, in steps of Step, and giving it back gives it back, at once. On the heap the collector would let
// as much again become garbage before it acts, and buffers would be copied to grow.
//
// Memory that was given back must not be touched any more: the program would end.
package pages

// Step is what the first byte that is written takes: a huge page, where there are some. With small pages a large body
// would take longer to be laid down than to be read.
const Step = 2 << 20

// Block is memory that was taken. The zero value is none.
type Block struct {
	Bytes []byte
	all   []byte // as the system gave it
}
