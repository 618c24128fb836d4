package edge

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Retry says when a request that failed at one origin is tried at another.
type Retry string

// The retries. RetryHeader is what Front Door does, as far as a proxy that holds no body can: see Settings.Retry.
const (
	RetryNever   Retry = "never"
	RetryConnect Retry = "connect" // no connection came about
	RetryHeader  Retry = "header"  // that, or the connection ended before a whole response header
)

// Settings are those of an origin group. The zero Settings stand for DefaultSettings; in others every field counts,
// so change a copy of the defaults.
type Settings struct {
	Method            string        // of a probe: HEAD or GET
	Path              string        // of a probe, with its query if it has one
	Interval          time.Duration // between the beginnings of two probes of one site and origin; 5 s to 31,536,000 s
	Timeout           time.Duration // of a probe, at most Interval. The service's own is not documented; 5 s is a guess
	SampleSize        int           // how many of the last probes count; 1 to 255
	SuccessfulSamples int           // how many of them must have succeeded; 1 to SampleSize
	AdditionalLatency time.Duration // how much slower than the fastest an origin may be to get traffic too; 0 to 1 s
	// a site without a request for an Interval makes only every IdleEvery-th probe; 0 and 1 turn that off
	IdleEvery int

	// Retry at another eligible origin, each origin once. A request of which something may have been sent is only
	// repeated when its method is safe (GET, HEAD, OPTIONS, TRACE) and it has no body: the service's description
	// makes no such difference, but a write that is applied twice because of the simulator would be the simulator's
	// fault. A timeout is never retried.
	Retry Retry
	// for the origin to take the request, and then to begin its answer; 504 after it; 16 s to 240 s
	OriginTimeout time.Duration
	// between two pieces of an answer; the connection to the client breaks after it. The service's is 30 s, fixed
	StreamIdle time.Duration
	// lets Interval and OriginTimeout be below the service's ranges, down to 1 ms: a test has no minute to wait
	Fast bool
}

// DefaultSettings are those of Front Door Standard and Premium: HEAD / every 30 s (Health probes), 3 of 4 samples and
// 50 ms (azurerm_cdn_frontdoor_origin_group), 30 s for the answer (Troubleshoot Azure Front Door common issues) and
// between its pieces (Azure Front Door limits).
func DefaultSettings() Settings {
	return Settings{
		Method: http.MethodHead, Path: "/", Interval: 30 * time.Second, Timeout: 5 * time.Second,
		SampleSize: 4, SuccessfulSamples: 3, AdditionalLatency: 50 * time.Millisecond,
		Retry: RetryHeader, OriginTimeout: 30 * time.Second, StreamIdle: 30 * time.Second,
	}
}

// failures is how many failures in a window make an origin unhealthy.
func (s Settings) failures() int { return s.SampleSize - s.SuccessfulSamples + 1 }

// Detection is how long after an outage of an origin whose samples were all good a site stops choosing it: not before
// least, not after most. The package's documentation derives it.
func (s Settings) Detection() (least, most time.Duration) {
	f := time.Duration(s.failures())
	return max(0, (f-1)*s.Interval-s.Timeout), f*s.Interval + s.Timeout
}

// Restoration is how long after the end of an outage that filled the window a site chooses the origin again.
func (s Settings) Restoration() (least, most time.Duration) {
	x := time.Duration(s.SuccessfulSamples)
	return max(0, (x-1)*s.Interval-s.Timeout), x*s.Interval + s.Timeout
}

// Validate names all settings that are out of range, with the range.
func (s Settings) Validate() error {
	least, first := 5*time.Second, 16*time.Second
	remedy := " (the service's range; set fast to go below it)"
	if s.Fast {
		least, first, remedy = time.Millisecond, time.Millisecond, ""
	}
	var errs []error
	wrong := func(bad bool, format string, args ...any) {
		if bad {
			errs = append(errs, fmt.Errorf("edge: "+format, args...))
		}
	}
	wrong(s.Method != http.MethodHead && s.Method != http.MethodGet, "probe method %q: write HEAD or GET", s.Method)
	_, unreadable := url.ParseRequestURI(s.Path)
	wrong(unreadable != nil || !strings.HasPrefix(s.Path, "/"),
		"probe path %q: begin it with /, and escape it as a URL", s.Path)
	wrong(s.Interval < least || s.Interval > 31_536_000*time.Second, "probe interval %v: from %v to 31536000s%s",
		s.Interval, least, remedy)
	wrong(s.Timeout <= 0 || s.Timeout > s.Interval, "probe timeout %v: above 0 and at most the interval, %v", s.Timeout,
		s.Interval)
	wrong(s.SampleSize < 1 || s.SampleSize > 255, "sample size %d: from 1 to 255", s.SampleSize)
	wrong(s.SuccessfulSamples < 1 || s.SuccessfulSamples > s.SampleSize,
		"successful samples %d: from 1 to the sample size, %d", s.SuccessfulSamples, s.SampleSize)
	wrong(s.AdditionalLatency < 0 || s.AdditionalLatency > time.Second, "additional latency %v: from 0 to 1s",
		s.AdditionalLatency)
	wrong(s.IdleEvery < 0, "probes of idle sites, every %d: 0 turns it off, or at least 2", s.IdleEvery)
	wrong(s.Retry != RetryNever && s.Retry != RetryConnect && s.Retry != RetryHeader,
		"retry %q: write never, connect or header", s.Retry)
	wrong(s.OriginTimeout < first || s.OriginTimeout > 240*time.Second, "origin timeout %v: from %v to 240s%s",
		s.OriginTimeout, first, remedy)
	wrong(s.StreamIdle <= 0, "idle time of a stream %v: above 0; the service's is 30s", s.StreamIdle)
	return errors.Join(errs...)
}

// Origin is one of a group. Its address is each site's own: Site.Origins.
type Origin struct {
	Name     string
	Priority int  // 1 to 5, the lowest first; 0 stands for 1
	Weight   int  // 1 to 1000; 0 stands for 50
	Disabled bool // gets neither requests nor probes
}

func (o Origin) withDefaults() Origin {
	if o.Priority == 0 {
		o.Priority = 1
	}
	if o.Weight == 0 {
		o.Weight = 50
	}
	return o
}

// Validate checks the ranges of Traffic routing methods to origin.
func (o Origin) Validate() error {
	o = o.withDefaults()
	var errs []error
	if o.Name == "" {
		errs = append(errs, errors.New("edge: an origin has no name: give it one, for instance its region's"))
	}
	if o.Priority < 1 || o.Priority > 5 {
		errs = append(errs, fmt.Errorf("edge: origin %q: priority %d: from 1 to 5", o.Name, o.Priority))
	}
	if o.Weight < 1 || o.Weight > 1000 {
		errs = append(errs, fmt.Errorf("edge: origin %q: weight %d: from 1 to 1000", o.Name, o.Weight))
	}
	return errors.Join(errs...)
}
