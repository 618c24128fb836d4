package control

import "time"

// A minute is long to wait.
func init() { heartbeat, patience = Heartbeat, Patience }

// What a stream has in tests.
const (
	Heartbeat = 200 * time.Millisecond
	Patience  = time.Second
)

// Listen opens the listener of a server.
var Listen = listen
