package tokens_test

import (
	"strings"
	"testing"

	"tidemark/adapters/tokens"
	"tidemark/domain/identity"
	"tidemark/ports/authn"
	"tidemark/ports/authn/authntest"
)

func TestFilePassesTheProof(t *testing.T) {
	authntest.Run(t, authntest.Harness{Closed: true, New: func(t authntest.T) authntest.Fixture {
		f, err := tokens.Read(strings.NewReader("# tokens\n\nalpha,acme\n beta , other \ngamma,acme,Telemetry.Read\n" +
			"delta, acme , Telemetry.Read  Telemetry.Write\n"))
		if err != nil {
			t.Fatal(err)
		}
		read, write := identity.TelemetryRead, identity.TelemetryWrite
		return authntest.Fixture{Authenticator: f, Callers: map[authn.Credential]identity.Principal{
			"alpha": {Tenant: "acme", Subject: "line 3", Roles: identity.AllRoles()},
			"beta":  {Tenant: "other", Subject: "line 4", Roles: identity.AllRoles()},
			"gamma": {Tenant: "acme", Subject: "line 5", Roles: identity.RolesOf(read)},
			"delta": {Tenant: "acme", Subject: "line 6", Roles: identity.RolesOf(read, write)},
		}}
	}})
}

func TestAnybodyPassesTheProof(t *testing.T) {
	one := identity.Principal{Tenant: "acme", Subject: "anybody", Roles: identity.AllRoles()}
	authntest.Run(t, authntest.Harness{New: func(authntest.T) authntest.Fixture {
		return authntest.Fixture{Authenticator: tokens.Anybody("acme"),
			Callers: map[authn.Credential]identity.Principal{"": one, "x": one, "a token": one}}
	}})
}

// A file of an editor that writes a mark of the byte order has the same tokens, on the same lines.
func TestAMarkOfTheByteOrderDoesNotCount(t *testing.T) {
	for file, want := range map[string]identity.Subject{"\ufeffalpha,acme\n": "line 1",
		"\ufeff# tokens\nalpha,acme\n": "line 2", "\ufeff\r\nalpha,acme\r\n": "line 2"} {
		f, err := tokens.Read(strings.NewReader(file))
		if err != nil {
			t.Errorf("%q: %v", file, err)
			continue
		}
		if who, err := f.Authenticate(t.Context(), "alpha"); err != nil || who.Subject != want {
			t.Errorf("%q: %v, %v", file, who, err)
		}
	}
}

// Files that say nothing, or not what they mean. No error names a token.
func TestFilesThatAreRefused(t *testing.T) {
	for file, want := range map[string]string{
		"":                           "there is no token",
		"# nothing\n":                "there is no token",
		"alpha\n":                    "line 1: write token,tenant",
		",acme\n":                    "line 1: write token,tenant",
		"alpha,\n":                   "line 1: the tenant is empty",
		"a,b\n\nalpha,c\nalpha,d\n":  "line 4: the token is given twice",
		"alpha,b\x01c\n":             "line 1: the tenant has the control character",
		"alpha,b,\n":                 "line 1: no role is named",
		"alpha,b,Telemetry.Raed\n":   `line 1: "Telemetry.Raed" is no role: there are Telemetry.Read, `,
		"alpha,b,Telemetry.Read,c\n": `line 1: "Telemetry.Read,c" is no role`,
	} {
		_, err := tokens.Read(strings.NewReader(file))
		if err == nil || strings.Contains(err.Error(), "alpha") || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", file, err)
		}
	}
}
