// Package azuritetest gives tests an Azurite: one shared by all tests of a package, an account of its own for each
// test.
package azuritetest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tidemark/simulator/azurite"
)

// startTimeout covers an installation by npm too.
const startTimeout = 5 * time.Minute

// Require starts an Azurite for one test and stops it when the test ends. Without Node.js (or, for a container,
// Docker) the test is skipped with the reason, and fails if the environment variable TIDEMARK_REQUIRE (a
// comma-separated list) contains azurite (or docker).
func Require(t testing.TB, o azurite.Options) *azurite.Server {
	t.Helper()
	s, err := start(o)
	decide(t, err)
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Errorf("stop azurite: %v", err)
		}
	})
	return s
}

var shared = sync.OnceValues(func() (*azurite.Server, error) { return start(azurite.Options{}) })

// Shared gives the Azurite that all tests of a package share. It ends with the test process; do not stop or pause it.
// It skips as Require does.
func Shared(t testing.TB) *azurite.Server {
	t.Helper()
	s, err := shared()
	decide(t, err)
	return s
}

// Account adds an account with a random name to the shared Azurite: nobody else's rows are in it, so queries stay
// fast.
func Account(t testing.TB) (*azurite.Server, azurite.Account) {
	t.Helper()
	s := Shared(t)
	a, err := s.AddAccount(t.Context(), azurite.Account{Name: "t" + randomName()})
	if err != nil {
		t.Fatalf("add an account: %v", err)
	}
	return s, a
}

func start(o azurite.Options) (*azurite.Server, error) {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	return azurite.Start(ctx, o)
}

// decide lets a test go on, skips it where what the mode needs is missing, or fails it where TIDEMARK_REQUIRE names
// that.
func decide(t testing.TB, err error) {
	t.Helper()
	required := strings.Split(os.Getenv("TIDEMARK_REQUIRE"), ",")
	noDocker := errors.Is(err, azurite.ErrNoDocker) || errors.Is(err, azurite.ErrNoImage)
	switch {
	case err == nil:
	case errors.Is(err, azurite.ErrNoNode) && !slices.Contains(required, "azurite"), noDocker &&
		!slices.Contains(required, "docker"):
		t.Skipf("not run: %v", err)
	default:
		t.Fatalf("start azurite: %v", err)
	}
}

func randomName() string {
	name := make([]byte, 8)
	_, _ = rand.Read(name) // never fails since Go 1.24
	return hex.EncodeToString(name)
}
