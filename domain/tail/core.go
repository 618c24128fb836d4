package tail

import (
	"sync"
	"time"

	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
	"tidemark/ports/sched"
)

// core is what the followers of a tail share.
type core struct {
	cfg     Config
	journal journal.Journal
	dir     journal.Directory
	sched   sched.Scheduler
	observe func(telemetry.Stamp)

	mu     sync.Mutex // guards what follows, and the followers
	shards map[telemetry.Shard]*follower
	held   Held
	kept   int64 // bytes of blocks in memory
}

// Config bounds a tail.
type Config struct {
	Parallel int // journal calls side by side for a snapshot; default 16
	// bytes of blocks kept between rounds, over all shards; default 256 MiB. What does not fit is read again at each
	// question
	Keep int64
}

// kind is what a round reads for. Rounds of one kind follow one another; those of the two kinds run beside one
// another, so that a question never waits for what compaction reads.
type kind uint8

const (
	whole kind = iota // a snapshot
	some              // a part
	kinds
)

// round is one reading of the journal, shared by everybody who asked before it began.
type round struct {
	done     sched.Event
	atLeast  int64 // of a part
	snapshot *Snapshot
	part     *Part
	err      error
}

// follower is a tail's memory of one shard. Tail.mu guards it.
type follower struct {
	tail  *core
	shard telemetry.Shard

	streams  map[telemetry.Stream]*known
	readings uint64        // of indexes, begun so far
	next     [kinds]*round // of each kind; nil: nobody has asked
	busy     [kinds]bool   // an actor runs rounds of the kind

	asked     time.Time // when somebody last wanted it
	kept      int64     // bytes of blocks in memory
	needed    int64     // of these, by the part under way
	forgotten int       // blocks that were seen and are not in memory
	held      Held      // blocks that were seen, in memory or not
	looked    time.Time // when the last round began that saw all there was; zero before the first
}

// idle reports whether no round is under way.
func (f *follower) idle() bool { return !f.busy[whole] && !f.busy[some] }

// count notes a block of the shard that was seen, or with sign -1 one that has left the journal. Called with Tail.mu
// held.
func (f *follower) count(b brief, sign int64) {
	block := Held{Blocks: 1, Bytes: int64(b.size), Readings: int64(b.readings)}
	f.held.add(block, sign)
	f.tail.held.add(block, sign)
}

// keep notes that memory holds more or less of the shard. Called with Tail.mu held.
func (f *follower) keep(bytes int64) {
	f.kept += bytes
	f.tail.kept += bytes
}

// hasRoom reports whether a part may take another block into memory: while there is room for all shards, or this one
// has less than it needs. Called with Tail.mu held.
func (f *follower) hasRoom(atLeast int64) bool {
	return f.kept < atLeast || f.tail.kept < f.tail.cfg.Keep
}
