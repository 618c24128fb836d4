package aztable_test

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tidemark/adapters/aztable"
	"tidemark/adapters/internal/azkit/azkittest"
	"tidemark/ports/chunks/chunkstest"
	"tidemark/ports/journal/journaltest"
	"tidemark/simulator/azurite"
	"tidemark/simulator/azurite/azuritetest"
	"tidemark/simulator/gateway"
	"tidemark/simulator/georep"
	"tidemark/simulator/network"
)

// paged stands in front of the shared Azurite and pages as the service may: pages end where partitions do, after few
// rows, and come empty with a token.
func paged(t testing.TB) (url string, a azurite.Account) {
	t.Helper()
	s, a := azuritetest.Account(t)
	drawn, err := gateway.ParsePages("drawn")
	if err != nil {
		t.Fatal(err)
	}
	store := gateway.Store{Table: strings.TrimSuffix(s.TableURL(a.Name), "/"+a.Name),
		Queue: strings.TrimSuffix(s.QueueURL(a.Name), "/"+a.Name)}
	g, err := gateway.New(gateway.Options{Stores: map[georep.Region]gateway.Store{"east": store}, Pages: drawn,
		Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.AddAccount(gateway.AccountOptions{Name: a.Name, Key: a.Key,
		Geo: georep.Options{Primary: "east"}}); err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(g.Handler(network.Outside, georep.Table))
	t.Cleanup(func() {
		front.Close()
		if err := g.Close(); err != nil {
			t.Errorf("close the gateway: %v", err)
		}
	})
	return front.URL + "/" + a.Name, a
}

func openAt(t testing.TB, url string, a azurite.Account) (*aztable.Client, *azkittest.Transport) {
	t.Helper()
	f := &azkittest.Transport{}
	c, err := aztable.Open(aztable.Config{URL: url, Account: a.Name, Key: a.Key, Replication: aztable.Local,
		TryTimeout: 20 * time.Second, Wrap: f.Wrap})
	if err != nil {
		t.Fatal(err)
	}
	return c, f
}

// TestRowsInPages and TestJournalInPages run the proofs against storage that pages as the service may.
func TestRowsInPages(t *testing.T) {
	t.Parallel()
	chunkstest.Run(t, chunkstest.Harness{
		Faults: true, Second: true, Slow: true,
		New: func(chunkstest.T) chunkstest.Fixture {
			url, a := paged(t)
			one, f := openAt(t, url, a)
			two, _ := openAt(t, url, a)
			return chunkstest.Fixture{Store: one.Rows(), Second: two.Rows(), Resolution: time.Second,
				Arm: func(kind chunkstest.Fault) { f.Arm(kind, 0) }}
		},
	})
}

func TestJournalInPages(t *testing.T) {
	t.Parallel()
	journaltest.Run(t, journaltest.Harness{
		Faults: true, Second: true, Slow: true, Resolution: time.Second,
		New: func(journaltest.T) journaltest.Fixture {
			url, a := paged(t)
			one, f := openAt(t, url, a)
			two, _ := openAt(t, url, a)
			return journaltest.Fixture{Journal: one.Journal(), Directory: one.Directory(),
				SecondJournal: two.Journal(), SecondDirectory: two.Directory(), Arm: f.Arm}
		},
	})
}
