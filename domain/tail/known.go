package tail

import (
	"tidemark/domain/planted"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

// never is later than every stamp.
const never = telemetry.Stamp(1<<64 - 1)

// known is what is remembered of a stream: every block that was seen above the mark, in memory or as a few words
// about it. Tail.mu guards it. The slice of blocks grows at its end and is else replaced, never changed: questions
// have it in hand.
type known struct {
	state     journal.State
	since     uint64                     // the reading of indexes that was the last to begin when it was first listed
	blocks    []Block                    // in memory, by number
	forgotten map[telemetry.Number]brief // seen and not in memory
	loaded    telemetry.Number           // every number up to it is in memory or below the mark
	seen      telemetry.Number           // every number up to it was seen or is below the mark; loaded or more
	// version is the stream's in the journal, read before a part that read the stream to its end; "": none has
	version string
}

// brief is what is remembered of a block that is not in memory.
type brief struct {
	stamp    telemetry.Stamp // never of a void
	size     int
	readings int
}

func newKnown(since uint64) *known {
	return &known{since: since, forgotten: map[telemetry.Number]brief{}}
}

func briefly(b Block) brief {
	if b.View == nil {
		return brief{stamp: never}
	}
	return brief{stamp: b.View.Header().Stamp, size: b.Size, readings: b.View.Readings()}
}

// learn takes over a state that an index listed. One that was read before another says less, and never something
// else.
func (k *known) learn(st journal.State) {
	was := k.state.State
	k.state = st
	k.state.State = st.With(was)
}

// ends reports whether nothing comes after a number.
func (k *known) ends(n telemetry.Number) bool {
	last, sealed := k.state.End()
	return sealed && n >= last
}

// complete reports whether memory has everything that the journal had when the stream's state was read: a part has read
// it all, and nothing was stored since.
func (k *known) complete() bool {
	return k.ends(k.loaded) || k.version != "" && k.version == k.state.Version && len(k.forgotten) == 0
}

// advance moves the two cursors over what is contiguous.
func (k *known) advance() {
	for i, ok := find(k.blocks, k.loaded+1); ok && i < len(k.blocks) && k.blocks[i].At.Number == k.loaded+1; i++ {
		k.loaded++
	}
	if n := len(k.blocks); n > 0 && planted.On(planted.TailFromGreatest) {
		k.loaded = max(k.loaded, k.blocks[n-1].At.Number)
	}
	for k.seen = max(k.seen, k.loaded); ; k.seen++ {
		if _, ok := k.forgotten[k.seen+1]; ok {
			continue
		}
		if _, ok := find(k.blocks, k.seen+1); !ok {
			return
		}
	}
}

// oldest is the least stamp of all blocks seen.
func (k *known) oldest() telemetry.Stamp {
	out := k.oldestForgotten()
	for _, b := range k.blocks {
		out = min(out, briefly(b).stamp)
	}
	return out
}

func (k *known) oldestForgotten() telemetry.Stamp {
	out := never
	for _, b := range k.forgotten {
		out = min(out, b.stamp)
	}
	return out
}
