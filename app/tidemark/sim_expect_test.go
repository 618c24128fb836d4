package main

import (
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
	alone.Primary, alone.Secondary, alone.State = "west", "", "none"
	down.Phase = "down"
	type outages = []control.Outage
	for _, c := range []struct {
		name    string
		account control.Account
		outages outages
		want    []string // lines, or what is in them
	}{
		{"nothing", live, nil, []string{goOn, answered}},
		{"the journal's region", live, outages{{Region: "east"}}, []string{"clients: the edge sends them to west, within 3s",
			"the node of west " + noWrites, noReads, "what was acknowledged is kept", "that alone helps nobody: the journal stays in east"}},
		{"the other region", live, outages{{Region: "west"}}, []string{goOn, answered, "the copy in west is within reach: the Last Sync Time"}},
		{"both", live, outages{{Region: "east"}, {Region: "west"}}, []string{"clients: no node is within reach"}},
		{"the tables of the journal's region", live, outages{{Region: "east", Parts: []string{"table"}}},
			[]string{"the node of east " + noWrites, noReads, "what was acknowledged is kept", "that alone helps nobody"}},
		{"a node", live, outages{{Region: "east", Parts: []string{"compute"}}}, []string{"the edge sends them to west", goOn, answered}},
		{"a cache", live, outages{{Region: "east", Parts: []string{"redis"}}}, []string{goOn, answered, "the cache is out"}},
		{"the cache of a node that nobody asks", live, outages{{Region: "west", Parts: []string{"redis"}}}, []string{goOn, answered}},
		{"the queue", live, outages{{Region: "east", Parts: []string{"queue"}}}, []string{goOn, answered, "the sweeper finds the work"}},
		{"a partition", live, outages{{From: "east", To: "west"}}, []string{goOn, answered, "the copy in west is within reach"}},
		{"a partition for clients", live, outages{{From: "outside", To: "east"}}, []string{"sends them to west", goOn, answered}},
		{"the account's region alone", moved, outages{{Region: "west"}}, []string{goOn,
			"questions and deletions: 503, for the account's primary is in west", "stays in the journal until the account is back",
			"tidemark sim failover makes east the account's primary: questions are answered again then"}},
		{"the journal's region, after a failover", alone, outages{{Region: "east"}}, []string{"sends them to west",
			"the node of west " + noWrites, noReads, "what was acknowledged is kept", "tidemark sim reenable makes one"}},
		{"over, without a copy", alone, nil, []string{goOn, answered, "tidemark sim reenable makes one"}},
		{"a failover", down, nil, []string{goOn, "questions and deletions: 503 while the failover", "until the account is back"}},
	} {
		p := picture{Regions: []control.Region{{Name: "east"}, {Name: "west"}}, Accounts: []control.Account{{Name: "b"}, c.account},
			Outages: c.outages, Edge: &control.Edge{
				Probe:   control.Probe{Interval: "1s", Timeout: "1s", SampleSize: 4, SuccessfulSamples: 3},
				Origins: []control.Origin{{Name: "west", Region: "west", Enabled: true, Priority: 2}, {Name: "east", Region: "east", Enabled: true, Priority: 1}},
				Sites:   []control.Site{{Targets: []string{"east"}}}}}
		f, err := newForecast(p, topology.Service{Nodes: []string{"east", "west"}, Journal: "east", Account: "a"})
		if err != nil {
			t.Fatal(err)
		}
		got := strings.Split(f.text(), "\n")
		for i := range max(len(got), len(c.want)) {
			if i >= len(got) || i >= len(c.want) || !strings.Contains(got[i], c.want[i]) {
				t.Errorf("%s: got\n%s\nwant\n  %s", c.name, f.text(), strings.Join(c.want, "\n  "))
				break
			}
		}
	}
}
