package twin

import (
	"context"
	"errors"
	"iter"
	"net/http"

	"tidemark/domain/fault"
	"tidemark/simulator/inject"
	"tidemark/simulator/path"
)

// line is the way from a process to one account's service.
type line struct {
	path        *path.Path
	from        string
	to          func() string // the region that serves it now
	inject.Call               // what all its calls have in common
}

func (l *line) call(operation string) inject.Call {
	c := l.Call
	c.From, c.To, c.Operation = l.from, l.to(), operation
	return c
}

// changes says whether a call may have changed something.
type changes bool

const (
	writes changes = true
	reads  changes = false
)

// through carries a call of a port out.
func through[T any](ctx context.Context, l *line, op string, w changes,
	do func(ctx context.Context) (T, error)) (T, error) {
	out, err := path.Do(ctx, l.path, l.call(op), 1, do)
	return out, classify(op, w, err)
}

// only is through for a call without a result.
func only(ctx context.Context, l *line, op string, w changes, do func(ctx context.Context) error) error {
	_, err := through(ctx, l, op, w, func(ctx context.Context) (struct{}, error) { return struct{}{}, do(ctx) })
	return err
}

// each is through for a call whose answer comes in pieces.
func each[T any](ctx context.Context, l *line, op string,
	do func(ctx context.Context) iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for piece, err := range path.Each(ctx, l.path, l.call(op), do) {
			if !yield(piece, classify(op, reads, err)) {
				return
			}
		}
	}
}

// classify says how an adapter reports what befell a call on its path; what the storage said stays.
func classify(op string, w changes, err error) error {
	var e *path.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &e):
		unknown := e.Ending == path.Unanswered || e.Ending == path.Refused && e.Status >= http.StatusInternalServerError
		if unknown && w == writes {
			return fault.Wrap(fault.Indeterminate, op, err)
		}
		return fault.Wrap(fault.Unavailable, op, err)
	case errors.As(err, new(*fault.Error)):
		return err
	case w == writes:
		return fault.Wrap(fault.Indeterminate, op, err) // the context ended on the way
	}
	return fault.Wrap(fault.Canceled, op, err)
}
