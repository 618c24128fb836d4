package gateway

import (
	"context"
	"net/http"
	"time"

	"tidemark/simulator/wire/tables"
)

// serveTable serves a request to the Table service.
func (a *Account) serveTable(v *visit) {
	if v.r.Method != http.MethodGet && !v.secondary && !v.arrive() {
		return
	}
	q, bad := tables.Parse(v.r, tables.Limits{Comparisons: a.g.o.Comparisons, Pages: a.g.o.Pages, Seed: a.g.o.Seed})
	switch {
	case v.ctx.Err() != nil: // a body whose reading was cut off is no reason to refuse it
		v.reset("")
		return
	case v.absent(q.Kind):
		return
	case v.secondary && q.Write:
		v.refuseSecondaryWrite()
		return
	case bad != nil:
		if !v.forged() && v.toRefuse(bad.Status, bad.Code) {
			bad.Write(v.w, tables.FormOf(q.Kind), v.now())
		}
		return
	}
	if !v.admit(q.Kind, q.Table, q.Partition, q.Rows()) {
		return
	}
	q.Plain = !a.geoRedundant
	switch {
	case q.Plain && q.Write:
		v.pass(func(ctx context.Context, base string) (*http.Request, error) {
			return withContext(ctx, base, func(base string) (*http.Request,
				error) {
				return q.Forward(base, time.Time{}, nil)
			})
		}, func(w http.ResponseWriter, from *http.Response) error {
			_, err := q.Answer(w, from, time.Time{}, v.now())
			return err
		})
	case q.Write:
		v.write(a.tableWrite(q, v.region))
	case v.wantsStats(q.Kind):
		v.answerStats()
	default:
		v.done()
		a.readTable(v, q)
	}
}

// readTable passes a read, and translates the answer as it streams.
func (a *Account) readTable(v *visit, q *tables.Request) {
	v.pass(func(ctx context.Context, base string) (*http.Request, error) {
		return withContext(ctx, base, q.ForwardRead)
	}, func(w http.ResponseWriter, from *http.Response) error { return q.AnswerRead(w, from, v.now()) })
}
