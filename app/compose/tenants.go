package compose

import (
	"fmt"
	"net"
	"net/http"
	"os"

	"tidemark/adapters/httpapi/auth"
	"tidemark/domain/telemetry"
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

type tenantOf func(*http.Request) (telemetry.Tenant, error)

// tenants reads the token file, if there is one.
func (t Tenants) tenants() (tenantOf, error) {
	if t.TokenFile == "" {
		return auth.Fixed(telemetry.Tenant(t.Tenant)), nil
	}
	file, err := os.Open(t.TokenFile)
	if err != nil {
		return nil, fmt.Errorf("--token-file: %w", err)
	}
	defer file.Close()
	of, err := auth.Tokens(file)
	if err != nil {
		return nil, fmt.Errorf("--token-file %s: %w", t.TokenFile, err)
	}
	return of, nil
}
