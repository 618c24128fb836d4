// Package compose puts the program together: it reads nothing and decides nothing, it joins. It is the only place
// that knows fx.
//
// One file a part (storage, cache, uses, work, http, signals, logging); parts lists them. What a process stands on (an
// open store, its identity, the key that signs cursors) is found before anything is wired, so that constructors do no
// I/O and a store that was never initialised stops the program with a sentence instead of a stack of constructors.
//
// A node stops in this order, each step with a deadline of its own: readiness goes off; the HTTP server finishes what
// it has; the writer answers what it accepted and ends its streams; the worker finishes; caches and stores close;
// traces are flushed. Nothing that was acknowledged depends on any of it.
package compose
