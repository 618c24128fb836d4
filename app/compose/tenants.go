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

// callers reads the token file, if there is one.
func (t Tenants) callers() (authn.Authenticator, error) {
	if t.TokenFile == "" {
		return tokens.Anybody(telemetry.Tenant(t.Tenant)), nil
	}
	file, err := os.Open(t.TokenFile)
	if err != nil {
		return nil, fmt.Errorf("--token-file: %w", err)
	}
	defer file.Close()
	callers, err := tokens.Read(file)
	if err != nil {
		return nil, fmt.Errorf("--token-file %s: %w", t.TokenFile, err)
	}
	return callers, nil
}
