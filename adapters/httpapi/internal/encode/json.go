// Package encode writes values as text: times, numbers, strings of JSON, cells of CSV. It appends to a buffer and
// allocates nothing else, because an answer has up to 100,000 readings. What is small goes through JSON.
package encode

import (
	"math"
	"strconv"
	"unicode/utf8"
)

// AppendFloat appends the shortest decimal that reads back as f, in the form of encoding/json; but from 2^53 on it
// has an exponent, because there its digits may spell another integer than f, and the decoders of this service refuse
// such an integer. f is finite.
func AppendFloat(b []byte, f float64) []byte {
	if abs := math.Abs(f); abs != 0 && (abs < 1e-6 || abs >= 1<<53) {
		b = strconv.AppendFloat(b, f, 'e', -1, 64)
		if n := len(b); n >= 4 && b[n-4] == 'e' && b[n-3] == '-' && b[n-2] == '0' { // e-09 is e-9
			b[n-2] = b[n-1]
			b = b[:n-1]
		}
		return b
	}
	return strconv.AppendFloat(b, f, 'f', -1, 64)
}

const hex = "0123456789abcdef"

// AppendString appends a JSON string. What is not UTF-8 becomes U+FFFD.
func AppendString(b []byte, s string) []byte {
	b = append(b, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c >= 0x20 && c != '"' && c != '\\' {
				i++
				continue
			}
			b = append(b, s[from:i]...)
			if c == '"' || c == '\\' {
				b = append(b, '\\', c)
			} else {
				b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
			}
			i++
			from = i
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			b = append(b, s[from:i]...)
			b = append(b, "\ufffd"...)
			from = i + 1
		}
		i += n
	}
	return append(append(b, s[from:]...), '"')
}

// AppendMember appends ,"name":"value", or nothing for an empty value. The name needs no escapes.
func AppendMember(b []byte, name, value string) []byte {
	if value == "" {
		return b
	}
	b = append(b, ',', '"')
	b = append(b, name...)
	b = append(b, '"', ':')
	return AppendString(b, value)
}

// AppendOthers appends the member other_units, if there are any.
func AppendOthers(b []byte, units []string) []byte {
	for i, u := range units {
		if i == 0 {
			b = append(b, `,"other_units":[`...)
		} else {
			b = append(b, ',')
		}
		b = AppendString(b, u)
	}
	if len(units) > 0 {
		b = append(b, ']')
	}
	return b
}
