package aztable_test

import (
	"testing"
	"time"

	"tidemark/adapters/aztable"
	"tidemark/adapters/internal/azkit/azkittest"
	"tidemark/ports/chunks/chunkstest"
	"tidemark/simulator/azurite"
	"tidemark/simulator/azurite/azuritetest"
)

// open makes a client of its own for an account, its transport faulty on demand.
func open(t testing.TB, s *azurite.Server, a azurite.Account) (*aztable.Client, *azkittest.Transport) {
	t.Helper()
	f := &azkittest.Transport{}
	c, err := aztable.Open(aztable.Config{
		URL: s.TableURL(a.Name), Account: a.Name, Key: a.Key, Replication: aztable.Local,
		TryTimeout: 20 * time.Second, // the machine is shared and Azurite is slow
		Wrap:       f.Wrap,
	})
	if err != nil {
		t.Fatal(err)
	}
	return c, f
}

func TestRows(t *testing.T) {
	t.Parallel()
	chunkstest.Run(t, chunkstest.Harness{
		Faults: true, Second: true, Slow: true,
		New: func(chunkstest.T) chunkstest.Fixture {
			s, a := azuritetest.Account(t)
			one, f := open(t, s, a)
			two, _ := open(t, s, a)
			return chunkstest.Fixture{
				Store: one.Rows(), Second: two.Rows(), Resolution: time.Second,
				Arm: func(kind chunkstest.Fault) { f.Arm(kind, 0) },
			}
		},
	})
}
