package world

import (
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/ingest"
	"tidemark/domain/telemetry"
	"tidemark/simulator/history"
)

// patient is how long anything may make no progress in a world that has healed.
const patient = 10 * time.Minute

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

// acknowledged is the answer to a write or a deletion.
func acknowledged(rec ingest.Receipt) history.Answer {
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
	return a
}

// shown is the answer to a question about a series.
func shown(c history.Call, times []int64, values []float64) (a history.Answer) {
	if len(times) > 0 {
		a.Readings = []history.Column{{Source: c.Source, Metric: c.Metric, Times: times, Values: values}}
	}
	return a
}

func why(err error) string {
	if err == nil {
		return ""
	}
	return fault.Message(err)
}

const tenant = telemetry.Tenant("world")
