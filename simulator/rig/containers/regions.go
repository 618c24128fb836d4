//go:build unix

package containers

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/wait"
)

// Regions is two regions in containers: a network a region, on which its Azurite, its Redis and its node are, and
// which leads nowhere else. The simulator is on both. The simulator and the nodes are on a third network, too, over
// which nothing of the program runs. The containers are sim, azurite-east, redis-east, node-east, and so on.
type Regions struct {
	*Yard
	Control string            // the simulator's control API
	URLs    map[string]string // of the nodes, by region

	image string
}

// Names are the regions.
var Names = []string{"east", "west"}

//go:embed cloud.yaml
var topology string

// key is that of the topology.
const key = "aW4gY29udGFpbmVycyBvZiBhIHRlc3QsIG5vIHNlY3JldA=="

// Start starts everything in an empty yard: what needs nothing of one another at once.
func Start(ctx context.Context, y *Yard, o Options) (*Regions, error) {
	r := &Regions{Yard: y, URLs: map[string]string{}}
	for _, name := range append(Names, Outside) {
		if err := y.Network(ctx, name, name != Outside); err != nil {
			return nil, err
		}
	}
	parts := []func() error{func() (err error) {
		r.image, err = y.engine.programImage(ctx, y.rig.Folder, o)
		return err
	}}
	var nodes []func() error
	for _, region := range Names {
		parts = append(parts, func() error { return r.startAzurite(ctx, region) },
			func() error { return r.startRedis(ctx, region) })
		nodes = append(nodes, func() error { return r.startNode(ctx, region, o.Settings) })
	}
	for _, step := range [][]func() error{parts, {func() error { return r.startSimulator(ctx) }}, nodes} {
		if err := together(step); err != nil {
			return nil, err
		}
	}
	for _, region := range Names {
		var err error
		if r.URLs[region], err = r.URL(ctx, "node-"+region, "8080/tcp"); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// together does things side by side.
func together(things []func() error) error {
	errs := make([]error, len(things))
	var all sync.WaitGroup
	for i, do := range things {
		all.Go(func() { errs[i] = do() })
	}
	all.Wait()
	return errors.Join(errs...)
}

func (r *Regions) startAzurite(ctx context.Context, region string) error {
	return r.Start(ctx, "azurite-"+region, AzuriteImage, []string{region},
		Says("Table service is successfully listening"),
		testcontainers.WithEnv(map[string]string{"AZURITE_ACCOUNTS": fmt.Sprintf("tidemark:%s;tidemark%s:%s", key,
			region, key)}),
		testcontainers.WithCmd("azurite", "--inMemoryPersistence", "--skipApiVersionCheck", "--disableProductStyleUrl",
			"--disableTelemetry", "--silent",
			"--blobHost", "0.0.0.0", "--queueHost", "0.0.0.0", "--tableHost", "0.0.0.0"))
}

func (r *Regions) startRedis(ctx context.Context, region string) error {
	return r.Start(ctx, "redis-"+region, RedisImage, []string{region}, Says("Ready to accept connections"),
		testcontainers.WithCmd("redis-server", "--protected-mode", "no", "--save", "", "--appendonly", "no"))
}

// startSimulator starts `tidemark sim up` on both regions, and makes what a first node needs in its account.
func (r *Regions) startSimulator(ctx context.Context) error {
	err := r.Start(ctx, "sim", r.image, []string{Outside, "east", "west"}, Says(`"ready":true`),
		testcontainers.WithCmd("sim", "up", "/cloud.yaml"), testcontainers.WithExposedPorts("8090/tcp"),
		testcontainers.WithFiles(testcontainers.ContainerFile{Reader: strings.NewReader(topology),
			ContainerFilePath: "/cloud.yaml", FileMode: 0o644}))
	if err != nil {
		return err
	}
	if r.Control, err = r.URL(ctx, "sim", "8090/tcp"); err != nil {
		return err
	}
	args := []string{"/tidemark", "init"}
	for _, flag := range storage("127.0.0.1", "east") {
		name, value, _ := strings.Cut(strings.TrimPrefix(flag, "TIDEMARK_"), "=")
		args = append(args, "--"+strings.ReplaceAll(strings.ToLower(name), "_", "-"), value)
	}
	code, out, err := r.box("sim").Exec(ctx, args)
	if err == nil && code != 0 {
		text, _ := io.ReadAll(out)
		err = fmt.Errorf("it ends with %d: %s", code, text)
	}
	if err != nil {
		return fmt.Errorf("tidemark init: %w", err)
	}
	return nil
}

// storage are the settings of a node in a region: it writes to the journals of both.
func storage(sim, region string) []string {
	port := map[string]int{"east": 11000, "west": 12000}[region]
	peer := map[string]string{"east": "west", "west": "east"}[region]
	table, queue := fmt.Sprintf("http://%s:%d/", sim, port+2), fmt.Sprintf("http://%s:%d/", sim, port+1)
	return []string{"TIDEMARK_ACCOUNT=tidemark", "TIDEMARK_ACCOUNT_KEY=" + key, "TIDEMARK_TABLE_URL=" + table +
		"tidemark", "TIDEMARK_REPLICATION=ra-grs", "TIDEMARK_TABLE_SECONDARY_URL=" + table + "tidemark-secondary",
		"TIDEMARK_JOURNAL_ACCOUNT=tidemark" + region, "TIDEMARK_JOURNAL_KEY=" + key, "TIDEMARK_JOURNAL_REGION=" +
			region,
		"TIDEMARK_JOURNAL_URL=" + table + "tidemark" + region, "TIDEMARK_QUEUE_URL=" + queue + "tidemark" + region,
		"TIDEMARK_PEER_JOURNAL_ACCOUNT=tidemark" + peer, "TIDEMARK_PEER_JOURNAL_KEY=" + key,
		"TIDEMARK_PEER_JOURNAL_REGION=" + peer, "TIDEMARK_PEER_JOURNAL_URL=" + table + "tidemark" + peer}
}

// startNode starts `tidemark serve` in a region.
func (r *Regions) startNode(ctx context.Context, region string, settings []string) error {
	redis := map[string]string{"east": "sim:11003", "west": "sim:12003"}[region]
	env := map[string]string{"TIDEMARK_NODE": "node-" + region, "TIDEMARK_REGION": region,
		"TIDEMARK_LISTEN": "0.0.0.0:8080", "TIDEMARK_REDIS": redis,
		// a machine that is busy with something else is no outage
		"TIDEMARK_LOG_FORMAT": "json", "TIDEMARK_STORAGE_TIMEOUT": "3s",
		"TIDEMARK_REQUEST_TIMEOUT": "5s"} // until then a node that cannot store tries again, and answers nothing
	for _, setting := range append(storage("sim", region), settings...) {
		name, value, _ := strings.Cut(setting, "=")
		env[name] = value
	}
	return r.Start(ctx, "node-"+region, r.image, []string{Outside, region},
		wait.ForHTTP("/health/ready").WithPort("8080/tcp").WithStartupTimeout(patience),
		testcontainers.WithCmd("serve"), testcontainers.WithEnv(env), testcontainers.WithExposedPorts("8080/tcp"))
}

// CutRegion takes the simulator off a region's network: the region's node loses everything, and everybody loses the
// region's storage.
func (r *Regions) CutRegion(ctx context.Context, region string) (heal func() error, err error) {
	return r.Cut(ctx, "sim", region)
}
