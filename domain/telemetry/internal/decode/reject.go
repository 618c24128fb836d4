package decode

import (
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/readings"
)

// Rejections collects what a request's result lists. The zero value is ready.
type Rejections struct {
	listed []telemetry.Rejection
	total  int
}

// Reset forgets everything; lists handed out before stay as they are.
func (r *Rejections) Reset() { *r = Rejections{} }

// Add rejects a reading.
func (r *Rejections) Add(index, line int, reason string) { r.AddMany(1, index, line, reason) }

// AddMany rejects n readings that share a reason; index is the first.
func (r *Rejections) AddMany(n, index, line int, reason string) {
	r.total += n
	if n > 0 && !r.Full() {
		r.listed = append(r.listed, telemetry.Rejection{Index: index, Line: line, Reason: reason})
	}
}

// Full reports whether further rejections are only counted, so that nobody needs to write a reason.
func (r *Rejections) Full() bool { return len(r.listed) >= readings.MaxListed }

// Result is the result of a request whose accepted readings are in the dictionary's batch.
func (r *Rejections) Result(d *Dictionary) readings.Result {
	out := readings.Result{Accepted: d.batch.Len(), Rejected: r.listed, RejectedTotal: r.total, Rows: &d.rows}
	if len(d.late) > 0 {
		out.Overwritten, out.OverwrittenTotal = readings.Overwritten(d.batch, &d.rows, d.late)
	}
	return out
}
