// Package memory holds the twins of the adapters that keep everything in memory, and the scheduler that runs them on
// virtual time.
//
// Each twin passes the proof of its port. Their data lives in the value: several handles on one storage are the same
// value shared, a crash is to forget the handle and keep the value. They start nothing by themselves and wait only
// through the sched.Scheduler they are given: every operation begins and ends with Sleep(ctx, 0), a scheduling point
// where a real adapter would do I/O, so that under Sched the seed decides what overtakes what, between the request,
// the moment it is applied, and the answer.
//
// Sched is the deterministic scheduler: one actor at a time, virtual time, the seed picks who is next.
package memory
