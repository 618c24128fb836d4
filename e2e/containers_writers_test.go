package e2e

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/simulator/check"
	"tidemark/simulator/history"
	"tidemark/simulator/rig/containers"
	"tidemark/simulator/traffic"
)

// writers are clients of both regions' nodes, two each.
type writers struct {
	*scenario
	c      *cloud
	run    string // tells its sources from those of other tests
	fresh  []*traffic.Fresh
	silent []silence
}

// silence is between two places of the history, in which nothing could be acknowledged in a region.
type silence struct {
	region   string
	from, to int
}

// write begins to write to both regions.
func (c *cloud) write(t *testing.T) *writers {
	t.Helper()
	w := &writers{scenario: play(t), c: c, run: strings.NewReplacer("/", " ", "'", "").Replace(t.Name())}
	for _, region := range containers.Names {
		w.join(region, 2)
	}
	return w
}

// join has more clients begin to write in a region.
func (w *writers) join(region string, n int) {
	node := w.at(w.c.node(w.t, region))
	for range n {
		name := fmt.Sprintf("%s %d", region, len(w.fresh))
		f := fresh(w.run+" "+name, 20)
		w.fresh = append(w.fresh, f)
		client := w.client(name, func() traffic.Node { return node }, f.Next)
		client.Pause = 25 * time.Millisecond
		w.start(client)
	}
}

// regionOf is whose node one of the clients asks; "" is that of none.
func regionOf(op *history.Op) string {
	region, _, found := strings.Cut(op.Process, " ")
	if !found {
		return ""
	}
	return region
}

// hurt does something until undo, which gives the place in the history after which it was undone; the next test finds
// everything in order, however this one ended. Meanwhile nothing can be acknowledged in some regions.
func (w *writers) hurt(do func(context.Context, string) (func() error, error), what string,
	silent ...string) (undo func() (place int)) {
	w.t.Helper()
	end, err := do(w.t.Context(), what)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		if err := end(); err != nil {
			w.t.Error(err)
		}
	})
	from := w.log.Enter(what + " is hurt")
	for _, region := range silent {
		w.silent = append(w.silent, silence{region: region, from: from})
		w.join(region, 1)
	}
	return func() int {
		w.t.Helper()
		to := w.log.Enter(what + " is healed")
		for i := range w.silent {
			w.silent[i].to = to
		}
		if err := end(); err != nil {
			w.t.Error(err)
		}
		return to
	}
}

// progress waits until more was acknowledged in each of the regions: a good deal more than what was under way.
func (w *writers) progress(when string, in ...string) {
	w.t.Helper()
	for _, region := range in {
		acked := func() int {
			return w.log.Count(func(op *history.Op) int {
				if op.Outcome != history.Done || regionOf(op) != region {
					return 0
				}
				return len(op.Call.Readings[0].Times)
			})
		}
		before := acked()
		took := eventually(w.t, 2*time.Minute, region+" acknowledges "+when,
			func() bool { return acked() > before+100 })
		w.t.Logf("%s: %s acknowledged 100 readings in %s", when, region, took.Round(10*time.Millisecond))
	}
}

// answered waits until each of the clients of some regions was told that a write is refused or of unknown outcome since
// nothing can be stored any more: none is left to hang. One of a region's clients began to write only then.
func (w *writers) answered(in ...string) {
	w.t.Helper()
	from := w.silent[0].from
	took := eventually(w.t, 2*time.Minute, "every client is answered", func() bool {
		told := map[string]map[string]bool{}
		w.log.Count(func(op *history.Op) int {
			if op.End > from && op.Outcome != history.Done {
				region := regionOf(op)
				if told[region] == nil {
					told[region] = map[string]bool{}
				}
				told[region][op.Process] = true
			}
			return 0
		})
		return !slices.ContainsFunc(in, func(region string) bool { return len(told[region]) < 3 })
	})
	w.t.Logf("each client was refused, or told that the outcome is unknown, within %s", took.Round(10*time.Millisecond))
}

// readable has a region's node give what was written so far, while more is.
func (w *writers) readable(region string) {
	w.t.Helper()
	for _, f := range w.fresh {
		w.do(w.c.node(w.t, region), numbered(f.Series.Source, 0, 1<<20).of(history.Read))
	}
}

// reckon stops the clients, waits until each journal has what the other has, and has each region's node give all that
// they wrote.
func (w *writers) reckon() {
	w.t.Helper()
	w.dismiss()
	for _, region := range containers.Names {
		w.vouches(w.c.node(w.t, region), numbered(w.fresh[0].Series.Source, 0, 1), clock.Now())
	}
	for _, region := range containers.Names {
		for _, f := range w.fresh {
			w.whole(w.c.node(w.t, region), numbered(f.Series.Source, 0, f.Taken()))
		}
	}
}

// judge is the verdict, and that nothing was acknowledged that could not be stored.
func (w *writers) judge(d check.Demand) {
	w.t.Helper()
	for _, op := range w.scenario.judge(d).Ops {
		for _, s := range w.silent {
			if regionOf(op) == s.region && op.Outcome == history.Done && s.from < op.Begin && op.End < s.to {
				w.t.Errorf("%s acknowledged operation %d, which it could not store", s.region, op.ID)
			}
		}
	}
}
