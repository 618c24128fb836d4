package world

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"tidemark/simulator/account"
	"tidemark/simulator/georep"
	"tidemark/simulator/history"
	"tidemark/simulator/twin"
)

// accounts is the table of clerks: clients of the account itself, past every path. They write rows and read them at
// both endpoints, so that checkers see what the account does to whoever uses it.
const accounts = "accounts"

// partitions and rowsEach are what clerks write to: few, so that they meet.
const (
	partitions = 3
	rowsEach   = 4
)

func partition(i int) georep.Partition {
	return georep.Partition{Service: georep.Table, Container: accounts, Key: fmt.Sprintf("p%d", i)}
}

// openAccounts makes the table of clerks.
func (r *run) openAccounts(ctx context.Context) error {
	if r.plan.Clerks == 0 {
		return nil
	}
	table := twin.Change{Partition: georep.Partition{Service: georep.Table, Container: accounts, Whole: true},
		Ops: []twin.Op{{Kind: twin.Make}}}
	r.change(ctx, "operator", history.Call{Kind: history.WriteRows, Table: accounts,
		Rows: []history.Row{{Do: history.MakeTable}}}, table)
	return r.w.Account.Drained(ctx)
}

func (r *run) clerk(ctx context.Context, name string) {
	for !r.over {
		p := partition(r.w.Rand.IntN(partitions))
		switch r.w.Rand.IntN(4) {
		case 0, 1:
			r.writeRows(ctx, name, p)
		case 2:
			r.readRows(name, history.Primary, p)
		default:
			r.readRows(name, history.Secondary, p)
		}
		_ = r.w.Sched.Sleep(ctx, time.Duration(r.w.Rand.Int64N(int64(cmp.Or(r.plan.Pause, usualPause)))))
	}
}

// commit carries a change of the account out at its primary; the stamp is zero if it was refused.
func (r *run) commit(ctx context.Context, c twin.Change) (stamp time.Time, err error) {
	at := r.w.Account.Endpoints().Primary.Region
	ticket, err := r.w.Account.Arrive(at, georep.Table)
	if err != nil {
		return stamp, nil
	}
	out, err := r.w.Account.Write(ctx, ticket, account.Write{Partition: c.Partition, Rows: len(c.Ops),
		Send: func(_ context.Context, stamp time.Time) (account.Payload, error) {
			if r.w.store.Do(at, stamp, c, nil) != nil {
				return nil, nil // the table is not there: a copy that a failover left behind was deleted
			}
			return c, nil
		}})
	switch {
	case err != nil:
		return stamp, err
	case out.Entry == nil:
		return stamp, nil
	case !r.w.Account.Endpoints().Serves(at):
		return stamp, errors.New("a failover came before the answer")
	}
	return out.Entry.At, nil
}

func (r *run) writeRows(ctx context.Context, client string, p georep.Partition) {
	call := history.Call{Kind: history.WriteRows, Table: p.Container, Partition: p.Key}
	c := twin.Change{Partition: p}
	first := r.w.Rand.IntN(rowsEach)
	for i := first; i <= first+r.w.Rand.IntN(2); i++ {
		r.value++
		key, value := fmt.Sprintf("r%d", i%rowsEach), fmt.Sprint(r.value)
		c.Ops = append(c.Ops, twin.Op{Kind: twin.Upsert, Row: key, Value: []byte(value)})
		call.Rows = append(call.Rows, history.Row{Do: history.Put, Key: key, Fields: map[string]any{"v": value}})
	}
	r.change(ctx, client, call, c)
}

// change does what a call asks for.
func (r *run) change(ctx context.Context, client string, call history.Call, c twin.Change) {
	op := r.rec.h.Begin(r.w.Sched.Now(), history.Op{Process: client, Call: call})
	stamp, err := r.commit(ctx, c)
	outcome := history.Done
	switch {
	case err != nil:
		outcome = history.Unknown
	case stamp.IsZero():
		outcome = history.Refused
	}
	r.rec.h.End(r.w.Sched.Now(), op, outcome, history.Answer{Stamp: stamp}, why(err))
}

// readRows reads a partition at an endpoint, if it serves. A secondary that is being copied to shows no state of its
// own.
func (r *run) readRows(client, endpoint string, p georep.Partition) {
	at := r.w.Account.Endpoints().Primary
	if endpoint == history.Secondary {
		at = r.w.Account.Endpoints().Secondary
		if r.w.Account.Status().State != georep.Live {
			return
		}
	}
	if at.Availability != account.Serving {
		return
	}
	op := r.rec.h.Begin(r.w.Sched.Now(), history.Op{Process: client, Call: history.Call{Kind: history.ReadRows,
		Endpoint: endpoint, Table: p.Container, Partition: p.Key}})
	var a history.Answer
	for key, row := range r.w.store.Rows(at.Region, p.Container, p.Key) {
		a.Rows = append(a.Rows, history.Row{Key: key, Stamp: row.Stamp,
			Fields: map[string]any{"v": string(row.Value)}})
	}
	slices.SortFunc(a.Rows, func(a, b history.Row) int { return cmp.Compare(a.Key, b.Key) })
	r.rec.h.End(r.w.Sched.Now(), op, history.Done, a, "")
}

// settleClerks looks at both endpoints once replication is at rest. Without clerks the account has nothing of theirs.
func (r *run) settleClerks(ctx context.Context) {
	if r.plan.Clerks == 0 {
		r.rec.h.Enter(r.w.Sched.Now(), history.Drained)
		return
	}
	bounded, cancel := r.w.Sched.WithTimeout(ctx, patient)
	defer cancel()
	if r.w.Account.Drained(bounded) != nil {
		r.rec.h.Note(r.w.Sched.Now(), history.Left{What: "writes that the secondary lacks",
			Count: r.w.Account.Status().Backlog})
		return
	}
	r.rec.lost(r.w)
	r.rec.h.Enter(r.w.Sched.Now(), history.Drained)
	for i := range partitions {
		r.readRows("end", history.Primary, partition(i))
		r.readRows("end", history.Secondary, partition(i))
	}
}
