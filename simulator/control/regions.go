package control

import (
	"context"
	"net/http"
	"time"

	"tidemark/simulator/inject"
	"tidemark/simulator/network"
	"tidemark/simulator/topology"
)

// Region is a region of the topology.
type Region struct {
	Name      string                   `json:"name"`
	Up        bool                     `json:"up" doc:"No outage hurts it."`
	Outages   []string                 `json:"outages,omitempty" doc:"IDs of the outages that hurt it."`
	Azurite   string                   `json:"azurite" doc:"How its storage runs: process, container or attach."`
	Redis     string                   `json:"redis" doc:"How its cache runs: process, none, or the address of one."`
	Addresses topology.RegionAddresses `json:"addresses" doc:"As callers in the region have them."`
}

// Distance is how far a place is from another.
type Distance struct {
	From   string `json:"from" doc:"A region, or outside."`
	To     string `json:"to" doc:"A region, or outside."`
	OneWay string `json:"oneWay" example:"30ms" doc:"How long a packet takes."`
}

// Capabilities is what this simulator can do and this topology has.
type Capabilities struct {
	Services   []string `json:"services"`
	Regions    []string `json:"regions"`
	Accounts   []string `json:"accounts"`
	Faults     []string `json:"faults" doc:"Of outages."`
	Parts      []string `json:"parts" doc:"Of a region."`
	Operations []string `json:"operations" doc:"Of the storage services, as rules of faults name them."`
	Lags       []string `json:"lags" doc:"Models of replication lag, an example each."`
	Failovers  []string `json:"failovers"`
	Edge       bool     `json:"edge"`
	LastEvent  uint64   `json:"lastEvent" doc:"ID of the last event of the truth stream."`
}

// Lags are examples of every model of lag.
var Lags = []string{"none", "constant 5s", "uniform 1s 30s", "log-normal median 3s sigma 0.8",
	"pareto min 1s alpha 1.5 max 15m",
	"bursts every 60s for 20s lag 30s else 1s", "trace 0s:1s 10s:30s 60s:2s"}

func (a *api) registerRegions() {
	handle(a, op("GET", "/capabilities", "capabilities", "topology", "What can be done here"),
		func(context.Context, *struct{}) (Capabilities, error) {
			c := Capabilities{Services: []string{"table", "queue"}, Operations: inject.Operations(), Lags: Lags,
				Failovers: []string{"planned", "unplanned"}, Edge: a.sim.HasEdge(), LastEvent: a.sim.Events().Last(),
				Faults: texts(inject.Hows()...),
				Parts:  texts(network.Table, network.Queue, network.Redis, network.Compute)}
			for _, r := range a.sim.Config().Regions {
				c.Regions = append(c.Regions, r.Name)
			}
			for _, account := range a.sim.Config().Accounts {
				c.Accounts = append(c.Accounts, account.Name)
			}
			return c, nil
		})
	handle(a, op("GET", "/addresses", "addresses", "topology", "The ready line: where everything is"),
		func(context.Context, *struct{}) (topology.Addresses, error) {
			return a.sim.Addresses(), nil
		})
	handle(a, op("GET", "/service", "service", "topology", "What runs in the regions", 404),
		func(context.Context, *struct{}) (topology.Service, error) {
			if of, ok := a.sim.Service(); ok {
				return of, nil
			}
			return topology.Service{}, problem(http.StatusNotFound, "no-service", "There is no service",
				"nobody has told this simulator what runs in its regions: tidemark up does")
		})
	handle(a, op("GET", "/regions", "list-regions", "topology", "The regions"),
		func(context.Context, *struct{}) (list[Region], error) {
			var all list[Region]
			for _, r := range a.sim.Config().Regions {
				all.Items = append(all.Items, a.region(r))
			}
			return all, nil
		})
	handle(a, op("GET", "/regions/{region}", "get-region", "topology", "A region", 404),
		func(_ context.Context, in *RegionPath) (Region, error) {
			r, err := a.sim.Region(in.Region)
			if err != nil {
				return Region{}, err
			}
			return a.region(r), nil
		})
	handle(a, op("GET", "/distances", "list-distances", "topology", "How far the places are apart"),
		func(context.Context, *struct{}) (list[Distance], error) {
			return a.distances(), nil
		})
	handle(a, op("PUT", "/distances", "set-distances", "topology", "Change distances; those that are not named stay",
		404), a.setDistances)
	order(a, op("POST", "/processes/{region}/{process}/{order}", "order-process", "topology",
		"Pause, resume, kill or restart a region's Azurite or Redis; what is restarted is empty unless the topology "+
			"keeps a folder", 404, 409), a.orderProcess)
}

// list is a list with a name, so that more can be said beside it one day.
type list[T any] struct {
	Items []T `json:"items" nullable:"false"`
}

// RegionPath is the region that a request names.
type RegionPath struct {
	Region string `path:"region" example:"east"`
}

func texts[T ~string](words ...T) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = string(w)
	}
	return out
}

func (a *api) region(r topology.Region) Region {
	out := Region{Name: r.Name, Up: true, Azurite: r.Azurite.Mode, Redis: r.Redis,
		Addresses: a.sim.Addresses().Regions[r.Name]}
	for _, o := range a.sim.Network().Outages() {
		if o.Region == network.Place(r.Name) {
			out.Up, out.Outages = false, append(out.Outages, o.ID)
		}
	}
	return out
}

func (a *api) distances() (all list[Distance]) {
	places := a.sim.Network().Places()
	for _, from := range places {
		for _, to := range places {
			if from != to {
				all.Items = append(all.Items, Distance{From: string(from), To: string(to),
					OneWay: a.sim.Network().Distance(from, to).String()})
			}
		}
	}
	return all
}

type inDistances struct{ Body list[Distance] }

// setDistances checks all before it changes any.
func (a *api) setDistances(_ context.Context, in *inDistances) (list[Distance], error) {
	lengths := make([]time.Duration, len(in.Body.Items))
	for i, d := range in.Body.Items {
		var err error
		if lengths[i], err = time.ParseDuration(d.OneWay); err != nil || lengths[i] < 0 ||
			lengths[i] > network.MaxDistance {
			return list[Distance]{}, invalid("body.items[%d].oneWay is %q: write a duration from 0s to %s, as 30ms", i,
				d.OneWay, network.MaxDistance)
		}
		for _, place := range []string{d.From, d.To} {
			if err := a.knownPlace(place); err != nil {
				return list[Distance]{}, err
			}
		}
	}
	for i, d := range in.Body.Items {
		if err := a.sim.SetDistance(network.Place(d.From), network.Place(d.To), lengths[i]); err != nil {
			return list[Distance]{}, err
		}
	}
	return a.distances(), nil
}

func (a *api) knownPlace(name string) error {
	unknown := &topology.UnknownError{What: "place", Name: name}
	for _, p := range a.sim.Network().Places() {
		if string(p) == name {
			return nil
		}
		unknown.Known = append(unknown.Known, string(p))
	}
	return unknown
}

type inProcess struct {
	RegionPath
	Process string `path:"process" enum:"azurite,redis"`
	Order   string `path:"order" enum:"pause,resume,kill,restart"`
}

// processPatience is how long a process may take to start again.
const processPatience = time.Minute

func (a *api) orderProcess(ctx context.Context, in *inProcess) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), processPatience)
	defer cancel()
	return a.sim.Process(ctx, in.Region, in.Process, in.Order)
}

var _ http.Handler = (*api)(nil)
