// Package pages gives memory straight from the system, for buffers that are large and short-lived: only what is written
// to counts, and giving it back gives it back, at once. On the heap the collector would let as much again become
// garbage before it acts, and buffers would be copied to grow.
//
// Memory that was given back must not be touched any more: the program would end.
package pages
