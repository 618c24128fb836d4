package status

import (
	"time"

	"tidemark/domain/region"
)

// Pair is what a process with two journals knows of them beside their health.
type Pair struct {
	Far    region.Name      // where the other journal is
	Holds  func() bool      // whether both were read to name each other within the lease
	Even   func() time.Time // everything that was stored in either before it is in both; zero is not known
	Copied func() int       // blocks from one to the other so far, by this process
	Risk   *Risk
}

// PairReport is how two journals are to each other, as this process knows. Copied is of all tenants.
type PairReport struct {
	Holds  bool      // while it does not, nothing is acknowledged as both
	Even   time.Time // zero where no sweep has found it that this process knows of
	Age    time.Duration
	Copied int
}

// report is what is known now. behind tells how long ago a time is.
func (p *Pair) report(behind func(time.Time) time.Duration) *PairReport {
	r := &PairReport{Holds: p.Holds(), Even: p.Even(), Copied: p.Copied()}
	if !r.Even.IsZero() {
		r.Age = behind(r.Even)
	}
	return r
}
