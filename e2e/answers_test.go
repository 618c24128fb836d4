package e2e

import (
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"tidemark/simulator/check"
	"tidemark/simulator/rig"
)

// escape writes a source into a path.
func escape(s string) string { return url.PathEscape(s) }

// Worker stopped, worker running, after compaction, from another node and without a cache: the same questions get the
// same bodies, and what was written.
func TestAnswersDoNotDependOnCompaction(t *testing.T) {
	t.Parallel()
	sc := play(t)
	s := newSite(t).withRedis()
	d := newDataset(sc.rng)
	list := d.questions()
	all := func(n *node) {
		t.Helper()
		sc.asks(n, list)
		sc.whole(n, d.spans()...)
	}

	api := s.start(quick(asAPI)...)
	d.load(sc, api)
	all(api)
	sc.asks(api, list)

	worker := s.start(quick(asWorker)...)
	look := s.lookout()
	rounds := 0
	eventually(t, 3*time.Minute, "the journal is empty", func() bool {
		sc.asks(api, list)
		rounds++
		return look.journal().empty()
	})
	if s.Tables.Taken(isChunk) == 0 {
		t.Error("nothing was compacted: this proves nothing")
	}
	all(api)
	all(s.start(quick(asAPI)...))
	if err := s.Redis.FlushAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	all(api)
	worker.stop()
	api.stop()
	all(s.start(quick(asBoth)...))
	t.Logf("%d questions, %d rounds while the worker ran", len(list), rounds)
	sc.judge(check.Demand{Acked: len(d.writes) + 1, Answers: (6 + rounds) * len(list)})
}

// When the last write is compacted and every killed writer's stream has been ended the journal holds no block any
// more.
func TestJournalEmpties(t *testing.T) {
	t.Parallel()
	sc := play(t)
	s := newSite(t)
	var written, ended atomic.Int64 // Unix ns of the last write of a chunk and of the last end of a stream
	s.Tables.SetWitness(func(c *rig.Call, a rig.Answer) {
		switch {
		case a.Refused():
		case c.Kind == isChunk:
			written.Store(time.Now().UnixNano())
		case c.Kind == isEnd:
			ended.Store(time.Now().UnixNano())
		}
	})
	killed := count(3, 10)
	writer := fresh("s", 1)
	for range killed {
		n := s.start(quick(asAPI, neverIdle)...) // on a busy machine it ended its stream itself before it was killed
		for range 20 {
			sc.do(n, writer.Take(1))
		}
		n.Kill()
	}
	look := s.lookout()
	before := look.journal()
	if len(before.blocks) == 0 || len(before.open) != killed {
		t.Fatalf("the journal holds %d blocks and %d open streams before any work", len(before.blocks),
			len(before.open))
	}
	n := s.start(quick(asBoth)...)
	after, _ := look.wait(func(j journal) bool { return j.empty() && j.over() })
	t.Logf("%d blocks of %d killed writers: the journal was empty at most %s after the last chunk was written and "+
		"the last stream ended; promised are 10 s", len(before.blocks), killed,
		time.Since(time.Unix(0, max(written.Load(), ended.Load()))).Round(10*time.Millisecond))
	if len(after.sealed) != killed {
		t.Errorf("%d streams are sealed of %d: the index rows have to stay", len(after.sealed), killed)
	}
	sc.whole(n, numbered("s", 0, writer.Taken()))
	sc.judge(check.Demand{Acked: 20 * killed, Answers: 4})
}
