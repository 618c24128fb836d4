package compose

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Age is how long something is kept: a Go duration, or a whole number of days as 90d. Zero is for ever.
type Age time.Duration

// UnmarshalText reads 90d, 36h, 0.
func (a *Age) UnmarshalText(text []byte) error {
	s := string(text)
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.ParseUint(days, 10, 16)
		if err != nil {
			return fmt.Errorf("%q is no age: write days as 90d, or hours as 36h", s)
		}
		*a = Age(time.Duration(n) * 24 * time.Hour)
		return nil
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		return fmt.Errorf("%q is no age: write days as 90d, or hours as 36h", s)
	}
	*a = Age(d)
	return nil
}

// String is what UnmarshalText reads.
func (a Age) String() string {
	const day = Age(24 * time.Hour)
	switch {
	case a == 0:
		return "0"
	case a%day == 0:
		return strconv.FormatInt(int64(a/day), 10) + "d"
	}
	return time.Duration(a).String()
}

// MarshalText is String.
func (a Age) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// Secret is a string that does not print.
type Secret string

// String hides the secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "***"
}

// GoString hides the secret.
func (s Secret) GoString() string { return strconv.Quote(s.String()) }

// MarshalText hides the secret.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
