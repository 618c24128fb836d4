// Package traffic is clients of the service that note what they ask and are told (simulator/history).
//
// A Service is the program as one node shows it, in this process over its use cases, or over HTTP (traffic/overhttp).
// A Client does one thing after another: what, its Next draws. Fresh writes readings that nobody wrote before, and
// numbers them by their values; Again asks the same questions; Work writes, deletes, reads and watches the latest
// reading of a bounded lot of series, without regard to anybody else. A Crew is clients side by side. All of them note
// in one Log, in the order in which things happen.
//
// The clients know time and concurrency through ports/sched alone: the same run on virtual time, where a seed picks
// who comes next, and on real time.
//
// An end follows the terms of a history: done is what was answered well; refused is what was certainly not done, now
// or later; everything else, a time-out above all, is unknown.
package traffic
