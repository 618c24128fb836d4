package archtest

import (
	"slices"
	"strings"
	"testing"
)

// tried is a source that a ban has to catch, or one beside it that it has to let pass.
type tried struct {
	name, path, text string
	caught           string // "": it has to pass
}

var triedImports = []tried{
	{"a value with a library", "domain/telemetry/x.go", `import "github.com/google/go-cmp/cmp"`, "go-cmp"},
	{"a value with a port", "domain/region/x.go", `import "tidemark/ports/journal"`, "ports/journal"},
	{"a value with a use case", "domain/telemetry/csvreadings/x.go", `import "tidemark/domain/ingest"`,
		"domain/ingest"},
	{"a value with a value", "domain/telemetry/csvreadings/x.go", `import "tidemark/domain/fault"`, ""},
	{"mathematics with a port", "domain/analytics/x.go", `import "tidemark/ports/chunks"`, "ports/chunks"},
	{"mathematics with sketches", "domain/analytics/x.go", `import "github.com/DataDog/sketches-go/ddsketch"`, ""},
	{"a use case with an adapter", "domain/ingest/x.go", `import "tidemark/adapters/memory"`, "adapters/memory"},
	{"a use case's test with the memory twin", "domain/ingest/x_test.go", `import "tidemark/adapters/memory"`, ""},
	{"a use case's test with Azure", "domain/ingest/x_test.go", `import "tidemark/adapters/aztable"`,
		"adapters/aztable"},
	{"a use case with a proof", "domain/ingest/x.go", `import "tidemark/ports/journal/journaltest"`, "journaltest"},
	{"an answer with the account", "domain/query/x.go", `import "tidemark/ports/chunks"`, "ports/chunks"},
	{"an answer with the journal", "domain/query/x.go", `import "tidemark/domain/tail"`, "domain/tail"},
	{"an answer with what reads", "domain/query/x.go", `import "tidemark/domain/readpath"`, ""},
	{"what reads with an answer", "domain/readpath/x.go", `import "tidemark/domain/query"`, "domain/query"},
	{"a use case with an SDK", "domain/query/x.go", `import "github.com/redis/go-redis/v9"`, "go-redis"},
	{"a port with an adapter", "ports/journal/x.go", `import "tidemark/adapters/aztable"`, "adapters/aztable"},
	{"a port with a use case", "ports/journal/x.go", `import "tidemark/domain/ingest"`, "domain/ingest"},
	{"a proof with an adapter", "ports/journal/journaltest/x.go", `import "tidemark/adapters/memory"`,
		"adapters/memory"},
	{"a proof with rapid", "ports/journal/journaltest/x.go", `import "pgregory.net/rapid"`, ""},
	{"an adapter with another", "adapters/aztable/x.go", `import "tidemark/adapters/memory"`, "adapters/memory"},
	{"an adapter with another's SDK", "adapters/embedded/x.go", `import "github.com/redis/go-redis/v9"`,
		"go-redis"},
	{"a driven adapter with a use case", "adapters/aztable/x.go", `import "tidemark/domain/query"`, "domain/query"},
	{"the API with a use case", "adapters/httpapi/x.go", `import "tidemark/domain/query"`, ""},
	{"the API with a port", "adapters/httpapi/x.go", `import "tidemark/ports/journal"`, "ports/journal"},
	{"an operation of the API with another", "adapters/httpapi/internal/questions/x.go",
		`import "tidemark/adapters/httpapi/internal/writes"`, "internal/writes"},
	{"an operation of the API with what is below", "adapters/httpapi/internal/influx/x.go",
		`import "tidemark/adapters/httpapi/internal/body"`, ""},
	{"what is below operations with one", "adapters/httpapi/internal/params/x.go",
		`import "tidemark/adapters/httpapi/internal/questions"`, "internal/questions"},
	{"documents with a value", "adapters/httpapi/schema/x.go", `import "tidemark/domain/telemetry"`,
		"domain/telemetry"},
	{"an operation with the tests' rig", "adapters/httpapi/internal/writes/x.go",
		`import "tidemark/adapters/httpapi/internal/apitest"`, "internal/apitest"},
	{"an operation's test with the rig", "adapters/httpapi/internal/writes/x_test.go",
		`import "tidemark/adapters/httpapi/internal/apitest"`, ""},
	{"a new adapter without a rule", "adapters/cosmos/x.go", `import "fmt"`, "no rule"},
	{"compose with the simulator", "app/compose/x.go", `import "tidemark/simulator/azurite"`, "simulator/azurite"},
	{"compose with the command line", "app/compose/x.go", `import "github.com/alecthomas/kong"`, "kong"},
	{"main with fx", "app/tidemark/x.go", `import "go.uber.org/fx"`, "go.uber.org/fx"},
	{"main with a store", "app/tidemark/x.go", `import "tidemark/adapters/aztable"`, "adapters/aztable"},
	{"another part of app with fx", "app/bench/x.go", `import "go.uber.org/fx"`, "go.uber.org/fx"},
	{"the simulator with Azure", "simulator/world/x.go", `import "tidemark/adapters/aztable"`, "adapters/aztable"},
	{"the simulator with the program", "simulator/world/x.go", `import "tidemark/app/compose"`, "app/compose"},
	{"Azurite with something of ours", "simulator/azurite/x.go", `import "tidemark/domain/fault"`, "domain/fault"},
	{"a checker with the program", "simulator/check/x.go", `import "tidemark/domain/telemetry"`,
		"domain/telemetry"},
	{"a checker with the simulator", "simulator/check/x.go", `import "tidemark/simulator/georep"`,
		"simulator/georep"},
	{"a checker with histories", "simulator/check/x.go", `import "tidemark/simulator/history"`, ""},
	{"e2e with the program", "e2e/x_test.go", `import "tidemark/app/compose"`, "app/compose"},
	{"e2e with its parts", "e2e/x_test.go", `import "tidemark/domain/telemetry"`, "domain/telemetry"},
	{"e2e with an SDK", "e2e/x_test.go", `import "github.com/Azure/azure-sdk-for-go/sdk/data/aztables"`, ""},
}

var triedConstructs = []tried{
	{"a goroutine in a use case", "domain/ingest/x.go", `func f() { go f() }`, "a go statement"},
	{"a goroutine in a test", "domain/ingest/x_test.go", `func f() { go f() }`, ""},
	{"a goroutine in an adapter of I/O", "adapters/aztable/x.go", `func f() { go f() }`, ""},
	{"a select in a twin", "adapters/memory/x.go", `func f() { select {} }`, "a select"},
	{"the scheduler itself", "adapters/memory/sched_actor.go", `func f() { go f() }`, ""},
	{"a select in a contract", "ports/sched/x.go", `func f() { select {} }`, "a select"},
	{"errgroup", "domain/query/x.go", `import _ "golang.org/x/sync/errgroup"`, "sched.Group"},
	{"a time-out", "domain/work/x.go", "import \"context\"\nvar x = context.WithTimeout", "context.WithTimeout"},
	{"a cancel", "domain/tail/x.go", "import c \"context\"\nvar x = c.WithCancel", "c.WithCancel"},
	{"a context as it is", "domain/tail/x.go", "import \"context\"\nvar x = context.Background()", ""},
	{"a life", "adapters/memory/x.go", "import \"tidemark/domain/stream\"\nvar x = stream.Sealed", "stream.Sealed"},
	{"a look at a stream's life", "domain/tail/x.go", "func f() bool { return st.Life == 3 }", ".Life"},
	{"a use case that asks a stream", "domain/tail/x.go", "func f() bool { return st.HasEnded() }", ""},
	{"the clock", "domain/compaction/x.go", "import \"time\"\nvar x = time.Now()", "time.Now"},
	{"the clock in a value", "domain/telemetry/x.go", "import \"time\"\nvar x = time.Since", "time.Since"},
	{"the clock in an adapter", "adapters/embedded/x.go", "import t \"time\"\nvar x = t.Now", "t.Now"},
	{"the clock where it is", "adapters/goruntime/x.go", "import \"time\"\nvar x = time.Now", ""},
	{"the clock in app", "app/compose/x.go", "import \"time\"\nvar x = time.Now", ""},
	{"a sleep", "domain/query/x.go", "import \"time\"\nfunc f() { time.Sleep(1) }", "time.Sleep"},
	{"a ticker", "domain/work/x.go", "import \"time\"\nvar x = time.NewTicker(1)", "time.NewTicker"},
	{"a duration", "domain/work/x.go", "import \"time\"\nvar x = time.Second", ""},
	{"something else called time", "domain/work/x.go",
		"type c struct{}\nfunc (c) Now() int { return 0 }\nfunc f(time c) int { return time.Now() }", ""},
	{"the environment", "adapters/rediscache/x.go", "import \"os\"\nvar x = os.Getenv(\"X\")", "os.Getenv"},
	{"global randomness", "domain/ingest/x.go", "import \"math/rand/v2\"\nvar x = rand.IntN(3)", "rand.IntN"},
	{"old global randomness", "adapters/memory/x.go", "import \"math/rand\"\nvar x = rand.Float64()",
		"rand.Float64"},
	{
		"a seeded source", "adapters/memory/x.go",
		"import \"math/rand/v2\"\nvar x *rand.Rand = rand.New(rand.NewPCG(1, 2))", ""},
}

func TestEachBanCanFail(t *testing.T) {
	for _, c := range slices.Concat(triedImports, triedConstructs) {
		s := parse(t, c.path, "package x\n"+c.text)
		wrong := append(badImports(s), badConstructs(s)...)
		switch {
		case c.caught == "" && len(wrong) > 0:
			t.Errorf("%s: has to pass: %v", c.name, wrong)
		case c.caught != "" && (len(wrong) == 0 || !strings.Contains(strings.Join(wrong, "\n"), c.caught)):
			t.Errorf("%s: not caught (want %q): %v", c.name, c.caught, wrong)
		}
	}
}

func TestRulesHaveReasons(t *testing.T) {
	for _, r := range append(importRules, testImportRules...) {
		if len(r.reason) < 20 {
			t.Errorf("the rule of %v has no reason", r.of)
		}
	}
	for _, b := range constructBans {
		if len(b.reason) < 20 || len(b.in) == 0 {
			t.Errorf("the ban %+v has no reason or no place", b)
		}
	}
}

func TestPackageCommentsAndMapCanFail(t *testing.T) {
	none := parse(t, "a/x.go", "package a")
	one := parse(t, "b/x.go", "// Package b is b.\npackage b")
	two := parse(t, "b/y.go", "// Package b is b again.\npackage b")
	inTest := parse(t, "b/y_test.go", "// Package b is tested.\npackage b")
	onlyTest := parse(t, "c/x_test.go", "package c")
	if got := undocumented([]source{one, inTest}); len(got) != 0 {
		t.Errorf("a good package: %v", got)
	}
	if got := undocumented([]source{none, one, two, onlyTest}); len(got) != 3 || !strings.Contains(got[1], "several") {
		t.Errorf("three bad ones: %v", got)
	}
	readme := "\n## The map\n\n| folder | what |\n|---|---|\n| `domain/a` | x |\n| `domain/gone` | x |\n| " +
		"`domain/a` | x |\n\n## More\n| `domain/b` | x |\n"
	if got := mapDiffers(readme, []string{"domain/a", "domain/b"}); len(got) != 3 {
		t.Errorf("a map with three faults: %v", got)
	}
	if got := mapDiffers("| `domain/a` | x |", []string{"domain/a"}); len(got) != 1 {
		t.Errorf("no map: %v", got)
	}
}
