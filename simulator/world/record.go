package world

import (
	"fmt"
	"strings"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/ingest"
	"tidemark/domain/telemetry"
	"tidemark/simulator/check"
	"tidemark/simulator/history"
	"tidemark/simulator/inject/schedule"
)

// patient is how long anything may make no progress in a world that has healed.
const patient = 10 * time.Minute

// promised is what the program promises the world of a plan: each node's clock is within a second of the storage's,
// whose resolution is a second. The clock of the run is one, and no answer is as of another.
func promised(p Plan) check.Options {
	o := check.Options{Apart: 3 * time.Second, Slack: 200 * time.Millisecond, Patience: patient, Clocks: p.Skew}
	if p.Drawn {
		o.Clocks += schedule.Promised(topology(p.Nodes), p.For).Clock
	}
	o.Patience += 2 * o.Clocks // what was stamped by a clock ahead waits for a Last Sync Time by one that is behind
	return o
}

// recorder notes what clients do and see. One actor runs at a time: it needs no lock.
type recorder struct {
	h   *history.History
	now func() time.Time
}

// who asks whom.
type who struct{ client, node string }

func (r *recorder) begin(w who, c history.Call) *history.Op {
	c.Tenant = string(tenant)
	return r.h.Begin(r.now(), history.Op{Process: w.client, Node: w.node, Call: c})
}

// of makes a call about a series.
func of(k history.Kind, s telemetry.Series) history.Call {
	return history.Call{Kind: k, Source: string(s.Source), Metric: string(s.Metric), From: telemetry.MinTime,
		To: telemetry.MaxTime}
}

// outcome is what an error says of a write: two kinds certainly did nothing.
func outcome(err error) history.Outcome {
	switch fault.KindOf(err) {
	case 0:
		return history.Done
	case fault.Throttled, fault.Invalid:
		return history.Refused
	}
	return history.Unknown
}

// wrote ends a write or a deletion.
func (r *recorder) wrote(op *history.Op, rec ingest.Receipt, err error) {
	a := history.Answer{Durability: history.One}
	if rec.Durability == telemetry.DurableBoth {
		a.Durability = history.Both
	}
	for _, name := range rec.Regions {
		a.Regions = append(a.Regions, string(name))
	}
	if n := len(rec.Blocks); n > 0 {
		at := rec.Blocks[n-1]
		a.Origin = history.Origin{Stamp: history.Stamp(rec.Stamp), Writer: string(at.Stream.Writer),
			Number: uint64(at.Number)}
	}
	r.h.End(r.now(), op, outcome(err), a, why(err))
}

// saw ends a read. What the program answers here is always complete.
func (r *recorder) saw(op *history.Op, times []int64, values []float64, x history.Expiry, err error) {
	a := history.Answer{Claim: history.Claim{Complete: true}, Expiry: &x}
	if len(times) > 0 {
		a.Readings = []history.Column{{Source: op.Call.Source, Metric: op.Call.Metric, Times: times, Values: values}}
	}
	r.h.End(r.now(), op, outcome(err), a, why(err))
}

// counted ends a question for a count.
func (r *recorder) counted(op *history.Op, n int, x history.Expiry, err error) {
	a := history.Answer{Claim: history.Claim{Complete: true}, Expiry: &x, Count: n}
	r.h.End(r.now(), op, outcome(err), a, why(err))
}

func why(err error) string {
	if err == nil {
		return ""
	}
	return fault.Message(err)
}

// Violation is a history that does not hold what was promised.
type Violation struct{ Verdicts []check.Verdict }

// Error lists the first of them.
func (v *Violation) Error() string {
	const shown = 5
	var out strings.Builder
	out.WriteString("the history does not hold:")
	for _, verdict := range v.Verdicts[:min(shown, len(v.Verdicts))] {
		fmt.Fprintf(&out, "\n\t%s", verdict)
	}
	if more := len(v.Verdicts) - shown; more > 0 {
		fmt.Fprintf(&out, "\n\tand %d more", more)
	}
	return out.String()
}

// judge holds a history against what was promised.
func judge(h *history.History, p Plan) error {
	if verdicts := check.All(h, promised(p)); len(verdicts) > 0 {
		return &Violation{verdicts}
	}
	return nil
}
