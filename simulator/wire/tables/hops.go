package tables

import (
	"net"
	"net/http"
	"strings"
)

// dropHops takes away the headers that are of one connection.
func dropHops(h http.Header) {
	for _, names := range h.Values("Connection") {
		for name := range strings.SplitSeq(names, ",") {
			h.Del(strings.TrimSpace(name))
		}
	}
	for _, name := range []string{"Connection", "Proxy-Connection", "Keep-Alive", "Te", "Trailer", "Transfer-Encoding",
		"Upgrade"} {
		h.Del(name)
	}
}

// isPlainHost says that Azurite does not take the host's first label for an account ("production-style URL").
func isPlainHost(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	return name != "" && (net.ParseIP(name) != nil || !strings.Contains(name, "."))
}
