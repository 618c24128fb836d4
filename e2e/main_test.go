package e2e

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"hash/fnv"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"tidemark/simulator/rig"
	"tidemark/simulator/rig/containers"
)

// scratch is the folder of this test process: the built program and the logs of its nodes.
var scratch string

// sideBySide is how many tests run at once unless -parallel says it: they wait most of their time, for the program to
// look again, for a lease to end.
const sideBySide = 4

func TestMain(m *testing.M) {
	containers.ReapIfAsked()
	flag.Parse()
	said := false
	flag.Visit(func(f *flag.Flag) { said = said || f.Name == "test.parallel" })
	if !said {
		_ = flag.Set("test.parallel", strconv.Itoa(max(sideBySide, runtime.GOMAXPROCS(0))))
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	var err error
	if scratch, err = os.MkdirTemp("", "tidemark-e2e-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	code := m.Run()
	if code == 0 {
		_ = os.RemoveAll(scratch)
	} else {
		fmt.Fprintf(os.Stderr, "logs of the nodes and clients: %s\n", scratch)
	}
	return code
}

// build makes the program, once.
var build = sync.OnceValues(func() (string, error) {
	path := filepath.Join(scratch, "tidemark")
	err := rig.Build(context.Background(), path, "CGO_ENABLED=0") // containers run it, too
	return path, errors.Join(err, look())
})

// look looks at the program's sources. These tests do not import it, and Go remembers a package's result until one of
// the files changes that its tests looked at: without this it would give the result of another program.
func look() error {
	for _, root := range []string{"../adapters", "../app", "../domain", "../ports", "../simulator", "../tools/images"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				_, err = os.Stat(path)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	_, err := os.Stat("../go.mod")
	return err
}

// program is the path of the built program.
func program(t testing.TB) string {
	t.Helper()
	path, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// campaign reports whether the promised counts are to be run.
func campaign() bool { return os.Getenv("TIDEMARK_CAMPAIGN") == "1" }

// count is how often to do something: a little in CI, as promised in a campaign.
func count(small, promised int) int {
	if campaign() {
		return promised
	}
	return small
}

// seeded gives a test its randomness and prints the seed that takes it back.
func seeded(t testing.TB) *rand.Rand {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if given := os.Getenv("TIDEMARK_SEED"); given != "" {
		var err error
		if seed, err = strconv.ParseUint(given, 10, 64); err != nil {
			t.Fatalf("TIDEMARK_SEED=%s: %v", given, err)
		}
	}
	t.Logf("TIDEMARK_SEED=%d", seed)
	h := fnv.New64a()
	_, _ = h.Write([]byte(t.Name()))
	return rand.New(rand.NewPCG(seed, h.Sum64()))
}

// eventually waits until ok says so. within is a hang guard, some ten times what it should take.
func eventually(t testing.TB, within time.Duration, what string, ok func() bool) time.Duration {
	t.Helper()
	began := time.Now()
	for !ok() {
		if time.Since(began) > within {
			t.Fatalf("not within %s: %s", within, what)
		}
		time.Sleep(50 * time.Millisecond)
	}
	return time.Since(began)
}
