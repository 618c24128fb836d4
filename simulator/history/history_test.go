package history

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

var rewrite = flag.Bool("rewrite", false, "write the golden files anew")

var zero = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// everything has each type of line, each kind and each field.
func everything() *History {
	h := &History{Header: Header{Run: "golden", Seed: 7, Program: "0.1.0"}}
	at := func(s int) time.Time { return zero.Add(time.Duration(s)*time.Second + 123456789) }
	done := func(s int, c Call, a Answer) {
		op := h.Begin(at(s), Op{Process: "c1", Session: "s1", Node: "east-1", Call: c})
		h.End(at(s+1), op, Done, a, "")
	}
	column := []Column{{Source: "mü", Metric: "m", Times: []int64{-5, 1767225600000000000},
		Values: []float64{0.1, -3}}}
	done(0, Call{Kind: Write, Tenant: "t", Readings: column, After: 9}, Answer{Durability: Both,
		Regions: []string{"east", "west"}, Origin: Origin{Stamp: 0x19b76da0001, Writer: "w", Number: 3},
		Blocks: []string{"w/3"}, Rejected: []int{1}})
	done(2, Call{Kind: Read, Tenant: "t", Source: "mü", Metric: "m", From: -10, To: 10, Limit: 1},
		Answer{Readings: column[:1:1], More: true, Claim: Claim{Complete: true, AsOf: at(1), AsOfOne: at(2),
			Mode: "normal", From: "east"}, Expiry: &Expiry{Gone: -100, Going: -50}})
	op := h.Begin(at(4), Op{Process: "c2", Call: Call{Kind: Delete, Tenant: "t", Source: "s", Metric: "m", To: 9}})
	h.End(at(5), op, Refused, Answer{}, "throttled")
	op = h.Begin(at(6), Op{Process: "c2", Call: Call{Kind: Latest, Tenant: "t", Source: "s", Metric: "m"}})
	h.End(at(11), op, Unknown, Answer{}, "no answer in 5 s")
	done(12, Call{Kind: Count, Tenant: "t", Source: "s", Metric: "m", To: 99}, Answer{Count: 4})
	h.Enter(at(13), Healed)
	h.Note(at(14), Left{"blocks in the journal", 3})
	done(15, Call{Kind: WriteRows, Endpoint: Primary, Table: "ships", Partition: "p0", Rows: []Row{
		{Do: Put, Key: "r", Fields: map[string]any{"id": 1.0, "large": "9", "large@odata.type": "Edm.Int64"}},
		{Do: DeleteRow, Key: "q"}}}, Answer{Stamp: at(15)})
	done(17, Call{Kind: ReadRows, Endpoint: Secondary, Table: "ships", Partition: "p0"}, Answer{
		Rows: []Row{{Key: "r", Stamp: at(15), Fields: map[string]any{"id": 1.0}}}})
	done(19, Call{Kind: Stats, Service: "table", Endpoint: Secondary}, Answer{State: "live", LastSync: at(18)})
	entry := Entry{Seq: 4, Partition: Partition{Service: "table", Container: "ships", Key: "p0"}, At: at(15),
		Due: at(16), Rows: 2, Bytes: 99}
	done(21, Call{Kind: Losses}, Answer{Loss: &Loss{At: at(20), LastSync: map[string]time.Time{"table": at(18)},
		Entries: []Lost{{Entry: entry, Keys: []string{"q", "r"}}}}})
	h.Tell(at(22), Event{ID: 3, At: at(22), Account: "geo", Kind: "commit", Entry: &entry, Text: "x", Status: 204,
		Call: map[string]any{"op": "insert"}})
	done(23, Call{Kind: Fold, Source: "s", Metric: "m", To: 99, Step: 60},
		Answer{Buckets: []Bucket{{Start: 60, Count: 2,
			Sum: 3.5, Min: 1, Max: 2.5, First: 2.5, Last: 1}}})
	done(25, Call{Kind: Ask, Source: "s", Question: "GET /v1/series"}, Answer{Text: "{}"})
	h.Begin(at(27), Op{Process: "c3", Call: Call{Kind: WriteRows, Table: "ships", Rows: []Row{{Do: DropTable}}}})
	return h
}

var sameHistory = cmp.Options{cmpopts.IgnoreUnexported(History{}), cmpopts.EquateEmpty()}

// TestGolden: the format of version 1 stays readable, and is written as it was.
func TestGolden(t *testing.T) {
	const name = "testdata/version1.jsonl"
	var out bytes.Buffer
	if err := everything().Save(&out); err != nil {
		t.Fatal(err)
	}
	if *rewrite {
		if err := os.WriteFile(name, out.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), out.String()); diff != "" {
		t.Errorf("written (-want +got):\n%s", diff)
	}
	got, err := LoadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	expect := everything()
	expect.Header.History = Version
	if diff := cmp.Diff(expect, got, sameHistory); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
}

// TestRoundTrip: what is written is read, and written the same again.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := drawn(t)
		var first, second bytes.Buffer
		if err := h.Save(&first); err != nil {
			t.Fatal(err)
		}
		got, err := Load("x", bytes.NewReader(first.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		h.Header.History = Version
		if diff := cmp.Diff(h, got, sameHistory); diff != "" {
			t.Fatal(diff)
		}
		if err := got.Save(&second); err != nil || first.String() != second.String() {
			t.Fatalf("written again (%v):\n%s\nwas\n%s", err, &second, &first)
		}
	})
}

// drawn is a history of a few clients that go on beside one another.
func drawn(t *rapid.T) *History {
	h := &History{Header: Header{Seed: rapid.Uint64().Draw(t, "seed")}}
	var open []*Op
	now := zero
	times := rapid.Int64()
	for range rapid.IntRange(0, 30).Draw(t, "steps") {
		now = now.Add(time.Duration(rapid.IntRange(0, 1<<30).Draw(t, "ns")))
		switch rapid.IntRange(0, 4).Draw(t, "step") {
		case 0, 1:
			c := Call{Kind: Kind(rapid.IntRange(int(Write), int(Losses)).Draw(t, "kind")),
				Tenant: rapid.String().Draw(t, "tenant"), From: times.Draw(t, "from"), To: times.Draw(t, "to")}
			if c.Kind == Write {
				n := rapid.IntRange(1, 4).Draw(t, "n")
				c.Readings = []Column{{Source: rapid.String().Draw(t, "source"),
					Times:  rapid.SliceOfN(times, n, n).Draw(t, "times"),
					Values: rapid.SliceOfN(rapid.Float64(), n, n).Draw(t, "values")}}
			}
			open = append(open, h.Begin(now, Op{Process: rapid.String().Draw(t, "process"), Call: c}))
		case 2:
			if len(open) > 0 {
				i := rapid.IntRange(0, len(open)-1).Draw(t, "which")
				a := Answer{Origin: Origin{Stamp: Stamp(rapid.Uint64().Draw(t, "stamp"))},
					Claim: Claim{Complete: rapid.Bool().Draw(t, "complete")}}
				h.End(now, open[i], Outcome(rapid.IntRange(0, 2).Draw(t, "outcome")), a, rapid.String().Draw(t, "why"))
				open = append(open[:i], open[i+1:]...)
			}
		case 3:
			h.Tell(now, Event{At: now, Kind: "apply", Entry: &Entry{Seq: rapid.Uint64().Draw(t, "seq")}})
		default:
			h.Note(now, Left{"rows", rapid.IntRange(0, 9).Draw(t, "left")})
		}
	}
	return h
}

const begin = `{"history":1}` + "\n"

// TestRefused: what is wrong with a line is said with its file and number.
func TestRefused(t *testing.T) {
	invoke := `{"type":"invoke","op":1,"call":{"kind":"write"}}` + "\n"
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", "x:1: the history is empty"},
		{"no header", invoke, "x:1: the first line has to be a header"},
		{"a newer version", `{"history":2}` + "\n", "x:1: the history is of version 2, this program reads version 1"},
		{"no JSON", begin + "{\n", "x:2: unexpected EOF"},
		{"two values", begin + "{\"type\":\"comment\"} {}\n", "x:2: \" {}\" stands after the end"},
		{"misspelt", begin + `{"type":"comment","txt":"x"}` + "\n", `x:2: unknown field "txt"`},
		{"no type", begin + "{}\n", "x:2: a line has no type"},
		{"unknown type", begin + `{"type":"maybe"}` + "\n", `x:2: type "maybe" is not one of ["invoke" "ok"`},
		{"unknown kind", begin + `{"type":"invoke","op":1,"call":{"kind":"append"}}` + "\n", `x:2: kind "append"`},
		{"no kind", begin + `{"type":"invoke","op":1,"call":{}}` + "\n", "x:2: a call has no kind"},
		{"no number", begin + `{"type":"invoke","call":{"kind":"write"}}` + "\n", "x:2: a line of type invoke with"},
		{"no call", begin + `{"type":"invoke","op":1}` + "\n", "x:2: call belongs to an invoke"},
		{"an answer that failed", begin + invoke + `{"type":"fail","op":1,"answer":{}}` + "\n", "x:3: answer belongs"},
		{"an end alone", begin + `{"type":"ok","op":1}` + "\n", "x:2: operation 1 ends and has not begun"},
		{"two ends", begin + invoke + strings.Repeat(`{"type":"ok","op":1}`+"\n", 2), "x:4: operation 1 ends a second"},
		{"two invokes", begin + invoke + invoke, "x:3: operation 1 begins a second time"},
		{"uneven columns", begin + `{"type":"invoke","op":1,"call":{"kind":"write","readings":[{"source":"s",` +
			`"metric":"m","times":[1],"values":[]}]}}` + "\n", "x:2: s/m: 1 times and 0 values"},
		{"torn", begin + invoke + `{"type":"ok","o`, "x:3: the last line is torn"},
		{"torn at its end", begin + `{"type":"comment"}`, "x:2: the last line is torn"},
	} {
		h, err := Load("x", strings.NewReader(c.text))
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
		if torn := strings.HasPrefix(c.name, "torn") || c.name == "empty"; errors.Is(err, ErrTorn) != torn {
			t.Errorf("%s: torn is %t", c.name, !torn)
		}
		if c.name == "torn" && (len(h.Ops) != 1 || h.Ops[0].End != 0) {
			t.Errorf("what stands before the torn line: %+v", h.Ops)
		}
	}
}

// TestWriter: records of several callers follow one another, and the first error stands.
func TestWriter(t *testing.T) {
	var out bytes.Buffer
	w, err := NewWriter(&out, Header{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 8)
	for range cap(done) {
		go func() { done <- w.Write(Record{Type: Comment, Text: strings.Repeat("x", 1000)}) }()
	}
	for range cap(done) {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	r, err := NewReader("x", &out)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for ; ; n++ {
		if _, err = r.Next(); err != nil {
			break
		}
	}
	if n != cap(done) || !errors.Is(err, io.EOF) {
		t.Errorf("%d records, then %v", n, err)
	}
	if err := w.Write(Record{Type: OK}); err == nil {
		t.Error("a record without a number was written")
	}
	full := errors.New("the disk is full")
	w, _ = NewWriter(&failing{left: 1, err: full}, Header{}, nil)
	for range 2 {
		if err := w.Write(Record{Type: Comment}); !errors.Is(err, full) {
			t.Errorf("%v, want %v", err, full)
		}
	}
}

type failing struct {
	left int
	err  error
}

func (f *failing) Write(b []byte) (int, error) {
	if f.left--; f.left < 0 {
		return 0, f.err
	}
	return len(b), nil
}

// TestJoin: parts keep their own order, of one instant what begins stands first, and numbers are new.
func TestJoin(t *testing.T) {
	part := func(began, ended int) *History {
		h := &History{}
		at := func(s int) time.Time { return zero.Add(time.Duration(s) * time.Second) }
		h.End(at(ended), h.Begin(at(began), Op{Call: Call{Kind: Write}}), Done, Answer{}, "")
		return h
	}
	h, err := Join(part(1, 5), part(5, 3), part(2, 4)) // the clock of the second stepped back
	if err != nil {
		t.Fatal(err)
	}
	var got [][2]int
	for i, op := range h.Ops {
		if op.ID != uint64(i+1) {
			t.Errorf("operation %d has the number %d", i+1, op.ID)
		}
		got = append(got, [2]int{op.Begin, op.End})
	}
	if diff := cmp.Diff([][2]int{{1, 6}, {2, 3}, {4, 5}}, got); diff != "" {
		t.Error(diff)
	}
}

// FuzzLoad: no input makes the reader panic, and what it takes it writes again.
func FuzzLoad(f *testing.F) {
	golden, err := os.ReadFile("testdata/version1.jsonl")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(golden)
	f.Add([]byte(begin + `{"type":"ok","op":1}`))
	rng := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		torn := bytes.Clone(golden[:rng.IntN(len(golden))])
		f.Add(torn)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		h, err := Load("x", bytes.NewReader(text))
		if err != nil {
			return
		}
		var out bytes.Buffer
		if err := h.Save(&out); err != nil {
			t.Fatalf("read and not written: %v", err)
		}
		again, err := Load("y", &out)
		if err != nil {
			t.Fatalf("written and not read: %v", err)
		}
		if diff := cmp.Diff(h, again, sameHistory); diff != "" {
			t.Fatal(diff)
		}
	})
}

// TestJoinLosesNothing: what no history may have is said, and not left out.
func TestJoinLosesNothing(t *testing.T) {
	h := &History{}
	h.Begin(zero, Op{Process: "c1", Call: Call{Kind: Fold, Tenant: "t", Source: "s", Metric: "m", To: 9}}) // no step
	if out, err := Join(h); err == nil {
		t.Errorf("joined are %d operations of 1", len(out.Ops))
	}
}
