//go:build unix

package containers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/moby/moby/api/types/container"
	dockernetwork "github.com/moby/moby/api/types/network"
	docker "github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/network"
	"github.com/testcontainers/testcontainers-go/wait"

	"tidemark/simulator/rig"
)

// Yard is containers and the networks between them, of one process. Close takes them away.
type Yard struct {
	engine   *Engine
	rig      *rig.Rig
	networks map[string]*testcontainers.DockerNetwork

	mu    sync.Mutex // containers may start side by side
	boxes map[string]*testcontainers.DockerContainer
}

// Outside is the network by which whoever runs an experiment comes in. No container has a name on it, so that none
// finds another over it.
const Outside = "outside"

// NewYard is one with nothing in it. What its containers say goes to files in a folder.
func (e *Engine) NewYard(folder string) *Yard {
	return &Yard{engine: e, rig: &rig.Rig{Folder: folder}, networks: map[string]*testcontainers.DockerNetwork{},
		boxes: map[string]*testcontainers.DockerContainer{}}
}

// Close takes everything away, the last first. What is left of this process after that is an error, and taken away.
func (y *Yard) Close() error {
	err := y.rig.Close()
	n, counted := y.engine.Left(os.Getpid())
	if err = errors.Join(err, counted); n > 0 {
		err = errors.Join(err, fmt.Errorf("%d containers and networks were left", n))
	}
	return errors.Join(err, remove(y.engine.cli, session(os.Getpid())))
}

// Network makes a network; an internal one leads nowhere else.
func (y *Yard) Network(ctx context.Context, name string, internal bool) error {
	options := []network.NetworkCustomizer{network.WithDriver("bridge"), network.WithLabels(labels())}
	if internal {
		options = append(options, network.WithInternal())
	}
	n, err := network.New(ctx, options...)
	if err != nil {
		return fmt.Errorf("network %s: %w", name, err)
	}
	y.rig.Defer(func() error { return n.Remove(context.Background()) })
	y.networks[name] = n
	return nil
}

// Log is the file of what a container says.
func (y *Yard) Log(name string) string { return filepath.Join(y.rig.Folder, "container-"+name+".log") }

// patience is how long a container may take to start. The slowest, Azurite, takes 5 s alone and 17 s beside a dozen
// busy processes.
const patience = 2 * time.Minute

// Says is true of a container that has said a text. A strategy by itself gives up after a minute, whatever the deadline
// around it.
func Says(text string) wait.Strategy { return wait.ForLog(text).WithStartupTimeout(patience) }

// Start starts a container that has its name on some networks, and waits until it is as it should be.
func (y *Yard) Start(ctx context.Context, name, image string, on []string, until wait.Strategy,
	options ...testcontainers.ContainerCustomizer) error {
	for _, n := range on {
		aliases := []string{name}
		if n == Outside {
			aliases = nil
		}
		options = append(options, network.WithNetwork(aliases, y.networks[n]))
	}
	logs, err := os.Create(y.Log(name))
	if err != nil {
		return err
	}
	y.rig.Defer(logs.Close)
	options = append(options, testcontainers.WithLabels(labels()), testcontainers.WithLogConsumers(logFile{logs}),
		testcontainers.WithLogger(silence{}), testcontainers.WithHostConfigModifier(withInit),
		testcontainers.WithWaitStrategyAndDeadline(patience, until))
	box, err := testcontainers.Run(ctx, image, options...)
	if box != nil {
		y.rig.Defer(func() error { return box.Terminate(context.Background(), testcontainers.StopTimeout(0)) })
	}
	if err != nil {
		return fmt.Errorf("%s: waited for %v: %w%s\n%s", name, until, err, y.engine.spent(ctx, box),
			rig.Tail(y.Log(name)))
	}
	y.mu.Lock()
	defer y.mu.Unlock()
	y.boxes[name] = box
	return nil
}

// spent says how much processor time a container has had, if it is there: one that had next to none was starved by the
// machine, and is no fault of what runs in it.
func (e *Engine) spent(ctx context.Context, box *testcontainers.DockerContainer) string {
	if box == nil {
		return ""
	}
	r, err := e.cli.ContainerStats(ctx, box.GetContainerID(), docker.ContainerStatsOptions{})
	if err != nil {
		return ""
	}
	defer func() { _ = r.Body.Close() }()
	var stats container.StatsResponse
	if err := json.NewDecoder(r.Body).Decode(&stats); err != nil {
		return ""
	}
	return fmt.Sprintf("; it had %v of processor time", time.Duration(stats.CPUStats.CPUUsage.TotalUsage))
}

// box is a container that was started.
func (y *Yard) box(name string) *testcontainers.DockerContainer {
	y.mu.Lock()
	defer y.mu.Unlock()
	return y.boxes[name]
}

// URL is where a port of a container is reached from outside.
func (y *Yard) URL(ctx context.Context, name, port string) (string, error) {
	return y.box(name).PortEndpoint(ctx, port, "http")
}

// Cut takes a container off a network, until heal, which may be called more than once.
func (y *Yard) Cut(ctx context.Context, name, from string) (heal func() error, err error) {
	net, box := y.networks[from].ID, y.box(name).GetContainerID()
	if _, err := y.engine.cli.NetworkDisconnect(ctx, net,
		docker.NetworkDisconnectOptions{Container: box, Force: true}); err != nil {
		return nil, fmt.Errorf("cut %s off %s: %w", name, from, err)
	}
	return sync.OnceValue(func() error {
		_, err := y.engine.cli.NetworkConnect(context.Background(), net, docker.NetworkConnectOptions{Container: box,
			EndpointConfig: &dockernetwork.EndpointSettings{Aliases: []string{name}}})
		return err
	}), nil
}

// Freeze stands a container still, until thaw, which may be called more than once.
func (y *Yard) Freeze(ctx context.Context, name string) (thaw func() error, err error) {
	id := y.box(name).GetContainerID()
	if _, err := y.engine.cli.ContainerPause(ctx, id, docker.ContainerPauseOptions{}); err != nil {
		return nil, fmt.Errorf("freeze %s: %w", name, err)
	}
	return sync.OnceValue(func() error {
		_, err := y.engine.cli.ContainerUnpause(context.Background(), id, docker.ContainerUnpauseOptions{})
		return err
	}), nil
}

// logFile takes what a container says.
type logFile struct{ *os.File }

// Accept implements testcontainers.LogConsumer.
func (f logFile) Accept(l testcontainers.Log) { _, _ = f.Write(l.Content) }

// silence leaves out what testcontainers says of its steps.
type silence struct{}

// Printf implements log.Logger.
func (silence) Printf(string, ...any) {}

// withInit gives a container a process that takes signals for its program.
func withInit(host *container.HostConfig) { yes := true; host.Init = &yes }
