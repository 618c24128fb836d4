package tokens

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"tidemark/domain/identity"
	"tidemark/domain/telemetry"
)

// Read reads a token file. A line is "token,tenant", or "token,tenant,roles" with the names of roles and spaces between
// them; without the third part the token has every role. Empty lines and those that begin with # do not count. Several
// tokens may name one tenant. The error names the line, and never the token. The subject of a caller is its line.
// A mark of the byte order in front, which some editors write, does not count.
func Read(file io.Reader) (*File, error) {
	f := &File{}
	lines := bufio.NewScanner(file)
	for n := 1; lines.Scan(); n++ {
		text := lines.Text()
		if n == 1 {
			text = strings.TrimPrefix(text, byteOrderMark)
		}
		text = strings.TrimSpace(text)
		if text == "" || text[0] == '#' {
			continue
		}
		l, err := parse(text)
		if err == nil && slices.ContainsFunc(f.known, func(o line) bool { return o.hash == l.hash }) {
			err = errors.New("the token is given twice")
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		l.who.Subject = identity.Subject(fmt.Sprintf("line %d", n))
		f.known = append(f.known, l)
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if len(f.known) == 0 {
		return nil, errors.New("there is no token: write a line token,tenant")
	}
	return f, nil
}

const byteOrderMark = "\ufeff"

func parse(text string) (line, error) {
	token, rest, ok := strings.Cut(text, ",")
	tenant, names, limited := strings.Cut(rest, ",")
	token, tenant = strings.TrimSpace(token), strings.TrimSpace(tenant)
	if !ok || token == "" {
		return line{}, errors.New("write token,tenant")
	}
	if err := telemetry.CheckName("tenant", tenant); err != nil {
		return line{}, err
	}
	roles := identity.AllRoles()
	if limited {
		var err error
		if roles, err = parseRoles(names); err != nil {
			return line{}, err
		}
	}
	who := identity.Principal{Tenant: telemetry.Tenant(tenant), Roles: roles}
	return line{sha256.Sum256([]byte(token)), who}, nil
}

func parseRoles(names string) (identity.Roles, error) {
	var roles []identity.Role
	for name := range strings.FieldsSeq(names) {
		r, err := identity.ParseRole(name)
		if err != nil {
			return identity.Roles{}, fmt.Errorf("%w; write token,tenant,roles with spaces between the roles", err)
		}
		roles = append(roles, r)
	}
	if len(roles) == 0 {
		return identity.Roles{}, fmt.Errorf("no role is named after the second comma: leave the comma out for all, or "+
			"write some of %s with spaces between them", identity.AllRoles())
	}
	return identity.RolesOf(roles...), nil
}
