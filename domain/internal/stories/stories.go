// Package stories holds what a state machine says to orders against what it said before: a story is a file of lines, of
// which those that begin with "> " are orders, and those that are indented are the answers.
package stories

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var rewrite = flag.Bool("rewrite", false, "write the transcripts of the stories anew")

// Run tells each story of some files, of which there are at least so many: tell gives its transcript. With -rewrite
// that is written into the file.
func Run(t *testing.T, pattern string, least int, tell func(t *testing.T, story string) string) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) < least {
		t.Fatalf("stories %v: %v", files, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".story"), func(t *testing.T) {
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := tell(t, string(want))
			if *rewrite {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("another transcript (-want +got); go test -rewrite takes it over:\n%s", diff)
			}
		})
	}
}
