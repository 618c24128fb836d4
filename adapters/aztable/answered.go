package aztable

import "tidemark/adapters/internal/azkit"

// Answered reports whether an error is what the service answered, whatever it said: a storage that refuses a key, or is
// busy, is there.
func Answered(err error) bool {
	status, _ := azkit.StatusOf(err)
	return status != 0
}
