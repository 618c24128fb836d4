package authntest

import (
	"context"
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

// broken is one with a bug.
type broken struct {
	Known
	ask func(s Known, c authn.Credential) (identity.Principal, error)
}

func (b *broken) Authenticate(ctx context.Context, c authn.Credential) (identity.Principal, error) {
	if b.ask == nil {
		return b.Known.Authenticate(ctx, c)
	}
	return b.ask(b.Known, c)
}

var known = Known{
	"alpha": {Tenant: "acme", Subject: "1", Roles: identity.AllRoles()},
	"beta":  {Tenant: "other", Subject: "2", Roles: identity.RolesOf(identity.TelemetryRead)},
}

// or is what a sound one says, unless that is an error.
func or(s Known, c authn.Credential, p identity.Principal, err error) (identity.Principal, error) {
	if good, bad := s.Authenticate(context.Background(), c); bad == nil {
		return good, nil
	}
	return p, err
}

// bugs are authenticators that the proof has to catch, and by which cases.
var bugs = map[string]struct {
	ask    func(s Known, c authn.Credential) (identity.Principal, error)
	caught []string
}{
	"everybody is the first": {func(Known, authn.Credential) (identity.Principal, error) {
		return known["alpha"], nil
	}, []string{"callers are told by what they show", "many at once", "no credential", "credentials that nobody has"}},
	"a principal without a tenant": {func(s Known, c authn.Credential) (identity.Principal, error) {
		p, err := s.Authenticate(context.Background(), c)
		p.Tenant = ""
		return p, err
	}, []string{"callers are told by what they show"}},
	"everybody has every role": {func(s Known, c authn.Credential) (identity.Principal, error) {
		p, err := s.Authenticate(context.Background(), c)
		if err == nil {
			p.Roles = identity.AllRoles()
		}
		return p, err
	}, []string{"callers are told by what they show"}},
	"a prefix will do": {func(s Known, c authn.Credential) (identity.Principal, error) {
		for known, p := range s {
			if strings.HasPrefix(string(known), string(c)) || strings.HasPrefix(string(c), string(known)) {
				return p, nil
			}
		}
		return s.Authenticate(context.Background(), c)
	}, []string{"no credential", "credentials that nobody has"}},
	"an unknown one is Forbidden": {func(s Known, c authn.Credential) (identity.Principal, error) {
		return or(s, c, identity.Principal{}, fault.New(fault.Forbidden, "test", "no"))
	}, []string{"no credential", "credentials that nobody has"}},
	"an unknown one is told back": {func(s Known, c authn.Credential) (identity.Principal, error) {
		return or(s, c, identity.Principal{}, fault.New(fault.Unauthenticated, "test", "%s is unknown", string(c)))
	}, []string{"credentials that nobody has"}},
	"an unknown one is somebody with an error": {func(s Known, c authn.Credential) (identity.Principal, error) {
		return or(s, c, identity.Principal{Tenant: "guests"}, authn.NoCredential())
	}, []string{"no credential", "credentials that nobody has"}},
	"nothing is said to who is unknown": {func(s Known, c authn.Credential) (identity.Principal, error) {
		return or(s, c, identity.Principal{}, fault.New(fault.Unauthenticated, "test", ""))
	}, []string{"no credential", "credentials that nobody has"}},
}

func harness(ask func(Known, authn.Credential) (identity.Principal, error)) Harness {
	return Harness{Closed: true, New: func(T) Fixture {
		return Fixture{Authenticator: &broken{known, ask}, Callers: known}
	}}
}

func TestTheProofCatchesBrokenTwins(t *testing.T) {
	proof.Quiet(t)
	for _, name := range slices.Sorted(maps.Keys(bugs)) {
		t.Run(name, func(t *testing.T) {
			h := harness(bugs[name].ask)
			for _, by := range bugs[name].caught {
				if !proof.Caught(t, cases(h), by, proof.None, h.New) {
					t.Errorf("not noticed by %q", by)
				}
			}
		})
	}
}

func TestTheProofIsQuietOnASoundTwin(t *testing.T) {
	h := harness(nil)
	if alarms := proof.Alarms(cases(h), proof.None, h.New); len(alarms) != 0 {
		t.Errorf("false alarms: %q", alarms)
	}
}

func TestCredentialsDoNotPrint(t *testing.T) {
	c := authn.Credential("alpha")
	text, err := c.MarshalText()
	if said := fmt.Sprintf("%v %+v %s %q %#v %s %v", c, c, c, c, c, text, err); strings.Contains(said, "alpha") {
		t.Errorf("it prints: %s", said)
	}
	if authn.Credential("").String() != "" {
		t.Error("none looks like one")
	}
}
