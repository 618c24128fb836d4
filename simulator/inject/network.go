package inject

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"tidemark/simulator/inject/internal/words"
)

// How is how a path fails.
type How string

// How paths fail. Open: they do not. Refuse: connections are refused. Silent: nothing answers until the path heals or
// the caller gives up. Torn: connections are torn down. Busy: the service's front answers 503.
const (
	Open   How = ""
	Refuse How = "refuse"
	Silent How = "hang"
	Torn   How = "reset"
	Busy   How = "503"
)

var hows = []How{Refuse, Silent, Torn, Busy}

// Hows are how a path can fail.
func Hows() []How { return slices.Clone(hows) }

// Worse reports whether of two the one holds where both meet: the one that is met first on the way to the service.
// Packets that vanish (Silent) reach no host that refuses (Refuse), a refused connection has nothing to tear down
// (Torn), and a torn one brings no answer (Busy).
func (h How) Worse(than How) bool { return severity[h] > severity[than] }

var severity = map[How]int{Open: 0, Busy: 1, Torn: 2, Refuse: 3, Silent: 4}

// RegionOut is a region without its services: every call to them fails, and without a Service also every call from the
// region, both its legs.
type RegionOut struct {
	Region  string
	Service string // "" is all
	How     How
}

// Cut is a path that is cut one way: it takes the requests of calls from From to To, and the answers of calls from To
// to From. From or To may be empty, which is any place; a place is a region, outside, or a process.
type Cut struct {
	From, To string
	Service  string // that is called; "" is any
	How      How
}

// Distance is how far a place is from another, one way.
type Distance struct {
	From, To string
	OneWay   time.Duration
}

// MaxDistance is the greatest distance, one way.
const MaxDistance = time.Minute

// Verbs of regions and the network.
const (
	outVerb      = "out"
	cutVerb      = "cut"
	distanceVerb = "distance"
)

// String is as in "region east out: hang".
func (f RegionOut) String() string { return f.Thing() + ": " + string(f.How) }

// String is as in "network cut from=east to=west service=table: refuse".
func (f Cut) String() string { return f.Thing() + ": " + string(f.How) }

// String is as in "network distance from=east to=west: 80ms".
func (f Distance) String() string { return f.Thing() + ": " + f.OneWay.String() }

// Thing is the region, or the service of it.
func (f RegionOut) Thing() string {
	return head(named(regionKind, f.Region, outVerb), serviceKey, f.Service)
}

// Thing is the path.
func (f Cut) Thing() string {
	return head(networkKind+" "+cutVerb, fromKey, f.From, toKey, f.To, serviceKey, f.Service)
}

// Thing is the path.
func (f Distance) Thing() string {
	return head(networkKind+" "+distanceVerb, fromKey, f.From, toKey, f.To)
}

// Lasts is true.
func (RegionOut) Lasts() bool { return true }

// Lasts is true.
func (Cut) Lasts() bool { return true }

// Lasts is true.
func (Distance) Lasts() bool { return true }

// Validate looks at the service and at how it fails.
func (f RegionOut) Validate() error {
	err := checkPath(f.Service, f.How)
	if f.Region == "" {
		err = errors.Join(errors.New("the name of the region is missing"), err)
	}
	return invalid(f, err)
}

// Validate looks at the service and at how it fails.
func (f Cut) Validate() error {
	err := checkPath(f.Service, f.How)
	if f.From == "" && f.To == "" {
		err = errors.Join(errors.New("a cut of what? Give from, to, or both"), err)
	}
	return invalid(f, err)
}

// Validate wants both places, and a distance of up to MaxDistance.
func (f Distance) Validate() error {
	switch {
	case f.From == "" || f.To == "":
		return invalid(f, errors.New("a distance is between two places; give from and to"))
	case f.OneWay < 0 || f.OneWay > MaxDistance:
		return invalid(f, fmt.Errorf("%v is no distance; give one from 0s to %v, one way", f.OneWay, MaxDistance))
	}
	return nil
}

func checkPath(service string, how How) error {
	var errs []error
	if service != "" && !slices.Contains(services, service) {
		errs = append(errs, words.Unknown(serviceKey, service, services))
	}
	if !slices.Contains(hows, how) {
		errs = append(errs, words.Unknown("how it fails", string(how), hows))
	}
	return errors.Join(errs...)
}

// readRegion reads "region NAME out [service=SERVICE]: HOW".
func readRegion(p *phrase) (Fault, error) {
	if p.verb != outVerb {
		return nil, words.Unknown("fault of a region", p.verb, []string{outVerb})
	}
	return RegionOut{Region: p.name, Service: p.pairs[serviceKey], How: p.how()}, p.only(serviceKey)
}

// readNetwork reads "network cut [from=PLACE] [to=PLACE] [service=SERVICE]: HOW" and "network distance from=PLACE
// to=PLACE: TIME".
func readNetwork(p *phrase) (Fault, error) {
	from, to := p.pairs[fromKey], p.pairs[toKey]
	switch p.verb {
	case cutVerb:
		return Cut{From: from, To: to, Service: p.pairs[serviceKey], How: p.how()}, p.only(fromKey, toKey, serviceKey)
	case distanceVerb:
		oneWay, err := p.time()
		return Distance{From: from, To: to, OneWay: oneWay}, errors.Join(p.only(fromKey, toKey), err)
	}
	return nil, words.Unknown("fault of the network", p.verb, []string{cutVerb, distanceVerb})
}

// how is refuse where nothing else is said.
func (f *phrase) how() How {
	if f.value == nil {
		return Refuse
	}
	return How(f.word())
}
