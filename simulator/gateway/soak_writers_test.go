package gateway

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"
)

// makeTable makes a table. What it answers may be that there is one.
func (f *fleet) makeTable(ctx context.Context, table string) {
	f.serial[table].Lock()
	defer f.serial[table].Unlock()
	w := written{place: place{table: table}, whole: true, began: time.Now()}
	if _, err := f.primary.NewClient(table).CreateTable(ctx, nil); err == nil {
		f.acknowledged(w, "")
	} else if !f.refused(err) {
		f.fail("make table %s: %v", table, err)
	}
}

func (f *fleet) dropTable(ctx context.Context, table string) {
	f.serial[table].Lock()
	defer f.serial[table].Unlock()
	w := written{place: place{table: table}, whole: true, clears: true, began: time.Now()}
	if _, err := f.primary.NewClient(table).Delete(ctx, nil); err == nil {
		f.acknowledged(w, "")
	} else if !f.refused(err) {
		f.fail("delete table %s: %v", table, err)
	}
}

// writer writes until the context ends; what it began it ends.
func (f *fleet) writer(ctx context.Context, rng *rand.Rand, ids *atomic.Int64) {
	whole := context.WithoutCancel(ctx)
	for ctx.Err() == nil {
		p := f.places[rng.IntN(len(f.places))]
		id := int(ids.Add(1))
		op := rowOp{kind: "put", rk: fmt.Sprintf("r%d", rng.IntN(8)), fields: fields(rng, id)}
		if rng.IntN(2) == 0 {
			op.kind = "merge"
		}
		var match azcore.ETag
		if rng.IntN(2) == 0 {
			match = f.etag(p, op.rk)
		}
		switch draw := rng.IntN(100); {
		case draw < 15:
			op.kind = "put"
			f.one(whole, "insert", p, op, "")
		case draw < 35:
			f.one(whole, "update", p, op, match)
		case draw < 60:
			f.one(whole, "upsert", p, op, "")
		case draw < 72:
			f.deleteOne(whole, p, op.rk, match)
		case draw < 98 || p.table != "soakc":
			f.several(whole, rng, p, id)
		case draw == 98:
			f.dropTable(whole, p.table)
		default:
			f.makeTable(whole, p.table)
		}
	}
}

func (f *fleet) one(ctx context.Context, verb string, p place, op rowOp, match azcore.ETag) {
	w := written{place: p, ops: []rowOp{op}, began: time.Now()}
	etag, err := f.single(ctx, verb, p, op, match)
	switch {
	case err == nil:
		f.acknowledged(w, etag)
	case !f.refused(err):
		f.fail("%s of %v %s: %v", verb, p, op.rk, err)
	}
}

func (f *fleet) deleteOne(ctx context.Context, p place, rk string, match azcore.ETag) {
	serial := f.serial[p.table+"/"+p.pk]
	serial.Lock()
	defer serial.Unlock()
	w := written{place: p, ops: []rowOp{{kind: "delete", rk: rk}}, began: time.Now()}
	_, err := f.single(ctx, "delete", p, w.ops[0], match)
	switch {
	case err == nil:
		f.acknowledged(w, "")
	case !f.refused(err):
		f.fail("delete of %v %s: %v", p, rk, err)
	}
}

// several is a batch: the row "last", and some others.
func (f *fleet) several(ctx context.Context, rng *rand.Rand, p place, id int) {
	w := written{place: p, ops: []rowOp{{kind: "put", rk: "last", fields: map[string]any{"id": float64(id)}}},
		began: time.Now()}
	actions := []aztables.TransactionAction{{ActionType: aztables.TransactionTypeInsertReplace,
		Entity: rowBody(p, w.ops[0])}}
	for _, n := range rng.Perm(8)[:1+rng.IntN(5)] {
		op := rowOp{kind: "put", rk: fmt.Sprintf("r%d", n), fields: fields(rng, id)}
		a := aztables.TransactionAction{ActionType: aztables.TransactionTypeInsertReplace}
		switch draw := rng.IntN(100); {
		case draw < 40:
			op.kind, a.ActionType = "merge", aztables.TransactionTypeInsertMerge
		case draw < 45:
			a.ActionType = aztables.TransactionTypeAdd
		case draw < 55:
			op.kind, a.ActionType = "merge", aztables.TransactionTypeUpdateMerge
			if etag := f.etag(p, op.rk); etag != "" {
				a.IfMatch = &etag
			}
		case draw < 65:
			op = rowOp{kind: "delete", rk: op.rk}
			a.ActionType = aztables.TransactionTypeDelete
		}
		a.Entity = rowBody(p, op)
		actions, w.ops = append(actions, a), append(w.ops, op)
	}
	etag, err := f.batch(ctx, p, actions)
	switch {
	case err == nil:
		f.acknowledged(w, etag)
	case !f.refused(err):
		f.fail("batch of %d in %v: %v", len(actions), p, err)
	}
}

// reader asks for the Last Sync Time first and reads a partition then, at the secondary; at the primary it has to see
// what was acknowledged before.
func (f *fleet) reader(ctx context.Context, rng *rand.Rand, n int, endpoint string, late time.Duration) {
	whole := context.WithoutCancel(ctx)
	client := f.secondary
	if endpoint == "primary" {
		client = f.primary
	}
	var last time.Time
	for ctx.Err() == nil {
		p := f.places[rng.IntN(len(f.places))]
		s := sight{place: p, reader: n, endpoint: endpoint}
		if endpoint == "primary" {
			f.mu.Lock()
			s.floor = f.acked[p].Add(1)
			f.mu.Unlock()
		} else {
			at, err := lastSync(whole, client)
			if err != nil {
				f.fail("statistics: %v", err)
				return
			}
			if at.Before(last) {
				f.fail("the Last Sync Time fell from %v to %v", last, at)
			}
			last, s.floor = at, at.Add(late)
		}
		rows, err := f.read(whole, client, p, false)
		if err != nil {
			f.fail("read %v at the %s: %v", p, endpoint, err)
			return
		}
		s.sum, s.lines = rows.sum(), rows.lines()
		f.mu.Lock()
		f.sights = append(f.sights, s)
		f.mu.Unlock()
	}
}
