package apitest

import (
	"context"

	"tidemark/domain/fault"
	"tidemark/domain/identity"
	"tidemark/domain/telemetry"
	"tidemark/ports/authn"
)

// Callers are principals by their tokens.
type Callers map[authn.Credential]identity.Principal

// Authenticate implements authn.Authenticator.
func (c Callers) Authenticate(_ context.Context, shown authn.Credential) (identity.Principal, error) {
	if shown == "" {
		return identity.Principal{}, authn.NoCredential()
	}
	p, ok := c[shown]
	if !ok {
		return p, fault.New(fault.Unauthenticated, "fake", "the token is unknown")
	}
	return p, nil
}

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
