package topology

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"time"

	"tidemark/simulator/georep"
	"tidemark/simulator/inject"
	"tidemark/simulator/network"
	"tidemark/simulator/topology/internal/roles"
)

// Config is a topology. The zero value of a field is its default where the comment says one. Durations are written
// 30ms, 2s, 1m30s.
type Config struct {
	Name string `yaml:"name,omitempty"`
	Seed uint64 `yaml:"seed,omitempty"` // of every random choice; 0 is 1
	Host string `yaml:"host,omitempty"` // to listen on; default 127.0.0.1
	// the host in the addresses that are told; default is Host, of 0.0.0.0 it is 127.0.0.1
	Advertise string     `yaml:"advertise,omitempty"`
	Folder    string     `yaml:"folder,omitempty"`    // where data and roles are kept; "" keeps nothing
	Regions   []Region   `yaml:"regions,omitempty"`   // at least one; default east and west
	Outside   Ports      `yaml:"outside,omitempty"`   // listeners of callers that are in no region
	Distances []Distance `yaml:"distances,omitempty"` // what is not named is 0
	// a leg takes its distance and up to this share of it more, uniformly; 0 to 10
	Jitter   float64   `yaml:"jitter,omitempty"`
	Accounts []Account `yaml:"accounts,omitempty"`
	Targets  Targets   `yaml:"targets,omitempty"`
	Queries  Queries   `yaml:"queries,omitempty"`
	Faults   []string  `yaml:"faults,omitempty"`  // rules of inject, as inject.ParseRule takes them
	Outages  []Outage  `yaml:"outages,omitempty"` // those there are from the beginning
	Edge     *Edge     `yaml:"edge,omitempty"`    // nil is none
	Control  Control   `yaml:"control,omitempty"`
}

// Region is a region.
type Region struct {
	Name    string  `yaml:"name"`
	Azurite Backend `yaml:"azurite,omitempty"` // process (default), container, or the addresses of one that runs
	Redis   string  `yaml:"redis,omitempty"`   // process (default), none, or host:port of one that runs
	Ports   Ports   `yaml:"ports,omitempty"`   // listeners of callers that are in this region
}

// Ports are the listeners of a vantage. 0 takes a free port.
type Ports struct {
	Table int `yaml:"table,omitempty"`
	Queue int `yaml:"queue,omitempty"`
	Redis int `yaml:"redis,omitempty"` // of a region
}

// Distance is between two places. OneWay is of that direction, and of the other unless that is given too; RTT is
// there and back together.
type Distance struct {
	From   string        `yaml:"from"`
	To     string        `yaml:"to"`
	OneWay time.Duration `yaml:"oneWay,omitempty"`
	RTT    time.Duration `yaml:"rtt,omitempty"`
}

// Account is a storage account: geo-redundant (Primary and Secondary), or local to a region (Region).
type Account struct {
	Name       string      `yaml:"name"`
	Key        string      `yaml:"key,omitempty"` // base64; default DefaultKey, which is no secret
	Region     string      `yaml:"region,omitempty"`
	Primary    string      `yaml:"primary,omitempty"`
	Secondary  string      `yaml:"secondary,omitempty"`
	Lag        string      `yaml:"lag,omitempty"` // as georep.ParseLag takes it; default none
	Lags       []ScopedLag `yaml:"lags,omitempty"`
	MaxBacklog int         `yaml:"maxBacklog,omitempty"` // writes; 0 is without bound
	Windows    Windows     `yaml:"windows,omitempty"`
	// rows a second of one partition while the account bootstraps; 0 is without bound
	CopyRate float64 `yaml:"copyRate,omitempty"`
	// a planned failover lets reads through until the roles change
	PlannedReads bool `yaml:"plannedReads,omitempty"`
}

// Geo reports whether the account is geo-redundant.
func (a Account) Geo() bool { return a.Secondary != "" }

// ScopedLag is the lag of a part of an account. What is empty is all; a partition needs a table.
type ScopedLag struct {
	Service   string `yaml:"service,omitempty"` // table or queue
	Table     string `yaml:"table,omitempty"`   // or Queue
	Queue     string `yaml:"queue,omitempty"`
	Partition string `yaml:"partition,omitempty"`
	Lag       string `yaml:"lag"`
}

// Windows are the least lengths of a failover's phases. GiveUp is after how long without progress a failover that keeps
// both endpoints down is called off; 0 is never.
type Windows struct {
	Announce time.Duration `yaml:"announce,omitempty"`
	Down     time.Duration `yaml:"down,omitempty"`
	Complete time.Duration `yaml:"complete,omitempty"`
	GiveUp   time.Duration `yaml:"giveUp,omitempty"`
}

// DefaultWindows are those of the default topology's account. What a program saw before a failover it must not act on
// afterwards: tidemark acts on evidence for up to 31 s (a lease of 30 s, and a call), so that is the least for which
// the endpoints are down. An hour is usual at Azure.
var DefaultWindows = Windows{Announce: time.Second, Down: 35 * time.Second, Complete: time.Second,
	GiveUp: time.Minute}

// Targets are the service's scale targets in rows a second; 0 does not throttle. Azure: 20,000 an account, 2,000 a
// partition.
type Targets struct {
	Account   float64 `yaml:"account,omitempty"`
	Partition float64 `yaml:"partition,omitempty"`
}

// Queries say how strict the Table service is with queries, and how it pages, where its documents and what it does
// differ, or Azurite is kinder than it.
type Queries struct {
	// Comparisons is how many a $filter may have. 0 is no limit, as the service does; its documents say 15.
	Comparisons int `yaml:"comparisons,omitempty"`
	// Pages is where pages of queries end before they have to: whole (nowhere; the default), borders (where a partition
	// does), short (after 1 to 10 rows), empty (each after one without rows that says where to go on), or drawn (each
	// is one of these).
	Pages string `yaml:"pages,omitempty"`
}

// Outage is a fault of paths: of a whole region, or of those from one place to another.
type Outage struct {
	Region string   `yaml:"region,omitempty"`
	From   string   `yaml:"from,omitempty"`
	To     string   `yaml:"to,omitempty"`
	Parts  []string `yaml:"parts,omitempty"` // table, queue, redis, compute; default all
	Fault  string   `yaml:"fault,omitempty"` // refuse (default), hang, reset, 503
	Note   string   `yaml:"note,omitempty"`
}

// Edge is a layer-7 load balancer in front of programs that run in the regions.
type Edge struct {
	Sites   []Site   `yaml:"sites,omitempty"` // default one, named edge
	Origins []Origin `yaml:"origins,omitempty"`
	Probe   Probe    `yaml:"probe,omitempty"`
}

// Site is one of the edge's points of presence. Each probes by itself and has its own view.
type Site struct {
	Name   string `yaml:"name"`
	Listen string `yaml:"listen,omitempty"` // host:port; default a free port of Host
}

// Origin is a program that runs in a region.
type Origin struct {
	Name     string `yaml:"name"`
	Region   string `yaml:"region"`
	Target   string `yaml:"target,omitempty"`   // host:port where it really listens
	Priority int    `yaml:"priority,omitempty"` // 1 (default) to 5, the lowest wins
	Weight   int    `yaml:"weight,omitempty"`   // 1 to 1000, default 50
}

// Probe is how the edge finds out whether an origin is healthy, and what it does when one fails. Zero values are
// Front Door's defaults (see simulator/edge).
type Probe struct {
	Path              string        `yaml:"path,omitempty"`
	Method            string        `yaml:"method,omitempty"`
	Interval          time.Duration `yaml:"interval,omitempty"`
	Timeout           time.Duration `yaml:"timeout,omitempty"`
	SampleSize        int           `yaml:"sampleSize,omitempty"`
	SuccessfulSamples int           `yaml:"successfulSamples,omitempty"`
	AdditionalLatency time.Duration `yaml:"additionalLatency,omitempty"`
	OriginTimeout     time.Duration `yaml:"originTimeout,omitempty"`
	Retry             string        `yaml:"retry,omitempty"` // never, connect or header (default)
	// lets interval and originTimeout be below the service's ranges
	Fast bool `yaml:"fast,omitempty"`
}

// Control is the listener of the control API.
type Control struct {
	Listen string `yaml:"listen,omitempty"` // host:port; default DefaultControl, or a free port where that is taken
}

// DefaultControl is where control listens unless the topology says otherwise, or somebody else listens there.
const DefaultControl = "127.0.0.1:8090"

// DefaultKey is the key of accounts that name none: 64 bytes that are no secret, like those of the emulator's own
// account.
const DefaultKey = "dGlkZW1hcmsgdXA6IHRoaXMga2V5IGlzIG5vIHNlY3JldCwgaXQgb3BlbnMg" +
	"dGhlIGVtdWxhdG9yIG9uIHRoaXMgbWFjaGluZS4="

// Default is two regions 30 ms apart, a geo-redundant account whose replication lags by seconds, and a local account
// a region.
func Default() Config {
	return Config{
		Name:      "tidemark",
		Seed:      1,
		Regions:   []Region{{Name: "east"}, {Name: "west"}},
		Distances: []Distance{{From: "east", To: "west", OneWay: 30 * time.Millisecond}},
		Accounts: []Account{
			{Name: "tidemark", Primary: "east", Secondary: "west", Lag: "log-normal median 2s sigma 0.6",
				Windows: DefaultWindows},
			{Name: "tidemarkeast", Region: "east"},
			{Name: "tidemarkwest", Region: "west"},
		},
	}.complete()
}

// complete fills in the defaults.
func (c Config) complete() Config {
	c.Seed = max(c.Seed, 1)
	c.Host = or(c.Host, "127.0.0.1")
	if c.Advertise == "" {
		c.Advertise = c.Host
		if c.Host == "0.0.0.0" || c.Host == "::" {
			c.Advertise = "127.0.0.1"
		}
	}
	if len(c.Regions) == 0 {
		c.Regions = []Region{{Name: "east"}, {Name: "west"}}
	}
	c.Regions, c.Accounts = append([]Region(nil), c.Regions...), append([]Account(nil), c.Accounts...)
	for i := range c.Regions {
		c.Regions[i].Redis = or(c.Regions[i].Redis, modeProcess)
		if c.Regions[i].Azurite == (Backend{}) {
			c.Regions[i].Azurite.Mode = modeProcess
		}
	}
	for i := range c.Accounts {
		c.Accounts[i].Key = or(c.Accounts[i].Key, DefaultKey)
		c.Accounts[i].Lag = or(c.Accounts[i].Lag, "none")
	}
	if c.Edge != nil {
		e := *c.Edge
		if len(e.Sites) == 0 {
			e.Sites = []Site{{Name: "edge"}}
		}
		c.Edge = &e
	}
	return c
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// outage is the outage as the network takes it.
func (o Outage) outage() network.Outage {
	parts := make([]network.Part, len(o.Parts))
	for i, p := range o.Parts {
		parts[i] = network.Part(p)
	}
	return network.Outage{Region: network.Place(o.Region), From: network.Place(o.From), To: network.Place(o.To),
		Parts: parts, How: inject.How(o.Fault), Note: o.Note}
}

// scope is what the lag is for.
func (l ScopedLag) scope() georep.Scope {
	s := georep.Scope{Service: georep.Service(l.Service), Container: or(l.Table, l.Queue), Key: l.Partition}
	switch {
	case l.Table != "":
		s.Service = georep.Table
	case l.Queue != "":
		s.Service = georep.Queue
	}
	return s
}

// Address is a listener's address as it is told: it replaces the host that is listened on by the one that is told.
func (c Config) Address(listened string) string {
	host, port, err := net.SplitHostPort(listened)
	if err != nil || host != c.Host && !net.ParseIP(host).IsUnspecified() {
		return listened
	}
	return net.JoinHostPort(c.Advertise, port)
}

// url is a listener's address as it is told.
func (c Config) url(l net.Addr) string { return "http://" + c.Address(l.String()) }

// Main is the account that the ready line is about: the first geo-redundant one, or else the first.
func (c Config) Main() (Account, bool) {
	for _, a := range c.Accounts {
		if a.Geo() {
			return a, true
		}
	}
	if len(c.Accounts) == 0 {
		return Account{}, false
	}
	return c.Accounts[0], true
}

// Local is a region's first local account.
func (c Config) Local(region string) (Account, bool) {
	for _, a := range c.Accounts {
		if a.Region == region && region != "" {
			return a, true
		}
	}
	return Account{}, false
}

// Kept reports whether the folder holds what an earlier simulation kept: the roles of its accounts, or the data of
// one of the regions.
func (c Config) Kept() (bool, error) {
	if c.Folder == "" {
		return false, nil
	}
	for _, name := range append(c.regionNames(), roles.File) {
		_, err := os.Stat(filepath.Join(c.Folder, name))
		if err == nil || !errors.Is(err, fs.ErrNotExist) {
			return err == nil, err
		}
	}
	return false, nil
}

func (c Config) regionNames() []string {
	names := make([]string, len(c.Regions))
	for i, r := range c.Regions {
		names[i] = r.Name
	}
	return names
}
