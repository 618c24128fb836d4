package intake

import (
	"time"

	"tidemark/domain/fault"
)

// Small is the most bytes of a small body.
const Small = 1 << 20

// Defaults of Config, and the least it may be.
const (
	DefaultBytes    = 128 << 20
	DefaultPatience = 10 * time.Second
	DefaultGrace    = 2 * time.Second
	DefaultFill     = 20 * time.Second

	LeastBytes = 16 << 20
)

// Config bounds bodies. The zero value of a field means its default.
type Config struct {
	Bytes    int64         // that bodies hold together; at least LeastBytes, default DefaultBytes
	Patience time.Duration // for which a body waits for memory or for its turn; then it is refused
	Grace    time.Duration // for which a body may pause while others wait
	Fill     time.Duration // in which a body, while others wait, has to bring as much as it holds
	Turns    int           // large bodies that are decoded at a time; default 1. Of small ones it is four times as many

	// Refused hears of every body that was refused, and why. It may be nil.
	Refused func(Reason)
}

// Reason is why a body was refused.
type Reason uint8

// The reasons.
const (
	Full Reason = iota // too many bodies at once
	Slow               // others waited for what it held
)

// String is "full" or "slow".
func (r Reason) String() string { return [...]string{"full", "slow"}[r] }

func (c Config) withDefaults() Config {
	def := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	if c.Bytes == 0 {
		c.Bytes = DefaultBytes
	}
	def(&c.Patience, DefaultPatience)
	def(&c.Grace, DefaultGrace)
	def(&c.Fill, DefaultFill)
	c.Turns = max(c.Turns, 1)
	if c.Refused == nil {
		c.Refused = func(Reason) {}
	}
	return c
}

// RetryAfter is when a client that was refused may come again: what is late is cut off by then.
const RetryAfter = 5 * time.Second

const op = "intake"

// ErrSlow is what a body gets that was cut off.
var ErrSlow = &fault.Error{Kind: fault.Canceled, Op: op, RetryAfter: RetryAfter,
	Message: "others waited for the memory that the body held, and it came too slowly: send it faster, " +
		"or less at a time"}

func errFull() error {
	return &fault.Error{Kind: fault.Throttled, Op: op, RetryAfter: RetryAfter,
		Message: "too many bodies at once: send it again later, or less at a time"}
}

func errLarge(most int64) error {
	return fault.New(fault.TooLarge, op, "there is no memory for more than %d bytes of a body: send less at a time",
		most)
}
