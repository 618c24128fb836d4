package topology

import "time"

// Tests have no quarter of a minute for an Azurite that is not there, or a folder that is in use.
func init() {
	attachPatience, attachSilence, lockPatience = 2*time.Second, 100*time.Millisecond, 5*time.Second
}
