package identity_test

import (
	"slices"
	"strings"
	"testing"

	"tidemark/domain/fault"
	"tidemark/domain/identity"
)

// Tokens and configurations carry the names; numbers are in no file, but keep them all the same.
func TestRolesAreFrozen(t *testing.T) {
	for want, role := range map[string]identity.Role{"Telemetry.Read": 1, "Telemetry.Write": 2, "Operations.Act": 3} {
		got, err := identity.ParseRole(want)
		if role.String() != want || got != role || err != nil {
			t.Errorf("role %d is %q; %q is %d, %v", uint8(role), role, want, uint8(got), err)
		}
		if role.Allows() == "" {
			t.Errorf("nobody says what %s allows", role)
		}
	}
	if all := identity.AllRoles().List(); len(all) != 3 {
		t.Errorf("all roles are %v", all)
	}
	for _, name := range []string{"", "telemetry.read", "Telemetry.Read ", "Telemetry", "no role (0)"} {
		if r, err := identity.ParseRole(name); err == nil || r != 0 || !strings.Contains(err.Error(),
			"Telemetry.Read, Telemetry.Write, Operations.Act") {
			t.Errorf("%q is %v, %v", name, r, err)
		}
	}
}

// TestAPrincipalMayDoWhatItsRolesAllow: of every set of roles exactly those in it, and no role brings another.
func TestAPrincipalMayDoWhatItsRolesAllow(t *testing.T) {
	all := identity.AllRoles().List()
	for bits := range 1 << len(all) {
		var some []identity.Role
		for i, r := range all {
			if bits&(1<<i) != 0 {
				some = append(some, r)
			}
		}
		p := identity.Principal{Tenant: "acme", Subject: "me", Roles: identity.RolesOf(some...)}
		if !slices.Equal(p.Roles.List(), some) {
			t.Errorf("of %v the set is %v", some, p.Roles.List())
		}
		for _, needed := range all {
			err := p.Allow(needed)
			if has := slices.Contains(some, needed); has != (err == nil) || !has &&
				(!fault.Is(err, fault.Forbidden) || !strings.Contains(fault.Message(err), needed.String()) ||
					!strings.Contains(fault.Message(err), needed.Allows())) {
				t.Errorf("%s with %v: %v", needed, some, err)
			}
		}
	}
}

// TestTheZeroRoleIsNobodys: what forgot to say which role it needs is closed.
func TestTheZeroRoleIsNobodys(t *testing.T) {
	p := identity.Principal{Tenant: "acme", Roles: identity.RolesOf(0, 1, 2, 3, 4, 200)}
	for _, r := range []identity.Role{0, 4, 8, 200} {
		if p.Roles.Has(r) || !fault.Is(p.Allow(r), fault.Forbidden) {
			t.Errorf("somebody has role %d", uint8(r))
		}
	}
	if p.Roles != identity.AllRoles() {
		t.Errorf("the set has what is no role: %v", p.Roles)
	}
}

// TestNobodyIsNoCaller, whatever it may.
func TestNobodyIsNoCaller(t *testing.T) {
	nobody := identity.Principal{Subject: "me", Roles: identity.AllRoles()}
	if !fault.Is(nobody.Check(), fault.Unauthenticated) {
		t.Errorf("a principal without a tenant: %v", nobody.Check())
	}
	for _, r := range identity.AllRoles().List() {
		if err := nobody.Allow(r); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("%s without a tenant: %v", r, err)
		}
	}
	if err := (identity.Principal{Tenant: "acme"}).Check(); err != nil {
		t.Errorf("a caller without roles: %v", err)
	}
}
