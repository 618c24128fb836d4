package clitest

import (
	"io"
	"os"
	"path/filepath"
	"testing"
)

// Written writes files into a folder of the test.
func Written(t *testing.T, files map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// FromStdin runs a command with something on standard input.
func FromStdin(t *testing.T, in string, args ...string) (int, string) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	before := os.Stdin
	os.Stdin = r
	defer func() { os.Stdin = before; r.Close() }()
	go func() { _, _ = io.WriteString(w, in); w.Close() }()
	return Said(t, args...)
}
