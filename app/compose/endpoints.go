package compose

import (
	"fmt"
	"strings"
)

// tableURL is where Azure has the tables of an account.
func tableURL(account string) string {
	return fmt.Sprintf("https://%s.table.core.windows.net", account)
}

// sameEndpoint reports whether two URLs name one account.
func sameEndpoint(a, b string) bool {
	return strings.EqualFold(strings.TrimRight(a, "/"), strings.TrimRight(b, "/"))
}
