// Package metrics is what a node counts, for Prometheus to read. Everything that can be counted hears of it through an
// observer of its own, and knows nothing of Prometheus. docs/operations.md lists every name.
package metrics

import (
	"net/http"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics is what a node counts.
type Metrics struct {
	registry *prometheus.Registry

	http     *prometheus.HistogramVec // method, route, status
	httpIn   *prometheus.CounterVec   // route
	httpOut  *prometheus.CounterVec   // route
	bodies   *prometheus.CounterVec   // reason
	readings prometheus.Counter
	blocks   prometheus.Counter
	bytes    prometheus.Counter
	appends  *prometheus.HistogramVec // region
	retries  *prometheus.CounterVec   // kind
	fenced   prometheus.Counter
	refused  *prometheus.CounterVec // kind
	skipped  *prometheus.CounterVec // kind
	replaced prometheus.Counter
	acked    *prometheus.CounterVec // durability
	journals *journals

	storage  *prometheus.HistogramVec // op, side, result
	requests *prometheus.CounterVec   // op
	changes  *prometheus.CounterVec   // table
	cache    *prometheus.CounterVec   // result
	trouble  *prometheus.CounterVec   // kind
	queued   *prometheus.GaugeVec     // queue
	tideAge  prometheus.Gauge
}

// buckets reach from half a millisecond, which a local disk takes, to the ten seconds that background work waits.
var buckets = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}

// New makes the metrics of a node. version is that of the program.
func New(version string) *Metrics {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "tidemark", Name: name, Help: help}, labels)
		r.MustRegister(c)
		return c
	}
	histogram := func(name, help string, labels ...string) *prometheus.HistogramVec {
		h := prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: "tidemark", Name: name, Help: help,
			Buckets: buckets}, labels)
		r.MustRegister(h)
		return h
	}
	gauge := func(name, help string, labels ...string) *prometheus.GaugeVec {
		g := prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: "tidemark", Name: name, Help: help}, labels)
		r.MustRegister(g)
		return g
	}
	two := newJournals()
	r.MustRegister(two)
	gauge("build_info", "1, with the version of the program.", "version").WithLabelValues(version).Set(1)
	return &Metrics{
		registry: r,
		http:     histogram("http_request_seconds", "Requests and how long they took.", "method", "route", "status"),
		httpIn:   counter("http_request_bytes_total", "Bytes of request bodies, as sent.", "route"),
		httpOut:  counter("http_response_bytes_total", "Bytes of response bodies.", "route"),
		bodies: counter("bodies_refused_total", "Bodies of requests that found no memory in time (full), "+
			"or that others waited for (slow).", "reason"),
		readings: counter("ingest_readings_total", "Readings that a journal stored, once for each journal.").
			WithLabelValues(),
		blocks: counter("ingest_blocks_total", "Blocks that a journal stored, once for each journal.").
			WithLabelValues(),
		bytes: counter("ingest_block_bytes_total", "Bytes of these blocks.").WithLabelValues(),
		appends: histogram("ingest_append_seconds", "From a block's closing to its being stored in the journal of a "+
			"region.", "region"),
		retries: counter("ingest_retries_total", "Tries of appends that failed, not for good, by the kind of error.",
			"kind"),
		fenced: counter("ingest_fenced_total",
			"Appends of this node that found their stream ended by somebody else.").WithLabelValues(),
		refused: counter("ingest_refused_total", "Requests that were not accepted, by the kind of error.", "kind"),
		skipped: counter("line_skipped_total", "Fields and tags of line protocol that were left out, by what they "+
			"are: text, integer or label.", "kind"),
		replaced: counter("overwritten_total", "Stored readings that do not stand, because a later row of the same "+
			"request gave another value for their series and time.").WithLabelValues(),
		acked: counter("ingest_acknowledged_readings_total", "Readings of requests that were accepted, by what the "+
			"answer said: one or both.", "durability"),
		journals: two,
		storage: histogram("storage_seconds", "Calls of the storage's ports and how long they took.", "op", "side",
			"result"),
		requests: counter("storage_requests_total", "HTTP requests sent to Azure Storage: what is paid for.", "op"),
		changes:  counter("rows_changed_total", "Rows of the account that were written or deleted.", "table"),
		cache:    counter("cache_lookups_total", "Values asked of the cache: hit, miss or error.", "result"),
		trouble: counter("work_trouble_total", "Background work that failed, or could not be asked for, by kind of "+
			"work.", "kind"),
		queued: gauge("queue_messages", "About how many messages a queue holds, hidden ones too.", "queue"),
		tideAge: gauge("account_tidemark_age_seconds",
			"How far the account's tidemark is behind; -1 while there is none.").WithLabelValues(),
	}
}

// Handler answers GET /metrics.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: nil})
}

// gauge registers a value that is asked for when metrics are.
func (m *Metrics) gauge(name, help string, value func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "tidemark", Name: name, Help: help},
		value))
}

// Names are the names of all metrics, also of those without a value yet, in no order.
func (m *Metrics) Names() (names []string) {
	descriptions := make(chan *prometheus.Desc)
	go func() {
		m.registry.Describe(descriptions)
		close(descriptions)
	}()
	for d := range descriptions {
		_, rest, _ := strings.Cut(d.String(), `fqName: "`)
		name, _, _ := strings.Cut(rest, `"`)
		names = append(names, name)
	}
	return names
}
