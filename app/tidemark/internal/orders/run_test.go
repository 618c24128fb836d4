package orders_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tidemark/app/tidemark/internal/cli"
	"tidemark/app/tidemark/internal/cli/clitest"
	"tidemark/simulator/topology"
)

// carriesSchedulesOut carries schedules out from a file, and says what happens.
func carriesSchedulesOut(t *testing.T, a topology.Addresses) {
	folder := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	short := write("short", "at 0s for 50ms region west out: hang # and it is over\nat 10ms account tidemark "+
		"reenable\n")
	code, text := clitest.Said(t, "sim", "run", short, "--control", a.Control)
	for _, want := range []string{"begins  region west out: hang\n", "ends    region west out: hang\n",
		"happens account tidemark reenable: not done: ", "1 order of the schedule could not be done"} {
		if code != cli.ExitFailed || !strings.Contains(text, want) {
			t.Errorf("exit %d, no %q:\n%s", code, want, text)
		}
	}
	code, text = clitest.Said(t, "sim", "run", write("wrong", "at 0s regoin west out"), "--control", a.Control)
	if code != cli.ExitFailed || !strings.Contains(text, "line 1: ") ||
		!strings.Contains(text, "did you mean region?") {
		t.Errorf("exit %d:\n%s", code, text)
	}
	if code, text = clitest.Said(t, "sim", "run", filepath.Join(folder, "none"), "--control",
		a.Control); code != cli.ExitUsage ||
		!strings.Contains(text, "name one that is there") {
		t.Errorf("exit %d:\n%s", code, text)
	}
	healed := write("healed", "at 0s hang if to=east operation=other")
	code, text = clitest.Said(t, "sim", "run", healed, "--heal-after", "20ms", "--control", a.Control)
	if code != 0 || !strings.Contains(text, "ends    hang if to=east operation=other\n") {
		t.Errorf("exit %d:\n%s", code, text)
	}
	interrupted(t, healed, a.Control)
}

// interrupted runs a schedule without an end and interrupts it when it has begun: then it ends.
func interrupted(t *testing.T, file, at string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var out clitest.Output
	ended := make(chan int, 1)
	go func() { ended <- cli.Run(ctx, "test", []string{"sim", "run", file, "--control", at}, &out, &out) }()
	for guard := time.Now().Add(time.Minute); !strings.Contains(out.String(),
		"begins  hang"); time.Sleep(time.Millisecond) {
		if time.Now().After(guard) {
			t.Fatalf("it has not begun:\n%s", out.String())
		}
	}
	cancel()
	if code := <-ended; code != 0 || !strings.Contains(out.String(), "ends    hang") {
		t.Errorf("exit %d:\n%s", code, out.String())
	}
	if _, text := clitest.Said(t, "sim", "fault", "--control", at); !strings.Contains(text, "there is no rule") {
		t.Errorf("the rule is left:\n%s", text)
	}
}
