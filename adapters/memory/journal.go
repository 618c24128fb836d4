package memory

import (
	"bytes"
	"cmp"
	"context"
	"iter"
	"slices"
	"strconv"
	"time"

	"tidemark/adapters/memory/internal/numbered"
	"tidemark/domain/fault"
	"tidemark/domain/stream"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
	"tidemark/ports/sched"
)

// readPage is how many entries one step of a Read sees at the same moment. It is small, so that schedules find what
// happens in between.
const readPage = 8

// Journal is the memory twin of a region's journal (journal.Journal and journal.Directory). It is strict where the
// contract leaves room to a storage service: a period is a day, and what would give birth to a stream in a day that
// nobody prepared is fault.Unavailable, in an expired day fault.Conflict; a position without a number and a block
// without bytes are fault.Invalid; so is a Seal that leaves a number neither block nor void nor dropped, or one
// above. It keeps late arrivals at or below the mark as rubbish, as a table would, until the next Drop. It is safe
// for concurrent use.
//
// A value is a process's handle: it knows one generation. Another makes handles for other processes; those that share
// one know the same.
type Journal struct {
	*vault
	knows journal.Known // under the vault's lock
}

// vault is the storage that handles have in common.
type vault struct {
	storage
	place    *journal.Place
	parts    map[part]*streams
	prepared map[telemetry.Day]bool
	expired  telemetry.Day // every day before it is gone for good
	first    map[telemetry.Shard]firstDay
	evens    map[journal.Peer]time.Time
	versions uint64 // the last version given to an index, a stream or a first day, never reused
}

var (
	_ journal.Journal   = (*Journal)(nil)
	_ journal.Directory = (*Journal)(nil)
)

// part is the unit of an index: a partition of the table.
type part struct {
	shard telemetry.Shard
	day   telemetry.Day
}

// firstDay is the first day of a shard. Every Lower and every move gives it a new version.
type firstDay struct {
	day     telemetry.Day
	version uint64
}

// streams is the streams of a part. version counts its mark moves and ends; 0 is none yet.
type streams struct {
	version  uint64
	byWriter map[telemetry.Writer]*kept
}

// kept is what is kept of one stream.
type kept struct {
	journal.State
	numbered.Entries
	swept bool // finished, and nothing at or below the mark is left: not listed any more
}

// JournalOption changes a Journal.
type JournalOption func(*Journal)

// WithFault sets the hook that decides what each operation suffers.
func WithFault(f FaultFunc) JournalOption { return func(j *Journal) { j.fault = f } }

// WithSkew sets how far the storage's clock is ahead of the scheduler's.
func WithSkew(d time.Duration) JournalOption { return func(j *Journal) { j.skew = d } }

// WithResolution cuts the storage's clock to multiples of d, a second on Azure.
func WithResolution(d time.Duration) JournalOption { return func(j *Journal) { j.resolution = d } }

// NewJournal makes a journal that holds nothing, not even a place. Processes that share a journal share the value.
func NewJournal(s sched.Scheduler, opts ...JournalOption) *Journal {
	j := &Journal{vault: &vault{storage: storage{sched: s}}}
	j.empty()
	for _, o := range opts {
		o(j)
	}
	return j
}

// Append implements journal.Journal.
func (j *Journal) Append(ctx context.Context, a journal.Append) (journal.Stored, error) {
	const op = "journal.append"
	if err := journal.CheckBlock(op, a.At.Number, a.Block); err != nil {
		return journal.Stored{}, err
	}
	var answer journal.Stored
	err := j.write(ctx, op, func() (err error) {
		answer.Now = j.now()
		answer.By, err = j.append(op, a, answer.Now)
		return err
	})
	if err != nil {
		return journal.Stored{}, err
	}
	return answer, nil
}

// append is Append under the lock, now. It gives the time at which the block was stored.
func (j *Journal) append(op string, a journal.Append, now time.Time) (time.Time, error) {
	k := j.find(a.At.Stream)
	if !k.Born() {
		k.Continues = a.Continues
	}
	e := journal.Entry{Number: a.At.Number, Stamp: a.Stamp, Block: a.Block}
	do, err := j.reach(op, k, stream.Append{Number: e.Number, Held: k.Held(e)}, now)
	switch {
	case err != nil:
		return time.Time{}, err
	case do.Has(stream.Store):
		k.Put(e, now)
	}
	return k.StoredAt(e.Number), nil
}

// reach lets an event reach a stream: the one way in which its state changes. A stream that begins with it is kept
// from now on, if its day takes it. Called under the lock.
func (j *Journal) reach(op string, k *kept, e stream.Event, now time.Time) (stream.Effects, error) {
	next, do, err := k.Step(e, now)
	if err != nil {
		return 0, err
	}
	if next.Born() && !k.Born() {
		if err := j.takes(op, k.Stream.Day); err != nil {
			return 0, err
		}
		j.add(k)
	}
	if do.Has(stream.Change) {
		k.Version = versionOf(j.next())
	}
	k.State.State = next
	if do.Has(stream.Move) {
		j.moved(k.Stream)
	}
	return do, nil
}

// Read implements journal.Journal. It sees a few entries at a time.
func (j *Journal) Read(ctx context.Context, s telemetry.Stream,
	after telemetry.Number) iter.Seq2[journal.Entry, error] {
	return pages(ctx, j, "journal.read", s, after, func(e journal.Entry) journal.Entry {
		e.Block = bytes.Clone(e.Block)
		return e
	})
}

// Heads implements journal.Journal. It sees a few at a time.
func (j *Journal) Heads(ctx context.Context, s telemetry.Stream,
	after telemetry.Number) iter.Seq2[journal.Head, error] {
	return pages(ctx, j, "journal.heads", s, after, journal.Entry.Head)
}

// pages yields what show makes of the entries above a number, page by page.
func pages[E any](ctx context.Context, j *Journal, op string, s telemetry.Stream, after telemetry.Number,
	show func(journal.Entry) E) iter.Seq2[E, error] {
	return func(yield func(E, error) bool) {
		for at := after; ; {
			var page []E
			err := j.read(ctx, op, func() error {
				for _, e := range j.find(s).Page(at, readPage) {
					page = append(page, show(e.Entry))
					at = e.Number
				}
				return nil
			})
			if err != nil {
				yield(*new(E), err)
				return
			}
			for _, e := range page {
				if !yield(e, nil) {
					return
				}
			}
			if len(page) < readPage {
				return
			}
		}
	}
}

// Index implements journal.Journal.
func (j *Journal) Index(ctx context.Context, of telemetry.Shard, day telemetry.Day) (journal.Index, error) {
	var ix journal.Index
	err := j.read(ctx, "journal.index", func() error {
		ix = j.index(part{of, day})
		return nil
	})
	return ix, err
}

// State implements journal.Journal.
func (j *Journal) State(ctx context.Context, s telemetry.Stream) (journal.State, error) {
	var st journal.State
	err := j.read(ctx, "journal.state", func() error {
		st = j.find(s).State
		return nil
	})
	return st, err
}

func (j *Journal) index(of part) journal.Index {
	ix := journal.Index{At: j.now()}
	p := j.parts[of]
	if p == nil {
		return ix
	}
	if p.version > 0 {
		ix.Version = versionOf(p.version)
	}
	for _, k := range p.byWriter {
		if !k.swept {
			ix.Streams = append(ix.Streams, k.State)
		}
	}
	slices.SortFunc(ix.Streams, func(a, b journal.State) int { return cmp.Compare(a.Stream.Writer, b.Stream.Writer) })
	return ix
}

// find is the stream; an unborn one is not kept yet.
func (j *Journal) find(s telemetry.Stream) *kept {
	if p := j.parts[part{s.Shard, s.Day}]; p != nil && p.byWriter[s.Writer] != nil {
		return p.byWriter[s.Writer]
	}
	return &kept{State: journal.State{Stream: s}}
}

// add keeps a stream from now on.
func (j *Journal) add(k *kept) {
	at := part{k.Stream.Shard, k.Stream.Day}
	p := j.parts[at]
	if p == nil {
		p = &streams{byWriter: map[telemetry.Writer]*kept{}}
		j.parts[at] = p
	}
	p.byWriter[k.Stream.Writer] = k
}

// next is a version that nothing had before.
func (j *Journal) next() uint64 {
	j.versions++
	return j.versions
}

func versionOf(n uint64) string { return strconv.FormatUint(n, 10) }

// moved gives the stream's index a new version.
func (j *Journal) moved(s telemetry.Stream) {
	j.parts[part{s.Shard, s.Day}].version = j.next()
}

// takes says whether a day can hold a new stream.
func (j *Journal) takes(op string, day telemetry.Day) error {
	switch {
	case day < j.expired:
		return fault.New(fault.Conflict, op, "the day %v was expired", day)
	case !j.prepared[day]:
		return fault.New(fault.Unavailable, op, "nothing is prepared for the day %v: Directory.Prepare does that", day)
	}
	return nil
}
