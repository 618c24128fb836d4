package embedded_test

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"tidemark/adapters/embedded"
	"tidemark/domain/telemetry"
	"tidemark/ports/chunks"
)

// killFolder, when set, turns the test binary into the child that is killed.
const killFolder = "EMBEDDED_TEST_KILL_FOLDER"

func TestMain(m *testing.M) {
	if folder := os.Getenv(killFolder); folder != "" {
		appendForEver(folder, os.Getenv(killFolder+"_WRITER"))
	}
	os.Exit(m.Run())
}

// appendForEver appends side by side on several streams, rewrites a row for each, and prints what was acknowledged.
func appendForEver(folder, name string) {
	s, err := embedded.Open(folder, time.Now, embedded.Options{LockTimeout: 10 * time.Second})
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	fmt.Println("ready")
	for w := range 4 {
		go func() {
			writer := fmt.Sprint(name, "-", w)
			version := chunks.Version("")
			for n := telemetry.Number(1); ; n++ {
				if _, err := s.Journal().Append(bg, block(stream(writer), n, body(writer, n))); err != nil {
					fmt.Println("error", err)
				}
				key := chunks.TaskKey("t", writer)
				if err := s.Rows().Apply(bg, chunks.Change{Key: key, If: version,
					Value: strconv.AppendUint(nil, uint64(n), 10)}); err != nil {
					fmt.Println("error", err)
				}
				fmt.Println("ack", writer, n)
				row, err := s.Rows().Get(bg, key)
				if err != nil {
					fmt.Println("error", err)
				}
				version = row.Version
			}
		}()
	}
	select {}
}

// body is what a block holds: between some bytes and several parts, told by its name alone.
func body(writer string, n telemetry.Number) string {
	return strings.Repeat(fmt.Sprint(writer, n, ";"), 1+int(n*n*37)%4000)
}

func TestKilledAtRandomMomentsKeepsWhatItAcknowledged(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("TIDEMARK_SEED"); s != "" {
		var err error
		seed, err = strconv.ParseUint(s, 10, 64)
		ok(t, err)
	}
	t.Logf("TIDEMARK_SEED=%d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	folder, acknowledged := t.TempDir(), map[string]telemetry.Number{}
	for life := range 8 {
		appendAndDie(t, folder, fmt.Sprint("life", life), time.Duration(20+random.IntN(250))*time.Millisecond,
			acknowledged)
	}
	if len(acknowledged) < 8 {
		t.Fatalf("only %d streams were acknowledged: the test tried nothing", len(acknowledged))
	}
	s := open(t, folder, time.Now)
	for writer, last := range acknowledged {
		want := telemetry.Number(1)
		for e, err := range s.Journal().Read(bg, stream(writer), 0) {
			ok(t, err)
			if e.Number != want || string(e.Block) != body(writer, want) {
				t.Fatalf("%s: read number %d with %d bytes, want number %d", writer, e.Number, len(e.Block), want)
			}
			want++
		}
		if want <= last {
			t.Errorf("%s: acknowledged %d, there are %d", writer, last, want-1)
		}
		row, err := s.Rows().Get(bg, chunks.TaskKey("t", writer))
		ok(t, err)
		if n, err := strconv.ParseUint(string(row.Value), 10, 64); err != nil || telemetry.Number(n) < last {
			t.Errorf("%s: acknowledged %d, the row says %q", writer, last, row.Value)
		}
	}
}

// appendAndDie lets a child append, kills it, and notes what it had acknowledged.
func appendAndDie(t *testing.T, folder, name string, after time.Duration, acknowledged map[string]telemetry.Number) {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), killFolder+"="+folder, killFolder+"_WRITER="+name)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	ok(t, err)
	ok(t, child.Start())
	timer := time.AfterFunc(time.Minute, func() { _ = child.Process.Kill() })
	defer timer.Stop()
	for lines := bufio.NewScanner(out); lines.Scan(); {
		var writer string
		var n telemetry.Number
		switch line := lines.Text(); {
		case line == "ready":
			time.AfterFunc(after, func() { _ = child.Process.Kill() })
		case strings.HasPrefix(line, "error"):
			t.Error(line)
		default:
			if _, err := fmt.Sscanf(line, "ack %s %d", &writer, &n); err != nil {
				continue // the last line may be torn
			}
			acknowledged[writer] = max(acknowledged[writer], n)
		}
	}
	_ = child.Wait() // killed
}
