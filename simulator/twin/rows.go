package twin

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"tidemark/domain/fault"
	"tidemark/ports/chunks"
	"tidemark/ports/sched"
	"tidemark/simulator/account"
	"tidemark/simulator/georep"
)

// Rows are the rows of a geo-redundant account in memory (chunks.Store), at its primary endpoint: what a failover did
// not save is gone, and while one keeps the endpoints down nothing answers. It is safe for concurrent use.
type Rows struct{ reader }

var _ chunks.Store = (*Rows)(nil)

// NewRows makes the rows of an account whose storage is a twin.
func NewRows(s sched.Scheduler, a *account.Account, of *Store) *Rows {
	return &Rows{reader{s: s, a: a, of: of, name: "primary",
		at: func(e account.Endpoints) account.Endpoint { return e.Primary }}}
}

// Apply implements chunks.Store.
func (r *Rows) Apply(ctx context.Context, changes ...chunks.Change) error {
	const op = "chunks.apply"
	if err := chunks.Check(op, changes); err != nil {
		return err
	}
	of := changes[0].Key.Partition
	c := Change{Partition: georep.Partition{Service: georep.Table, Container: tableOf(of), Key: keyOf(of)}}
	bytesOf := 0
	for _, change := range changes {
		o := Op{Kind: Upsert, Row: change.Key.Row, Value: bytes.Clone(change.Value)}
		if change.Delete {
			o = Op{Kind: Delete, Row: change.Key.Row}
		}
		bytesOf += len(change.Value)
		c.Ops = append(c.Ops, o)
	}
	return r.write(ctx, op, c, bytesOf, func(rows map[string]Row) error {
		for _, change := range changes {
			has := chunks.Version("")
			if row, there := rows[change.Key.Row]; there {
				has = version(change.Key.Row, row)
			}
			if has != change.If {
				return fault.New(fault.Conflict, op, "the row's version is not the one expected: read it again")
			}
		}
		return nil
	})
}

// write carries a write to the account out.
func (r *Rows) write(ctx context.Context, op string, c Change, bytesOf int,
	condition func(map[string]Row) error) error {
	at, err := r.reach(ctx, op)
	if err != nil {
		return err
	}
	ticket, err := r.a.Arrive(at, georep.Table)
	if err != nil {
		return fault.Wrap(fault.Unavailable, op, err)
	}
	var refused error
	whole := c.Partition.Whole
	out, err := r.a.Write(ctx, ticket, account.Write{Partition: c.Partition, Rows: len(c.Ops), Bytes: bytesOf,
		Empties: whole && c.Ops[0].Kind == Drop,
		Send: func(ctx context.Context, stamp time.Time) (account.Payload, error) {
			if refused = r.of.Do(at, stamp, c, condition); refused != nil {
				return nil, nil
			}
			return c, nil
		}})
	switch {
	case errors.Is(err, account.ErrLost):
		return fault.Wrap(fault.Unavailable, op, err)
	case err != nil:
		return fault.Wrap(fault.Indeterminate, op, err)
	}
	if lost := r.answer(ctx, op, at); lost != nil {
		return fault.Wrap(fault.Indeterminate, op, lost)
	}
	if errors.Is(refused, errNoTable) {
		return fault.New(fault.NotFound, op, "the table does not exist: Prepare makes it")
	}
	if out.Entry == nil && refused == nil {
		return fault.New(fault.Internal, op, "nothing was done, and nothing was refused")
	}
	return refused
}

// Prepare implements chunks.Store.
func (r *Rows) Prepare(ctx context.Context, years ...int32) error {
	const op = "chunks.prepare"
	at, err := r.reach(ctx, op)
	if err != nil {
		return err
	}
	tables := []string{"base"}
	for _, y := range years {
		if before, any := r.expired(at); any && y < before {
			return fault.New(fault.Conflict, op, "year %d was expired and is never made again", y)
		}
		tables = append(tables, tableOf(chunks.Partition{Table: chunks.Chunks, Year: y}))
	}
	for _, name := range tables {
		if r.of.has(at, name) {
			continue
		}
		whole := georep.Partition{Service: georep.Table, Container: name, Whole: true}
		if err := r.write(ctx, op, Change{whole, []Op{{Kind: Make}}}, 0, nil); err != nil {
			return err
		}
	}
	return nil
}

// Expire implements chunks.Store.
func (r *Rows) Expire(ctx context.Context, before int32) error {
	const op = "chunks.expire"
	at, err := r.reach(ctx, op)
	if err != nil {
		return err
	}
	if is, any := r.expired(at); any && is > before {
		before = is
	} else if !any || is < before {
		if err := r.prepareBase(ctx, op, at); err != nil {
			return err
		}
		c := Change{expiry, []Op{{Kind: Upsert, Row: "before", Value: fmt.Append(nil, before)}}}
		rising := func(rows map[string]Row) error {
			if n, err := strconv.ParseInt(string(rows["before"].Value), 10, 32); err == nil && int32(n) > before {
				return fault.New(fault.Conflict, op, "a later year was expired meanwhile")
			}
			return nil
		}
		if err := r.write(ctx, op, c, 8, rising); err != nil && !fault.Is(err, fault.Conflict) {
			return err
		}
	}
	for _, name := range r.of.tables(at) {
		var year int32
		if _, err := fmt.Sscanf(name, "chunks%d", &year); err != nil || year >= before {
			continue
		}
		whole := georep.Partition{Service: georep.Table, Container: name, Whole: true}
		if err := r.write(ctx, op, Change{whole, []Op{{Kind: Drop}}}, 0, nil); err != nil {
			return err
		}
	}
	return nil
}

func (r *Rows) prepareBase(ctx context.Context, op string, at georep.Region) error {
	if r.of.has(at, "base") {
		return nil
	}
	whole := georep.Partition{Service: georep.Table, Container: "base", Whole: true}
	return r.write(ctx, op, Change{whole, []Op{{Kind: Make}}}, 0, nil)
}
