package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tidemark/simulator/rig/containers"
)

// The built program in containers, two regions, over the simulator: the weather goes in and comes out; a region's
// network is cut and healed; nodes and Azurites are paused and resumed. What was acknowledged is there, through the
// node of each region.
func TestContainers(t *testing.T) {
	t.Parallel()
	rng := seeded(t)
	c := newCloud(t)
	t.Run("weather", func(t *testing.T) { c.weather(t) })
	t.Run("west is cut", func(t *testing.T) { c.westIsCut(t, rng) })
	t.Run("east is cut", func(t *testing.T) { c.eastIsCut(t, rng) })
	t.Run("a node is paused", func(t *testing.T) { c.nodePaused(t, rng) })
	t.Run("the primary's Azurite is paused", func(t *testing.T) { c.primaryPaused(t, rng) })
	t.Run("the secondary's Azurite is paused", func(t *testing.T) { c.secondaryPaused(t, rng) })
}

// weather sends the files to east, and reads them from both regions, before compaction and after.
func (c *cloud) weather(t *testing.T) {
	east := c.node(t, "east")
	w := weatherOf(t, east, "seattle", "normals")
	for _, f := range w.files() {
		importFile(t, &command{node: *east}, f, f.path, "--source", f.source)
	}
	w.checkCatalogue()
	w.checkReadings()
	w.checkAggregates("UTC")
	w.checkGroups()
	w.again(c.node(t, "west"), "from west")
	compacted(t, east, c.node(t, "west"))
	w.again(east, "after compaction")
	w.again(c.node(t, "west"), "from west, after compaction")
}

// westIsCut: east goes on, west does not acknowledge, and the secondary catches up when the cut has healed.
func (c *cloud) westIsCut(t *testing.T, rng *rand.Rand) {
	w := c.write(t, rng)
	w.progress("before", containers.Names...)
	heal := hurt(t, c.CutRegion, "west")
	w.settled("west")
	w.progress("while west is cut", "east")
	w.readable(c, "east")
	synced := c.fallsBack(t)
	w.answered("west")
	w.silent("west")
	c.standsStill(t, synced)
	heal()
	w.progress("after", containers.Names...)
	w.reckon(c)
	c.caughtUp(t, synced)
}

// eastIsCut: the primary and the journal are out of reach, so nobody acknowledges anything, until the cut has healed.
func (c *cloud) eastIsCut(t *testing.T, rng *rand.Rand) {
	w := c.write(t, rng)
	w.progress("before", containers.Names...)
	heal := hurt(t, c.CutRegion, "east")
	w.settled(containers.Names...)
	w.answered(containers.Names...)
	w.silent(containers.Names...)
	synced := c.secondary(t).lastSync
	heal()
	w.progress("after", containers.Names...)
	w.reckon(c)
	c.caughtUp(t, synced)
}

// nodePaused: the other node goes on, and ends the streams of the paused one, which goes on under others.
func (c *cloud) nodePaused(t *testing.T, rng *rand.Rand) {
	w := c.write(t, rng)
	w.progress("before", containers.Names...)
	resume := hurt(t, c.Freeze, "node-east")
	w.settled("east")
	w.progress("while east's node is paused", "west")
	time.Sleep(5 * time.Second) // longer than quickDeath
	w.silent("east")
	resume()
	w.progress("after", containers.Names...)
	w.reckon(c)
}

// primaryPaused: nobody acknowledges anything, as when east is cut.
func (c *cloud) primaryPaused(t *testing.T, rng *rand.Rand) {
	w := c.write(t, rng)
	w.progress("before", containers.Names...)
	resume := hurt(t, c.Freeze, "azurite-east")
	w.settled(containers.Names...)
	w.answered(containers.Names...)
	w.silent(containers.Names...)
	resume()
	w.progress("after", containers.Names...)
	w.reckon(c)
}

// secondaryPaused: everybody goes on, and the secondary catches up later.
func (c *cloud) secondaryPaused(t *testing.T, rng *rand.Rand) {
	w := c.write(t, rng)
	w.progress("before", containers.Names...)
	resume := hurt(t, c.Freeze, "azurite-west")
	w.progress("while the secondary's Azurite is paused", containers.Names...)
	synced := c.fallsBack(t)
	time.Sleep(3 * time.Second)
	c.standsStill(t, synced)
	resume()
	w.progress("after", containers.Names...)
	w.reckon(c)
	c.caughtUp(t, synced)
}

// fallsBack waits until an unreachable secondary lacks a write, which is when the next chunk is written: the journal
// is not geo-redundant. From then on its Last Sync Time, which this gives, cannot move.
func (c *cloud) fallsBack(t *testing.T) (lastSync time.Time) {
	t.Helper()
	// A worker that was cut off holds its message for 30 s, and a sweep finds the work again 15 s later: four times
	// that as a guard.
	eventually(t, 6*hangs, "the secondary lacks a write", func() bool {
		now := c.secondary(t)
		lastSync = now.lastSync
		return now.backlog > 0
	})
	return lastSync
}

// standsStill wants that the secondary lacks writes, and that its Last Sync Time is what it was seconds ago.
func (c *cloud) standsStill(t *testing.T, synced time.Time) {
	t.Helper()
	if now := c.secondary(t); now.backlog == 0 || !now.lastSync.Equal(synced) {
		t.Errorf("out of reach, the secondary went from %s to %s; it lacks %d writes", synced, now.lastSync,
			now.backlog)
	}
}

// caughtUp waits until the secondary lacks nothing, and its Last Sync Time has moved on.
func (c *cloud) caughtUp(t *testing.T, synced time.Time) {
	t.Helper()
	took := eventually(t, 2*time.Minute, "the secondary catches up", func() bool {
		now := c.secondary(t)
		return now.backlog == 0 && now.lastSync.After(synced)
	})
	t.Logf("the secondary lacked nothing after %s", took.Round(10*time.Millisecond))
}

// writers are clients of both regions' nodes, until they are told to stop.
type writers struct {
	t     *testing.T
	plans map[string][]plan // by region
	over  atomic.Bool
	work  sync.WaitGroup
}

// write begins to write to both regions.
func (c *cloud) write(t *testing.T, rng *rand.Rand) *writers {
	t.Helper()
	w := &writers{t: t, plans: map[string][]plan{}}
	t.Cleanup(w.stop)
	step := strings.NewReplacer("/", "-", " ", "-", "'", "").Replace(t.Name())
	for _, region := range containers.Names {
		for i := range 2 {
			source := fmt.Sprintf("%s-%s-%d", step, region, i)
			p := plan{URL: c.URLs[region], Source: source, Log: filepath.Join(scratch, source+".log"),
				Seed: rng.Uint64()}
			file, err := os.Create(p.Log)
			if err != nil {
				t.Fatal(err)
			}
			w.plans[region] = append(w.plans[region], p)
			writer, err := newClient(p, file)
			if err != nil {
				t.Fatal(err)
			}
			w.work.Go(func() {
				defer file.Close()
				for !w.over.Load() {
					if err := writer.request(); err != nil {
						t.Errorf("%s: %v", source, err)
						return
					}
					time.Sleep(time.Duration(5+writer.rng.IntN(20)) * time.Millisecond)
				}
			})
		}
	}
	return w
}

func (w *writers) stop() {
	w.over.Store(true)
	w.work.Wait()
}

// acked is how many readings of a region's clients were acknowledged.
func (w *writers) acked(region string) int {
	n := 0
	for _, p := range w.plans[region] {
		n += readLedger(w.t, p).acked
	}
	return n
}

// progress waits until more was acknowledged in each of the regions: a good deal more than what was under way.
func (w *writers) progress(when string, in ...string) {
	w.t.Helper()
	for _, region := range in {
		before := w.acked(region)
		took := eventually(w.t, 2*time.Minute, region+" acknowledges "+when,
			func() bool { return w.acked(region) > before+100 })
		w.t.Logf("%s: %s acknowledged 100 readings in %s", when, region, took.Round(10*time.Millisecond))
	}
}

// settled waits until a region acknowledges nothing any more: what was under way has ended.
func (w *writers) settled(in ...string) {
	w.t.Helper()
	for _, region := range in {
		before, since := w.acked(region), time.Now()
		eventually(w.t, time.Minute, region+" stops to acknowledge", func() bool {
			if now := w.acked(region); now != before {
				before, since = now, time.Now()
			}
			return time.Since(since) > time.Second
		})
	}
}

// answered waits until each of the clients of some regions was told that a write is refused or of unknown outcome:
// none is left to hang.
func (w *writers) answered(in ...string) {
	w.t.Helper()
	before := map[string]int{}
	var plans []plan
	for _, region := range in {
		for _, p := range w.plans[region] {
			plans, before[p.Source] = append(plans, p), readLedger(w.t, p).failed()
		}
	}
	took := eventually(w.t, 2*time.Minute, "every client is answered", func() bool {
		return !slices.ContainsFunc(plans, func(p plan) bool { return readLedger(w.t, p).failed() == before[p.Source] })
	})
	w.t.Logf("each of %d clients was refused, or told that the outcome is unknown, within %s", len(plans),
		took.Round(10*time.Millisecond))
}

// readable wants that a region's node gives what it has acknowledged so far, while more is written.
func (w *writers) readable(c *cloud, region string) {
	w.t.Helper()
	for _, p := range w.plans[region] {
		l := readLedger(w.t, p)
		l.read(c.node(w.t, region), timeOf(len(l.writes)))
		l.judge(w.t)
	}
}

// silent wants that nothing is acknowledged for a while.
func (w *writers) silent(in ...string) {
	w.t.Helper()
	before := map[string]int{}
	for _, region := range in {
		before[region] = w.acked(region)
	}
	time.Sleep(3 * time.Second)
	for _, region := range in {
		if n := w.acked(region) - before[region]; n > 0 {
			w.t.Errorf("%s acknowledged %d readings that it could not store", region, n)
		}
	}
}

// reckon stops the clients and holds their logs against what each region's node gives.
func (w *writers) reckon(c *cloud) {
	w.t.Helper()
	w.stop()
	acked, failed, found := 0, 0, 0
	for _, region := range containers.Names {
		for _, p := range w.plans[region] {
			l := readLedger(w.t, p)
			acked += l.acked
			failed += l.failed()
			for _, from := range containers.Names {
				_, n := l.check(w.t, c.node(w.t, from))
				if from == "east" {
					found += n
				}
			}
		}
	}
	w.t.Logf("%d readings acknowledged, all there; %d refused or of unknown outcome, %d of them there", acked, failed,
		found)
}
