package compaction

import (
	"time"

	"tidemark/domain/bounds"
)

// proof is what the rows that a block touches say of it, the best first: of several rows the worst counts.
type proof uint8

const (
	// each includes it, in a version below the tidemark; also of a block that no row is asked about: a void, or one
	// that is not above the floor
	proven proof = iota
	awaits       // each includes it, and the tidemark has to pass the version of one
	// one does not include it, and cannot be rewritten before the tidemark has passed its version
	toRewrite
	unknown // nothing tells how long it takes: another pass is to look at once
)

// moment is a commit time, by the clock of the account at a place; the zero time is of no row that was read.
type moment struct {
	at    time.Time
	place int
}

// evidence is the proof of a block in hand; until is the commit time that the tidemark of its account has to pass
// first. Of rows of several accounts it is one of these.
type evidence struct {
	proof proof
	until moment
}

// add takes what another row says.
func (e *evidence) add(p proof, until moment) {
	switch {
	case p > e.proof:
		*e = evidence{p, until}
	case p == e.proof && until.at.After(e.until.at):
		e.until = until
	}
}

// folded is a block, folded or not, that a pass can do nothing about until the tidemark has passed a time, or, while
// there is none, for a while. It is a hint: it decides what a pass takes in hand, and everything else goes by the rows
// that are read then.
type folded struct {
	until moment    // zero for rows that were just written, whose commit time the next look reads
	seen  time.Time // by the node's clock
}

// waits reports whether a block is not worth a look yet.
func (f folded) waits(tides bounds.Tides, now time.Time, s bounds.Settling) bool {
	switch tide := tides.At(f.until.place); {
	case f.until.at.IsZero():
		return now.Sub(f.seen) < s.Margin // no row settles sooner
	case tide.Known():
		return !tide.Covers(f.until.at, s.Margin)
	}
	return now.Sub(f.seen) < s.NoTide
}
