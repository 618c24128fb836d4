package tables

import (
	"net/url"
	"strings"

	"tidemark/simulator/wire/odata"
)

// carryQuery is a query whose $select has the carrier and whose $filter compares it. Everything else stays as it
// came, byte for byte.
func carryQuery(raw string) string {
	if raw == "" {
		return ""
	}
	pairs := strings.Split(raw, "&")
	for i, pair := range pairs {
		key, value, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(key)
		if err != nil {
			continue
		}
		text, err := url.QueryUnescape(value)
		switch {
		case err != nil || strings.TrimSpace(text) == "":
		case name == "$select":
			pairs[i] = pair + "%2C" + odata.Carrier
		case name == "$filter":
			f := odata.ScanFilter(text)
			if on := f.OnCarrier(); on != text {
				pairs[i] = key + "=" + strings.ReplaceAll(url.QueryEscape(on), "+", "%20")
			}
		}
	}
	return strings.Join(pairs, "&")
}
