package pages

import (
	"os"
	"strconv"
	"strings"
	"testing"
)

// resident is how many bytes of the process are in memory.
func resident(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Fatal(err)
	}
	pages, err := strconv.Atoi(strings.Fields(string(text))[1])
	if err != nil {
		t.Fatal(err)
	}
	return pages * os.Getpagesize()
}

func TestOnlyWhatIsWrittenToTakesMemory(t *testing.T) {
	const large, part, slack = 1 << 30, 64 << 20, 16 << 20
	before := resident(t)
	b, err := Take(large)
	if err != nil {
		t.Fatal(err)
	}
	if len(b) != large || b[0] != 0 || b[large-1] != 0 {
		t.Fatalf("%d bytes", len(b))
	}
	taken := resident(t)
	for i := 0; i < part; i += 512 {
		b[i] = 1
	}
	written := resident(t)
	Give(b)
	after := resident(t)
	if taken-before > slack || written-taken < part-slack || written-taken > part+slack || after-before > slack {
		t.Errorf("%d bytes in memory; %d once it was taken, %d once %d were written, %d in the end",
			before, taken, written, part, after)
	}
}
