package topology

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"tidemark/simulator/gateway"
	"tidemark/simulator/georep"
	"tidemark/simulator/inject"
	"tidemark/simulator/network"
)

// wrong is a fault of a topology at a path of it, as $.accounts[0].lag.
type wrong struct{ path, text string }

// checker gathers what is wrong.
type checker struct {
	regions []string
	found   []wrong
}

func (k *checker) need(ok bool, path, format string, args ...any) {
	if !ok {
		k.found = append(k.found, wrong{path, fmt.Sprintf(format, args...)})
	}
}

// Validate says what is wrong with a topology that was made in Go.
func (c Config) Validate() error {
	var all []error
	for _, w := range c.complete().check() {
		all = append(all, fmt.Errorf("%s: %s", strings.TrimPrefix(w.path, "$."), w.text))
	}
	return errors.Join(all...)
}

// check lists what is wrong with a complete topology.
func (c Config) check() []wrong {
	k := &checker{}
	for i, r := range c.Regions {
		k.region(fmt.Sprintf("$.regions[%d]", i), r, c.Host)
		k.regions = append(k.regions, r.Name)
	}
	k.ports("$.outside", c.Outside)
	k.need(c.Outside.Redis == 0, "$.outside.redis", "a Redis is reached from within its region: set ports.redis of "+
		"the region")
	for i, d := range c.Distances {
		k.distance(fmt.Sprintf("$.distances[%d]", i), d)
	}
	k.need(c.Jitter >= 0 && c.Jitter <= 10, "$.jitter", "jitter is %v: write a share of the distance, 0 to 10",
		c.Jitter)
	k.accounts(c.Accounts)
	k.need(c.Targets.Account >= 0, "$.targets.account", "targets.account is %v: write rows a second, 0 for no limit",
		c.Targets.Account)
	k.need(c.Targets.Partition >= 0, "$.targets.partition",
		"targets.partition is %v: write rows a second, 0 for no limit", c.Targets.Partition)
	k.need(c.Queries.Comparisons >= 0, "$.queries.comparisons",
		"queries.comparisons is %d: write how many a filter may have, 0 for no limit", c.Queries.Comparisons)
	_, err := gateway.ParsePages(c.Queries.Pages)
	k.need(err == nil, "$.queries.pages", "queries.%v", err)
	for i, text := range c.Faults {
		_, err := inject.ParseRule(text)
		if err != nil {
			k.need(false, fmt.Sprintf("$.faults[%d]", i), "%s", Plain(err))
		}
	}
	for i, o := range c.Outages {
		k.outage(fmt.Sprintf("$.outages[%d]", i), o)
	}
	if c.Edge != nil {
		k.edge(*c.Edge)
	}
	if c.Control.Listen != "" {
		k.listen("$.control.listen", c.Control.Listen)
	}
	k.twice(c)
	return k.found
}

var regionName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,30}$`)

func (k *checker) region(path string, r Region, host string) {
	k.need(regionName.MatchString(r.Name), path+".name",
		"region %q: write a name of lower-case letters, digits and hyphens that begins with a letter", r.Name)
	k.need(r.Name != string(network.Outside), path+".name",
		"%q is the place of callers that are in no region: name the region otherwise", r.Name)
	k.need(!slices.Contains(k.regions, r.Name), path+".name", "region %q is there twice: give each a name of its own",
		r.Name)
	k.ports(path+".ports", r.Ports)
	switch b := r.Azurite; b.Mode {
	case modeProcess, modeContainer:
	case modeAttach:
		k.address(path+".azurite.table", "azurite.table", b.Table)
		k.address(path+".azurite.queue", "azurite.queue", b.Queue)
	default:
		k.need(false, path+".azurite", "azurite is %q: %s", b.Mode, backendForms)
	}
	if r.Redis != modeProcess && r.Redis != modeNone {
		_, port, err := net.SplitHostPort(r.Redis)
		k.need(err == nil && port != "" && port != "0", path+".redis",
			"redis is %q: write process, none, or HOST:PORT of one that runs already", r.Redis)
	}
}

func (k *checker) address(path, what, text string) {
	u, err := url.Parse(text)
	k.need(err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && strings.Trim(u.Path, "/") == "",
		path,
		"%s is %q: write the address of the service without account, as http://127.0.0.1:10002", what, text)
}

func (k *checker) ports(path string, p Ports) {
	for name, port := range map[string]int{"table": p.Table, "queue": p.Queue, "redis": p.Redis} {
		k.need(port >= 0 && port < 1<<16, path+"."+name, "port %d: write 0 (a free one) to 65535", port)
	}
}

func (k *checker) listen(path, text string) {
	_, port, err := net.SplitHostPort(text)
	n, bad := strconv.Atoi(port)
	k.need(err == nil && bad == nil && n >= 0 && n < 1<<16, path,
		"%q is no address: write HOST:PORT, as 127.0.0.1:0 for a free port", text)
}

// knownRegion wants the name of a region.
func (k *checker) knownRegion(path, name string) bool {
	ok := slices.Contains(k.regions, name)
	k.need(ok, path, "there is no region %q: the regions are %s", name, strings.Join(k.regions, ", "))
	return ok
}

// place wants a region or outside.
func (k *checker) place(path, name string) {
	k.need(name == string(network.Outside) || slices.Contains(k.regions, name), path,
		"there is no place %q: write one of %s, %s", name, strings.Join(k.regions, ", "), network.Outside)
}

func (k *checker) distance(path string, d Distance) {
	k.place(path+".from", d.From)
	k.place(path+".to", d.To)
	k.need(d.From != d.To, path+".to", "from and to are both %q: write two places", d.To)
	k.need(d.OneWay == 0 || d.RTT == 0, path+".rtt", "give oneWay or rtt, not both")
	k.need(d.OneWay >= 0 && d.OneWay <= network.MaxDistance, path+".oneWay",
		"oneWay is %s: write a duration from 0s to %s", d.OneWay, network.MaxDistance)
	k.need(d.RTT >= 0 && d.RTT <= 2*network.MaxDistance, path+".rtt", "rtt is %s: write a duration from 0s to %s",
		d.RTT, 2*network.MaxDistance)
}

var accountName = regexp.MustCompile(`^[a-z0-9]{3,24}$`)

func (k *checker) accounts(all []Account) {
	names := map[string]bool{}
	for i, a := range all {
		path := fmt.Sprintf("$.accounts[%d]", i)
		k.need(accountName.MatchString(a.Name), path+".name", "account %q: write 3 to 24 lower-case letters and digits",
			a.Name)
		k.need(!names[a.Name], path+".name", "account %q is there twice: give each a name of its own", a.Name)
		names[a.Name] = true
		key, err := base64.StdEncoding.DecodeString(a.Key)
		k.need(err == nil && len(key) > 0, path+".key",
			"the key is not base64: leave it out, or write one as `openssl rand -base64 64` makes it")
		k.account(path, a)
	}
}

func (k *checker) account(path string, a Account) {
	switch {
	case a.Region != "":
		k.need(a.Primary == "" && a.Secondary == "", path,
			"account %s has a region, and primary or secondary: write region for a local account, primary and "+
				"secondary for a geo-redundant one", a.Name)
		k.knownRegion(path+".region", a.Region)
		k.need(a.Lag == "none" && len(a.Lags) == 0, path+".lag",
			"account %s is local to %s and does not replicate: leave lag and lags out", a.Name, a.Region)
	case a.Primary == "":
		k.need(false, path, "account %s has no place: write region for a local account, primary and secondary for a "+
			"geo-redundant one", a.Name)
	default:
		k.knownRegion(path+".primary", a.Primary)
		k.need(a.Secondary != "", path, "account %s has no secondary: write one, or region instead of primary for a "+
			"local account", a.Name)
		if a.Secondary != "" && k.knownRegion(path+".secondary", a.Secondary) {
			k.need(a.Secondary != a.Primary, path+".secondary",
				"primary and secondary of account %s are both in %s: write two regions", a.Name, a.Primary)
		}
	}
	k.lag(path+".lag", a.Lag)
	for i, l := range a.Lags {
		k.scopedLag(fmt.Sprintf("%s.lags[%d]", path, i), l)
	}
	k.need(a.MaxBacklog >= 0, path+".maxBacklog", "maxBacklog is %d: write a number of writes, 0 for no bound",
		a.MaxBacklog)
	k.need(a.CopyRate >= 0, path+".copyRate", "copyRate is %v: write rows a second, 0 for no bound", a.CopyRate)
	for name, d := range map[string]time.Duration{"announce": a.Windows.Announce, "down": a.Windows.Down,
		"complete": a.Windows.Complete, "giveUp": a.Windows.GiveUp} {
		k.need(d >= 0, path+".windows."+name, "windows.%s is %s: a window is not below zero", name, d)
	}
}

func (k *checker) lag(path, text string) {
	_, err := georep.ParseLag(text)
	k.need(err == nil, path, "%v", err)
}

func (k *checker) scopedLag(path string, l ScopedLag) {
	k.need(l.Service == "" || l.Service == string(georep.Table) || l.Service == string(georep.Queue), path+".service",
		"service is %q: write table or queue", l.Service)
	k.need(l.Table == "" || l.Queue == "", path, "a lag is for a table or for a queue: write two")
	k.need(l.Partition == "" || l.Table != "", path+".partition", "a partition is one of a table: name the table too")
	k.need(l.Service != "" || l.Table != "" || l.Queue != "", path,
		"this lag is for the whole account: write it as the account's lag, or name a service, table or queue")
	k.lag(path+".lag", l.Lag)
}

// Parts are the parts of a region that an outage may name.
var parts = []string{string(network.Table), string(network.Queue), string(network.Redis), string(network.Compute)}

func (k *checker) outage(path string, o Outage) {
	if o.Region != "" {
		k.knownRegion(path+".region", o.Region)
		k.need(o.From == "" && o.To == "", path, "an outage is of a region, or from one place to another: leave "+
			"region out, or from and to")
	} else {
		k.need(o.From != "" || o.To != "", path, "an outage of what? Write region, or from and to")
	}
	if o.From != "" {
		k.place(path+".from", o.From)
	}
	if o.To != "" {
		k.place(path+".to", o.To)
	}
	for i, p := range o.Parts {
		k.need(slices.Contains(parts, p), fmt.Sprintf("%s.parts[%d]", path, i), "there is no part %q: the parts are %s",
			p, strings.Join(parts, ", "))
	}
	k.need(o.Fault == "" || slices.Contains(inject.Hows(), inject.How(o.Fault)), path+".fault",
		"there is no fault %q: write %s", o.Fault, joined(inject.Hows()))
}

func joined[T ~string](words []T) string {
	texts := make([]string, len(words))
	for i, w := range words {
		texts[i] = string(w)
	}
	return strings.Join(texts, ", ")
}

func (k *checker) edge(e Edge) {
	sites, origins := map[string]bool{}, map[string]bool{}
	for i, s := range e.Sites {
		path := fmt.Sprintf("$.edge.sites[%d]", i)
		k.need(regionName.MatchString(s.Name), path+".name",
			"site %q: write a name of lower-case letters, digits and hyphens that begins with a letter", s.Name)
		k.need(!sites[s.Name], path+".name", "site %q is there twice: give each a name of its own", s.Name)
		sites[s.Name] = true
		if s.Listen != "" {
			k.listen(path+".listen", s.Listen)
		}
	}
	if err := e.Probe.settings().Validate(); err != nil {
		k.need(false, "$.edge.probe", "%s", Plain(err))
	}
	k.need(len(e.Origins) > 0, "$.edge", "the edge has no origins: write at least one, or leave the edge out")
	for i, o := range e.Origins {
		path := fmt.Sprintf("$.edge.origins[%d]", i)
		k.need(regionName.MatchString(o.Name), path+".name",
			"origin %q: write a name of lower-case letters, digits and hyphens that begins with a letter", o.Name)
		k.need(!origins[o.Name], path+".name", "origin %q is there twice: give each a name of its own", o.Name)
		origins[o.Name] = true
		k.knownRegion(path+".region", o.Region)
		if o.Target != "" {
			k.listen(path+".target", o.Target)
		}
		k.need(o.Priority >= 0 && o.Priority <= 5, path+".priority", "priority is %d: write 1 (first) to 5", o.Priority)
		k.need(o.Weight >= 0 && o.Weight <= 1000, path+".weight", "weight is %d: write 1 to 1000", o.Weight)
	}
}

// twice finds ports that two listeners of the topology want.
func (k *checker) twice(c Config) {
	wanted := map[string]string{}
	claim := func(path, host string, port int) {
		if port == 0 {
			return
		}
		address := net.JoinHostPort(host, strconv.Itoa(port))
		k.need(wanted[address] == "", path, "port %d is that of %s already: write another, or 0 for a free one", port,
			strings.TrimPrefix(wanted[address], "$."))
		wanted[address] = path
	}
	for i, r := range c.Regions {
		path := fmt.Sprintf("$.regions[%d].ports", i)
		claim(path+".table", c.Host, r.Ports.Table)
		claim(path+".queue", c.Host, r.Ports.Queue)
		claim(path+".redis", c.Host, r.Ports.Redis)
	}
	claim("$.outside.table", c.Host, c.Outside.Table)
	claim("$.outside.queue", c.Host, c.Outside.Queue)
	text := func(path, listen string) {
		host, port, err := net.SplitHostPort(listen)
		if n, bad := strconv.Atoi(port); err == nil && bad == nil {
			claim(path, host, n)
		}
	}
	text("$.control.listen", c.Control.Listen)
	if c.Edge != nil {
		for i, s := range c.Edge.Sites {
			text(fmt.Sprintf("$.edge.sites[%d].listen", i), s.Listen)
		}
	}
}
