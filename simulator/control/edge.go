package control

import (
	"context"
	"net/http"

	"tidemark/simulator/edge"
	"tidemark/simulator/topology"
)

// Edge is the edge as it is now.
type Edge struct {
	ID            string   `json:"id" doc:"X-Azure-FDID."`
	Probe         Probe    `json:"probe"`
	OriginTimeout string   `json:"originTimeout" doc:"How long an origin that was reached may take to begin its answer: then the client gets 504, and nobody knows whether its request was carried out."`
	Origins       []Origin `json:"origins" nullable:"false"`
	Sites         []Site   `json:"sites" nullable:"false"`
}

// Probe is how it finds out whether an origin is healthy.
type Probe struct {
	Method            string `json:"method"`
	Path              string `json:"path"`
	Interval          string `json:"interval"`
	Timeout           string `json:"timeout"`
	SampleSize        int    `json:"sampleSize"`
	SuccessfulSamples int    `json:"successfulSamples"`
	AdditionalLatency string `json:"additionalLatency"`
}

// Origin is a program in a region that requests go to.
type Origin struct {
	Name     string `json:"name"`
	Region   string `json:"region"`
	Enabled  bool   `json:"enabled"`
	Priority int    `json:"priority" doc:"1 is first."`
	Weight   int    `json:"weight"`
}

// Site is a place of the edge, and what it believes.
type Site struct {
	Name     string       `json:"name"`
	URL      string       `json:"url"`
	Targets  []string     `json:"targets" nullable:"false" doc:"The origins that requests go to now."`
	Switches int64        `json:"switches"`
	Requests int64        `json:"requests"`
	Origins  []SiteOrigin `json:"origins" nullable:"false"`
}

// SiteOrigin is what a site believes of an origin.
type SiteOrigin struct {
	Name         string  `json:"name"`
	Healthy      bool    `json:"healthy"`
	LatencyMS    float64 `json:"latencyMs"`
	Probes       int64   `json:"probes"`
	ProbesFailed int64   `json:"probesFailed"`
	Requests     int64   `json:"requests"`
	Retries      int64   `json:"retries"`
	Errors       int64   `json:"errors"`
}

// OriginChange changes an origin: what is absent stays.
type OriginChange struct {
	Enabled  *bool `json:"enabled,omitempty"`
	Priority *int  `json:"priority,omitempty" minimum:"1" maximum:"5"`
	Weight   *int  `json:"weight,omitempty" minimum:"1" maximum:"1000"`
}

type inOrigin struct {
	Origin string `path:"origin" example:"east"`
	Body   OriginChange
}

func (a *api) registerEdge() {
	handle(a, op("GET", "/edge", "get-edge", "topology", "The edge: its sites and what each believes", 404),
		func(context.Context, *struct{}) (Edge, error) {
			e, err := a.edge()
			if err != nil {
				return Edge{}, err
			}
			return a.edgeOf(e), nil
		})
	handle(a, op("PATCH", "/edge/origins/{origin}", "change-origin", "topology",
		"Enable or disable an origin, change its priority or weight", 404),
		func(_ context.Context, in *inOrigin) (Edge, error) {
			e, err := a.edge()
			if err == nil {
				_, err = a.sim.Origin(in.Origin)
			}
			if err != nil {
				return Edge{}, err
			}
			if err := e.Set(changed(originNow(e, in.Origin), in.Body)); err != nil {
				return Edge{}, err
			}
			return a.edgeOf(e), nil
		})
}

func (a *api) edge() (*edge.Edge, error) {
	if e := a.sim.Edge(); e != nil {
		return e, nil
	}
	return nil, problem(http.StatusNotFound, "no-edge", "There is no edge",
		"this topology has no edge: write one under edge: in its file")
}

// originNow is an origin as the first site has it: all sites have the same.
func originNow(e *edge.Edge, name string) edge.Origin {
	for _, o := range e.Sites()[0].Origins {
		if o.Name == name {
			return o.Origin
		}
	}
	return edge.Origin{Name: name}
}

func changed(o edge.Origin, c OriginChange) edge.Origin {
	if c.Enabled != nil {
		o.Disabled = !*c.Enabled
	}
	if c.Priority != nil {
		o.Priority = *c.Priority
	}
	if c.Weight != nil {
		o.Weight = *c.Weight
	}
	return o
}

func (a *api) edgeOf(e *edge.Edge) Edge {
	s := e.Settings()
	out := Edge{ID: e.ID(), Origins: []Origin{}, Sites: []Site{},
		Probe: Probe{Method: s.Method, Path: s.Path, Interval: s.Interval.String(), Timeout: s.Timeout.String(),
			SampleSize: s.SampleSize, SuccessfulSamples: s.SuccessfulSamples,
			AdditionalLatency: s.AdditionalLatency.String()}, OriginTimeout: s.OriginTimeout.String()}
	for i, site := range e.Sites() {
		shown := Site{Name: site.Name, URL: "http://" + a.sim.Config().Address(site.Addr),
			Targets:  append([]string{}, site.Targets...),
			Switches: site.Switches, Requests: site.Requests, Origins: []SiteOrigin{}}
		for _, o := range site.Origins {
			if i == 0 {
				out.Origins = append(out.Origins, a.origin(o.Origin))
			}
			shown.Origins = append(shown.Origins, SiteOrigin{Name: o.Name, Healthy: o.Healthy,
				LatencyMS: float64(o.Latency.Microseconds()) / 1000,
				Probes:    o.Probes, ProbesFailed: o.ProbesFailed, Requests: o.Requests, Retries: o.Retries,
				Errors: o.Errors})
		}
		out.Sites = append(out.Sites, shown)
	}
	return out
}

func (a *api) origin(o edge.Origin) Origin {
	of, err := a.sim.Origin(o.Name)
	if err != nil {
		of = topology.Origin{}
	}
	return Origin{Name: o.Name, Region: of.Region, Enabled: !o.Disabled, Priority: o.Priority, Weight: o.Weight}
}
