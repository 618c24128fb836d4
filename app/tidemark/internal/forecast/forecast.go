// Package forecast says what clients of a service meet in a simulated cloud as it is: README's table of failures,
// decided by which parts reach which. It asks nobody: the cloud is its argument.
package forecast

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tidemark/simulator/control"
	"tidemark/simulator/topology"
)

// forecast is what clients of a service meet as things are: README's table of failures, decided by which of its parts
// reach which.
type forecast struct {
	service topology.Service
	account control.Account // that the service uses; without a name there is none
	edge    *control.Edge
	faults  map[way]string // of the ways on which calls do not arrive
}

// way is from a place to a part of a region.
type way struct{ from, to, part string }

// outside is where clients are.
const outside = "outside"

// Of is what the clients of a service meet now, a line each, of the cloud as it is: its edge (nil: there is none),
// its accounts, and its paths, which have the faults that are on them.
func Of(edge *control.Edge, accounts []control.Account, paths []control.Path, service topology.Service) string {
	return newForecast(edge, accounts, paths, service).text()
}

func newForecast(edge *control.Edge, accounts []control.Account, paths []control.Path,
	service topology.Service) *forecast {
	f := &forecast{service: service, edge: edge, faults: map[way]string{}}
	for _, at := range paths {
		f.faults[way{at.From, at.To, at.Part}] = at.Fault
	}
	if i := slices.IndexFunc(accounts, func(a control.Account) bool { return a.Name == service.Account }); i >= 0 {
		f.account = accounts[i]
	}
	return f
}

func (f *forecast) open(from, to, part string) bool { return f.faults[way{from, to, part}] == "" }

// away is the regions whose journals a node does not reach.
func (f *forecast) away(node string) []string {
	return slices.DeleteFunc(slices.Clone(f.service.Journals), func(r string) bool { return f.open(node, r, "table") })
}

// writes reports whether a node takes writes: it reaches a journal.
func (f *forecast) writes(node string) bool { return len(f.away(node)) < len(f.service.Journals) }

// queue is the region of the queue that a node uses: its own, or that of the only journal.
func (f *forecast) queue(node string) string {
	if slices.Contains(f.service.Journals, node) {
		return node
	}
	return f.service.Journals[0]
}

// reads reports whether a node reaches the account, and so, if it reaches the journal, answers questions.
func (f *forecast) reads(node string) bool {
	return f.account.Phase != "down" && f.open(node, f.account.Primary, "table")
}

// node is the one that answers clients: behind the edge the first that it reaches, in its order; "" if there is none.
func (f *forecast) node() string {
	for _, n := range f.order() {
		if f.open(outside, n, "compute") {
			return n
		}
	}
	return ""
}

// order is the nodes as the edge prefers them.
func (f *forecast) order() []string {
	if f.edge == nil {
		return f.service.Nodes
	}
	origins := slices.Clone(f.edge.Origins)
	slices.SortStableFunc(origins, func(a, b control.Origin) int { return a.Priority - b.Priority })
	var out []string
	for _, o := range origins {
		if o.Enabled && slices.Contains(f.service.Nodes, o.Region) {
			out = append(out, o.Region)
		}
	}
	return out
}

func (f *forecast) text() string {
	node := f.node()
	if node == "" {
		return "  clients: no node is within reach, and nothing is answered until one is" + f.hanging(f.order())
	}
	lines := []string{f.clients(node), f.writing(node), f.asking(node), f.kept(node), f.aside(node), f.remedy(node)}
	lines = slices.DeleteFunc(lines, func(s string) bool { return s == "" })
	return "  " + strings.Join(lines, "\n  ")
}

// clients says that the edge is about to send them elsewhere.
func (f *forecast) clients(node string) string {
	if f.edge == nil {
		return ""
	}
	probe := f.edge.Probe
	interval, _ := time.ParseDuration(probe.Interval)
	timeout, _ := time.ParseDuration(probe.Timeout)
	for _, s := range f.edge.Sites {
		if slices.Contains(s.Targets, node) && len(s.Targets) == 1 {
			continue
		}
		needed := probe.SampleSize - probe.SuccessfulSamples + 1 // probes that fail until the edge leaves an origin
		if slices.ContainsFunc(s.Origins, func(o control.SiteOrigin) bool { return o.Name == node && !o.Healthy }) {
			needed = probe.SuccessfulSamples
		}
		return fmt.Sprintf("clients: the edge sends them to %s, within %s", node, time.Duration(needed)*interval+
			timeout) + f.hanging(s.Targets)
	}
	return ""
}

// hanging says what the edge answers for origins that take requests and do not answer, as long as it sends them
// there; nothing where none of them does.
func (f *forecast) hanging(origins []string) string {
	at := slices.IndexFunc(origins, func(o string) bool { return f.faults[way{outside, o, "compute"}] == "hang" })
	if f.edge == nil || at < 0 {
		return ""
	}
	return fmt.Sprintf("; what it sends to %s until then is 504 after %s: nobody knows what became of it, and sending "+
		"it again is harmless", origins[at], f.edge.OriginTimeout)
}

func (f *forecast) writing(node string) string {
	away := f.away(node)
	switch {
	case len(away) == 0:
		return "writes: go on"
	case f.writes(node):
		return fmt.Sprintf("writes: go on, acknowledged as one, for the node of %s does not reach the journal in %s; "+
			"with "+
			"Tidemark-Require: both they are 503", node, strings.Join(away, " and "))
	}
	journals := "the journal, which is in " + away[0]
	if len(away) > 1 {
		journals = "the journals, which are in " + strings.Join(away, " and ")
	}
	return fmt.Sprintf("writes: 503, for the node of %s does not reach %s; "+
		"one whose outcome is unknown says perhaps_stored, and sending it again is harmless", node, journals)
}

func (f *forecast) asking(node string) string {
	switch {
	case f.writes(node) && f.reads(node):
		return "questions: go on"
	case !f.writes(node):
		return "questions: 503, for what is new is in the journal"
	case f.account.Phase == "down":
		return "questions and deletions: 503 while the failover keeps the account down"
	}
	return fmt.Sprintf("questions and deletions: 503, for the account's primary is in %s; "+
		"an answer that could be short is not given", f.account.Primary)
}

// kept says what becomes of what was acknowledged, where something is out of reach.
func (f *forecast) kept(node string) string {
	switch {
	case !f.writes(node):
		return "what was acknowledged is kept, and is answered again when the journal is within reach"
	case len(f.away(node)) > 0:
		return fmt.Sprintf("what was acknowledged both is answered; what the journal in %s alone has, acknowledged "+
			"one, is "+
			"answered when that is within reach", strings.Join(f.away(node), " and "))
	case !f.reads(node):
		return "what is written stays in the journal until the account is back, and is kept"
	case f.account.Secondary != "" && !f.replicates():
		return fmt.Sprintf("what is written stays in the journal until the copy in %s is within reach: "+
			"the Last Sync Time stands still", f.account.Secondary)
	}
	return ""
}

// replicates reports whether the account's primary reaches its secondary.
func (f *forecast) replicates() bool {
	a := f.account
	return f.open(a.Primary, a.Secondary, "table") && f.open(a.Secondary, a.Secondary, "table")
}

// aside is trouble that clients hardly notice.
func (f *forecast) aside(node string) string {
	switch {
	case !f.writes(node):
		return ""
	case !f.open(node, node, "redis"):
		return "the cache is out: answers come more slowly"
	case !f.open(node, f.queue(node), "queue"):
		return "the queue is out: the sweeper finds the work"
	}
	return ""
}

// remedy is what an operator can do, and what it does not do.
func (f *forecast) remedy(node string) string {
	a := f.account
	switch {
	case a.Kind == "geo" && a.Secondary == "" && f.reads(node):
		return "the account has no copy in another region: tidemark sim reenable makes one"
	case f.reads(node) || a.Secondary == "" || a.Phase != "steady" || a.State != "live":
		return ""
	case !f.open(a.Secondary, a.Secondary, "table"):
		return ""
	}
	text := fmt.Sprintf("tidemark sim failover makes %s the account's primary", a.Secondary)
	if f.writes(node) {
		return text + ": questions are answered again then"
	}
	return text + ", and that alone helps nobody: no journal is within reach"
}
