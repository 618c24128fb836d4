package forecast

import (
	"slices"
	"strings"
	"testing"

	"tidemark/simulator/control"
	"tidemark/simulator/topology"
)

// TestWhatAnOutageMeans tells it of what runs, and of the outages there are.
func TestWhatAnOutageMeans(t *testing.T) {
	const (
		goOn     = "writes: go on"
		answered = "questions: go on"
		noWrites = "does not reach the journal, which is in east"
		noReads  = "questions: 503, for what is new is in the journal"
	)
	live := control.Account{Name: "a", Kind: "geo", Primary: "east", Secondary: "west", State: "live", Phase: "steady"}
	moved, alone, down := live, live, live
	moved.Primary, moved.Secondary = "west", "east"
	silent := moved
	silent.State = "unavailable"
	alone.Primary, alone.Secondary, alone.State = "west", "", "none"
	down.Phase = "down"
	type ways = func(way) bool
	lost := func(regions ...string) ways {
		return func(w way) bool { return slices.Contains(regions, w.to) || slices.Contains(regions, w.from) }
	}
	part := func(region, part string) ways { return func(w way) bool { return w.to == region && w.part == part } }
	between := func(a, b string) ways {
		return func(w way) bool { return w.from == a && w.to == b || w.from == b && w.to == a }
	}
	none := func(way) bool { return false }
	for _, c := range []struct {
		name    string
		account control.Account
		closed  ways
		want    []string // lines, or what is in them
	}{
		{"nothing", live, none, []string{goOn, answered}},
		{"the journal's region", live, lost("east"), []string{"clients: the edge sends them to west, within 3s",
			"the node of west " + noWrites, noReads, "what was acknowledged is kept",
			"that alone helps nobody: no journal is within reach"}},
		{"the other region", live, lost("west"),
			[]string{goOn, answered, "the copy in west is within reach: the Last Sync Time"}},
		{"both", live, lost("east", "west"), []string{"clients: no node is within reach"}},
		{"the tables of the journal's region", live, part("east", "table"),
			[]string{"the node of east " + noWrites, noReads, "what was acknowledged is kept",
				"that alone helps nobody"}},
		{"a node", live, part("east", "compute"), []string{"the edge sends them to west", goOn, answered}},
		{"a cache", live, part("east", "redis"), []string{goOn, answered, "the cache is out"}},
		{"the cache of a node that nobody asks", live, part("west", "redis"), []string{goOn, answered}},
		{"the queue", live, part("east", "queue"), []string{goOn, answered, "the sweeper finds the work"}},
		{"a partition", live, between("east", "west"), []string{goOn, answered, "the copy in west is within reach"}},
		{"a partition for clients", live, between("outside", "east"), []string{"sends them to west", goOn, answered}},
		{"the account's region alone", moved, lost("west"), []string{goOn,
			"questions and deletions: go on, from the account's copy in east: its primary, in west, is out of reach",
			"stays in the journal until the account is back",
			"tidemark sim failover makes east the account's primary: what is written goes into its rows again then"}},
		{"the account's region alone, without a Last Sync Time", silent, lost("west"), []string{goOn,
			"questions and deletions: 503, for the account's primary is in west",
			"stays in the journal until the account is back"}},
		{"both endpoints of the account, for the node", moved, func(w way) bool {
			return w.from == "east" && w.to == "west" || w.to == "west" && w.part == "table"
		}, []string{goOn, "go on, from the account's copy in east", "stays in the journal",
			"makes east the account's"}},
		{"the journal's region, after a failover", alone, lost("east"), []string{"sends them to west",
			"the node of west " + noWrites, noReads, "what was acknowledged is kept",
			"tidemark sim reenable makes one"}},
		{"over, without a copy", alone, none, []string{goOn, answered, "tidemark sim reenable makes one"}},
		{"a failover", down, none,
			[]string{goOn, "questions and deletions: 503 while the failover", "until the account is back"}},
	} {
		text := foretold(c.account, pathsOf(c.closed, "refuse"))
		got := strings.Split(text, "\n")
		for i := range max(len(got), len(c.want)) {
			if i >= len(got) || i >= len(c.want) || !strings.Contains(got[i], c.want[i]) {
				t.Errorf("%s: got\n%s\nwant\n  %s", c.name, text, strings.Join(c.want, "\n  "))
				break
			}
		}
	}
}

// TestWhatAnOutageMeansToTwoJournals: writes go on with either, and questions with either as long as the account
// answers.
func TestWhatAnOutageMeansToTwoJournals(t *testing.T) {
	live := control.Account{Name: "a", Kind: "geo", Primary: "east", Secondary: "west", State: "live", Phase: "steady"}
	moved := live
	moved.Primary, moved.Secondary, moved.State = "west", "", "none"
	lost := func(region string) func(way) bool {
		return func(w way) bool { return w.to == region || w.from == region }
	}
	for name, c := range map[string]struct {
		account control.Account
		closed  func(way) bool
		want    []string
	}{
		"nothing": {live, func(way) bool { return false }, []string{"writes: go on\n", "questions: go on"}},
		"the primary's region": {live, lost("east"), []string{"the edge sends them to west",
			"writes: go on, acknowledged as one, for the node of west does not reach the journal in east",
			"questions and deletions: go on, from the account's copy in west: its primary, in east, is out of reach",
			"what was acknowledged both is answered; what the journal in east alone has",
			"tidemark sim failover makes west the account's primary: what is written goes into its rows again then"}},
		"the primary's region, after a failover": {moved, lost("east"), []string{"acknowledged as one",
			"questions: go on", "tidemark sim reenable makes one"}},
		"the other region": {live, lost("west"),
			[]string{"acknowledged as one, for the node of east", "questions: go on"}},
		"both journals": {live, func(w way) bool { return w.part == "table" },
			[]string{"writes: 503, for the node of east does not reach the journals, which are in east and west",
				"questions: 503"}},
		"the queue": {live, func(w way) bool { return w.part == "queue" && w.to == "east" },
			[]string{"writes: go on\n", "questions: go on", "the sweeper finds the work"}},
	} {
		text := foretold(c.account, pathsOf(c.closed, "refuse"), "east", "west") + "\n"
		for _, want := range c.want {
			if !strings.Contains(text, want) {
				t.Errorf("%s: got\n%swant %q", name, text, want)
			}
		}
	}
}

// foretold is what is said of an account where the edge believes in east.
func foretold(a control.Account, paths []control.Path, journals ...string) string {
	if len(journals) == 0 {
		journals = []string{"east"}
	}
	west := control.Origin{Name: "west", Region: "west", Enabled: true, Priority: 2}
	east := control.Origin{Name: "east", Region: "east", Enabled: true, Priority: 1}
	edge := &control.Edge{OriginTimeout: "30s",
		Probe:   control.Probe{Interval: "1s", Timeout: "1s", SampleSize: 4, SuccessfulSamples: 3},
		Origins: []control.Origin{west, east}, Sites: []control.Site{{Targets: []string{"east"}}}}
	service := topology.Service{Nodes: []string{"east", "west"}, Journals: journals, Account: "a"}
	return Of(edge, []control.Account{{Name: "b"}, a}, paths, service)
}

// TestWhatAHangMeans: the edge waits for an origin that takes a request and does not answer, and says 504, as Front
// Door does.
func TestWhatAHangMeans(t *testing.T) {
	live := control.Account{Name: "a", Kind: "geo", Primary: "east", Secondary: "west", State: "live", Phase: "steady"}
	const late = "; what it sends to east until then is 504 after 30s: nobody knows what became of it, and sending " +
		"it again is harmless\n"
	for name, c := range map[string]struct {
		fault  string
		closed func(way) bool
		want   string
	}{
		"the API of a region": {"hang", func(w way) bool { return w.to == "east" && w.part == "compute" },
			"  clients: the edge sends them to west, within 3s" + late + "  writes: go on\n"},
		"a region": {"hang", func(w way) bool { return w.to == "east" || w.from == "east" },
			"  clients: the edge sends them to west, within 3s" + late + "  writes: 503, "},
		"all": {"hang", func(w way) bool { return w.part == "compute" },
			"  clients: no node is within reach, and nothing is answered until one is" + late},
		"one that refuses": {"refuse", func(w way) bool { return w.to == "east" && w.part == "compute" },
			"  clients: the edge sends them to west, within 3s\n"},
	} {
		if got := foretold(live, pathsOf(c.closed, c.fault)) + "\n"; !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: got\n%swant\n%s", name, got, c.want)
		}
	}
}

// pathsOf are all paths, of which some are closed.
func pathsOf(closed func(way) bool, fault string) (paths []control.Path) {
	for _, from := range []string{"east", "west", "outside"} {
		for _, to := range []string{"east", "west"} {
			for _, part := range []string{"table", "queue", "redis", "compute"} {
				p := control.Path{From: from, To: to, Part: part}
				if closed(way{from, to, part}) {
					p.Fault = fault
				}
				paths = append(paths, p)
			}
		}
	}
	return paths
}
