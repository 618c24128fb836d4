package aztable

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

// served is a row as the service sends it back.
func served(r row) []byte {
	return append(bytes.TrimSuffix(r.text, []byte("}")),
		`,"odata.etag":"W/\"1\"","Timestamp":"2026-11-23T06:28:43.1234567Z"}`...)
}

func TestRowsComeBackAsTheyWereWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := bytes.Repeat(rapid.SliceOfN(rapid.Byte(), 1, 9).Draw(t, "value"),
			rapid.IntRange(0, 30_000).Draw(t, "times"))
		text, number, flag := rapid.String().Draw(t, "text"), rapid.Int64().Draw(t, "number"),
			rapid.Bool().Draw(t, "flag")
		p := partitionOf("t", strings.Repeat(rapid.String().Draw(t, "tenant"), rapid.IntRange(1, 300).Draw(t, "long")))
		r, err := newRow(p, "rk").str("s", text).int("n", number).flag("f", flag).
			binary("b", value[:min(9, len(value))]).value(value).done()
		if err != nil {
			t.Fatal(err)
		}
		e, err := decode(served(r))
		if err != nil {
			t.Fatal(err)
		}
		got, err := e.value("op")
		if err != nil || !bytes.Equal(got, value) {
			t.Fatalf("%d bytes came back as %d (%v)", len(value), len(got), err)
		}
		n, err := e.int("op", "n")
		if e.str("s") != text || n != number || err != nil || e.flag("f") != flag {
			t.Fatalf("%q %d %v came back as %q %d %v (%v)", text, number, flag, e.str("s"), n, e.flag("f"), err)
		}
		if err := e.belongs("op", p); err != nil {
			t.Fatal(err)
		}
	})
}

func TestRowOverTheServicesBound(t *testing.T) {
	_, err := newRow(partitionOf("t"), "rk").value(make([]byte, maxValue)).binary("more", make([]byte, maxProperty)).
		done()
	if !fault.Is(err, fault.TooLarge) {
		t.Errorf("a row over 1 MiB: %v", err)
	}
}

// TestRowOfAnotherNameIsCorrupt stands for two long names whose keys are the same, which a hash lets happen only in
// theory.
func TestRowOfAnotherNameIsCorrupt(t *testing.T) {
	long := strings.Repeat("long", 200)
	p, q := partitionOf("t", long), partitionOf("t", long+"er")
	q.key = p.key
	e, err := decode(served(newRow(q, "rk").small()))
	if err != nil {
		t.Fatal(err)
	}
	if err := e.belongs("op", p); !fault.Is(err, fault.Corrupt) {
		t.Errorf("got %v", err)
	}
}

func TestDamagedRowsAreCorrupt(t *testing.T) {
	good := string(served(newRow(partitionOf("t"), "rk").value(make([]byte, 100_000)).small()))
	for what, text := range map[string]string{
		"no JSON":         good[:100],
		"no time":         strings.Replace(good, "2026-11-23T06:28:43.1234567Z", "yesterday", 1),
		"a part missing":  strings.Replace(good, `"d01":`, `"d07":`, 1),
		"no base64":       strings.Replace(good, `"d00":"A`, `"d00":"!`, 1),
		"another size":    strings.Replace(good, `"100000"`, `"99999"`, 1),
		"no size":         strings.Replace(good, `"100000"`, `"much"`, 1),
		"a negative size": strings.Replace(good, `"100000"`, `"-1"`, 1),
	} {
		e, err := decode([]byte(text))
		if err == nil {
			_, err = e.value("op")
		}
		if !fault.Is(err, fault.Corrupt) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestIndexRowsThatMakeNoSense(t *testing.T) {
	s := telemetry.Stream{Writer: "w"}
	if st, err := (indexRows{}).state("op", s); err != nil || st.Born() {
		t.Errorf("no rows: %+v, %v", st, err)
	}
	mark, err := decode(served(newRow(partitionOf("t"), "i,w,c").int(propMark, 1).small()))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (indexRows{mark: &mark}).state("op", s); !fault.Is(err, fault.Corrupt) {
		t.Errorf("no birth: %v", err)
	}
	birth, err := decode(served(newRow(partitionOf("t"), "i,w,a").small()))
	if err != nil {
		t.Fatal(err)
	}
	if st, err := (indexRows{birth: &birth}).state("op", s); !fault.Is(err, fault.Corrupt) {
		t.Errorf("neither open nor ended: %+v, %v", st, err)
	}
	ended, err := decode(served(newRow(partitionOf("t"), "i,w,a").flag(propEnded, true).small()))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		rows indexRows
		torn bool
	}{{indexRows{}, false}, {indexRows{mark: &mark}, true}, {indexRows{birth: &birth}, true},
		{indexRows{birth: &birth, open: &birth}, false}, {indexRows{birth: &ended}, false}} {
		if got := c.rows.torn(); got != c.torn {
			t.Errorf("rows %+v are torn: %v", c.rows, got)
		}
	}
}

func FuzzDecodeStream(f *testing.F) {
	f.Add("acme,3,20780,01J")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := decodeStream("op", text)
		if err != nil {
			if !fault.Is(err, fault.Corrupt) {
				t.Fatal(err)
			}
			return
		}
		if again, err := decodeStream("op", encodeStream(s)); err != nil || again != s {
			t.Fatalf("%q is %v, then %v (%v)", text, s, again, err)
		}
	})
}

// TestTableNamesAreLegal checks the names against the service's rule for the days and years that there can be.
func TestTableNamesAreLegal(t *testing.T) {
	if got, ok := periodName(telemetry.Day(20780)); !ok || got != "J202611" {
		t.Errorf("day 20780 is in %s", got)
	}
	if _, ok := periodName(-1 << 31); ok {
		t.Error("a day six million years ago has a table")
	}
	last := ""
	for _, year := range []int32{-1 << 31, -257, -1, 0, 1, 58, 1<<31 - 1} {
		name := yearName(year)
		if name <= last || len(name) != 9 {
			t.Errorf("year %d is %s, after %s", year, name, last)
		}
		last = name
	}
}

func TestBlockRowsAreOneOrTwo(t *testing.T) {
	p := place{partition: partitionOf("t"), writer: "w"}
	for size, want := range map[int]int{0: 1, 1: 1, maxValue: 1, maxValue + 1: 2, telemetry.MaxBlockBytes: 2} {
		rows, err := p.blockRows("op", journal.Entry{Number: 1, Block: make([]byte, size)})
		if err != nil || len(rows) != want {
			t.Errorf("%d bytes take %d rows (%v)", size, len(rows), err)
		}
	}
	if _, err := p.blockRows("op", journal.Entry{Number: 1,
		Block: make([]byte, telemetry.MaxBlockBytes+1)}); !fault.Is(err, fault.TooLarge) {
		t.Errorf("one byte more: %v", err)
	}
	if n, part, err := p.blockNumber("op", p.block(maxNumber, 1)); n != maxNumber || part != 1 || err != nil {
		t.Errorf("the last number came back as %d, %d (%v)", n, part, err)
	}
	for _, rk := range []string{"k,v,0000000000000000001,0", "k,w,1,0", fmt.Sprintf("k,w,%019s,0", "x")} {
		if _, _, err := p.blockNumber("op", rk); !fault.Is(err, fault.Corrupt) {
			t.Errorf("%s: %v", rk, err)
		}
	}
}
