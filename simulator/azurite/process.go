package azurite

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// process runs the script as a child of this process.
type process struct {
	node, install, folder, host string
	hold                        *Lock
	log                         io.Writer
}

func newProcess(ctx context.Context, o Options) (*process, error) {
	node, err := exec.LookPath("node")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoNode, err)
	}
	folder, err := dataFolder(o.Folder)
	if err != nil {
		return nil, err
	}
	installed, err := install(ctx, o.Install)
	if err != nil {
		return nil, err
	}
	return &process{node: node, install: installed, folder: folder, host: o.Host, hold: o.Hold, log: o.Log}, nil
}

// dataFolder makes the folder of a persistent server and returns its full name; "" stays "".
func dataFolder(folder string) (string, error) {
	if folder == "" {
		return "", nil
	}
	folder, err := filepath.Abs(folder)
	if err == nil {
		err = os.MkdirAll(folder, 0o755)
	}
	if err != nil {
		return "", fmt.Errorf("azurite: %w", err)
	}
	return folder, nil
}

// settings is the argument of the script.
type settings struct {
	Folder string `json:"folder"`
	Host   string `json:"host"`
	ports
}

func (s settings) text() string {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // strings and numbers
	}
	return string(text)
}

// longAddresses lets Node.js take requests whose address and header have up to 64 KiB. By itself it takes 16, and
// answers longer filters, which the service takes, by a bare 431.
const longAddresses = "--max-http-header-size=65536"

func (p *process) launch(ctx context.Context, accounts string, want ports) (c *child, got ports, err error) {
	for range picks {
		var asked ports
		if asked, err = want.picked(p.host); err != nil {
			return nil, want, fmt.Errorf("azurite: %w", err)
		}
		c, got, err = p.try(ctx, accounts, asked)
		if err == nil || asked == want || !taken.MatchString(err.Error()) {
			return c, got, err
		}
	}
	return c, want, err
}

// try starts a child on ports.
func (p *process) try(ctx context.Context, accounts string, want ports) (*child, ports, error) {
	script, err := writeRunner(p.install)
	if err != nil {
		return nil, want, fmt.Errorf("azurite: %w", err)
	}
	cmd := exec.Command(p.node, longAddresses, script, settings{p.folder, p.host, want}.text())
	cmd.Env = append(cmd.Environ(), "AZURITE_ACCOUNTS="+accounts)
	c, err := run(cmd, ownProcess{cmd}, p.hold, p.log)
	if err != nil {
		return nil, want, fmt.Errorf("azurite: %w", err)
	}
	ready, err := c.await(ctx)
	if err != nil {
		c.kill()
		return nil, want, err
	}
	return c, ready.ports, nil
}

// ownProcess is the handle of a child process.
type ownProcess struct{ cmd *exec.Cmd }

func (p ownProcess) freeze() (release func() error, err error) {
	return freezeProcess(p.cmd.Process.Pid)
}

func (p ownProcess) kill() { _ = p.cmd.Process.Kill() } // fails only if it has ended
