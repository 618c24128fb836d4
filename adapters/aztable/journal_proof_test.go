package aztable_test

import (
	"testing"
	"time"

	"tidemark/ports/journal/journaltest"
	"tidemark/simulator/azurite/azuritetest"
)

func TestJournal(t *testing.T) {
	t.Parallel()
	journaltest.Run(t, journaltest.Harness{
		Faults: true, Second: true, Slow: true, Resolution: time.Second,
		New: func(journaltest.T) journaltest.Fixture {
			s, a := azuritetest.Account(t)
			one, f := open(t, s, a)
			two, _ := open(t, s, a)
			return journaltest.Fixture{
				Journal: one.Journal(), Directory: one.Directory(),
				SecondJournal: two.Journal(), SecondDirectory: two.Directory(),
				Arm: f.Arm,
			}
		},
	})
}
