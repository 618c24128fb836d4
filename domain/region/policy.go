package region

import (
	"cmp"
	"time"
)

// Policy is how soon a process believes that something is lost, and that it is back. A zero field stands for its
// default.
//
// Going down is fast, coming back is slow. A journal that refuses, resets or hangs is lost within two seconds of its
// first trouble, with or without traffic: one that nobody has heard of for three quarters of a second is asked, a
// second without an answer is enough, and one that fails is asked five times a second until it is lost. One that is
// away and back every ten seconds never stays long enough to count as back.
type Policy struct {
	Failures  int           // failures in a row, without an answer between them, ...
	Grace     time.Duration // ... over at least so long: the endpoint is lost
	Many      int           // so many in a row are enough, whatever the clock says
	Good      int           // answers that one that was lost gives, ...
	Probation time.Duration // ... over at least so long, before it is well
	Stay      time.Duration // how long a mode lasts at least before a better one
	Quiet     time.Duration // a journal that nobody has heard of for so long is asked
	Slow      time.Duration // the same of an account's endpoint: nothing in the foreground waits for its health
	Again     time.Duration // one of which nothing good is known, and that is not lost yet, is asked so often
	Stale     time.Duration // what was heard so long ago is not known any more
}

// The defaults.
const (
	DefaultFailures  = 3
	DefaultGrace     = 400 * time.Millisecond
	DefaultMany      = 100
	DefaultGood      = 3
	DefaultProbation = 15 * time.Second
	DefaultStay      = 15 * time.Second
	DefaultQuiet     = 750 * time.Millisecond
	DefaultSlow      = 5 * time.Second
	DefaultAgain     = 200 * time.Millisecond
	DefaultStale     = 30 * time.Second
)

// whole is the policy with its defaults.
func (p Policy) whole() Policy {
	return Policy{
		Failures:  cmp.Or(p.Failures, DefaultFailures),
		Grace:     cmp.Or(p.Grace, DefaultGrace),
		Many:      cmp.Or(p.Many, DefaultMany),
		Good:      cmp.Or(p.Good, DefaultGood),
		Probation: cmp.Or(p.Probation, DefaultProbation),
		Stay:      cmp.Or(p.Stay, DefaultStay),
		Quiet:     cmp.Or(p.Quiet, DefaultQuiet),
		Slow:      cmp.Or(p.Slow, DefaultSlow),
		Again:     cmp.Or(p.Again, DefaultAgain),
		Stale:     cmp.Or(p.Stale, DefaultStale),
	}
}
