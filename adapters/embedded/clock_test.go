package embedded_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"tidemark/adapters/embedded"
	"tidemark/domain/fault"
	"tidemark/domain/region"
	"tidemark/ports/chunks"
)

func tidemark(t testing.TB, s *embedded.Store) time.Time {
	t.Helper()
	m, err := s.Account().Tidemark(bg)
	ok(t, err)
	if m.State != region.Single {
		t.Fatalf("state %v", m.State)
	}
	return m.At
}

func TestTimeDoesNotFallWithTheClock(t *testing.T) {
	folder, clock := t.TempDir(), &hand{t: start}
	s := open(t, folder, clock.now)
	clock.add(10 * time.Second)
	told := tidemark(t, s)
	if !told.Equal(start.Add(10 * time.Second)) {
		t.Fatalf("tidemark %s", told)
	}
	clock.add(-8 * time.Second)
	if again := tidemark(t, s); again.Before(told) {
		t.Errorf("the tidemark fell from %s to %s", told, again)
	}
	first, err := s.Journal().Append(bg, block(stream("w"), 1, "x"))
	ok(t, err)
	if first.By.Before(told) {
		t.Errorf("stored by %s, after the tidemark %s", first.By, told)
	}
	ok(t, s.Close())

	clock.add(-3 * time.Second) // also behind what the file knows
	s = open(t, folder, clock.now)
	if again := tidemark(t, s); again.Before(told) {
		t.Errorf("opened again the tidemark fell from %s to %s", told, again)
	}
	key := chunks.HorizonKey("t")
	ok(t, s.Rows().Apply(bg, chunks.Change{Key: key, Value: []byte("v")}))
	row, err := s.Rows().Get(bg, key)
	ok(t, err)
	if row.Committed.Before(told) {
		t.Errorf("opened again a row was committed at %s, the tidemark was %s", row.Committed, told)
	}
	now, err := s.Directory().Now(bg)
	ok(t, err)
	if now.Before(row.Committed) {
		t.Errorf("now is %s, a row was committed at %s", now, row.Committed)
	}
}

func TestAnIdleStoreGoesOnTelling(t *testing.T) {
	clock := &hand{t: start}
	s := open(t, t.TempDir(), clock.now)
	for range 5 {
		clock.add(time.Minute)
		if got := tidemark(t, s); !got.Equal(clock.now()) {
			t.Fatalf("tidemark %s at %s", got, clock.now())
		}
	}
}

func TestAClockFarBehindTheFileIsRefused(t *testing.T) {
	folder, clock := t.TempDir(), &hand{t: start}
	ok(t, open(t, folder, clock.now).Close())
	clock.add(-time.Hour)
	_, err := embedded.Open(folder, clock.now, embedded.Options{})
	kind(t, err, fault.Invalid)
	s, err := embedded.Open(folder, clock.now, embedded.Options{MaxClockAhead: 2 * time.Hour})
	ok(t, err)
	ok(t, s.Close())
}

// What becomes visible after a time was told carries that time or a later one: readers that ask for the time first
// rely on it.
func TestNothingAppearsBehindATimeThatWasTold(t *testing.T) {
	s := open(t, t.TempDir(), time.Now)
	stop := make(chan struct{})
	var writers sync.WaitGroup
	for w := range 4 {
		writers.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				key := chunks.TaskKey("t", fmt.Sprint(w, "-", n))
				if err := s.Rows().Apply(bg, chunks.Change{Key: key, Value: []byte("v")}); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	seen := map[string]bool{}
	all := chunks.Range{Partition: chunks.TaskKey("t", "x").Partition}
	for until := time.Now().Add(20 * time.Second); len(seen) < 100 && time.Now().Before(until); {
		told := tidemark(t, s)
		before := map[string]bool{}
		for row, err := range s.Rows().Scan(bg, all) {
			ok(t, err)
			before[row.Key.Row] = true
		}
		for row, err := range s.Rows().Scan(bg, all) {
			ok(t, err)
			if !before[row.Key.Row] && !seen[row.Key.Row] && row.Committed.Before(told) {
				t.Fatalf("row %s appeared with %s after %s was told", row.Key.Row, row.Committed, told)
			}
			seen[row.Key.Row] = true
		}
	}
	close(stop)
	writers.Wait()
	if len(seen) < 20 {
		t.Fatalf("only %d rows were written: the test tried nothing", len(seen))
	}
}
