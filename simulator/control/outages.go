package control

import (
	"context"
	"net/http"
	"time"

	"tidemark/simulator/inject"
	"tidemark/simulator/network"
	"tidemark/simulator/topology"
)

// Outage is a fault of paths: of a whole region (its storage, Redis and compute in one act), or of the packets from
// one place to another.
type Outage struct {
	ID     string   `json:"id,omitempty" doc:"Given when absent."`
	Region string   `json:"region,omitempty" example:"east" doc:"A whole region; then from and to are absent."`
	From   string   `json:"from,omitempty" doc:"A region or outside; any place when absent."`
	To     string   `json:"to,omitempty"`
	Parts  []string `json:"parts,omitempty" doc:"Of table, queue, redis, compute; all when absent."`
	Fault  string   `json:"fault,omitempty" enum:"refuse,hang,reset,503" default:"refuse"`
	Note   string   `json:"note,omitempty"`
	For    string   `json:"for,omitempty" example:"30s" doc:"Ends by itself after this long."`
}

// Path is how calls from a place reach a part of a region now.
type Path struct {
	From   string `json:"from" doc:"A region, or outside."`
	To     string `json:"to" doc:"A region."`
	Part   string `json:"part" enum:"table,queue,redis,compute" doc:"Of that region."`
	Fault  string `json:"fault,omitempty" enum:"refuse,hang,reset,503" doc:"Of the request or of its answer; absent where calls arrive."`
	Outage string `json:"outage,omitempty" doc:"The outage whose fault it is."`
}

type inOutage struct{ Body Outage }

type inOutageID struct {
	ID string `path:"id" example:"outage-1"`
}

func (a *api) registerOutages() {
	handle(a, op("GET", "/outages", "list-outages", "faults", "The outages under way"),
		func(context.Context, *struct{}) (list[Outage], error) {
			return a.outages(), nil
		})
	handle(a, op("GET", "/paths", "list-paths", "faults", "Which place reaches which part of which region"),
		func(context.Context, *struct{}) (list[Path], error) { return a.paths(), nil })
	o := op("POST", "/outages", "begin-outage", "faults", "Begin an outage", 404, 409)
	o.DefaultStatus = http.StatusCreated
	handle(a, o, a.beginOutage)
	order(a, op("DELETE", "/outages/{id}", "end-outage", "faults", "End an outage", 404),
		func(_ context.Context, in *inOutageID) error {
			return a.endOutage(in.ID)
		})
	order(a, op("DELETE", "/outages", "end-outages", "faults", "End every outage"),
		func(context.Context, *struct{}) error {
			for _, o := range a.sim.Network().Outages() {
				_ = a.sim.End(o.ID) // another may have ended it meanwhile
			}
			return nil
		})
}

func (a *api) outages() list[Outage] {
	all := list[Outage]{Items: []Outage{}}
	for _, o := range a.sim.Network().Outages() {
		all.Items = append(all.Items, outageOf(o))
	}
	return all
}

// paths are all of them.
func (a *api) paths() list[Path] {
	all := list[Path]{Items: []Path{}}
	n := a.sim.Network()
	for _, from := range n.Places() {
		for _, to := range n.Regions() {
			for _, part := range []network.Part{network.Table, network.Queue, network.Redis, network.Compute} {
				p := n.Path(from, to, part)
				leg := p.Request
				if leg.How == "" {
					leg = p.Answer
				}
				all.Items = append(all.Items, Path{From: string(from), To: string(to), Part: string(part),
					Fault: string(leg.How), Outage: leg.Outage})
			}
		}
	}
	return all
}

func outageOf(o network.Outage) Outage {
	return Outage{ID: o.ID, Region: string(o.Region), From: string(o.From), To: string(o.To), Parts: texts(o.Parts...),
		Fault: string(o.How), Note: o.Note}
}

func (a *api) beginOutage(_ context.Context, in *inOutage) (Outage, error) {
	b := in.Body
	o := network.Outage{ID: b.ID, Region: network.Place(b.Region), From: network.Place(b.From), To: network.Place(b.To),
		How: inject.How(b.Fault), Note: b.Note}
	for _, p := range b.Parts {
		o.Parts = append(o.Parts, network.Part(p))
	}
	if b.Region == "" && b.From == "" && b.To == "" {
		return Outage{}, invalid("an outage of what? Give region, or from and to")
	}
	if b.Region != "" {
		if _, err := a.sim.Region(b.Region); err != nil {
			return Outage{}, err
		}
	}
	for _, place := range []string{b.From, b.To} {
		if err := a.knownPlace(place); place != "" && err != nil {
			return Outage{}, err
		}
	}
	var length time.Duration
	if b.For != "" {
		var err error
		if length, err = time.ParseDuration(b.For); err != nil || length <= 0 {
			return Outage{}, invalid("for is %q: write how long the outage lasts, as 30s; leave it out for one that "+
				"is ended by hand", b.For)
		}
	}
	for _, now := range a.sim.Network().Outages() {
		if now.ID == b.ID {
			return Outage{}, problem(http.StatusConflict, "outage-under-way", "The outage is under way already",
				"outage %q is under way already: end it first (DELETE /outages/%s), or give another ID", b.ID, b.ID)
		}
	}
	id, err := a.sim.Begin(o, length)
	if err != nil {
		return Outage{}, err
	}
	for _, now := range a.outages().Items {
		if now.ID == id {
			now.For = b.For
			return now, nil
		}
	}
	b.ID = id // it has ended already
	return b, nil
}

// endOutage names those under way when there is none of that ID.
func (a *api) endOutage(id string) error {
	err := a.sim.End(id)
	if err == nil {
		return nil
	}
	unknown := &topology.UnknownError{What: "outage", Name: id}
	for _, o := range a.sim.Network().Outages() {
		unknown.Known = append(unknown.Known, o.ID)
	}
	return unknown
}
