package gateway

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"tidemark/simulator/history"
)

// makeTable makes a table. What it answers may be that there is one.
func (f *fleet) makeTable(ctx context.Context, table string) {
	f.serial[table].Lock()
	defer f.serial[table].Unlock()
	op := f.sent("tables", place{table: table}, history.Row{Do: history.MakeTable})
	_, err := f.primary.NewClient(table).CreateTable(ctx, nil)
	if !f.ended(op, "", err) {
		f.fail("make table %s: %v", table, err)
	}
}

func (f *fleet) dropTable(ctx context.Context, table string) {
	f.serial[table].Lock()
	defer f.serial[table].Unlock()
	op := f.sent("tables", place{table: table}, history.Row{Do: history.DropTable})
	_, err := f.primary.NewClient(table).Delete(ctx, nil)
	if !f.ended(op, "", err) {
		f.fail("delete table %s: %v", table, err)
	}
}

// writer writes until the context ends; what it began it ends.
func (f *fleet) writer(ctx context.Context, rng *rand.Rand, ids *atomic.Int64) {
	whole := context.WithoutCancel(ctx)
	for ctx.Err() == nil {
		p := f.places[rng.IntN(len(f.places))]
		id := int(ids.Add(1))
		row := history.Row{Do: history.Put, Key: fmt.Sprintf("r%d", rng.IntN(8)), Fields: fields(rng, id)}
		if rng.IntN(2) == 0 {
			row.Do = history.Merge
		}
		var match azcore.ETag
		if rng.IntN(2) == 0 {
			match = f.etag(p, row.Key)
		}
		switch draw := rng.IntN(100); {
		case draw < 15:
			row.Do = history.Put
			f.one(whole, "insert", p, row, "")
		case draw < 35:
			f.one(whole, "update", p, row, match)
		case draw < 60:
			f.one(whole, "upsert", p, row, "")
		case draw < 72:
			f.deleteOne(whole, p, row.Key, match)
		case draw < 98 || p.table != "soakc":
			f.several(whole, rng, p, id)
		case draw == 98:
			f.dropTable(whole, p.table)
		default:
			f.makeTable(whole, p.table)
		}
	}
}

func (f *fleet) one(ctx context.Context, verb string, p place, row history.Row, match azcore.ETag) {
	op := f.sent("writer", p, row)
	etag, err := f.single(ctx, verb, p, row, match)
	if !f.ended(op, etag, err) {
		f.fail("%s of %v %s: %v", verb, p, row.Key, err)
	}
}

func (f *fleet) deleteOne(ctx context.Context, p place, rk string, match azcore.ETag) {
	serial := f.serial[p.table+"/"+p.pk]
	serial.Lock()
	defer serial.Unlock()
	row := history.Row{Do: history.DeleteRow, Key: rk}
	op := f.sent("writer", p, row)
	_, err := f.single(ctx, "delete", p, row, match)
	if !f.ended(op, "", err) {
		f.fail("delete of %v %s: %v", p, rk, err)
	}
}

// several is a batch: the row "last", and some others.
func (f *fleet) several(ctx context.Context, rng *rand.Rand, p place, id int) {
	rows := []history.Row{{Do: history.Put, Key: "last", Fields: map[string]any{"id": float64(id)}}}
	actions := []aztables.TransactionAction{{ActionType: aztables.TransactionTypeInsertReplace,
		Entity: rowBody(p, rows[0])}}
	for _, n := range rng.Perm(8)[:1+rng.IntN(5)] {
		row := history.Row{Do: history.Put, Key: fmt.Sprintf("r%d", n), Fields: fields(rng, id)}
		a := aztables.TransactionAction{ActionType: aztables.TransactionTypeInsertReplace}
		switch draw := rng.IntN(100); {
		case draw < 40:
			row.Do, a.ActionType = history.Merge, aztables.TransactionTypeInsertMerge
		case draw < 45:
			a.ActionType = aztables.TransactionTypeAdd
		case draw < 55:
			row.Do, a.ActionType = history.Merge, aztables.TransactionTypeUpdateMerge
			if etag := f.etag(p, row.Key); etag != "" {
				a.IfMatch = &etag
			}
		case draw < 65:
			row = history.Row{Do: history.DeleteRow, Key: row.Key}
			a.ActionType = aztables.TransactionTypeDelete
		}
		a.Entity = rowBody(p, row)
		actions, rows = append(actions, a), append(rows, row)
	}
	op := f.sent("writer", p, rows...)
	etag, err := f.batch(ctx, p, actions)
	if !f.ended(op, etag, err) {
		f.fail("batch of %d in %v: %v", len(actions), p, err)
	}
}

// reader reads a partition after another; at the secondary it asks for the Last Sync Time before.
func (f *fleet) reader(ctx context.Context, rng *rand.Rand, n int, endpoint string, late time.Duration) {
	whole := context.WithoutCancel(ctx)
	process, client := fmt.Sprint("reader ", n), f.secondary
	if endpoint == history.Primary {
		client = f.primary
	}
	for ctx.Err() == nil {
		if endpoint == history.Secondary {
			if _, err := f.asked(whole, process, late); err != nil {
				f.fail("statistics: %v", err)
				return
			}
		}
		if err := f.read(whole, process, endpoint, client, f.places[rng.IntN(len(f.places))]); err != nil {
			f.fail("%v", err)
			return
		}
	}
}
