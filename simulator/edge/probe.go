package edge

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// probeHeader bounds the header of a probe's answer, and probeBody its body, of which we read all (Azure Front Door
// limits: 4,096 bytes of header; the body is ours).
const (
	probeHeader = 4096
	probeBody   = 1 << 20
)

// watch probes one origin until the context ends.
func (s *site) watch(ctx context.Context, name string, o *origin) {
	s.mu.Lock()
	last := s.started.Add(-1)
	s.mu.Unlock()
	for {
		s.mu.Lock()
		settings, changed := s.view.settings, s.changed
		grid := Schedule{Start: s.started, Phase: time.Duration(o.phase * float64(settings.Interval)),
			Interval: settings.Interval}
		s.mu.Unlock()
		// A probe may end when the next is already due. That one is made at once; only what a suspended machine
		// missed is left out.
		if now := time.Now(); now.Sub(last) > 2*settings.Interval {
			last = now
		}
		begin, k := grid.Next(last)
		timer := time.NewTimer(time.Until(begin))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-changed:
			timer.Stop()
			continue
		case <-timer.C:
		}
		last = begin
		if !s.due(name, o, k) {
			continue
		}
		sample := s.ask(ctx, settings, o.address)
		if ctx.Err() != nil {
			return
		}
		s.sampled(name, o, sample)
	}
}

// due says whether probe k is made. A site without requests since the last probe is idle, and the service probes from
// there "decreased from the configured frequency" (Health probes), without a number.
func (s *site) due(name string, o *origin, k int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	idle := s.requests == o.asked
	o.asked = s.requests
	every := int64(s.view.settings.IdleEvery)
	return !s.view.member(name).Disabled && (!idle || every < 2 || k%every == 0)
}

func (s *site) sampled(name string, o *origin, sample Sample) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o.counts.Probes++
	if !sample.OK {
		o.counts.ProbesFailed++
	}
	s.tell(s.view.Sampled(name, sample))
}

// ask makes one probe, over a connection of its own, to the last byte.
func (s *site) ask(ctx context.Context, settings Settings, address *url.URL) Sample {
	ctx, cancel := context.WithTimeout(ctx, settings.Timeout)
	defer cancel()
	began := time.Now()
	err := s.get(ctx, settings, address)
	sample := Sample{Began: began, Took: time.Since(began), OK: err == nil}
	if err != nil {
		sample.Why = err.Error()
		if ctx.Err() != nil {
			sample.Why = fmt.Sprintf("no whole answer within %v", settings.Timeout)
		}
	}
	return sample
}

// get is a probe's request. A transport follows no redirect, so a 301 is what it is: no 200.
func (s *site) get(ctx context.Context, settings Settings, address *url.URL) error {
	path, err := url.ParseRequestURI(settings.Path)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, settings.Method, address.ResolveReference(path).String(), nil)
	if err != nil {
		return err
	}
	r.Header.Set("User-Agent", "Edge Health Probe")
	r.Header.Set("X-FD-HealthProbe", "1")
	r.Header.Set("X-Azure-FDID", s.id)
	transport := &http.Transport{
		DialContext: s.dial(settings.Timeout), DisableKeepAlives: true, DisableCompression: true,
		MaxResponseHeaderBytes: probeHeader,
	}
	answer, err := transport.RoundTrip(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d, and only 200 is healthy", answer.StatusCode)
	}
	_, err = io.Copy(io.Discard, io.LimitReader(answer.Body, probeBody))
	return err
}
