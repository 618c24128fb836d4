package e2e

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"tidemark/simulator/check"
	"tidemark/simulator/history"
	"tidemark/simulator/rig"
	"tidemark/simulator/traffic"
)

// A node is killed over and over while clients load it. Every acknowledged reading is there, once, with its value;
// every stream ends, nothing that arrives late is visible, and nothing acknowledged is void.
func TestKilledNodesLoseNothing(t *testing.T) {
	t.Parallel()
	sc := play(t)
	s := newSite(t)
	r := &reaper{scenario: sc, s: s, addr: freeAddress(t), diary: s.keepDiary()}
	r.node = s.startAt(r.addr, quick(asBoth)...)
	node := sc.at(r.node) // those after it have its address
	for i := range 4 {
		f := fresh(fmt.Sprintf("client-%d", i), 20)
		r.written = append(r.written, f)
		sc.start(sc.client(f.Series.Source, func() traffic.Node { return node }, f.Next))
	}

	deaths := r.deaths(count(1, 5))
	began := time.Now()
	for i, d := range deaths {
		r.lives(20 + sc.rng.IntN(60))
		t.Logf("%3d at %s: %s", i+1, time.Since(began).Round(time.Millisecond), d.name)
		d.happen()
		r.s.Tables.SetGate(nil)
		r.node = s.startAt(r.addr, quick(asBoth)...)
	}
	r.lives(20)
	sc.dismiss()
	r.settle()
	sc.log.Enter(history.Drained)
	r.look()
	r.deliverLate()
	r.look()
	h := sc.judge(check.Demand{Acked: 20 * len(deaths), Answers: 32, Unknown: len(deaths), Clients: 5})
	r.reckon(len(deaths), h)
}

// reaper kills a node, and keeps the books.
type reaper struct {
	*scenario
	s       *site
	addr    string
	node    *node
	written []*traffic.Fresh
	diary   *diary

	kills    int
	inFlight int
	holes    []string // numbers never stored below one that was
	late     []*belated
}

// lives waits until the node has acknowledged so many more writes.
func (r *reaper) lives(writes int) {
	r.t.Helper()
	acked := func() int { return r.ended(history.Done, func(*history.Op) bool { return true }) }
	before := acked()
	eventually(r.t, hangs, fmt.Sprintf("%d writes are acknowledged", writes), func() bool {
		return acked() >= before+writes
	})
}

// belated is an append that the proxy has kept.
type belated struct {
	*rig.Snare
	call *rig.Call
}

// death is one way to die.
type death struct {
	name   string
	happen func()
}

// deaths are n of each kind, in a random order.
func (r *reaper) deaths(n int) []death {
	kinds := []death{{"at any moment", r.anyMoment}, {"with a block in flight", r.blockInFlight},
		{"during compaction", r.compaction},
		{"n+1 stored without n", r.hole}, {"an append that comes late", r.lateAppend}}
	var out []death
	for range n {
		out = append(out, kinds...)
	}
	r.rng.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

// kill kills the node now.
func (r *reaper) kill() {
	if r.s.Tables.Underway(isAppend) > 0 {
		r.inFlight++
	}
	r.node.Kill()
	r.kills++
}

func (r *reaper) anyMoment() {
	time.Sleep(time.Duration(r.rng.IntN(700_000)) * time.Microsecond)
	r.kill()
}

func appends(c *rig.Call) bool { return c.Kind == isAppend }

// laterAppends are appends to a stream that is born. (A birth flies alone, so nothing could pass it.)
func laterAppends(c *rig.Call) bool {
	return c.Kind == isAppend && !strings.HasSuffix(blockOf(c), "/1")
}

// hangs bounds the waits for something that comes many times a second.
const hangs = 30 * time.Second

// blockInFlight kills while an append is on its way, which arrives after the death, or never.
func (r *reaper) blockInFlight() {
	trap := r.s.snare(appends)
	caught(r.t, trap, hangs, "an append")
	r.kill()
	trap.Release(r.rng.IntN(2) == 0)
}

// compaction kills while a chunk is written, a mark moves, or blocks are deleted; the write arrives, or never does.
func (r *reaper) compaction() {
	what := []string{isChunk, isMark, isDelete}[r.rng.IntN(3)]
	skip := r.rng.IntN(2)
	trap := r.s.snare(func(c *rig.Call) bool {
		if c.Kind != what {
			return false
		}
		skip--
		return skip < 0
	})
	caught(r.t, trap, 2*time.Minute, fmt.Sprintf("a write of compaction: %s", what))
	r.kill()
	trap.Release(r.rng.IntN(2) == 0)
}

// hole keeps an append back, lets the next of its stream pass, kills, and loses the first. When all clients wait for
// the first there is no next: then it tries again.
func (r *reaper) hole() {
	for range 20 {
		trap := r.s.snare(laterAppends)
		c := caught(r.t, trap, hangs, "an append that is no birth")
		next := following(r.t, blockOf(c))
		for began := time.Now(); time.Since(began) < 2*time.Second; time.Sleep(time.Millisecond) {
			if r.diary.has(r.diary.stored, next) {
				r.kill()
				trap.Release(true)
				r.holes = append(r.holes, blockOf(c))
				return
			}
		}
		r.s.Tables.SetGate(nil)
		trap.Release(false)
	}
	r.t.Fatal("an append never passed the one before it")
}

// lateAppend keeps an append until the test is nearly over. Not a birth: a stream that was never born nobody could
// end, and a birth that comes late is a stream like any other, of an outcome that its clients do not know.
func (r *reaper) lateAppend() {
	trap := r.s.snare(laterAppends)
	c := caught(r.t, trap, hangs, "an append that is no birth")
	r.kill()
	r.late = append(r.late, &belated{trap, c})
}

// following is the block after writer/number.
func following(t testing.TB, name string) string {
	writer, number, _ := strings.Cut(name, "/")
	n, err := strconv.Atoi(number)
	if err != nil {
		t.Fatalf("block %q: %v", name, err)
	}
	return fmt.Sprintf("%s/%d", writer, n+1)
}

// settle waits until every block is dropped and every stream has ended: those of the dead, and that of the living,
// which is idle. A worker that dies between moving a mark and deleting what is below it may leave rows that nobody
// reads; they are counted.
func (r *reaper) settle() {
	j, took := r.s.lookout().wait(func(j journal) bool { return j.dropped() && j.over() })
	r.t.Logf("every block was dropped and every stream sealed %s after the last write; %d rows below the marks are "+
		"left",
		took.Round(time.Millisecond), len(j.blocks)+len(j.voids))
}

// look asks for all that clients wrote.
func (r *reaper) look() {
	r.t.Helper()
	for _, f := range r.written {
		r.whole(r.node, numbered(f.Series.Source, 0, f.Taken()))
	}
}

// deliverLate delivers what was kept: the streams have ended, so the service refuses it. A new node shows no trace of
// it.
func (r *reaper) deliverLate() {
	r.t.Helper()
	for _, b := range r.late {
		b.Release(false)
		eventually(r.t, hangs, "an answer to the late append of "+blockOf(b.call), func() bool {
			return r.diary.has(r.diary.denied, blockOf(b.call)) || r.diary.has(r.diary.stored, blockOf(b.call))
		})
		if r.diary.has(r.diary.stored, blockOf(b.call)) {
			r.t.Errorf("the late append of %s was stored", blockOf(b.call))
		}
	}
	r.node.stop()
	r.node = r.s.startAt(r.addr, quick(asBoth)...)
}

// reckon holds what the proxy saw of blocks against the history.
func (r *reaper) reckon(kills int, h *history.History) {
	r.t.Helper()
	blocks := map[string]bool{}
	for _, op := range h.Ops {
		for _, b := range op.Answer.Blocks {
			blocks[b] = true
		}
	}
	for b := range blocks {
		if r.diary.has(r.diary.voided, b) {
			r.t.Errorf("block %s holds something acknowledged and was made void", b)
		}
	}
	for _, hole := range r.holes {
		if !r.diary.has(r.diary.voided, hole) {
			r.t.Errorf("number %s was never stored below one that was, and was not made void", hole)
		}
	}
	r.t.Logf("%d kills, %d with a block in flight, %d holes, %d late appends, %d voids, %d blocks acknowledged",
		r.kills,
		r.inFlight, len(r.holes), len(r.late), len(r.diary.voided), len(blocks))
	if r.kills != kills || r.inFlight < kills*3/5 || len(blocks) == 0 {
		r.t.Errorf("%d kills, %d with a block in flight, %d blocks acknowledged: this proves too little", r.kills,
			r.inFlight, len(blocks))
	}
}
