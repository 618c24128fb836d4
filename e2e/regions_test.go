package e2e

import (
	"net/http"
	"testing"
	"time"

	"tidemark/simulator/history"
)

// TestReturn loses the east while clients write to both regions, and gives it back: meanwhile the west writes as one
// and refuses what requires both, and afterwards both journals hold the same, and both nodes answer everything.
func TestReturn(t *testing.T) {
	t.Parallel()
	r := upInTwo(t)
	r.clients("east", 2)
	r.clients("west", 2)
	r.more("east", history.Both, 200)
	r.order("outage east")
	r.more("west", history.One, 300)
	one := fresh("east 0", 1).Of(1<<18, 1<<18+1)
	if status, says := r.require(one); status != http.StatusServiceUnavailable || says.Get("Retry-After") == "" {
		t.Errorf("what requires both while the east is away is answered %d, %v", status, says)
	}
	r.order("heal --all")
	began := time.Now()
	r.more("east", history.Both, 200)
	r.more("west", history.Both, 200)
	t.Logf("both regions acknowledge as both %s after the east is back", time.Since(began).Round(10*time.Millisecond))
	r.reckon()
}

// TestPartition cuts the regions off from one another, both ways and each way alone, while clients write on both sides.
// Where one way is cut, what goes the other way arrives and its answer does not. Both sides go on, as one, and
// afterwards everything is everywhere.
func TestPartition(t *testing.T) {
	t.Parallel()
	r := upInTwo(t)
	r.clients("east", 2)
	r.clients("west", 2)
	east, west := "--from east --to west", "--from west --to east"
	for _, cuts := range [][]string{{east, west}, {east}, {west}}[:count(2, 3)] {
		r.more("east", history.Both, 100)
		r.more("west", history.Both, 100)
		for _, cut := range cuts {
			r.order("outage " + cut)
		}
		r.lasts(time.Duration(count(0, 20)) * time.Second)
		for _, region := range []string{"east", "west"} {
			r.more(region, history.One, 100)
		}
		r.order("heal --all")
		t.Logf("cut off %q, both sides went on", cuts)
	}
	r.more("east", history.Both, 100)
	r.more("west", history.Both, 100)
	r.reckon()
}

// TestSwitchTime has the storage of the east refuse, hang and reset while clients write to both nodes, which live: how
// long nobody of a region is acknowledged from then on. Each is told; what is asserted is ten times what is promised.
func TestSwitchTime(t *testing.T) {
	t.Parallel()
	r := upInTwo(t)
	r.clients("east", 4)
	r.clients("west", 4)
	var took []time.Duration
	for range count(1, 20) {
		for _, fault := range []string{"refuse", "hang", "reset"} {
			r.more("east", history.Both, 100)
			r.more("west", history.Both, 100)
			began := time.Now()
			r.order("outage east --parts table --fault " + fault)
			r.more("east", history.One, 200)
			r.more("west", history.One, 200)
			ended := time.Now()
			r.order("heal --all")
			for _, region := range []string{"east", "west"} {
				gap := r.silence(region, began, ended)
				took = append(took, gap)
				t.Logf("%s: for %s nothing is acknowledged in %s", fault, gap.Round(time.Millisecond), region)
				if gap > 20*time.Second {
					t.Errorf("%s: %s acknowledges nothing for %s", fault, region, gap)
				}
			}
		}
	}
	t.Logf("from the loss of a journal until a write is acknowledged: %s", distribution(took))
	r.reckon()
}
