package goruntime

import (
	"strings"
	"testing"
	"time"
)

func TestNamesSortByTimeAndNeverRepeat(t *testing.T) {
	moment := time.UnixMilli(1469918176385) // of the example in the specification of ULIDs
	if got := NewULID(moment); !strings.HasPrefix(got, "01ARYZ6S41") || len(got) != 26 {
		t.Errorf("%s does not begin with 01ARYZ6S41", got)
	}
	seen := map[string]bool{}
	for i := range 1000 {
		name := NewULID(moment)
		if seen[name] {
			t.Fatalf("%s twice", name)
		}
		seen[name] = true
		if strings.Trim(name, crockford) != "" {
			t.Fatalf("%s has strange characters", name)
		}
		if later := NewULID(moment.Add(time.Duration(i+1) * time.Millisecond)); later <= name {
			t.Fatalf("%s does not sort behind %s", later, name)
		}
	}
	if a, b := NewRequestID(), NewRequestID(); a == b || len(a) != 24 {
		t.Errorf("request ids %s, %s", a, b)
	}
}
