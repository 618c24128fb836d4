package edge

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// Options say what profile to run.
type Options struct {
	ID       string   // sent as X-Azure-FDID; made from Seed when empty
	Settings Settings // zero: DefaultSettings
	Origins  []Origin
	Sites    []Site
	Seed     uint64      // of the phases of the probes and of ID
	Observe  func(Event) // called one event at a time, in order; it may call anything but Close. nil: nobody looks
}

// Site is one place of the edge.
type Site struct {
	Name   string
	Listen string // host:port, port 0 is any; "127.0.0.1:0" when empty
	// for each origin the http or https URL under which this site reaches it: scheme, host and port
	Origins map[string]string
}

func (o Options) validate() error {
	_, err := NewView(o.Settings, o.Origins)
	errs := []error{err}
	if len(o.Sites) == 0 {
		errs = append(errs, errors.New("edge: no site: name at least one"))
	}
	seen := map[string]bool{}
	for _, s := range o.Sites {
		if s.Name == "" || seen[s.Name] {
			errs = append(errs, fmt.Errorf("edge: site %q: give each site a name of its own", s.Name))
		}
		seen[s.Name] = true
		errs = append(errs, s.validate(o.Origins))
	}
	return errors.Join(errs...)
}

func (s Site) validate(origins []Origin) error {
	var errs []error
	known := map[string]bool{}
	for _, o := range origins {
		known[o.Name] = true
		u, err := url.Parse(s.Origins[o.Name])
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || strings.Trim(u.Path, "/") != "" ||
			u.RawQuery != "" {
			errs = append(errs, fmt.Errorf("edge: site %q: address %q of origin %q: write http://host:port", s.Name,
				s.Origins[o.Name], o.Name))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Origins)) {
		if !known[name] {
			errs = append(errs, fmt.Errorf("edge: site %q has an address of %q, which is no origin: add it to the "+
				"origins", s.Name, name))
		}
	}
	return errors.Join(errs...)
}
