// Package journal is the contract of a write-ahead log in one region: streams of numbered blocks in a local storage
// account.
//
// A stream is born with its first append and has exactly one writer. It ends once, by its writer or by a sweeper, and
// then takes no append any more; the end wins against every append that arrives later. The proof of every sentence is
// journaltest.
//
// Errors: fault.Conflict changed nothing; fault.Unavailable did not happen; fault.Indeterminate may or may not have
// happened and may still happen later: do it again, every method is idempotent. fault.Canceled says of a write what
// Indeterminate says.
package journal

import (
	"context"
	"iter"
	"time"

	"tidemark/domain/stream"
	"tidemark/domain/telemetry"
)

// Append is one block to be stored. Continues names the stream the writer wrote before this one, if any; it is kept
// in the birth row and looked at only when the append gives birth. Nothing in the program follows it: it is for
// whoever finds a stream cut short, as after the loss of a region, and has to say where its writer went on.
//
// Stamp is the block's own, which is in its bytes too. It is kept beside them for Heads and never compared: equal
// bytes are the same block, whatever was said of their stamp, and what was kept of it first stays.
type Append struct {
	At        telemetry.Position
	Continues telemetry.Stream
	Stamp     telemetry.Stamp
	Block     []byte
}

// Stored is the answer to an append, by the storage's own clock, to its resolution (a second on Azure). By is when
// the block was stored at the latest: of one that an earlier try stored, then. Now is the clock when the storage
// answered, zero if it did not say.
type Stored struct{ By, Now time.Time }

// Head is what is known of a number without its bytes. Stamp is what was said of the block when it was stored. Zero
// is unknown: of a block that a program of before stored, which did not say it, only the bytes tell the stamp. A void
// has none.
type Head struct {
	Number telemetry.Number
	Void   bool
	Stamp  telemetry.Stamp
}

// Entry is a number of a stream: a block's bytes, or a void (proven never stored). Block belongs to the receiver.
// Stamp is as in Head.
type Entry struct {
	Number telemetry.Number
	Void   bool
	Stamp  telemetry.Stamp
	Block  []byte
}

// Head is the entry without its bytes.
func (e Entry) Head() Head { return Head{Number: e.Number, Void: e.Void, Stamp: e.Stamp} }

// State is what the index rows say of a stream.
//
// Version is of this stream in this journal, and "" of one that is unborn. Each append and fill that stores something,
// the end and the seal give it a new one. A drop may; reading, and what is refused, do not. Two equal versions prove
// that nothing was stored between the two readings. It is opaque.
type State struct {
	Stream    telemetry.Stream
	Continues telemetry.Stream
	Version   string
	stream.State
}

// Index is the streams of a shard and day of which something is left, sorted by writer, as of one moment.
//
// Version changes with every move of a dropped mark and every end in the partition, and may change with a seal: two
// equal versions (of the same shard and day) prove that no mark moved between them. It is opaque, and "" before the
// first of either. At is the storage's clock when it answered.
type Index struct {
	Version string
	Streams []State
	At      time.Time
}

// Journal keeps numbered blocks in streams. It is safe for concurrent use.
//
// What a successful write stored, every call that begins afterwards sees, from whichever process.
//
// A journal and its directory belong to the generation that they first found. When another one is there, or none any
// more, because the storage was emptied, every call but Identity is fault.Unavailable and changes nothing, also one
// that was under way. They are used again only if their own generation comes back.
type Journal interface {
	// Identity reads the place that Init wrote, with its bound, of whichever generation is there; fault.NotFound when
	// the journal was never initialised.
	Identity(ctx context.Context) (Place, error)

	// Append stores a block under its number, and gives birth to the stream if it does not exist yet. It does not
	// keep Block. The same bytes under the same number succeed again. Other bytes under a taken number, a number that
	// is void, and every number of an ended stream that it does not hold, are fault.Conflict. At or below the dropped
	// mark of an open stream it succeeds, and bytes are no longer compared. A day that was not prepared is
	// fault.Unavailable or NotFound, unless the adapter makes it itself; an expired one is fault.Conflict. Until the
	// first append of a stream has succeeded in this journal the writer sends no second one; afterwards appends may
	// overtake one another. fault.TooLarge over telemetry.MaxBlockBytes,
	// fault.Invalid for a block without bytes and for the number 0.
	Append(ctx context.Context, a Append) (Stored, error)

	// Read yields what is stored above a number, rising. A missing number is skipped: the caller sees the hole.
	// Blocks stored after the call began may or may not appear. The caller passes at least the dropped mark that it
	// knows: what is at or below the mark is rubbish that may appear or not. An unknown stream yields nothing. After
	// an error nothing more is yielded.
	Read(ctx context.Context, s telemetry.Stream, after telemetry.Number) iter.Seq2[Entry, error]

	// Heads yields of the same numbers what Read does, without the bytes, and costs no more than they weigh.
	Heads(ctx context.Context, s telemetry.Stream, after telemetry.Number) iter.Seq2[Head, error]

	// Index lists the streams of a shard and day that are not finished, and those whose last Drop did not come to its
	// end. A shard or day never heard of has none.
	Index(ctx context.Context, of telemetry.Shard, day telemetry.Day) (Index, error)

	// State is what the journal knows of one stream, whether Index lists it or not: of one that has finished the mark
	// and the last number, until its day is expired. One that was never heard of, or whose day was expired, is unborn.
	State(ctx context.Context, s telemetry.Stream) (State, error)

	// Drop moves the dropped mark to through, never down, and then deletes the blocks at or below the mark, late
	// arrivals too. The mark moves before any block goes, and a finished stream stays listed until they have gone.
	// Dropping at or below the present mark only sweeps. fault.NotFound for an unknown stream; fault.Invalid beyond
	// the last number of a sealed stream.
	Drop(ctx context.Context, s telemetry.Stream, through telemetry.Number) error

	// End makes the stream's tombstone: no append that has not arrived can succeed any more. It ends an unborn stream
	// too, so that a late birth fails. Ending again succeeds. The returned state is the one after the end.
	End(ctx context.Context, s telemetry.Stream) (State, error)

	// Seal writes the last number of an ended stream: every number up to it is a block, a void or dropped, and there
	// is none above. The same number again succeeds, another is fault.Conflict, and a stream that has not ended is
	// fault.Invalid. Unless unchanged is "", the stream's version has to be that, or the seal is fault.Conflict too: so
	// whoever read a version and then what the stream holds does not seal over what came meanwhile. A stream that is
	// sealed already is not asked for its version.
	Seal(ctx context.Context, s telemetry.Stream, last telemetry.Number, unchanged string) error

	// Fill puts a block (copied from elsewhere, with its stamp) or a void into an ended, unsealed stream. A taken
	// number is fault.Conflict unless it holds the same; at or below the mark nothing happens; a stream that has not
	// ended, or is sealed, is fault.Invalid.
	Fill(ctx context.Context, s telemetry.Stream, e Entry) error
}

// Registered is a shard that the journal has heard of, and the first day that may still hold blocks of it. Version is
// opaque: Advance takes it.
type Registered struct {
	Shard   telemetry.Shard
	First   telemetry.Day
	Version string
}

// Directory is what a journal knows beside its streams: who has streams, since when, and which periods it keeps.
type Directory interface {
	// Init writes the identity, before the journal is used: of what was prepared or stored in one that was never
	// initialised nothing need be there afterwards. Doing it again with an equal place succeeds; with another, be it
	// in the bound alone, it is fault.Conflict. fault.Invalid for a place that cannot be (Place.Check).
	Init(ctx context.Context, p Place) error
	// Change puts an identity in the place of another, as when a journal gets a peer or one is retired: it is
	// fault.Conflict if the identity is not from, unless it is to already. Region, generation and bound stay, and what
	// was retired stays so: another wish is fault.Invalid (Place.CheckChange). fault.NotFound for a journal that was
	// never initialised.
	Change(ctx context.Context, from, to Place) error
	// Register makes the shard known before its first stream of a day is born: its first day is then at or before
	// day, and before the storage's today, however far the caller's clock is ahead. It is fault.Conflict when the
	// first day has already moved past day (the writer's clock is behind).
	Register(ctx context.Context, s telemetry.Shard, day telemetry.Day) error
	// First is the shard's first day; fault.NotFound for one never registered.
	First(ctx context.Context, s telemetry.Shard) (telemetry.Day, error)
	// Shards yields every registered shard, in no particular order.
	Shards(ctx context.Context) iter.Seq2[Registered, error]
	// Lower makes the first day at most day, also when it has passed that already, and registers the shard if it is
	// not. It is fault.Conflict for an expired day. Every Lower makes the next Advance fail of whoever had read the
	// shard before, also where the day stays. So whoever puts a stream into a day that had passed lowers when Index
	// lists the stream; whoever reads the first day from then on finds it.
	Lower(ctx context.Context, s telemetry.Shard, day telemetry.Day) error
	// Advance moves the first day up, never down, and never to the storage's today or past it. The caller has read r,
	// and then seen every stream of the days before to finished. It is fault.Conflict if the shard was lowered since r
	// was read, and may be after other moves; where there is nothing to move it succeeds. fault.NotFound for a shard
	// never registered.
	Advance(ctx context.Context, r Registered, to telemetry.Day) error
	// Now is the storage's own clock.
	Now(ctx context.Context) (time.Time, error)
	// SetEven writes down up to when this journal and a peer have everything of each other, as a sweep of the two has
	// found. Each pair of generations has a time of its own, and it never falls: setting an earlier one succeeds and
	// changes nothing. Only where the storage's clock has gone back behind it an earlier one takes its place.
	// fault.Conflict for a time that is later than that clock; fault.Invalid without a region, a generation or a time.
	SetEven(ctx context.Context, with Peer, to time.Time) error
	// Even is the time that was set last of this journal and a peer, with the storage's clock; fault.NotFound where
	// none was. Whether it is to be believed says Even.Sound.
	Even(ctx context.Context, with Peer) (Even, error)
	// Prepare makes what the streams of a day need (tables); it is idempotent, and refuses (fault.Conflict) a day
	// that was expired.
	Prepare(ctx context.Context, day telemetry.Day) error
	// Expire gives up all whole periods that end before day, for good. It is idempotent.
	Expire(ctx context.Context, before telemetry.Day) error
}
