package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tidemark/simulator/azurite/azuritetest"
)

// cloudFile is the cloud of `tidemark up`, whose endpoints a failover keeps down for a second longer than a node
// believes what it has seen of the account: no shorter one is promised anything.
const cloudFile = `
distances:
  - {from: east, to: west, oneWay: 30ms}
accounts:
  - {name: tidemark, primary: east, secondary: west, lag: %q, copyRate: 5,
     windows: {announce: 100ms, down: 31s, complete: 100ms, giveUp: 1m}}
  - {name: tidemarkeast, region: east}
  - {name: tidemarkwest, region: west}
`

// served are the two regions of `tidemark sim up` with a node in each that is a process of its own, so that it can be
// killed, frozen and started again.
type served struct {
	*twoRegions
	extra  []string // flags of each node
	downs  []down
	folder string
}

// serveInTwo starts two regions without data, and a node in each with some flags more. The account's replication lags.
func serveInTwo(t *testing.T, lag string, extra ...string) *served {
	t.Helper()
	azuritetest.Shared(t) // decides whether a machine without Node.js skips or fails
	folder := t.TempDir()
	file := filepath.Join(folder, "cloud.yaml")
	if err := os.WriteFile(file, fmt.Appendf(nil, cloudFile, lag), 0o600); err != nil {
		t.Fatal(err)
	}
	cloud := launchCommand(t, folder, "sim", "up", file, "--control", "127.0.0.1:0")
	var line readyLine
	if err := json.Unmarshal([]byte(cloud.await(&cloud.out, `^([^\n]*)\n`)), &line); err != nil {
		t.Fatal(err)
	}
	s := &served{twoRegions: regionsOf(t, line), extra: extra, folder: folder}
	if code, out, log := runCommand(t, folder, append([]string{"init"}, s.settings("east")...)...); code != 0 {
		t.Fatalf("init: %s%s", out, log)
	}
	for _, region := range regionNames {
		s.start(region, s.settings(region)...)
	}
	return s
}

// settings are those of a region for init, serve and retire: both journals, the region's own first.
func (s *served) settings(region string) []string {
	other := map[string]string{"east": "west", "west": "east"}[region]
	return append(s.single(region), "--peer-journal-account", "tidemark"+other, "--peer-journal-key", s.line.Key,
		"--peer-journal-region", other, "--peer-journal-url", beside(s.line.Regions[region].Journal, "tidemark"+other))
}

// single are the same with the region's journal alone.
func (s *served) single(region string) []string {
	at, local := s.line.Regions[region], "tidemark"+region
	return []string{"--region", region, "--account", s.line.Account, "--account-key", s.line.Key, "--table-url",
		at.Table, "--table-secondary-url", at.TableSecondary, "--replication", "ra-grs", "--journal-account", local,
		"--journal-key", s.line.Key, "--journal-url", at.Journal, "--queue-url", beside(at.Queue, local)}
}

// beside is the endpoint of another account of the same place.
func beside(endpoint, account string) string {
	return endpoint[:strings.LastIndexByte(endpoint, '/')+1] + account
}

// start starts the node of a region, where the one before it listened, if there was one.
func (s *served) start(region string, settings ...string) {
	s.t.Helper()
	addr := freeAddress(s.t)
	if before := s.nodes[region]; before != nil {
		addr = strings.TrimPrefix(before.url, "http://")
	}
	s.nodes[region] = s.serve(region, addr, settings...)
}

// serve starts a node in a region and waits until it listens.
func (s *served) serve(region, addr string, settings ...string) *node {
	s.t.Helper()
	args := append([]string{"serve", "--listen", addr, "--request-timeout", "15s", "--redis",
		s.line.Regions[region].Redis}, settings...)
	c := launchCommand(s.t, s.folder, append(args, s.extra...)...)
	c.url = c.await(&c.log, `(?m)listens on (http://\S+) and`)
	c.patient, c.paired = true, true
	return &c.node
}

// process gives an order to a process of a region's: pause, resume.
func (s *served) process(region, process, order string) {
	s.t.Helper()
	a, err := send(http.MethodPost, s.line.Control+"/processes/"+region+"/"+process+"/"+order, nil, nil)
	if err != nil || a.status != http.StatusNoContent {
		s.t.Fatalf("%s %s of %s: %d %s, %v", order, process, region, a.status, a.body, err)
	}
}

// account is the geo-redundant account as the simulator has it now.
func (s *served) account() (a struct {
	Primary, Secondary, State, Phase string
	Backlog                          int
}) {
	s.t.Helper()
	r, err := send(http.MethodGet, s.line.Control+"/accounts/"+s.line.Account, nil, nil)
	if err == nil {
		err = json.Unmarshal(r.body, &a)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return a
}
