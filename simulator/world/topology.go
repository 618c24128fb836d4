package world

import (
	"fmt"

	"tidemark/simulator/georep"
	"tidemark/simulator/inject"
	"tidemark/simulator/inject/schedule"
	"tidemark/simulator/twin"
)

// topology is what there is in the world of a plan that can go wrong: nodes are east/node-1 and so on.
func topology(p Plan) schedule.Topology {
	t := schedule.Topology{Regions: []string{string(east), string(west)},
		Accounts: []schedule.Account{{Name: "geo", Primary: string(east), Secondary: string(west)},
			{Name: "journal", Primary: string(east)}},
		Services: []string{"table", "queue", "redis"},
		Operations: []string{"journal.append", "journal.read", "journal.index", "journal.drop", "journal.end",
			"journal.seal", "journal.fill", "journal.prepare", "journal.register", "journal.now", "chunks.get",
			"chunks.scan", "chunks.apply", "chunks.prepare", "account.tidemark", "queue.send", "queue.receive",
			"queue.extend", "queue.delete", "cache.get", "cache.set"}}
	if p.Regions > 1 {
		t.Accounts = append(t.Accounts, schedule.Account{Name: twin.JournalOf(string(west)), Primary: string(west)})
		t.Operations = append(t.Operations, "journal.heads", "journal.state", "journal.identity",
			"secondary.get", "secondary.scan")
	}
	for i := range p.Nodes {
		t.Processes = append(t.Processes, schedule.Process{Name: p.nodeName(i), Region: string(p.regionOf(i))})
	}
	if p.Second {
		t.Accounts = append(t.Accounts, schedule.Account{Name: second, Primary: string(east), Secondary: string(west)})
	}
	return t
}

// regionOf is where a node stands.
func (p Plan) regionOf(node int) georep.Region {
	if p.Regions > 1 && node%2 == 1 {
		return west
	}
	return east
}

func (p Plan) nodeName(i int) string { return fmt.Sprintf("%s/node-%d", p.regionOf(i), i+1) }

func scopeOf(s inject.Scope) georep.Scope {
	return georep.Scope{Service: georep.Service(s.Service), Container: s.Container, Key: s.Partition}
}

// elsewhere is the other region.
func elsewhere(r georep.Region) georep.Region {
	if r == east {
		return west
	}
	return east
}
