package aztable

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"tidemark/adapters/aztable/internal/entity"
	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

// served is a row as the service sends it back.
func served(r entity.Row) []byte {
	return append(bytes.TrimSuffix(r.Text, []byte("}")),
		`,"odata.etag":"W/\"1\"","Timestamp":"2026-11-23T06:28:43.1234567Z"}`...)
}

func TestIndexRowsThatMakeNoSense(t *testing.T) {
	s := telemetry.Stream{Writer: "w"}
	if st, err := (indexRows{}).state("op", s); err != nil || st.Born() {
		t.Errorf("no rows: %+v, %v", st, err)
	}
	mark, err := entity.Decode(served(entity.New(entity.PartitionOf("t"), "i,w,c").Int(propMark, 1).Small()))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (indexRows{mark: &mark}).state("op", s); !fault.Is(err, fault.Corrupt) {
		t.Errorf("no birth: %v", err)
	}
	birth, err := entity.Decode(served(entity.New(entity.PartitionOf("t"), "i,w,a").Small()))
	if err != nil {
		t.Fatal(err)
	}
	if st, err := (indexRows{birth: &birth}).state("op", s); !fault.Is(err, fault.Corrupt) {
		t.Errorf("neither open nor ended: %+v, %v", st, err)
	}
	ended, err := entity.Decode(served(entity.New(entity.PartitionOf("t"), "i,w,a").Flag(propEnded, true).Small()))
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

// TestTableNamesAreLegal checks the names against the service's rule for the years that there can be.
func TestTableNamesAreLegal(t *testing.T) {
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
	p := place{Partition: entity.PartitionOf("t"), writer: "w"}
	for size, want := range map[int]int{0: 1, 1: 1, entity.MaxValue: 1, entity.MaxValue + 1: 2,
		telemetry.MaxBlockBytes: 2} {
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

// TestBlockRowsOfBefore reads rows without a stamp, and the null that the service answers for a property that was
// selected and is not there.
func TestBlockRowsOfBefore(t *testing.T) {
	p := place{Partition: entity.PartitionOf("t"), writer: "w"}
	rows, err := p.blockRows("op", journal.Entry{Number: 1, Block: []byte("x")})
	if err != nil {
		t.Fatal(err)
	}
	before := string(served(rows[0]))
	if strings.Contains(before, `"stamp"`) {
		t.Errorf("a block whose stamp is not known has one: %s", before)
	}
	selected := strings.Replace(before, `"parts"`, `"stamp":null,"void":null,"parts"`, 1)
	for _, text := range []string{before, selected} {
		e, err := entity.Decode([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if h, parts, err := headOf("op", e, 1); h != (journal.Head{Number: 1}) || parts != 1 || err != nil {
			t.Errorf("the head of %s is %+v of %d rows (%v)", text, h, parts, err)
		}
	}
}
