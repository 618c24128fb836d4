package entity

import (
	"bytes"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tidemark/domain/fault"
)

// served is a row as the service sends it back.
func served(r Row) []byte {
	return append(bytes.TrimSuffix(r.Text, []byte("}")),
		`,"odata.etag":"W/\"1\"","Timestamp":"2026-11-23T06:28:43.1234567Z"}`...)
}

func TestRowsComeBackAsTheyWereWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := bytes.Repeat(rapid.SliceOfN(rapid.Byte(), 1, 9).Draw(t, "value"),
			rapid.IntRange(0, 30_000).Draw(t, "times"))
		text, number, flag := rapid.String().Draw(t, "text"), rapid.Int64().Draw(t, "number"),
			rapid.Bool().Draw(t, "flag")
		p := PartitionOf("t", strings.Repeat(rapid.String().Draw(t, "tenant"), rapid.IntRange(1, 300).Draw(t, "long")))
		r, err := New(p, "rk").Str("s", text).Int("n", number).Flag("f", flag).
			Binary("b", value[:min(9, len(value))]).Value(value).Done()
		if err != nil {
			t.Fatal(err)
		}
		e, err := Decode(served(r))
		if err != nil {
			t.Fatal(err)
		}
		got, err := e.Value("op")
		if err != nil || !bytes.Equal(got, value) {
			t.Fatalf("%d bytes came back as %d (%v)", len(value), len(got), err)
		}
		n, err := e.Int("op", "n")
		if e.Str("s") != text || n != number || err != nil || e.Flag("f") != flag {
			t.Fatalf("%q %d %v came back as %q %d %v (%v)", text, number, flag, e.Str("s"), n, e.Flag("f"), err)
		}
		if err := e.Belongs("op", p); err != nil {
			t.Fatal(err)
		}
	})
}

func TestRowOverTheServicesBound(t *testing.T) {
	_, err := New(PartitionOf("t"), "rk").Value(make([]byte, MaxValue)).Binary("more", make([]byte, MaxProperty)).
		Done()
	if !fault.Is(err, fault.TooLarge) {
		t.Errorf("a row over 1 MiB: %v", err)
	}
}

// TestRowOfAnotherNameIsCorrupt stands for two long names whose keys are the same, which a hash lets happen only in
// theory.
func TestRowOfAnotherNameIsCorrupt(t *testing.T) {
	long := strings.Repeat("long", 200)
	p, q := PartitionOf("t", long), PartitionOf("t", long+"er")
	q.Key = p.Key
	e, err := Decode(served(New(q, "rk").Small()))
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Belongs("op", p); !fault.Is(err, fault.Corrupt) {
		t.Errorf("got %v", err)
	}
}

func TestDamagedRowsAreCorrupt(t *testing.T) {
	good := string(served(New(PartitionOf("t"), "rk").Value(make([]byte, 100_000)).Small()))
	for what, text := range map[string]string{
		"no JSON":         good[:100],
		"no time":         strings.Replace(good, "2026-11-23T06:28:43.1234567Z", "yesterday", 1),
		"a part missing":  strings.Replace(good, `"d01":`, `"d07":`, 1),
		"no base64":       strings.Replace(good, `"d00":"A`, `"d00":"!`, 1),
		"another size":    strings.Replace(good, `"100000"`, `"99999"`, 1),
		"no size":         strings.Replace(good, `"100000"`, `"much"`, 1),
		"a negative size": strings.Replace(good, `"100000"`, `"-1"`, 1),
	} {
		e, err := Decode([]byte(text))
		if err == nil {
			_, err = e.Value("op")
		}
		if !fault.Is(err, fault.Corrupt) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
