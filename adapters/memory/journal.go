package memory

import (
	"bytes"
	"cmp"
	"context"
	"iter"
	"slices"
	"strconv"
	"time"

	"tidemark/domain/fault"
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
type Journal struct {
	storage
	place    *journal.Place
	parts    map[part]*streams
	prepared map[telemetry.Day]bool
	expired  telemetry.Day // every day before it is gone for good
	first    map[telemetry.Shard]telemetry.Day
	versions uint64 // the last version given to an index, never reused
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

// streams is the streams of a part. version counts its mark moves and ends; 0 is none yet.
type streams struct {
	version  uint64
	byWriter map[telemetry.Writer]*stream
}

// stream is the rows of one stream; order is the numbers of entries, rising.
type stream struct {
	state   journal.State
	entries map[telemetry.Number]held
	order   []telemetry.Number
	swept   bool // finished, and nothing at or below the mark is left: not listed any more
}

// held is an entry and when it was stored, by the storage's clock.
type held struct {
	journal.Entry
	at time.Time
}

// put keeps a copy of an entry whose number is free.
func (s *stream) put(e journal.Entry, at time.Time) {
	e.Block = bytes.Clone(e.Block)
	i, _ := slices.BinarySearch(s.order, e.Number)
	s.order = slices.Insert(s.order, i, e.Number)
	s.entries[e.Number] = held{e, at}
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
	j := &Journal{
		storage:  storage{sched: s},
		parts:    map[part]*streams{},
		prepared: map[telemetry.Day]bool{},
		expired:  -1 << 31,
		first:    map[telemetry.Shard]telemetry.Day{},
	}
	for _, o := range opts {
		o(j)
	}
	return j
}

// Append implements journal.Journal.
func (j *Journal) Append(ctx context.Context, a journal.Append) (journal.Stored, error) {
	const op = "journal.append"
	if a.At.Number == 0 {
		return journal.Stored{}, fault.New(fault.Invalid, op, "the first number is 1")
	}
	if err := checkBlock(op, a.Block); err != nil {
		return journal.Stored{}, err
	}
	var stored journal.Stored
	err := j.write(ctx, op, func() (err error) {
		stored.Now = j.now()
		stored.By, err = j.append(op, a, stored.Now)
		return err
	})
	if err != nil {
		return journal.Stored{}, err
	}
	return stored, nil
}

func checkBlock(op string, block []byte) error {
	switch n := len(block); {
	case n == 0:
		return fault.New(fault.Invalid, op, "a block has at least one byte")
	case n > telemetry.MaxBlockBytes:
		return fault.New(fault.TooLarge, op, "a block has at most %d bytes, this one %d", telemetry.MaxBlockBytes, n)
	}
	return nil
}

// append is Append under the lock, now. It gives the time at which the block was stored.
func (j *Journal) append(op string, a journal.Append, now time.Time) (time.Time, error) {
	s := j.find(a.At.Stream)
	if s == nil {
		if err := j.takes(op, a.At.Stream.Day); err != nil {
			return time.Time{}, err
		}
		s = j.add(journal.State{Stream: a.At.Stream, Continues: a.Continues})
	}
	if there, ok := s.entries[a.At.Number]; ok {
		return there.at, s.compare(op, there.Entry, journal.Entry{Number: a.At.Number, Block: a.Block})
	}
	if s.state.Ended {
		return time.Time{}, fault.New(fault.Conflict, op, "the stream has ended")
	}
	s.state.Touched = now
	s.put(journal.Entry{Number: a.At.Number, Block: a.Block}, now)
	return now, nil
}

// compare says what becomes of an entry whose number is taken: at or below the mark bytes are not compared, but a
// void stays one.
func (s *stream) compare(op string, held, e journal.Entry) error {
	same := held.Void == e.Void && bytes.Equal(held.Block, e.Block)
	if same || !held.Void && e.Number <= s.state.Mark {
		return nil
	}
	return fault.New(fault.Conflict, op, "number %d is taken", e.Number)
}

// Read implements journal.Journal. It sees a few entries at a time.
func (j *Journal) Read(ctx context.Context, s telemetry.Stream,
	after telemetry.Number) iter.Seq2[journal.Entry, error] {
	return func(yield func(journal.Entry, error) bool) {
		const op = "journal.read"
		for at := after; ; {
			var page []journal.Entry
			err := j.read(ctx, op, func() error {
				page = j.page(s, at)
				return nil
			})
			if err != nil {
				yield(journal.Entry{}, err)
				return
			}
			for _, e := range page {
				if !yield(e, nil) {
					return
				}
				at = e.Number
			}
			if len(page) < readPage {
				return
			}
		}
	}
}

// page is copies of the next entries above a number.
func (j *Journal) page(of telemetry.Stream, after telemetry.Number) []journal.Entry {
	s := j.find(of)
	if s == nil {
		return nil
	}
	i, found := slices.BinarySearch(s.order, after)
	if found {
		i++
	}
	var page []journal.Entry
	for _, n := range s.order[i:min(i+readPage, len(s.order))] {
		e := s.entries[n].Entry
		e.Block = bytes.Clone(e.Block)
		page = append(page, e)
	}
	return page
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

func (j *Journal) index(of part) journal.Index {
	ix := journal.Index{At: j.now()}
	p := j.parts[of]
	if p == nil {
		return ix
	}
	if p.version > 0 {
		ix.Version = strconv.FormatUint(p.version, 10)
	}
	for _, s := range p.byWriter {
		if !s.swept {
			ix.Streams = append(ix.Streams, s.state)
		}
	}
	slices.SortFunc(ix.Streams, func(a, b journal.State) int { return cmp.Compare(a.Stream.Writer, b.Stream.Writer) })
	return ix
}

// find is the stream, nil if it was neither born nor ended.
func (j *Journal) find(s telemetry.Stream) *stream {
	if p := j.parts[part{s.Shard, s.Day}]; p != nil {
		return p.byWriter[s.Writer]
	}
	return nil
}

// add makes a stream.
func (j *Journal) add(state journal.State) *stream {
	at := part{state.Stream.Shard, state.Stream.Day}
	p := j.parts[at]
	if p == nil {
		p = &streams{byWriter: map[telemetry.Writer]*stream{}}
		j.parts[at] = p
	}
	s := &stream{state: state, entries: map[telemetry.Number]held{}}
	p.byWriter[state.Stream.Writer] = s
	return s
}

// moved gives the stream's index a new version.
func (j *Journal) moved(s telemetry.Stream) {
	j.versions++
	j.parts[part{s.Shard, s.Day}].version = j.versions
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
