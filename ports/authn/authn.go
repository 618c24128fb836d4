// Package authn is the contract of whoever tells who calls. The proof is authntest.
package authn

import (
	"context"
	"strconv"

	"tidemark/domain/fault"
	"tidemark/domain/identity"
)

// Credential is what a caller shows: a token, or "" for none. It does not print.
type Credential string

// String hides the credential.
func (c Credential) String() string {
	if c == "" {
		return ""
	}
	return "***"
}

// GoString hides the credential.
func (c Credential) GoString() string { return strconv.Quote(c.String()) }

// MarshalText hides the credential.
func (c Credential) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// Authenticator tells who shows a credential. It is safe for concurrent use.
//
// The principal is a caller (Principal.Check). The same credential is the same principal for as long as it is good.
// An error gives the zero principal, and its message, which the caller reads, tells nothing of the credential. It is
// fault.Unauthenticated where a credential is needed and there is none (NoCredential), and for one that is unknown,
// broken or not good any more; fault.Unavailable where that cannot be found out now: nobody is let in on a guess.
type Authenticator interface {
	Authenticate(ctx context.Context, c Credential) (identity.Principal, error)
}

// NoCredential is the error where a credential is needed and none was shown.
func NoCredential() error {
	return fault.New(fault.Unauthenticated, "authn", "a token is needed: send Authorization: Bearer and the token")
}
