package gateway

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var rewrite = flag.Bool("rewrite", false, "write the matrix in docs/behaviour.md anew")

const (
	page  = "../../docs/behaviour.md"
	begin = "<!-- matrix: go test ./simulator/gateway -run BehaviourPage -rewrite -->\n"
	end   = "<!-- end of the matrix -->\n"
)

// TestBehaviourPage: the matrix in docs/behaviour.md is what TestConformance looks at.
func TestBehaviourPage(t *testing.T) {
	t.Parallel()
	var m bytes.Buffer
	for _, chapter := range conformance {
		fmt.Fprintf(&m, "\n### %s\n\n| behaviour | through the gateway | Azurite alone | source |\n|---|---|---|---|\n",
			chapter.title)
		for _, r := range chapter.rules {
			alone := r.alone
			switch {
			case r.orders:
				alone = "there is no such order"
			case alone == "":
				alone = "the same"
			}
			if r.stock != "" {
				alone += " (as it is published: " + r.stock + ")"
			}
			fmt.Fprintf(&m, "| %s | %s | %s | %s |\n", r.name, r.want, alone, r.source)
		}
	}
	m.WriteString("\n")
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), begin)
	old, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatalf("%s has no place for the matrix: put %q and %q there", page, begin, end)
	}
	if *rewrite {
		if err := os.WriteFile(page, []byte(before+begin+m.String()+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if old != m.String() {
		t.Errorf("the matrix in %s is not what the tests look at: run go test ./simulator/gateway -run "+
			"BehaviourPage -rewrite", page)
	}
}
