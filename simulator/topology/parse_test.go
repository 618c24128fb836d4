package topology_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tidemark/simulator/topology"
)

func TestDefaultIsValid(t *testing.T) {
	if err := topology.Default().Validate(); err != nil {
		t.Fatal(err)
	}
}

// TestExampleIsDefault holds the example that people begin with against what runs without a file.
func TestExampleIsDefault(t *testing.T) {
	got, err := topology.Parse("example.yaml", []byte(topology.Example()))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(topology.Default(), got); d != "" {
		t.Errorf("the example is not the default (-default +example):\n%s", d)
	}
}

// TestExampleShowsEveryField wants each field of a topology in the example, as a value or in a comment.
func TestExampleShowsEveryField(t *testing.T) {
	for _, name := range fields(reflect.TypeFor[topology.Config](), map[reflect.Type]bool{}) {
		if !strings.Contains(topology.Example(), name+":") {
			t.Errorf("the example does not show %s", name)
		}
	}
}

// TestExampleWithItsCommentsSwitchedOn reads the example with every commented field switched on.
func TestExampleWithItsCommentsSwitchedOn(t *testing.T) {
	var text strings.Builder
	for line := range strings.Lines(topology.Example()) {
		text.WriteString(strings.Replace(line, "#~", "", 1))
	}
	c, err := topology.Parse("example.yaml", []byte(text.String()))
	if err != nil {
		t.Fatalf("%v\n%s", err, text.String())
	}
	if c.Edge == nil || len(c.Faults) == 0 || len(c.Outages) == 0 || len(c.Accounts[0].Lags) == 0 ||
		c.Targets.Partition == 0 {
		t.Errorf("%+v", c)
	}
}

func fields(of reflect.Type, seen map[reflect.Type]bool) []string {
	for of.Kind() == reflect.Slice || of.Kind() == reflect.Pointer {
		of = of.Elem()
	}
	if of.Kind() != reflect.Struct || seen[of] {
		return nil
	}
	seen[of] = true
	var names []string
	for f := range of.Fields() {
		if name, _, _ := strings.Cut(f.Tag.Get("yaml"), ","); name != "" {
			names = append(names, name)
		}
		names = append(names, fields(f.Type, seen)...)
	}
	return names
}

// TestMistakes holds the errors of bad files, with their places and remedies, against testdata/mistakes: a file a
// mistake, its first lines after the dashes the error.
func TestMistakes(t *testing.T) {
	files, err := filepath.Glob("testdata/mistakes/*.yaml")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			body, want, found := strings.Cut(string(text), "\n# ---\n")
			_, got := topology.Parse("FILE", []byte(body+"\n"))
			if got == nil {
				t.Fatalf("it was taken:\n%s", body)
			}
			shown := ""
			for line := range strings.SplitSeq(got.Error(), "\n") {
				shown += "# " + line + "\n"
			}
			if *rewrite {
				if err := os.WriteFile(file, []byte(body+"\n# ---\n"+shown), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if !found || shown != want {
				t.Errorf("(-want +got):\n%s", cmp.Diff(want, shown))
			}
			if !strings.Contains(got.Error(), "FILE") {
				t.Errorf("no place: %v", got)
			}
		})
	}
}

// TestWrittenIsRead writes random topologies and reads them again.
func TestWrittenIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := topology.Default()
		length := rapid.Custom(func(t *rapid.T) time.Duration {
			return time.Duration(rapid.Int64Range(0, int64(30*time.Second)).Draw(t, "ns"))
		})
		port := rapid.SampledFrom([]int{0, 0, 7000, 7001, 7002})
		c.Seed = rapid.Uint64Range(1, 1<<63).Draw(t, "seed")
		c.Distances[0].OneWay = length.Draw(t, "distance")
		c.Outside.Table = port.Draw(t, "port")
		c.Accounts[0].Windows.Down = length.Draw(t, "down")
		c.Accounts[0].MaxBacklog = rapid.IntRange(0, 1000).Draw(t, "backlog")
		c.Queries.Pages = rapid.SampledFrom([]string{"", "whole", "borders", "short", "empty", "drawn"}).
			Draw(t, "pages")
		c.Accounts[0].Lag = rapid.SampledFrom([]string{"none", "constant 5s",
			"bursts every 60s for 20s lag 30s else 1s"}).Draw(t, "lag")
		c.Regions[0].Azurite = rapid.SampledFrom([]topology.Backend{{Mode: "process"}, {Mode: "container"},
			{Mode: "attach", Table: "http://a:1", Queue: "http://a:2"}}).Draw(t, "azurite")
		text, err := yaml.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		got, err := topology.Parse("written.yaml", text)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if d := cmp.Diff(c, got); d != "" {
			t.Fatalf("%s\n%s", d, text)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(topology.Example()))
	f.Add([]byte("regions: [{name: east, azurite: {table: 'http://a:1', queue: 2}}]\n"))
	f.Add([]byte("a: &x [*x]\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if c, err := topology.Parse("fuzz.yaml", text); err == nil {
			if err := c.Validate(); err != nil {
				t.Errorf("what was read is not valid: %v", err)
			}
		}
	})
}
