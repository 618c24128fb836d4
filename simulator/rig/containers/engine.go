//go:build unix

package containers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	docker "github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
)

// The images, and the environment variables that name others. tools/images/build makes them where no registry can be
// reached. That of the program is built from this tree unless it is named.
var (
	AzuriteImage = cmp.Or(os.Getenv("TIDEMARK_AZURITE_IMAGE"), "mcr.microsoft.com/azure-storage/azurite:3.37.0")
	RedisImage   = cmp.Or(os.Getenv("TIDEMARK_REDIS_IMAGE"), "redis:7")
	ownImage     = os.Getenv("TIDEMARK_IMAGE")
)

// Engine is a Docker engine that has answered.
type Engine struct{ cli *testcontainers.DockerClient }

// Connect gives the engine, one for the process. What killed sessions of this machine left is gone then, and a reaper
// waits for the end of this one. The images are there afterwards: they are pulled where they are not.
func Connect(ctx context.Context, images ...string) (*Engine, error) {
	cli, err := once()
	if err != nil {
		return nil, fmt.Errorf("no Docker engine answers: start one (dockerd): %w", err)
	}
	for _, image := range images {
		if _, err := cli.ImageInspect(ctx, image); err == nil {
			continue
		}
		if err := pull(ctx, image); err != nil {
			return nil, fmt.Errorf("the image %s is not here and cannot be pulled: tools/images/build makes one, "+
				"then set TIDEMARK_AZURITE_IMAGE and TIDEMARK_REDIS_IMAGE: %w", image, err)
		}
	}
	return &Engine{cli}, nil
}

var once = sync.OnceValues(func() (*testcontainers.DockerClient, error) {
	if err := os.Setenv("TESTCONTAINERS_RYUK_DISABLED", "true"); err != nil {
		return nil, err
	}
	if engineIsHere() && os.Getenv("TESTCONTAINERS_HOST_OVERRIDE") == "" {
		// In a container testcontainers looks for published ports at the gateway; those of an engine beside us are on
		// our own loopback.
		if err := os.Setenv("TESTCONTAINERS_HOST_OVERRIDE", "127.0.0.1"); err != nil {
			return nil, err
		}
	}
	cli, err := connect()
	if err != nil {
		return nil, err
	}
	return cli, errors.Join(sweep(cli), launchReaper())
})

// engineIsHere reports whether we are in a container and the engine is in the same one.
func engineIsHere() bool {
	if _, err := os.Stat("/.dockerenv"); err != nil {
		return false
	}
	names, _ := filepath.Glob("/proc/[0-9]*/comm")
	return slices.ContainsFunc(names, func(name string) bool {
		text, _ := os.ReadFile(name)
		return strings.TrimSpace(string(text)) == "dockerd"
	})
}

func pull(ctx context.Context, image string) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	provider, err := testcontainers.NewDockerProvider()
	if err != nil {
		return err
	}
	defer provider.Close()
	return provider.PullImage(ctx, image)
}

// Left counts the containers and networks of a process.
func (e *Engine) Left(pid int) (int, error) {
	labelled := docker.Filters{}.Add("label", sessionLabel+"="+session(pid))
	containers, err := e.cli.ContainerList(context.Background(),
		docker.ContainerListOptions{All: true, Filters: labelled})
	if err != nil {
		return 0, err
	}
	networks, err := e.cli.NetworkList(context.Background(), docker.NetworkListOptions{Filters: labelled})
	return len(containers.Items) + len(networks.Items), err
}
