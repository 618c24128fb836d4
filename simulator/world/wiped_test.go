package world

import "testing"

// TestGenerations empties the journal of one region under load; another one takes its place, and mostly the other
// region is lost then, before or after the new journal has everything. No node that runs takes the new one for the
// old: what was acknowledged both is never lost with one region, what a certificate has to name it names, and nobody
// answers from a journal that has not had everything.
func TestGenerations(t *testing.T) {
	ends, named := map[string]int{}, 0
	all := campaign(t, "wiped", 16)
	for _, o := range all {
		ends[o.wiped]++
		named += o.named
	}
	t.Logf("the other region: %v; certificates name %d acknowledgements", ends, named)
	for _, how := range []string{"both stay", "lost before", "lost after"} {
		if ends[how] == 0 && len(all) >= 16 {
			t.Errorf("in no world is the other region's end: %s", how)
		}
	}
}
