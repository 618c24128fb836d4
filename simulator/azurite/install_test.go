package azurite

import (
	"bytes"
	"encoding/json"
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
