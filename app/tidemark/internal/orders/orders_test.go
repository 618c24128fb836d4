package orders_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tidemark/app/tidemark/internal/cli"
	"tidemark/app/tidemark/internal/cli/clitest"
	"tidemark/simulator/topology"
)

// quickTopology has no distances and short windows, so that its story is told in a second.
const quickTopology = `
regions: [{name: east}, {name: west}]
accounts:
  - {name: tidemark, primary: east, secondary: west, lag: none}
  - {name: tidemarkeast, region: east}
control: {listen: "127.0.0.1:0"}
`

// TestOrders gives one simulator that runs every order there is, one story after the other: each leaves it as it was.
func TestOrders(t *testing.T) {
	file := filepath.Join(t.TempDir(), "cloud.yaml")
	if err := os.WriteFile(file, []byte(quickTopology), 0o644); err != nil {
		t.Fatal(err)
	}
	a, stderr := clitest.SimUp(t, file)
	for guard := time.Now().Add(time.Minute); !strings.Contains(stderr.String(), "Ctrl-C"); {
		if time.Now().After(guard) {
			t.Fatalf("it does not greet: %s", stderr.String())
		}
		time.Sleep(time.Millisecond) // the greeting follows on the ready line
	}
	for _, story := range []struct {
		name string
		tell func(*testing.T, topology.Addresses)
	}{
		{"it greets", func(t *testing.T, a topology.Addresses) { greets(t, a, stderr.String()) }},
		{"a region is lost", losesARegion},
		{"schedules are carried out", carriesSchedulesOut},
		{"somebody watches", isWatched},
		{"a planned failover waits", waitsForWrites},
	} {
		t.Run(story.name, func(t *testing.T) { story.tell(t, a) })
	}
}

// greets says what a user of each SDK types.
func greets(t *testing.T, a topology.Addresses, said string) {
	for _, sdk := range []string{".NET", "JavaScript", "Python", "Go", "TableSecondaryEndpoint=" + "http://127.0.0.1:",
		a.Key, "sim status --control " + strings.TrimPrefix(a.Control, "http://")} {
		if !strings.Contains(said, sdk) {
			t.Errorf("standard error lacks %q:\n%s", sdk, said)
		}
	}
}

// losesARegion tells the story of a lost region by the commands alone.
func losesARegion(t *testing.T, a topology.Addresses) {
	for _, x := range []struct {
		args string
		code int
		says string
	}{
		{"status", 0, "tidemark      east     west       live"},
		{"lag|constant 5s|--table|orders", 0, "account tidemark, table orders: the lag is constant 5s"},
		{"lag|inherit|--table|orders", 0, "account tidemark, table orders: it has no lag of its own any more"},
		{"lag|inherit", 1, "nothing to inherit a lag from: write a model, or none; its lag is none"},
		{"lag|constant -5s", 1, `write it as "constant 5s"`},
		{"lag|none|--account|nobody", 1, "there is tidemark, tidemarkeast"},
		{"lag|none|--partition|p", 1, "name the table too"},
		{"pause", 0, "replication is paused"},
		{"pause|--table|orders|--partition|p 1", 0, "replication is paused"},
		{
			"status", 0, "paused: replication of account tidemark\npaused: replication of account tidemark, table " +
				"orders, partition p 1\n"},
		{"resume", 0, "account tidemark: replication goes on\n" +
			"paused still: replication of account tidemark, table orders, partition p 1 " +
			"(tidemark sim resume --table orders --partition 'p 1')\n"},
		{"resume|--table|orders|--partition|p 1", 0, "replication goes on\n"},
		{"pause", 0, "replication is paused"},
		{"failover|--type|planned", 1, "tidemark: account tidemark: planned failover from east: "},
		{"failover|--type|planned", 1, "resume"},
		{"resume", 0, "replication goes on"},
		{"outage|north", 1, "east, west"},
		{"outage", 1, "region, or from and to"},
		{"outage|east|--for|-5s", 2, "--for is -5s: write how long"},
		{"outage|east|--for|soon", 2, `"soon" is no duration`},
		{"outage|east|--for", 2, "--control\" is no duration: write it as 30s"},
		{"outage|east|--from|west", 1, "tidemark: outage of region east with from or to"},
		{"heal", 0, "there is no outage"},
		{"outage|east|--fault|reset|--note|for a test", 0, "outage-1: region east: reset, for a test"},
		{"status", 0, "OUT (outage-1)"},
		{
			"outage|east|--fault|reset", 1, "outage-1: region east: reset, for a test; tidemark sim heal outage-1 " +
				"ends it"},
		{"outage|east|--fault|hang", 0, "(region east is out by outage-1 too; tidemark sim heal east ends all)"},
		{"heal|outage-2", 0, "outage-2 is over (region east is out by outage-1 too"},
		{"failover|--type|planned", 1, "end the outage of east first"},
		{"failover", 0, "the primary is west now, without geo-redundancy (tidemark sim reenable); 0 writes were lost"},
		{"failover", 1, "make the account geo-redundant again first"},
		{"reenable", 1, "the secondary region does not answer: end the outage of east first"},
		{"outage|--from|west|--to|outside|--parts|table,queue", 0, "from west to outside (table, queue): refuse"},
		{"heal", 2, "tidemark: which outage? There are outage-1, outage-3: name one, or its region"},
		{"heal|--all", 0, "outage-3 is over"},
		{"heal|outage-9", 1, "has none"},
		{"outage|west|--parts|redis", 0, "outage-4"},
		{"outage|west|--parts|queue", 0, "outage-5"},
		{"heal|west", 0, "outage-4 is over\noutage-5 is over\n"},
		{"heal", 0, "there is no outage"},
		{"reenable", 0, "is live in west and east"},
		{"reenable", 1, "geo-redundant already"},
		{"failover|--type|planned", 0, "the primary is east now, nothing was lost"},
		{"fault|status 503 ServerBusy if service=table p=0.5 name=busy", 0, "name=busy  (0 hits)"},
		{"fault|explode", 1, "tidemark: rule \"explode\""},
		{"fault|explode", 1, "write delay, hold, status, reset, hang or throttle"},
		{"status|--json", 0, `"rule": "status 503 ServerBusy`},
		{"fault|--remove|busy", 0, "there is no rule"},
		{"fault|--remove|busy", 1, "there is no fault"},
	} {
		code, text := clitest.Said(t, append([]string{"sim"},
			append(strings.Split(x.args, "|"), "--control", a.Control)...)...)
		if code != x.code || !strings.Contains(text, x.says) {
			t.Errorf("sim %s: %d, want %d, saying %q:\n%s", x.args, code, x.code, x.says, text)
		}
	}
}

// isWatched prints a line for each event where nobody looks at a terminal.
func isWatched(t *testing.T, a topology.Addresses) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var out clitest.Output
	ended := make(chan int, 1)
	go func() { ended <- cli.Run(ctx, "test", []string{"sim", "watch", "--control", a.Control}, &out, &out) }()
	// await gives orders, if any, until something is shown: the events begin some time after the first picture.
	await := func(want string, orders ...string) {
		t.Helper()
		for deadline := time.Now().Add(30 * time.Second); !strings.Contains(out.String(),
			want); time.Sleep(20 * time.Millisecond) {
			for _, order := range orders {
				args := append(strings.Fields("sim "+order), "--control", a.Control)
				if code, text := clitest.Said(t, args...); code != 0 {
					t.Fatal(text)
				}
			}
			if time.Now().After(deadline) {
				t.Fatalf("no %q:\n%s", want, out.String())
			}
		}
	}
	await("account tidemark: primary east, secondary west, live, steady")
	await("refuse to and from region west", "outage west", "heal west")
	if strings.Contains(out.String(), "\x1b") {
		t.Error("there are control sequences where there is no terminal")
	}
	cancel()
	if code := <-ended; code != 0 {
		t.Errorf("it ended with %d: %s", code, out.String())
	}
}

// TestSimCommandsWithoutSimulator say what to do.
func TestSimCommandsWithoutSimulator(t *testing.T) {
	for _, args := range [][]string{{"status"}, {"watch"}, {"lag", "none"}, {"outage", "east"}, {"heal"}, {"failover"},
		{"reenable"}, {"pause"}, {"fault"}} {
		code, out := clitest.Said(t, append(append([]string{"sim"}, args...), "--control", "127.0.0.1:1")...)
		if code != cli.ExitFailed || !strings.Contains(out, "start one with `tidemark sim up`") {
			t.Errorf("%v: %d %s", args, code, out)
		}
	}
	if code, out := clitest.Said(t, "sim", "example"); code != 0 || out != topology.Example() {
		t.Errorf("%d %s", code, out)
	}
}
