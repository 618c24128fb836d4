package e2e

import (
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"tidemark/simulator/rig"
)

// escape writes a source into a path.
func escape(s string) string { return url.PathEscape(s) }

// Worker stopped, worker running, after compaction, from another node and without a cache: the same questions get the
// same bodies.
func TestAnswersDoNotDependOnCompaction(t *testing.T) {
	t.Parallel()
	rng := seeded(t)
	s := newSite(t)
	s.withRedis()
	d := newDataset(rng)
	list := d.questions()

	api := s.start(quick(asAPI)...)
	d.load(api)
	want := answers(api, list)
	same(t, "asked twice", list, want, answers(api, list))

	worker := s.start(quick(asWorker)...)
	look := s.lookout()
	rounds := 0
	eventually(t, 3*time.Minute, "the journal is empty", func() bool {
		same(t, "while the worker runs", list, want, answers(api, list))
		rounds++
		return look.journal().empty()
	})
	if s.Tables.Taken(isChunk) == 0 {
		t.Error("nothing was compacted: this proves nothing")
	}
	same(t, "after compaction", list, want, answers(api, list))
	same(t, "from a new node", list, want, answers(s.start(quick(asAPI)...), list))
	if err := s.Redis.FlushAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	same(t, "with an empty cache", list, want, answers(api, list))
	worker.stop()
	api.stop()
	same(t, "after a restart", list, want, answers(s.start(quick(asBoth)...), list))
	t.Logf("%d questions, %d rounds while the worker ran", len(list), rounds)
}

// Within ten seconds after the last write is compacted and every killed writer's stream has been ended the journal
// holds no block.
func TestJournalEmpties(t *testing.T) {
	t.Parallel()
	seeded(t)
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
	for range count(3, 10) {
		n := s.start(quick(asAPI)...)
		for k := range 20 {
			p := series{Source: "s", Metric: "m"}
			p.add(timeOf(k), valueOf(k))
			n.write(document(p))
		}
		n.Kill()
	}
	look := s.lookout()
	before := look.journal()
	if len(before.blocks) == 0 || len(before.open) != count(3, 10) {
		t.Fatalf("the journal holds %d blocks and %d open streams before any work", len(before.blocks),
			len(before.open))
	}
	s.start(quick(asBoth)...)
	after, _ := look.wait(func(j journal) bool { return j.empty() && j.over() })
	took := time.Since(time.Unix(0, max(written.Load(), ended.Load())))
	t.Logf("%d blocks of %d killed writers: the journal was empty at most %s after the last chunk was written and "+
		"the last stream ended",
		len(before.blocks), len(before.open), took.Round(10*time.Millisecond))
	if took > 100*time.Second {
		t.Errorf("%s: promised are 10 s, and ten times that is over", took)
	}
	if len(after.sealed) != len(before.open) {
		t.Errorf("%d streams are sealed of %d: the index rows have to stay", len(after.sealed), len(before.open))
	}
}
