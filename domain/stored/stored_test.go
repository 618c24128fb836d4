package stored

import (
	"encoding/binary"
	"errors"
	"testing"

	"pgregory.net/rapid"
)

var form = Format{'T', 'M', 'X', 1}

type fields struct {
	number uint64
	signed int64
	small  int32
	text   string
	flag   bool
	fixed  uint64
}

func (f fields) append(dst []byte) []byte {
	from := len(dst)
	dst = append(dst, form[:]...)
	dst = binary.AppendUvarint(dst, f.number)
	dst = binary.AppendVarint(dst, f.signed)
	dst = binary.AppendVarint(dst, int64(f.small))
	dst = AppendFlag(AppendText(dst, f.text), f.flag)
	return Seal(binary.LittleEndian.AppendUint64(dst, f.fixed), from)
}

func read(d *Decoder) fields {
	return fields{d.Uvarint(), d.Varint(), d.Int32(), d.Text(), d.Flag(), d.Fixed64()}
}

func TestFieldsComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := fields{rapid.Uint64().Draw(t, "number"), rapid.Int64().Draw(t, "signed"),
			rapid.Int32().Draw(t, "small"),
			rapid.String().Draw(t, "text"), rapid.Bool().Draw(t, "flag"), rapid.Uint64().Draw(t, "fixed")}
		p := want.append([]byte("before"))[6:]
		d, err := Unseal(p, form)
		if err != nil {
			t.Fatal(err)
		}
		if got := read(&d); got != want || d.End() != nil {
			t.Fatalf("%+v, expected %+v: %v", got, want, d.End())
		}
		cut := NewDecoder(p[4:][:rapid.IntRange(0, len(p)-9).Draw(t, "cut")])
		read(&cut)
		if !errors.Is(cut.End(), ErrCorrupt) || len(cut.Rest()) > 0 || cut.Uvarint() != 0 {
			t.Fatalf("cut: %v, %d bytes are left", cut.End(), len(cut.Rest()))
		}
		more := NewDecoder(append(p[4:len(p)-4:len(p)-4], 0))
		read(&more)
		if !errors.Is(more.End(), ErrCorrupt) {
			t.Fatalf("a byte too many: %v", more.End())
		}
	})
}

func TestWhatDoesNotDecode(t *testing.T) {
	for name, read := range map[string]func(d *Decoder){
		"over the most":     func(d *Decoder) { d.AtMost(1) },
		"a count too great": func(d *Decoder) { d.Count(1) },
		"not a flag":        func(d *Decoder) { d.Flag() },
		"too few bytes":     func(d *Decoder) { d.Take(2) },
		"a part's error":    func(d *Decoder) { d.Continue(nil, Corrupt("part")) },
	} {
		d := NewDecoder([]byte{2})
		if read(&d); !errors.Is(d.Err(), ErrCorrupt) || len(d.Rest()) > 0 {
			t.Errorf("%s: %v", name, d.Err())
		}
	}
	d := NewDecoder(binary.AppendVarint(nil, 1<<31))
	if d.Int32(); !errors.Is(d.Err(), ErrCorrupt) {
		t.Errorf("2^31 in 32 bits: %v", d.Err())
	}
	p := fields{}.append(nil)
	for name, bad := range map[string][]byte{"short": p[:7], "other letters": append([]byte("TMY"), p[3:]...)} {
		if _, err := Unseal(bad, form); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
