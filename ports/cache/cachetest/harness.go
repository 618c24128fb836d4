package cachetest

import (
	"time"

	"tidemark/ports/cache"
	"tidemark/ports/internal/proof"
)

// T is what the proof speaks to; *testing.T is one.
type T = proof.T

// Trouble is what a fixture can put its cache into.
type Trouble uint8

// The troubles.
const (
	Well    Trouble = iota // the cache answers
	Down                   // it refuses connections
	Hanging                // it takes requests and does not answer
)

// String is the trouble's name.
func (t Trouble) String() string { return [...]string{"well", "down", "hanging"}[t] }

// Harness says how to make a cache and what it can do.
type Harness struct {
	// New makes an empty cache of its own with room for at least 8 MiB. Cleanup is T's.
	New func(t T) Fixture
	// Troubles says that the fixture has Set, Second that it has a second handle, Bounded that it has Used.
	Troubles, Second, Bounded bool
	// Slow is for a cache behind a network: fewer random runs.
	Slow bool
}

// Fixture is one cache.
type Fixture struct {
	Cache cache.Cache
	// Second is another handle on the same storage, as another process has it.
	Second cache.Cache
	// Pass lets time pass for the cache, by sleeping or by moving its clock.
	Pass func(time.Duration)
	// Set puts the cache into trouble, or out of it. It returns when that is so for the next call.
	Set func(Trouble)
	// Timeout bounds a call in trouble, by Now, with slack for a busy machine; zero leaves that unchecked, and Now
	// unused.
	Timeout time.Duration
	Now     func() time.Time
	// Used is how many bytes are kept, Room the most there may be.
	Used func() int
	Room int
}
