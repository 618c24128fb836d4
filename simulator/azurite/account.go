package azurite

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
)

// Account is a storage account that Azurite serves. Name is 3 to 24 lower-case letters and digits; Key is base64, and
// made up when empty.
type Account struct {
	Name string
	Key  string
}

var accountName = regexp.MustCompile(`^[a-z0-9]{3,24}$`)

// complete checks an account and makes up its key.
func complete(a Account) (Account, error) {
	if !accountName.MatchString(a.Name) {
		return a, fmt.Errorf("azurite: account name %q: use 3 to 24 lower-case letters and digits", a.Name)
	}
	if a.Key == "" {
		key := make([]byte, 64)
		if _, err := rand.Read(key); err != nil {
			return a, fmt.Errorf("azurite: make a key: %w", err)
		}
		a.Key = base64.StdEncoding.EncodeToString(key)
	}
	if _, err := base64.StdEncoding.DecodeString(a.Key); err != nil {
		return a, fmt.Errorf("azurite: key of account %s is not base64: %w", a.Name, err)
	}
	return a, nil
}

// accountList is the form of the environment variable AZURITE_ACCOUNTS.
func accountList(accounts []Account) string {
	var b strings.Builder
	for _, a := range accounts {
		b.WriteString(a.Name + ":" + a.Key + ";")
	}
	return b.String()
}
