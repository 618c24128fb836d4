package twin

import (
	"context"
	"iter"

	"tidemark/domain/fault"
	"tidemark/ports/chunks"
	"tidemark/ports/sched"
	"tidemark/simulator/account"
	"tidemark/simulator/georep"
)

// Secondary are the rows at the account's secondary endpoint (chunks.Reader): what has been replicated. While a copy is
// being made it answers with what is there. It is safe for concurrent use.
type Secondary struct{ reader }

var _ chunks.Reader = (*Secondary)(nil)

// NewSecondary makes the secondary endpoint of an account whose storage is a twin.
func NewSecondary(s sched.Scheduler, a *account.Account, of *Store) *Secondary {
	return &Secondary{reader{s: s, a: a, of: of, name: "secondary",
		at: func(e account.Endpoints) account.Endpoint { return e.Secondary }}}
}

// reader reads rows at one of the account's endpoints.
type reader struct {
	s    sched.Scheduler
	a    *account.Account
	of   *Store
	name string // of the endpoint
	at   func(account.Endpoints) account.Endpoint
}

// reach goes the way to the endpoint, and gives the region that serves it.
func (r *reader) reach(ctx context.Context, op string) (georep.Region, error) {
	if err := r.s.Sleep(ctx, 0); err != nil {
		return "", fault.Wrap(fault.Canceled, op, err)
	}
	at := r.at(r.a.Endpoints())
	if at.Availability != account.Serving && at.Availability != account.Reads {
		return "", fault.New(fault.Unavailable, op, "the account's %s endpoint is %s", r.name, at.Availability)
	}
	return at.Region, nil
}

// answer goes the way back from a region that may not serve the endpoint any more.
func (r *reader) answer(ctx context.Context, op string, from georep.Region) error {
	if err := r.s.Sleep(ctx, 0); err != nil {
		return fault.Wrap(fault.Canceled, op, err)
	}
	if !r.a.Endpoints().Serves(from) {
		return fault.New(fault.Unavailable, op, "a failover came before the answer")
	}
	return nil
}

// Get implements chunks.Reader.
func (r *reader) Get(ctx context.Context, k chunks.Key) (chunks.Row, error) {
	const op = "chunks.get"
	at, err := r.reach(ctx, op)
	if err != nil {
		return chunks.Row{}, err
	}
	row, there := r.of.row(at, tableOf(k.Partition), keyOf(k.Partition), k.Row)
	if err := r.answer(ctx, op, at); err != nil {
		return chunks.Row{}, err
	}
	if !there {
		return chunks.Row{}, fault.New(fault.NotFound, op, "there is no such row")
	}
	return rowOf(k, row), nil
}

// Scan implements chunks.Reader.
func (r *reader) Scan(ctx context.Context, of chunks.Range) iter.Seq2[chunks.Row, error] {
	const op = "chunks.scan"
	return func(yield func(chunks.Row, error) bool) {
		for from, more := of.From, true; more; {
			at, err := r.reach(ctx, op)
			var names []string
			var rows []Row
			if err == nil {
				names, rows, more = r.of.page(at, tableOf(of.Partition), keyOf(of.Partition), from, of.To, scanPage)
				err = r.answer(ctx, op, at)
			}
			if err != nil {
				yield(chunks.Row{}, err)
				return
			}
			for i, name := range names {
				if !yield(rowOf(chunks.Key{Partition: of.Partition, Row: name}, rows[i]), nil) {
					return
				}
				from = name + "\x00" // the least string above it
			}
		}
	}
}
