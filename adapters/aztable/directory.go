package aztable

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"tidemark/adapters/aztable/internal/entity"
	"tidemark/adapters/aztable/internal/names"
	"tidemark/adapters/aztable/internal/tables"
	"tidemark/adapters/internal/azkit"
	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

// Directory implements journal.Directory: in the table "Journal" a row of the identity, and in the registry of its
// generation a row of the first period that was not given up, and one for each shard with its first day.
type Directory struct{ client *Client }

// Directory is what the journal knows beside its streams.
func (c *Client) Directory() *Directory { return &Directory{client: c} }

var _ journal.Directory = (*Directory)(nil)

const (
	rowPeriods = "periods"
	propTenant = "tenant"
	propShard  = "shard"
)

var (
	partitionRegistry = entity.PartitionOf("s", "shards")
)

// table has the identity.
func (d *Directory) table() table { return d.client.table(names.Journal) }

// registry has what else a directory knows of a generation.
func (d *Directory) registry(n names.Of) table { return d.client.table(n.Registry()) }

// shardKey is the registry's key of a shard. The row names the shard in properties too.
func shardKey(s telemetry.Shard) string {
	return azkit.Key(string(s.Tenant), fmt.Sprintf("%05d", s.Index))
}

func shardRow(s telemetry.Shard, first telemetry.Day) entity.Row {
	return entity.New(partitionRegistry, shardKey(s)).Binary(propTenant, []byte(s.Tenant)).
		Int(propShard, int64(s.Index)).Int(tables.PropFirst, int64(first)).Small()
}

// Register implements journal.Directory.
func (d *Directory) Register(ctx context.Context, s telemetry.Shard, day telemetry.Day) error {
	const op = "journal.register"
	now, err := d.Now(ctx)
	if err != nil {
		return err
	}
	n, err := d.client.named(ctx)
	if err != nil {
		return err
	}
	for range attempts {
		row, err := d.first(ctx, op, s)
		if fault.Is(err, fault.NotFound) {
			err = d.registry(n).Insert(ctx, op, shardRow(s, journal.NewFirst(day, now)))
			if tables.RowExists(err) {
				continue
			}
			return azkit.Classify(ctx, op, azkit.Write, d.notPrepared(ctx, op, err))
		}
		if err != nil {
			return err
		}
		first, err := journal.RegisteredFirst(op, row.day, day, now)
		if err != nil || first == row.day {
			return err
		}
		err = d.registry(n).Replace(ctx, op, shardRow(s, first), row.ETag)
		if !tables.VersionMoved(err) {
			return azkit.Classify(ctx, op, azkit.Write, err)
		}
	}
	return changing(op, s)
}

// changing is the end of attempts at a row that others write all the time.
func changing(op string, s telemetry.Shard) error {
	return fault.New(fault.Unavailable, op, "the first day of a shard of %s keeps changing", s.Tenant)
}

// notPrepared turns a missing table into what it means for a write.
func (d *Directory) notPrepared(ctx context.Context, op string, err error) error {
	if err = d.client.missing(ctx, op, err); tables.Missing(err) {
		return &fault.Error{Kind: fault.Unavailable, Op: op, Message: "the journal was never initialised: run init",
			Cause: err}
	}
	return err
}

// First implements journal.Directory.
func (d *Directory) First(ctx context.Context, s telemetry.Shard) (telemetry.Day, error) {
	first, err := d.first(ctx, "journal.first", s)
	return first.day, err
}

type firstDay struct {
	entity.Entity
	day telemetry.Day
}

func (d *Directory) first(ctx context.Context, op string, s telemetry.Shard) (firstDay, error) {
	n, err := d.client.named(ctx)
	if err != nil {
		return firstDay{}, err
	}
	row, err := d.registry(n).Get(ctx, op, partitionRegistry, shardKey(s))
	if err != nil {
		return firstDay{}, azkit.Classify(ctx, op, azkit.Read, d.client.missing(ctx, op, err))
	}
	r, err := registered(op, row)
	if err == nil && r.Shard != s {
		err = entity.Corrupt(op, "the row of shard %v names %v", s, r.Shard)
	}
	return firstDay{row, r.First}, err
}

func registered(op string, e entity.Entity) (journal.Registered, error) {
	tenant, err := e.Bytes(op, propTenant)
	if err != nil {
		return journal.Registered{}, err
	}
	index, err := e.Int(op, propShard)
	if err != nil {
		return journal.Registered{}, err
	}
	first, err := e.Int(op, tables.PropFirst)
	shard := telemetry.Shard{Tenant: telemetry.Tenant(tenant), Index: uint16(index)}
	return journal.Registered{Shard: shard, First: telemetry.Day(first), Version: string(e.ETag)}, err
}

// Shards implements journal.Directory.
func (d *Directory) Shards(ctx context.Context) iter.Seq2[journal.Registered, error] {
	const op = "journal.shards"
	return func(yield func(journal.Registered, error) bool) {
		n, err := d.client.named(ctx)
		if err != nil {
			yield(journal.Registered{}, err)
			return
		}
		for pg, err := range d.registry(n).Query(ctx, op, partitionRegistry, azkit.Filter{}, maxPage) {
			if err != nil {
				if err = d.client.absent(ctx, op, err); err != nil {
					yield(journal.Registered{}, err)
				}
				return
			}
			for _, e := range pg.Rows {
				r, err := registered(op, e)
				if !yield(r, err) || err != nil {
					return
				}
			}
		}
	}
}

// Advance implements journal.Directory.
func (d *Directory) Advance(ctx context.Context, r journal.Registered, to telemetry.Day) error {
	const op = "journal.advance"
	now, err := d.Now(ctx)
	if err != nil {
		return err
	}
	n, err := d.client.named(ctx)
	if err != nil {
		return err
	}
	for range attempts {
		first, err := d.first(ctx, op, r.Shard)
		if err != nil {
			return err
		}
		day := journal.Advanced(first.day, to, now)
		switch {
		case day == first.day:
			return nil
		case string(first.ETag) != r.Version:
			return fault.New(fault.Conflict, op, "the shard's first day has changed since it was read")
		}
		err = d.registry(n).Replace(ctx, op, shardRow(r.Shard, day), first.ETag)
		if !tables.VersionMoved(err) {
			return azkit.Classify(ctx, op, azkit.Write, err)
		}
	}
	return changing(op, r.Shard)
}

// Now implements journal.Directory: the date of the answer to a get of the identity, which has to be the one that is
// known.
func (d *Directory) Now(ctx context.Context) (time.Time, error) {
	const op = "journal.now"
	var resp *http.Response
	p, row, err := d.client.identity(policy.WithCaptureResponse(ctx, &resp), op)
	if _, err := d.client.met(op, p, row, err); err != nil {
		return time.Time{}, err
	}
	at, err := tables.DateOf(resp, err)
	return at, azkit.Classify(ctx, op, azkit.Read, err)
}
