// Package archtest holds the shape of the program as tests: who may import whom, what the parts that a seed has to be
// able to run must not do, that every package says what it is, and that the README's map is the tree. It parses the
// sources and runs nothing.
//
// Each ban has its reason in the table; a person who meets it reads the reason first, and changes the table when it
// no longer holds.
package archtest
