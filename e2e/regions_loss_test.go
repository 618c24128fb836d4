package e2e

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"tidemark/simulator/check"
	"tidemark/simulator/history"
)

// TestRegionLoss loses the east at moments while clients write to both regions and the account has replicated nothing
// of it: storage, Redis and node. Every other time they stand still at first, go on after the account has failed over,
// and are lost then. Every reading that the journal of the west acknowledged is in the first answer of the west, and
// stays there when the east never comes back. Then the east's journal is retired: each reading that is gone lies in
// what the certificate says, and nothing that it lists as lost is answered, unless the east itself put it into rows
// when it went on.
func TestRegionLoss(t *testing.T) {
	t.Parallel()
	for i := range count(1, 40) {
		t.Run(fmt.Sprint(i+1), func(t *testing.T) {
			l := &lostEast{served: serveInTwo(t, "none")}
			l.order("lag", "constant 10m") // what init has made is in both regions, and nothing of the clients'
			turn := l.rng.IntN(2)
			if campaign() {
				turn = i % 2
			}
			l.lose(turn == 0)
			l.retire()
		})
	}
}

// lostEast is a service whose east is lost.
type lostEast struct {
	*served
	thawed bool // it went on after the failover, for a while
}

// lose loses the east. One that is frozen goes on after the failover, for a while.
func (l *lostEast) lose(frozen bool) {
	l.t.Helper()
	l.clients("east", 2)
	l.clients("west", 2)
	l.more("west", history.Both, 500)
	l.more("east", history.Both, 500+l.rng.IntN(500))
	l.alone()
	if frozen {
		l.freeze()
	} else {
		l.order("outage east")
		l.nodes["east"].Kill()
	}
	at := l.log.Enter("the east is lost")
	l.t.Logf("the east is lost; frozen at first: %t", frozen)
	l.goesOn()
	l.reads("west") // from its journal, and the account's secondary
	l.order("failover")
	l.reads("west")
	if frozen {
		l.thaw()
	}
	l.goesOn()
	l.dismiss()
	l.holds("west", "west")
	underWay := l.log.Count(func(op *history.Op) int {
		if regionOf(op) == "east" && op.Begin < at && (op.End > at || op.Outcome == history.Unknown) {
			return 1
		}
		return 0
	})
	l.t.Logf("%d writes were under way in the east when it was lost", underWay)
	l.judge(check.Demand{Acked: 100, Answers: 8})
	if a, err := send(http.MethodGet, l.nodes["east"].url+"/health/ready", nil, nil); err == nil {
		l.t.Errorf("the node of the east answers: %d", a.status)
	}
}

// goesOn waits until the west has acknowledged some more, as one.
func (l *lostEast) goesOn() {
	l.t.Helper()
	l.more("west", history.One, 300)
}

// alone has the regions be cut off from one another, for some moments or until the east is lost, or not at all: what
// the east acknowledges meanwhile it alone has.
func (l *lostEast) alone() {
	l.t.Helper()
	how := l.rng.IntN(3)
	l.t.Logf("before that the regions are cut off from one another: %s",
		[]string{"not at all", "for some moments", "until the east is lost"}[how])
	if how == 0 {
		return
	}
	l.order("outage --from east --to west")
	l.order("outage --from west --to east")
	l.more("east", history.One, 100+l.rng.IntN(200))
	if how == 1 {
		l.order("heal --all")
		l.lasts(time.Duration(l.rng.IntN(3000)) * time.Millisecond) // less than between two sweeps, which copy
	}
}

// freeze stands the processes of the east still, in any order.
func (l *lostEast) freeze() {
	l.t.Helper()
	stops := []func(){func() { l.process("east", "azurite", "pause") }, func() { l.process("east", "redis", "pause") },
		func() { l.must(l.nodes["east"].Freeze()) }}
	l.rng.Shuffle(len(stops), func(i, j int) { stops[i], stops[j] = stops[j], stops[i] })
	for _, stop := range stops {
		stop()
	}
}

// thaw has the processes of the east go on, with all that they knew and were sent, until they have acknowledged
// something, and then be lost for good.
func (l *lostEast) thaw() {
	l.t.Helper()
	before := l.acked("east", history.One) + l.acked("east", history.Both)
	l.process("east", "azurite", "resume")
	l.process("east", "redis", "resume")
	l.must(l.nodes["east"].Thaw())
	l.thawed = true
	took := eventually(l.t, time.Minute, "the east acknowledges again", func() bool {
		return l.acked("east", history.One)+l.acked("east", history.Both) > before+100
	})
	l.t.Logf("the east went on, and had acknowledged 100 readings after %s", took.Round(10*time.Millisecond))
	l.lasts(time.Duration(l.rng.IntN(5000)) * time.Millisecond)
	l.order("outage east")
	l.nodes["east"].Kill()
}

// must ends the test at an error.
func (s *served) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// retire gives the journal of the east up, and holds the certificate against what clients were told.
func (l *lostEast) retire() {
	l.t.Helper()
	if l.rng.IntN(2) == 0 {
		l.nodes["west"].Kill()
	} else {
		l.nodes["west"].stop()
	}
	cert := l.certified()
	l.start("west", l.single("west")...)
	l.holds("west", "west")
	l.judgeOf(l.held(cert), check.Demand{Acked: 100, Answers: 12})
}
