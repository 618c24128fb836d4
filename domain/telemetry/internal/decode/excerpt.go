package decode

import "fmt"

// Excerpt is a piece of a request as it may stand in a reason: quoted and short.
func Excerpt(b []byte) string {
	const most = 40
	if len(b) > most {
		return fmt.Sprintf("%q...", b[:most])
	}
	return fmt.Sprintf("%q", b)
}
