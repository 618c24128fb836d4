// Package tokens tells callers by tokens that stand in a file, or takes everybody for one.
package tokens

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"

	"tidemark/domain/fault"
	"tidemark/domain/identity"
	"tidemark/domain/telemetry"
	"tidemark/ports/authn"
)

// anybody takes everybody for one.
type anybody identity.Principal

// Anybody says that everybody is of one tenant and may do everything, whatever they show: for a machine of one's own.
func Anybody(t telemetry.Tenant) authn.Authenticator {
	return anybody{Tenant: t, Subject: "anybody", Roles: identity.AllRoles()}
}

// Authenticate implements authn.Authenticator.
func (a anybody) Authenticate(context.Context, authn.Credential) (identity.Principal, error) {
	return identity.Principal(a), nil
}

// File is the callers of a token file. Only hashes of tokens are kept, and all of them are compared in constant time.
type File struct{ known []line }

// line is a caller and the hash of what it shows.
type line struct {
	hash [sha256.Size]byte
	who  identity.Principal
}

// Authenticate implements authn.Authenticator.
func (f *File) Authenticate(_ context.Context, c authn.Credential) (identity.Principal, error) {
	if c == "" {
		return identity.Principal{}, authn.NoCredential()
	}
	hash := sha256.Sum256([]byte(c))
	found := -1
	for i := range f.known {
		found = subtle.ConstantTimeSelect(subtle.ConstantTimeCompare(hash[:], f.known[i].hash[:]), i, found)
	}
	if found < 0 {
		return identity.Principal{}, fault.New(fault.Unauthenticated, "tokens", "the token is unknown")
	}
	return f.known[found].who, nil
}
