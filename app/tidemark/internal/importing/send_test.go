package importing

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tidemark/adapters/httpapi/schema"
	"tidemark/app/tidemark/internal/console"
	"tidemark/app/tidemark/internal/files"
	"tidemark/app/tidemark/internal/upload"
)

// TestWhatIsForgottenIsSaid with a memory that is far too small.
func TestWhatIsForgottenIsSaid(t *testing.T) {
	text := "time,source,temp\n"
	for i := range 50 {
		text += fmt.Sprintf("2026-01-01 00:00:%02d,roof,1\n", i)
	}
	text += "2026-01-01 00:00:00,roof,2\n"
	var out bytes.Buffer
	e := &console.Environment{Context: t.Context(), Stderr: &out}
	in := files.FromText("a.csv", "", []byte(text), 10)
	s, sum := sender{node: upload.New(upload.Settings{}), repeats: newRepeats(1000)}, newSummary(in)
	for {
		p, err := sum.next(in)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		s.compare(in, p, &schema.Written{Accepted: p.Records}, sum)
	}
	s.repeats.say(e)
	const want = "1 reading, the first in line 52 of a.csv, " +
		"could be compared with the other rows of the same request alone"
	if !strings.Contains(out.String(), want) || strings.Contains(out.String(), "another version") {
		t.Errorf("no %q: %s", want, out.String())
	}
}

// TestStoredSince: whatever a node keeps, its count alone says which readings it has stored.
func TestStoredSince(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		times := rapid.SliceOfN(rapid.Int64Range(-5, 5), 1, 12).Draw(t, "times")
		oldest := rapid.Int64Range(-6, 6).Draw(t, "oldest")
		kept := func(since int64) (n int) {
			for _, at := range times {
				if at >= since {
					n++
				}
			}
			return n
		}
		accepted := kept(oldest)
		since, ok := storedSince(times, accepted)
		if ok != (accepted > 0) || ok && kept(since) != accepted {
			t.Fatalf("since %d, %v", since, ok)
		}
		if n := rapid.IntRange(-1, len(times)+1).Draw(t, "another count"); n != accepted {
			if since, ok := storedSince(times, n); ok && (n < 1 || kept(since) != n) {
				t.Fatalf("%d: since %d", n, since)
			}
		}
	})
}
