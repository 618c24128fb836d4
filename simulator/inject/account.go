package inject

import (
	"errors"
	"fmt"
	"slices"

	"tidemark/simulator/georep"
	"tidemark/simulator/inject/internal/words"
)

// Scope is the part of an account that a lag or a pause is for. What is empty is all.
type Scope struct {
	Service   string // table or queue
	Container string // a table, or a queue
	Partition string // a PartitionKey of the table
}

// Lag is how long writes take to the secondary: a model as georep.ParseLag reads it and its String writes it.
type Lag struct {
	Account string
	Scope   Scope
	Model   string
}

// Pause stops replication. When it ends replication goes on.
type Pause struct {
	Account string
	Scope   Scope
}

// FailoverKind is planned, which waits for the secondary and swaps, or unplanned, which loses what it lacks.
type FailoverKind string

// The kinds of failover.
const (
	Planned   FailoverKind = "planned"
	Unplanned FailoverKind = "unplanned"
)

var failoverKinds = []FailoverKind{Planned, Unplanned}

// Failover orders a failover of an account.
type Failover struct {
	Account string
	Kind    FailoverKind
}

// Reenable makes an account geo-redundant again that a failover has left with one region.
type Reenable struct {
	Account   string
	Secondary string // the region; "" is the other one
}

// Verbs of accounts.
const (
	lagVerb      = "lag"
	pauseVerb    = "pause"
	failoverVerb = "failover"
	reenableVerb = "reenable"
	lastSyncVerb = "last-sync-time"
)

var accountVerbs = []string{lagVerb, pauseVerb, failoverVerb, reenableVerb, lastSyncVerb}

// String is as in "account tidemark lag table=orders partition=A: constant 1m".
func (f Lag) String() string { return f.Thing() + ": " + f.Model }

// String is as in "account tidemark pause service=queue".
func (f Pause) String() string { return f.Thing() }

// String is as in "account tidemark failover: unplanned".
func (f Failover) String() string { return f.Thing() + ": " + string(f.Kind) }

// String is as in "account tidemark reenable: east".
func (f Reenable) String() string {
	if f.Secondary == "" {
		return f.Thing()
	}
	return f.Thing() + ": " + words.Quote(f.Secondary)
}

// Thing is the scope of the account.
func (f Lag) Thing() string { return f.Scope.head(named(accountKind, f.Account, lagVerb)) }

// Thing is the scope of the account.
func (f Pause) Thing() string { return f.Scope.head(named(accountKind, f.Account, pauseVerb)) }

// Thing is the account.
func (f Failover) Thing() string { return named(accountKind, f.Account, failoverVerb) }

// Thing is the account.
func (f Reenable) Thing() string { return named(accountKind, f.Account, reenableVerb) }

// Lasts is true.
func (Lag) Lasts() bool { return true }

// Lasts is true.
func (Pause) Lasts() bool { return true }

// Lasts is false: the account does not go back by itself.
func (Failover) Lasts() bool { return false }

// Lasts is false.
func (Reenable) Lasts() bool { return false }

// Validate looks at the scope, and reads the model.
func (f Lag) Validate() error {
	err := errors.Join(checkAccount(f.Account), f.Scope.check())
	switch model, bad := georep.ParseLag(f.Model); {
	case bad != nil:
		err = errors.Join(err, bad)
	case model.String() != f.Model:
		err = errors.Join(err, fmt.Errorf("lag %q: write it as %q", f.Model, model))
	}
	return invalid(f, err)
}

// Validate looks at the scope.
func (f Pause) Validate() error {
	return invalid(f, errors.Join(checkAccount(f.Account), f.Scope.check()))
}

// Validate looks at the kind.
func (f Failover) Validate() error {
	err := checkAccount(f.Account)
	if !slices.Contains(failoverKinds, f.Kind) {
		err = errors.Join(err, words.Unknown("kind of failover", string(f.Kind), failoverKinds))
	}
	return invalid(f, err)
}

// Validate looks at the name.
func (f Reenable) Validate() error { return invalid(f, checkAccount(f.Account)) }

func checkAccount(name string) error {
	if name == "" {
		return errors.New("the name of the account is missing")
	}
	return nil
}

// head adds the scope to the words before it.
func (s Scope) head(text string) string {
	if s.Container != "" {
		return head(text, s.Service, s.Container, partitionKey, s.Partition)
	}
	return head(text, serviceKey, s.Service, partitionKey, s.Partition)
}

func (s Scope) check() error {
	switch known := []string{tableService, queueService}; {
	case s.Service != "" && !slices.Contains(known, s.Service):
		return words.Unknown(serviceKey, s.Service, known)
	case s.Container != "" && s.Service == "":
		return errors.New("a container is a table or a queue; give the service too")
	case s.Partition != "" && (s.Service != tableService || s.Container == ""):
		return errors.New("a partition is one of a table; name the table too")
	}
	return nil
}
