package auth

import (
	"bufio"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
)

// Tokens reads a token file and tells tenants by it. A line is "token,tenant"; empty lines and those that begin with
// # do not count. Several tokens may name one tenant. The error names the line, and never the token. Only hashes are
// kept, and all of them are compared in constant time.
func Tokens(file io.Reader) (func(*http.Request) (telemetry.Tenant, error), error) {
	known, err := readTokens(file)
	if err != nil {
		return nil, err
	}
	return func(r *http.Request) (telemetry.Tenant, error) {
		given := Credential(r)
		hash := sha256.Sum256([]byte(given))
		found := -1
		for i := range known {
			found = subtle.ConstantTimeSelect(subtle.ConstantTimeCompare(hash[:], known[i].hash[:]), i, found)
		}
		switch {
		case given == "":
			return "", fault.New(fault.Unauthenticated, "httpapi.tenant",
				"a token is needed: send Authorization: Bearer and the token")
		case found < 0:
			return "", fault.New(fault.Unauthenticated, "httpapi.tenant", "the token is unknown")
		}
		return known[found].tenant, nil
	}, nil
}

// knownToken is a line of a token file.
type knownToken struct {
	hash   [sha256.Size]byte
	tenant telemetry.Tenant
}

func readTokens(file io.Reader) ([]knownToken, error) {
	var known []knownToken
	lines := bufio.NewScanner(file)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		k, err := parseToken(line)
		if err == nil && slices.ContainsFunc(known, func(o knownToken) bool { return o.hash == k.hash }) {
			err = errors.New("the token is given twice")
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		known = append(known, k)
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if len(known) == 0 {
		return nil, errors.New("there is no token: write a line token,tenant")
	}
	return known, nil
}

func parseToken(line string) (knownToken, error) {
	token, tenant, ok := strings.Cut(line, ",")
	token, tenant = strings.TrimSpace(token), strings.TrimSpace(tenant)
	if !ok || token == "" {
		return knownToken{}, errors.New("write token,tenant")
	}
	return knownToken{sha256.Sum256([]byte(token)), telemetry.Tenant(tenant)}, telemetry.CheckName("tenant", tenant)
}
