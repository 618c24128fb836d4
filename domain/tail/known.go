package tail

import (
	"slices"

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
	held      telemetry.Number           // every number up to it is in memory or below the mark
	seen      telemetry.Number           // every number up to it was seen or is below the mark; held or more
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

// advance moves the two cursors over what is contiguous.
func (k *known) advance() {
	for i, ok := find(k.blocks, k.held+1); ok && i < len(k.blocks) && k.blocks[i].At.Number == k.held+1; i++ {
		k.held++
	}
	if n := len(k.blocks); n > 0 && planted.On(planted.TailFromGreatest) {
		k.held = max(k.held, k.blocks[n-1].At.Number)
	}
	for k.seen = max(k.seen, k.held); ; k.seen++ {
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

// remember takes a block that a question has read into memory.
func (f *follower) remember(s telemetry.Stream, b Block) {
	f.tail.mu.Lock()
	defer f.tail.mu.Unlock()
	if k := f.streams[s]; k != nil {
		f.add(k, b, true)
	}
}

// add takes a block that was read, into memory or as a few words. Into memory comes none of which the number before
// was forgotten: that happens when room was made beside the reading, and memory is to hold a stream's lowest numbers.
// Called with Tail.mu held.
func (f *follower) add(k *known, b Block, hold bool) {
	n, note := b.At.Number, briefly(b)
	if n <= k.state.Mark {
		return // the mark has moved since it was read
	}
	if _, behind := k.forgotten[n-1]; behind {
		hold = false
	}
	i, found := find(k.blocks, n)
	_, before := k.forgotten[n]
	if found || before && !hold {
		return
	}
	if !before {
		f.count(note, 1)
	}
	switch {
	case !hold:
		k.forgotten[n] = note
		f.forgotten++
	case i == len(k.blocks):
		k.blocks = append(k.blocks, b)
	default:
		k.blocks = slices.Concat(k.blocks[:i], []Block{b}, k.blocks[i:])
	}
	if hold {
		f.keep(int64(note.size))
	}
	if hold && before {
		delete(k.forgotten, n)
		f.forgotten--
	}
	k.advance()
}

// drop gives up what is at or below a mark. Called with Tail.mu held.
func (f *follower) drop(k *known, mark telemetry.Number) {
	gone := len(k.blocks) - len(above(k.blocks, mark))
	for _, b := range k.blocks[:gone] {
		note := briefly(b)
		f.count(note, -1)
		f.keep(-int64(note.size))
	}
	if gone > 0 {
		k.blocks = slices.Clone(k.blocks[gone:])
	}
	if len(k.forgotten) > 0 && mark > k.held { // up to held nothing is forgotten
		for n, note := range k.forgotten {
			if n <= mark {
				f.count(note, -1)
				f.forgotten--
				delete(k.forgotten, n)
			}
		}
	}
	k.held = max(k.held, mark)
	k.advance()
}
