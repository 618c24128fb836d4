package compose

import (
	"fmt"
	"net"
	"os"

	"tidemark/adapters/tokens"
	"tidemark/domain/telemetry"
	"tidemark/ports/authn"
)

// open reports whether anybody who reaches the node from elsewhere may read and write.
func (c Config) open() bool {
	if c.Tenants.TokenFile != "" {
		return false
	}
	host, _, err := net.SplitHostPort(c.HTTP.Listen)
	ip := net.ParseIP(host)
	return err == nil && host != "localhost" && (ip == nil || !ip.IsLoopback())
}

// Misconfigured is why a node cannot be made although every flag has a form that it can have: what one names is not
// what it has to be. Giving it again fails again.
type Misconfigured struct{ Err error }

// Error names the flag.
func (m *Misconfigured) Error() string { return m.Err.Error() }

// Unwrap gives the cause.
func (m *Misconfigured) Unwrap() error { return m.Err }

// callers reads the token file, if there is one. One that cannot be read is *Misconfigured.
func (t Tenants) callers() (authn.Authenticator, error) {
	if t.TokenFile == "" {
		return tokens.Anybody(telemetry.Tenant(t.Tenant)), nil
	}
	file, err := os.Open(t.TokenFile)
	if err != nil {
		return nil, &Misconfigured{fmt.Errorf("--token-file: %w", err)}
	}
	defer file.Close()
	callers, err := tokens.Read(file)
	if err != nil {
		return nil, &Misconfigured{fmt.Errorf("--token-file %s: %w", t.TokenFile, err)}
	}
	return callers, nil
}
