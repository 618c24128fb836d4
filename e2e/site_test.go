package e2e

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"

	"tidemark/simulator/azurite"
	"tidemark/simulator/azurite/azuritetest"
	"tidemark/simulator/redis"
)

// site is what the nodes of a test share: a storage account, a proxy in front of its tables, and perhaps a Redis.
type site struct {
	t        testing.TB
	server   *azurite.Server
	account  azurite.Account
	tables   *proxy
	settings []string
	redis    *redis.Server // nil: every node caches in its own memory
}

// newSite makes an account with what init puts there. The settings are those of init and of every node.
func newSite(t testing.TB, settings ...string) *site {
	t.Helper()
	program(t)
	s := &site{t: t, settings: settings}
	s.server, s.account = azuritetest.Account(t)
	s.tables = newProxy(t, s.server.TableURL(s.account.Name))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program(t), "init")
	cmd.Env = s.env()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("tidemark init: %v\n%s", err, out)
	}
	return s
}

// withRedis gives the site a real Redis.
func (s *site) withRedis() *site {
	s.t.Helper()
	s.redis = redis.Require(s.t, redis.Options{})
	return s
}

// env is the environment of a node: nothing of ours that is called TIDEMARK_, and what the site is. Later settings
// win.
func (s *site) env(settings ...string) []string {
	var env []string
	for _, kv := range os.Environ() {
		if len(kv) < 9 || kv[:9] != "TIDEMARK_" {
			env = append(env, kv)
		}
	}
	env = append(env, "TIDEMARK_ACCOUNT="+s.account.Name, "TIDEMARK_ACCOUNT_KEY="+s.account.Key, "TIDEMARK_TABLE_URL="+
		s.tables.url,
		"TIDEMARK_REPLICATION=none", "TIDEMARK_JOURNAL=same-account",
		"TIDEMARK_QUEUE_URL="+s.server.QueueURL(s.account.Name), "TIDEMARK_LOG_FORMAT=json",
		"TIDEMARK_STORAGE_TIMEOUT=5s") // a machine that is busy with other tests is no outage
	if s.redis != nil {
		env = append(env, "TIDEMARK_REDIS="+s.redis.Addr())
	}
	return append(append(env, s.settings...), settings...)
}

// Settings of nodes.
const (
	asAPI    = "TIDEMARK_ROLE=api"
	asWorker = "TIDEMARK_ROLE=worker"
	asBoth   = "TIDEMARK_ROLE=both"

	quickSweeps = "TIDEMARK_SWEEP_EVERY=500ms"
	quickPolls  = "TIDEMARK_WORK_POLL=50ms"
	quickDeath  = "TIDEMARK_DEAD_AFTER=3s"  // of a stream whose writer says nothing
	quickIdle   = "TIDEMARK_STREAM_IDLE=1s" // below quickDeath, as the default is below the default
)

// quick is a worker that looks often, so that tests do not wait.
func quick(settings ...string) []string {
	return append([]string{quickSweeps, quickPolls, quickDeath, quickIdle}, settings...)
}
