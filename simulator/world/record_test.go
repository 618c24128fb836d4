package world

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/ingest"
	"tidemark/domain/telemetry"
	"tidemark/simulator/history"
	"tidemark/simulator/traffic"
)

// TestJudge: what a write's error says counts, and what an answer shows is held against it.
func TestJudge(t *testing.T) {
	busy, lost := fault.New(fault.Throttled, "write", "busy"), fault.New(fault.Indeterminate, "write", "lost")
	for _, c := range []struct {
		name string
		run  func(s *script)
		want string // "": nothing is wrong
	}{
		{"written and read", func(s *script) { s.write(1, nil); s.read(1) }, ""},
		{"a write without an answer is there", func(s *script) { s.write(1, lost); s.read(); s.read(1) }, ""},
		{"a refused write is not there", func(s *script) { s.write(1, busy); s.read() }, ""},
		{"a value is followed by its correction", func(s *script) {
			s.write(1, nil)
			s.read(1)
			s.write(2, nil)
			s.read(2)
		}, ""},
		{"a refused write is read", func(s *script) { s.write(1, busy); s.read(1) }, "refused: "},
		{"a value was read and is gone", func(s *script) { s.write(1, lost); s.read(1); s.read() }, "vanished: "},
		{"a newer value is followed by the older", func(s *script) {
			s.write(1, nil)
			s.write(2, lost)
			s.read(2)
			s.read(1)
		}, "resurrected: "},
		{"an acknowledged value is not there", func(s *script) { s.write(1, nil); s.read() }, "lost: "},
		{"a value that nobody wrote", func(s *script) { s.read(7) }, "wrong: "},
		{"an expired value", func(s *script) { s.gone = 2; s.write(1, nil); s.read(1) }, "resurrected: "},
		{"peace without an end", func(s *script) {
			s.rec.h.Enter(s.rec.now(), history.Healed)
			s.now = s.now.Add(11 * time.Minute)
			s.rec.h.Note(s.now, history.Left{What: "blocks in the journal", Count: 2})
		}, "stuck: "},
	} {
		s := &script{gone: telemetry.MinTime}
		s.rec = &recorder{&history.History{}, func() time.Time { return s.now }}
		c.run(s)
		err := judge(s.rec.h, DefaultPlan)
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), "\n\t"+c.want)):
			t.Errorf("%s: want %q, got %v", c.name, c.want, err)
		}
	}
}

// TestSameSeedSameBytes: a schedule that is run again has the same history, byte for byte; a thousand of a thousand
// with TIDEMARK_CAMPAIGN=1.
func TestSameSeedSameBytes(t *testing.T) {
	most := 0
	all := seeds(t, 10)
	if len(all) == 10 {
		all = []uint64{1, 5, 6}
	}
	for _, seed := range all {
		plan := DrawnPlan
		switch seed % 10 {
		case 5:
			plan = FailoverPlan // longer, and with more in it
		case 6, 7:
			plan = TwoPlan
		}
		var texts [2]bytes.Buffer
		for i := range texts {
			h, err := Schedule(seed, plan)
			if err != nil {
				t.Fatalf("TIDEMARK_SEED=%d: %v", seed, err)
			}
			if err := h.Save(&texts[i]); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(texts[0].Bytes(), texts[1].Bytes()) {
			t.Errorf("TIDEMARK_SEED=%d: two histories of %d and %d bytes differ", seed, texts[0].Len(), texts[1].Len())
		}
		most = max(most, texts[0].Len())
	}
	if most < 100_000 {
		t.Errorf("the longest of %d histories has %d bytes: that is not much to agree on", len(all), most)
	}
	t.Logf("%d schedules, each twice: the longest history has %d bytes", len(all), most)
}

// script records one reading of one series.
type script struct {
	rec   *recorder
	now   time.Time
	gone  int64
	stamp telemetry.Stamp
}

var series = telemetry.Series{Source: "s", Metric: "m"}

func (s *script) write(v float64, err error) {
	c := history.Call{Kind: history.Write,
		Readings: []history.Column{{Source: "s", Metric: "m", Times: []int64{1}, Values: []float64{v}}}}
	s.stamp++
	s.end(s.rec.begin(who{"c1", "n1"}, c), acknowledged(ingest.Receipt{Stamp: s.stamp,
		Blocks: []telemetry.Position{{}}}), err)
}

func (s *script) read(values ...float64) {
	c, times := of(history.Read, series), []int64{1}
	a := shown(c, times[:len(values)], values)
	a.Claim, a.Expiry = history.Claim{Complete: true}, &history.Expiry{Gone: s.gone, Going: s.gone}
	s.end(s.rec.begin(who{"c2", "n1"}, c), a, nil)
}

// end ends an operation as clients do.
func (s *script) end(op *history.Op, a history.Answer, err error) {
	traffic.NewLog(s.rec.h, s.rec.now).End(op, a, said(err))
}
