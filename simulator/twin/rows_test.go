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
