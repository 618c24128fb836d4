// Package intake bounds what the bodies of requests hold in memory together.
//
// A body comes at the pace of its client, and what has come of it is held until the rest is there. So whoever sends
// slowly, or stops, holds memory that others need: with or without a token, by accident or not. Every body therefore
// has holds on pools of a fixed size, and asks for more only as its bytes arrive: what a header announces counts for
// nothing.
//
//   - Small bodies have a pool of their own, so that large ones cannot keep them waiting. What is small is complete in
//     milliseconds.
//   - A body gets more memory only if afterwards all could still come to their end, one after another (Dijkstra's
//     banker: "Cooperating sequential processes", EWD 123, 1965). So they never wait for one another in a circle,
//     however many come at once: some are quick, the others wait.
//   - While somebody waits, a body that pauses, or brings too little for what it holds, is cut off: the one that is
//     late for longest first. While nobody waits, no body is hurried.
//   - Who waits too long for memory is refused, and told when to come again.
//   - What is decompressed has a third pool. It is filled by the processor and not by clients, so nobody waits there
//     for long.
//
// Decoding takes turns: as many bodies at a time as there are processors for, so that what decoders make of them does
// not add up either.
//
// The decisions are in ledger, which is pure; Pool carries them out.
package intake

import (
	"tidemark/ports/sched"
)

// Budget is the memory of all bodies of a process, and the turns at decoding them.
type Budget struct {
	Brief    *Pool // bodies of at most Small bytes, compressed or not, and the begin of those whose size is not known
	Arriving *Pool // larger ones, as they are sent
	Unpacked *Pool // larger ones, after decompression

	Short *Turns // at bodies in Brief
	Long  *Turns // at the others
}

// New makes a budget. An eighth of it is for small bodies; of the rest two thirds are for what is decompressed,
// because one body may become as large as that, and that memory is back soon.
func New(cfg Config, s sched.Scheduler) *Budget {
	cfg = cfg.withDefaults()
	part := cfg.Bytes / 32
	return &Budget{
		Brief:    newPool(cfg, s, 4*part, true),
		Arriving: newPool(cfg, s, 9*part, false),
		Unpacked: newPool(cfg, s, 19*part, false),
		Short:    newTurns(cfg, s, 4*cfg.Turns),
		Long:     newTurns(cfg, s, cfg.Turns),
	}
}

// Held is how many bytes bodies hold now.
func (b *Budget) Held() int64 { return b.Brief.Held() + b.Arriving.Held() + b.Unpacked.Held() }
