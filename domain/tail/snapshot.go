package tail

import (
	"time"

	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/blockcodec"
	"tidemark/ports/journal"
)

// Marks is where the dropped marks of a shard stood, as versions of its days' indexes.
type Marks struct {
	First    telemetry.Day `json:"f"`
	Versions []string      `json:"v"` // of the days from First on
}

// Same reports whether no mark moved between m and a later now. A day before now's first was given up in between, and
// nothing tells whether a mark moved before that: such marks are not the same.
func (m Marks) Same(now Marks) bool {
	if m.First < now.First {
		return false
	}
	for d := m.First; d < max(m.end(), now.end()); d++ {
		if m.at(d) != now.at(d) {
			return false
		}
	}
	return true
}

func (m Marks) end() telemetry.Day { return m.First + telemetry.Day(len(m.Versions)) }

func (m Marks) at(d telemetry.Day) string {
	if d < m.First || d >= m.end() {
		return ""
	}
	return m.Versions[d-m.First]
}

// Block is a block in the journal, above its stream's dropped mark.
type Block struct {
	At   telemetry.Position
	View *blockcodec.View // nil for a void
	Size int
}

// Snapshot is what the journal held of a shard at a moment after it was asked for.
type Snapshot struct {
	Shard   telemetry.Shard
	Blocks  []Block // sorted by position
	Streams []journal.State
	// Marks were read after the blocks, so that something derived and cached under equal marks lacks no block that
	// Blocks lacks.
	Marks Marks
	Began time.Time // by the node's clock: every block acknowledged before is in, or was dropped before
	Now   time.Time // the journal's clock when it answered, to its resolution
}

// Part is what is known of a shard's journal, for who can work on some of it. It must not answer questions: blocks
// may be missing.
type Part struct {
	// in memory, sorted by position; of each stream the lowest numbers, but for what was stored into holes
	Blocks  []Block
	Streams []journal.State
	// All says that every block which the journal held when it was asked was seen, in memory or not: then Total and
	// Oldest are the journal's.
	All bool
	// what is wrong with a block that cannot be read, if there is one. Its stream was read up to it, the others
	// were read: nothing of them waits for it. But its stamp is unknown, so that All is false.
	Unreadable error
	Total      int             // blocks seen above the marks
	Oldest     telemetry.Stamp // the least stamp of these; later than every stamp if there is none
}

// Held is what a tail knows of the journal: blocks above the dropped marks as they stood when they were last asked
// for, in memory or not.
type Held struct {
	Blocks, Bytes, Readings int64
}

func (h *Held) add(other Held, sign int64) {
	h.Blocks += sign * other.Blocks
	h.Bytes += sign * other.Bytes
	h.Readings += sign * other.Readings
}
