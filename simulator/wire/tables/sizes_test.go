package tables_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"
)

// fill gives a row of keys "p" and "r" properties of 64 KiB until its size as the service counts it is exactly that.
func fill(size int, value func(bytes int) any, text bool) map[string]any {
	row := map[string]any{}
	left := size - 4 - 2*(len("p")+len("r"))
	for i := 0; left > 0; i++ {
		name := fmt.Sprintf("x%02d", i)
		n := min(left-8-2*len(name)-4, 64<<10)
		if rest := left - 8 - 2*len(name) - 4 - n; rest > 0 && rest < 40 {
			n -= 40 // the last one needs room for itself
		}
		row[name] = value(n)
		if !text {
			row[name+"@odata.type"] = "Edm.Binary"
		}
		left -= 8 + 2*len(name) + 4 + n
	}
	return row
}

func ascii(n int) any  { return strings.Repeat("a", n/2) }
func wide(n int) any   { return strings.Repeat("é", n/2) }
func han(n int) any    { return strings.Repeat("漢", n/2) }
func emoji(n int) any  { return strings.Repeat("😀", n/4) + strings.Repeat("a", n%4/2) }
func binary(n int) any { return base64.StdEncoding.EncodeToString(make([]byte, n)) }

func TestSizes(t *testing.T) {
	s := newStand(t)
	c := s.table("Weather")
	const mib = 1 << 20
	for _, test := range []struct {
		name  string
		value func(int) any
		text  bool
	}{{"ascii", ascii, true}, {"wide", wide, true}, {"han", han, true}, {"emoji", emoji, true},
		{"binary", binary, false}} {
		t.Run(test.name, func(t *testing.T) {
			whole, over := fill(mib, test.value, test.text), fill(mib+2, test.value, test.text)
			if _, err := c.AddEntity(t.Context(), entity(t, "p", "r", over), nil); code(err) != "EntityTooLarge" {
				t.Errorf("over 1 MiB gave %v", err)
			}
			if _, err := c.AddEntity(t.Context(), entity(t, "p", "r", whole), nil); err != nil {
				t.Fatalf("exactly 1 MiB: %v", err)
			}
			row := wantRow(t, c, "p", "r", s.stamp)
			for k, v := range whole {
				if row[k] != v {
					t.Fatalf("property %s came back changed", k)
				}
			}
			for _, mode := range []aztables.UpdateMode{aztables.UpdateModeReplace, aztables.UpdateModeMerge} {
				if _, err := c.UpsertEntity(t.Context(), entity(t, "p", "r", whole),
					&aztables.UpsertEntityOptions{UpdateMode: mode}); err != nil {
					t.Errorf("upsert (%s) of 1 MiB: %v", mode, err)
				}
			}
			if _, err := c.DeleteEntity(t.Context(), "p", "r", nil); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func code(err error) string {
	var failed *azcore.ResponseError
	if errors.As(err, &failed) {
		return failed.ErrorCode
	}
	return fmt.Sprint(err)
}

func TestProperties(t *testing.T) {
	s := newStand(t)
	c := s.table("Weather")
	row := map[string]any{}
	for i := range 252 {
		row[fmt.Sprint("n", i)] = i
	}
	if _, err := c.UpsertEntity(t.Context(), entity(t, "p", "r", row), nil); err != nil {
		t.Fatalf("252 properties: %v", err)
	}
	if got := wantRow(t, c, "p", "r", s.stamp); got["n251"] != 251.0 {
		t.Errorf("the row came back as %v", got)
	}
	row["nothing"] = nil // is not stored, so it does not count
	if _, err := c.UpsertEntity(t.Context(), entity(t, "p", "r", row), nil); err != nil {
		t.Fatalf("252 properties and a null: %v", err)
	}
	row["n252"] = 252
	b, err := json.Marshal(row)
	if err != nil {
		t.Fatal(err)
	}
	if answer, text := s.raw(s.front.URL, "PUT", "/Weather(PartitionKey='p',RowKey='r')", string(b), "Content-Type",
		"application/json"); answer.StatusCode != 400 || !strings.Contains(text, "TooManyProperties") {
		t.Errorf("253 properties gave %d %s", answer.StatusCode, text)
	}
}
