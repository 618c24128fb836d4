package aztable_test

import (
	"testing"
	"time"

	"tidemark/ports/journal"
	"tidemark/ports/journal/journaltest"
	"tidemark/simulator/azurite"
	"tidemark/simulator/azurite/azuritetest"
)

func TestJournal(t *testing.T) {
	t.Parallel()
	journaltest.Run(t, journaltest.Harness{
		Faults: true, Second: true, Slow: true, Wipes: true, Resolution: time.Second,
		New: func(journaltest.T) journaltest.Fixture {
			s, a := azuritetest.Account(t)
			one, f := open(t, s, a)
			two, _ := open(t, s, a)
			return journaltest.Fixture{
				Journal: one.Journal(), Directory: one.Directory(),
				SecondJournal: two.Journal(), SecondDirectory: two.Directory(),
				Arm: f.Arm, Wipe: func() { empty(t, s, a) },
				Again: func() (journal.Journal, journal.Directory) {
					again, _ := open(t, s, a)
					return again.Journal(), again.Directory()
				},
			}
		},
	})
}

// empty deletes every table of an account, as who deletes the account does.
func empty(t *testing.T, srv *azurite.Server, a azurite.Account) {
	t.Helper()
	service := serviceOf(t, srv, a)
	for pager := service.NewListTablesPager(nil); pager.More(); {
		page, err := pager.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, table := range page.Tables {
			if _, err := service.DeleteTable(t.Context(), *table.Name, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
}
