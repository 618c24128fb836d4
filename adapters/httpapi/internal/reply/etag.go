package reply

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// etag is a strong entity tag: 128 bits of the body's SHA-256.
func etag(body []byte) string {
	sum := sha256.Sum256(body)
	return `"` + base64.RawURLEncoding.EncodeToString(sum[:16]) + `"`
}

// matches compares as If-None-Match does (RFC 9110, 13.1.2: weakly). huma's package conditional would do so in each
// operation, before there is a body to make the tag of, and reads one line of the header only.
func matches(lines []string, tag string) bool {
	for _, line := range lines {
		for one := range strings.SplitSeq(line, ",") {
			one = strings.TrimSpace(one)
			if one == "*" || strings.TrimPrefix(one, "W/") == tag {
				return true
			}
		}
	}
	return false
}
