package importing

import (
	"bytes"
	"strings"
	"testing"
)

func TestProgressWithoutATerminalIsLines(t *testing.T) {
	var out bytes.Buffer
	p := newProgress(&out, "x.csv", 200)
	p.show(50, 10)
	if out.Len() != 0 {
		t.Errorf("a line at once: %q", &out)
	}
	p.shown = p.shown.Add(-lineEvery)
	p.show(100, 1000)
	p.done()
	if got := out.String(); !strings.HasPrefix(got, "x.csv: 1,000 readings, ") || !strings.HasSuffix(got, ", 50 %\n") {
		t.Errorf("%q", got)
	}
	p.terminal = true
	if got := p.bar(100); got != "[###############...............] " {
		t.Errorf("%q", got)
	}
}
