package aztable

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"tidemark/adapters/aztable/internal/entity"
	"tidemark/adapters/internal/azkit"
	"tidemark/domain/fault"
	"tidemark/domain/stream"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

// Journal implements journal.Journal.
//
// The partition of a shard and day holds one head row h and, for each stream, index rows i,<writer>,<kind> and block
// rows k,<writer>,<number>,<part>. The kinds of index rows:
//
//	a  birth, later the tombstone; names the stream it continues, and the last number once sealed
//	b  there while the stream is open: every append merges it, so an append fails once it is gone, and its Timestamp is the last append's
//	c  the dropped mark; made by the first drop, at the latest by the seal
//	d  there while the stream is ended and not sealed: every fill merges it, so a fill fails once the stream is sealed
//
// Rows that still matter have live = true. Rows a and c of a finished stream lose it in one batch once its blocks are
// deleted, and stay: the tombstone has to refuse a late birth for as long as the table exists. The head row gets a new
// random version in every batch that moves a mark, ends or seals a stream: that is Index.Version. State.Version is the
// ETag of row b while the stream is open, of d while it is ended, of a once it is sealed, with a random property that
// these rows get with each write.
type Journal struct{ client *Client }

var _ journal.Journal = (*Journal)(nil)

// Names of the rows and properties.
const (
	rowHead = "h"

	kindBirth = "a"
	kindOpen  = "b"
	kindMark  = "c"
	kindEnded = "d"

	propLive      = "live"
	propVersion   = "version"
	propContinues = "continues"
	propEnded     = "ended"
	propSealed    = "sealed"
	propLast      = "last"
	propMark      = "mark"
	propVoid      = "void"
	propParts     = "parts"
	propStamp     = "stamp" // of a block, as an Edm.Int64 with the same bits
)

// maxNumber is the highest number of a block: numbers are stored as Edm.Int64.
const maxNumber = telemetry.Number(1<<63 - 1)

// maxWriter is the longest encoding of a writer's name, so that row keys stay below the bound.
const maxWriter = 128

// place is a stream's table and partition.
type place struct {
	table
	entity.Partition
	stream telemetry.Stream
	writer string // encoded
}

func dayPartition(s telemetry.Shard, d telemetry.Day) entity.Partition {
	return entity.PartitionOf("t", string(s.Tenant), fmt.Sprintf("%05d", s.Index), d.Start().Format("20060102"))
}

func (j *Journal) place(ctx context.Context, op string, s telemetry.Stream) (place, error) {
	n, err := j.client.named(ctx)
	if err != nil {
		return place{}, err
	}
	name, ok := n.Period(s.Day)
	if !ok {
		return place{}, fault.New(fault.Invalid, op, "there is no journal for day %d", s.Day)
	}
	writer := azkit.Encode(string(s.Writer))
	if writer == "" || len(writer) > maxWriter {
		return place{}, fault.New(fault.Invalid, op, "a writer's name has 1 to %d characters", maxWriter)
	}
	return place{table: j.client.table(name), Partition: dayPartition(s.Shard, s.Day), stream: s, writer: writer}, nil
}

// index is the key of an index row.
func (p place) index(kind string) string { return "i," + p.writer + "," + kind }

// Batch makes all actions or none; a table that is missing because its generation is gone is fault.Unavailable.
func (p place) Batch(ctx context.Context, op string, actions []azkit.Action) (time.Time, error) {
	at, err := p.table.Table.Batch(ctx, op, actions)
	return at, p.client.missing(ctx, op, err)
}

// block is the key of a part of a block. Nineteen digits hold every number.
func (p place) block(n telemetry.Number, part int) string {
	return fmt.Sprintf("k,%s,%019d,%d", p.writer, uint64(n), part)
}

// blockNumber is the inverse of block.
func (p place) blockNumber(op, rk string) (n telemetry.Number, part int, err error) {
	prefix := "k," + p.writer + ","
	if len(rk) != len(prefix)+21 || rk[:len(prefix)] != prefix {
		return 0, 0, entity.Corrupt(op, "row key %s is no block of stream %s", rk, p.stream)
	}
	if _, err := fmt.Sscanf(rk[len(prefix):], "%d,%d", &n, &part); err != nil {
		return 0, 0, entity.Corrupt(op, "row key %s: %w", rk, err)
	}
	return n, part, nil
}

// checkNumber refuses zero and what cannot be stored.
func checkNumber(op string, n telemetry.Number) error {
	if n == 0 || n > maxNumber {
		return fault.New(fault.Invalid, op, "%d is no number of a block", n)
	}
	return nil
}

// indexRows are the index rows of one stream as they were read; nil for one that is not there.
type indexRows struct{ birth, open, mark, ended *entity.Entity }

func (r *indexRows) set(kind string, e entity.Entity) {
	switch kind {
	case kindBirth:
		r.birth = &e
	case kindOpen:
		r.open = &e
	case kindMark:
		r.mark = &e
	case kindEnded:
		r.ended = &e
	}
}

// torn reports whether the rows can only be of different moments: a page of the answer may end between them.
func (r indexRows) torn() bool {
	if r.birth == nil {
		return r != (indexRows{})
	}
	return r.open == nil && !r.birth.Flag(propEnded)
}

// readIndex reads the index rows of a stream, and once more if they are torn. A missing table has none.
func (p place) readIndex(ctx context.Context, op string) (indexRows, error) {
	rows, err := p.readIndexOnce(ctx, op)
	if err == nil && rows.torn() {
		return p.readIndexOnce(ctx, op)
	}
	return rows, err
}

func (p place) readIndexOnce(ctx context.Context, op string) (indexRows, error) {
	var rows indexRows
	keys := azkit.And(azkit.RowKey.AtLeast(p.index(kindBirth)), azkit.RowKey.Below(p.index("e")))
	for pg, err := range p.Query(ctx, op, p.Partition, keys, 10) {
		if err != nil {
			return rows, p.client.absent(ctx, op, err)
		}
		for _, e := range pg.Rows {
			rows.set(e.RK[len(e.RK)-1:], e)
		}
	}
	return rows, nil
}

// state says what index rows mean; without any the stream is unborn.
func (r indexRows) state(op string, s telemetry.Stream) (journal.State, error) {
	st := journal.State{Stream: s}
	if r == (indexRows{}) {
		return st, nil
	}
	if r.birth == nil {
		return st, entity.Corrupt(op, "stream %s has index rows but no birth", s)
	}
	st.Version = r.version()
	var err error
	if st.Continues, err = decodeStream(op, r.birth.Str(propContinues)); err != nil {
		return st, err
	}
	last, err := r.birth.Int(op, propLast)
	if err != nil {
		return st, err
	}
	var mark int64
	if r.mark != nil {
		if mark, err = r.mark.Int(op, propMark); err != nil {
			return st, err
		}
	}
	var touched time.Time
	if r.open != nil {
		touched = r.open.At
	}
	st.State = stream.Of(r.birth.Flag(propEnded), r.birth.Flag(propSealed), telemetry.Number(last),
		telemetry.Number(mark), touched)
	if !st.HasEnded() && r.open == nil {
		return st, entity.Corrupt(op, "stream %s is neither open nor ended", s)
	}
	return st, nil
}

// versioned gives a row of the stream a property that no write before it had, so that the version of the stream is a
// new one also where a service gives two writes that follow at once the same ETag: Azurite does.
func versioned(w *entity.Writer) *entity.Writer { return w.Str(propVersion, rand.Text()[:13]) }

// version is the stream's: of the row that is written whenever something is stored. A program of before writes no
// property, but the row gets another ETag.
func (r indexRows) version() string {
	row := r.birth
	switch {
	case r.open != nil:
		row = r.open
	case r.ended != nil:
		row = r.ended
	}
	return row.RK[len(row.RK)-1:] + " " + string(row.ETag) + " " + row.Str(propVersion)
}

// encodeStream names a stream in a property; "" is no stream.
func encodeStream(s telemetry.Stream) string {
	if s == (telemetry.Stream{}) {
		return ""
	}
	return azkit.Encode(string(s.Shard.Tenant), fmt.Sprint(s.Shard.Index), fmt.Sprint(int32(s.Day)), string(s.Writer))
}

func decodeStream(op, text string) (telemetry.Stream, error) {
	if text == "" {
		return telemetry.Stream{}, nil
	}
	parts, ok := azkit.Decode(text)
	if !ok || len(parts) != 4 {
		return telemetry.Stream{}, entity.Corrupt(op, "%q is no name of a stream", text)
	}
	s := telemetry.Stream{Shard: telemetry.Shard{Tenant: telemetry.Tenant(parts[0])},
		Writer: telemetry.Writer(parts[3])}
	if _, err := fmt.Sscanf(parts[1]+" "+parts[2], "%d %d", &s.Shard.Index, &s.Day); err != nil {
		return telemetry.Stream{}, entity.Corrupt(op, "%q is no name of a stream: %w", text, err)
	}
	return s, nil
}

// missingTable classifies a write to a period that has no table: never made, or given up.
func (j *Journal) missingTable(ctx context.Context, op string, day telemetry.Day, cause error) error {
	n, err := j.client.named(ctx)
	if err != nil {
		return err
	}
	first, err := j.client.Directory().firstPeriod(ctx, op)
	if err != nil {
		return azkit.Classify(ctx, op, azkit.Read, err)
	}
	if name, _ := n.Period(day); name < first {
		return &fault.Error{Kind: fault.Conflict, Op: op,
			Message: "the journal has given up that day: its retention has passed", Cause: cause}
	}
	return &fault.Error{Kind: fault.Unavailable, Op: op, Message: "the journal has not been prepared for that day",
		Cause: cause}
}
