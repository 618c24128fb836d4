package query

import (
	"context"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/readpath"
	"tidemark/domain/region"
	"tidemark/domain/telemetry"
)

// asking is one answer on its way.
type asking struct{ reader *opener }

// opener opens questions, and knows whether one was opened.
type opener struct {
	reader *readpath.Reader
	opened bool
}

// Open is that of the reader.
func (o *opener) Open(ctx context.Context, t telemetry.Tenant, only telemetry.Source) (*readpath.Question, error) {
	q, err := o.reader.Open(ctx, t, only)
	o.opened = o.opened || err == nil
	return q, err
}

// again makes an answer, and makes it anew, once, if what it was read from went away after the question was opened: an
// answer is read at one endpoint from the first row to the last, so it has to begin at another one from the first row.
// A question that was not opened has asked each endpoint itself.
func again[T any](ctx context.Context, r *readpath.Reader, answer func(asking) (T, error)) (T, error) {
	o := &opener{reader: r}
	v, err := answer(asking{o})
	if !o.opened || !fault.Is(err, fault.Unavailable) || ctx.Err() != nil {
		return v, err
	}
	return answer(asking{o})
}

// fromJournal refuses to say what there is to delete by the account's rows alone: what was acknowledged since the floor
// is in none of them, and would stay.
func fromJournal(c readpath.Claim) error {
	if c.Mode != region.ReadOnly.String() {
		return nil
	}
	return &fault.Error{Kind: fault.Unavailable, Op: "query.known", RetryAfter: time.Second,
		Message: "no journal can be read, and without one nobody knows all that there is to delete: nothing was " +
			"deleted, try again later"}
}
