package decode

import (
	"bytes"
	"slices"
)

// Unsupported says what is not supported of a text that ParseCivil does not take and that is a time all the same; ""
// when it is none. It is for reasons and not fast.
func Unsupported(b []byte) string {
	const upToSeconds = len("2006-01-02T15:04:")
	if len(b) < upToSeconds+2 {
		return ""
	}
	head, tail := b[:upToSeconds], b[upToSeconds+2:]
	leap := string(b[upToSeconds:upToSeconds+2]) == "60"
	if leap {
		b = bytes.Join([][]byte{head, tail}, []byte("59"))
	}
	long := 0 // digits of the fraction
	if len(tail) > 0 && tail[0] == '.' {
		long = len(tail) - 1 - len(bytes.TrimLeft(tail[1:], "0123456789"))
	}
	if long > 9 {
		b = slices.Concat(b[:upToSeconds+2], tail[:10], tail[1+long:])
	}
	if _, ok := ParseCivil(b); !ok {
		return ""
	}
	if leap {
		return "not supported: a leap second; write the second before or after it"
	}
	if long > 9 {
		return "not supported: a fraction finer than a nanosecond; round it"
	}
	return ""
}
