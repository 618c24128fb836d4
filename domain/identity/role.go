package identity

import (
	"fmt"
	"strings"
)

// Role is something that a caller may do. No role includes another. The zero value is none, and nobody has it.
type Role uint8

// The roles. What changes nothing is read; what changes what is stored is written; what changes what the service does
// is acted.
const (
	TelemetryRead  Role = 1
	TelemetryWrite Role = 2
	OperationsAct  Role = 3
)

// known are the roles with their names, which tokens and configurations carry, and what they allow.
var known = [...]struct{ name, allows string }{
	TelemetryRead:  {"Telemetry.Read", "read readings, sources, the status and tasks"},
	TelemetryWrite: {"Telemetry.Write", "write and delete readings and to replace labels"},
	OperationsAct:  {"Operations.Act", "drive failed work again"},
}

// String is the role's name.
func (r Role) String() string {
	if r == 0 || int(r) >= len(known) {
		return fmt.Sprintf("no role (%d)", uint8(r))
	}
	return known[r].name
}

// Allows says what the role allows: to ...
func (r Role) Allows() string {
	if int(r) >= len(known) {
		return ""
	}
	return known[r].allows
}

// ParseRole is the role of a name, as String writes it.
func ParseRole(name string) (Role, error) {
	for r := TelemetryRead; int(r) < len(known); r++ {
		if known[r].name == name {
			return r, nil
		}
	}
	return 0, fmt.Errorf("%.40q is no role: there are %s", name, AllRoles())
}

// Roles is a set of roles. The zero value is empty. Sets with the same roles are equal.
type Roles struct{ bits uint8 }

// RolesOf is the set of some roles.
func RolesOf(roles ...Role) (s Roles) {
	for _, r := range roles {
		if r > 0 && int(r) < len(known) {
			s.bits |= 1 << r
		}
	}
	return s
}

// AllRoles is the set of every role.
func AllRoles() Roles { return RolesOf(TelemetryRead, TelemetryWrite, OperationsAct) }

// Has reports whether the role is one of the set.
func (s Roles) Has(r Role) bool { return r > 0 && int(r) < len(known) && s.bits&(1<<r) != 0 }

// List is the roles of the set, in the order of their numbers.
func (s Roles) List() (roles []Role) {
	for r := TelemetryRead; int(r) < len(known); r++ {
		if s.Has(r) {
			roles = append(roles, r)
		}
	}
	return roles
}

// String is the names of the roles, with commas.
func (s Roles) String() string {
	var names []string
	for _, r := range s.List() {
		names = append(names, r.String())
	}
	return strings.Join(names, ", ")
}
