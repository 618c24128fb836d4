package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
	dockernetwork "github.com/moby/moby/api/types/network"
	docker "github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/log"
	"github.com/testcontainers/testcontainers-go/network"
	"github.com/testcontainers/testcontainers-go/wait"
)

// cloud is two regions in containers: a network a region, on which its Azurite, its Redis and its node are; the
// simulator is on both. Regions' networks lead nowhere else. The simulator and the nodes are on a third, too, which
// the tests come in by and over which nothing of the program runs.
type cloud struct {
	t        testing.TB
	cli      *testcontainers.DockerClient
	image    string
	networks map[string]*testcontainers.DockerNetwork
	boxes    map[string]*testcontainers.DockerContainer
	control  string
	urls     map[string]string // of the nodes, by region
}

const outside = "outside"

var regions = []string{"east", "west"}

// cloudKey is that of cloud.yaml.
const cloudKey = "aW4gY29udGFpbmVycyBvZiBhIHRlc3QsIG5vIHNlY3JldA=="

// newEmptyCloud is one with nothing in it.
func newEmptyCloud(t *testing.T) *cloud {
	t.Helper()
	c := &cloud{t: t, cli: requireEngine(t, azuriteImage, redisImage),
		networks: map[string]*testcontainers.DockerNetwork{},
		boxes:    map[string]*testcontainers.DockerContainer{}, urls: map[string]string{}}
	t.Cleanup(func() { // when every container and network is gone
		if n, err := left(c.cli, session(os.Getpid())); n > 0 || err != nil {
			t.Errorf("%d containers and networks are left: %v", n, err)
		}
		if err := remove(c.cli, session(os.Getpid())); err != nil {
			t.Error(err)
		}
	})
	return c
}

// newCloud starts everything. The nodes look often, so that tests do not wait.
func newCloud(t *testing.T) *cloud {
	t.Helper()
	c := newEmptyCloud(t)
	c.image = programImage(t, c.cli)
	c.network(outside)
	for _, region := range regions {
		c.network(region, network.WithInternal())
	}
	for _, region := range regions {
		c.box("azurite-"+region, azuriteImage, []string{region}, wait.ForLog("Table service is successfully listening"),
			testcontainers.WithEnv(map[string]string{"AZURITE_ACCOUNTS": fmt.Sprintf("tidemark:%s;tidemark%s:%s",
				cloudKey, region, cloudKey)}),
			testcontainers.WithCmd("azurite", "--inMemoryPersistence", "--skipApiVersionCheck",
				"--disableProductStyleUrl", "--disableTelemetry", "--silent",
				"--blobHost", "0.0.0.0", "--queueHost", "0.0.0.0", "--tableHost", "0.0.0.0"))
		c.box("redis-"+region, redisImage, []string{region}, wait.ForLog("Ready to accept connections"),
			testcontainers.WithCmd("redis-server", "--protected-mode", "no", "--save", "", "--appendonly", "no"))
	}
	c.startSimulator()
	for _, region := range regions {
		c.startNode(region)
	}
	return c
}

func (c *cloud) network(name string, options ...network.NetworkCustomizer) {
	c.t.Helper()
	n, err := network.New(c.t.Context(), append(options, network.WithDriver("bridge"),
		network.WithLabels(map[string]string{sessionLabel: session(os.Getpid())}))...)
	testcontainers.CleanupNetwork(c.t, n)
	if err != nil {
		c.t.Fatalf("network %s: %v", name, err)
	}
	c.networks[name] = n
}

// box starts a container that has its name on the regions' networks. What it says goes to a file of its own.
func (c *cloud) box(name, image string, on []string, until wait.Strategy,
	options ...testcontainers.ContainerCustomizer) *testcontainers.DockerContainer {
	c.t.Helper()
	began := time.Now()
	for _, n := range on {
		aliases := []string{name}
		if n == outside {
			aliases = nil // no name there: nobody finds another over it
		}
		options = append(options, network.WithNetwork(aliases, c.networks[n]))
	}
	logs, err := os.Create(c.log(name))
	if err != nil {
		c.t.Fatal(err)
	}
	options = append(options, testcontainers.WithLabels(map[string]string{sessionLabel: session(os.Getpid())}),
		testcontainers.WithLogConsumers(logFile{logs}), testcontainers.WithLogger(log.TestLogger(quiet{c.t})),
		testcontainers.WithHostConfigModifier(withInit),
		testcontainers.WithWaitStrategyAndDeadline(2*time.Minute, until))
	box, err := testcontainers.Run(c.t.Context(), image, options...)
	testcontainers.CleanupContainer(c.t, box, testcontainers.StopTimeout(0))
	if err != nil {
		text, _ := os.ReadFile(c.log(name))
		c.t.Fatalf("%s: %v\n%s", name, err, text)
	}
	c.t.Logf("%s runs after %s", name, time.Since(began).Round(10*time.Millisecond))
	c.boxes[name] = box
	return box
}

// log is the file of what a container says.
func (c *cloud) log(name string) string { return filepath.Join(scratch, "container-"+name+".log") }

// startSimulator starts `tidemark sim up` on both regions, and makes what a first node needs in its account.
func (c *cloud) startSimulator() {
	c.t.Helper()
	sim := c.box("sim", c.image, []string{outside, "east", "west"}, wait.ForLog(`"ready":true`),
		testcontainers.WithCmd("sim", "up", "/cloud.yaml"), testcontainers.WithExposedPorts("8090/tcp"),
		testcontainers.WithFiles(testcontainers.ContainerFile{HostFilePath: "testdata/images/cloud.yaml",
			ContainerFilePath: "/cloud.yaml", FileMode: 0o644}))
	c.control = c.endpoint(sim, "8090/tcp")
	args := []string{"/tidemark", "init"}
	for _, flag := range c.storage("127.0.0.1", "east") {
		name, value, _ := strings.Cut(strings.TrimPrefix(flag, "TIDEMARK_"), "=")
		args = append(args, "--"+strings.ReplaceAll(strings.ToLower(name), "_", "-"), value)
	}
	code, out, err := sim.Exec(c.t.Context(), args)
	if err != nil || code != 0 {
		text := new(strings.Builder)
		if out != nil {
			_, _ = fmt.Fscan(out, text)
		}
		c.t.Fatalf("tidemark init ends with %d: %v\n%s", code, err, text)
	}
}

// storage are the settings of a node in a region. Both regions use east's journal.
func (c *cloud) storage(sim, region string) []string {
	port := map[string]int{"east": 11000, "west": 12000}[region]
	table, queue := fmt.Sprintf("http://%s:%d/", sim, port+2), fmt.Sprintf("http://%s:%d/", sim, port+1)
	return []string{"TIDEMARK_ACCOUNT=tidemark", "TIDEMARK_ACCOUNT_KEY=" + cloudKey, "TIDEMARK_TABLE_URL=" + table +
		"tidemark",
		"TIDEMARK_REPLICATION=ra-grs", "TIDEMARK_TABLE_SECONDARY_URL=" + table + "tidemark-secondary",
		"TIDEMARK_JOURNAL_ACCOUNT=tidemarkeast", "TIDEMARK_JOURNAL_KEY=" + cloudKey,
		"TIDEMARK_JOURNAL_REGION=east", "TIDEMARK_JOURNAL_URL=" + table + "tidemarkeast", "TIDEMARK_QUEUE_URL=" +
			queue + "tidemarkeast"}
}

// startNode starts `tidemark serve` in a region.
func (c *cloud) startNode(region string) {
	c.t.Helper()
	redis := map[string]string{"east": "sim:11003", "west": "sim:12003"}[region]
	env := map[string]string{"TIDEMARK_NODE": "node-" + region, "TIDEMARK_REGION": region,
		"TIDEMARK_LISTEN": "0.0.0.0:8080", "TIDEMARK_REDIS": redis,
		// a machine that is busy with other tests is no outage
		"TIDEMARK_LOG_FORMAT": "json", "TIDEMARK_STORAGE_TIMEOUT": "3s",
		"TIDEMARK_REQUEST_TIMEOUT": "8s"} // until then a node that cannot store tries again, and answers nothing
	for _, setting := range append(c.storage("sim", region), quick()...) {
		name, value, _ := strings.Cut(setting, "=")
		env[name] = value
	}
	n := c.box("node-"+region, c.image, []string{outside, region}, wait.ForHTTP("/health/ready").WithPort("8080/tcp"),
		testcontainers.WithCmd("serve"), testcontainers.WithEnv(env), testcontainers.WithExposedPorts("8080/tcp"))
	c.urls[region] = c.endpoint(n, "8080/tcp")
}

func (c *cloud) endpoint(box *testcontainers.DockerContainer, port string) string {
	c.t.Helper()
	url, err := box.PortEndpoint(c.t.Context(), port, "http")
	if err != nil {
		c.t.Fatal(err)
	}
	return url
}

// node is the node of a region, for a test.
func (c *cloud) node(t testing.TB, region string) *node {
	return &node{t: t, url: c.urls[region], log: c.log("node-" + region)}
}

// cut takes the simulator off a region's network: the region's node loses everything, and everybody loses the
// region's storage. heal puts it back, at the end of the test at the latest.
func (c *cloud) cut(t testing.TB, region string) (heal func()) {
	t.Helper()
	net, sim := c.networks[region].ID, c.boxes["sim"].GetContainerID()
	if _, err := c.cli.NetworkDisconnect(t.Context(), net,
		docker.NetworkDisconnectOptions{Container: sim, Force: true}); err != nil {
		t.Fatalf("cut %s: %v", region, err)
	}
	return undo(t, "heal "+region, func() error {
		_, err := c.cli.NetworkConnect(context.Background(), net, docker.NetworkConnectOptions{Container: sim,
			EndpointConfig: &dockernetwork.EndpointSettings{Aliases: []string{"sim"}}})
		return err
	})
}

// pause freezes a container, until the end of the test at the latest.
func (c *cloud) pause(t testing.TB, name string) (resume func()) {
	t.Helper()
	id := c.boxes[name].GetContainerID()
	if _, err := c.cli.ContainerPause(t.Context(), id, docker.ContainerPauseOptions{}); err != nil {
		t.Fatalf("pause %s: %v", name, err)
	}
	return undo(t, "resume "+name, func() error {
		_, err := c.cli.ContainerUnpause(context.Background(), id, docker.ContainerUnpauseOptions{})
		return err
	})
}

// undo does something when it is called or at the end of the test, once: the next test finds everything in order,
// however this one ended.
func undo(t testing.TB, what string, do func() error) func() {
	var once sync.Once
	now := func() {
		once.Do(func() {
			if err := do(); err != nil {
				t.Errorf("%s: %v", what, err)
			}
		})
	}
	t.Cleanup(now)
	return now
}

// secondary is the state of the account's secondary, by the simulator.
type secondary struct {
	backlog  int       // writes that it lacks
	lastSync time.Time // of the tables
}

func (c *cloud) secondary(t testing.TB) secondary {
	t.Helper()
	r, err := send(http.MethodGet, c.control+"/accounts/tidemark", nil, nil)
	var account struct {
		State   string
		Backlog int
		Stats   struct{ Table struct{ LastSync time.Time } }
	}
	if err != nil || r.status != http.StatusOK || json.Unmarshal(r.body, &account) != nil || account.State != "live" ||
		account.Stats.Table.LastSync.IsZero() {
		t.Fatalf("the account: %v, %d %s", err, r.status, r.body)
	}
	return secondary{account.Backlog, account.Stats.Table.LastSync}
}

// logFile takes what a container says.
type logFile struct{ *os.File }

// Accept implements testcontainers.LogConsumer.
func (f logFile) Accept(l testcontainers.Log) { _, _ = f.Write(l.Content) }

// quiet leaves the steps of testcontainers out of a test's log.
type quiet struct{ testing.TB }

func (quiet) Logf(string, ...any) {}

// withInit gives a container a process that takes signals for its program.
func withInit(host *container.HostConfig) { yes := true; host.Init = &yes }
