package control

import (
	"cmp"
	"context"
	"slices"
	"time"

	"tidemark/simulator/gateway"
	"tidemark/simulator/georep"
	"tidemark/simulator/network"
	"tidemark/simulator/topology"
)

// Account is a storage account as it is now.
type Account struct {
	Name         string               `json:"name"`
	Kind         string               `json:"kind" enum:"geo,local" doc:"geo: two regions; local: one, never replicated."`
	Primary      string               `json:"primary" doc:"The region that takes the writes."`
	Secondary    string               `json:"secondary,omitempty" doc:"Absent after an unplanned failover, until geo-redundancy is ordered again."`
	State        georep.State         `json:"state" enum:"live,bootstrap,unavailable,none"`
	Phase        georep.Phase         `json:"phase" enum:"steady,announced,down,completing" doc:"Of a failover. While it is down neither endpoint serves, but with plannedReads reads of a planned one."`
	Failover     string               `json:"failover,omitempty" enum:"planned,unplanned" doc:"The failover under way."`
	Backlog      int                  `json:"backlog" doc:"Writes that the secondary lacks."`
	BacklogBytes int                  `json:"backlogBytes"`
	UnderWay     int                  `json:"underWay" doc:"Writes that have arrived and are not committed."`
	Oldest       *time.Time           `json:"oldest,omitempty" doc:"Stamp of the oldest write that the secondary lacks."`
	Commits      uint64               `json:"commits"`
	Applies      uint64               `json:"applies"`
	Failovers    int                  `json:"failovers"`
	Lag          string               `json:"lag,omitempty" doc:"Of the whole account."`
	Paused       []Scope              `json:"paused,omitempty" doc:"Of what replication stands still; an empty scope is all of the account."`
	Stats        map[string]Stats     `json:"stats,omitempty" doc:"As the secondary's statistics say them, for each service."`
	Endpoints    map[string]Endpoints `json:"endpoints" doc:"By the place of the caller."`
}

// Stats are the statistics of a service.
type Stats struct {
	State         georep.State `json:"state" enum:"live,bootstrap,unavailable,none"`
	LastSync      *time.Time   `json:"lastSync,omitempty" doc:"Every write stamped before it is on the secondary."`
	BehindSeconds *float64     `json:"behindSeconds,omitempty" doc:"How long ago that is."`
}

// Endpoints are an account's, as callers of a place have them.
type Endpoints struct {
	Table          string `json:"table"`
	TableSecondary string `json:"tableSecondary,omitempty"`
	Queue          string `json:"queue"`
	QueueSecondary string `json:"queueSecondary,omitempty"`
}

// Entry is a write that the primary committed.
type Entry struct {
	topology.Entry
	Keys []string `json:"keys,omitempty" doc:"Row keys of its entities, or message ids."`
}

// Entries are some of them.
type Entries struct {
	Total int     `json:"total" doc:"How many there are; items may be fewer."`
	Items []Entry `json:"items" nullable:"false"`
}

// Loss is what an unplanned failover discarded.
type Loss struct {
	At       time.Time            `json:"at"`
	From     string               `json:"from" doc:"The region that was the primary."`
	To       string               `json:"to"`
	LastSync map[string]time.Time `json:"lastSync" doc:"At that moment, for each service."`
	About    string               `json:"about,omitempty" doc:"What it means to who uses the account; absent where nothing was lost."`
	Entries
}

// AccountPath is the account that a request names. It has to be exported: huma looks into embedded types that are.
type AccountPath struct {
	Account string `path:"account" example:"tidemark"`
}

type inLimited struct {
	AccountPath
	Limit int `query:"limit" default:"1000" minimum:"0" maximum:"1000000" doc:"Items at most."`
}

func (a *api) registerAccounts() {
	handle(a, op("GET", "/accounts", "list-accounts", "accounts", "The storage accounts"),
		func(context.Context, *struct{}) (list[Account], error) {
			var all list[Account]
			for _, account := range a.sim.Gateway().Accounts() {
				all.Items = append(all.Items, a.account(account))
			}
			return all, nil
		})
	handle(a, op("GET", "/accounts/{account}", "get-account", "accounts",
		"A storage account: roles, state, backlog, Last Sync Times", 404),
		func(_ context.Context, in *AccountPath) (Account, error) {
			account, err := a.sim.Account(in.Account)
			if err != nil {
				return Account{}, err
			}
			return a.account(account), nil
		})
	handle(a, op("GET", "/accounts/{account}/missing", "list-missing", "accounts",
		"The writes that the secondary lacks: what an unplanned failover now would discard", 404),
		func(_ context.Context, in *inLimited) (Entries, error) {
			account, err := a.sim.Account(in.Account)
			if err != nil {
				return Entries{}, err
			}
			return entries(account.Missing(), nil, in.Limit), nil
		})
	handle(a, op("GET", "/accounts/{account}/losses", "list-losses", "accounts",
		"What each unplanned failover discarded, oldest first", 404),
		func(_ context.Context, in *inLimited) (list[Loss], error) {
			account, err := a.sim.Account(in.Account)
			if err != nil {
				return list[Loss]{}, err
			}
			all := list[Loss]{Items: []Loss{}}
			service, _ := a.sim.Service()
			for _, l := range account.Discarded() {
				loss := Loss{At: l.At, From: string(l.From), To: string(l.To), LastSync: map[string]time.Time{},
					Entries: entries(l.Entries, l.Keys, in.Limit)}
				for of, at := range l.LastSync {
					loss.LastSync[string(of)] = at
				}
				loss.About = aboutLoss(account.Name(), loss.From, loss.To, loss.Total, service)
				all.Items = append(all.Items, loss)
			}
			return all, nil
		})
}

// account is the account as it is now.
func (a *api) account(g *gateway.Account) Account {
	s := g.Status()
	out := Account{Name: g.Name(), Kind: "local", Primary: string(s.Primary), Secondary: string(s.Secondary),
		State: s.State, Phase: s.Phase,
		Backlog: s.Backlog, BacklogBytes: s.BacklogBytes, UnderWay: s.UnderWay, Commits: s.Commits, Applies: s.Applies,
		Failovers: s.Failovers,
		Oldest:    moment(s.Oldest), Endpoints: map[string]Endpoints{}}
	if s.Phase != georep.Steady {
		out.Failover = string(s.Kind)
	}
	if a.geo(g.Name()) {
		out.Kind, out.Lag, out.Stats = "geo", lagText(g.Lags()[georep.Scope{}]), map[string]Stats{}
		out.Paused = scopesOf(s.PausedScopes)
		for _, service := range []georep.Service{georep.Table, georep.Queue} {
			out.Stats[string(service)] = stats(g.Stats(service))
		}
	}
	for _, place := range a.sim.Network().Places() {
		var e Endpoints
		e.Table, e.TableSecondary, _ = a.sim.Endpoints(g.Name(), place, network.Table)
		e.Queue, e.QueueSecondary, _ = a.sim.Endpoints(g.Name(), place, network.Queue)
		out.Endpoints[string(place)] = e
	}
	return out
}

// geo reports whether the topology made the account geo-redundant.
func (a *api) geo(name string) bool {
	for _, account := range a.sim.Config().Accounts {
		if account.Name == name {
			return account.Geo()
		}
	}
	return false
}

func stats(s georep.Stats) Stats {
	out := Stats{State: s.State, LastSync: moment(s.LastSync)}
	if out.LastSync != nil {
		behind := max(0, time.Since(s.LastSync).Seconds())
		out.BehindSeconds = &behind
	}
	return out
}

// moment is a time, or nothing.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func lagText(l georep.Lag) string {
	if l == nil {
		return "none"
	}
	return l.String()
}

func entries(all []georep.Entry, keys map[uint64][]string, limit int) Entries {
	out := Entries{Total: len(all), Items: []Entry{}}
	for _, e := range all[:min(limit, len(all))] {
		out.Items = append(out.Items, Entry{topology.EntryOf(e), keys[e.Seq]})
	}
	return out
}

// Scope is the part of an account that a lag or a pause is for. What is empty is all.
type Scope struct {
	Service   string `json:"service,omitempty" enum:"table,queue,"`
	Table     string `json:"table,omitempty"`
	Queue     string `json:"queue,omitempty"`
	Partition string `json:"partition,omitempty" doc:"A PartitionKey of the table."`
}

func (s Scope) scope() (georep.Scope, error) {
	out := georep.Scope{Service: georep.Service(s.Service), Container: cmp.Or(s.Table, s.Queue), Key: s.Partition}
	switch {
	case s.Table != "" && s.Queue != "":
		return out, invalid("a scope is a table or a queue: give one of them")
	case s.Partition != "" && s.Table == "":
		return out, invalid("a partition is one of a table: name the table too")
	case s.Table != "" && s.Service == "queue", s.Queue != "" && s.Service == "table":
		return out, invalid("service is %s: leave it out where a table or a queue is named", s.Service)
	case s.Table != "":
		out.Service = georep.Table
	case s.Queue != "":
		out.Service = georep.Queue
	}
	return out, nil
}

func scopeOf(s georep.Scope) Scope {
	out := Scope{Service: string(s.Service), Partition: s.Key}
	if s.Service == georep.Queue {
		out.Queue = s.Container
	} else {
		out.Table = s.Container
	}
	return out
}

// ScopedLag is the lag of a scope.
type ScopedLag struct {
	Scope Scope  `json:"scope"`
	Lag   string `json:"lag"`
}

// Replication is what is set for an account's replication.
type Replication struct {
	Lags        []ScopedLag `json:"lags" nullable:"false" doc:"The most precise scope holds."`
	Paused      []Scope     `json:"paused" nullable:"false"`
	Unavailable bool        `json:"unavailable" doc:"The statistics say unavailable."`
}

func (a *api) replication(g *gateway.Account) Replication {
	s := g.Status()
	out := Replication{Lags: []ScopedLag{}, Paused: []Scope{}, Unavailable: s.State == georep.Unavailable}
	for scope, lag := range g.Lags() {
		out.Lags = append(out.Lags, ScopedLag{Scope: scopeOf(scope), Lag: lagText(lag)})
	}
	slices.SortFunc(out.Lags, func(x, y ScopedLag) int {
		return cmp.Or(cmp.Compare(x.Scope.Service, y.Scope.Service),
			cmp.Compare(x.Scope.Table+x.Scope.Queue, y.Scope.Table+y.Scope.Queue),
			cmp.Compare(x.Scope.Partition, y.Scope.Partition))
	})
	out.Paused = append(out.Paused, scopesOf(s.PausedScopes)...)
	return out
}

func scopesOf(scopes []georep.Scope) (out []Scope) {
	for _, s := range scopes {
		out = append(out, scopeOf(s))
	}
	return out
}
