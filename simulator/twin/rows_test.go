package twin_test

import (
	"testing"
	"time"

	"tidemark/adapters/goruntime"
	"tidemark/ports/chunks/chunkstest"
	"tidemark/simulator/account"
	"tidemark/simulator/georep"
	"tidemark/simulator/twin"
)

// TestRowsProof: the rows of a twin keep the contract of the account's rows.
func TestRowsProof(t *testing.T) {
	chunkstest.Run(t, chunkstest.Harness{Second: true, New: func(p chunkstest.T) chunkstest.Fixture {
		s := goruntime.New()
		of := twin.NewStore(s)
		a, err := account.Open(account.Options{Name: "rows", Sched: s, Store: of,
			Geo: georep.Options{Primary: "east", Secondary: "west"}})
		if err != nil {
			p.Fatalf("%v", err)
		}
		p.Cleanup(a.Close)
		return chunkstest.Fixture{Store: twin.NewRows(s, a, of), Second: twin.NewRows(s, a, of),
			Resolution: georep.Resolution, Now: func() time.Time { return s.Now() }}
	}})
}

// TestSecondaryProof: the secondary of a twin gives what has been replicated, at first hand and through a path.
func TestSecondaryProof(t *testing.T) {
	for name, through := range map[string]bool{"at first hand": false, "through a path": true} {
		t.Run(name, func(t *testing.T) {
			chunkstest.RunSecondary(t, func(p chunkstest.T) chunkstest.Replicated {
				r := newRegion(goruntime.New(), p.Cleanup)
				r.account.Pause(georep.Scope{})
				f := chunkstest.Replicated{Store: r.ports.Rows, Secondary: r.ports.Secondary, Arrive: func() {
					r.account.Resume(georep.Scope{})
					if err := r.account.Drained(t.Context()); err != nil {
						p.Fatalf("%v", err)
					}
					r.account.Pause(georep.Scope{})
				}}
				if !through {
					f.Secondary = r.secondary
				}
				return f
			})
		})
	}
}
