package httpapi

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// appendTime appends Unix nanoseconds as RFC 3339 in UTC, with as many decimals as it takes.
func appendTime(b []byte, ns int64) []byte {
	return time.Unix(0, ns).UTC().AppendFormat(b, time.RFC3339Nano)
}

func textTime(ns int64) string { return string(appendTime(nil, ns)) }

// dates appends times as appendTime does, and remembers the day it wrote last, because readings come in order. The
// zero value is ready. Times have years of four digits.
type dates struct {
	day  int64 // since 1970, and one more: 0 is none
	text [len("2006-01-02T")]byte
}

const dayNanos = int64(24 * time.Hour)

func (d *dates) append(b []byte, ns int64) []byte {
	rest := ns % dayNanos
	if rest < 0 {
		rest += dayNanos
	}
	start := ns - rest
	if day := start/dayNanos + 1; d.day != day || day == 0 {
		d.day = day
		time.Unix(0, start).UTC().AppendFormat(d.text[:0], "2006-01-02T")
	}
	b = append(b, d.text[:]...)
	s := rest / int64(time.Second)
	b = append(b, tens(s/3600), ones(s/3600), ':', tens(s/60%60), ones(s/60%60), ':', tens(s%60), ones(s%60))
	if frac := rest % int64(time.Second); frac != 0 {
		b = append(b, ".000000000"...)
		for i := len(b) - 1; frac > 0; i-- {
			b[i] = ones(frac)
			frac /= 10
		}
		for b[len(b)-1] == '0' {
			b = b[:len(b)-1]
		}
	}
	return append(b, 'Z')
}

// tens and ones are these digits of a number.
func tens(n int64) byte { return '0' + byte(n/10%10) }
func ones(n int64) byte { return '0' + byte(n%10) }

// appendFloat appends the shortest decimal that reads back as f, in the form of encoding/json; but from 2^53 on it
// has an exponent, because there its digits may spell another integer than f, and the decoders of this service refuse
// such an integer. f is finite.
func appendFloat(b []byte, f float64) []byte {
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

// appendString appends a JSON string. What is not UTF-8 becomes U+FFFD.
func appendString(b []byte, s string) []byte {
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

// appendMember appends ,"name":"value", or nothing for an empty value. The name needs no escapes.
func appendMember(b []byte, name, value string) []byte {
	if value == "" {
		return b
	}
	b = append(b, ',', '"')
	b = append(b, name...)
	b = append(b, '"', ':')
	return appendString(b, value)
}

// appendOthers appends the member other_units, if there are any.
func appendOthers(b []byte, units []string) []byte {
	for i, u := range units {
		if i == 0 {
			b = append(b, `,"other_units":[`...)
		} else {
			b = append(b, ',')
		}
		b = appendString(b, u)
	}
	if len(units) > 0 {
		b = append(b, ']')
	}
	return b
}

// appendCell appends a CSV cell (RFC 4180). Cells are data: nothing is put before a leading "=" for the sake of
// spreadsheets.
func appendCell(b []byte, s string) []byte {
	if s == "" || !strings.ContainsAny(s, ",;\t\"\r\n") && s[0] != ' ' && s[len(s)-1] != ' ' {
		return append(b, s...)
	}
	b = append(b, '"')
	b = append(b, strings.ReplaceAll(s, `"`, `""`)...)
	return append(b, '"')
}
