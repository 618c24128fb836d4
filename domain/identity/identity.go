// Package identity holds the values of who calls: a principal, and the roles that it was given.
package identity

import (
	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
)

// Subject names who calls within a tenant, in the words of whoever authenticates. Logs name it.
type Subject string

// Principal is who calls: whose readings are asked for, by whom, and what that one may do. The zero value is nobody.
type Principal struct {
	Tenant  telemetry.Tenant
	Subject Subject
	Roles   Roles
}

// Check is nil for a caller. Without a tenant it is none: fault.Unauthenticated.
func (p Principal) Check() error {
	if p.Tenant == "" {
		return fault.New(fault.Unauthenticated, "identity", "the caller is of no tenant: use other credentials")
	}
	return nil
}

// Allow is nil if the principal may do what a role allows. Otherwise it is as Check, or fault.Forbidden with a message
// that names the role.
func (p Principal) Allow(needed Role) error {
	if err := p.Check(); err != nil {
		return err
	}
	if !p.Roles.Has(needed) {
		return fault.New(fault.Forbidden, "identity", "the role %s is missing, which allows to %s: "+
			"use credentials that have it", needed, needed.Allows())
	}
	return nil
}
