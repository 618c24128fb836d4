package world

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tidemark/simulator/check"
	"tidemark/simulator/history"
	"tidemark/simulator/inject"
	"tidemark/simulator/world/phases"
)

// TestMain lets garbage lie for longer: schedules make much of it and keep little, and took a quarter more processor
// time without.
func TestMain(m *testing.M) {
	debug.SetGCPercent(400)
	os.Exit(m.Run())
}

// told is what a campaign keeps of a schedule.
type told struct {
	ops, acked, answers int
	far                 int    // answers from the journal of the other region
	secondary           int    // answers from the secondary of the account
	claimed             int    // answers of nodes without a worker that vouch for what was acknowledged one
	outlived            int    // of these, in a world that had lost a region
	wiped               string // what became of the region beside a journal that was emptied
	named               int    // acknowledgements that a certificate names
	faults, deep        int    // deep are those of a region, an account or a process
	wrong               []string
	hits                map[phases.Hit]bool
}

// campaign runs a plan from some seeds, or from a hundred times as many with TIDEMARK_CAMPAIGN=1, one schedule a core
// at a time; every violation is printed with its seed.
func campaign(t *testing.T, name string, n int) []told {
	began, all := time.Now(), seeds(t, n)
	out := make([]told, len(all))
	var next atomic.Int64
	var done sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		done.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(all)); i = next.Add(1) - 1 {
				out[i] = perform(name, all[i])
			}
		})
	}
	done.Wait()
	var sum told
	for _, o := range out {
		for _, wrong := range o.wrong {
			t.Error(wrong)
		}
		sum.ops, sum.acked, sum.answers = sum.ops+o.ops, sum.acked+o.acked, sum.answers+o.answers
		sum.far, sum.secondary, sum.outlived = sum.far+o.far, sum.secondary+o.secondary, sum.outlived+o.outlived
		sum.claimed += o.claimed
	}
	took := time.Since(began)
	t.Logf("seeds %d..%d: %d operations, %d writes and deletions acknowledged, in %v (%.1f schedules and %.0f "+
		"acknowledgements a second)", all[0], all[len(all)-1], sum.ops, sum.acked,
		took.Round(time.Millisecond), float64(len(all))/took.Seconds(), float64(sum.acked)/took.Seconds())
	if Plans[name].Regions > 1 {
		t.Logf("%d of %d answers are from the journal of the other region, %d from the secondary of the account, "+
			"%d of these without the region that was lost; %d of nodes that do not sweep vouch for what was "+
			"acknowledged one", sum.far, sum.answers, sum.secondary, sum.outlived, sum.claimed)
		t.Logf("faults that met a phase, by schedules:\n%s", tableOf(out))
	}
	return out
}

// perform runs a plan from a seed.
func perform(name string, seed uint64) told {
	o := Run(seed, Plans[name], nil)
	out := told{far: o.Far, secondary: o.Secondary, outlived: o.Outlived, hits: o.Hits,
		claimed: o.Told}
	if w := o.Wiped; w != nil {
		out.wiped, out.named = w.How(), w.Lost+w.Unknown+w.Unheard
	}
	if o.Err != nil {
		out.wrong = []string{fmt.Sprintf("%s: %v\n%s\nand what struck: %s", o.Failure(), o.Err, Case{Seed: seed,
			Plan: name, Faults: o.Faults}, o.Struck)}
		return out
	}
	for _, v := range check.Enough(o.History, enoughOf(name)) {
		out.wrong = append(out.wrong, fmt.Sprintf("TIDEMARK_SEED=%d: %v", seed, v))
	}
	for _, op := range o.History.Ops {
		out.ops++
		switch {
		case op.Outcome != history.Done:
		case op.Call.Kind == history.Write, op.Call.Kind == history.Delete:
			out.acked++
		default:
			out.answers++
		}
	}
	for _, e := range o.Faults {
		out.faults++
		switch e.Fault.(type) {
		case inject.RegionOut, inject.Process, inject.Failover, inject.Pause, inject.Lag, inject.LastSync:
			out.deep++
		}
	}
	return out
}

// tableOf is in how many schedules which kind of fault met which phase.
func tableOf(all []told) string {
	met := map[phases.Hit]int{}
	for _, o := range all {
		for h := range o.hits {
			met[h]++
		}
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%-16s", "")
	for _, p := range phases.All() {
		fmt.Fprintf(&text, "%10s", p)
	}
	for _, kind := range phases.Kinds() {
		fmt.Fprintf(&text, "\n%-16s", kind)
		for _, p := range phases.All() {
			fmt.Fprintf(&text, "%10d", met[phases.Hit{Fault: kind, Phase: p}])
		}
	}
	return text.String()
}
