package readings

import (
	"time"
)

// Options say what clocks do.
type Options struct {
	Apart time.Duration // see check.Options
	Skew  time.Duration
}
