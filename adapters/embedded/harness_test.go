package embedded_test

import (
	"os"
	"time"

	"tidemark/adapters/embedded"

	"pgregory.net/rapid"
)

// openProof opens a store of its own for a case of a port's proof.
func openProof(t interface {
	rapid.TB
	Cleanup(func())
}) *embedded.Store {
	t.Helper()
	folder, err := os.MkdirTemp("", "embedded")
	if err != nil {
		t.Fatal(err)
	}
	s, err := embedded.Open(folder, time.Now, embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = s.Close()
		_ = os.RemoveAll(folder)
	})
	return s
}
