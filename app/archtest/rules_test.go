package archtest

// importRule says what the packages under some folders may import beside the standard library. Paths of ours are
// without the module; "x/..." is x and everything under it. The first rule that names a package's folder holds.
type importRule struct {
	of     []string // folders
	may    []string
	not    []string // of what may allows
	reason string
}

// values are the packages that know no port: what is true.
var values = []string{"domain/stored", "domain/column", "domain/telemetry/...", "domain/region", "domain/identity",
	"domain/fault", "domain/planted", "domain/stream"}

// testing libraries that proofs and tests use.
var testTools = []string{"pgregory.net/rapid", "github.com/google/go-cmp/...", "go.uber.org/goleak"}

// importRules hold for the sources that are compiled into the program.
var importRules = []importRule{
	{of: []string{"domain/stored"}, may: nil,
		reason: "what all stored forms share stands below every one of them"},
	{of: []string{"domain/column"}, may: []string{"domain/stored"},
		reason: "a column is times and values: it is compressed without knowing whose they are"},
	{of: []string{"domain/stored/storedtest", "domain/column/columntest"}, may: append([]string{"domain/stored"},
		testTools...),
		reason: "a proof of stored forms and drawn readings know the tools of tests, and no form"},
	{of: []string{"domain/telemetry/...", "domain/region", "domain/identity", "domain/fault", "domain/planted"},
		may:    values,
		reason: "values are the standard library and nothing else: no clock, no I/O, nothing to upgrade"},
	{of: []string{"domain/stream"}, may: []string{"domain/telemetry", "domain/fault", "domain/planted"},
		reason: "the life of a stream is decided from what is handed in: no clock, no I/O, nothing to wait for"},
	{of: []string{"domain/stream/streamtest"}, may: []string{"domain/stream", "domain/telemetry"},
		reason: "stories of streams are told to whoever keeps them"},
	{of: []string{"domain/analytics"}, may: append(values[:len(values):len(values)],
		"github.com/DataDog/sketches-go/..."),
		reason: "mathematics needs the values and a few pure libraries"},
	{of: []string{"domain/internal/..."}, may: append([]string{"domain/...", "ports/...", "adapters/memory"},
		testTools...),
		reason: "tests of use cases that work on one account share it, over memory"},
	{of: []string{"domain/reach"}, may: append(values[:len(values):len(values)], "ports/journal", "ports/chunks",
		"ports/storageaccount", "ports/sched"),
		reason: "what stands before an endpoint knows contracts and values: every use case may stand above it"},
	{of: []string{"domain/readpath"}, may: append(values[:len(values):len(values)], "domain/analytics",
		"domain/bounds", "domain/catalogue", "domain/tail", "ports/*"),
		reason: "what reads stands below everything that answers, forecasts or exports, and knows none of it"},
	{of: []string{"domain/query"}, may: append(values[:len(values):len(values)], "domain/analytics",
		"domain/readpath"),
		reason: "answers are made of what readpath gives: whoever went past it to journal, account or cache would " +
			"have to keep the order of reading himself"},
	{of: []string{"domain/..."}, may: []string{"domain/...", "ports/..."},
		not: []string{"ports/internal/...", "ports/*/*", "domain/internal/..."},
		reason: "use cases know values and contracts, so that world can run them over memory and production over " +
			"Azure"},
	{of: []string{"ports/internal/...", "ports/*/*", "ports/*/*/internal/*"}, may: append(append(
		values[:len(values):len(values)], "ports/...",
		"domain/stream/streamtest"), testTools...),
		reason: "a proof knows its contract and the tools of tests, never an adapter: any adapter has to be able to " +
			"run it"},
	{of: []string{"ports/..."}, may: append(values[:len(values):len(values)], "ports/sched"),
		reason: "a contract speaks of values; an SDK's word in it would bind every adapter to that SDK"},
	adapter("aztable/internal/detour", "adapters/internal/azkit", "github.com/Azure/azure-sdk-for-go/sdk/azcore/...",
		"github.com/Azure/azure-sdk-for-go/sdk/data/aztables/..."),
	adapter("aztable/internal/entity", "adapters/internal/azkit", "github.com/Azure/azure-sdk-for-go/sdk/azcore"),
	adapter("aztable/internal/names"),
	adapter("aztable/internal/tables", "adapters/aztable/internal/entity", "adapters/aztable/internal/detour",
		"adapters/internal/azkit", "github.com/Azure/azure-sdk-for-go/sdk/azcore/...",
		"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"),
	adapter("aztable/internal/identity", "adapters/aztable/internal/entity", "adapters/internal/azkit"),
	adapter("aztable/internal/evens", "adapters/aztable/internal/entity", "adapters/aztable/internal/tables",
		"adapters/internal/azkit", "github.com/Azure/azure-sdk-for-go/sdk/azcore/..."),
	adapter("aztable", "adapters/internal/...", "adapters/aztable/internal/...",
		"github.com/Azure/azure-sdk-for-go/sdk/azcore/...",
		"github.com/Azure/azure-sdk-for-go/sdk/data/aztables/..."),
	adapter("azqueue", "adapters/internal/...", "github.com/Azure/azure-sdk-for-go/sdk/azcore/...",
		"github.com/Azure/azure-sdk-for-go/sdk/storage/azqueue/..."),
	adapter("internal/...", "adapters/internal/...", "github.com/Azure/azure-sdk-for-go/sdk/azcore/...",
		"ports/queue/queuetest"),
	adapter("embedded/internal/keys"),
	adapter("embedded/internal/place", "adapters/embedded/internal/keys"),
	adapter("embedded/internal/evens", "adapters/embedded/internal/keys"),
	adapter("embedded", "adapters/embedded/internal/...", "go.etcd.io/bbolt/..."),
	adapter("rediscache", "github.com/redis/go-redis/..."),
	adapter("goruntime"),
	adapter("memory/internal/faults"),
	adapter("memory/internal/numbered"),
	adapter("memory/internal/timers"),
	adapter("memory/internal/trace"),
	adapter("memory", "adapters/memory/internal/..."),
	adapter("tokens"),
	adapter("metered"),
	{of: []string{"adapters/httpapi/schema"}, may: []string{"github.com/danielgtaylor/huma/..."},
		reason: "documents are values: who reads the API's answers needs nothing else of it"},
	{of: []string{"adapters/httpapi/service"}, may: []string{"domain/...", "adapters/httpapi/schema"},
		reason: "what the API asks for is said in the use cases' words"},
	{of: []string{"adapters/httpapi/internal/encode"}, may: []string{"domain/fault"},
		reason: "how a value is written does not depend on what it is a part of"},
	{of: []string{"adapters/httpapi/internal/claim"}, may: []string{"domain/readpath"},
		reason: "what an answer vouches for is told in one way, of what is there and of what is not"},
	{of: []string{"adapters/httpapi/internal/problem"}, may: []string{"adapters/httpapi/schema",
		"adapters/httpapi/internal/claim", "domain/fault", "domain/readpath", "github.com/danielgtaylor/huma/..."},
		reason: "an error is told in one way, whoever met it; what is not there has a claim"},
	{of: []string{"adapters/httpapi/internal/call"}, may: append([]string{"adapters/httpapi/schema",
		"adapters/httpapi/internal/encode", "adapters/httpapi/internal/problem", "github.com/danielgtaylor/huma/..."},
		values...),
		reason: "a request on its way knows no operation, and calls no use case"},
	{of: []string{"adapters/httpapi/auth"}, may: append([]string{"adapters/httpapi/internal/call",
		"adapters/httpapi/internal/problem", "ports/authn", "github.com/danielgtaylor/huma/...",
		"golang.org/x/time/rate"}, values...),
		reason: "who asks is decided before anything is known of what is asked"},
	{of: []string{"adapters/httpapi/internal/reply", "adapters/httpapi/internal/route"},
		may: append(append([]string{"adapters/httpapi/internal/reply", "adapters/httpapi/internal/claim",
			"domain/readpath"}, wayOfRequests...), values...),
		reason: "how operations are registered and answered is the same for all of them"},
	{of: []string{"adapters/httpapi/internal/body", "adapters/httpapi/internal/decode"},
		may: append(append([]string{"adapters/httpapi/internal/body", "domain/intake", "adapters/internal/pages",
			"github.com/klauspost/compress/..."}, wayOfRequests...), values...),
		reason: "what is sent is taken in before an operation sees it, so that all hold the same bounds"},
	{of: []string{"adapters/httpapi/internal/params", "adapters/httpapi/internal/paging",
		"adapters/httpapi/internal/durability"},
		may:    append([]string{"adapters/httpapi/internal/reply", "domain/..."}, wayOfRequests...),
		reason: "what several operations have in common stands below them all, each part alone"},
	{of: []string{"adapters/httpapi/internal/apitest"}, may: append([]string{"domain/...", "adapters/httpapi",
		"adapters/httpapi/schema", "adapters/httpapi/service", "ports/authn", "ports/authn/authntest",
		"adapters/goruntime",
		"github.com/klauspost/compress/..."}, testTools...),
		reason: "an operation is tested as a client sees it: through the whole API, over use cases that are made up"},
	{of: []string{"adapters/httpapi/internal/..."}, may: []string{"domain/...", "adapters/httpapi/...",
		"github.com/danielgtaylor/huma/..."},
		not: []string{"adapters/httpapi", "adapters/httpapi/auth", "adapters/httpapi/internal/apitest",
			"adapters/httpapi/internal/docs",
			"adapters/httpapi/internal/influx", "adapters/httpapi/internal/operations",
			"adapters/httpapi/internal/questions", "adapters/httpapi/internal/writes"},
		reason: "operations share what is below them and do not know one another: each can be read alone"},
	{of: []string{"adapters/httpapi", "adapters/functions"}, may: []string{"domain/...", "ports/authn",
		"adapters/httpapi/..."},
		reason: "a driving adapter calls use cases, and asks who calls; what is behind them is not its business"},
	{of: []string{"app/metrics"}, may: []string{"domain/...", "ports/*", "adapters/httpapi", "adapters/metered",
		"github.com/prometheus/client_golang/..."},
		reason: "what is counted is told by observers: nothing else knows what it is counted with"},
	{of: []string{"app/membership"}, may: []string{"domain/bounds", "domain/continuity", "domain/fault", "domain/loss",
		"domain/region",
		"domain/sweep", "domain/telemetry", "ports/chunks", "ports/journal", "ports/sched", "ports/storageaccount"},
		reason: "which accounts and journals a storage has is written down in rows, in whichever service these lie"},
	{of: []string{"app/compose"}, may: []string{"domain/...", "ports/...", "adapters/...", "app/membership",
		"app/metrics",
		"go.uber.org/fx/...", "go.opentelemetry.io/..."},
		not: []string{"ports/internal/...", "ports/*/*", "adapters/internal/..."},
		reason: "the one place that knows fx joins what the others made; it is the product, so it does not know the " +
			"simulator"},
	{of: []string{"app/tidemark"}, may: []string{"app/tidemark/internal/cli"},
		reason: "main is the process: what it does is said by the command line"},
	command("console"),
	command("files", "domain/fault", "domain/telemetry", "domain/telemetry/readings", "domain/telemetry/csvreadings",
		"github.com/klauspost/compress/..."),
	command("upload", "app/tidemark/internal/files", "adapters/httpapi/schema", "domain/telemetry",
		"domain/telemetry/readings", "domain/telemetry/lineprotocol"),
	command("importing", "app/tidemark/internal/files", "app/tidemark/internal/upload", "adapters/httpapi/schema",
		"domain/telemetry", "domain/telemetry/readings", "domain/telemetry/sourcerow", "domain/telemetry/csvreadings",
		"domain/telemetry/jsonreadings", "domain/telemetry/lineprotocol"),
	command("weather", "app/tidemark/internal/importing"),
	command("node", "app/compose"),
	command("retiring", "app/compose", "domain/loss"),
	command("forecast", "simulator/control", "simulator/topology"),
	command("orders", "app/tidemark/internal/forecast", "simulator/control", "simulator/topology"),
	command("cloud", "simulator/control", "simulator/topology"),
	{of: []string{"app/tidemark/internal/up"}, may: []string{"app/tidemark/internal/console",
		"app/tidemark/internal/node", "app/tidemark/internal/cloud", "app/tidemark/internal/weather", "app/compose",
		"simulator/azurite", "simulator/topology", "simulator/control"},
		reason: "up runs the program on the simulator: the one command that joins the two"},
	{of: []string{"app/tidemark/internal/cli/..."}, may: []string{"app/tidemark/internal/...", "adapters/httpapi",
		"domain/fault", "simulator/azurite", "simulator/control", "simulator/topology", "github.com/alecthomas/kong"},
		not: []string{"app/tidemark/internal/files", "app/tidemark/internal/upload"},
		reason: "the command line joins the commands, and has a word for the errors of all; nothing else knows its " +
			"library"},
	{of: []string{"app/..."}, may: []string{"domain/...", "ports/...", "adapters/...", "app/..."},
		reason: "app knows everything but the simulator and e2e; fx stays in compose"},
	{of: []string{"simulator/azurite/ledger"}, may: []string{"simulator/inject", "simulator/wire/..."},
		reason: "what Azurites have of queues is told in the services' forms; it knows no account that replicates"},
	{of: []string{"simulator/azurite/store"}, may: []string{"simulator/azurite/ledger", "simulator/account",
		"simulator/georep", "simulator/inject",
		"simulator/wire/...", "ports/sched"},
		reason: "an account's storage in real Azurites is account.Store and knows the services' forms; what serves " +
			"clients stands above it"},
	{of: []string{"simulator/azurite/...", "simulator/redis"},
		may:    []string{"simulator/azurite", "github.com/alicebob/miniredis/..."},
		reason: "a part that is run as a stranger runs it imports nothing of ours: any program's tests can use it"},
	{of: []string{"simulator/inject/..."}, may: []string{"simulator/inject/...", "simulator/georep"},
		reason: "what can go wrong is values and the standard library: every part of the simulator reads the same " +
			"text; the words of lags are georep's"},
	{of: []string{"simulator/georep"}, may: nil,
		reason: "replication is values and the standard library: world runs it on virtual time"},
	{of: []string{"simulator/network"}, may: []string{"simulator/inject", "simulator/path", "ports/sched"},
		reason: "the ground in real time has the words of inject, and is a ground of path: what waits on it and how " +
			"calls fail is said there"},
	{of: []string{"simulator/wire/..."}, may: []string{"simulator/wire/...", "simulator/inject"},
		reason: "the forms of the services know texts and the names of operations: neither an account nor where a " +
			"request came from"},
	{of: []string{"simulator/history", "simulator/check/..."},
		may:    []string{"simulator/history", "simulator/check/internal/..."},
		reason: "a checker reads a log and knows nothing of what wrote it, so that it shares no bug with the program"},
	{of: []string{"simulator/traffic"}, may: []string{"simulator/history", "ports/sched"},
		reason: "clients know what they ask and note, and a scheduler: the same run over use cases on virtual time, " +
			"and over HTTP"},
	{of: []string{"simulator/traffic/overhttp"}, may: []string{"simulator/traffic", "simulator/history", "ports/sched",
		"adapters/goruntime"},
		reason: "it speaks the documented API and knows nothing else of the program; real time is that of production"},
	{of: []string{"simulator/account/..."}, may: []string{"simulator/account", "simulator/georep", "ports/sched"},
		reason: "the driver of replication knows a storage and a scheduler: neither HTTP nor the program, so that " +
			"real and virtual time run the same"},
	{of: []string{"simulator/path"}, may: []string{"simulator/inject", "ports/sched"},
		reason: "the life of a call knows what may go wrong and a scheduler, so that every shell can use it"},
	{of: []string{"simulator/twin"}, may: []string{"simulator/account", "simulator/georep", "simulator/inject",
		"simulator/path", "domain/...", "ports/...", "adapters/memory"},
		reason: "a twin stands for Azurite where the use cases run on virtual time"},
	{of: []string{"simulator/world/phases"}, may: []string{"simulator/inject", "domain/bounds", "domain/node",
		"ports/..."},
		reason: "what met what is noted at calls, and what strikes is a value: the world has it begin"},
	{of: []string{"simulator/world/machine"}, may: []string{"ports/sched"},
		reason: "a wrong clock is time alone"},
	{of: []string{"simulator/planted"}, may: []string{"simulator/world", "simulator/account", "simulator/georep",
		"simulator/twin", "domain/planted", "domain/region", "ports/storageaccount"},
		reason: "the search for planted bugs drives world as a test does, and breaks parts of the simulator from " +
			"outside, so that these have no bug in them; nothing imports it"},
	{of: []string{"simulator/gateway/...", "simulator/edge"},
		may: []string{"simulator/...", "ports/sched", "adapters/goruntime"},
		not: []string{"simulator/world", "simulator/topology", "simulator/control", "simulator/rig/...",
			"simulator/traffic/..."},
		reason: "the simulated cloud knows nothing of the program that is tested on it: any program can be"},
	{of: []string{"simulator/topology/..."}, may: []string{"simulator/...", "github.com/goccy/go-yaml/..."},
		not:    []string{"simulator/world", "simulator/control", "simulator/rig/...", "simulator/traffic/..."},
		reason: "a topology joins the parts of the simulated cloud; a person writes it in YAML"},
	{of: []string{"simulator/nemesis"}, may: []string{"simulator/..."},
		not:    []string{"simulator/world", "simulator/control", "simulator/rig/...", "simulator/traffic/..."},
		reason: "it gives a topology the orders of a schedule, as a person would; who asks for it is not its business"},
	{of: []string{"simulator/control"}, may: []string{"simulator/...", "github.com/danielgtaylor/huma/..."},
		not:    []string{"simulator/world", "simulator/rig/...", "simulator/traffic/..."},
		reason: "control shows a topology over HTTP"},
	{of: []string{"simulator/rig/containers"}, may: []string{"simulator/rig", "github.com/moby/moby/...",
		"github.com/testcontainers/testcontainers-go/..."},
		reason: "containers are apart from processes, so that a program that runs those does not link a Docker client"},
	{of: []string{"simulator/rig"}, may: []string{"simulator/azurite", "simulator/redis", "simulator/wire/..."},
		reason: "a shell of experiments knows the built program from outside, and runs what it needs as a " +
			"stranger does"},
	{of: []string{"simulator/..."}, may: []string{"simulator/...", "domain/...", "ports/...", "adapters/memory"},
		reason: "the simulator runs the use cases over memory; with another adapter its histories would not repeat"},
	{of: []string{"e2e"}, may: nil,
		reason: "it talks to the program over the network only"},
}

// command is the rule of a package of app/tidemark that a command is made of: the console, and what it names.
func command(name string, may ...string) importRule {
	return importRule{of: []string{"app/tidemark/internal/" + name},
		may: append([]string{"app/tidemark/internal/console"}, may...),
		reason: "a command is of the program or of the simulator: up alone joins the two; the API is known as its " +
			"client knows it, and files are read by the node's decoders"}
}

// wayOfRequests is what stands below every operation of the API.
var wayOfRequests = []string{"adapters/httpapi/schema", "adapters/httpapi/internal/encode",
	"adapters/httpapi/internal/problem", "adapters/httpapi/internal/call", "github.com/danielgtaylor/huma/..."}

// adapter is the rule of one adapter: values, contracts, and its one technology.
func adapter(name string, technology ...string) importRule {
	may := append(append(values[:len(values):len(values)], "ports/*"), technology...)
	return importRule{of: []string{"adapters/" + name}, may: may,
		reason: "an adapter is one technology; adapters never import one another, so that each can be replaced alone"}
}

// testImportRules hold for test files, beside what the package itself and its rule may import.
var testImportRules = []importRule{
	{of: []string{"domain/..."}, may: append([]string{"domain/...", "ports/...", "adapters/memory",
		"adapters/goruntime", "github.com/influxdata/line-protocol/...", "github.com/DataDog/sketches-go/..."},
		testTools...),
		reason: "use cases are tested over memory; parsers against the libraries whose place they take"},
	{of: []string{"ports/..."}, may: append([]string{"domain/...", "ports/...", "adapters/memory",
		"adapters/goruntime"}, testTools...),
		reason: "a proof is tried on the memory twin, and on twins that are broken"},
	{of: []string{"adapters/aztable"}, may: append([]string{"domain/...", "ports/...", "adapters/memory",
		"adapters/internal/...", "simulator/azurite/...", "simulator/gateway", "simulator/georep", "simulator/network"},
		testTools...),
		reason: "as every adapter, and behind a gateway that pages as the service may, which Azurite alone does not"},
	{of: []string{"adapters/httpapi/..."}, may: append([]string{"domain/...", "ports/authn", "adapters/goruntime",
		"adapters/httpapi/...", "github.com/danielgtaylor/huma/...", "github.com/klauspost/compress/..."},
		testTools...),
		reason: "tests of operations share the made-up use cases, and ask as a client does"},
	{of: []string{"adapters/..."}, may: append([]string{"domain/...", "ports/...", "adapters/memory",
		"adapters/goruntime", "adapters/internal/...", "simulator/azurite/...", "simulator/redis"}, testTools...),
		reason: "an adapter runs its ports' proofs against the real thing"},
	{of: []string{"app/..."}, may: append([]string{"domain/...", "ports/...", "adapters/...", "app/...",
		"simulator/...", "github.com/Azure/...", "github.com/prometheus/...", "go.opentelemetry.io/...",
		"go.uber.org/fx/...", "github.com/alecthomas/kong", "github.com/klauspost/compress/...",
		"github.com/goccy/go-yaml"}, testTools...),
		reason: "whoever joins everything is tested with everything"},
	{of: []string{"simulator/..."}, may: append([]string{"domain/...", "ports/...", "simulator/...", "adapters/memory",
		"adapters/goruntime", "github.com/redis/go-redis/...", "github.com/Azure/..."}, testTools...),
		reason: "as the simulator itself, and the clients of strangers"},
	{of: []string{"e2e"}, may: append([]string{"simulator/azurite", "simulator/azurite/azuritetest", "simulator/redis",
		"simulator/history", "simulator/check", "simulator/rig/...", "simulator/traffic/...", "github.com/Azure/...",
		"github.com/redis/go-redis/...", "github.com/testcontainers/testcontainers-go/wait"}, testTools...),
		reason: "the built program, the real storage and clients of strangers"},
}

// constructBan forbids a construct in the sources under some folders.
type constructBan struct {
	in      []string
	except  []string // files or folders
	calls   []string // "package/path.Name", or "package/path.*" for its functions
	syntax  []string // "go", "select"
	imports []string
	fields  []string // of any value
	reason  string
}

// scheduled is what world runs: use cases, contracts, the memory twins.
var scheduled = []string{"domain/bounds", "domain/catalogue", "domain/ingest", "domain/intake", "domain/query",
	"domain/reach", "domain/readpath", "domain/tail",
	"domain/compaction", "domain/retention", "domain/sweep", "domain/windows", "domain/work", "domain/status",
	"domain/node",
	"domain/continuity", "domain/loss", "ports/*", "adapters/memory", "simulator/account/...",
	"simulator/path", "simulator/twin", "simulator/traffic"}

// clockless are other packages that have no clock of their own.
var clockless = []string{"ports/*", "simulator/georep", "simulator/path", "simulator/account/...", "simulator/twin",
	"simulator/inject",
	"simulator/history", "simulator/check/...", "simulator/traffic"}

// constructBans hold for the sources that are compiled into the program.
var constructBans = []constructBan{
	{in: scheduled, except: []string{"adapters/memory/sched.go", "adapters/memory/sched_actor.go",
		"adapters/memory/sched_context.go"},
		syntax: []string{"go", "select"},
		reason: "work is started and waited for through ports/sched, or the seed would not pick what overtakes what " +
			"and no history would repeat"},
	{in: scheduled, imports: []string{"golang.org/x/sync/errgroup"},
		reason: "sched.Group is errgroup on a scheduler that a seed can drive"},
	{in: scheduled, calls: []string{"context.WithTimeout", "context.WithTimeoutCause", "context.WithDeadline",
		"context.WithDeadlineCause", "context.WithCancel", "context.WithCancelCause", "context.AfterFunc"},
		reason: "time-outs pass on the scheduler's clock: Scheduler.WithTimeout and WithCancel"},
	{in: append([]string{"domain/...", "adapters/..."}, clockless...), except: []string{"adapters/goruntime"},
		calls: []string{"time.Now", "time.Since", "time.Until", "time.Sleep", "time.After", "time.AfterFunc",
			"time.NewTimer", "time.NewTicker", "time.Tick"},
		reason: "time is an argument, or ports/sched: there is one clock, in adapters/goruntime"},
	{in: []string{"domain/...", "ports/*", "adapters/..."},
		calls:  []string{"os.Getenv", "os.LookupEnv", "os.Environ", "os.ExpandEnv"},
		reason: "configuration is handed down from app: what a part does is seen at its constructor"},
	{in: []string{"domain/...", "ports/*", "adapters/...", "simulator/world/...", "simulator/account/...",
		"simulator/traffic", "simulator/twin"},
		calls:  []string{"math/rand.*", "math/rand/v2.*"},
		reason: "randomness is a seeded source handed down, so that a failure can be repeated"},
	{in: []string{"domain/...", "ports/...", "adapters/...", "app/..."},
		except: []string{"domain/stream", "domain/stream/streamtest", "ports/journal/journaltest"},
		calls: []string{module + "domain/stream.Unborn", module + "domain/stream.Open", module + "domain/stream.Ended",
			module + "domain/stream.Sealed", module + "domain/stream.Finished"},
		fields: []string{"Life"},
		reason: "whether a stream may be born, appended to, ended, sealed, filled or dropped is decided in " +
			"domain/stream alone: ask State.Step, State.Due or what a state says of itself"},
}

// sourcesOfRandomness are the functions of math/rand that make a seeded source.
var sourcesOfRandomness = map[string]bool{"New": true, "NewSource": true, "NewPCG": true, "NewChaCha8": true,
	"NewZipf": true}
