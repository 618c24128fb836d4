package aztable

import "tidemark/adapters/internal/azkit"

// Answered is the HTTP status of what the service answered with an error, whatever it said: a storage that refuses a
// key, or is busy, is there. It is 0 where nothing was answered.
func Answered(err error) (status int) {
	status, _ = azkit.StatusOf(err)
	return status
}
