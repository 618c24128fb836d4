// Package edge is a layer-7 load balancer with the probe and routing rules of Azure Front Door (Standard and
// Premium): several edge sites, each with its own listener, its own probes and its own view of which origin is
// healthy.
//
// The rules are pure: View is what one site believes, Schedule when it probes; time is in the arguments. Start runs
// sites on them. Sources are named by title, as shared/reference/azure.md section 5 has them:
//
//   - [Health probes], 2025-01-29: each edge location probes each origin; HEAD unless configured; only 200 counts; a
//     new connection for each probe; latency runs to the last byte; healthy when at least SuccessfulSamples of the
//     last SampleSize probes succeed; when all are unhealthy, round robin over all of them.
//   - [Traffic routing methods to origin]: enabled and healthy, then the lowest priority, then all within
//     AdditionalLatency of the fastest, then round robin in the ratio of the weights.
//   - [Protocol support for HTTP headers]: what is added to a request and what is taken from it.
//   - Retries: Microsoft's pull request 128720 to azure-docs (2026-08-19): when no TCP connection comes about, or
//     the origin closes it before a whole response header, the request is tried again at another eligible origin,
//     even if probes call the first healthy.
//
// # How fast a site switches
//
// Let n be SampleSize, x SuccessfulSamples, I Interval, T Timeout. An origin whose window is all successes becomes
// unhealthy with its f-th failure, f = n-x+1. Its probes begin on a grid of width I, whose phase is the site's own,
// so the first that begins after an outage begins within I of it. A failing probe takes up to T (a hanging origin),
// and a probe in flight when the outage begins (it began at most T before) may fail already. So from the outage to
// the switch it is
//
//	at least (f-1)·I - T and at most f·I + T          (Settings.Detection)
//
// With the defaults (4, 3, 30 s, 5 s): 25 s to 65 s; 30 s to 60 s when probes fail at once and good ones take no
// time. An origin whose window is all failures becomes healthy with its x-th success, which is
//
//	at least (x-1)·I - T and at most x·I + T          (Settings.Restoration)
//
// after the origin is back: 55 s to 95 s. Sites differ only in phase, so over many sites both times are spread
// evenly. What is not in the bounds: an origin that failed probes before the outage is lost sooner, and one that
// comes back before its window is all failures returns sooner.
//
// # Flapping
//
// The rules have no damping: an origin's health can change with each of its probes, once per Interval, and no
// oftener. Call it flapping when a site that faces a square wave of an origin (down for a share of each period)
// leaves it more than once. Probes lie on a grid, so when the period divides n·I each sample equals the one that it
// pushes out of the window: once the window is full its count stays as it is, and the site has left for good, or not
// at all, within n·I. With the defaults n·I is 120 s, so a wave of 10 s, read as 10 s of period or 10 s of half
// period, makes no site flap; it leaves at most once and comes back after the wave. Other periods do flap: by beating
// with the grid (11 s, 28 s) or because they are slow enough to be seen (150 s and more). docs/edge.md has the table.
//
// [Health probes]: https://learn.microsoft.com/azure/frontdoor/health-probes
// [Traffic routing methods to origin]: https://learn.microsoft.com/azure/frontdoor/routing-methods
// [Protocol support for HTTP headers]: https://learn.microsoft.com/azure/frontdoor/front-door-http-headers-protocol
package edge
