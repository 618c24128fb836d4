//go:build unix

package containers

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	docker "github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
)

// sessionLabel is on every container, network and image; its value is the process that made it, as host/pid.
const sessionLabel = "dev.tidemark.e2e"

func session(pid int) string {
	host, _ := os.Hostname()
	return fmt.Sprintf("%s/%d", host, pid)
}

func labels() map[string]string { return map[string]string{sessionLabel: session(os.Getpid())} }

func connect() (*testcontainers.DockerClient, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	cli, err := testcontainers.NewDockerClientWithOpts(ctx)
	if err != nil {
		return nil, err
	}
	_, err = cli.Ping(ctx, docker.PingOptions{})
	return cli, err
}

// remove takes away containers, then networks, then images.
func remove(cli *testcontainers.DockerClient, of string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	labelled := docker.Filters{}.Add("label", sessionLabel+"="+of)
	containers, err := cli.ContainerList(ctx, docker.ContainerListOptions{All: true, Filters: labelled})
	for _, c := range containers.Items {
		_, e := cli.ContainerRemove(ctx, c.ID, docker.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
		err = errors.Join(err, e)
	}
	networks, e := cli.NetworkList(ctx, docker.NetworkListOptions{Filters: labelled})
	err = errors.Join(err, e)
	for _, n := range networks.Items {
		_, e := cli.NetworkRemove(ctx, n.ID, docker.NetworkRemoveOptions{})
		err = errors.Join(err, e)
	}
	images, e := cli.ImageList(ctx, docker.ImageListOptions{Filters: labelled})
	err = errors.Join(err, e)
	for _, i := range images.Items {
		_, e := cli.ImageRemove(ctx, i.ID, docker.ImageRemoveOptions{Force: true, PruneChildren: true})
		err = errors.Join(err, e)
	}
	return err
}

// sweep takes away what sessions of this machine left whose process and reaper were both killed.
func sweep(cli *testcontainers.DockerClient) error {
	ctx, ours := context.Background(), docker.Filters{}.Add("label", sessionLabel)
	sessions := map[string]bool{}
	containers, err := cli.ContainerList(ctx, docker.ContainerListOptions{All: true, Filters: ours})
	for _, c := range containers.Items {
		sessions[c.Labels[sessionLabel]] = true
	}
	networks, e := cli.NetworkList(ctx, docker.NetworkListOptions{Filters: ours})
	err = errors.Join(err, e)
	for _, n := range networks.Items {
		sessions[n.Labels[sessionLabel]] = true
	}
	images, e := cli.ImageList(ctx, docker.ImageListOptions{Filters: ours})
	err = errors.Join(err, e)
	for _, i := range images.Items {
		sessions[i.Labels[sessionLabel]] = true
	}
	for of := range sessions {
		slash := strings.LastIndexByte(of, '/')
		// of this machine, and dead
		if pid, e := strconv.Atoi(of[slash+1:]); e == nil && of == session(pid) && syscall.Kill(pid, 0) != nil {
			err = errors.Join(err, remove(cli, of))
		}
	}
	return err
}
