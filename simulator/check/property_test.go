package check

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tidemark/simulator/history"
)

// seeds gives the seeds of a random test: TIDEMARK_SEED alone, or n new ones.
func seeds(t *testing.T, n int) []uint64 {
	t.Helper()
	if text := os.Getenv("TIDEMARK_SEED"); text != "" {
		seed, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatalf("TIDEMARK_SEED: %v", err)
		}
		return []uint64{seed}
	}
	if os.Getenv("TIDEMARK_CAMPAIGN") == "1" {
		n *= 100
	}
	first := rand.Uint64() >> 1
	all := make([]uint64, n)
	for i := range all {
		all[i] = first + uint64(i)
	}
	return all
}

// TestGoodHistories: a store that keeps its promises raises no alarm.
func TestGoodHistories(t *testing.T) {
	// The first one's answers that claim nothing were once held against others.
	for _, seed := range append([]uint64{3691610821315698097}, seeds(t, 200)...) {
		h := generate(seed, 150, true)
		if verdicts := All(h, Usual); len(verdicts) > 0 {
			t.Fatalf("TIDEMARK_SEED=%d: %v", seed, verdicts)
		}
		if short := Enough(h, Demand{Acked: 20, Answers: 20, Unknown: 1, Healed: 4, Clients: 3}); len(short) > 0 {
			t.Fatalf("TIDEMARK_SEED=%d: %v", seed, short)
		}
	}
}

func text(t testing.TB, h *history.History) string {
	t.Helper()
	var out bytes.Buffer
	if err := h.Save(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// faults are planted into good histories. Each reports whether there was a place for it.
var faults = map[Rule]func(*rand.Rand, *history.History) bool{
	Lost:        func(rng *rand.Rand, h *history.History) bool { return drop(rng, h, true, nil) },
	FalseClaim:  func(rng *rand.Rand, h *history.History) bool { return drop(rng, h, false, asOf) },
	Session:     func(rng *rand.Rand, h *history.History) bool { return drop(rng, h, false, inSession) },
	Vanished:    vanish,
	Resurrected: bringBack,
	Refused:     refuse,
	Changed: func(rng *rand.Rand, h *history.History) bool {
		return lastly(rng, h, history.Ask, func(a *history.Answer) { a.Text += "!" })
	},
	Short: func(rng *rand.Rand, h *history.History) bool { return drop(rng, h, false, nil) },
	Wrong: func(rng *rand.Rand, h *history.History) bool {
		return change(rng, h, func(_ *history.Op, c *history.Column, i int) { c.Values[i] += 0.5 })
	},
	Duplicated: func(rng *rand.Rand, h *history.History) bool {
		return change(rng, h, func(_ *history.Op, c *history.Column, i int) {
			c.Times, c.Values = slices.Insert(c.Times, i, c.Times[i]), slices.Insert(c.Values, i, c.Values[i])
		})
	},
	Bounds: func(rng *rand.Rand, h *history.History) bool {
		return change(rng, h, func(op *history.Op, c *history.Column, i int) { op.Call.To = c.Times[i] })
	},
	Order: func(rng *rand.Rand, h *history.History) bool {
		return change(rng, h, func(_ *history.Op, c *history.Column, _ int) {
			slices.Reverse(c.Times)
			slices.Reverse(c.Values)
		})
	},
}

// lastly does something to the answer of one of the questions that are asked at the end, when all is still.
func lastly(rng *rand.Rand, h *history.History, k history.Kind, do func(*history.Answer)) bool {
	var asked []*history.Op
	for _, op := range h.Ops {
		if op.Call.Kind == k && op.Process == "end" && op.Outcome == history.Done {
			asked = append(asked, op)
		}
	}
	do(&asked[1+rng.IntN(len(asked)-1)].Answer)
	return true
}

// TestPlantedFolds: a bucket that is wrong in any of its numbers is found.
func TestPlantedFolds(t *testing.T) {
	for i, do := range []func(*history.Bucket){
		func(b *history.Bucket) { b.Count++ }, func(b *history.Bucket) { b.Count-- },
		func(b *history.Bucket) { b.Sum += 0.5 }, func(b *history.Bucket) { b.Min-- },
		func(b *history.Bucket) { b.Max++ }, func(b *history.Bucket) { b.First += 0.5 },
		func(b *history.Bucket) { b.Last += 0.5 },
	} {
		found := 0
		for _, seed := range seeds(t, 20) {
			h := generate(seed, 150, true)
			for _, op := range h.Ops { // everything is certain
				if op.Outcome != history.Done {
					op.Outcome = history.Refused
				}
			}
			before := len(All(h, Usual)) // what was there although it was refused
			lastly(rand.New(rand.NewPCG(seed, 5)), h, history.Fold, func(a *history.Answer) {
				do(&a.Buckets[int(seed)%len(a.Buckets)])
			})
			if len(All(h, Usual)) > before {
				found++
			}
		}
		if found == 0 {
			t.Errorf("change %d of a bucket is never found", i)
		}
	}
}

// change does something to a reading of an answer that shows two or more.
func change(rng *rand.Rand, h *history.History, do func(op *history.Op, c *history.Column, i int)) bool {
	for _, n := range rng.Perm(len(h.Ops)) {
		op := h.Ops[n]
		if op.Call.Kind != history.Read || len(op.Answer.Readings) == 0 || len(op.Answer.Readings[0].Times) < 2 {
			continue
		}
		c := &op.Answer.Readings[0]
		do(op, c, rng.IntN(len(c.Times)))
		return true
	}
	return false
}

// lone gives a write, in a random order, that was acknowledged both, of a reading that nobody else wrote or deleted.
func lone(rng *rand.Rand, h *history.History, good func(op *history.Op, at int64) bool) (*history.Op, int64) {
	for _, n := range rng.Perm(len(h.Ops)) {
		op := h.Ops[n]
		if op.Call.Kind != history.Write || op.Outcome != history.Done ||
			op.Answer.Durability != history.Both {
			continue
		}
		for _, at := range op.Call.Readings[0].Times {
			if at > slots && good(op, at) {
				return op, at
			}
		}
	}
	return nil, 0
}

// answers gives the reads of a tenant that cover a time.
func answers(h *history.History, tenant string, at int64) (shows, all []*history.Op) {
	for _, op := range h.Ops {
		if op.Call.Kind == history.Read && op.Call.Tenant == tenant && op.Call.From <= at && at < op.Call.To {
			all = append(all, op)
			if where(op, at) >= 0 {
				shows = append(shows, op)
			}
		}
	}
	return shows, all
}

func where(op *history.Op, at int64) int {
	if len(op.Answer.Readings) == 0 {
		return -1
	}
	return slices.Index(op.Answer.Readings[0].Times, at)
}

func hide(op *history.Op, at int64) {
	i := where(op, at)
	c := &op.Answer.Readings[0]
	c.Times, c.Values = slices.Delete(c.Times, i, i+1), slices.Delete(c.Values, i, i+1)
	if len(c.Times) == 0 {
		op.Answer.Readings = nil
	}
	if op.Answer.More { // what was asked ends before the page did
		op.Answer.More, op.Call.To, op.Call.Limit = false, at+1, 0
	}
}

// drop takes an acknowledged reading out of all answers since, or of one.
func drop(rng *rand.Rand, h *history.History, all bool, remake func(*history.Op)) bool {
	var from []*history.Op
	w, at := lone(rng, h, func(w *history.Op, at int64) bool {
		shows, _ := answers(h, w.Call.Tenant, at)
		from = slices.DeleteFunc(shows, func(r *history.Op) bool {
			return !w.Before(r) || !r.Answer.Claim.Complete || r.Answer.More
		})
		return len(from) > 1
	})
	if w == nil {
		return false
	}
	if !all {
		from = from[:1]
	}
	for _, r := range from {
		if remake != nil {
			remake(r)
			w.Session = r.Session
		}
		hide(r, at)
	}
	return true
}

func asOf(op *history.Op) {
	op.Answer.Claim = history.Claim{AsOf: op.Began.Add(2 * time.Second), AsOfOne: op.Began.Add(2 * time.Second)}
}

func inSession(op *history.Op) { op.Answer.Claim, op.Session = history.Claim{}, "planted" }

// vanish makes a write that was seen one without an answer, and takes it out of the last answers.
func vanish(rng *rand.Rand, h *history.History) bool {
	var shows []*history.Op
	w, at := lone(rng, h, func(w *history.Op, at int64) bool {
		shows, _ = answers(h, w.Call.Tenant, at)
		shows = slices.DeleteFunc(shows, func(r *history.Op) bool { return !r.Answer.Claim.Complete || r.Answer.More })
		return len(shows) > 2 && len(w.Call.Readings[0].Times) == 1 && shows[0].Before(shows[len(shows)-1])
	})
	if w == nil {
		return false
	}
	w.Outcome, w.Answer = history.Unknown, history.Answer{}
	hide(shows[len(shows)-1], at)
	return true
}

// bringBack lets the last answer show a value that had been replaced in an answer before.
func bringBack(rng *rand.Rand, h *history.History) bool {
	last := h.Ops[len(h.Ops)-1]
	for _, n := range rng.Perm(len(h.Ops)) {
		w := h.Ops[n]
		if w.Call.Kind != history.Write || w.Outcome != history.Done || w.Call.Tenant != last.Call.Tenant {
			continue
		}
		for i, at := range w.Call.Readings[0].Times {
			j := where(last, at)
			if j < 0 || last.Answer.Readings[0].Values[j] <= w.Call.Readings[0].Values[i]+3 {
				continue
			}
			newest := last.Answer.Readings[0].Values[j]
			if seenBefore(h, last, at, newest) && olderBy(h, w, at, newest) {
				last.Answer.Readings[0].Values[j] = w.Call.Readings[0].Values[i]
				return true
			}
		}
	}
	return false
}

func seenBefore(h *history.History, last *history.Op, at int64, v float64) bool {
	shows, _ := answers(h, last.Call.Tenant, at)
	return slices.ContainsFunc(shows, func(r *history.Op) bool {
		return r.Before(last) && r.Answer.Claim.Complete && r.Answer.Readings[0].Values[where(r, at)] == v
	})
}

// olderBy reports whether the write of a value was acknowledged, and is later than another.
func olderBy(h *history.History, w *history.Op, at int64, v float64) bool {
	return slices.ContainsFunc(h.Ops, func(o *history.Op) bool {
		if o.Call.Kind != history.Write || o.Outcome != history.Done || o.Call.Tenant != w.Call.Tenant {
			return false
		}
		i := slices.Index(o.Call.Readings[0].Values, v)
		return i >= 0 && o.Call.Readings[0].Times[i] == at && o.Answer.Origin.Stamp > w.Answer.Origin.Stamp
	})
}

// refuse tells the writer of what is seen that it was refused.
func refuse(rng *rand.Rand, h *history.History) bool {
	w, _ := lone(rng, h, func(w *history.Op, at int64) bool {
		shows, _ := answers(h, w.Call.Tenant, at)
		return len(shows) > 0
	})
	if w != nil {
		w.Outcome, w.Answer = history.Refused, history.Answer{}
	}
	return w != nil
}

// TestPlantedFaults: of every kind of fault that is planted into a good history, each is found by its rule.
func TestPlantedFaults(t *testing.T) {
	for rule, plant := range faults {
		t.Run(rule.String(), func(t *testing.T) {
			planted := 0
			for _, seed := range seeds(t, 60) {
				h := generate(seed, 150, true)
				if !plant(rand.New(rand.NewPCG(seed, 2)), h) {
					continue
				}
				planted++
				verdicts := All(h, Usual)
				if !slices.ContainsFunc(verdicts, func(v Verdict) bool { return v.Rule == rule }) {
					t.Fatalf("TIDEMARK_SEED=%d: not found, but %v", seed, verdicts)
				}
			}
			if planted < 10 && os.Getenv("TIDEMARK_SEED") == "" {
				t.Errorf("only %d histories had a place for it", planted)
			}
		})
	}
}

// TestOrderOfConcurrentRecords: which of two operations that go on at once is written first changes no verdict.
func TestOrderOfConcurrentRecords(t *testing.T) {
	var all []*history.History
	for file := range corpus(t) {
		h, err := history.LoadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, h)
	}
	for _, seed := range seeds(t, 20) {
		for _, plant := range faults {
			h := generate(seed, 100, true)
			plant(rand.New(rand.NewPCG(seed, 3)), h)
			all = append(all, h)
		}
	}
	changed := 0
	for i, h := range all {
		want := All(h, Usual)
		for range 3 { // whatever order maps give their keys in
			if diff := cmp.Diff(want, All(h, Usual)); diff != "" {
				t.Fatalf("history %d is judged otherwise again:\n%s", i, diff)
			}
		}
		for _, seed := range seeds(t, 3) {
			other, moved := shuffled(t, rand.New(rand.NewPCG(seed, 4)), h)
			changed += moved
			if diff := cmp.Diff(want, All(other, Usual)); diff != "" {
				t.Fatalf("TIDEMARK_SEED=%d: history %d (-as it was +changed):\n%s", seed, i, diff)
			}
		}
	}
	if changed < 1000 {
		t.Errorf("%d records changed places: this proves too little", changed)
	}
}

// shuffled lets neighbouring invokes change places, and neighbouring ends, as often as it can.
func shuffled(t *testing.T, rng *rand.Rand, h *history.History) (out *history.History, moved int) {
	t.Helper()
	var moments []time.Time
	for _, op := range h.Ops {
		moments = append(moments, op.Answer.Claim.AsOf.Add(-Usual.Skew), op.Answer.Claim.AsOfOne.Add(-Usual.Skew))
	}
	records := h.Records()
	for range 3 * len(records) {
		i := rng.IntN(len(records) - 1)
		a, b := &records[i], &records[i+1]
		ends := func(r *history.Record) bool {
			return r.Type == history.OK || r.Type == history.Fail || r.Type == history.Info
		}
		same := a.Type == history.Invoke && b.Type == history.Invoke || ends(a) && ends(b)
		// a claim between the two tells which was first
		told := slices.ContainsFunc(moments, func(m time.Time) bool {
			return !m.Before(a.At) && !m.After(b.At) || !m.Before(b.At) && !m.After(a.At)
		})
		if !same || told || raw(h, a.Op) || raw(h, b.Op) {
			continue
		}
		*a, *b = *b, *a
		moved++
	}
	out = &history.History{}
	for _, r := range records {
		if err := out.Add(r); err != nil {
			t.Fatal(err)
		}
	}
	return out, moved
}

func raw(h *history.History, id uint64) bool {
	return slices.ContainsFunc(h.Ops, func(op *history.Op) bool {
		return op.ID == id && op.Call.Kind >= history.WriteRows
	})
}

// TestVerdictText: a verdict is a sentence, and JSON.
func TestVerdictText(t *testing.T) {
	v := Verdict{Rule: Lost, What: "read by c2 shows nothing", Where: []uint64{7, 3}, Times: 4}
	if got, want := v.String(), "lost: read by c2 shows nothing (operations 7, 3; seen 4 times)"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if text, err := json.Marshal(v); err != nil || string(text) !=
		`{"rule":"lost","what":"read by c2 shows nothing","where":[7,3],"times":4}` {
		t.Errorf("%s, %v", text, err)
	}
	for _, r := range Rules() {
		text, _ := r.MarshalText()
		var again Rule
		if err := again.UnmarshalText(text); err != nil || again != r {
			t.Errorf("%s: %v, %v", text, again, err)
		}
	}
	if err := new(Rule).UnmarshalText([]byte("")); err == nil {
		t.Error("no rule has no name")
	}
}

// TestEnough: a run in which nothing happened is one verdict for each demand.
func TestEnough(t *testing.T) {
	d := Demand{Acked: 1, Answers: 1, Unknown: 1, Refused: 1, Healed: 1, Clients: 1, Truth: map[string]int{"commit": 1}}
	if got := Enough(&history.History{}, d); len(got) != 7 || got[0].Rule != Idle {
		t.Errorf("an empty history: %v", got)
	}
	h := generate(1, 100, false)
	h.Tell(zero, history.Event{Kind: "commit"})
	if got := Enough(h, d); len(got) != 0 {
		t.Errorf("a full one: %v", got)
	}
}
