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
}, clock func() time.Time) *embedded.Store {
	t.Helper()
	folder, err := os.MkdirTemp("", "embedded")
	if err != nil {
		t.Fatal(err)
	}
	s, err := embedded.Open(folder, clock, embedded.NoSync())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = s.Close()
		_ = os.RemoveAll(folder)
	})
	return s
}
