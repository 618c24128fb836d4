package metrics

import (
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"tidemark/domain/node"
	"tidemark/domain/reach"
	"tidemark/domain/region"
)

// pairOf is a node with two journals.
type pairOf struct {
	*node.Node
	now func() time.Time
}

// journals are the metrics of two journals. They are looked at when metrics are asked for; of a node with one journal
// there are none.
type journals struct {
	of atomic.Pointer[pairOf]

	health, breaker, opened, refused, underWay *prometheus.Desc // of each journal
	holds, evenAge, copied, atRisk             *prometheus.Desc // of both
}

func newJournals() *journals {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("tidemark_"+name, help, labels, nil)
	}
	return &journals{
		health: desc("journal_health", "1 for the health that a journal is found in, 0 for the others.", "region",
			"health"),
		breaker: desc("journal_breaker_state", "1 for the state of a journal's breaker, 0 for the others.", "region",
			"state"),
		opened: desc("journal_breaker_opened_total", "How often a journal's breaker opened.", "region"),
		refused: desc("journal_calls_refused_total", "Calls of requests that were not sent to a journal, by what "+
			"refused them: breaker or bulkhead.", "region", "by"),
		underWay: desc("journal_calls_under_way", "Calls of requests that wait for a journal.", "region"),
		holds: desc("journals_paired", "1 while both journals were read of late to name each other, else 0: then "+
			"nothing is acknowledged both."),
		evenAge: desc("journals_even_age_seconds", "How long ago both journals were found to have everything, by "+
			"this node or one that wrote it down; -1 while that is not known."),
		copied: desc("blocks_copied_total", "Blocks that this node copied from one journal to the other."),
		atRisk: desc("readings_at_risk", "Readings that this node acknowledged one and that are not known to be "+
			"in both journals since."),
	}
}

// Describe implements prometheus.Collector.
func (j *journals) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{j.health, j.breaker, j.opened, j.refused, j.underWay, j.holds, j.evenAge,
		j.copied, j.atRisk} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (j *journals) Collect(to chan<- prometheus.Metric) {
	n := j.of.Load()
	if n == nil {
		return
	}
	tell := func(d *prometheus.Desc, kind prometheus.ValueType, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, kind, value, labels...)
	}
	for _, g := range n.Reach.Guards() {
		if g.Of().Role == region.Journal {
			j.guard(g, n.Reach.Health(g.Of()), tell)
		}
	}
	age := -1.0
	if even := n.Told.Even(); !even.IsZero() {
		age = max(0, n.now().Sub(even).Seconds())
	}
	tell(j.holds, prometheus.GaugeValue, oneIf(n.Pairing.Holds()))
	tell(j.evenAge, prometheus.GaugeValue, age)
	tell(j.copied, prometheus.CounterValue, float64(n.Continuity.Copied()))
	tell(j.atRisk, prometheus.GaugeValue, float64(n.Risk.All()))
}

// guard tells how the journal behind a guard is.
func (j *journals) guard(g *reach.Guard, is region.Health,
	tell func(*prometheus.Desc, prometheus.ValueType, float64, ...string)) {
	of, f := g.Of().Of, g.Figures()
	for h := region.Unknown; h <= region.Well; h++ {
		tell(j.health, prometheus.GaugeValue, oneIf(h == is), of, h.String())
	}
	for s := reach.Closed; s <= reach.HalfOpen; s++ {
		tell(j.breaker, prometheus.GaugeValue, oneIf(s == f.Breaker), of, s.String())
	}
	tell(j.opened, prometheus.CounterValue, float64(f.Opened), of)
	tell(j.refused, prometheus.CounterValue, float64(f.Refused), of, "breaker")
	tell(j.refused, prometheus.CounterValue, float64(f.Full), of, "bulkhead")
	tell(j.underWay, prometheus.GaugeValue, float64(f.UnderWay), of)
}

func oneIf(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
