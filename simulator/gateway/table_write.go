package gateway

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"tidemark/simulator/account"
	"tidemark/simulator/azurite/store"
	"tidemark/simulator/georep"
	"tidemark/simulator/inject"
	"tidemark/simulator/wire/tables"
)

func withContext(ctx context.Context, base string, request func(base string) (*http.Request,
	error)) (*http.Request, error) {
	r, err := request(base)
	if err != nil {
		return nil, err
	}
	return r.WithContext(ctx), nil
}

// tableWrite is a write to entities, to a table itself (made, deleted, its access policies), or to the properties of
// the service, which have their place in the order of a table without a name.
func (a *Account) tableWrite(q *tables.Request, region georep.Region) write {
	w := write{
		partition: georep.Partition{Service: georep.Table, Container: q.TableKey(), Key: q.Partition},
		rows:      q.Rows(),
		bytes:     q.Bytes(),
		empties:   q.Kind == inject.DeleteTable,
	}
	if len(q.Ops) == 0 {
		w.partition.Key, w.partition.Whole = "", true
	}
	w.send = func(ctx context.Context, base string, stamp time.Time, to http.ResponseWriter) (account.Payload, error) {
		matches, err := a.matches(ctx, q, region)
		if err != nil {
			return nil, fmt.Errorf("%w: look at the rows that a condition names: %w", account.ErrNotSent, err)
		}
		r, err := withContext(ctx, base, func(base string) (*http.Request,
			error) {
			return q.Forward(base, stamp, matches)
		})
		if err != nil {
			return nil, fmt.Errorf("%w: %w", account.ErrNotSent, err)
		}
		resp, err := a.g.do(r)
		if err != nil {
			return nil, err
		}
		defer finish(resp)
		committed, err := q.Answer(to, resp, stamp, a.clock(region))
		if err != nil || !committed {
			return nil, err
		}
		return store.TableChange{Replica: q.Replica(stamp)}, nil
	}
	w.resolve = func(ctx context.Context, base string, stamp time.Time) (account.Payload, error) {
		replica := q.Replica(stamp)
		var done bool
		var err error
		if q.Kind == inject.ACL || q.Kind == inject.Properties {
			done, err = a.sendAgain(ctx, q, base)
		} else {
			done, err = a.storage.HasTableWrite(ctx, region, replica, stamp)
		}
		if err != nil || !done {
			return nil, err
		}
		return store.TableChange{Replica: replica}, nil
	}
	return w
}

// sendAgain sends a caller's access policies or properties again, and says whether the store has taken them. They
// leave no trace of who wrote them, and sent again they change nothing.
func (a *Account) sendAgain(ctx context.Context, q *tables.Request, base string) (bool, error) {
	r, err := withContext(ctx, base, func(base string) (*http.Request, error) {
		return q.Forward(base, time.Time{}, nil)
	})
	if err != nil {
		return false, err
	}
	resp, err := a.g.do(r)
	if err != nil {
		return false, err
	}
	defer finish(resp)
	if resp.StatusCode >= http.StatusInternalServerError {
		return false, fmt.Errorf("the storage answers %s", resp.Status)
	}
	return resp.StatusCode < 300, nil
}

// matchers is how many rows are looked at side by side.
const matchers = 8

// matches reads the rows whose ETag a write names, while their partition is held.
func (a *Account) matches(ctx context.Context, q *tables.Request, region georep.Region) (map[int]tables.Match, error) {
	need := q.NeedsMatch()
	if len(need) == 0 {
		return nil, nil
	}
	found := make([]tables.Match, len(need))
	errs := make([]error, len(need))
	var readers sync.WaitGroup
	room := make(chan struct{}, matchers)
	for i, index := range need {
		room <- struct{}{}
		readers.Go(func() {
			defer func() { <-room }()
			r, ok, err := a.storage.Row(ctx, region, q.Table, q.Ops[index].PartitionKey, q.Ops[index].RowKey)
			found[i], errs[i] = tables.Match{Found: ok, Stamp: r.Stamp, Native: r.Native}, err
		})
	}
	readers.Wait()
	matches := make(map[int]tables.Match, len(need))
	for i, index := range need {
		matches[index] = found[i]
	}
	return matches, errors.Join(errs...)
}
