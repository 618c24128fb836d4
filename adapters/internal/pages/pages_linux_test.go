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
	block, err := Take(large)
	if err != nil {
		t.Fatal(err)
	}
	b := block.Bytes
	if len(b) != large || b[0] != 0 || b[large-1] != 0 {
		t.Fatalf("%d bytes", len(b))
	}
	taken := resident(t)
	for i := 0; i < part; i += 512 {
		b[i] = 1
	}
	written := resident(t)
	block.Give()
	after := resident(t)
	if taken-before > slack || written-taken < part-slack || written-taken > part+slack || after-before > slack {
		t.Errorf("%d bytes in memory; %d once it was taken, %d once %d were written, %d in the end",
			before, taken, written, part, after)
	}
}

// TestAByteTakesAStepAtMost writes the first byte of every second step.
func TestAByteTakesAStepAtMost(t *testing.T) {
	const steps, slack = 32, 16 << 20
	block, err := Take(2 * steps * Step)
	if err != nil {
		t.Fatal(err)
	}
	defer block.Give()
	before := resident(t)
	for i := range steps {
		block.Bytes[2*i*Step] = 1
	}
	if took := resident(t) - before; took > steps*Step+slack {
		t.Errorf("%d bytes in %d steps take %d", steps, steps, took)
	}
	Block{}.Give()
}

func BenchmarkTakeWriteGive(b *testing.B) {
	text := make([]byte, 8<<20)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		block, err := Take(len(text))
		if err != nil {
			b.Fatal(err)
		}
		copy(block.Bytes, text)
		block.Give()
	}
}
