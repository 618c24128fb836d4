package authntest

import (
	"context"

	"tidemark/domain/fault"
	"tidemark/domain/identity"
	"tidemark/ports/authn"
)

// Known is an authenticator that knows these, for tests of who asks one.
type Known map[authn.Credential]identity.Principal

// Authenticate implements authn.Authenticator.
func (k Known) Authenticate(_ context.Context, c authn.Credential) (identity.Principal, error) {
	if c == "" {
		return identity.Principal{}, authn.NoCredential()
	}
	p, ok := k[c]
	if !ok {
		return p, fault.New(fault.Unauthenticated, "test", "the token is unknown")
	}
	return p, nil
}
