package aztable

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"

	"tidemark/adapters/aztable/internal/entity"
	"tidemark/adapters/aztable/internal/tables"
	"tidemark/adapters/internal/azkit"
	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

// Index implements journal.Journal with one range query over the head row and the live index rows. When the answer
// has several pages the head row is read again after the last: if it changed the pages are not of one moment, and all
// are read again.
func (j *Journal) Index(ctx context.Context, of telemetry.Shard, day telemetry.Day) (journal.Index, error) {
	const op = "journal.index"
	n, err := j.client.named(ctx)
	if err != nil {
		return journal.Index{}, err
	}
	name, ok := n.Period(day)
	if !ok {
		at, err := j.client.Directory().Now(ctx)
		return journal.Index{At: at}, err
	}
	t, p := j.client.table(name), dayPartition(of, day)
	for range attempts {
		x, torn, err := t.readDay(ctx, op, p, of, day)
		switch {
		case tables.Missing(err):
			at, err := j.client.Directory().Now(ctx)
			return journal.Index{At: at}, err
		case err != nil:
			return journal.Index{}, azkit.Classify(ctx, op, azkit.Read, err)
		case !torn:
			return x, nil
		}
	}
	return journal.Index{}, fault.New(fault.Unavailable, op, "the streams of %s on %s keep changing", of.Tenant, day)
}

// State implements journal.Journal with one range query over the stream's index rows.
func (j *Journal) State(ctx context.Context, s telemetry.Stream) (journal.State, error) {
	const op = "journal.state"
	p, err := j.place(ctx, op, s)
	if err != nil {
		return journal.State{}, err
	}
	rows, err := p.readIndex(ctx, op)
	if err != nil {
		return journal.State{}, azkit.Classify(ctx, op, azkit.Read, err)
	}
	return rows.state(op, s)
}

// readDay reads the index rows of a day. torn means that the pages are of different moments.
func (t table) readDay(ctx context.Context, op string, p entity.Partition, of telemetry.Shard,
	day telemetry.Day) (x journal.Index, torn bool, err error) {
	keys := azkit.And(azkit.RowKey.AtLeast(rowHead), azkit.RowKey.Below("j"), azkit.Flag(propLive).True())
	streams := make(map[string]*indexRows)
	pages := 0
	for pg, err := range t.Query(ctx, op, p, keys, maxPage) {
		if err != nil {
			return x, false, err
		}
		if pages++; pages == 1 {
			x.At = pg.Date
		}
		for _, e := range pg.Rows {
			if e.RK == rowHead {
				x.Version = e.Str(propVersion)
				continue
			}
			parts := strings.Split(e.RK, azkit.Separator)
			if len(parts) != 3 {
				return x, false, entity.Corrupt(op, "row key %s is no index row", e.RK)
			}
			if streams[parts[1]] == nil {
				streams[parts[1]] = new(indexRows)
			}
			streams[parts[1]].set(parts[2], e)
		}
	}
	if pages > 1 {
		if torn, err := t.headMoved(ctx, op, p, x.Version); torn || err != nil {
			return x, torn, err
		}
	}
	x.Streams, err = states(op, of, day, streams)
	return x, false, err
}

// headMoved reports whether the head row is not the one that was read.
func (t table) headMoved(ctx context.Context, op string, p entity.Partition, version string) (bool, error) {
	head, err := t.Get(ctx, op, p, rowHead)
	if tables.RowMissing(err) {
		return version != "", nil
	}
	return head.Str(propVersion) != version, err
}

// states sorts the streams by writer.
func states(op string, of telemetry.Shard, day telemetry.Day, streams map[string]*indexRows) ([]journal.State, error) {
	var out []journal.State
	for encoded, rows := range streams {
		writer, ok := azkit.Decode(encoded)
		if !ok || len(writer) != 1 {
			return nil, entity.Corrupt(op, "%s is no writer", encoded)
		}
		st, err := rows.state(op, telemetry.Stream{Shard: of, Day: day, Writer: telemetry.Writer(writer[0])})
		if err != nil {
			return nil, err
		}
		out = append(out, st)
	}
	slices.SortFunc(out, func(a, b journal.State) int {
		return strings.Compare(string(a.Stream.Writer),
			string(b.Stream.Writer))
	})
	return out, nil
}

// newHead is the action that gives the partition a new version.
func (p place) newHead() azkit.Action {
	return tables.Upsertion(entity.New(p.Partition, rowHead).Flag(propLive, true).Str(propVersion, rand.Text()).Small())
}

// Identity implements journal.Journal.
func (j *Journal) Identity(ctx context.Context) (journal.Place, error) {
	p, row, err := j.client.identity(ctx, "journal.identity")
	_, _ = j.client.met("journal.identity", p, row, err) // whichever it is, it is told
	return p, err
}
