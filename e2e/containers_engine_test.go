package e2e

import (
	"archive/tar"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	docker "github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
)

// The images of the container tests, and the environment variables that name others. tools/images/build makes them
// where no registry can be reached. That of the program is built from this tree unless it is named.
var (
	azuriteImage = cmp.Or(os.Getenv("TIDEMARK_AZURITE_IMAGE"), "mcr.microsoft.com/azure-storage/azurite:3.37.0")
	redisImage   = cmp.Or(os.Getenv("TIDEMARK_REDIS_IMAGE"), "redis:7")
	ownImage     = os.Getenv("TIDEMARK_IMAGE")
)

// sessionLabel is on every container, network and image of these tests; its value is the test process, as host/pid.
const sessionLabel = "dev.tidemark.e2e"

func session(pid int) string {
	host, _ := os.Hostname()
	return fmt.Sprintf("%s/%d", host, pid)
}

// reaperSession is the environment variable that makes the test binary a reaper: its value is a session.
// testcontainers has one of its own that runs in a container, of an image that is not everywhere; this one is a
// process, and takes the images away too.
const reaperSession = "TIDEMARK_E2E_REAPER"

// init is before TestMain, which knows nothing of reapers.
func init() {
	of := os.Getenv(reaperSession)
	if of == "" {
		return
	}
	_, _ = io.Copy(io.Discard, os.Stdin) // until the test process has ended, however
	if err := reap(of); err != nil {
		fmt.Fprintf(os.Stderr, "reaper of %s: %v\n", of, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// engine is the Docker engine, once it has answered. What killed sessions of this machine left is gone then, and a
// reaper waits for the end of this one.
var engine = sync.OnceValues(func() (*testcontainers.DockerClient, error) {
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

// launchReaper starts the reaper of this process, in a group of its own: an interrupt from the terminal is not for
// it.
func launchReaper() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), reaperSession+"="+session(os.Getpid()))
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if lifeline, err = cmd.StdinPipe(); err != nil {
		return err
	}
	return cmd.Start()
}

// lifeline is the reaper's input. It closes when this process ends, and would when nobody had it any more.
var lifeline io.WriteCloser

// reap takes away everything of a session.
func reap(of string) error {
	cli, err := connect()
	if err != nil {
		return err
	}
	defer cli.Close()
	return remove(cli, of)
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

// left counts the containers and networks of a session.
func left(cli *testcontainers.DockerClient, of string) (int, error) {
	labelled := docker.Filters{}.Add("label", sessionLabel+"="+of)
	containers, err := cli.ContainerList(context.Background(),
		docker.ContainerListOptions{All: true, Filters: labelled})
	if err != nil {
		return 0, err
	}
	networks, err := cli.NetworkList(context.Background(), docker.NetworkListOptions{Filters: labelled})
	return len(containers.Items) + len(networks.Items), err
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

// requireEngine gives the engine. Where there is none, or an image can neither be found nor pulled, the test is
// skipped with the reason, unless TIDEMARK_REQUIRE names docker: then it fails.
func requireEngine(t testing.TB, images ...string) *testcontainers.DockerClient {
	t.Helper()
	cli, err := engine()
	if err != nil {
		without(t, fmt.Errorf("no Docker engine answers: start one (dockerd): %w", err))
	}
	for _, image := range images {
		if _, err := cli.ImageInspect(t.Context(), image); err == nil {
			continue
		}
		if err := pull(t.Context(), image); err != nil {
			without(t, fmt.Errorf("the image %s is not here and cannot be pulled: tools/images/build makes one, "+
				"then set TIDEMARK_AZURITE_IMAGE and TIDEMARK_REDIS_IMAGE: %w", image, err))
		}
	}
	return cli
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

func without(t testing.TB, err error) {
	t.Helper()
	if slices.Contains(strings.Split(os.Getenv("TIDEMARK_REQUIRE"), ","), "docker") {
		t.Fatal(err)
	}
	t.Skipf("not run: %v", err)
}

// programImage is the image of the program: the one that is named, or one built from this tree.
func programImage(t testing.TB, cli *testcontainers.DockerClient) string {
	t.Helper()
	if ownImage != "" {
		return ownImage
	}
	binary := filepath.Join(t.TempDir(), "tidemark")
	cmd := exec.Command("go", "build", "-o", binary, "tidemark/app/tidemark")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	var files bytes.Buffer
	archive := tar.NewWriter(&files)
	for name, path := range map[string]string{"tidemark": binary, "Dockerfile": "../tools/images/tidemark/Dockerfile"} {
		text, err := os.ReadFile(path)
		if err == nil {
			err = archive.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: int64(len(text))})
		}
		if err == nil {
			_, err = archive.Write(text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	tag := fmt.Sprintf("tidemark-test/e2e:%d", os.Getpid())
	built, err := cli.ImageBuild(t.Context(), &files, docker.ImageBuildOptions{Tags: []string{tag}, Remove: true,
		ForceRemove: true,
		Labels:      map[string]string{sessionLabel: session(os.Getpid())}})
	if err != nil {
		t.Fatalf("build the image: %v", err)
	}
	said, err := io.ReadAll(built.Body)
	if err := errors.Join(err, built.Body.Close()); err != nil || bytes.Contains(said, []byte(`"error"`)) {
		t.Fatalf("build the image: %v\n%s", err, said)
	}
	return tag
}
