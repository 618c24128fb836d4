package intake

import (
	"context"
	"sync"
)

// Body is one body on its way in: it takes and gives back what the body holds, pool by pool. The zero value is ready.
// Its methods are called by one goroutine at a time.
type Body struct {
	budget   *Budget
	cutter   Cutter
	need     int64 // the most that arrives
	edge     int64 // the most of it that counts as small
	unpacks  int64 // the most that it is decompressed to; 0: it is not compressed
	sent     int64 // bytes that it may hold of what arrives
	beside   int64 // what decompressing it takes beside, when that is large
	plain    int64 // bytes that it may hold of what is decompressed, when that is large
	brief    Hold
	unpacked *Hold  // nil until it is in use
	turn     *Turns // whose turn it has
	large    bool   // arriving is in use

	mu       sync.Mutex // guards what follows: holds are not begun or ended while they are cut
	phase    phase
	arriving *Hold              // nil until it is in use
	stop     context.CancelFunc // ends the waiting for a turn; nil while it does not wait
}

// phase is where a body stands.
type phase uint8

const (
	open phase = iota
	cutOff
	closed
)

// Sizes are those of buffers of small bodies: one follows on the other as bytes arrive.
var Sizes = [...]int64{4 << 10, 16 << 10, 64 << 10, 256 << 10, Small}

// fit is the least of Sizes that holds n bytes, which are at most Small.
func fit(n int64) int64 {
	for _, s := range Sizes {
		if n <= s {
			return s
		}
	}
	return Small
}

// The steps in which large bodies grow, and the sizes from which one does not count as small that is known to become
// large, or may.
const (
	arrivingStep = 2 << 20 // a huge page: what the first byte in it takes
	unpackedStep = 2 * arrivingStep
	knownLarge   = 64 << 10
	unknownLarge = 256 << 10
)

// roundUp gives whole steps.
func roundUp(n int64) int64 { return (n + arrivingStep - 1) / arrivingStep * arrivingStep }

// Want is what is known of a body before it arrives.
type Want struct {
	Bytes  int64 // that arrive at most
	Known  bool  // exactly so many arrive
	Unpack int64 // that it is decompressed to at most; 0: it is not compressed
	Beside int64 // that decompressing a large one takes beside
}

// Open begins a body, one that was closed too. It takes nothing yet. Whoever waits for the client's bytes is told by
// cutter to stop; it must not block.
func (b *Body) Open(budget *Budget, w Want, cutter Cutter) {
	b.mu.Lock() // it may still be told to stop what it was before
	defer b.mu.Unlock()
	b.budget, b.cutter, b.need, b.edge, b.unpacks, b.beside = budget, cutter, w.Bytes, Small, w.Unpack, w.Beside
	switch {
	case w.Known && w.Bytes > Small:
		b.edge = knownLarge
	case !w.Known:
		b.edge = unknownLarge
	}
	b.sent, b.plain, b.turn, b.large, b.phase, b.stop = 0, 0, nil, false, open, nil
	b.arriving, b.unpacked = nil, nil
	most := fit(min(w.Bytes, Small))
	if w.Unpack > 0 {
		most += fit(min(w.Unpack, Small))
	}
	budget.Brief.Begin(&b.brief, most, b)
}

// Cut implements Cutter for its holds. It may be called from anywhere, and late: when what was cut off is closed, and
// the body is another.
func (b *Body) Cut() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.phase != open || !b.brief.isCut() && (b.arriving == nil || !b.arriving.isCut()) {
		return
	}
	b.phase = cutOff
	b.brief.Cut()
	if b.arriving != nil {
		b.arriving.Cut()
	}
	if b.stop != nil {
		b.stop()
	}
	b.cutter.Cut()
}

// Grow asks for memory for more of what arrives, and says how many bytes there is room for. Its errors are those of
// Hold.Grow.
func (b *Body) Grow(ctx context.Context) (int64, error) {
	if b.sent < b.edge {
		to := min(fit(b.sent+1), fit(min(b.need, b.edge)))
		if err := b.brief.Grow(ctx, to); err != nil {
			return b.sent, err
		}
		b.sent = to
		return to, nil
	}
	to := b.sent - b.sent%arrivingStep + arrivingStep
	if err := b.growLarge(ctx, to); err != nil {
		return b.sent, err
	}
	b.sent = to
	return to, nil
}

// growLarge moves a body out of the small ones, the first time, and grows it.
func (b *Body) growLarge(ctx context.Context, to int64) error {
	if b.large {
		return b.arriving.Grow(ctx, to)
	}
	arriving := new(Hold)
	b.budget.Arriving.Begin(arriving, roundUp(b.need), b)
	b.mu.Lock()
	b.arriving = arriving
	b.mu.Unlock()
	b.large = true
	if err := b.brief.Yield(); err != nil {
		return err
	}
	if err := b.arriving.Grow(ctx, to); err != nil {
		return err
	}
	b.brief.Close() // what it held is copied in a moment
	return nil
}

// Came says that n bytes have arrived and that there are more to come.
func (b *Body) Came(n int) {
	if b.large {
		b.arriving.Came(n)
		return
	}
	b.brief.Came(n)
}

// Arrived says that all bytes have arrived, and waits for the body's turn to be decoded. For a compressed one it says
// how many bytes there is room for of what it is decompressed to: as many as it probably becomes, where guess is what
// it says itself, or 0. It is ErrSlow for a body that was cut off before.
//
// Memory comes before the turn, so that who has a turn never waits for a small body that waits for one.
func (b *Body) Arrived(ctx context.Context, guess int64) (room int64, err error) {
	if b.large {
		if err := b.arriving.Work(b.sent); err != nil {
			return 0, err
		}
		return 0, b.take(ctx, b.budget.Long)
	}
	if b.unpacks > 0 {
		room = b.small(guess)
	}
	if err := b.brief.Work(b.sent + room); err != nil {
		return 0, err
	}
	if room > 0 {
		if err := b.brief.Grow(ctx, b.sent+room); err != nil {
			return 0, err
		}
	}
	return room, b.take(ctx, b.budget.Short)
}

// small is how much room a small body has when it is decompressed; 0 is for what is known to become large.
func (b *Body) small(guess int64) int64 {
	if guess == 0 {
		guess = min(usualRatio*b.sent, Small)
	}
	if guess > Small {
		return 0
	}
	return fit(min(guess, b.unpacks))
}

// usualRatio is more than most of what is sent here is compressed by.
const usualRatio = 16

// take waits for a turn, and gives back the one it has before: nobody waits for a turn with one in hand.
func (b *Body) take(ctx context.Context, t *Turns) error {
	if b.turn == t {
		return nil
	}
	b.giveTurn()
	if !t.Try() {
		if err := b.await(ctx, t); err != nil {
			return err
		}
	}
	b.turn = t
	return nil
}

// await waits for a turn until the body is cut off.
func (b *Body) await(ctx context.Context, t *Turns) error {
	ctx, cancel := t.sched.WithCancel(ctx)
	defer cancel()
	b.mu.Lock()
	if b.phase == cutOff {
		b.mu.Unlock()
		return ErrSlow
	}
	b.stop = cancel
	b.mu.Unlock()
	err := t.Take(ctx)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.stop = nil
	if err != nil && b.phase == cutOff {
		return ErrSlow
	}
	return err
}

func (b *Body) giveTurn() {
	if b.turn != nil {
		b.turn.Give()
		b.turn = nil
	}
}

// Unpack asks for more memory for what is decompressed than Arrived gave, and says how many bytes there is room for.
// What was decompressed into that has to be let go of before, the first time.
func (b *Body) Unpack(ctx context.Context) (int64, error) {
	if b.unpacked == nil {
		if err := b.unpackLarge(ctx); err != nil {
			return 0, err
		}
	}
	to := min(b.plain+unpackedStep, max(roundUp(b.unpacks), b.plain+1))
	if err := b.unpacked.Grow(ctx, b.beside+to); err != nil {
		return b.plain, err
	}
	// It needs no client any more: on a busy machine it may take longer than the grace, and is not late.
	if err := b.unpacked.Work(b.beside + roundUp(b.unpacks)); err != nil {
		return b.plain, err
	}
	b.plain = to
	return to, nil
}

// unpackLarge waits for the turn of a body that becomes large. Small bodies do not wait meanwhile for what it holds
// among them.
func (b *Body) unpackLarge(ctx context.Context) error {
	if !b.large {
		b.brief.Shrink(b.sent)
		if err := b.brief.Yield(); err != nil {
			return err
		}
	}
	if err := b.take(ctx, b.budget.Long); err != nil {
		return err
	}
	b.unpacked = new(Hold)
	b.budget.Unpacked.Begin(b.unpacked, b.beside+roundUp(b.unpacks), b)
	return b.brief.Work(b.sent)
}

// Close gives everything back. Nothing is cut off afterwards.
func (b *Body) Close() {
	b.mu.Lock()
	b.phase = closed
	b.mu.Unlock()
	b.giveTurn()
	b.brief.Close()
	for _, h := range []*Hold{b.arriving, b.unpacked} {
		if h != nil {
			h.Close()
		}
	}
}

// IsCut reports whether the body was told to give its memory back.
func (b *Body) IsCut() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.phase == cutOff
}
