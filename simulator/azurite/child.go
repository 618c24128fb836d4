package azurite

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"time"
)

// child is one run of the script: the process itself, or the docker command that holds its container.
type child struct {
	cmd     *exec.Cmd
	handle  handle
	input   io.WriteCloser
	answers chan answer
	ended   chan struct{} // closed once the process was waited for
	tail    tail
	log     io.Writer
	release func() error // set while the process is frozen
}

// handle is what to do with a running child that its input cannot ask for.
type handle interface {
	// freeze stops it until release; however this process ends meanwhile, the child ends too.
	freeze() (release func() error, err error)
	// kill ends it at once; it may have ended.
	kill()
}

// answer is a line of the runner.
type answer struct {
	ports
	Accounts bool `json:"accounts"`
}

// stopPatience is how long a child may take to write its data before it is killed.
const stopPatience = 10 * time.Second

// run starts a command, which holds a lock if there is one; it does not wait until it listens.
func run(cmd *exec.Cmd, h handle, hold *Lock, log io.Writer) (*child, error) {
	if hold != nil && hold.file != nil {
		cmd.ExtraFiles = []*os.File{hold.file}
	}
	c := &child{cmd: cmd, handle: h, answers: make(chan answer, 1), ended: make(chan struct{}), log: log}
	cmd.Stderr = c.out()
	cmd.WaitDelay = time.Second
	var err error
	if c.input, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	output, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := startChild(cmd, c.ended); err != nil {
		return nil, err
	}
	go c.follow(output)
	return c, nil
}

// out is where what the child prints goes.
func (c *child) out() io.Writer {
	if c.log == nil {
		return &c.tail
	}
	return io.MultiWriter(&c.tail, c.log)
}

// follow hands over the answers and waits for the end of the process.
func (c *child) follow(output io.Reader) {
	out := c.out()
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		var a answer
		if json.Unmarshal(lines.Bytes(), &a) != nil || a == (answer{}) {
			_, _ = out.Write(append(lines.Bytes(), '\n')) // Azurite itself prints here too
			continue
		}
		select {
		case <-c.answers: // an answer that nobody waited for any more
		default:
		}
		c.answers <- a
	}
	_ = c.cmd.Wait()
	close(c.ended)
}

// await waits for the next answer.
func (c *child) await(ctx context.Context) (answer, error) {
	select {
	case a := <-c.answers:
		return a, nil
	case <-c.ended:
		return answer{}, fmt.Errorf("azurite ended (%v); it said: %s", c.cmd.ProcessState, c.tail.String())
	case <-ctx.Done():
		return answer{}, fmt.Errorf("azurite did not answer: %w; it said: %s", context.Cause(ctx), c.tail.String())
	}
}

// tell sets the accounts of a running child.
func (c *child) tell(ctx context.Context, accounts string) error {
	line, err := json.Marshal(map[string]string{"accounts": accounts})
	if err != nil {
		return err
	}
	if _, err := c.input.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("azurite: %w; it said: %s", err, c.tail.String())
	}
	_, err = c.await(ctx)
	return err
}

// stop lets the child write its data and end.
func (c *child) stop() error {
	_ = c.input.Close() // it may have ended already
	patience := time.NewTimer(stopPatience)
	defer patience.Stop()
	select {
	case <-c.ended:
		return nil
	case <-patience.C:
		c.kill()
		return errors.New("azurite did not stop in time and was killed; it said: " + c.tail.String())
	}
}

// freeze stops the process until thaw.
func (c *child) freeze() error {
	if c.release != nil {
		return nil
	}
	release, err := c.handle.freeze()
	c.release = release
	return err
}

// thaw lets a frozen process go on.
func (c *child) thaw() error {
	if c.release == nil {
		return nil
	}
	release := c.release
	c.release = nil
	return release()
}

// kill ends the child at once and waits until it is gone.
func (c *child) kill() {
	c.handle.kill()
	_ = c.input.Close()
	<-c.ended
}

// tail keeps the end of what was written to it. It is safe for concurrent use.
type tail struct {
	mu   sync.Mutex
	text []byte
}

const tailBytes = 4 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	t.text = append(t.text[:0], t.text[max(0, len(t.text)-tailBytes):]...)
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.text) == 0 {
		return "nothing"
	}
	return string(t.text)
}

type ports struct {
	Table int `json:"table"`
	Queue int `json:"queue"`
}
