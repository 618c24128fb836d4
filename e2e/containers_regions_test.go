package e2e

import (
	"testing"
	"time"

	"tidemark/simulator/check"
	"tidemark/simulator/history"
	"tidemark/simulator/rig/containers"
)

// The built program in containers, two regions, over the simulator: the weather goes in and comes out; a region's
// network is cut and healed; nodes and Azurites are paused and resumed. What was acknowledged is there, through the
// node of each region.
func TestContainers(t *testing.T) {
	ready := newCloud(t)
	t.Parallel() // the containers start while other tests run
	c := ready(t)
	t.Run("weather", c.weather)
	t.Run("west is cut", c.westIsCut)
	t.Run("east is cut", c.eastIsCut)
	t.Run("a node is paused", c.nodePaused)
	t.Run("the primary's Azurite is paused", c.primaryPaused)
	t.Run("the secondary's Azurite is paused", c.secondaryPaused)
	t.Run("east is lost", c.eastIsLost) // the account's roles are others then
	t.Run("a container does not start", c.doesNotStart)
}

// weather sends the files to east, and reads them from both regions, before compaction and after. What is made of them
// TestUp compares, in two regions as well.
func (c *cloud) weather(t *testing.T) {
	east := c.node(t, "east")
	w := weatherOf(t, east, "seattle", "normals")
	for _, f := range w.files() {
		importFile(t, &command{node: *east}, f, f.path, "--source", f.source)
	}
	w.checkCatalogue()
	w.checkReadings()
	w.again(c.node(t, "west"), "from west")
	compacted(t, east, c.node(t, "west"))
	w.again(east, "after compaction")
	w.again(c.node(t, "west"), "from west, after compaction")
}

// westIsCut: east goes on, west does not acknowledge, and the secondary catches up when the cut has healed.
func (c *cloud) westIsCut(t *testing.T) {
	w := c.write(t)
	w.progress("before", containers.Names...)
	heal := w.hurt(c.CutRegion, "west", "west")
	w.progress("while west is cut", "east")
	w.readable("east")
	synced := w.fallsBack()
	w.answered("west")
	w.standsStill(synced)
	heal()
	w.progress("after", containers.Names...)
	w.reckon()
	w.caughtUp(synced)
	w.judge(check.Demand{Acked: 40, Answers: 40, Unknown: 3, Clients: 6})
}

// eastIsCut: the west goes on, although the account's primary is away, and the east acknowledges nothing until the cut
// has healed.
func (c *cloud) eastIsCut(t *testing.T) {
	w := c.write(t)
	w.progress("before", containers.Names...)
	heal := w.hurt(c.CutRegion, "east", "east")
	w.progress("while east is cut", "west")
	w.readable("west")
	w.answered("east")
	synced := c.secondary(t).lastSync
	heal()
	w.progress("after", containers.Names...)
	w.reckon()
	w.caughtUp(synced)
	w.judge(check.Demand{Acked: 20, Answers: 40, Unknown: 3, Clients: 6})
}

// nodePaused: the other node goes on, and ends the streams of the paused one, which goes on under others.
func (c *cloud) nodePaused(t *testing.T) {
	w := c.write(t)
	w.progress("before", containers.Names...)
	before := w.streams("east", 0)
	west := c.node(t, "west")
	ended := func() float64 {
		return west.metric(`tidemark_storage_seconds_count{op="journal.end",result="ok",side="background"}`)
	}
	had := ended()
	resume := w.hurt(c.Freeze, "node-east", "east")
	w.progress("while east's node is paused", "west")
	took := eventually(t, 2*time.Minute, "west ends a stream of the paused node", func() bool { return ended() > had })
	t.Logf("west ended a stream of the paused node after %s", took.Round(10*time.Millisecond))
	after := resume()
	w.progress("after", containers.Names...)
	since := w.streams("east", after)
	if len(since) == 0 {
		t.Error("the node that was paused went on in no stream: this proves nothing")
	}
	for writer := range since {
		if before[writer] {
			t.Errorf("the node that was paused went on in stream %s, which had been ended", writer)
		}
	}
	w.reckon()
	w.judge(check.Demand{Acked: 30, Answers: 40, Clients: 6})
}

// primaryPaused: the primary's Azurite, which has the east's journal, too, hangs. Both nodes go on over the west's.
func (c *cloud) primaryPaused(t *testing.T) {
	w := c.write(t)
	w.progress("before", containers.Names...)
	resume := w.hurt(c.Freeze, "azurite-east")
	w.progress("while the primary's Azurite is paused", containers.Names...)
	resume()
	w.progress("after", containers.Names...)
	w.reckon()
	w.judge(check.Demand{Acked: 20, Answers: 32, Clients: 5})
}

// secondaryPaused: everybody goes on, and the secondary catches up later.
func (c *cloud) secondaryPaused(t *testing.T) {
	w := c.write(t)
	w.progress("before", containers.Names...)
	resume := w.hurt(c.Freeze, "azurite-west")
	w.progress("while the secondary's Azurite is paused", containers.Names...)
	synced := w.fallsBack()
	w.progress("while the secondary lacks writes", containers.Names...)
	w.standsStill(synced)
	resume()
	w.progress("after", containers.Names...)
	w.reckon()
	w.caughtUp(synced)
	w.judge(check.Demand{Acked: 40, Answers: 32, Clients: 5})
}

// eastIsLost: the east's network is cut, its node and its Azurite stand still, and the account fails over, which loses
// what it had not replicated. The west writes on and answers what was acknowledged both. When the east is back, with
// all that it knew and was sent, both nodes answer everything.
func (c *cloud) eastIsLost(t *testing.T) {
	w := c.write(t)
	w.progress("before", containers.Names...)
	back := []func() int{w.hurt(c.CutRegion, "east", "east"), w.hurt(c.Freeze, "node-east"),
		w.hurt(c.Freeze, "azurite-east")}
	w.progress("while east is lost", "west")
	if code, out, log := runCommand(t, t.TempDir(), "sim", "failover", "--control", c.Control); code != 0 {
		t.Fatalf("%s%s", out, log)
	}
	w.readable("west")
	w.progress("after the failover", "west")
	for _, heal := range back {
		heal()
	}
	w.progress("after", containers.Names...)
	w.reckon()
	w.judge(check.Demand{Acked: 40, Answers: 40, Clients: 6})
}

// fallsBack waits until an unreachable secondary lacks a write, which is when the next chunk is written: the journal
// is not geo-redundant. From then on its Last Sync Time, which this gives, cannot move.
func (w *writers) fallsBack() (lastSync time.Time) {
	w.t.Helper()
	// A worker that was cut off holds its message for 30 s, and a sweep finds the work again 15 s later: four times
	// that as a guard.
	eventually(w.t, 6*hangs, "the secondary lacks a write", func() bool {
		now := w.c.secondary(w.t)
		lastSync = now.lastSync
		return now.backlog > 0
	})
	return lastSync
}

// standsStill wants that the secondary lacks writes, and that its Last Sync Time is what it was before.
func (w *writers) standsStill(synced time.Time) {
	w.t.Helper()
	if now := w.c.secondary(w.t); now.backlog == 0 || !now.lastSync.Equal(synced) {
		w.t.Errorf("out of reach, the secondary went from %s to %s; it lacks %d writes", synced, now.lastSync,
			now.backlog)
	}
}

// caughtUp waits until the secondary lacks nothing, and its Last Sync Time has moved on.
func (w *writers) caughtUp(synced time.Time) {
	w.t.Helper()
	took := eventually(w.t, 2*time.Minute, "the secondary catches up", func() bool {
		now := w.c.secondary(w.t)
		return now.backlog == 0 && now.lastSync.After(synced)
	})
	w.t.Logf("the secondary lacked nothing after %s", took.Round(10*time.Millisecond))
}

// streams are the writers of the streams in which a region's node acknowledged what began after a place.
func (w *writers) streams(region string, after int) map[string]bool {
	of := map[string]bool{}
	w.log.Count(func(op *history.Op) int {
		if op.Begin > after && op.Outcome == history.Done && regionOf(op) == region {
			of[op.Answer.Origin.Writer] = true
		}
		return 0
	})
	return of
}
