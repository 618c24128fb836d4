package telemetry

import (
	"fmt"
	"strconv"
	"time"
)

// Stamp is a hybrid logical clock reading: the upper 48 bits are Unix milliseconds, the lower 16 a counter. A block's
// stamp is fixed when the block closes and is part of its bytes. Zero is before everything.
//
// Source: Kulkarni et al., "Logical Physical Clocks and Consistent Snapshots in Globally Distributed Databases"
// (2014).
type Stamp uint64

// StampAt is the least stamp of the millisecond of t.
func StampAt(t time.Time) Stamp {
	ms := t.UnixMilli()
	if ms <= 0 {
		return 0
	}
	return Stamp(uint64(ms) << 16)
}

// Time is the stamp's physical part.
func (s Stamp) Time() time.Time { return time.UnixMilli(int64(s >> 16)).UTC() }

// String is 16 hexadecimal digits: the form of the Tidemark-Stamp and Tidemark-After headers.
func (s Stamp) String() string { return fmt.Sprintf("%016x", uint64(s)) }

// ParseStamp reads the form of String.
func ParseStamp(text string) (Stamp, error) {
	if len(text) != 16 {
		return 0, fmt.Errorf("a stamp has 16 hexadecimal digits, this has %d characters", len(text))
	}
	v, err := strconv.ParseUint(text, 16, 64)
	if err != nil {
		return 0, fmt.Errorf("a stamp has 16 hexadecimal digits: %q", text)
	}
	return Stamp(v), nil
}

// Clock makes stamps that only rise. It is a value to be guarded by its owner; the zero value is ready.
type Clock struct{ last Stamp }

// Next is a stamp at now, above every stamp made or observed.
func (c *Clock) Next(now time.Time) Stamp {
	s := StampAt(now)
	if s <= c.last {
		s = c.last + 1
	}
	c.last = s
	return s
}

// Observe lifts the clock to a stamp, and reports whether that is above every stamp made or observed before.
func (c *Clock) Observe(s Stamp) bool {
	if s <= c.last {
		return false
	}
	c.last = s
	return true
}

// Origin says where a value came from: the block that carried it. Values of one reading are ordered by it and by
// nothing else. The zero Origin is that of a value at or below a chunk's floor: earlier than every other.
type Origin struct {
	Stamp  Stamp
	Writer Writer
	Number Number
}

// Compare orders origins: stamp, then writer, then number. Within one block the later place wins, which Block
// encoding resolves.
func (o Origin) Compare(p Origin) int {
	switch {
	case o.Stamp != p.Stamp:
		if o.Stamp < p.Stamp {
			return -1
		}
		return 1
	case o.Writer != p.Writer:
		if o.Writer < p.Writer {
			return -1
		}
		return 1
	case o.Number < p.Number:
		return -1
	case o.Number > p.Number:
		return 1
	}
	return 0
}

// Later reports whether o is later than p.
func (o Origin) Later(p Origin) bool { return o.Compare(p) > 0 }
