package edge

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Kind is what happened.
type Kind string

// The kinds of events. Switched means that the origins that probes let a site choose, by health and priority, became
// others; a latency that wanders out of its band, or a retry, is no switch.
const (
	ProbeFailed Kind = "probe-failed"
	Unhealthy   Kind = "unhealthy"
	Healthy     Kind = "healthy"
	Switched    Kind = "switched"
	Configured  Kind = "configured"
)

// Event is something that happened at one site.
type Event struct {
	At     time.Time
	Site   string
	Kind   Kind
	Origin string   // of all but Switched
	From   []string // of Switched
	To     []string
	Detail string
}

// View is what one site believes of its origins, and how it chooses among them. It is pure, a value of arguments, and
// not safe for concurrent use.
type View struct {
	group
	targets []string
}

// NewView begins with all origins healthy (see window.healthy).
func NewView(s Settings, origins []Origin) (*View, error) {
	if s == (Settings{}) {
		s = DefaultSettings()
	}
	errs := []error{s.Validate()}
	v := &View{group: group{settings: s}}
	for _, o := range origins {
		errs = append(errs, o.Validate())
		if v.member(o.Name) != nil {
			errs = append(errs, fmt.Errorf("edge: two origins are named %q: rename one", o.Name))
		}
		v.origins = append(v.origins, &member{Origin: o.withDefaults()})
	}
	if len(origins) == 0 {
		errs = append(errs, errors.New("edge: no origin: name at least one"))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	v.targets = v.Targets()
	return v, nil
}

// Sampled takes the result of a probe. What it says happened when the probe ended. A sample of an origin that is
// disabled, or unknown, is dropped.
func (v *View) Sampled(name string, s Sample) []Event {
	m := v.member(name)
	if m == nil || m.Disabled {
		return nil
	}
	var events []Event
	if !s.OK {
		events = append(events, Event{At: s.Ended(), Kind: ProbeFailed, Origin: name, Detail: s.Why})
	}
	before := m.window.healthy(v.settings)
	m.window = m.window.add(s, v.settings.SampleSize)
	if after := m.window.healthy(v.settings); after != before {
		kind := Unhealthy
		if after {
			kind = Healthy
		}
		events = append(events, Event{At: s.Ended(), Kind: kind, Origin: name})
	}
	return append(events, v.moved(s.Ended())...)
}

// Set changes an origin. One that was disabled starts anew, without samples.
func (v *View) Set(o Origin, now time.Time) ([]Event, error) {
	m := v.member(o.Name)
	if m == nil {
		return nil, fmt.Errorf("edge: no origin %q: there are %s", o.Name, strings.Join(v.names(), ", "))
	}
	if err := o.Validate(); err != nil {
		return nil, err
	}
	o = o.withDefaults()
	if o.Disabled {
		m.window = nil
	}
	m.Origin = o
	detail := fmt.Sprintf("priority %d, weight %d", o.Priority, o.Weight)
	if o.Disabled {
		detail = "disabled"
	}
	v.forget()
	return append([]Event{{At: now, Kind: Configured, Origin: o.Name, Detail: detail}}, v.moved(now)...), nil
}

// Tune changes the settings. The samples that are there are judged by the new ones.
func (v *View) Tune(s Settings, now time.Time) ([]Event, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	v.settings = s
	for _, m := range v.origins {
		m.window = m.window[max(0, len(m.window)-s.SampleSize):]
	}
	v.forget()
	return append([]Event{{At: now, Kind: Configured, Detail: "settings"}}, v.moved(now)...), nil
}

func (v *View) moved(now time.Time) []Event {
	from, to := v.targets, v.Targets()
	if slices.Equal(from, to) {
		return nil
	}
	v.targets = to
	return []Event{{At: now, Kind: Switched, From: from, To: to}}
}
