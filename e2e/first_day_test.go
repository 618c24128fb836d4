package e2e

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// What somebody does who has just cloned the repository: serve, try what it prints, stop it, start it again.
func TestServeWithoutConfiguration(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := serveIn(t, dir)
	folder := named(t, c)
	for _, x := range examplesOf(t, c) {
		x.try(t, c)
	}
	refusesSecond(t, dir, folder, c)

	held := c.hold(`late,source=door value=7 1767268800000000000`)
	c.signal(syscall.SIGINT)
	c.waitClosed()
	held.finish(t, http.StatusNoContent)
	if state := c.end(time.Minute); !state.Success() {
		t.Errorf("after SIGINT: %s\n%s", state, c.tail())
	}
	if text := c.text(c.out); text != "" {
		t.Errorf("serve writes to standard output: %q", text)
	}

	c = serveIn(t, dir)
	for _, x := range examplesOf(t, c) {
		if x.body == "" {
			x.try(t, c)
		}
	}
	want := `{"latest":[{"source":"door","metric":"late","time":"2026-01-01T12:00:00Z","value":7}]}`
	if got := strings.TrimSpace(string(c.get("/v1/latest?source=door"))); got != want {
		t.Errorf("after a restart: %s, should be %s", got, want)
	}
	c.endWell(syscall.SIGTERM)
}

// named wants the folder of the data in the greeting, and the data in it.
func named(t *testing.T, c *command) (folder string) {
	t.Helper()
	folder = c.await(&c.log, `keeps its data in (\S+)\.\n`)
	if !filepath.IsAbs(folder) || filepath.Base(folder) != "tidemark-data" {
		t.Errorf("the folder is named %s", folder)
	}
	if entries, err := os.ReadDir(folder); err != nil || len(entries) == 0 {
		t.Errorf("%s holds %d files: %v", folder, len(entries), err)
	}
	return folder
}

// refusesSecond wants clear words for a second process on the same folder, and for a port that is taken; the default
// port too.
func refusesSecond(t *testing.T, dir, folder string, c *command) {
	t.Helper()
	const usual = "127.0.0.1:8080"
	if l, err := net.Listen("tcp", usual); err == nil {
		defer l.Close()
	} // else somebody has it, which serves as well
	addr := strings.TrimPrefix(c.url, "http://")
	for _, try := range []struct {
		args []string
		says []string
	}{
		{[]string{"--listen", "127.0.0.1:0"}, []string{filepath.Base(folder), "in use by another process",
			"another folder"}},
		{[]string{"--data", ":memory:", "--listen", addr}, []string{addr + " is taken", "--listen"}},
		{[]string{"--data", ":memory:"}, []string{usual + " is taken", "--listen"}},
	} {
		code, stdout, stderr := runCommand(t, dir, append([]string{"serve"}, try.args...)...)
		lines := strings.Split(strings.TrimSpace(stderr), "\n")
		last := lines[len(lines)-1]
		for _, says := range try.says {
			if code != 1 || stdout != "" || !strings.Contains(last, says) {
				t.Errorf("serve %v ends with %d and %q, should be 1 with %q in the last line:\n%s", try.args, code,
					stdout, says, stderr)
			}
		}
	}
	c.get("/health/ready") // it is not disturbed
}

// shown is an example that serve prints: a command line with curl and the answer it promises.
type shown struct {
	line, body, url string
	answer          string // empty: no body
}

var (
	exampleLines = regexp.MustCompile(`(?m)^  (curl .*)\n    (.*)$`)
	exampleBody  = regexp.MustCompile(`--data-binary '([^']*)'`)
	exampleURL   = regexp.MustCompile(`'(http://[^']*)'$`)
)

func examplesOf(t *testing.T, c *command) (list []shown) {
	t.Helper()
	c.await(&c.log, `(Stop it with Ctrl-C)`)
	for _, m := range exampleLines.FindAllStringSubmatch(c.text(c.log), -1) {
		x := shown{line: m[1], answer: m[2]}
		if body := exampleBody.FindStringSubmatch(x.line); body != nil {
			x.body = body[1]
		}
		if url := exampleURL.FindStringSubmatch(x.line); url != nil {
			x.url = url[1]
		}
		if strings.HasPrefix(x.answer, "(204") {
			x.answer = ""
		}
		list = append(list, x)
	}
	if len(list) < 2 || list[0].body == "" || list[len(list)-1].answer == "" || !strings.HasPrefix(list[0].url, c.url) {
		t.Fatalf("the examples are %+v\n%s", list, c.tail())
	}
	return list
}

// try runs the line as it stands, by a shell and curl where there are such, and wants the promised answer.
func (x shown) try(t *testing.T, c *command) {
	t.Helper()
	var got []byte
	if _, err := exec.LookPath("curl"); err == nil {
		cmd := exec.CommandContext(t.Context(), "sh", "-c", x.line)
		cmd.Stderr = os.Stderr
		if got, err = cmd.Output(); err != nil {
			t.Fatalf("%s: %v", x.line, err)
		}
	} else {
		got = x.send(t)
	}
	if text := strings.TrimSpace(string(got)); text != x.answer {
		t.Errorf("%s\nanswers  %s\npromised %s", x.line, text, x.answer)
	}
}

// send is what curl would do.
func (x shown) send(t *testing.T) []byte {
	t.Helper()
	method, header := http.MethodGet, map[string]string{}
	if x.body != "" {
		method, header["Content-Type"] = http.MethodPost, "application/x-www-form-urlencoded"
	}
	r, err := send(method, x.url, header, []byte(x.body))
	if err != nil {
		t.Fatalf("%s: %v", x.line, err)
	}
	return r.body
}

// heldRequest is a write of which the node has read the header and waits for the body.
type heldRequest struct {
	conn net.Conn
	in   *bufio.Reader
	body string
}

// hold sends a header that asks for 100 Continue: with the answer the request is accepted, and its handler is at
// work.
func (c *command) hold(body string) *heldRequest {
	c.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(c.url, "http://"))
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	fmt.Fprintf(conn, "POST /api/v2/write HTTP/1.1\r\nHost: tidemark\r\nContent-Length: %d\r\nExpect: "+
		"100-continue\r\n\r\n", len(body))
	h := &heldRequest{conn, bufio.NewReader(conn), body}
	line, err := h.in.ReadString('\n')
	if err != nil || !strings.Contains(line, " 100 ") {
		c.t.Fatalf("the node does not ask for the body: %q, %v", line, err)
	}
	if _, err := h.in.ReadString('\n'); err != nil {
		c.t.Fatal(err)
	}
	return h
}

// finish sends the body and wants a status.
func (h *heldRequest) finish(t *testing.T, status int) {
	t.Helper()
	if _, err := io.WriteString(h.conn, h.body); err != nil {
		t.Fatalf("an accepted request was dropped: %v", err)
	}
	r, err := http.ReadResponse(h.in, nil)
	if err != nil {
		t.Fatalf("an accepted request was not answered: %v", err)
	}
	defer r.Body.Close()
	if text, _ := io.ReadAll(r.Body); r.StatusCode != status {
		t.Errorf("an accepted request was answered %d %s", r.StatusCode, text)
	}
}

// waitClosed waits until the node takes no more connections.
func (c *command) waitClosed() {
	c.t.Helper()
	eventually(c.t, 30*time.Second, "the node takes no more connections", func() bool {
		conn, err := net.Dial("tcp", strings.TrimPrefix(c.url, "http://"))
		if err == nil {
			_ = conn.Close()
		}
		return err != nil
	})
}

// In memory nothing is kept, and nothing is written to where it was started.
func TestServeInMemoryKeepsNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for range 2 {
		c := serveIn(t, dir, "--data", ":memory:")
		if got := string(bytes.TrimSpace(c.get("/v1/latest"))); got != `{"latest":[]}` {
			t.Errorf("a node in memory begins with %s", got)
		}
		for _, x := range examplesOf(t, c) {
			x.try(t, c)
		}
		c.endWell(syscall.SIGINT)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("it left %v: %v", entries, err)
	}
}

// A second signal does not wait for anybody; what was acknowledged is there all the same.
func TestServeEndsAtOnceAtTheSecondSignal(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := serveIn(t, dir)
	examplesOf(t, c)[0].try(t, c)
	c.hold("never,source=roof value=1")
	c.signal(syscall.SIGTERM)
	c.waitClosed()
	c.signal(syscall.SIGTERM)
	if state := c.end(10 * time.Second); state.Success() {
		t.Errorf("it ended well with a request under way: %s", state)
	}
	c = serveIn(t, dir)
	for _, x := range examplesOf(t, c)[1:] {
		x.try(t, c)
	}
	c.endWell(syscall.SIGTERM)
}
