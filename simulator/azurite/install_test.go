package azurite

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

func TestLockPinsTheVersionAndNamesNoRegistry(t *testing.T) {
	var lock struct {
		Packages map[string]struct {
			Version   string `json:"version"`
			Resolved  string `json:"resolved"`
			Integrity string `json:"integrity"`
		} `json:"packages"`
	}
	if err := json.Unmarshal(packageLock, &lock); err != nil {
		t.Fatal(err)
	}
	if got := lock.Packages["node_modules/azurite"].Version; got != Version {
		t.Errorf("the lock has azurite %q, the program says %q", got, Version)
	}
	for name, p := range lock.Packages {
		if p.Resolved != "" {
			t.Errorf("%s is bound to %s", name, p.Resolved)
		}
		if name != "" && p.Integrity == "" {
			t.Errorf("%s has no checksum", name)
		}
	}
	if bytes.Contains(packageLock, []byte("/registry/")) {
		t.Error("the lock names a registry")
	}
}

func TestTailKeepsTheEnd(t *testing.T) {
	var log tail
	for range 1000 {
		if _, err := log.Write([]byte("0123456789")); err != nil {
			t.Fatal(err)
		}
	}
	_, _ = log.Write([]byte("the end"))
	if got := log.String(); len(got) != tailBytes || got[len(got)-7:] != "the end" {
		t.Errorf("kept %d bytes, ending in %q", len(got), got[len(got)-7:])
	}
}

func TestTakenPortIsNamed(t *testing.T) {
	s := &Server{host: "127.0.0.1", ports: ports{Table: 10002, Queue: 1000}}
	for said, want := range map[string]string{
		"listen EADDRINUSE: address already in use 127.0.0.1:10002": "TablePort 10002 of 127.0.0.1 is taken",
		"Bind for 127.0.0.1:1000 failed: port is already allocated": "QueuePort 1000 of 127.0.0.1 is taken",
		"listen EADDRINUSE: address already in use 127.0.0.1:10001": "listen EADDRINUSE",
		"something else about 127.0.0.1:10002":                      "something else",
	} {
		err := s.explain(errors.New(said))
		if !strings.HasPrefix(strings.TrimPrefix(err.Error(), "azurite: "), want) ||
			!strings.HasSuffix(err.Error(), said) {
			t.Errorf("of %q it says %q, want %q first", said, err, want)
		}
	}
}
