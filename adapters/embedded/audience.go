package embedded

// audience is who may come to know a time.
type audience uint8

const (
	anybody audience = iota // also who outlives the process, a client for instance: the file learns of the time first
	ownWork                 // the process alone
)
