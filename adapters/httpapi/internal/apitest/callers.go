package apitest

import (
	"context"

	"tidemark/domain/identity"
	"tidemark/domain/telemetry"
	"tidemark/ports/authn"
	"tidemark/ports/authn/authntest"
)

// Callers are principals by their tokens.
type Callers = authntest.Known

// Anybody lets everybody in as one.
type Anybody identity.Principal

// Authenticate implements authn.Authenticator.
func (a Anybody) Authenticate(context.Context, authn.Credential) (identity.Principal, error) {
	return identity.Principal(a), nil
}

// Of is somebody of a tenant who may do everything.
func Of(t telemetry.Tenant) identity.Principal {
	return identity.Principal{Tenant: t, Subject: "me", Roles: identity.AllRoles()}
}
