package metrics

import (
	"log/slog"
	"strconv"
	"time"

	"tidemark/adapters/httpapi"
	"tidemark/adapters/metered"
	"tidemark/domain/fault"
	"tidemark/domain/ingest"
	"tidemark/domain/intake"
	"tidemark/domain/region"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/readings"
	"tidemark/domain/work"
	"tidemark/ports/chunks"
)

// Finished counts a finished request.
func (m *Metrics) Finished(o httpapi.Observation) {
	m.http.WithLabelValues(o.Method, o.Route, strconv.Itoa(o.Status)).Observe(o.Duration.Seconds())
	m.httpIn.WithLabelValues(o.Route).Add(float64(max(o.BytesIn, 0)))
	m.httpOut.WithLabelValues(o.Route).Add(float64(max(o.BytesOut, 0)))
	m.replaced.Add(float64(o.Overwritten))
	for kind, n := range o.Skipped {
		if n > 0 {
			m.skipped.WithLabelValues(readings.SkipKind(kind).String()).Add(float64(n))
		}
	}
}

// Ingest counts what the writer does, and logs what a person would want to know of.
func (m *Metrics) Ingest(log *slog.Logger) ingest.Observer {
	return ingest.Observer{
		Appended: func(in region.Name, block, readings int, took time.Duration) {
			m.blocks.Inc()
			m.bytes.Add(float64(block))
			m.readings.Add(float64(readings))
			m.appends.WithLabelValues(string(in)).Observe(took.Seconds())
		},
		Retried: func(k fault.Kind) { m.retries.WithLabelValues(k.String()).Inc() },
		Fenced: func() {
			m.fenced.Inc()
			log.Warn("a stream of this node was ended by somebody else, who took it for dead: what was not " +
				"acknowledged goes into another")
		},
		Refused: func(k fault.Kind) { m.refused.WithLabelValues(k.String()).Inc() },
		Acknowledged: func(_ telemetry.Tenant, readings int, r ingest.Receipt) {
			m.acked.WithLabelValues(r.Durability.String()).Add(float64(readings))
		},
	}
}

// Sent counts an HTTP request to Azure.
func (m *Metrics) Sent(op string) { m.requests.WithLabelValues(op).Inc() }

// Work counts what goes wrong in the background, and logs it.
func (m *Metrics) Work(log *slog.Logger) work.Log {
	return func(what string, msg work.Message, err error) {
		kind := msg.Kind
		if kind == "" {
			kind = "none"
		}
		if err == nil { // trouble that is over
			log.Info(what, "work", kind)
			return
		}
		m.trouble.WithLabelValues(kind).Inc()
		log.Warn(what, "work", kind, "tenant", msg.Tenant, "shard", msg.Shard, "err", err)
	}
}

// Refused counts a body of a request that was not taken in.
func (m *Metrics) Refused(r intake.Reason) { m.bodies.WithLabelValues(r.String()).Inc() }

// Meter counts and times the calls of a storage's ports for one side, "request" or "background".
func (m *Metrics) Meter(side string, now func() time.Time) metered.Meter {
	return metered.Meter{Now: now,
		Called: func(op string, took time.Duration, err error) {
			result := "ok"
			if err != nil {
				result = fault.KindOf(err).String()
			}
			m.storage.WithLabelValues(op, side, result).Observe(took.Seconds())
		},
		Changed: func(in chunks.Table, rows int) { m.changes.WithLabelValues(tables[in]).Add(float64(rows)) }}
}

// tables are the names of the tables.
var tables = map[chunks.Table]string{chunks.Chunks: "chunks", chunks.Catalogue: "catalogue", chunks.State: "state",
	chunks.Tasks: "tasks"}

// Looked counts the values asked of the cache.
func (m *Metrics) Looked(l metered.Lookup, values int) {
	m.cache.WithLabelValues(string(l)).Add(float64(values))
}
