// Package authntest is the proof of ports/authn: every sentence of the contract as a case that an adapter passes or
// fails.
package authntest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"tidemark/domain/fault"
	"tidemark/domain/identity"
	"tidemark/ports/authn"
	"tidemark/ports/internal/proof"
)

// T is what the proof speaks to; *testing.T is one.
type T = proof.T

// Harness says how to make an authenticator and what it is.
type Harness struct {
	// New makes an authenticator. Cleanup is T's.
	New func(t T) Fixture
	// Closed says that a credential is needed. Others let everybody in, whatever is shown.
	Closed bool
}

// Fixture is one authenticator.
type Fixture struct {
	authn.Authenticator
	// Callers are the principals by what they show. A closed authenticator knows nobody else; it has at least two,
	// and no credential is a part of another.
	Callers map[authn.Credential]identity.Principal
}

// Run tries the whole contract.
func Run(t *testing.T, h Harness) { proof.Run(t, cases(h), proof.None, h.New) }

func cases(h Harness) []proof.Case[Fixture] {
	all := []proof.Case[Fixture]{
		{Name: "callers are told by what they show", Run: callers},
		{Name: "many at once", Run: concurrency},
	}
	if h.Closed {
		all = append(all, proof.Case[Fixture]{Name: "no credential", Run: absence},
			proof.Case[Fixture]{Name: "credentials that nobody has", Run: strangers})
	}
	return all
}

func callers(t T, f Fixture) {
	ctx := proof.Context(t)
	for range 2 { // the same again
		for _, c := range slices.Sorted(maps.Keys(f.Callers)) {
			got, err := f.Authenticate(ctx, c)
			proof.OK(t, err, "a good credential")
			proof.OK(t, got.Check(), "the principal")
			if got != f.Callers[c] {
				t.Errorf("the principal is %+v, want %+v", got, f.Callers[c])
			}
		}
	}
}

func concurrency(t T, f Fixture) {
	ctx := proof.Context(t)
	all := slices.Sorted(maps.Keys(f.Callers))
	proof.Each(t, 64, func(i int) error {
		c := all[i%len(all)]
		if got, err := f.Authenticate(ctx, c); err != nil || got != f.Callers[c] {
			return fmt.Errorf("the principal is %+v, want %+v: %v", got, f.Callers[c], err)
		}
		return nil
	})
}

func absence(t T, f Fixture) {
	got, err := f.Authenticate(proof.Context(t), "")
	proof.Kind(t, err, "no credential", fault.Unauthenticated)
	if got != (identity.Principal{}) {
		t.Errorf("nobody is %+v", got)
	}
	if fault.Message(err) != fault.Message(authn.NoCredential()) {
		t.Errorf("the caller reads %q, want %q", fault.Message(err), fault.Message(authn.NoCredential()))
	}
}

// strangers asks with credentials that are almost good.
func strangers(t T, f Fixture) {
	ctx := proof.Context(t)
	all := slices.Sorted(maps.Keys(f.Callers))
	for i, good := range all {
		text, other := string(good), string(all[(i+1)%len(all)])
		flipped := []byte(text)
		flipped[len(flipped)/2] ^= 1
		for _, bad := range []string{text + "x", "x" + text, text[1:], text[:len(text)-1], text + text,
			text + "," + other, text + other, string(flipped), string(f.Callers[good].Tenant), "x",
			text + "\x00", strings.Repeat(text, 1000)} {
			got, err := f.Authenticate(ctx, authn.Credential(bad))
			proof.Kind(t, err, fmt.Sprintf("%.80q", bad), fault.Unauthenticated)
			if got != (identity.Principal{}) {
				t.Errorf("%.80q is %+v", bad, got)
			}
			if said := fmt.Sprint(err); len(bad) > 1 && strings.Contains(said, bad) || fault.Message(err) == "" {
				t.Errorf("%.80q is told %q: say what to do, and nothing of it", bad, said)
			}
		}
	}
}
