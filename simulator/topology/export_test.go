package topology

import "time"

// Tests have no quarter of a minute for an Azurite that is not there.
func init() { attachPatience, attachSilence = 2*time.Second, 100*time.Millisecond }
