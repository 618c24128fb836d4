package azurite

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// Image is the image that Container runs unless Options.Image or the environment variable ImageVariable names
// another. It has to have node in its path and Azurite's files where Microsoft's image has them (/opt/azurite, or
// npm's global folder).
const Image = "mcr.microsoft.com/azure-storage/azurite:" + Version

// ImageVariable is the environment variable that names the image.
const ImageVariable = "TIDEMARK_AZURITE_IMAGE"

// Label is on every container of this package: docker ps --filter label=dev.tidemark.azurite lists them. Its value is
// the process that holds the container.
const Label = "dev.tidemark.azurite"

// ErrNoDocker means that there is no docker command, or no engine that answers it.
var ErrNoDocker = errors.New("azurite in a container needs Docker: install it and start its engine, or run Azurite " +

	"as a process where there is Node.js")

// ErrNoImage means that the engine neither has the image nor can fetch it.
var ErrNoImage = errors.New("azurite in a container needs an image: name one that the engine has, or can pull, by " +

	"Options.Image or " + ImageVariable)

// The ports inside a container, Azurite's own.
const (
	innerQueue = 10001
	innerTable = 10002
)

// container runs the script in a container, by a docker command that stays while the container lives: it carries the
// input, so the script sees it end however this process ends, and stops; then --rm takes the container away. A docker
// command that is killed in the instant between its making a container and starting it leaves one that does not run;
// it has the label. It stays until its container has ended, so the lock that it holds lasts as long as there is data
// to write.
type container struct {
	docker, image, folder, host string
	hold                        *Lock
	log                         io.Writer
}

func newContainer(ctx context.Context, o Options) (*container, error) {
	docker, err := exec.LookPath("docker")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoDocker, err)
	}
	if out, err := exec.CommandContext(ctx, docker, "version", "--format", "{{.Server.Version}}").
		CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: %s", ErrNoDocker, lastBytes(out, 500))
	}
	folder, err := dataFolder(o.Folder)
	if err != nil {
		return nil, err
	}
	e := &container{docker: docker, image: cmp.Or(o.Image, os.Getenv(ImageVariable), Image), folder: folder,
		host: o.Host, hold: o.Hold, log: o.Log}
	return e, e.fetch(ctx)
}

// fetch pulls the image if the engine does not have it.
func (e *container) fetch(ctx context.Context) error {
	if exec.CommandContext(ctx, e.docker, "image", "inspect", e.image).Run() == nil {
		return nil
	}
	if out, err := exec.CommandContext(ctx, e.docker, "pull", "--quiet", e.image).CombinedOutput(); err != nil {
		return fmt.Errorf("%w: docker pull %s: %w: %s", ErrNoImage, e.image, err, lastBytes(out, 500))
	}
	return nil
}

func (e *container) launch(ctx context.Context, accounts string, want ports) (*child, ports, error) {
	suffix := make([]byte, 6)
	_, _ = rand.Read(suffix) // never fails since Go 1.24
	h := ownContainer{docker: e.docker, name: "tidemark-azurite-" + hex.EncodeToString(suffix)}
	cmd := exec.Command(e.docker, e.arguments(h.name, want)...)
	// by name only on the command line, where others could read keys
	cmd.Env = append(cmd.Environ(), "AZURITE_ACCOUNTS="+accounts)
	c, err := run(cmd, h, e.hold, e.log)
	if err != nil {
		return nil, want, fmt.Errorf("azurite: %w", err)
	}
	if _, err := c.await(ctx); err != nil {
		c.kill()
		return nil, want, fmt.Errorf("azurite: image %s: %w", e.image, err)
	}
	got, err := h.published(ctx)
	if err != nil {
		c.kill()
		return nil, want, err
	}
	return c, got, nil
}

// arguments are those of docker.
func (e *container) arguments(name string, want ports) []string {
	publish := func(outer, inner int) string {
		if outer == 0 {
			return net.JoinHostPort(e.host, "") + ":" + strconv.Itoa(inner)
		}
		return net.JoinHostPort(e.host, strconv.Itoa(outer)) + ":" + strconv.Itoa(inner)
	}
	args := []string{"run", "--rm", "--init", "--interactive", "--name", name, "--label", Label + "=" +
		strconv.Itoa(os.Getpid()),
		"--publish", publish(want.Table, innerTable), "--publish", publish(want.Queue, innerQueue), "--env",
		"AZURITE_ACCOUNTS", "--entrypoint", "node"}
	inner := settings{Host: "0.0.0.0", ports: ports{Table: innerTable, Queue: innerQueue}}
	if e.folder != "" {
		inner.Folder = "/data"
		args = append(args, "--volume", e.folder+":"+inner.Folder)
		if uid := os.Getuid(); uid >= 0 { // what it writes belongs to whoever keeps the folder
			args = append(args, "--user", fmt.Sprintf("%d:%d", uid, os.Getgid()))
		}
	}
	return append(args, e.image, longAddresses, "-e", string(runnerScript), inner.text())
}

// ownContainer is the handle of a container.
type ownContainer struct{ docker, name string }

// order gives docker a command about the container. An order takes its time, an engine that hangs must not hold us
// for ever.
func (h ownContainer) order(ctx context.Context, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, h.docker, args...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("azurite: docker %s: %w: %s", strings.Join(args, " "), err, lastBytes(out, 500))
	}
	return string(out), nil
}

// published asks which ports lead into the container.
func (h ownContainer) published(ctx context.Context) (ports, error) {
	text, err := h.order(ctx, "port", h.name)
	if err != nil {
		return ports{}, err
	}
	found := map[string]int{}
	for line := range strings.Lines(text) { // 10002/tcp -> 127.0.0.1:32768
		inner, outer, _ := strings.Cut(strings.TrimSpace(line), " -> ")
		if _, port, err := net.SplitHostPort(outer); err == nil {
			found[inner], _ = strconv.Atoi(port)
		}
	}
	p := ports{Table: found[strconv.Itoa(innerTable)+"/tcp"], Queue: found[strconv.Itoa(innerQueue)+"/tcp"]}
	if p.Table == 0 || p.Queue == 0 {
		return p, fmt.Errorf("azurite: docker port %s names no ports of ours: %s", h.name,
			bytes.TrimSpace([]byte(text)))
	}
	return p, nil
}

func (h ownContainer) freeze() (release func() error, err error) {
	dismiss, err := watchdog(h.docker, "kill", h.name)
	if err != nil {
		return nil, err
	}
	if _, err := h.order(context.Background(), "pause", h.name); err != nil {
		dismiss()
		return nil, err
	}
	return func() error {
		dismiss()
		_, err := h.order(context.Background(), "unpause", h.name)
		return err
	}, nil
}

// kill takes the container away, running or not, at once; its docker command ends with it.
func (h ownContainer) kill() {
	_, _ = h.order(context.Background(), "rm", "--force", "--volumes", h.name)
}
