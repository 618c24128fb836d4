package planted_test

import (
	"flag"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/simulator/planted"
)

var rewrite = flag.Bool("rewrite", false, "make docs/planted.md anew of what is recorded")

const (
	tree     = "../.."
	page     = "../../docs/planted.md"
	recorded = "testdata/recorded.jsonl"
)

// TestPage: docs/planted.md is what is recorded, in full.
func TestPage(t *testing.T) {
	results, err := planted.Load(recorded, "")
	if err != nil {
		t.Fatal(err)
	}
	want := planted.Page(planted.Bugs(), results)
	if *rewrite {
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(page); err != nil || string(got) != want {
		t.Errorf("docs/planted.md is not what is recorded (%v): go test ./simulator/planted -run TestPage -rewrite",
			err)
	}
}

// TestTable: there is a line for every name of domain/planted, whose site is in a use case or a port, and every guard
// exists.
func TestTable(t *testing.T) {
	bugs := planted.Bugs()
	if len(bugs) < 40 {
		t.Errorf("%d bugs, at least 40 are wanted", len(bugs))
	}
	sources, tests := read(t, "domain", false)+read(t, "ports", false), ""
	for _, folder := range []string{"domain", "simulator"} {
		tests += read(t, folder, true)
	}
	listed := map[string]bool{}
	for _, b := range bugs {
		if listed[b.Name] {
			t.Errorf("%s is there twice", b.Name)
		}
		listed[b.Name] = true
		folder, test, _ := strings.Cut(b.Guard, " ")
		if !strings.Contains(tests, "\n// in "+folder+"\n") || !strings.Contains(tests, "\nfunc "+test+"(") {
			t.Errorf("%s: there is no guard %q", b.Name, b.Guard)
		}
	}
	for _, m := range constants(t) {
		if !listed[m.text] {
			t.Errorf("%s is not in the table", m.name)
		}
		if !strings.Contains(sources, "planted.On(planted."+m.name+")") {
			t.Errorf("%s is planted nowhere", m.name)
		}
	}
}

type constant struct{ name, text string }

var declared = regexp.MustCompile(`(?m)^\t(\w+) +Name = "(.*)"$`)

// constants are the names of domain/planted.
func constants(t *testing.T) (all []constant) {
	t.Helper()
	file := filepath.Join(tree, "domain/planted/names.go")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.ParseFile(token.NewFileSet(), file, text, 0); err != nil {
		t.Fatal(err)
	}
	for _, m := range declared.FindAllStringSubmatch(string(text), -1) {
		all = append(all, constant{m[1], m[2]})
	}
	if len(all) < 30 {
		t.Fatalf("%d names of bugs", len(all))
	}
	return all
}

// read is all sources or tests under a folder, each folder with a line that names it.
func read(t *testing.T, folder string, tests bool) string {
	t.Helper()
	var out strings.Builder
	err := filepath.WalkDir(filepath.Join(tree, folder), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") != tests {
			return err
		}
		text, err := os.ReadFile(path)
		in, _ := filepath.Rel(tree, filepath.Dir(path))
		out.WriteString("\n// in " + filepath.ToSlash(in) + "\n")
		out.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// counting is a search of three bugs, of which "b" is found by the third seed of each range.
func counting(t *testing.T, file string, most int) (*planted.Search, *[]uint64) {
	t.Helper()
	var ran []uint64
	return &planted.Search{Tree: tree, File: file, Bugs: []planted.Bug{{Name: "a"}, {Name: "b"}, {Name: "c"}}, Seeds: 4,
		Most: 2, Now: time.Now, Over: func() bool { return len(ran) >= most },
		Run: func(b *planted.Bug, seed uint64) (string, string) {
			ran = append(ran, seed)
			if b != nil && b.Name == "b" && seed%1000 == 3 {
				return "lost", "it is lost"
			}
			return "", ""
		}}, &ran
}

// TestASearchGoesOn: one that is stopped again and again runs what one that is not does, and each schedule once.
func TestASearchGoesOn(t *testing.T) {
	dir := t.TempDir()
	once, all := counting(t, filepath.Join(dir, "once"), 1000)
	whole, err := once.Go()
	if err != nil {
		t.Fatal(err)
	}
	if want := 4*2*4 - 2; len(*all) != want { // without a bug too; "b" is found before the last seed of both ranges
		t.Errorf("%d schedules ran, want %d", len(*all), want)
	}
	var pieces []uint64
	var results *planted.Results
	for range 10 {
		s, ran := counting(t, filepath.Join(dir, "pieces"), 5)
		if results, err = s.Go(); err != nil {
			t.Fatal(err)
		}
		pieces = append(pieces, *ran...)
	}
	if !slices.Equal(pieces, *all) {
		t.Errorf("in pieces %v ran, at once %v", pieces, *all)
	}
	bugs := []planted.Bug{{Name: "a"}, {Name: "b"}, {Name: "c"}}
	if got, want := planted.Page(bugs, results), planted.Page(bugs, whole); got != want {
		t.Errorf("in pieces\n%s\nat once\n%s", got, want)
	}
}

// TestOtherCodeBeginsAnew: what other code found counts for nothing, nor does a line that was torn.
func TestOtherCodeBeginsAnew(t *testing.T) {
	file := filepath.Join(t.TempDir(), "results")
	text := `{"code":"x","bug":"b","range":0,"tried":1,"seed":1,"found":"lost"}` + "\n" + `{"code":"y","bug":"c","ran`
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	for code, want := range map[string]string{"x": "lost", "y": "", "": "lost"} {
		results, err := planted.Load(file, code)
		if err != nil || results.Of("b", 0).Found != want {
			t.Errorf("of code %q: %+v, %v", code, results.Of("b", 0), err)
		}
	}
}

// TestATornLineIsWrittenAnew: a search that was killed while it wrote goes on behind the last whole line.
func TestATornLineIsWrittenAnew(t *testing.T) {
	file := filepath.Join(t.TempDir(), "results")
	s, _ := counting(t, file, 3)
	if _, err := s.Go(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, text[:len(text)-5], 0o644); err != nil {
		t.Fatal(err)
	}
	s, ran := counting(t, file, 2)
	if _, err := s.Go(); err != nil {
		t.Fatal(err)
	}
	results, err := planted.Load(file, "")
	if err != nil || len(*ran) != 2 || results.Of("b", 0).Tried != 1 || results.Of("c", 0).Tried != 1 {
		t.Errorf("%d schedules ran: %+v, %+v, %v", len(*ran), results.Of("b", 0), results.Of("c", 0), err)
	}
}

// TestAlarmsAreShown: a schedule without a bug in which something is found is on the page.
func TestAlarmsAreShown(t *testing.T) {
	s, _ := counting(t, filepath.Join(t.TempDir(), "results"), 1000)
	s.Run = func(b *planted.Bug, seed uint64) (string, string) {
		if b == nil && seed == 2 {
			return "wrong", "nobody wrote it"
		}
		return "", ""
	}
	results, err := s.Go()
	if err != nil {
		t.Fatal(err)
	}
	if got := planted.Page(s.Bugs, results); !strings.Contains(got, "nobody wrote it") {
		t.Errorf("the alarm is not on the page:\n%s", got)
	}
}
