package aztable

import (
	"net/http"

	"tidemark/adapters/internal/azkit"
)

// Answered reports whether an error is what the service answered, whatever it said: a storage that refuses a key, or is
// busy, is there.
func Answered(err error) bool {
	status, _ := azkit.StatusOf(err)
	return status != 0
}

// Refused reports whether an error is that the service refuses the key, or who comes with it.
func Refused(err error) bool {
	status, _ := azkit.StatusOf(err)
	return status == http.StatusUnauthorized || status == http.StatusForbidden
}
