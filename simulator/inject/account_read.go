package inject

import (
	"errors"
	"strings"

	"tidemark/simulator/georep"
	"tidemark/simulator/inject/internal/words"
)

// scope is what the pairs name.
func (f *phrase) scope() (Scope, error) {
	table, queue, service := f.pairs[tableService], f.pairs[queueService], f.pairs[serviceKey]
	s := Scope{Service: service, Container: table + queue, Partition: f.pairs[partitionKey]}
	switch {
	case table != "" && queue != "":
		return s, errors.New("a scope is a table or a queue; give one of them")
	case table+queue != "" && service != "":
		return s, errors.New("leave service out where a table or a queue is named")
	case table != "":
		s.Service = tableService
	case queue != "":
		s.Service = queueService
	}
	return s, f.only(serviceKey, tableService, queueService, partitionKey)
}

// readAccount reads "account NAME VERB [PAIRS]: VALUE".
func readAccount(p *phrase) (Fault, error) {
	switch p.verb {
	case lagVerb:
		scope, err := p.scope()
		return Lag{Account: p.name, Scope: scope, Model: p.model()}, err
	case pauseVerb:
		scope, err := p.scope()
		return Pause{Account: p.name, Scope: scope}, err
	case failoverVerb:
		return Failover{Account: p.name, Kind: FailoverKind(p.word())}, p.only()
	case reenableVerb:
		f := Reenable{Account: p.name}
		var err error
		if p.value != nil {
			f.Secondary, err = p.value.Name("secondary's region", "")
		}
		return f, errors.Join(err, p.only())
	case lastSyncVerb:
		return readLastSync(p)
	}
	return nil, words.Unknown("fault of an account", p.verb, accountVerbs)
}

// model is a lag as it is written.
func (f *phrase) model() string {
	if f.value == nil {
		return ""
	}
	var all []string
	for f.value.Peek() != "" {
		all = append(all, f.value.Next())
	}
	if model, err := georep.ParseLag(strings.Join(all, " ")); err == nil {
		return model.String()
	}
	return strings.Join(all, " ")
}

// readLastSync reads the statistics of "account NAME last-sync-time [service=SERVICE]: STATE".
func readLastSync(p *phrase) (Fault, error) {
	f := LastSync{Account: p.name, Service: p.pairs[serviceKey], State: SyncState(p.word())}
	var err error
	if f.State == Back {
		f.By, err = p.value.Time("back")
	}
	return f, errors.Join(err, p.only(serviceKey))
}
