package world

import (
	"fmt"

	"tidemark/simulator/georep"
	"tidemark/simulator/inject"
	"tidemark/simulator/inject/schedule"
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
	for i := range p.Nodes {
		t.Processes = append(t.Processes, schedule.Process{Name: nodeName(i), Region: string(east)})
	}
	if p.Second {
		t.Accounts = append(t.Accounts, schedule.Account{Name: second, Primary: string(east), Secondary: string(west)})
	}
	return t
}

func nodeName(i int) string { return fmt.Sprintf("%s/node-%d", east, i+1) }

func scopeOf(s inject.Scope) georep.Scope {
	return georep.Scope{Service: georep.Service(s.Service), Container: s.Container, Key: s.Partition}
}
