package check

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tidemark/simulator/history"
)

// corpus gives each history of testdata with the rule that it breaks; of the good ones that is 0.
func corpus(t testing.TB) map[string]Rule {
	t.Helper()
	files, err := filepath.Glob("testdata/*/*.jsonl")
	if err != nil || len(files) < 40 {
		t.Fatalf("%d histories (%v): these prove too little", len(files), err)
	}
	all := map[string]Rule{}
	for _, file := range files {
		var rule Rule
		if dir := filepath.Base(filepath.Dir(file)); dir != "good" {
			if err := rule.UnmarshalText([]byte(dir)); err != nil {
				t.Fatal(err)
			}
		}
		all[file] = rule
	}
	return all
}

// TestCorpus: each bad history is found by exactly the rule that its folder names, and the good ones by none. With
// TIDEMARK_HISTORY=FILE it judges that file instead: a history that a run has kept.
func TestCorpus(t *testing.T) {
	if file := os.Getenv("TIDEMARK_HISTORY"); file != "" {
		judgeSaved(t, file)
		return
	}
	found := map[Rule]bool{}
	for file, rule := range corpus(t) {
		h, err := history.LoadFile(file)
		if err != nil {
			t.Error(err)
			continue
		}
		verdicts := All(h, Usual)
		if rule > 0 && len(verdicts) == 0 {
			t.Errorf("%s: nothing is found", file)
		}
		for _, v := range verdicts {
			found[v.Rule] = true
			if v.Rule != rule {
				t.Errorf("%s: %s", file, v)
			}
			t.Logf("%s: %s", strings.TrimPrefix(file, "testdata/"), v)
		}
		text, _ := os.ReadFile(file)
		if n := strings.Count(string(text), `"type":"comment"`); n != 1 {
			t.Errorf("%s has %d comments, and should say once what it shows", file, n)
		}
	}
	for _, r := range Rules() {
		if !found[r] && !slices.Contains([]Rule{Idle}, r) {
			t.Errorf("no history is bad by the rule %s", r)
		}
	}
}

func judgeSaved(t *testing.T, file string) {
	t.Helper()
	h, err := history.LoadFile(file)
	if err != nil && !errors.Is(err, history.ErrTorn) {
		t.Fatal(err)
	}
	for _, v := range All(h, Usual) {
		t.Error(v)
	}
}
